import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf, type Opened } from "../../src/cli/bytes.ts";
import { beginningOf, modelsOfLines } from "../../src/cli/lines.ts";
import { readJson } from "../../src/formats/read/json/json.ts";
import type { RawModel } from "../../src/formats/read/json/raw.ts";

/** A file whose bytes come in pieces of these sizes, again and again. */
function inPieces(text: string, sizes: readonly number[]): Opened & { read: number } {
  const bytes = new TextEncoder().encode(text);
  const opened = {
    size: undefined,
    read: 0,
    async *chunks() {
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const piece = bytes.slice(at, at + sizes[i % sizes.length]!);
        at += piece.length;
        opened.read = at;
        yield piece;
      }
    },
    close: async () => {},
  };
  return opened;
}

const readValue = (raw: RawModel): unknown => {
  try {
    return "error" in raw ? raw.error.message : raw.value;
  } catch (error) {
    return String(error);
  }
};

/** Names and values, read as a whole and as it comes. */
function asWhole(text: string): unknown {
  try {
    return readJson(new TextEncoder().encode(text), "f", "f").map((raw) => [raw.name, readValue(raw)]);
  } catch (error) {
    return String(error);
  }
}

async function asItComes(text: string, sizes: readonly number[]): Promise<unknown> {
  const opened = inPieces(text, sizes);
  const beginning = await beginningOf(opened, "f");
  if (!("lines" in beginning)) return asWhole(new TextDecoder().decode(await allOf(opened, "f", beginning.chunks())));
  const found: unknown[] = [];
  for await (const raw of modelsOfLines(beginning.lines, "f", "f", (_, same) => same, opened))
    found.push([raw.name, readValue(raw)]);
  return found;
}

const LINE = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\r",
    '{"A":[1,2]}',
    '{"name":"ä\\u2028"}',
    '{"half',
    "[1]",
    "3",
    "}{",
    '{"a":{}} ',
    "\ufeff{}",
  ),
  fc.json(),
);

describe("a file that is read as it comes", () => {
  it("gives the models that it gives as a whole, however its bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(LINE, { maxLength: 6 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (lines, ends, sizes) => {
          const text = lines.join("\n") + (ends ? "\n" : "");
          expect(await asItComes(text, sizes)).toEqual(asWhole(text));
        },
      ),
      { seed: 24, numRuns: process.env.STILLPOINT_FULL ? 5000 : 500 },
    );
  });

  it("is read no further than its models are asked for", async () => {
    const line = '{"A":[1],"b":"ccccccccccccccccccccccccc"}\n';
    const opened = inPieces(line.repeat(1000), [50]);
    const beginning = await beginningOf(opened, "f");
    if (!("lines" in beginning)) throw new Error("expected lines");
    for (let i = 1; i <= 20; i++) {
      await beginning.lines.next();
      expect(opened.read).toBeLessThan((Math.max(i, 2) + 3) * line.length);
    }
  });
});
