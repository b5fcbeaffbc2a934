import { describe, expect, it } from "vitest";
import { genericRegionCount } from "../src/arrangement/counts.ts";
import { boxesToTry, chooseMethod, estimateCost } from "../src/method.ts";

const boxes = (N: number, R: number) => boxesToTry(R, R, genericRegionCount(N, R));

describe("the method for a model", () => {
  it("is regions where these are few, and search where there are many", () => {
    const method = (N: number, R: number) => chooseMethod({}, R, genericRegionCount(N, R));
    expect([method(100, 2), method(100, 3), method(64, 5), method(20, 12)]).toEqual(Array(4).fill("regions"));
    expect([method(256, 2), method(256, 3), method(1000, 4)]).toEqual(Array(3).fill("search"));
    expect(chooseMethod({ virtual: true }, 4, genericRegionCount(1000, 4))).toBe("regions");
  });

  it("begins with some boxes where the regions take long, in few dimensions", () => {
    expect([boxes(100, 2), boxes(100, 3), boxes(40, 4), boxes(20, 6), boxes(20, 9)]).toEqual([0, 0, 0, 0, 0]);
    expect(boxes(64, 5)).toBeGreaterThan(20_000);
    expect(boxes(66, 6)).toBe(400_000);
    // a quarter of the time that the regions take
    const { regions, search } = estimateCost(5, 5, genericRegionCount(64, 5));
    expect((boxes(64, 5) * search) / (10 * 12 ** 5)).toBeCloseTo(regions / 4, 3);
  });
});
