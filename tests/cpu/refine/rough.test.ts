import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RoughMatrix, reciprocal, roughInverse } from "../../../src/cpu/refine/rough.ts";
import { multiply, ofNumber, type Rational, subtract, toNumber } from "../../../src/exact/rational.ts";

/** m·2^e. */
const numberOf = ({ m, e }: RoughMatrix, at: number) => m[at]! * 2 ** e[at]!;

/** Integers of up to 53 bits, as [W | 0]. */
function matrixOf(entries: readonly number[], dim: number): RoughMatrix {
  const A = new RoughMatrix(2 * dim * dim);
  entries.forEach((x, at) => {
    const high = Math.floor(x / 2 ** 32);
    A.putPair(at + dim * Math.floor(at / dim), x - high * 2 ** 32, high | 0);
  });
  return A;
}

function residual(entries: readonly number[], A: RoughMatrix, dim: number): number {
  let largest = 0;
  for (let i = 0; i < dim; i++) {
    for (let c = 0; c < dim; c++) {
      let sum: Rational = ofNumber(i === c ? 1 : 0);
      for (let k = 0; k < dim; k++) {
        sum = subtract(sum, multiply(ofNumber(numberOf(A, 2 * i * dim + dim + k)), ofNumber(entries[k * dim + c]!)));
      }
      largest = Math.max(largest, Math.abs(toNumber(sum)));
    }
  }
  return largest;
}

describe("numbers of 30 bits", () => {
  it("keep the leading bits of integers of 64", () => {
    const integers = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -40n, max: 40n }),
    );
    fc.assert(
      fc.property(integers, (x) => {
        const A = new RoughMatrix(1);
        A.putPair(0, Number(x & 0xffffffffn), Number(BigInt.asIntN(32, x >> 32n)));
        const size = Math.abs(A.m[0]!);
        expect(x === 0n ? size === 0 : size >= 2 ** 30 && size < 2 ** 31).toBe(true);
        expect(Math.abs(numberOf(A, 0) - Number(x))).toBeLessThanOrEqual(2 ** -29 * Math.abs(Number(x)));
        expect(Math.sign(A.m[0]!)).toBe(Math.sign(Number(x)));
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it("have reciprocals that are cut off", () => {
    const mantissas = fc.oneof(
      fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
      fc.constantFrom(2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1),
    );
    fc.assert(
      fc.property(mantissas, (m) => {
        const exact = Number(2n ** 61n / BigInt(m));
        expect(reciprocal(m)).toBe(Math.min(exact, 2 ** 31 - 1));
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe("an inverse in integers", () => {
  it("has a small residual, up to condition numbers of a million", () => {
    const entry = fc.integer({ min: -(2 ** 45), max: 2 ** 45 });
    const matrices = fc.integer({ min: 1, max: 12 }).chain((dim) => {
      const entries = fc.array(entry, { minLength: dim * dim, maxLength: dim * dim });
      return fc.record({ dim: fc.constant(dim), entries, closeness: fc.integer({ min: 0, max: 20 }) });
    });
    let regular = 0;
    fc.assert(
      fc.property(matrices, ({ dim, entries, closeness }) => {
        const near = [...entries];
        if (dim > 1) {
          for (let k = 0; k < dim; k++) near[dim + k] = near[k]! + Math.floor(near[dim + k]! * 2 ** -closeness);
        }
        const A = matrixOf(near, dim);
        if (roughInverse(A, dim) && residual(near, A, dim) < 2 ** -4) regular++;
      }),
      { seed: 5, numRuns: 200 },
    );
    expect(regular).toBeGreaterThan(185);
  });

  it("is told from one with a changed entry, and there is none of a singular matrix", () => {
    const entries = [2, 1, 1, 3];
    const A = matrixOf(entries, 2);
    expect(roughInverse(A, 2)).toBe(true);
    expect(residual(entries, A, 2)).toBeLessThan(2 ** -27);
    A.m[2]! += 2 ** 20;
    expect(residual(entries, A, 2)).toBeGreaterThan(2 ** -12);
    expect(roughInverse(matrixOf([0, 0, 0, 0], 2), 2)).toBe(false);
    const singular = matrixOf([1, 2, 2, 4], 2);
    expect(roughInverse(singular, 2) && residual([1, 2, 2, 4], singular, 2) < 0.25).toBe(false);
  });

  it("reads numbers with too large an exponent as 0", () => {
    const A = new RoughMatrix(2);
    A.put(0, 2 ** 30, 4097);
    A.put(1, 2 ** 30, -4096);
    expect([A.m[0], A.m[1]]).toEqual([0, 2 ** 30]);
    A.multiply(1, 2 ** 30, -31);
    expect(A.m[1]).toBe(0);
  });
});
