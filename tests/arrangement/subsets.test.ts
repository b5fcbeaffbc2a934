import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binomial, genericRegionCount } from "../../src/arrangement/counts.ts";
import { nextSubset, unrankSubset } from "../../src/arrangement/subsets.ts";

/** The rank of a subset given in ascending order; inverse of `unrankSubset`. */
function rankSubset(n: number, subset: ArrayLike<number>): bigint {
  const k = subset.length;
  let rank = 0n;
  let previous = -1;
  for (let i = 0; i < k; i++) {
    for (let skipped = previous + 1; skipped < subset[i]!; skipped++) rank += binomial(n - skipped - 1, k - i - 1);
    previous = subset[i]!;
  }
  return rank;
}

describe("counts", () => {
  it("are exact past 2^53", () => {
    expect(binomial(1000, 4)).toBe(41417124750n);
    expect(binomial(100, 50)).toBe(100891344545564193334812497256n);
    expect(binomial(3, 4)).toBe(0n);
  });

  it("give the numbers of regions in the issue", () => {
    expect(genericRegionCount(96, 3)).toBe(147537n);
    expect(genericRegionCount(64, 4)).toBe(679121n);
    expect(genericRegionCount(256, 3)).toBe(2796417n);
    expect(genericRegionCount(100, 5)).toBe(79375496n);
    expect(genericRegionCount(5, 9)).toBe(32n);
  });

  it("obey Pascal's rule", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (n, k) => {
        expect(binomial(n, k)).toBe(binomial(n - 1, k) + binomial(n - 1, k - 1));
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe("subset ranks", () => {
  it("list all subsets in lexicographic order", () => {
    const n = 7;
    const k = 3;
    const walk = Uint32Array.of(0, 1, 2);
    const seen: string[] = [];
    for (let rank = 0n; rank < binomial(n, k); rank++) {
      const subset = new Uint32Array(k);
      unrankSubset(n, k, rank, subset);
      expect([...subset]).toEqual([...walk]);
      expect(rankSubset(n, subset)).toBe(rank);
      seen.push(subset.join());
      nextSubset(n, k, walk);
    }
    expect(new Set(seen).size).toBe(35);
    expect(nextSubset(n, k, walk)).toBe(-1);
  });

  it("go round for any subset, in float64 and past it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.bigInt({ min: 0n, max: 2n ** 80n }), (n, of, draw) => {
        const k = of % (n + 1);
        const count = binomial(n, k);
        for (const rank of [draw % count, 0n, count - 1n]) {
          const subset = new Uint32Array(k);
          unrankSubset(n, k, rank, subset);
          expect(subset.every((j, i) => j < n && (i === 0 || j > subset[i - 1]!))).toBe(true);
          expect(rankSubset(n, subset)).toBe(rank);
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it("go round past 2^32 and 2^53", () => {
    for (const [n, k] of [
      [1000, 4],
      [1024, 7],
      [200, 40],
    ] as const) {
      const count = binomial(n, k);
      for (const rank of [0n, 1n, 2n ** 32n - 1n, 2n ** 32n, count / 3n, count - 1n]) {
        const subset = new Uint32Array(k);
        unrankSubset(n, k, rank, subset);
        expect(rankSubset(n, subset)).toBe(rank);
      }
    }
  });

  it("refuse a rank outside the range", () => {
    expect(() => unrankSubset(5, 2, 10n, new Uint32Array(2))).toThrow(/outside \[0, 10\)/);
    expect(() => unrankSubset(5, 2, -1n, new Uint32Array(2))).toThrow(RangeError);
  });

  it("know the empty subset", () => {
    unrankSubset(4, 0, 0n, new Uint32Array(0));
    expect(rankSubset(4, [])).toBe(0n);
    expect(nextSubset(4, 0, new Uint32Array(0))).toBe(-1);
  });
});
