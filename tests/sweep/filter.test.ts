import { describe, expect, it } from "vitest";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { SweepFilter } from "../../src/sweep/filter.ts";

/** One unit v relu(2^300 z), M and g at the scale of 2^-774, for the unknown (s, z); s has no part in it. */
function familyWith(v: ExactArray): PiecewiseLinearSystem {
  return {
    latentDim: 2,
    hyperplanes: 1,
    time: "discrete",
    M: ExactArray.ofNumbers([0, -0.9 * 2 ** -774, 0, 0]),
    g: ExactArray.ofNumbers([-(2 ** -774), 0]),
    U: Float64Array.of(0, 2 ** 300),
    V: v,
    h: ExactArray.ofNumbers([0]),
  };
}

const ACTIVE = Uint32Array.of(1);

describe("the filter of regions of a sweep", () => {
  it("says nothing where a weight has lost digits to underflow", () => {
    // 3·2^-1076 is rounded to 2^-1074: J is −0.15·2^-774 and would be 0.1·2^-774, so that z has the other sign
    const family = familyWith(ExactArray.of([{ m: 3n, e: -1076 }, 0]));
    expect(new SweepFilter(family, -1, 1).surelyEmpty(ACTIVE)).toBe(false);
  });

  it("excludes the region where the weight is what it is rounded to", () => {
    const family = familyWith(ExactArray.ofNumbers([2 ** -1074, 0]));
    expect(new SweepFilter(family, -1, 1).surelyEmpty(ACTIVE)).toBe(true);
  });
});
