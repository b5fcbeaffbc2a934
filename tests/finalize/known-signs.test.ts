import fc from "fast-check";
import { expect, it } from "vitest";
import { KnownSigns } from "../../src/finalize/known-signs.ts";

const word = fc.nat(2 ** 32 - 1);

it.each([20, 52, 53, 64, 200])("known signs are those that were added, whatever their bits: %i hyperplanes", (N) => {
  const words = Math.ceil(N / 32);
  const sized = (list: number[]) =>
    Uint32Array.from(list, (x, w) => (w === words - 1 && N % 32 > 0 ? x & (2 ** (N % 32) - 1) : x));
  const mask = fc.array(word, { minLength: words, maxLength: words }).map(sized);
  fc.assert(
    fc.property(fc.array(fc.tuple(mask, mask), { minLength: 1, maxLength: 8 }), mask, (list, other) => {
      const known = new KnownSigns(N);
      const seen = new Set<string>();
      const all = list.map(([positive, some]) => ({ positive: positive.map((x, w) => x & ~some[w]!), ties: some }));
      for (const signs of all) {
        const text = `${signs.ties}|${signs.positive}`;
        expect(known.add(signs).isNew).toBe(!seen.has(text));
        seen.add(text);
        // any bits at the ties
        expect(known.at(signs.positive.map((x, w) => x | (other[w]! & signs.ties[w]!)))).toBeDefined();
      }
      const agrees = all.some(({ positive, ties }) => positive.every((x, w) => x === (other[w]! & ~ties[w]!) >>> 0));
      expect(known.at(other) !== undefined).toBe(agrees);
    }),
    { seed: 8, numRuns: 60 },
  );
});

it("one bit among very many tells two points apart", () => {
  const N = 2 ** 20;
  const positive = new Uint32Array(N / 32).fill(0xdc00d800);
  const ties = new Uint32Array(N / 32);
  const known = new KnownSigns(N);
  expect(known.add({ positive: positive.slice(), ties }).isNew).toBe(true);
  expect(known.add({ positive: positive.slice(), ties }).isNew).toBe(false);
  for (const w of [0, 8191, 8192, N / 32 - 1]) {
    const other = positive.slice();
    other[w]! ^= 1 << 31;
    expect(known.at(other)).toBeUndefined();
  }
});
