import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitLength, fromNumber, lowestExponent, toIntegers, toNumber } from "../../src/model/dyadic.ts";

/** Any finite float64, subnormal ones and the largest included. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const EDGES = [
  5e-324,
  -5e-324,
  2 ** -1022,
  2 ** -1022 - 5e-324,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  2 ** 1023,
  2 ** 53,
  2 ** 53 - 1,
  1 / 3,
  0.1,
];

/** x as numerator·2^-1074, read off its bits. */
function units(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & (2n ** 52n - 1n);
  const magnitude = exponent === 0 ? fraction : (fraction | (2n ** 52n)) << BigInt(exponent - 1);
  return x < 0 ? -magnitude : magnitude;
}

/** Is x the float64 nearest to m·2^e, the even one of two? */
function isNearest(x: number, m: bigint, e: number): boolean {
  const fine = 1300;
  const value = m << BigInt(e + 1074 + fine);
  // past the largest float64 the next step of the grid stands for infinity
  const place = (float: number) =>
    (Number.isFinite(float) ? units(float) : BigInt(Math.sign(float)) << BigInt(1024 + 1074)) << BigInt(fine);
  const distance = (float: number) => (place(float) > value ? place(float) - value : value - place(float));
  const others = [neighbour(x, 1), neighbour(x, -1)].filter((float) => !Number.isNaN(float));
  const even = Number.isFinite(x) ? Math.abs(x) === 0 || lastBit(x) === 0n : true;
  return others.every((other) => distance(x) < distance(other) || (distance(x) === distance(other) && even));
}

function lastBit(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0) & 1n;
}

/** The float64 next to x, upwards (1) or downwards (−1); NaN past infinity. */
function neighbour(x: number, step: 1 | -1): number {
  if (x === 0) return step * 5e-324;
  if (!Number.isFinite(x)) return Math.sign(x) === step ? Number.NaN : Math.sign(x) * Number.MAX_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigUint64(0, view.getBigUint64(0) + BigInt(x > 0 ? step : -step));
  return view.getFloat64(0);
}

describe("dyadic numbers", () => {
  it("are the floats they come from, with an odd significand", () => {
    const check = (x: number) => {
      const { m, e } = fromNumber(x);
      if (x === 0) {
        expect({ m, e }).toEqual({ m: 0n, e: 0 });
        return;
      }
      expect(m & 1n).toBe(1n);
      expect(e).toBe(lowestExponent(x));
      expect(m << BigInt(e + 1074)).toBe(units(x));
      expect(toNumber({ m, e })).toBe(x);
    };
    EDGES.forEach(check);
    fc.assert(fc.property(finite, check), { numRuns: 2000 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => fromNumber(bad)).toThrow(RangeError);
  });

  it("become integers at any exponent up to their own", () => {
    const check = (x: number, down: number) => {
      if (x === 0) return;
      const e = lowestExponent(x) - down;
      const lifted = toIntegers(e)(x);
      expect(e + 1074 >= 0 ? lifted << BigInt(e + 1074) : lifted).toBe(
        e + 1074 >= 0 ? units(x) : units(x) << BigInt(-e - 1074),
      );
    };
    for (const x of EDGES) for (const down of [0, 1, 60, 1000, 2000]) check(x, down);
    fc.assert(fc.property(finite, fc.nat(1100), check), { numRuns: 1000 });
  });

  it("round to the nearest float, ties to even, with gradual underflow", () => {
    const significand = fc.bigInt({ min: -(2n ** 140n), max: 2n ** 140n });
    const nearTie = fc
      .tuple(fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }), fc.nat(70), fc.constantFrom(-1n, 0n, 1n))
      .map(([kept, more, off]) => (((kept << 1n) | 1n) << BigInt(more)) + off);
    const exponent = fc.oneof(fc.integer({ min: -1250, max: 1100 }), fc.integer({ min: -1200, max: -1060 }));
    fc.assert(
      fc.property(fc.oneof(significand, nearTie), exponent, (m, e) => {
        expect(isNearest(toNumber({ m, e }), m, e)).toBe(true);
        expect(toNumber({ m: -m, e }) + toNumber({ m, e }) === 0 || !Number.isFinite(toNumber({ m, e }))).toBe(true);
      }),
      { numRuns: 5000 },
    );
    // negative controls
    expect(isNearest(1, 2n ** 53n + 1n, -53)).toBe(true);
    expect(isNearest(1 + 2 ** -52, 2n ** 53n + 1n, -53)).toBe(false);
    expect(isNearest(1 - 2 ** -53, 1n, 0)).toBe(false);
    // rounded twice this would be 2^-1022
    expect(toNumber({ m: 2n ** 60n - 129n, e: -1082 })).toBe(2 ** -1022 - 2 ** -1074);
    expect(toNumber({ m: -(2n ** 1100n), e: 0 })).toBe(Number.NEGATIVE_INFINITY);
    expect(toNumber({ m: -1n, e: 5000 })).toBe(Number.NEGATIVE_INFINITY);
    expect(toNumber({ m: 2n ** 1100n, e: -1100 })).toBe(1);
    expect(toNumber({ m: 1n, e: -5000 })).toBe(0);
  });

  it("have the number of bits that their binary digits have", () => {
    const check = (m: bigint) => {
      expect(bitLength(m)).toBe(m === 0n ? 0 : (m < 0n ? -m : m).toString(2).length);
    };
    for (let k = 0n; k < 1200n; k += 13n)
      for (const off of [-1n, 0n, 1n]) [2n ** k + off, -(2n ** k) + off].forEach(check);
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 1100n), max: 2n ** 1100n }), check));
  });
});
