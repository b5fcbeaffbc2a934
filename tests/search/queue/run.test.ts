import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { allOf } from "../../../src/base/steps.ts";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { type FindOptions, findFixedPoints, type Model, parseModel, type Result } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { createPool } from "../../../src/parallel/pool.ts";
import { emitEarlyPoints } from "../../../src/search/early/early-points.ts";
import { LeafSet } from "../../../src/search/endings/leaves.ts";
import type { ChunkResult, SearchChunk } from "../../../src/search/queue/chunk.ts";
import { SearchPlan } from "../../../src/search/queue/plan.ts";
import { runSearch, runShortSearch } from "../../../src/search/queue/run.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import type { WorkerPool } from "../../../src/stages/pool.ts";
import { corpus } from "../../corpus/generate.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile, random } from "../../regions/arrangements.ts";
import { poolHere, type Watch } from "../../support/threads-here.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

const search = (model: unknown, options: FindOptions = {}): Promise<Result> =>
  findFixedPoints(model as ModelInput, { ...options, method: "search" });

/** What must be the same, byte for byte, whatever found it. */
const answer = ({ fixedPoints, continua }: Result): string => JSON.stringify({ fixedPoints, continua });

async function expectSame(model: Model): Promise<void> {
  const regions = await findFixedPoints(model, { method: "regions" });
  const searched = await search(model);
  expect(searched.incompleteBecause).toBeUndefined();
  expect(answer(searched)).toBe(answer(regions));
}

async function modelOf(system: PiecewiseLinearSystem): Promise<Model> {
  const model = await parseModel({ A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [0] });
  return { ...model, system };
}

/** Two workers that run: a search would be done before they have started. */
async function runningPool(): Promise<WorkerPool> {
  const pool = createPool(2);
  await vi.waitFor(() => expect(pool.start(2)).toBe(2), { timeout: 20_000 });
  return pool;
}

describe("search = regions, byte for byte", () => {
  it.each(FULL ? [1, 2, 3, 4, 5] : [1])("on the corpus of seed %i", async (seed) => {
    for (const { model } of corpus(seed)) await expectSame(await parseModel(model as ModelInput));
  });

  it.each(ARRANGEMENT_KINDS)("on random %s systems", async (kind) => {
    for (let seed = 1; seed <= (FULL ? 60 : 3); seed++) {
      for (const [N, R] of [
        [20, 2],
        [12, 3],
        [8, 4],
        [3, 4],
        [6, 1],
      ]) {
        await expectSame(await modelOf(arrangementOf(kind, N!, R!, seed + 100)));
      }
    }
  });

  it("where hyperplanes nearly coincide", async () => {
    for (let seed = 1; seed <= 12; seed++) await expectSame(await modelOf(hostile(seed, 12, 1 + (seed % 3))));
  });

  it("notices a result that lacks a point", async () => {
    const result = await search({ A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] });
    expect(answer({ ...result, fixedPoints: result.fixedPoints.slice(1) })).not.toBe(answer(result));
  });
});

/** N random unit normals in R dimensions with small weights. */
function randomUnits(N: number, R: number, seed: number) {
  const next = random(seed);
  const rows = () => Array.from({ length: N }, () => Array.from({ length: R }, () => next() * 2 - 1));
  return { U: rows(), V: rows().map((row) => row.map((x) => x / N)) };
}

describe("cases on which plain splitting never ends", () => {
  it("a central model of 256 units: one fixed point on all hyperplanes", async () => {
    const { U, V } = randomUnits(256, 3, 5);
    const result = await search({ A: [0.5, 0.4, 0.3], U, V, hx: new Array(256).fill(0), hz: [0, 0, 0] });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(result.fixedPoints).toHaveLength(1);
    expect(result.fixedPoints[0]!.ties).toHaveLength(256);
    expect(result.counts.boxes).toBeLessThan(2000);
  }, 120_000);

  it("a fold on a kink: two branches that meet in one fixed point", async () => {
    // z' = |z| along the first coordinate less what makes 0 the only contact, contracting in the second
    const result = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U: [
        [1, 0],
        [-1, 0],
      ],
      V: [
        [1, 0],
        [1, 0],
      ],
      hx: [0, 0],
      hz: [0, 0],
    });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(result.fixedPoints.map(({ z, ties }) => ({ z, ties }))).toEqual([{ z: [0, 0], ties: [0, 1] }]);
    expect(result.counts.boxes).toBeLessThan(1000);
  });

  it("a line of fixed points through 20 units", async () => {
    const U = Array.from({ length: 20 }, (_, j) => [1, 0.01 * j]);
    const V = Array.from({ length: 20 }, () => [0, 0.01]);
    const hx = Array.from({ length: 20 }, (_, j) => j - 9.5);
    // z2' = z2/2 + Σ …/100 has to vanish for a line: the second equation cuts the plane along a bent curve of fixed
    // points
    const bent = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U,
      V,
      hx,
      hz: [0, 0],
    });
    expect(bent.complete).toBe(true);
    expect(bent.fixedPoints).toEqual([]);
    expect(bent.continua).toHaveLength(21);
    expect(bent.continua.every(({ dimension }) => dimension === 1)).toBe(true);
    const straight = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U,
      V: V.map(() => [0, 0]),
      hx,
      hz: [0, 0],
    });
    expect(straight.complete).toBe(true);
    expect(straight.continua).toHaveLength(1);
    expect(straight.continua[0]!.regions).toHaveLength(21);
    expect(bent.counts.boxes! + straight.counts.boxes!).toBeLessThan(5000);
  });

  it("a kinked fixed point at the centre of a symmetric box", async () => {
    const result = await search({
      kind: "clippedShPLRNN",
      A: [0.5, 0.5],
      W1: [
        [1, 0],
        [0, 1],
      ],
      W2: [
        [1, 0],
        [0, 1],
      ],
      h1: [-0.5, -0.5],
      h2: [1, 1],
    });
    const regions = await findFixedPoints(
      {
        kind: "clippedShPLRNN",
        A: [0.5, 0.5],
        W1: [
          [1, 0],
          [0, 1],
        ],
        W2: [
          [1, 0],
          [0, 1],
        ],
        h1: [-0.5, -0.5],
        h2: [1, 1],
      },
      { method: "regions" },
    );
    expect(answer(result)).toBe(answer(regions));
    const centre = await search({
      A: [0.5, 0.5],
      U: [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ],
      V: [
        [0.25, 0],
        [0.25, 0],
        [0, 0.25],
        [0, 0.25],
      ],
      hx: [0, 0, 0, 0],
      hz: [0, 0],
    });
    expect(centre.complete).toBe(true);
    expect(centre.fixedPoints.map(({ z, ties }) => ({ z, ties }))).toEqual([{ z: [0, 0], ties: [0, 1, 2, 3] }]);
    expect(result.counts.boxes! + centre.counts.boxes!).toBeLessThan(1000);
  });

  it("parallel twins, whose kinks meet at infinity", async () => {
    const { U } = randomUnits(10, 2, 8);
    const twins = [...U, ...U];
    const V = [...U.map(([a, b]) => [b! / 10, a! / 10]), ...U.map(([a, b]) => [-b! / 10, -a! / 10])];
    const hx = [...U.map((_, j) => j / 7 - 1), ...U.map((_, j) => j / 7)];
    const model = await parseModel({
      A: [
        [1, 0],
        [0, 1],
      ],
      U: twins,
      V,
      hx,
      hz: [0.01, 0.02],
    });
    await expectSame(model);
    expect((await search(model)).counts.boxes).toBeLessThan(20_000);
  });
});

describe("leaves for the regions method", () => {
  /**
   * 24 lines that nearly meet in one point where G is nearly zero, with steep weights: no box there is settled by
   * splitting.
   */
  async function nearlyConcurrent(seed: number) {
    const next = random(seed);
    const rows = () => Array.from({ length: 24 }, () => [2 * next() - 1, 2 * next() - 1]);
    const U = rows();
    const z = [0.1, 0.7];
    const hx = U.map(([a, b]) => a! * z[0]! + b! * z[1]!);
    return parseModel({ A: [0.5, 0.5], U, V: rows(), hx, hz: z.map((x) => -0.5 * x) });
  }

  it("settle what boxes can't, with the same answer", async () => {
    let leaves = 0;
    for (let seed = 1; seed <= 3; seed++) {
      const model = await nearlyConcurrent(seed);
      await expectSame(model);
      const { counts } = await search(model);
      leaves += counts.handedOn!;
      expect(counts.leafRegions! > 0).toBe(counts.handedOn! > 0);
    }
    expect(leaves).toBeGreaterThan(0);
  });

  it("are the same for every number of threads", async () => {
    const { system } = await nearlyConcurrent(1);
    const pool = await runningPool();
    const run = async (threads: boolean) => {
      const finalizer = new Finalizer(system);
      const control = threads ? { pool: () => pool, millisecondsBeforeThreads: 0 } : {};
      const { counts } = await runSearch(system, finalizer, control);
      return { counts, points: finalizer.finish().fixedPoints };
    };
    expect(await run(true)).toEqual(await run(false));
    await pool.close();
  });

  it("that are not taken leave the answer incomplete", async () => {
    const { system } = await nearlyConcurrent(1);
    const leaves = new LeafSet();
    const plan = SearchPlan.of(system);
    const tally = emptyTally();
    for (let root = 0; root < plan.roots.length; root++) {
      const search = plan.search(root, { emit: () => {}, leaf: (leaf) => leaves.add(leaf) }, tally);
      search.start(plan.roots[root]!.box, 1);
      while (!search.step(1000));
    }
    expect(tally.handedOn).toBeGreaterThan(0);
    const { left } = await leaves.solve(system, new Finalizer(system), { deadline: performance.now() - 1 });
    expect(left).toBeGreaterThan(0);
    expect(await leaves.solve(system, new Finalizer(system), {})).toMatchObject({ left: 0 });
  });
});

describe("a search that is stopped", () => {
  // ten dimensions: hours of boxes on any machine, so no machine is done before it is stopped
  const large = () => {
    const { U, V } = randomUnits(200, 10, 3);
    const hx = Array.from({ length: 200 }, (_, j) => Math.sin(j));
    return { A: new Array(10).fill(0.9), U, V: V.map((row) => row.map((x) => 40 * x)), hx, hz: new Array(10).fill(0) };
  };

  it("by its time says how many boxes were open", async () => {
    const result = await search(large(), { maxSeconds: 0.3 });
    expect(result.complete).toBe(false);
    expect(result.incompleteBecause).toMatch(/time budget ended: [\d,]+ boxes were open/);
  });

  it("by a signal ends soon, though it never gave up the thread for long", async () => {
    const abort = new AbortController();
    const fractions: number[] = [];
    setTimeout(() => abort.abort(), 200);
    const result = await search(large(), {
      signal: abort.signal,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    expect(result.incompleteBecause).toMatch(/^cancelled/);
    expect(fractions.length).toBeGreaterThan(0);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });
});

describe("threads", () => {
  it("change neither the answer nor the counts", async () => {
    const { U, V } = randomUnits(160, 4, 11);
    const hx = Array.from({ length: 160 }, (_, j) => Math.cos(3 * j));
    const steep = V.map((row) => row.map((x) => 30 * x));
    const { system } = await parseModel({ A: new Array(4).fill(0.8), U, V: steep, hx, hz: [0.1, 0, 0, 0.2] });
    let asked = 0;
    /** @param late how often the search asks for the threads in vain. */
    const run = async (pool?: WorkerPool, late = 0) => {
      const finalizer = new Finalizer(system);
      asked = 0;
      const control = { pool: () => (asked++ < late ? undefined : pool), millisecondsBeforeThreads: 0 };
      const { complete, counts } = await runSearch(system, finalizer, control);
      return { complete, counts, points: finalizer.finish().fixedPoints };
    };
    const pool = await runningPool();
    let jobs = 0;
    const counting: WorkerPool = {
      size: pool.size,
      start: (workers) => pool.start(workers),
      run: (job, payload, most) => {
        jobs++;
        return pool.run(job, payload, most);
      },
      close: () => pool.close(),
    };
    const one = await run();
    expect(one.complete).toBe(true);
    for (const late of [0, 1, asked >> 1]) {
      jobs = 0;
      expect(await run(counting, late)).toEqual(one);
      expect(jobs).toBeGreaterThan(0);
    }
    // as if workers died of every chunk
    const mortal: WorkerPool = { ...counting, run: async (_job, _payload, _most, here) => here!() };
    expect(await run(mortal)).toEqual(one);
    // until none is risked any more
    const watch: Watch = { jobs: 0, dies: () => true };
    const dying = poolHere(2, watch);
    expect(await run(dying)).toEqual(one);
    expect(watch.jobs).toBeGreaterThan(4);
    expect(() => dying.start(1)).toThrow("a worker died");
    // each message ends after its first box
    const hasty: WorkerPool = {
      ...counting,
      run: (_job, payload) => pool.run("search", { ...(payload as SearchChunk), milliseconds: 0 }),
    };
    expect(await run(hasty)).toEqual(one);
    // as if boxes had been done that were not begun: the comparison would see it
    const lossy: WorkerPool = {
      ...counting,
      run: async (_job, payload) => {
        const result = (await hasty.run("search", payload)) as ChunkResult;
        return { ...result, rest: (payload as SearchChunk).boxes.map((_, i) => result.rest[i] ?? []) };
      },
    };
    expect(await run(lossy)).not.toEqual(one);
    await pool.close();
  });

  it("end soon when cancelled, with the boxes under way counted as open", async () => {
    const { U, V } = randomUnits(120, 6, 3);
    const hx = Array.from({ length: 120 }, (_, j) => Math.sin(j));
    const steep = V.map((row) => row.map((x) => 40 * x));
    const { system } = await parseModel({ A: new Array(6).fill(0.9), U, V: steep, hx, hz: new Array(6).fill(0) });
    const abort = new AbortController();
    // workers that never answer
    const pool: WorkerPool = {
      size: 2,
      start: () => 2,
      run: () => {
        abort.abort();
        return new Promise(() => {});
      },
      close: async () => {},
    };
    const control = { pool: () => pool, millisecondsBeforeThreads: 0, signal: abort.signal };
    const outcome = await runSearch(system, new Finalizer(system), control);
    expect(outcome.complete).toBe(false);
    expect(outcome.incompleteBecause).toMatch(/^cancelled: [\d,]+ boxes were open/);
    expect(Number(/\d+/.exec(outcome.incompleteBecause!)![0])).toBeGreaterThan(4);
  });
});

describe("points found early", () => {
  it("are there when a search is stopped at once, and are true", async () => {
    const model = { A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] };
    const found: number[][] = [];
    const system = (await parseModel(model)).system;
    const finalizer = new Finalizer(system);
    allOf(emitEarlyPoints(system, finalizer));
    for (const { z } of finalizer.finish().fixedPoints) found.push([...z]);
    expect(found).toEqual([[-0.75], [0], [0.75]]);
  });

  it("do not trouble a system whose every matrix is singular", async () => {
    const { system } = await parseModel({
      A: [
        [1, 0],
        [0, 1],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [0],
      hz: [0, 0],
    });
    const finalizer = new Finalizer(system);
    allOf(emitEarlyPoints(system, finalizer));
    expect(finalizer.found).toBe(0);
  });
});

const models = new URL("../../../../shared/models/", import.meta.url);
const expected = new URL("../../../../shared/expected/", import.meta.url);
const there = existsSync(models);

describe.skipIf(!there)("real models", () => {
  const read = (folder: URL, name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

  it.each([
    ["smc_eeg_rank3_01", 43],
    ["smc_eeg_rank3_02", 33],
    ["smc_hc2_rank3", 1],
  ])("%s: clipped, 1024 hyperplanes, %i fixed points, all of them", async (name, count) => {
    const result = await search(read(models, name));
    expect(result.complete).toBe(true);
    expect(result.fixedPoints).toHaveLength(count);
    for (const z of read(expected, name).z as number[][]) {
      const near = result.fixedPoints.filter((point) =>
        point.z.every((x, i) => Math.abs(x - z[i]!) <= 1e-9 * Math.max(1, ...z.map(Math.abs))),
      );
      expect(near).toHaveLength(1);
    }
  });

  it.each([
    "smc_teacher_reach_rnn_128",
    "smc_teacher_rdm_rnn",
    "smc_student_osc40_poisson",
    "alrnn_lorenz_m20_p2",
    "plrnn_osc3",
    "plrnn_wm5",
  ])("%s: the same as by regions", async (name) => expectSame(await parseModel(read(models, name))));
});

describe("a short search", () => {
  const system = arrangementOf("duplicates", 30, 6, 1);
  const sinkOf = () => new Finalizer(system);

  it("is the search where the boxes suffice", async () => {
    const whole = await runSearch(system, sinkOf(), {});
    const boxes = whole.counts.boxes!;
    expect(boxes).toBeGreaterThan(300);
    const sink = sinkOf();
    const short = await runShortSearch(system, sink, {}, boxes);
    expect(short).toMatchObject({ complete: true, counts: whole.counts });
    const all = sinkOf();
    await runSearch(system, all, {});
    expect(sink.finish().fixedPoints).toEqual(all.finish().fixedPoints);
  });

  it("is none where they do not, however few more it takes, and where it is stopped", async () => {
    const { counts } = await runSearch(system, sinkOf(), {});
    for (const boxes of [0, 1, 64, 300, counts.boxes! - 1]) {
      expect(await runShortSearch(system, sinkOf(), {}, boxes)).toBe(undefined);
    }
    expect(await runShortSearch(system, sinkOf(), { signal: AbortSignal.abort() }, 1e6)).toBe(undefined);
  });
});
