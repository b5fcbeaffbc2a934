import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Q from "../../src/exact/rational.ts";

const seed = 20240611;
const integer = fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n });
const nonZero = integer.filter((x) => x !== 0n);
const rational = fc.tuple(integer, nonZero).map(([n, d]) => Q.rational(n, d));
const double = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Exact distance |x − r|. */
const distance = (x: number, r: Q.Rational): Q.Rational => {
  const difference = Q.subtract(Q.ofNumber(x), r);
  return Q.sign(difference) < 0 ? Q.negate(difference) : difference;
};

/** The float64 neighbours of a finite x. */
function neighbours(x: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  if (x === 0) return [-5e-324, 5e-324];
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const s = Math.sign(x);
  return [bits - 1n, bits + 1n].map((b) => {
    view.setBigUint64(0, b);
    return s * view.getFloat64(0);
  });
}

const even = (x: number): boolean => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return (view.getUint32(4) & 1) === 0;
};

/** Nearest, ties to even, for |r| within the range of finite numbers. */
function isNearest(x: number, r: Q.Rational): boolean {
  const mine = distance(x, r);
  return neighbours(x)
    .filter(Number.isFinite)
    .every((y) => {
      const order = Q.compare(mine, distance(y, r));
      return order < 0 || (order === 0 && even(x));
    });
}

describe("rational", () => {
  it("keeps lowest terms and a positive denominator", () => {
    expect(Q.rational(6n, -4n)).toEqual({ n: -3n, d: 2n });
    expect(Q.rational(0n, -7n)).toEqual({ n: 0n, d: 1n });
    expect(Q.rational(3n << 200n, 9n << 100n)).toEqual({ n: 1n << 100n, d: 3n });
    expect(() => Q.rational(1n, 0n)).toThrow(RangeError);
    expect(() => Q.divide(Q.ONE, Q.ZERO)).toThrow(RangeError);
  });

  it("is a field, with equal numbers having equal fields", () => {
    fc.assert(
      fc.property(rational, rational, rational, (a, b, c) => {
        expect(Q.add(a, b)).toEqual(Q.add(b, a));
        expect(Q.add(Q.add(a, b), c)).toEqual(Q.add(a, Q.add(b, c)));
        expect(Q.multiply(a, Q.add(b, c))).toEqual(Q.add(Q.multiply(a, b), Q.multiply(a, c)));
        expect(Q.subtract(Q.add(a, b), b)).toEqual(a);
        if (b.n !== 0n) expect(Q.multiply(Q.divide(a, b), b)).toEqual(a);
        expect(Q.compare(a, b)).toBe(Q.sign(Q.subtract(a, b)));
        expect(Q.equals(a, b)).toBe(Q.key(a) === Q.key(b));
        expect(Q.add(a, Q.negate(a))).toEqual(Q.ZERO);
      }),
      { seed, numRuns: 300 },
    );
  });

  it("returns every float64 to itself", () => {
    fc.assert(
      fc.property(double, (x) => {
        expect(Q.toNumber(Q.ofNumber(x))).toBe(x === 0 ? 0 : x);
      }),
      { seed, numRuns: 1000 },
    );
    for (const x of [5e-324, -5e-324, Number.MAX_VALUE, 2 ** -1022, 2 ** -1022 - 2 ** -1074]) {
      expect(Q.toNumber(Q.ofNumber(x))).toBe(x);
    }
  });

  it("rounds to the nearest float64", () => {
    const scale = fc.integer({ min: -1150, max: 900 });
    fc.assert(
      fc.property(rational, scale, (r, e) => {
        const scaled = Q.multiply(r, Q.ofDyadic({ m: 1n, e }));
        expect(isNearest(Q.toNumber(scaled), scaled)).toBe(true);
      }),
      { seed, numRuns: 1000 },
    );
    expect(Q.toNumber(Q.rational(1n, 3n))).toBe(1 / 3);
    expect(Q.toNumber(Q.rational(-1n, 10n))).toBe(-0.1);
  });

  it("breaks ties to even, and sees a tail of any length", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e300 }),
        fc.integer({ min: 1, max: 400 }),
        (x, tail) => {
          const upper = neighbours(x)[1]!;
          const middle = Q.divide(Q.add(Q.ofNumber(x), Q.ofNumber(upper)), Q.rational(2n, 1n));
          expect(Q.toNumber(middle)).toBe(even(x) ? x : upper);
          // a tail that is no binary fraction
          const tiny = Q.rational(1n, 3n << BigInt(1074 + tail));
          expect(Q.toNumber(Q.add(middle, tiny))).toBe(upper);
          expect(Q.toNumber(Q.subtract(middle, tiny))).toBe(x);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it("overflows and underflows like float64", () => {
    const top = 2n ** 1024n;
    const half = 2n ** 970n;
    expect(Q.toNumber(Q.rational(top - half, 1n))).toBe(Number.POSITIVE_INFINITY);
    expect(Q.toNumber(Q.rational(3n * (top - half) - 1n, 3n))).toBe(Number.MAX_VALUE);
    expect(Q.toNumber(Q.rational(-3n * (top - half) - 1n, 3n))).toBe(Number.NEGATIVE_INFINITY);
    expect(Q.toNumber(Q.rational(1n, 2n ** 1075n))).toBe(0);
    expect(Q.toNumber(Q.rational(2n ** 100n + 1n, 2n ** 1175n))).toBe(5e-324);
    expect(Q.toNumber(Q.rational(1n, 3n * 2n ** 5000n))).toBe(0);
    expect(Q.toNumber(Q.rational(2n ** 5000n, 3n))).toBe(Number.POSITIVE_INFINITY);
  });

  it("negative control: the nearest-number check refuses a neighbour", () => {
    const third = Q.rational(1n, 3n);
    for (const y of neighbours(1 / 3)) expect(isNearest(y, third)).toBe(false);
  });
});
