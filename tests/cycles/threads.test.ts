import { afterEach, describe, expect, it } from "vitest";
import { BOXES } from "../../src/cycles/boxes/search.ts";
import { searchOrbits } from "../../src/cycles/orbits/search-orbits.ts";
import { POLYTOPES } from "../../src/cycles/polytopes/search.ts";
import type { CyclesResult } from "../../src/cycles/result.ts";
import type { WordControl } from "../../src/cycles/task-queue.ts";
import { searchTrees } from "../../src/cycles/trees.ts";
import type { PeriodOutcome, Word, WordSink } from "../../src/cycles/word.ts";
import { rotationKey } from "../../src/cycles/word.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { createPool } from "../../src/parallel/pool.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { cyclesOnThreads, poolHere, type Watch } from "../support/threads-here.ts";
import { chaoticMap, product, tent } from "./raw-maps.ts";

const systemOf = async (raw: object): Promise<PiecewiseLinearSystem> => (await parseValue(raw)).system;

class Words implements WordSink {
  readonly words: Word[] = [];
  found = 0;
  add(word: Word): void {
    this.words.push(word.map((mask) => mask.slice()));
  }
  async settle(): Promise<void> {}
}

type Search = (system: PiecewiseLinearSystem, sink: WordSink, control: WordControl) => Promise<PeriodOutcome[]>;

/** Searches in small tasks, so that short ones have many, with limits that end some of them. */
const SEARCHES: readonly { readonly name: string; readonly search: Search }[] = [
  ...[BOXES, POLYTOPES].flatMap((kind) =>
    [Number.POSITIVE_INFINITY, 700].map((most) => ({
      name: `${kind.parts} up to ${most}`,
      search: (system: PiecewiseLinearSystem, sink: WordSink, control: WordControl) =>
        searchTrees(system, [1, 2, 3, 4], sink, control, { ...kind, partsOfTask: 40 }, most),
    })),
  ),
  ...[Number.POSITIVE_INFINITY, 400].map((maxPivots) => ({
    name: `linear programs up to ${maxPivots} pivots`,
    search: async (system: PiecewiseLinearSystem, sink: WordSink, control: WordControl) => [
      await searchOrbits(system, 3, sink, control, { maxPivots, pivotsOfTask: 100 }),
    ],
  })),
];

let pool: WorkerPool | undefined;
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

describe.each(SEARCHES)("a search of $name", ({ search }) => {
  async function on(threads: number, system: PiecewiseLinearSystem, watch: Watch) {
    const sink = new Words();
    pool = threads === 1 ? undefined : poolHere(threads, watch);
    const outcomes = await search(system, sink, { pool: () => pool });
    await pool?.close();
    return { words: sink.words.map(rotationKey), outcomes };
  }

  it("hands over the same words in the same order, with the same counts, at 1, 2, 3 and 5 threads", async () => {
    const watch: Watch = { jobs: 0 };
    let words = 0;
    for (const raw of [chaoticMap(2, 4, 1, 5), chaoticMap(3, 3, 2, 6), product(tent(2), tent(1.5))]) {
      const system = await systemOf(raw);
      const alone = await on(1, system, watch);
      words += alone.words.length;
      for (const threads of [2, 3, 5]) expect(await on(threads, system, watch)).toEqual(alone);
    }
    expect(words).toBeGreaterThan(0);
    expect(watch.jobs).toBeGreaterThan(8);
  });

  it("loses nothing with workers that die, some or all of them", async () => {
    const system = await systemOf(chaoticMap(3, 3, 2, 6));
    const alone = await on(1, system, { jobs: 0 });
    for (const dies of [(n: number) => n === 1, (n: number) => n % 3 === 0, () => true])
      expect(await on(3, system, { jobs: 0, dies })).toEqual(alone);
  });
});

it("a search runs on real threads", async () => {
  const system = await systemOf(chaoticMap(3, 3, 2, 6));
  const threads = createPool(2);
  pool = threads;
  // both are ready before the search begins, which else may end first
  while (threads.start(2) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  let jobs = 0;
  const counted: WorkerPool = {
    size: 3,
    start: (workers) => threads.start(workers),
    run: (...job) => {
      jobs++;
      return threads.run(...job);
    },
    close: () => threads.close(),
  };
  for (const { name, search } of SEARCHES) {
    const [alone, together] = [new Words(), new Words()];
    const outcomes = await search(system, alone, {});
    expect(await search(system, together, { pool: () => counted }), name).toEqual(outcomes);
    expect(together.words).toEqual(alone.words);
  }
  expect(jobs).toBeGreaterThan(8);
});

/** A result without what depends on clocks and on the number of threads. */
function plain(result: CyclesResult): string {
  const { seconds: _, provenance: __, digest: ___, ...rest } = result;
  return JSON.stringify({ ...rest, periods: rest.periods.map(({ seconds: ____, ...period }) => period) });
}

describe("findCycles on threads", () => {
  it("gives the same result by any method", async () => {
    const model = chaoticMap(3, 4, 5, 6) as ModelInput;
    for (const method of ["auto", "boxes", "polytopes", "orbits"] as const) {
      const options = { maxPeriod: method === "orbits" ? 2 : 3, method };
      const alone = await cyclesOnThreads(model, options);
      expect(alone.complete).toBe(true);
      for (const threads of [2, 3, 5])
        expect(plain(await cyclesOnThreads(model, { ...options, threads }))).toBe(plain(alone));
    }
  });

  it("tells of workers that died", async () => {
    const model = product(tent(2), tent(2)) as ModelInput;
    const options = { maxPeriod: 3, method: "boxes" } as const;
    const alone = await cyclesOnThreads(model, options);
    const result = await cyclesOnThreads(model, { ...options, threads: 3 }, { jobs: 0, dies: (n) => n === 0 });
    expect(result.backendNote).toMatch(/^a worker thread died \(out of memory\)/);
    const { backendNote: _, ...rest } = result;
    expect(plain(rest)).toBe(plain(alone));
  });

  it("ends on time with what is found, and tells it at once when it is cancelled", async () => {
    const model = chaoticMap(4, 12, 3, 8) as ModelInput;
    for (const threads of [1, 3]) {
      const late = await cyclesOnThreads(model, { maxPeriod: 6, method: "boxes", maxSeconds: 0.5, threads });
      expect(late.incompleteBecause).toContain("the time budget ended");
      const stop = new AbortController();
      let certified = 0;
      const cancelled = await cyclesOnThreads(model, {
        maxPeriod: 6,
        threads,
        signal: stop.signal,
        onCycle: () => {
          certified++;
          stop.abort();
        },
      });
      expect(cancelled.incompleteBecause).toContain("cancelled");
      expect(certified).toBeGreaterThan(0);
      expect(cancelled.cycles.length).toBeGreaterThanOrEqual(1);
    }
  });
});
