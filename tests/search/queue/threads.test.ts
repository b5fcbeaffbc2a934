import { describe, expect, it } from "vitest";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { parseModel } from "../../../src/index.ts";
import type { ChunkResult, SearchChunk } from "../../../src/search/queue/chunk.ts";
import { runSearch } from "../../../src/search/queue/run.ts";
import type { WorkerPool } from "../../../src/stages/pool.ts";
import { poolHere, type Watch } from "../../support/threads-here.ts";
import { randomUnits, runningPool } from "./searches.ts";

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
