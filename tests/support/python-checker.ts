import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { folderWith } from "../cli/run.ts";

/** Debian's, which has the packages that scripts/test-ci.sh installs. */
export const PYTHON = "/usr/bin/python3";
const FOLDER = fileURLToPath(new URL("../../python/stillpoint/", import.meta.url));

/** Runs a checker over many cases in one process: a verdict for each line "MODEL RESULT PROOF" of a file. */
const MANY = `
import contextlib, importlib, io, sys
sys.path.insert(0, sys.argv[1])
checker = importlib.import_module(sys.argv[2])
for old, new in zip(sys.argv[4::2], sys.argv[5::2]):
    text = open(checker.__file__).read()
    assert old in text, old
    exec(compile(text.replace(old, new), checker.__file__, "exec"), checker.__dict__)
for line in open(sys.argv[3]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = checker.main(line.split())
    print(code, said.getvalue().splitlines()[0])
`;

/** A checker of proofs in Python, and the files of many cases for it. */
export class PythonChecker {
  /** The checker's own file. */
  readonly file: string;
  readonly #name: string;
  readonly #folder: string;
  readonly #lines: string[] = [];
  #files = 0;

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.#folder = folder;
    this.file = join(FOLDER, `${name}.py`);
  }

  /** @param name of the module in python/stillpoint. */
  static async of(name: string): Promise<PythonChecker> {
    const folder = await folderWith({});
    await mkdir(join(folder, "files"));
    return new PythonChecker(name, folder);
  }

  /** Writes a file of JSON, or of bytes. @returns its path. */
  async write(content: Uint8Array | string): Promise<string> {
    const file = join(this.#folder, "files", `${this.#files++}.${typeof content === "string" ? "json" : "npz"}`);
    await writeFile(file, content);
    return file;
  }

  /** One more case, of files that were written. */
  add(model: string, result: string, proof: string): void {
    this.#lines.push(`${model} ${result} ${proof}`);
  }

  /**
   * For each case the exit code and the first line that the checker said.
   * @param rule a text of the checker and one to put in its place
   */
  async verdicts(
    rule: readonly [string, string] | readonly [] = [],
  ): Promise<{ readonly code: number; readonly said: string }[]> {
    await writeFile(join(this.#folder, "many.py"), MANY);
    await writeFile(join(this.#folder, "list"), this.#lines.join("\n"));
    const args = [join(this.#folder, "many.py"), FOLDER, this.#name, join(this.#folder, "list"), ...rule];
    const said = execFileSync(PYTHON, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
    return said
      .trim()
      .split("\n")
      .map((line) => ({ code: Number(line.slice(0, line.indexOf(" "))), said: line.slice(line.indexOf(" ") + 1) }));
  }
}
