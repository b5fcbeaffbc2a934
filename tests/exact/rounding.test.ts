import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, ofNumber, quotient, type Rational, rational } from "../../src/exact/rational.ts";
import { distanceTo, roundQuotient } from "../../src/exact/rounding.ts";

function both(n: bigint, d: bigint): { z: number; distance: number } {
  const z = [Number.NaN];
  const distances = [Number.NaN];
  roundQuotient(n, d, z, distances, 0);
  return { z: z[0]!, distance: distances[0]! };
}

const negated = ({ n, d }: Rational): Rational => ({ n: -n, d });
const difference = (a: Rational, b: Rational): Rational => rational(a.n * b.d - b.n * a.d, a.d * b.d);
const magnitude = (a: Rational): Rational => (a.n < 0n ? negated(a) : a);

/**
 * Holds a rounding to rationals alone: no other float64 is nearer, and the distance is at most two units in the last
 * place above the true one.
 */
function check(n: bigint, d: bigint): void {
  const { z, distance } = both(n, d);
  expect(z).toBe(quotient(n, d));
  expect(distance).toBe(distanceTo(z, n, d));
  if (!Number.isFinite(z)) return;
  const exact = rational(n, d);
  const error = magnitude(difference(ofNumber(z), exact));
  expect(compare(ofNumber(distance), error)).not.toBe(-1);
  if (distance > 2 ** -900) expect(compare(ofNumber(distance * (1 - 2 ** -50)), error)).not.toBe(1);
}

const integer = fc
  .tuple(fc.bigInt({ min: -(1n << 300n), max: 1n << 300n }), fc.integer({ min: 0, max: 299 }))
  .map(([x, drop]) => x >> BigInt(drop));

describe("a quotient and its distance from the float64 next to it", () => {
  it("are those of the long way, for integers of any length", () => {
    fc.assert(
      fc.property(integer, integer, fc.integer({ min: -1100, max: 1100 }), (n, d, shift) => {
        fc.pre(d !== 0n);
        check(shift > 0 ? n << BigInt(shift) : n, shift < 0 ? d << BigInt(-shift) : d);
      }),
      { seed: 5, numRuns: 5000 },
    );
  });

  it("are right next to ties and to float64 numbers, and at them", () => {
    for (const kept of [2n ** 52n, 2n ** 52n + 1n, 2n ** 53n - 1n, 2n ** 52n + 12345n]) {
      for (const tail of [
        0n,
        1n,
        -1n,
        1n << 127n,
        (1n << 127n) + 1n,
        (1n << 127n) - 1n,
        (1n << 128n) - 1n,
        1n << 70n,
      ]) {
        for (const d of [1n, 3n, 1n << 20n, (1n << 61n) - 1n]) {
          for (const sign of [1n, -1n]) {
            check(sign * ((kept << 128n) + tail), d);
            check(sign * ((kept << 128n) + tail) * d, d);
            check(sign * ((kept << 128n) + tail) * d + 1n, d << 200n);
            check((kept << 128n) + tail, sign * d);
          }
        }
      }
    }
  });

  it("reach the ends of float64", () => {
    for (const [n, d] of [
      [1n, 1n << 1074n],
      [1n, 1n << 1075n],
      [3n, 1n << 1075n],
      [1n, 3n << 1060n],
      [(1n << 1024n) - (1n << 970n), 1n],
      [1n << 1024n, 1n],
      [1n << 1030n, 7n],
      [0n, 7n],
      [0n, -7n],
    ] as const) {
      check(n, d);
    }
    expect(both(1n << 1030n, 7n)).toEqual({ z: Number.POSITIVE_INFINITY, distance: Number.POSITIVE_INFINITY });
  });
});
