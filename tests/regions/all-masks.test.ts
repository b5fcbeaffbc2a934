import { describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runAllMasks } from "../../src/regions/all-masks.ts";
import { runRegions } from "../../src/regions/run.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf } from "./arrangements.ts";

async function byRegions(system: PiecewiseLinearSystem) {
  const finalizer = new Finalizer(system);
  await runRegions(system, finalizer, {}, new CpuBackend(), { expand: "owned" });
  const { fixedPoints, continua } = finalizer.finish();
  return { fixedPoints, continua };
}

function byMasks(system: PiecewiseLinearSystem) {
  const finalizer = new Finalizer(system);
  const outcome = runAllMasks(system, finalizer);
  if (outcome === undefined) return { finalizer };
  expect(outcome.complete).toBe(true);
  const { fixedPoints, continua } = finalizer.finish();
  return { answer: { fixedPoints, continua }, counts: outcome.counts };
}

describe("all masks give what the regions give", () => {
  it.each(ARRANGEMENT_KINDS)("in %s arrangements", async (kind) => {
    let taken = 0;
    for (const [N, R] of [
      [3, 2],
      [7, 4],
      [9, 5],
      [12, 8],
    ] as const) {
      for (let seed = 1; seed <= 6; seed++) {
        const system = arrangementOf(kind, N, R, seed);
        const { answer, counts } = byMasks(system);
        if (answer === undefined) continue;
        taken++;
        expect(counts.masks).toBe(2 ** Math.round(Math.log2(counts.masks)));
        expect(answer).toEqual(await byRegions(system));
      }
    }
    expect(taken).toBeGreaterThan(5);
  });
});

it("where no mask can be excluded nothing is handed over, and the regions are taken", () => {
  const { answer, finalizer } = byMasks(allCandidates(arrangementOf("generic", 9, 5, 1)));
  expect(answer).toBe(undefined);
  expect(finalizer?.finish().counts.exactSolves).toBe(0);
});

it("is what a tiny model gets if nothing asks for regions as such", async () => {
  const model = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
  const { counts, fixedPoints } = await findFixedPoints(model);
  expect(counts).toMatchObject({ masks: 4 });
  expect(counts.subsets).toBe(undefined);
  for (const options of [{ expand: "owned" }, { virtual: true }, { maxRegions: 100 }] as const) {
    const asked = await findFixedPoints(model, options);
    expect(asked.counts).toMatchObject({ masks: 3, subsets: 3 });
    expect(asked.fixedPoints).toEqual(fixedPoints);
  }
});
