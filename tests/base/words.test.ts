import { expect, it } from "vitest";
import { beyondRange, enumeration, formatCount, plural, share, were } from "../../src/base/words.ts";

it("groups digits by three, as toLocaleString does", () => {
  for (const n of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, -1, -1234, -123_456, Number.MAX_SAFE_INTEGER]) {
    expect(formatCount(n)).toBe(n.toLocaleString("en-US"));
  }
  expect(formatCount("79375496000000000000000")).toBe("79,375,496,000,000,000,000,000");
  expect(formatCount("123")).not.toContain(",");
});

it("counts one and many", () => {
  expect([plural(1, "unit"), plural(0, "unit"), plural(2000, "branch", "branches")]).toEqual([
    "1 unit",
    "0 units",
    "2,000 branches",
  ]);
});

it("says was of one and were of many", () => {
  expect([were(1, "box", "boxes"), were(0, "point"), were(2000, "box", "boxes")]).toEqual([
    "1 box was",
    "0 points were",
    "2,000 boxes were",
  ]);
  expect([
    share(1, 10, "sample"),
    share(10, 10, "sample"),
    share(1n, 1n, "subset"),
    share(0n, 2n ** 70n, "subset"),
  ]).toEqual([
    "1 of 10 samples was",
    "10 of 10 samples were",
    "1 of 1 subset was",
    "0 of 1,180,591,620,717,411,303,424 subsets were",
  ]);
});

it("enumerates", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(enumeration)).toEqual(["", "a", "a and b", "a, b and c"]);
  expect(beyondRange(["1 branch", "2 points"])).toContain("not listed: 1 branch and 2 points;");
});
