import fc from "fast-check";
import { expect, it } from "vitest";
import { type Dyadic, dyadic } from "../../src/model/dyadic.ts";
import type { ExactNumber } from "../../src/model/exact-number.ts";
import { ExactArray } from "../../src/model/system.ts";

const long = fc
  .tuple(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.boolean(), fc.integer({ min: -1100, max: 940 }))
  .map(([m, isNegative, e]): Dyadic => dyadic(isNegative ? -m : m, e));
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e200, max: 1e200 }).map((x) => x + 0);
const entry: fc.Arbitrary<ExactNumber> = fc.oneof(number, long);

/** The entries times 2^e as dyadic numbers, rounded anew. */
const exactly = (values: ExactArray, e: number): ExactArray =>
  ExactArray.ofDyadics(values.toDyadics().map(({ m, e: own }) => (m === 0n ? { m, e: 0 } : { m, e: own + e })));
const all = (array: ExactArray) => ({ rounded: Array.from(array.rounded), dyadics: array.toDyadics() });

it("entries that move by a power of two are those that are rounded anew, where there are any", () => {
  let moved = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 6 }), fc.integer({ min: -900, max: 900 }), (entries, e) => {
      const values = ExactArray.of(entries);
      const numbers = values.rounded.map((x) => x * 2 ** e);
      // as whoever calls it has made sure of
      if (numbers.some((x, i) => x * 2 ** -e !== values.rounded[i])) return;
      const fast = values.moved(numbers, () => e);
      if (fast === undefined) refused++;
      else {
        moved++;
        expect(all(fast)).toEqual(all(exactly(values, e)));
      }
    }),
    { seed: 32, numRuns: 3000 },
  );
  expect(moved).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(10);
});

it("an entry that has lost digits to underflow, or would, is not moved: its rounded number times the power is another", () => {
  // rounds to a subnormal number, which has not all the digits that the entry has once it is moved up
  const low = ExactArray.of([{ m: 2n ** 53n + 2n ** 20n + 1n, e: -1100 }]);
  const up = low.rounded.map((x) => x * 2 ** 200);
  expect(up[0]).not.toBe(exactly(low, 200).rounded[0]);
  expect(low.moved(up, () => 200)).toBeUndefined();
  const beyond = ExactArray.of([{ m: 2n ** 60n + 1n, e: 1000 }]);
  expect(beyond.rounded[0]).toBe(Number.POSITIVE_INFINITY);
  expect(beyond.moved(beyond.rounded, () => -200)).toBeUndefined();
});

it("float64 entries are moved as they are", () => {
  const values = ExactArray.ofNumbers([1, -0.75, 0]);
  const numbers = values.rounded.map((x) => 4 * x);
  expect(values.moved(numbers, () => 2)?.rounded).toBe(numbers);
});
