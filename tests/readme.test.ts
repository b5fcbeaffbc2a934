import { readFileSync } from "node:fs";
import { format } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "../src/cli/main.ts";
import { findFixedPoints } from "../src/index.ts";
import { VERSION } from "../src/version.ts";

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
});

it("CITATION.cff names the version", () => {
  expect(root("CITATION.cff")).toContain(`\nversion: ${VERSION}\n`);
});
