import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, dyadic, fromNumber, multiply } from "../../src/model/dyadic.ts";
import { type ExactNumber, negated, plus, times, toDyadic } from "../../src/model/exact-number.ts";

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -100, max: 100, noNaN: true }),
  fc.integer({ min: -10, max: 10 }),
  fc.constantFrom(5e-324, 2 ** -1022, Number.MAX_VALUE, 0.1, 2 ** -537, 3 * 2 ** -538),
);
const exact: fc.Arbitrary<ExactNumber> = fc.oneof(
  finite,
  fc
    .tuple(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), fc.integer({ min: -90, max: 20 }))
    .map(([m, e]) => dyadic(m, e)),
);
const RUNS = { seed: 3, numRuns: 2000 };

describe("sums and products", () => {
  it("equal those of dyadic rationals", () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(toDyadic(plus(a, b))).toEqual(add(toDyadic(a), toDyadic(b)));
        expect(toDyadic(times(a, b))).toEqual(multiply(toDyadic(a), toDyadic(b)));
        expect(toDyadic(plus(a, negated(a)))).toEqual(fromNumber(0));
      }),
      RUNS,
    );
  });
  it("stay float64 where that is exact", () => {
    expect(plus(0.5, 0.25)).toBe(0.75);
    expect(times(0.1, 0.5)).toBe(0.05);
    expect(times(3, 7)).toBe(21);
    expect(Object.is(negated(0), 0)).toBe(true);
  });
  it("do not stay float64 where that rounds", () => {
    expect(typeof plus(1, 1e-30)).toBe("object");
    expect(typeof times(0.1, 0.1)).toBe("object");
    expect(typeof times(5e-324, 0.5)).toBe("object");
    expect(typeof times(1e300, 1e300)).toBe("object");
  });
});
