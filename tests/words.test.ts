import { expect, it } from "vitest";
import { beyondRange, enumeration, formatCount, plural } from "../src/words.ts";

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

it("enumerates", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(enumeration)).toEqual(["", "a", "a and b", "a, b and c"]);
  expect(beyondRange(["1 branch", "2 points"])).toContain("not listed: 1 branch and 2 points;");
});
