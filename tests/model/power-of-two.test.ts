import { expect, it } from "vitest";
import { powerOfTwo } from "../../src/model/power-of-two.ts";

it("powers of two are exact, and beyond their range 0 and Infinity", () => {
  for (let e = -1074; e < 1023; e++) expect(powerOfTwo(e + 1)).toBe(2 * powerOfTwo(e));
  expect([-1075, -1074, 0, 1, 10, 1023, 1024].map(powerOfTwo)).toEqual([
    0,
    Number.MIN_VALUE,
    1,
    2,
    1024,
    2 ** 1023,
    Number.POSITIVE_INFINITY,
  ]);
});
