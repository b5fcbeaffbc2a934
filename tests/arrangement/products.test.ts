import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { compareProducts } from "../../src/arrangement/products.ts";
import { compare, multiply } from "../../src/model/dyadic.ts";
import type { ExactNumber } from "../../src/model/exact-number.ts";
import { ExactArray } from "../../src/model/system.ts";

const exactOrder = (a: ExactArray, b: ExactArray) => compare(multiply(a.at(0), b.at(0)), multiply(a.at(1), b.at(1)));

describe("the order of two products", () => {
  const scale = fc.integer({ min: -1000, max: 300 });
  const near = fc.integer({ min: -3, max: 3 });
  const entry: fc.Arbitrary<ExactNumber> = fc.oneof(
    fc.double({ noNaN: true, min: -(2 ** 300), max: 2 ** 300 }),
    fc.tuple(near, scale).map(([m, e]) => m * 2 ** e),
    // 1 and its neighbours, and numbers between them
    near.map((m) => 1 + m * 2 ** -52),
    fc.tuple(near, scale).map(([m, e]) => ({ m: 2n ** 70n + 1n + 2n * BigInt(m), e: e - 70 })),
    fc.constantFrom(5e-324, 2 ** 300, -(2 ** -1074), { m: 1n, e: -1200 }, { m: 3n, e: 1500 }),
  );

  it("is the exact one, also of rounded numbers, subnormal ones and ones past the range", () => {
    fc.assert(
      fc.property(fc.tuple(entry, entry), fc.tuple(entry, entry), (x, y) => {
        const [a, b] = [ExactArray.of(x), ExactArray.of(y)];
        expect(compareProducts(a, 0, b, 0, 1, 1)).toBe(exactOrder(a, b));
      }),
      { seed: 11, numRuns: 5000 },
    );
  });

  it("comes from float64 only where rounding can't have changed it", () => {
    const clear = ExactArray.of([1, 2]);
    const close = ExactArray.of([{ m: 2n ** 70n + 1n, e: -70 }, 1]);
    const ones = ExactArray.of([1, 1]);
    const looks = vi.spyOn(ExactArray.prototype, "at");
    expect(compareProducts(clear, 0, ones, 0, 1, 1)).toBe(-1);
    expect(looks).toHaveBeenCalledTimes(0);
    expect(compareProducts(close, 0, ones, 0, 1, 1)).toBe(1);
    expect(looks).toHaveBeenCalledTimes(4);
    looks.mockRestore();
  });
});
