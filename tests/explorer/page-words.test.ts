import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inPageWords } from "../../examples/explorer/page/page-words.ts";

describe("messages in the words of the page", () => {
  it.each([
    [
      "a.npz: claims 9 objects. Split the file, or allow more with --max-memory.",
      "a.npz: claims 9 objects. Split the file.",
    ],
    [
      "Use --prefix rnn, where a model's arrays stand.",
      "Use “prefix” rnn (Names in files), where a model's arrays stand.",
    ],
    ["Leave --layout out to see what it may be.", "Leave “layout” (Names in files) out to see what it may be."],
    ["A[0]: must be a number (got NaN). Correct it.", "A[0]: must be a number (got NaN). Correct it."],
  ])("%s", (message, words) => {
    expect(inPageWords(message)).toBe(words);
  });

  it("know every option that a reader's message names", () => {
    const folder = new URL("../../src/formats/read/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const texts = files.map((name) => readFileSync(new URL(name, folder), "utf8"));
    const options = new Set(texts.flatMap((text) => text.match(/--[a-z]+(?:-[a-z]+)*/g) ?? []));
    // of these the page shows none: a list of arrays in their place, a sentence without it (above), what writes files
    for (const option of ["--guess", "--max-memory", "--format"]) options.delete(option);
    expect(options.size).toBeGreaterThan(4);
    expect([...options].filter((option) => inPageWords(`Use ${option}.`).includes("--"))).toEqual([]);
  });
});
