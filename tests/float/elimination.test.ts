import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { solveFractionFree } from "../../src/exact/elimination.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";
import { add, compare, ofDyadic, ofNumber, type Rational, rational } from "../../src/exact/rational.ts";
import { factorise, inverseNorm, solveFactorised } from "../../src/float/elimination.ts";
import { F64 } from "../../src/float/precision.ts";
import { fromNumber } from "../../src/model/dyadic.ts";

/** ‖A⁻¹‖∞ in rationals; undefined for a singular A. */
function exactInverseNorm(A: readonly number[], n: number): Rational | undefined {
  const { values, exponent } = scaleToIntegers(A.map(fromNumber));
  const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1n : 0n));
  const solution = solveFractionFree(values, n, identity, n);
  if (solution === undefined) return undefined;
  const { X, determinant } = solution;
  const scale = ofDyadic({ m: 1n, e: -exponent });
  let largest = ofNumber(0);
  for (let i = 0; i < n; i++) {
    let row = ofNumber(0);
    for (let k = 0; k < n; k++) {
      const entry = rational(X[i * n + k]! * scale.n, determinant * scale.d);
      row = add(row, entry.n < 0n ? { n: -entry.n, d: entry.d } : entry);
    }
    if (compare(row, largest) > 0) largest = row;
  }
  return largest;
}

function bound(A: readonly number[], n: number, uncertainty = 0): number {
  const LU = Float64Array.from(A);
  return factorise(LU, n, new Uint32Array(n)) ? inverseNorm(LU, n, uncertainty, F64, new Float64Array(n)) : Infinity;
}

const matrices = fc.integer({ min: 1, max: 6 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    A: fc.array(
      fc.integer({ min: -(2 ** 30), max: 2 ** 30 }).map((x) => x / 2 ** 30),
      { minLength: n * n, maxLength: n * n },
    ),
    closeness: fc.integer({ min: 0, max: 60 }),
  }),
);

describe("inverseNorm", () => {
  it("bounds ‖A⁻¹‖∞, however ill-conditioned A is", () => {
    let finite = 0;
    fc.assert(
      fc.property(matrices, ({ n, A, closeness }) => {
        const near = [...A];
        if (n > 1) for (let k = 0; k < n; k++) near[n + k] = near[k]! + near[n + k]! * 2 ** -closeness;
        const q = bound(near, n);
        const truth = exactInverseNorm(near, n);
        if (truth === undefined) expect(q).not.toBeLessThan(Infinity);
        else if (Number.isFinite(q)) {
          finite++;
          expect(compare(truth, ofNumber(q))).toBeLessThanOrEqual(0);
        }
      }),
      { seed: 5, numRuns: 200 },
    );
    expect(finite).toBeGreaterThan(50);
  });

  it("is near the truth for a good matrix, and says nothing of a singular or uncertain one", () => {
    expect(bound([2, 0, 0, 4], 2)).toBeCloseTo(0.5, 6);
    expect(bound([1, 2, 2, 4], 2)).toBe(Infinity);
    expect(bound([1, 0, 0, 1], 2, 0.6)).toBe(Infinity);
    expect(bound([1, 0, 0, 1], 2, 0.25)).toBeGreaterThanOrEqual(1 / 0.75);
  });
});

describe("solveFactorised", () => {
  it("solves with row exchanges", () => {
    const LU = Float64Array.of(0, 2, 1, 1, 0, 0, 0, 0, 4);
    const order = new Uint32Array(3);
    const x = new Float64Array(3);
    expect(factorise(LU, 3, order)).toBe(true);
    solveFactorised(LU, 3, order, Float64Array.of(7, 1, 8), x);
    expect([...x]).toEqual([1, 2.5, 2]);
  });

  it("refuses a zero column", () => {
    expect(factorise(Float64Array.of(0, 1, 0, 2), 2, new Uint32Array(2))).toBe(false);
  });
});
