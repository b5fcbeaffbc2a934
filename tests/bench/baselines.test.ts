import { describe, expect, it } from "vitest";
import { naiveFixedPoints } from "../../bench/baselines/naive.ts";
import { type Contest, disagreements } from "../../bench/baselines-report.ts";
import { plain } from "../../bench/cases.ts";
import { modelsOf } from "../../bench/models.ts";
import { parseModel } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { exactFixedPoints } from "../oracle/naive.ts";

describe("the naive baseline", () => {
  it("finds what the exact naive solver finds", async () => {
    let found = 0;
    for (const raw of modelsOf(plain(8, 2, 20))) {
      const { system } = await parseModel(raw as ModelInput);
      const exact = exactFixedPoints(system).points.map(({ z }) => z);
      const points = naiveFixedPoints(system).sort((a, b) => a[0]! - b[0]!);
      expect(points.length).toBe(exact.length);
      points.forEach((z, i) => {
        z.forEach((x, k) => {
          expect(x).toBeCloseTo(exact[i]![k]!, 10);
        });
      });
      found += points.length;
    }
    expect(found).toBeGreaterThan(10);
  });

  it("refuses more units than it could ever end with", async () => {
    const { system } = await parseModel(modelsOf(plain(27, 2))[0] as ModelInput);
    expect(() => naiveFixedPoints(system)).toThrow(/at most 26 units, got 27/);
  });
});

describe("disagreements", () => {
  const spread = { median: 1, least: 1, most: 1, runs: 1 };
  const row = (contestant: "naive" | "numpy" | "owned", masks: number, fixedPoints: number) => ({
    contestant,
    masks,
    fixedPoints,
    peakMegabytes: null,
    seconds: spread,
    regionsPerSecond: 1,
    timesOwned: spread,
  });
  const contest = (rows: Contest["rows"]): Contest => ({ model: "m", latentDim: 2, hyperplanes: 4, regions: 11, rows });

  it("are none where all solved every region and found as much", () => {
    expect(disagreements(contest([row("naive", 16, 2), row("numpy", 11, 2), row("owned", 11, 2)]))).toEqual([]);
  });

  it("are told: another number of fixed points, or of masks", () => {
    expect(disagreements(contest([row("naive", 16, 1), row("owned", 11, 2)]))).toHaveLength(1);
    expect(disagreements(contest([row("numpy", 10, 2), row("owned", 11, 2)]))).toEqual([
      "numpy solved 10 masks of 11 regions.",
    ]);
  });
});
