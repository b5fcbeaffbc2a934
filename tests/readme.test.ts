import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { VERSION } from "../src/base/version.ts";
import { main } from "../src/cli/main.ts";
import { findFixedPoints } from "../src/index.ts";

const root = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");

/** Fenced blocks, in order: the language and the text. */
const blocks = [...root("README.md").matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));

/** The time a run took is not the same twice. */
const timeless = (text: string): string => text.replace(/, [^,]+ s\)$/gm, ", T s)").trimEnd();

describe("the README", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("shows what its first example prints", async () => {
    const at = blocks.findIndex(({ language }) => language === "js");
    const lines: string[] = [];
    const code = blocks[at]!.text.replace('import { findFixedPoints } from "stillpoint";\n', "");
    expect(code).not.toBe(blocks[at]!.text);
    const AsyncFunction = (async () => {}).constructor as new (
      ...args: string[]
    ) => (...args: unknown[]) => Promise<void>;
    await new AsyncFunction("findFixedPoints", "console", code)(findFixedPoints, {
      log: (...args: unknown[]) => lines.push(format(...args)),
    });
    expect(`${lines.join("\n")}\n`).toBe(blocks[at + 1]!.text);
  });

  it("shows what its command prints", async () => {
    const block = blocks.find(({ text }) => text.startsWith("$ npx stillpoint "))!;
    const [command, ...shown] = block.text.split("\n");
    let printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((chunk, ...rest: unknown[]) => {
      printed += chunk;
      for (const callback of rest) if (typeof callback === "function") callback();
      return true;
    });
    expect(await main(command!.slice("$ npx stillpoint ".length).split(" "))).toBe(0);
    expect(timeless(printed)).toBe(timeless(shown.join("\n")));
  });

  it("shows what its commands on proofs print", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stillpoint-readme-"));
    const shown = root("README.md")
      .split("\n")
      .map((line) => line.trim());
    const inFolder = (text: string) => text.replace(/\blorenz\.(json|npz)/g, (name) => join(folder, name));
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      vi.spyOn(process[stream], "write").mockImplementation((chunk, ...rest: unknown[]) => {
        printed[stream] += chunk;
        for (const callback of rest) if (typeof callback === "function") callback();
        return true;
      });
    }
    const said = async (start: string, stream: "stdout" | "stderr", count: number) => {
      const at = shown.findIndex((line) => line.startsWith(`$ npx stillpoint ${start}`));
      const command = inFolder(shown[at]!.slice("$ npx stillpoint ".length));
      printed.stdout = "";
      printed.stderr = "";
      expect(await main(command.split(" "))).toBe(0);
      const timeless = (text: string) => text.replace(/, [\d.]+ s/g, ", T s").replaceAll(`${folder}/`, "");
      expect(timeless(printed[stream]).trimEnd().split("\n")).toEqual(
        shown.slice(at + 1, at + 1 + count).map((line) => timeless(line)),
      );
    };
    try {
      await said("solve examples/lorenz63.json -o", "stderr", 2);
      await said("check", "stdout", 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("CITATION.cff names the version", () => {
  expect(root("CITATION.cff")).toContain(`\nversion: ${VERSION}\n`);
});
