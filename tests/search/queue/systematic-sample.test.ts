import { describe, expect, it } from "vitest";
import { SystematicSample } from "../../../src/search/queue/systematic-sample.ts";

const SCORES = [1, 5, 0.5, 40, 2, 2, 7, 0.25, 3, 1];
const VALUES = [3, 1, 8, 2, 9, 4, 6, 5, 7, 10];
const TOTAL = VALUES.reduce((sum, x) => sum + x, 0);

/** The mean over many samples of the sum of what was chosen, each times its factor. */
function meanOf(kept: number, factorOf: (factor: number) => number): number {
  const sample = new SystematicSample(7);
  const rounds = 20_000;
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    sample.choose(SCORES, kept, (i, factor) => {
      sum += factorOf(factor) * VALUES[i]!;
    });
  }
  return sum / rounds;
}

describe("SystematicSample", () => {
  it("gives sums that are right on the average", () => {
    for (const kept of [1, 3, 6]) expect(Math.abs(meanOf(kept, (factor) => factor) / TOTAL - 1)).toBeLessThan(0.05);
    // without the factors they are not
    expect(Math.abs(meanOf(3, () => 1) / TOTAL - 1)).toBeGreaterThan(0.3);
  });

  it("chooses about as many as asked, what has a large score always, and the same for the same seed", () => {
    const chosenBy = (seed: number): number[] => {
      const chosen: number[] = [];
      new SystematicSample(seed).choose(SCORES, 4, (i) => chosen.push(i));
      return chosen;
    };
    for (let seed = 0; seed < 50; seed++) {
      expect(Math.abs(chosenBy(seed).length - 4)).toBeLessThanOrEqual(1);
      expect(chosenBy(seed)).toContain(3);
      expect(chosenBy(seed)).toEqual(chosenBy(seed));
    }
  });
});
