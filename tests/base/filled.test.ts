import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filled } from "../../src/base/filled.ts";

describe("filled", () => {
  it("has the keys that have values, in their order, after those that were there", () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const gappy = fc.dictionary(key, fc.option(fc.integer(), { nil: undefined }));
    const plain = fc.dictionary(key, fc.integer());
    fc.assert(
      fc.property(gappy, plain, (from, to) => {
        const expected = Object.entries({ ...to, ...JSON.parse(JSON.stringify(from)) });
        expect(Object.entries(filled<Partial<Record<string, number>>>(from, { ...to }))).toEqual(expected);
      }),
    );
  });

  it("is a new object by default, and leaves the given one alone", () => {
    const from = { z: 1, margin: undefined };
    const record: { z: number; margin?: number } = filled<{ z: number; margin?: number }>(from);
    expect(Object.keys(record)).toEqual(["z"]);
    expect(Object.keys(from)).toEqual(["z", "margin"]);
  });
});
