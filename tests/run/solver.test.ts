import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as api from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { Engine, type Facilities } from "../../src/run/engine.ts";
import { FACILITIES } from "../../src/run/facilities.ts";
import { solveModel } from "../../src/run/solver.ts";
import { exactFixedPoints, exactVirtualPoints } from "../oracle/naive.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { Random } from "../support/random.ts";

const { countRegions, findFixedPoints, findFixedPointsOfMany, parseModel } = api;

const decision = {
  name: "three",
  A: [0.5],
  U: [[1], [-1]],
  V: [[1.5], [-1.5]],
  hx: [0.5, 0.5],
  hz: [0],
};

/** A model whose system is that of a random arrangement: for runs that only need size. */
async function large(N: number, R: number): Promise<api.Model> {
  const model = await parseModel(decision);
  return { ...model, system: arrangementOf("generic", N, R, 3), name: `random N = ${N}` };
}

describe("the public API", () => {
  it("exports what it is known to export", () => {
    expect(Object.keys(api).sort()).toMatchSnapshot();
  });

  it("has the version of package.json", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(api.VERSION).toBe(manifest.version);
  });

  it("finds the three fixed points of a decision network, and says how it knows", async () => {
    const result = await findFixedPoints(decision);
    expect(result.fixedPoints.map(({ z }) => z[0])).toEqual([-0.75, 0, 0.75]);
    expect(result).toMatchObject({
      schema: "stillpoint/result@1",
      model: { name: "three", kind: "shPLRNN", latentDim: 1, units: 2, hyperplanes: 2, rank: 1 },
      complete: true,
      method: "regions",
      backend: "cpu",
      adapter: null,
      continua: [],
    });
    expect(result.incompleteBecause).toBeUndefined();
    expect(result.counts.masks).toBe(3);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("gives virtual fixed points of regions with an interior, exactly those", async () => {
    for (const kind of ["generic", "central", "clipped", "small"] as const) {
      for (let seed = 0; seed < 6; seed++) {
        const model = { ...(await parseModel(decision)), system: arrangementOf(kind, 6, 2, seed) };
        const { virtualFixedPoints } = await findFixedPoints(model, { virtual: true });
        const truth = exactVirtualPoints(model.system).map(({ z, region }) => ({ z, region }));
        const found = virtualFixedPoints!.map(({ z, region }) => ({ z, region }));
        const byRegion = (a: { region: readonly number[] }, b: { region: readonly number[] }) =>
          a.region.join() < b.region.join() ? -1 : 1;
        expect([...found].sort(byRegion)).toEqual([...truth].sort(byRegion));
      }
    }
  });

  it("gives the same answer in branch mode", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const model = { ...(await parseModel(decision)), system: arrangementOf("generic", 8, 3, seed) };
      const owned = await findFixedPoints(model);
      const branch = await findFixedPoints(model, { expand: "branch" });
      expect(branch.fixedPoints).toEqual(owned.fixedPoints);
      expect(owned.fixedPoints.map(({ z }) => z)).toEqual(exactFixedPoints(model.system).points.map(({ z }) => z));
    }
  });

  it("stops on request with what it has, and says so", async () => {
    const model = await large(96, 3);
    const late = await findFixedPoints(model, { maxSeconds: 1e-6 });
    expect(late).toMatchObject({ complete: false });
    expect(late.incompleteBecause).toMatch(/time budget ended: [\d,]+ of 147,537 subsets were not visited/);
    const few = await findFixedPoints(model, { maxRegions: 5000 });
    expect(few.complete).toBe(false);
    const abort = new AbortController();
    // so large that no machine is done with it before the first report
    const endless = await large(400, 5);
    const cancelled = await findFixedPoints(endless, {
      method: "regions",
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    expect(cancelled.complete).toBe(false);
    expect(cancelled.incompleteBecause).toMatch(/^cancelled/);
  });

  it("looks for points first where neither method is likely to end, and says so", async () => {
    // 40 units that inhibit each other: regions would take years
    const random = Random.of(1, "inhibition");
    const n = 40;
    const entry = (i: number, j: number) => (i === j ? 0 : -1 + random.real() / 2);
    const W = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j)));
    const model = { kind: "TLN", W, b: Array.from({ length: n }, () => 1 + random.real() / 2) };
    const { outOfReach, auto } = await countRegions(model as ModelInput);
    expect(auto).toBe("search");
    expect(outOfReach).toMatch(/^neither method is likely to end in a day \(regions: about \d+ years, search: about /);
    const abort = new AbortController();
    const found = await findFixedPoints(model as ModelInput, {
      signal: abort.signal,
      onFixedPoint: () => abort.abort(),
    });
    expect(found).toMatchObject({ complete: false, method: "search" });
    expect(found.fixedPoints.length).toBeGreaterThan(0);
    expect(found.incompleteBecause).toMatch(
      /^cancelled: .*; neither method is likely to end in a day .*, so points were looked for before .* by search; give maxSeconds/,
    );
  });

  it("reports progress that never goes back", async () => {
    const seen: number[] = [];
    const abort = new AbortController();
    await findFixedPoints(await large(800, 3), {
      method: "regions",
      signal: abort.signal,
      onProgress: ({ fraction }) => {
        if (seen.push(fraction) === 6) abort.abort();
      },
    });
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.every((f) => f > 0 && f <= 1)).toBe(true);
  });

  it("reports that it tries a search first, and then the regions", async () => {
    const phases: string[] = [];
    const abort = new AbortController();
    // needs more boxes than are worth trying; those take many turns of the event loop
    const random = Random.of(1, "hard to search");
    const normal = (scale: number) => () => scale * random.normal();
    const hard = {
      kind: "shPLRNN",
      A: new Array<number>(8).fill(0.5),
      W1: random.matrix(8, 36, normal(2 / Math.sqrt(8 * 26))),
      W2: random.matrix(36, 8, normal(1)),
      h1: random.vector(8, normal(0.3)),
      h2: random.vector(36, normal(1)),
    };
    const result = await findFixedPoints(hard as ModelInput, {
      signal: abort.signal,
      onProgress: ({ phase }) => {
        if (phases.at(-1) !== phase) phases.push(phase);
        if (phase === "regions") abort.abort();
      },
    });
    expect(phases).toEqual(["search", "regions"]);
    expect(result).toMatchObject({ complete: false, method: "regions" });
  });

  it.each(["regions", "search"] as const)("tells of each point as it is found (%s)", async (method) => {
    const early: unknown[] = [];
    const { fixedPoints } = await findFixedPoints(decision, { method, onFixedPoint: (point) => early.push(point) });
    expect(early).toHaveLength(3);
    const listed = fixedPoints.map(({ z, active, ties }) => ({ z, active, ties }));
    expect(listed).toEqual(expect.arrayContaining(early));
  });

  it("refuses what could never end, with the count, unless there is a budget", async () => {
    const model = await large(1024, 5);
    await expect(findFixedPoints(model, { method: "regions" })).rejects.toMatchObject({
      code: "TOO_LARGE",
      message: expect.stringMatching(/up to 9336909979905 regions/),
    });
    const cut = await findFixedPoints(model, { method: "regions", maxRegions: 4096 });
    expect(cut.complete).toBe(false);
  });

  it.each([
    [{ method: "guess" }, /method.*is not one of the choices/],
    [{ maxSeconds: -1 }, /maxSeconds.*positive/],
    [{ maxSeconds: "1" as never }, /maxSeconds: must be a positive number \(got "1"\)/],
    [{ maxRegions: 1.5 }, /maxRegions.*positive integer/],
    [{ threads: 0 }, /threads/],
    [{ virtual: true, method: "search" }, /virtual/],
  ])("refuses options %j", async (options, message) => {
    await expect(findFixedPoints(decision, options as api.FindOptions)).rejects.toThrow(message);
  });

  it("goes on after a bad model, in order, and ends after an abort", async () => {
    const outcomes = [];
    for await (const outcome of findFixedPointsOfMany([decision, { kind: "nonsense" }, decision] as ModelInput[]))
      outcomes.push(outcome);
    expect(outcomes.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(outcomes.map((outcome) => "result" in outcome)).toEqual([true, false, true]);
    const abort = new AbortController();
    let count = 0;
    for await (const _ of findFixedPointsOfMany([decision, decision, decision], { signal: abort.signal })) {
      count++;
      abort.abort();
    }
    expect(count).toBe(1);
  });

  it.each(["regions", "search"] as const)(
    "wants the GPU that is asked for, by %s, and names why its code does not load",
    async (method) => {
      const facilities: Facilities = { ...FACILITIES, loadGpu: () => Promise.reject(new Error("404")) };
      const slow = { fixedSeconds: 0, itemsPerSecond: 1 };
      const model = await large(250, 3);
      const solve = (options: api.FindOptions, which = model) =>
        solveModel(which, options, new Engine(options, facilities, async () => slow));
      const unloaded = /the part of Stillpoint for GPUs can't be loaded \(404\).*backend "cpu"/;
      const asked = solve({ method, backend: "webgpu" }, await parseModel(decision));
      await expect(asked).rejects.toMatchObject({ code: "NO_GPU", cause: new Error("404") });
      await expect(asked).rejects.toThrow(unloaded);
      const { backend, backendNote } = await solve({ method: "regions", maxRegions: 1 });
      expect(backend).toBe("cpu");
      expect(backendNote).toMatch(unloaded);
    },
  );

  it("says that a fixed point lies past the largest float64, and lists the others", async () => {
    const far = { A: [[1]], U: [[5e-324], [0]], V: [[5e-324], [0]], hx: [0, 0], hz: [5e-324] };
    const result = await findFixedPoints(far);
    expect(result.fixedPoints).toEqual([]);
    expect(result.complete).toBe(false);
    expect(result.incompleteBecause).toMatch(/^past the largest float64 .* not listed: 1 fixed point; rescale/);
  });

  it("counts without solving", async () => {
    expect(await countRegions(await large(1000, 4))).toMatchObject({
      distinctHyperplanes: 1000,
      regions: "41583792251",
      subsets: { branch: "41417124750", owned: "41583792251" },
      auto: "search",
    });
    const { auto, estimatedSeconds } = await countRegions(decision);
    expect(auto).toBe("regions");
    expect(estimatedSeconds.regions).toBeLessThan(estimatedSeconds.search);
  });

  it("tries a short search where regions would take long, unless regions are asked for", async () => {
    const model = await large(40, 5);
    const tried = await findFixedPoints(model, { backend: "cpu" });
    expect(tried).toMatchObject({ method: "search", complete: true });
    expect(tried.counts.boxes).toBeGreaterThan(0);
    const asked = await findFixedPoints(model, { backend: "cpu", expand: "owned" });
    expect(asked).toMatchObject({
      method: "regions",
      complete: true,
      counts: { masks: 760099, audited: expect.any(Number) },
    });
    // one in 2^10 and one in 2^19, and one more of each if its place in the last block is before the end
    const least = Math.floor(760099 / 2 ** 10) + Math.floor(760099 / 2 ** 19);
    expect(asked.counts.audited).toBeGreaterThanOrEqual(least - 5);
    expect(asked.counts.audited).toBeLessThanOrEqual(least + 2);
    expect(tried.fixedPoints).toEqual(asked.fixedPoints);
    expect(tried.continua).toEqual(asked.continua);
  });
});
