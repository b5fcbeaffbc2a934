import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromCircleToAxis, type Polynomial, sidesOfRoots } from "./polynomials.ts";

const seed = 20232;

function times(f: Polynomial, g: Polynomial): bigint[] {
  const out = new Array<bigint>(f.length + g.length - 1).fill(0n);
  f.forEach((a, i) => {
    g.forEach((b, k) => {
      out[i + k] = out[i + k]! + a * b;
    });
  });
  return out;
}

/** A factor with the side of its roots: p w + q with root −q/p, or (p w + q)² + r² with real part −q/p. */
interface Factor {
  readonly polynomial: Polynomial;
  readonly left: number;
  readonly right: number;
  readonly onAxis: number;
}

const nonzero = fc.integer({ min: -9, max: 9 }).filter((x) => x !== 0);
const factors: fc.Arbitrary<Factor> = fc.oneof(
  fc.tuple(nonzero, fc.integer({ min: -9, max: 9 })).map(([p, q]) => {
    const side = Math.sign(-q / p);
    return {
      polynomial: [BigInt(q), BigInt(p)],
      left: side < 0 ? 1 : 0,
      right: side > 0 ? 1 : 0,
      onAxis: q === 0 ? 1 : 0,
    };
  }),
  fc.tuple(nonzero, fc.integer({ min: -9, max: 9 }), nonzero).map(([p, q, r]) => {
    const side = Math.sign(-q / p);
    const polynomial = [BigInt(q * q + r * r), BigInt(2 * p * q), BigInt(p * p)];
    return { polynomial, left: side < 0 ? 2 : 0, right: side > 0 ? 2 : 0, onAxis: q === 0 ? 2 : 0 };
  }),
);

describe("sidesOfRoots", () => {
  it("counts the roots of products of known factors, mirror images and repeated ones among them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(factors, fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 4 }),
        (chosen) => {
          const list = chosen.flatMap(([factor, power]) => new Array<Factor>(power).fill(factor));
          const product = list.reduce<Polynomial>((p, { polynomial }) => times(p, polynomial), [1n]);
          const count = sidesOfRoots(product);
          expect(count.onAxis).toBe(list.reduce((total, { onAxis }) => total + onAxis, 0));
          expect(count.left).toBe(list.reduce((total, { left }) => total + left, 0));
          expect(count.right).toBe(list.reduce((total, { right }) => total + right, 0));
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  it("finds a pair on the axis, at ±i, and none a hair beside it", () => {
    expect(sidesOfRoots([1n, 0n, 1n]).onAxis).toBe(2);
    // (w + 10^-40)² + 1, times 10^80
    const far = 10n ** 40n;
    expect(sidesOfRoots([1n + far * far, 2n * far, far * far])).toEqual({ left: 2, right: 0, onAxis: 0 });
    expect(sidesOfRoots([1n + far * far, -2n * far, far * far])).toEqual({ left: 0, right: 2, onAxis: 0 });
  });
});

describe("fromCircleToAxis", () => {
  it("takes the circle to the axis, its inside to the left, and −1 to infinity", () => {
    // 2λ − 1, λ − 2, λ² + 1, λ + 1
    expect(sidesOfRoots(fromCircleToAxis([-1n, 2n])).left).toBe(1);
    expect(sidesOfRoots(fromCircleToAxis([-2n, 1n])).right).toBe(1);
    expect(sidesOfRoots(fromCircleToAxis([1n, 0n, 1n])).onAxis).toBe(2);
    expect(sidesOfRoots(fromCircleToAxis([-1n, 1n])).onAxis).toBe(1);
    expect(fromCircleToAxis([1n, 1n])).toHaveLength(1);
  });
});
