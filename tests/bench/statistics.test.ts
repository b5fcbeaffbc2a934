import { describe, expect, it } from "vitest";
import { ratioOf, spreadOf } from "../../bench/statistics.ts";

describe("spreadOf", () => {
  it("has the median and the extremes, whatever the order", () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, runs: 3 });
    expect(spreadOf([10, 2, 4, 100])).toEqual({ median: 7, least: 2, most: 100, runs: 4 });
  });

  it("does not let one slow run move the median", () => {
    expect(spreadOf([1, 1, 1, 1, 1000]).median).toBe(1);
  });

  it("leaves what it was given as it was", () => {
    const times = [3, 1, 2];
    spreadOf(times);
    expect(times).toEqual([3, 1, 2]);
  });

  it("refuses nothing, and what is no number", () => {
    expect(() => spreadOf([])).toThrow(/at least one/);
    expect(() => spreadOf([1, Number.NaN])).toThrow(/NaN/);
  });
});

describe("ratioOf", () => {
  it("divides medians, and spans every pair of runs", () => {
    const ratio = ratioOf(spreadOf([2, 4, 6]), spreadOf([1, 2, 4]));
    expect(ratio).toEqual({ median: 2, least: 0.5, most: 6, runs: 3 });
  });

  it("is the inverse of the ratio the other way round", () => {
    const [a, b] = [spreadOf([3, 5, 8]), spreadOf([2, 2, 7])];
    expect(ratioOf(a, b).median * ratioOf(b, a).median).toBeCloseTo(1, 15);
  });

  it("refuses times that are not positive", () => {
    expect(() => ratioOf(spreadOf([1]), spreadOf([0]))).toThrow(/positive/);
  });
});
