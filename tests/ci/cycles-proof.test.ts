import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { ProofFile } from "../../src/check/check.ts";
import { checkCyclesProof } from "../../src/check/orbits/check-cycles.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { proveCycles } from "../../src/cycles/proof/prove-cycles.ts";
import { npy } from "../../src/formats/write/write-npz.ts";
import { findCycles } from "../../src/index.ts";
import { parseValue } from "../../src/model/parse.ts";
import { folderWith } from "../cli/run.ts";
import { CYCLE_MUTATIONS, falsifiedCycles, mapsToProve, mutatedCycles } from "../support/cycle-proofs.ts";
import { Random } from "../support/random.ts";

/** Debian's, which has the packages that scripts/test-ci.sh installs. */
const PYTHON = "/usr/bin/python3";
const CHECKER = fileURLToPath(new URL("../../python/stillpoint/check_cycles_proof.py", import.meta.url));
const FULL = process.env.STILLPOINT_FULL === "1";

/** Runs the checker over many cases in one process: a verdict for each line "MODEL RESULT PROOF" of a file. */
const MANY = `
import contextlib, io, sys
sys.path.insert(0, sys.argv[1])
import check_cycles_proof
for line in open(sys.argv[2]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = check_cycles_proof.main(line.split())
    print(code, said.getvalue().splitlines()[0])
`;

function bytesOf({ header, arrays }: ProofFile): Uint8Array {
  const text = new TextEncoder().encode(header);
  const list = (name: string) => Array.from(arrays.get(name)!.data);
  const [ops, units, values, functionals] = ["ops", "units", "values", "functionals"].map(list) as [
    number[],
    number[],
    number[],
    number[],
  ];
  return zipSync({
    "header.npy": npy("|u1", [text.length], text),
    "ops.npy": npy("|u1", [ops.length], Uint8Array.from(ops)),
    "units.npy": npy("<u4", [units.length], Uint32Array.from(units)),
    "values.npy": npy("<f8", [values.length], Float64Array.from(values)),
    "functionals.npy": npy("<f8", [functionals.length], Float64Array.from(functionals)),
  });
}

describe("python/stillpoint/check_cycles_proof.py", () => {
  it("has at most 400 lines", () => {
    expect(readFileSync(CHECKER, "utf8").split("\n").length - 1).toBeLessThanOrEqual(400);
  });

  it("and checker B agree on proofs of cycles, on falsified results and on mutated proofs", {
    timeout: 600_000,
  }, async () => {
    const random = Random.of(4, "agree");
    const cwd = await folderWith({});
    await mkdir(join(cwd, "files"));
    const cases: { readonly what: string; readonly mine: number }[] = [];
    const lines: string[] = [];
    let files = 0;
    const write = async (bytes: Uint8Array | string): Promise<string> => {
      const file = join(cwd, "files", `${files++}.${typeof bytes === "string" ? "json" : "npz"}`);
      await writeFile(file, bytes);
      return file;
    };
    for (const { name, raw, maxPeriod } of mapsToProve(FULL ? 300 : 25)) {
      const model = parseValue(raw, { name });
      const result = await findCycles(model, { maxPeriod });
      const proof = readProof((await proveCycles(model, result)).proof!, name);
      const modelFile = await write(JSON.stringify(raw));
      const resultFile = await write(JSON.stringify(result));
      const add = async (what: string, claim: unknown, claimFile: string, altered: ProofFile): Promise<void> => {
        const report = checkCyclesProof(model, claim, altered);
        cases.push({ what: `${name} ${what}`, mine: report.accepted ? (report.unproved.length > 0 ? 3 : 0) : 1 });
        lines.push(`${modelFile} ${claimFile} ${await write(bytesOf(altered))}`);
      };
      await add("as it is", result, resultFile, proof);
      for (const { what, result: lacking } of falsifiedCycles(result).slice(0, 3)) {
        await add(`without ${what}`, lacking, await write(JSON.stringify(lacking)), proof);
      }
      for (const kind of Object.keys(CYCLE_MUTATIONS)) {
        await add(kind, result, resultFile, mutatedCycles(proof, CYCLE_MUTATIONS[kind]!, random));
      }
      const left = result.periods[0]!.period;
      const periods = result.periods.map((each) => (each.period === left ? { ...each, complete: false } : each));
      const open = { ...result, periods };
      await add("with a period that is not complete", open, await write(JSON.stringify(open)), proof);
      if (maxPeriod > 1) {
        const made = await proveCycles(model, open);
        const partial = readProof(made.proof!, name);
        await add("of some of the periods", result, resultFile, partial);
      }
    }
    await writeFile(join(cwd, "many.py"), MANY);
    await writeFile(join(cwd, "list"), lines.join("\n"));
    const said = execFileSync(PYTHON, [join(cwd, "many.py"), join(CHECKER, ".."), join(cwd, "list")], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const theirs = said.trim().split("\n");
    expect(theirs).toHaveLength(cases.length);
    const apart = cases.flatMap(({ what, mine }, i) =>
      theirs[i]!.startsWith(`${mine} `) ? [] : [`${what}: ${mine} here, there ${theirs[i]}`],
    );
    expect(apart).toEqual([]);
    for (const code of [0, 1, 3]) expect(cases.filter(({ mine }) => mine === code).length).toBeGreaterThan(10);
  });
});
