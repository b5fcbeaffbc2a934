import { describe, expect, it } from "vitest";
import { genericRegionCount } from "../../src/arrangement/counts.ts";
import { ownerDirections, perturbation } from "../../src/arrangement/directions.ts";
import { ExactArrangement, OwnerTie } from "../../src/arrangement/owner.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { F32, F64 } from "../../src/float/precision.ts";
import { StillpointError } from "../../src/model/errors.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { noCounts } from "../../src/regions/decider.ts";
import { runRegions } from "../../src/regions/run.ts";
import type { ExpandMode } from "../../src/stages/batch.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { JOBS } from "../../src/workers/jobs.ts";
import { independentSubsets, maskOfWords, perturbedMasks, regionMasks } from "../oracle/masks.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf } from "./arrangements.ts";

/** A sink that only counts. */
function counter() {
  return {
    found: 0,
    added: 0,
    add() {
      this.added++;
    },
  };
}

async function masksOf(system: PiecewiseLinearSystem, expand: ExpandMode, precision = F64) {
  const masks: bigint[] = [];
  const outcome = await runRegions(system, counter(), {}, new CpuBackend(precision), {
    expand,
    visit: (mask) => masks.push(maskOfWords(mask)),
    restarted: () => {
      masks.length = 0;
    },
  });
  return { masks, outcome };
}

const sizes = [
  [6, 1],
  [7, 2],
  [7, 3],
  [6, 4],
  [3, 4],
] as const;

describe.each(ARRANGEMENT_KINDS)("regions of %s arrangements", (kind) => {
  it.each(sizes)("N = %i, R = %i: owned = branch, one owner each, no true region missing", async (N, R) => {
    for (let seed = 1; seed <= 4; seed++) {
      const system = arrangementOf(kind, N, R, seed);
      const owned = await masksOf(system, "owned");
      const branch = await masksOf(system, "branch");
      const unique = new Set(owned.masks);
      expect(owned.outcome.complete).toBe(true);
      expect(unique.size).toBe(owned.masks.length);
      expect(new Set(branch.masks)).toEqual(unique);
      expect(branch.masks.length).toBe(unique.size);

      const reduced = reduceSystem(system);
      const merged = {
        latentDim: R,
        hyperplanes: reduced.count,
        U: reduced.U,
        h: reduced.h,
      };
      expect(owned.masks.length).toBe(independentSubsets(merged));
      const delta = Array.from({ length: N }, (_, j) => perturbation(0, j) * 2 ** 22);
      for (const mask of regionMasks(system, delta)) expect(unique.has(mask)).toBe(true);
      expect(perturbedMasks(merged, delta).size).toBe(unique.size);
    }
  });

  it("the f32 twin escalates what it can't decide and ends with the same masks", async () => {
    const system = arrangementOf(kind, 7, 3, 11);
    const f64 = await masksOf(system, "owned");
    const f32 = await masksOf(system, "owned", F32);
    expect(new Set(f32.masks)).toEqual(new Set(f64.masks));
  });
});

describe("the regions method", () => {
  it("visits Σ C(N, r) regions of a generic arrangement, over several batches", async () => {
    const { outcome } = await masksOf(arrangementOf("generic", 34, 3, 5), "owned");
    expect(BigInt(outcome.counts.masks!)).toBe(genericRegionCount(34, 3));
    expect(outcome.counts.subsets).toBeGreaterThan(4096);
  });

  it("stops at maxRegions and says what was not covered", async () => {
    const outcome = await runRegions(
      arrangementOf("generic", 34, 3, 5),
      counter(),
      { maxRegions: 5000 },
      new CpuBackend(),
      { expand: "owned" },
    );
    expect(outcome.complete).toBe(false);
    expect(outcome.incompleteBecause).toMatch(/budget of 5,000 regions.*of 6,580 subsets were not visited/);
    expect(outcome.counts.masks).toBeLessThanOrEqual(5000);
  });

  it("spends a budget that is smaller than a batch, and no more", async () => {
    const budgetOf = (maxRegions: number) =>
      runRegions(arrangementOf("generic", 34, 3, 5), counter(), { maxRegions }, new CpuBackend(), { expand: "owned" });
    for (const maxRegions of [1, 10, 1000]) expect((await budgetOf(maxRegions)).counts.masks).toBe(maxRegions);
    expect((await budgetOf(1)).incompleteBecause).toBe(
      "the budget of 1 region ended: 6,579 of 6,580 subsets were not visited",
    );
  });

  it("stops when aborted and when the time is over", async () => {
    const abort = new AbortController();
    abort.abort();
    const system = arrangementOf("generic", 20, 3, 5);
    const cancelled = await runRegions(system, counter(), { signal: abort.signal }, new CpuBackend(), {
      expand: "owned",
    });
    expect(cancelled.incompleteBecause).toMatch(/^cancelled/);
    const late = await runRegions(system, counter(), { deadline: performance.now() - 1 }, new CpuBackend(), {
      expand: "owned",
    });
    expect(late.incompleteBecause).toMatch(/time budget/);
  });

  it("takes the next owner directions when the first are not general enough for U", async () => {
    const system = arrangementOf("generic", 7, 2, 5);
    system.U.set(ownerDirections(2, 0).subarray(0, 2), 0);
    expect(() => new ExactArrangement(reduceSystem(system), 0).at([0, 1])?.ownBits()).toThrow(OwnerTie);
    expect(() => new ExactArrangement(reduceSystem(system), 0).at([0])).toThrow(OwnerTie);
    const { masks, outcome } = await masksOf(system, "owned");
    expect(outcome.complete).toBe(true);
    expect(BigInt(masks.length)).toBe(genericRegionCount(7, 2));
    expect(new Set(masks).size).toBe(masks.length);
    expect(BigInt(outcome.counts.masks!)).toBe(genericRegionCount(7, 2));
  });

  it("notices a subset that got lost", async () => {
    class Lossy extends CpuBackend {
      override runNow(...args: Parameters<CpuBackend["runNow"]>) {
        const output = super.runNow(...args);
        return { ...output, tallies: output.tallies.map((tally) => ({ ...tally, masks: tally.masks - 1 })) };
      }
    }
    const run = runRegions(arrangementOf("generic", 8, 2, 5), counter(), {}, new Lossy(), { expand: "owned" });
    await expect(run).rejects.toThrow(/a subset was lost or counted twice/);
  });
});

describe("a cancel", () => {
  /** Cancels once it has been given `calls` batches. */
  class Cancelling extends CpuBackend {
    readonly controller = new AbortController();
    readonly #calls: number;
    readonly #size: number;
    #done = 0;

    constructor(calls: number, size: number) {
      super();
      this.#calls = calls;
      this.#size = size;
    }

    override batchSize(): number {
      return this.#size;
    }

    override runNow(...args: Parameters<CpuBackend["runNow"]>): ReturnType<CpuBackend["runNow"]> {
      if (++this.#done === this.#calls) this.controller.abort();
      return super.runNow(...args);
    }
  }

  const system = arrangementOf("generic", 7, 3, 1);
  const outcomeOf = (backend: Cancelling) =>
    runRegions(system, counter(), { signal: backend.controller.signal }, backend, { expand: "owned" });

  it("that comes with the last subsets leaves nothing out", async () => {
    const { complete, counts } = await outcomeOf(new Cancelling(1, 1000));
    expect(complete).toBe(true);
    expect(counts.masks).toBe(Number(genericRegionCount(7, 3)));
  });

  it("that comes before them says what was not visited", async () => {
    const { complete, incompleteBecause } = await outcomeOf(new Cancelling(1, 40));
    expect(complete).toBe(false);
    expect(incompleteBecause).toMatch(/24 of 64 subsets were not visited/);
  });
});

describe("what a backend in lower precision leaves open", () => {
  /** Workers on this thread: what they get and give back is cloned, as if they were elsewhere. */
  function workers(answer = (job: string, payload: unknown) => JOBS[job]!(structuredClone(payload) as never)) {
    const jobs: string[] = [];
    const run = async (job: string, payload: unknown) => {
      jobs.push(job);
      await new Promise((resolve) => setTimeout(resolve, jobs.length % 3));
      return structuredClone(await answer(job, payload));
    };
    return { jobs, pool: { size: 2, start: () => 2, run, close: async () => {} } };
  }

  async function handedOver(system: PiecewiseLinearSystem, pool?: WorkerPool) {
    const masks: string[] = [];
    const sink = { found: 0, add: (mask: Uint32Array, regular: boolean) => masks.push(`${mask.join()} ${regular}`) };
    const control = { pool: () => pool, millisecondsBeforeThreads: 0 };
    const { counts, complete } = await runRegions(system, sink, control, new CpuBackend(F32), { expand: "owned" });
    return { counts, complete, masks };
  }

  it.each(ARRANGEMENT_KINDS)(
    "of %s arrangements workers decide as this thread does, in the same order",
    async (kind) => {
      for (const make of [allCandidates, (system: PiecewiseLinearSystem) => system]) {
        const system = make(arrangementOf(kind, 13, 3, 5));
        const here = await handedOver(system);
        const { pool, jobs } = workers();
        expect(await handedOver(system, pool)).toEqual(here);
        if (here.counts.f64Decisions! + here.counts.undecided! > 0) expect(new Set(jobs)).toEqual(new Set(["decide"]));
      }
    },
  );

  it("is decided by several messages where there is much of it", async () => {
    const system = allCandidates(arrangementOf("generic", 40, 3, 2));
    const { pool, jobs } = workers();
    const afar = await handedOver(system, pool);
    expect(jobs.length).toBeGreaterThan(4);
    expect(afar).toEqual(await handedOver(system));
    // negative control: an answer lost is an answer missing
    const forgetful = workers(async (job, payload) => ({
      ...((await JOBS[job]!(payload as never)) as object),
      masks: [],
      regular: [],
    }));
    expect((await handedOver(system, forgetful.pool)).masks).toEqual([]);
  });

  it("restarts with other owner directions when a worker finds these no good", async () => {
    const system = arrangementOf("generic", 8, 2, 1);
    const truth = await handedOver(system);
    let first = true;
    const { pool } = workers((job, payload) => {
      const { attempt } = payload as { attempt: number };
      const tied = first && attempt === 0;
      first = false;
      return tied
        ? { masks: [], regular: [], ofSubsets: 0, admitted: 0, counts: noCounts(), tied }
        : JOBS[job]!(payload as never);
    });
    const again = await handedOver(allCandidates(system), pool);
    expect(again.counts.masks).toBe(truth.counts.masks);
    expect(first).toBe(false);
  });

  it("ends the run with the pool's error when a worker dies", async () => {
    const system = allCandidates(arrangementOf("generic", 12, 2, 2));
    const { pool } = workers(() => {
      throw new StillpointError("INTERNAL", "a worker died");
    });
    await expect(handedOver(system, pool)).rejects.toThrow(/a worker died/);
  });
});
