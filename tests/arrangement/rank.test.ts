import fc from "fast-check";
import { expect, it } from "vitest";
import { independentColumns } from "../../src/arrangement/rank.ts";
import { allOf } from "../../src/base/steps.ts";
import { findingIndependent } from "../../src/exact/elimination.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";

/** The first columns that are independent, by integers alone. */
function exactly(U: Float64Array, n: number, R: number): number[] {
  const { values } = scaleToIntegers(U);
  const column = (k: number) => Array.from({ length: n }, (_, j) => values[j * R + k]!);
  return allOf(findingIndependent(column, R, n));
}

const entry = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -1074, max: 300 })).map(([m, e]) => m * 2 ** e),
  fc.constantFrom(1, 1 + 2 ** -52, 1 - 2 ** -53, 5e-324, 2 ** -500, 2 ** 300),
);

it("as many columns are independent as integers say, and where these are all, the same", () => {
  let full = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(entry),
      (R, n, stream) => {
        const U = Float64Array.from({ length: n * R }, () => stream.next().value);
        const columns = independentColumns(U, n, R);
        const exact = exactly(U, n, R);
        expect(columns.length).toBe(exact.length);
        if (exact.length < R) return;
        full++;
        expect(columns).toEqual(exact);
      },
    ),
    { seed: 3, numRuns: 1500 },
  );
  expect(full).toBeGreaterThan(500);
});

it("rows that differ in their last bit are told from proportional ones", () => {
  const near = 1 + 2 ** -52;
  expect(independentColumns(Float64Array.of(1, 1, 1, near), 2, 2)).toEqual([0, 1]);
  expect(independentColumns(Float64Array.of(1, near, 2, 2 * near), 2, 2)).toHaveLength(1);
  // products of these are no float64, and equal once rounded
  expect(independentColumns(Float64Array.of(near, near * near, 1, near), 2, 2)).toEqual([0, 1]);
  expect(independentColumns(Float64Array.of(2 ** -600, 2 ** -601, 2 ** -601, 2 ** -602), 2, 2)).toHaveLength(1);
  expect(independentColumns(Float64Array.of(2 ** -600, 2 ** -601, 2 ** -601, 2 ** -601), 2, 2)).toEqual([0, 1]);
  expect(independentColumns(Float64Array.of(0), 1, 1)).toEqual([]);
  expect(independentColumns(Float64Array.of(5e-324), 1, 1)).toEqual([0]);
});
