import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, compare, multiply, ofNumber, type Rational, subtract } from "../../src/exact/rational.ts";
import { approximateInverse, inverseDefect } from "../../src/float/inverse.ts";
import { F32, F64, gamma, type Precision } from "../../src/float/precision.ts";

const absolute = (x: Rational): Rational => (x.n < 0n ? { n: -x.n, d: x.d } : x);

/** max(‖I − XB‖∞, ‖I − XB‖₁) in rationals. */
function exactDefect(B: ArrayLike<number>, X: ArrayLike<number>, n: number): Rational {
  const sums = Array.from({ length: 2 * n }, () => ofNumber(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let entry = ofNumber(i === j ? 1 : 0);
      for (let k = 0; k < n; k++) entry = subtract(entry, multiply(ofNumber(X[i * n + k]!), ofNumber(B[k * n + j]!)));
      sums[i] = add(sums[i]!, absolute(entry));
      sums[n + j] = add(sums[n + j]!, absolute(entry));
    }
  }
  return sums.reduce((a, b) => (compare(a, b) >= 0 ? a : b));
}

function check(entries: readonly number[], n: number, precision: Precision): number {
  const B = precision.array.from(entries);
  const X = new precision.array(n * n);
  if (!approximateInverse(B.slice(), X, n)) return Number.POSITIVE_INFINITY;
  const q = inverseDefect(B, X, n, undefined, precision);
  if (Number.isFinite(q)) expect(compare(exactDefect(B, X, n), ofNumber(q))).toBeLessThanOrEqual(0);
  return q;
}

const matrices = fc.integer({ min: 1, max: 5 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    entries: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n * n, maxLength: n * n }),
    // rows that nearly repeat make it ill-conditioned
    closeness: fc.integer({ min: 0, max: 60 }),
  }),
);

describe.each([F64, F32])("inverseDefect in $name", (precision) => {
  it("bounds ‖I − XB‖ in both norms, ill-conditioned or not", () => {
    fc.assert(
      fc.property(matrices, ({ n, entries, closeness }) => {
        const near = [...entries];
        if (n > 1) for (let k = 0; k < n; k++) near[n + k] = near[k]! + near[n + k]! * 2 ** -closeness;
        check(near, n, precision);
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  it("says nothing of a singular matrix", () => {
    expect(check([1, 2, 2, 4], 2, precision)).not.toBeLessThan(1);
    expect(check([0, 0, 0, 0], 2, precision)).toBe(Number.POSITIVE_INFINITY);
    expect(check([0.1, 0.2, 0.3, 0.2, 0.3, 0.4, 0.3, 0.5, 0.7], 3, precision)).not.toBeLessThan(0.25);
  });

  it("is small for a well-conditioned matrix", () => {
    expect(check([2, 1, 1, 3], 2, precision)).toBeLessThan(1e-4);
  });

  it("takes the uncertainty of the entries into account", () => {
    const B = precision.array.of(1, 0, 0, 1);
    const X = new precision.array(4);
    approximateInverse(B.slice(), X, 2);
    expect(inverseDefect(B, X, 2, precision.array.of(0.01, 0, 0, 0), precision)).toBeGreaterThanOrEqual(0.01);
    expect(inverseDefect(B, X, 2, precision.array.of(1, 1, 1, 1), precision)).toBeGreaterThanOrEqual(1);
  });
});

describe("gamma", () => {
  it("is n·u/(1 − n·u) and refuses sums too long for it", () => {
    expect(gamma(1, F64)).toBeCloseTo(2 ** -53, 25);
    expect(gamma(100, F32)).toBeGreaterThan(100 * 2 ** -23);
    expect(() => gamma(2 ** 22, F32)).toThrow(RangeError);
  });
});
