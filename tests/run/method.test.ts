import { describe, expect, it } from "vitest";
import { genericRegionCount } from "../../src/arrangement/counts.ts";
import { boxesToTry, chooseMethod, estimateCost, type ModelSize } from "../../src/run/method.ts";

const sized = (N: number, R: number, allMasks = false): ModelSize => ({
  latentDim: R,
  rank: R,
  regions: genericRegionCount(N, R),
  allMasks,
});
const boxes = (N: number, R: number) => boxesToTry(sized(N, R));

describe("the method for a model", () => {
  it("is regions where these are few, and search where there are many", () => {
    const method = (N: number, R: number) => chooseMethod({}, sized(N, R)).method;
    expect([method(100, 2), method(100, 3), method(64, 5), method(20, 12)]).toEqual(Array(4).fill("regions"));
    expect([method(256, 2), method(256, 3), method(1000, 4)]).toEqual(Array(3).fill("search"));
    expect(chooseMethod({ virtual: true }, sized(1000, 4))).toEqual({ method: "regions" });
  });

  it("is the search, for points, where neither is likely to end, unless one is asked for", () => {
    const choice = chooseMethod({ maxSeconds: 20 }, sized(40, 40));
    expect(choice).toMatchObject({ method: "search" });
    expect(choice.outOfReach).toMatch(
      /^neither method is likely to end in the 20 s that there are \(regions: about 4 years, search: about 5·10\^\d+ years\)$/,
    );
    expect(chooseMethod({}, sized(40, 40)).outOfReach).toMatch(/in a day \(/);
    expect(chooseMethod({ method: "regions", maxSeconds: 20 }, sized(40, 40))).toEqual({ method: "regions" });
    expect(chooseMethod({ method: "search", maxSeconds: 20 }, sized(40, 40))).toEqual({ method: "search" });
    expect(chooseMethod({ expand: "branch", maxSeconds: 20 }, sized(40, 40))).toEqual({ method: "regions" });
  });

  it("is not given up where an estimate is off by ten, or where all masks are tried", () => {
    const { regions } = estimateCost(sized(28, 28));
    expect(chooseMethod({ maxSeconds: regions / 9 }, sized(28, 28)).outOfReach).toBeUndefined();
    expect(chooseMethod({ maxSeconds: regions / 11 }, sized(28, 28)).outOfReach).toBeDefined();
    expect(chooseMethod({ maxSeconds: 5 }, sized(24, 24, true))).toEqual({ method: "regions" });
  });

  it("begins with some boxes where the regions take long, in few dimensions", () => {
    expect([boxes(100, 2), boxes(80, 3), boxes(30, 4), boxes(24, 13)]).toEqual([0, 0, 0, 0]);
    expect(boxes(40, 4)).toBeGreaterThan(1000);
    expect(boxes(64, 5)).toBeGreaterThan(200_000);
    expect([boxes(66, 6), boxes(24, 12)]).toEqual([400_000, 400_000]);
    // a quarter of the time that the regions take, at 5 µs a box
    expect(boxes(64, 5) * 5e-6).toBeCloseTo(estimateCost(sized(64, 5)).regions / 4, 4);
  });
});
