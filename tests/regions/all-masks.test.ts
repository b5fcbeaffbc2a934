import { describe, expect, it } from "vitest";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runAllMasks } from "../../src/regions/all-masks.ts";
import { runRegions } from "../../src/regions/run.ts";
import { Random } from "../support/random.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf } from "./arrangements.ts";

async function byRegions(system: PiecewiseLinearSystem) {
  const finalizer = new Finalizer(system);
  await runRegions(system, finalizer, {}, new CpuBackend(), { expand: "owned" });
  const { fixedPoints, continua } = finalizer.finish();
  return { fixedPoints, continua };
}

async function byMasks(system: PiecewiseLinearSystem) {
  const finalizer = new Finalizer(system);
  const outcome = await runAllMasks(system, finalizer, "a model", {}, 64);
  if (outcome === undefined) return { finalizer };
  expect(outcome.complete).toBe(true);
  const { fixedPoints, continua } = finalizer.finish();
  return { answer: { fixedPoints, continua }, counts: outcome.counts };
}

describe("all masks give what the regions give", () => {
  it.each(ARRANGEMENT_KINDS)("in %s arrangements", async (kind) => {
    let taken = 0;
    for (const [N, R] of [
      [8, 4],
      [9, 5],
      [10, 6],
      [12, 8],
      [24, 5],
    ] as const) {
      for (let seed = 1; seed <= 6; seed++) {
        const system = arrangementOf(kind, N, R, seed);
        const { answer, counts } = await byMasks(system);
        if (answer === undefined) continue;
        taken++;
        expect(counts.allMasks).toBe(2 ** reduceSystem(system).count);
        expect(counts.audited).toBe(counts.allMasks! / 64);
        expect(answer).toEqual(await byRegions(system));
      }
    }
    expect(taken).toBeGreaterThan(5);
  });
});

it("where no mask can be excluded nothing is handed over, and the regions are taken", async () => {
  const { answer, finalizer } = await byMasks(allCandidates(arrangementOf("generic", 9, 5, 1)));
  expect(answer).toBe(undefined);
  expect(finalizer?.finish().counts.exactSolves).toBe(0);
});

it("is what a small model gets if nothing asks for regions as such", async () => {
  const units = Array.from({ length: 9 }, (_, j) => [
    Math.cos(j),
    Math.sin(2 * j),
    Math.cos(3 * j + 1),
    Math.sin(j * j),
  ]);
  const model = {
    A: [0.5, 0.4, 0.3, 0.2],
    U: units,
    V: units.map((row) => row.map((x) => x / 40)),
    hx: units.map((_, j) => Math.sin(5 * j)),
    hz: [0.1, 0.2, 0.3, 0.4],
  };
  const { counts, fixedPoints } = await findFixedPoints(model);
  expect(fixedPoints.length).toBeGreaterThan(0);
  expect(counts.allMasks).toBe(512);
  expect(counts.masks).toBe(undefined);
  for (const options of [
    { method: "regions" },
    { expand: "owned" },
    { virtual: true },
    { maxRegions: 1000 },
  ] as const) {
    const asked = await findFixedPoints(model, options);
    expect(asked.counts).toMatchObject({ masks: 256, subsets: 256 });
    expect(asked.fixedPoints).toEqual(fixedPoints);
  }
});

describe("independent hyperplanes, whose masks are all regions", () => {
  /** A TLN of n units with some gain. */
  const tln = (n: number, gain: number, seed: number) => {
    const random = new Random(seed);
    const W = random.matrix(n, n, () => random.real(gain / Math.sqrt(n)));
    W.forEach((row, i) => {
      row[i] = 0;
    });
    return { kind: "TLN", W, b: random.vector(n, () => random.unit()) };
  };

  it.each([1, 3, 8])("give what the enumeration gives, at a gain of %i", async (gain) => {
    const model = tln(15, gain, gain);
    const masks = await findFixedPoints(model as ModelInput, { method: "regions" });
    const regions = await findFixedPoints(model as ModelInput, { method: "regions", expand: "owned" });
    expect(masks.counts).toMatchObject({ allMasks: 2 ** 15 });
    expect(regions.counts).toMatchObject({ masks: 2 ** 15, subsets: 2 ** 15 });
    // bounds on bounds left 24 % of them undecided
    expect(regions.counts.undecided).toBeLessThan(0.01 * 2 ** 15);
    expect(masks.fixedPoints.length).toBe({ 1: 1, 3: 0, 8: 2 }[gain]);
    expect(masks.fixedPoints).toEqual(regions.fixedPoints);
    expect(masks.complete && regions.complete).toBe(true);
  });

  it("keep a point on all hyperplanes, and one with a singular side", async () => {
    const zero = { ...tln(16, 2, 1), b: new Array(16).fill(0) };
    const { fixedPoints } = await findFixedPoints(zero as ModelInput, { method: "regions" });
    expect(fixedPoints.some(({ ties }) => ties.length === 16)).toBe(true);
    // two units that copy each other: a line of fixed points where both are on
    const W = Array.from({ length: 16 }, (_, i) => Array.from({ length: 16 }, (_, j) => (i + j === 1 ? 1 : 0)));
    const { continua } = await findFixedPoints(
      { kind: "TLN", W, b: [0, 0, ...new Array(14).fill(0.5)] },
      { method: "regions" },
    );
    expect(continua).toHaveLength(1);
  });

  it("stop when told to, and say how many were left", async () => {
    const controller = new AbortController();
    const { complete, incompleteBecause } = await findFixedPoints(tln(22, 8, 2) as ModelInput, {
      method: "regions",
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(complete).toBe(false);
    expect(incompleteBecause).toMatch(/^cancelled: [\d,]+ of 4,194,304 regions were not visited/);
  });
});
