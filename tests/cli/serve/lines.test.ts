import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, requestLines } from "../../../src/cli/serve/lines.ts";

async function linesOf(text: string, sizes: readonly number[], most: number): Promise<(string | number)[]> {
  const bytes = new TextEncoder().encode(text);
  async function* chunks() {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      yield bytes.slice(at, at + sizes[i % sizes.length]!);
      at += sizes[i % sizes.length]!;
    }
  }
  const shown = (line: Line) => ("tooLong" in line ? line.tooLong : new TextDecoder().decode(line));
  const lines: (string | number)[] = [];
  for await (const line of requestLines(chunks(), most)) lines.push(shown(line));
  return lines;
}

describe("lines of requests", () => {
  it("are the same however they arrive, blank ones left out, too long ones by their length", async () => {
    const line = fc.string({ unit: fc.constantFrom("a", "ü", " ", "{"), maxLength: 12 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), sizes, fc.boolean(), async (given, pieces, ended) => {
        const text = given.join("\n") + (ended ? "\n" : "");
        const expected = given
          .filter((each) => each.trim() !== "" || Buffer.byteLength(each) > 8)
          .map((each) => (Buffer.byteLength(each) > 8 ? Buffer.byteLength(each) : each));
        expect(await linesOf(text, pieces, 8)).toEqual(expected);
      }),
      { seed: 5 },
    );
  });

  it("that are too long show how they begin, and take no memory", async () => {
    async function* chunks() {
      yield Buffer.from('{"id": 12, "model": "');
      for (let i = 0; i < 1000; i++) yield Buffer.alloc(1000, "x");
    }
    for await (const line of requestLines(chunks(), 100)) {
      if (!("tooLong" in line)) throw new Error("it is too long");
      expect(line.tooLong).toBe(1_000_021);
      expect(line.start.length).toBeLessThanOrEqual(256);
      expect(Buffer.from(line.start).toString()).toMatch(/^\{"id": 12, /);
    }
  });
});
