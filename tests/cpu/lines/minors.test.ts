import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { laplace, minorBounds } from "../../../src/cpu/lines/minors.ts";
import { determinant } from "../../../src/exact/elimination.ts";
import { F64, UNCHECKED } from "../../../src/float/precision.ts";

/** The minors of an R × (R + 1) matrix as `laplace` says, in any arithmetic. */
function expand<T>(
  matrix: readonly T[],
  R: number,
  times: (a: T, b: T) => T,
  plus: (a: T, b: T) => T,
  minus: typeof plus,
): T[] {
  let before = matrix.slice(0, R + 1);
  laplace(R).forEach((row, at) => {
    before = row.map(({ columns, minors }) => {
      const products = columns.map((column, i) => times(matrix[(at + 1) * (R + 1) + column]!, before[minors[i]!]!));
      return products.reduce((sum, product, i) => (i % 2 === 0 ? plus(sum, product) : minus(sum, product)));
    });
  });
  return before;
}

const exactly = (matrix: readonly bigint[], R: number) =>
  expand(
    matrix,
    R,
    (a, b) => a * b,
    (a, b) => a + b,
    (a, b) => a - b,
  );
const inFloats = (matrix: readonly number[], R: number) =>
  expand(
    matrix,
    R,
    (a, b) => a * b,
    (a, b) => a + b,
    (a, b) => a - b,
  );

const matrices = fc
  .integer({ min: 2, max: 7 })
  .chain((R) =>
    fc.tuple(
      fc.constant(R),
      fc.array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), { minLength: R * (R + 1), maxLength: R * (R + 1) }),
    ),
  );

describe("minors of R rows and R + 1 columns", () => {
  it("are the determinants without each column", () => {
    fc.assert(
      fc.property(matrices, ([R, values]) => {
        const matrix = values.map(BigInt);
        const without = (missing: number) =>
          Array.from({ length: R }, (_, i) =>
            matrix.slice(i * (R + 1), (i + 1) * (R + 1)).toSpliced(missing, 1),
          ).flat();
        const expected = Array.from({ length: R + 1 }, (_, column) => determinant(without(column), R));
        expect(exactly(matrix, R)).toEqual(expected);
      }),
    );
  });

  it("err by no more than their bounds, of data and of rounding", () => {
    let rounded = 0;
    fc.assert(
      fc.property(
        matrices,
        fc.array(fc.constantFrom(-1, 0, 1), { minLength: 56, maxLength: 56 }),
        ([R, values], signs) => {
          // what is stored differs from what is meant by 2^-10 of an entry or less
          const meant = values.map((x, i) => BigInt(x) * 1024n + BigInt(signs[i]!) * BigInt(Math.abs(x)));
          const errors = values.map((x) => Math.abs(x) / 1024);
          const sizes = values.map((x, i) => Math.abs(x) + errors[i]!);
          const bounds = minorBounds(sizes, errors, R, F64);
          const scale = 2 ** (10 * R);
          const exact = exactly(meant, R).map((x) => Number(x) / scale);
          inFloats(values, R).forEach((minor, column) => {
            expect(Math.abs(minor)).toBeLessThanOrEqual(bounds.sizes[column]!);
            // the comparison itself rounds
            const slack = 2 ** -50 * bounds.sizes[column]!;
            expect(Math.abs(minor - exact[column]!)).toBeLessThanOrEqual(bounds.errors[column]! + slack);
          });
          const stored = exactly(values.map(BigInt), R);
          const noErrors = values.map(() => 0);
          const rounding = minorBounds(values.map(Math.abs), noErrors, R, F64);
          inFloats(values, R).forEach((minor, column) => {
            const difference = Math.abs(Number(BigInt(minor) - stored[column]!));
            expect(difference).toBeLessThanOrEqual(rounding.errors[column]!);
            if (difference > 0) rounded++;
          });
          const unchecked = minorBounds(sizes, errors, R, UNCHECKED);
          expect(unchecked.errors.every((x) => x === 0)).toBe(true);
        },
      ),
    );
    expect(rounded).toBeGreaterThan(0);
  });
});
