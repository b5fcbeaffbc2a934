import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareRationals,
  dot,
  nearestFloat64,
  nullSpace,
  rank,
  rational,
  reducedEchelon,
  subsets,
} from "./integers.ts";

const seed = 20231;
const exactly = (x: number) => {
  // x = n/2^1074 for every finite float64
  let n = 0n;
  let rest = Math.abs(x);
  let scale = 0;
  while (rest !== 0 && !Number.isInteger(rest)) {
    rest *= 2;
    scale += 1;
  }
  n = BigInt(rest) * (x < 0 ? -1n : 1n);
  return rational(n, 2n ** BigInt(scale));
};

function next(x: number, up: boolean): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  if (x === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  view.setBigInt64(0, view.getBigInt64(0) + (x > 0 === up ? 1n : -1n));
  return view.getFloat64(0);
}

describe("nearestFloat64", () => {
  it("rounds known values", () => {
    expect(nearestFloat64(rational(1n, 3n))).toBe(1 / 3);
    expect(nearestFloat64(rational(-2n, 3n))).toBe(-2 / 3);
    expect(nearestFloat64(rational(0n, 7n))).toBe(0);
    expect(nearestFloat64(rational(10n ** 30n, 1n))).toBe(1e30);
    expect(nearestFloat64(rational(1n, 10n ** 30n))).toBe(1e-30);
    expect(nearestFloat64(rational(1n, 10n ** 320n))).toBe(1e-320);
    expect(nearestFloat64(rational(10n ** 309n, 1n))).toBe(Number.POSITIVE_INFINITY);
    expect(nearestFloat64(rational(BigInt(Number.MAX_VALUE), 1n))).toBe(Number.MAX_VALUE);
  });

  it("sends halves to even", () => {
    expect(nearestFloat64(rational(2n ** 53n + 1n, 1n))).toBe(2 ** 53);
    expect(nearestFloat64(rational(2n ** 53n + 3n, 1n))).toBe(2 ** 53 + 4);
    expect(nearestFloat64(rational(1n, 2n ** 1075n))).toBe(0);
    expect(nearestFloat64(rational(3n, 2n ** 1075n))).toBe(2 * Number.MIN_VALUE);
    expect(nearestFloat64(rational(2n ** 54n - 1n, 1n))).toBe(2 ** 54);
  });

  it("is at least as near as both neighbours", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }),
        fc.bigInt({ min: 1n, max: 2n ** 180n }),
        (n, d) => {
          const value = rational(n, d);
          const x = nearestFloat64(value);
          const distance = (y: number) => {
            const e = exactly(y);
            const difference = e.n * value.d - value.n * e.d;
            return rational(difference < 0n ? -difference : difference, e.d * value.d);
          };
          for (const up of [true, false]) expect(compareRationals(distance(x), distance(next(x, up)))).toBeLessThan(1);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it("returns every float64 unchanged", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => nearestFloat64(exactly(x)) === x),
      { seed, numRuns: 300 },
    );
  });
});

const entries = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }));
const matrices = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
  .chain(([m, n]) => fc.array(fc.array(entries, { minLength: n, maxLength: n }), { minLength: m, maxLength: m }));

describe("elimination", () => {
  it("leaves pivots of one value, zeros above and below them, and the same row space", () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const n = matrix[0]!.length;
        const { rows, pivots, d } = reducedEchelon(matrix, n);
        rows.forEach((row, i) => {
          pivots.forEach((column, k) => {
            expect(row[column]).toBe(i === k ? d : 0n);
          });
        });
        for (const row of matrix) {
          // d·row = Σ row[pivot_i]·rows_i
          const rebuilt = row.map((_, k) => rows.reduce((sum, r, i) => sum + row[pivots[i]!]! * r[k]!, 0n));
          expect(rebuilt).toEqual(row.map((x) => x * d));
        }
      }),
      { seed, numRuns: 200 },
    );
  });

  it("finds a null space of the right dimension", () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const n = matrix[0]!.length;
        const basis = nullSpace(matrix, n);
        expect(basis.length).toBe(n - rank(matrix, n));
        expect(rank(basis, n)).toBe(basis.length);
        for (const row of matrix) for (const x of basis) expect(dot(row, x)).toBe(0n);
      }),
      { seed, numRuns: 200 },
    );
  });

  it("knows the rank of a matrix with dependent rows", () => {
    expect(
      rank(
        [
          [1n, 2n],
          [2n, 4n],
        ],
        2,
      ),
    ).toBe(1);
    expect(
      rank(
        [
          [1n, 2n],
          [2n, 5n],
        ],
        2,
      ),
    ).toBe(2);
    expect(rank([], 3)).toBe(0);
  });
});

it("lists subsets in lexicographic order", () => {
  expect([...subsets(4, 2)]).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ]);
  expect([...subsets(3, 0)]).toEqual([[]]);
  expect([...subsets(2, 3)]).toEqual([]);
});
