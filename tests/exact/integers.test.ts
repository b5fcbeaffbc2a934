import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { content, gcd, scaleToIntegers, trailingZeros } from "../../src/exact/integers.ts";
import { dyadic, fromNumber } from "../../src/model/dyadic.ts";

const seed = 7;
const big = fc
  .tuple(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), fc.integer({ min: 0, max: 150 }))
  .map(([x, s]) => x << BigInt(s));

function plainGcd(a: bigint, b: bigint): bigint {
  return b === 0n ? (a < 0n ? -a : a) : plainGcd(b, a % b);
}

describe("integers", () => {
  it("gcd agrees with plain Euclid", () => {
    fc.assert(
      fc.property(big, big, big, (a, b, c) => {
        expect(gcd(a, b)).toBe(plainGcd(a, b));
        expect(gcd(a * c, b * c)).toBe(plainGcd(a * c, b * c));
      }),
      { seed, numRuns: 500 },
    );
    // long numbers, quotients of all sizes: the continued fraction of a ratio is its quotients
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 2n ** 70n }), { minLength: 1, maxLength: 60 }),
        big,
        (quotients, c) => {
          let [x, y] = [1n, 0n];
          for (const q of quotients) [x, y] = [q * x + y, x];
          expect(gcd(x, y)).toBe(1n);
          expect(gcd(y * c, x * c)).toBe(c < 0n ? -c : c);
        },
      ),
      { seed, numRuns: 300 },
    );
    for (const near of [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 996n + 1n, 2n ** 1024n - 1n]) {
      for (const other of [3n, 2n ** 53n + 5n, 2n ** 800n - 1n]) {
        expect(gcd(near, other)).toBe(plainGcd(near, other));
        expect(gcd(near * other, near * (other + 2n))).toBe(plainGcd(near * other, near * (other + 2n)));
      }
    }
    expect(gcd(0n, 0n)).toBe(0n);
    expect(gcd(0n, -6n)).toBe(6n);
    expect(gcd(-4n, 0n)).toBe(4n);
  });

  it("counts trailing zeros", () => {
    for (const s of [0, 1, 31, 32, 63, 64, 65, 127, 128, 1000]) {
      expect(trailingZeros(5n << BigInt(s))).toBe(s);
      expect(trailingZeros(-5n << BigInt(s))).toBe(s);
    }
    expect(trailingZeros(0n)).toBe(0);
  });

  it("content divides all", () => {
    expect(content([12n, -18n, 0n])).toBe(6n);
    expect(content([0n, 0n])).toBe(0n);
    expect(content([])).toBe(0n);
  });

  it("scales to integers by one power of two, the least that does", () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(double, { maxLength: 8 }), (xs) => {
        const { values, exponent } = scaleToIntegers(xs.map(fromNumber));
        values.forEach((v, i) => {
          expect(dyadic(v, exponent)).toEqual(fromNumber(xs[i]!));
        });
        if (xs.some((x) => x !== 0)) expect(values.some((v) => (v & 1n) === 1n)).toBe(true);
        else expect(exponent).toBe(0);
      }),
      { seed, numRuns: 300 },
    );
    expect(scaleToIntegers([fromNumber(0), fromNumber(0)])).toEqual({ values: [0n, 0n], exponent: 0 });
  });
});
