import { describe, expect, it } from "vitest";
import { allOf } from "../../../src/base/steps.ts";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { findFixedPoints, parseModel } from "../../../src/index.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { emitEarlyPoints } from "../../../src/search/early/early-points.ts";
import { emitPointsOnPaths } from "../../../src/search/early/paths.ts";
import { runSearch } from "../../../src/search/queue/run.ts";
import { random } from "../../regions/arrangements.ts";

/** A clipped network: G is a regular linear map but for a bounded term, so it has a fixed point. */
function clipped(units: number, R: number, seed: number, gain: number) {
  const next = random(seed);
  const signed = (n: number) => Array.from({ length: n }, () => 2 * next() - 1);
  const W2 = Array.from({ length: units }, () => signed(R));
  const W1 = Array.from({ length: R }, () => signed(units).map((x) => gain * x));
  return parseModel({
    kind: "clippedShPLRNN",
    A: signed(R).map((x) => 0.9 * x),
    W1,
    W2,
    h1: signed(R),
    h2: signed(units),
  });
}

function pointsOnPaths(system: PiecewiseLinearSystem): number[][] {
  const finalizer = new Finalizer(system);
  for (const _ of emitPointsOnPaths(system, finalizer));
  return finalizer.finish().fixedPoints.map(({ z }) => [...z]);
}

describe("points on paths", () => {
  it("are fixed points, and for a clipped network there is at least one", async () => {
    let several = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const model = await clipped(5, 6, seed, 3);
      const all = (await findFixedPoints(model)).fixedPoints.map(({ z }) => JSON.stringify(z));
      const found = pointsOnPaths(model.system).map((z) => JSON.stringify(z));
      expect(found.length).toBeGreaterThan(0);
      for (const z of found) expect(all).toContain(z);
      if (found.length > 1) several++;
    }
    expect(several).toBeGreaterThan(0);
  });

  it("end on curves to infinity where there is no fixed point", async () => {
    const { system } = await parseModel({
      A: [1, 0.5, 0.5, 0.5, 0.5, 0.5],
      U: [[1, 0, 0, 0, 0, 0]],
      V: [[0, 1, 0, 0, 0, 0]],
      hx: [0.25],
      hz: [1, 0, 0, 0, 0, 0],
    });
    expect(pointsOnPaths(system)).toEqual([]);
  });

  it("come before rounds that would take long", async () => {
    const { system } = await clipped(400, 16, 1, 3);
    let early = 0;
    allOf(emitEarlyPoints(system, { found: 0, add: () => early++ }));
    const abort = new AbortController();
    let found = 0;
    const sink = {
      found: 0,
      add: () => {
        if (++found > early) abort.abort();
      },
    };
    const { counts } = await runSearch(system, sink, { signal: abort.signal });
    expect(found).toBeGreaterThan(early);
    // two rounds, which are short; with the third it would be 12,000
    expect(counts.boxes).toBeLessThan(5000);
  });
});
