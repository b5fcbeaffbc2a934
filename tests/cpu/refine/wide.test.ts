import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highWord, Wide } from "../../../src/cpu/refine/wide.ts";

const WORD = 2n ** 32n;

/** Signed integers of so many bits, with many that are near a power of two. */
const signed = (bits: number) => {
  const most = 2n ** BigInt(bits - 1);
  const any = fc.bigInt({ min: -most, max: most - 1n });
  const near = fc
    .tuple(fc.integer({ min: 0, max: bits - 2 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([e, by, negative]) => BigInt.asIntN(bits, (negative ? -1n : 1n) * (2n ** BigInt(e) + BigInt(by))));
  return fc.oneof(any, near);
};
const words = signed(32).map((x) => BigInt.asUintN(32, x));

const wide = (x: bigint) =>
  new Wide().set(Number(x & 0xffffffffn), Number((x >> 32n) & 0xffffffffn), Number(BigInt.asIntN(32, x >> 64n)));
const value = ({ x, y, z }: Wide) => BigInt.asIntN(96, BigInt(x) + WORD * BigInt(y) + WORD * WORD * BigInt(z));
const low = (x: bigint) => Number(BigInt.asUintN(32, x));
const holds = (property: fc.IRawProperty<unknown>) => fc.assert(property, { seed: 7, numRuns: 2000 });

describe("integers of 96 bits", () => {
  it("multiply words to their high word", () => {
    holds(
      fc.property(words, words, (a, b) => {
        expect(BigInt(highWord(Number(a), Number(b)))).toBe((a * b) >> 32n);
      }),
    );
  });

  it("add, negate and have magnitudes, modulo 2^96", () => {
    holds(
      fc.property(signed(96), signed(96), (a, b) => {
        expect(value(wide(a).add(wide(b)))).toBe(BigInt.asIntN(96, a + b));
        expect(value(wide(a).negate())).toBe(BigInt.asIntN(96, -a));
        expect(value(wide(a).magnitude())).toBe(BigInt.asIntN(96, a < 0n ? -a : a));
        expect(wide(a).negative).toBe(a < 0n);
      }),
    );
  });

  it("are products of a word and a pair of words", () => {
    holds(
      fc.property(signed(32), signed(64), (a, b) => {
        expect(value(new Wide().setProduct(Number(a), low(b), low(b >> 32n)))).toBe(a * b);
        expect(value(new Wide().setPair(low(b), low(b >> 32n)))).toBe(b);
      }),
    );
  });

  it("shift by every number of bits, and count their own", () => {
    holds(
      fc.property(signed(96), fc.integer({ min: 0, max: 95 }), (a, by) => {
        expect(value(wide(a).shiftRight(by))).toBe(a >> BigInt(by));
        expect(value(wide(a).shiftLeft(by))).toBe(BigInt.asIntN(96, a << BigInt(by)));
        if (a >= 0n) expect(wide(a).bits).toBe(a === 0n ? 0 : a.toString(2).length);
      }),
    );
  });
});
