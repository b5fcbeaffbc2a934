import { describe, expect, it, vi } from "vitest";
import { solveMany } from "../../src/api/many.ts";
import { findFixedPointsOfMany, type Outcome } from "../../src/index.ts";
import { StillpointError } from "../../src/model/errors.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { Engine } from "../../src/run/engine.ts";
import { packModel, type SolvePayload } from "../../src/run/solver.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { JOBS } from "../../src/workers/jobs.ts";
import { Random } from "../support/random.ts";

/**
 * Two kinds of small models in turn, each with at least one fixed point; now and then one that is none, or a large one.
 */
function modelAt(index: number): object {
  if (index % 97 === 50) return { kind: "nonsense" };
  const random = Random.of(3, `many ${index}`);
  const [R, N] = index === 160 ? [3, 150] : index % 2 === 0 ? [2, 5] : [4, 6];
  const draw = () => random.normal() / Math.sqrt(N * R);
  return {
    name: `m${index}`,
    kind: "clippedShPLRNN",
    A: new Array<number>(R).fill(0.5),
    W1: random.matrix(R, N, draw),
    W2: random.matrix(N, R, draw),
    h1: random.vector(R, draw),
    h2: random.vector(N, draw),
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What does not depend on the time, the machine and the number of threads. */
function lasting(outcome: Outcome): unknown {
  if ("error" in outcome) return [outcome.index, outcome.name, outcome.error.code, outcome.error.message];
  const { seconds: _, provenance: __, digest: ___, ...rest } = outcome.result;
  return [outcome.index, outcome.name, rest];
}

it("small models on threads give what they give on one, in their order", async () => {
  let here = 0;
  let given = 0;
  // ends once many models went elsewhere (this thread hears nothing of their points); up to 32 that wait for a message
  // come back
  async function* untilThreadsWork() {
    while (given < 120 || (given - here < 90 && given < 2000)) {
      if (given - here < 40) await pause(10);
      yield modelAt(given++);
    }
  }
  const options = { threads: 2, backend: "cpu", method: "regions" } as const;
  const onFixedPoint = () => {
    here++;
  };
  const threaded: unknown[] = [];
  for await (const outcome of findFixedPointsOfMany(untilThreadsWork() as AsyncGenerator<ModelInput>, {
    ...options,
    onFixedPoint,
  })) {
    threaded.push(lasting(outcome));
  }
  expect(threaded.length).toBe(given);
  expect(given - here).toBeGreaterThan(50);
  const alone: unknown[] = [];
  const models = Array.from({ length: given }, (_, index) => modelAt(index));
  for await (const outcome of findFixedPointsOfMany(models as ModelInput[], { ...options, threads: 1 }))
    alone.push(lasting(outcome));
  expect(threaded).toEqual(alone);
});

it("a worker tells of each model what became of it", async () => {
  const good = packModel(await parseValue(modelAt(0)));
  const broken = { ...good, system: { ...good.system, U: undefined as never } };
  const payload: SolvePayload = { models: [good, broken, good], options: { maxRegions: 5 } };
  const answers = (await JOBS.solve!(payload as never)) as object[];
  expect(answers.map((answer) => Object.keys(answer))).toEqual([["result"], ["error"], ["result"]]);
  expect(answers[1]).toMatchObject({ error: { code: "INTERNAL" } });
});

describe("once a batch is long enough for threads", () => {
  const models = Array.from({ length: 70 }, (_, index) => modelAt(52 + index));

  /**
   * What becomes of the models with this pool.
   * @param pause awaited before the model of an index; told how many outcomes there are
   */
  async function outcomesWith(
    pool: Partial<WorkerPool>,
    pause: (index: number, outcomes: readonly string[]) => Promise<void> = async () => {},
  ): Promise<string[]> {
    const options = { threads: 2, backend: "cpu", method: "regions" } as const;
    class WithPool extends Engine {
      override pool(): WorkerPool {
        return pool as WorkerPool;
      }
    }
    async function* named() {
      for (const [index, raw] of models.entries()) {
        await pause(index, outcomes);
        yield { index, name: `${index}`, model: await parseValue(raw) };
      }
    }
    const outcomes: string[] = [];
    const now = performance.now.bind(performance);
    let hours = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + 3_600_000 * hours++);
    try {
      for await (const outcome of solveMany(named(), options, new WithPool(options))) {
        expect(outcome.index).toBe(outcomes.length);
        outcomes.push("error" in outcome ? outcome.error.message : "solved");
      }
      return outcomes;
    } finally {
      clock.mockRestore();
    }
  }

  it("this thread goes on alone where no worker can be had", async () => {
    let asked = 0;
    const outcomes = await outcomesWith({
      size: 2,
      start: () => {
        asked++;
        throw new StillpointError("INTERNAL", "no workers here");
      },
    });
    expect(asked).toBeGreaterThan(0);
    expect(outcomes).toEqual(models.map(() => "solved"));
  });

  it("models in the hands of a worker that dies are told of, the others solved, all in their order", async () => {
    let dead = false;
    const outcomes = await outcomesWith({
      size: 2,
      start: () => {
        if (dead) throw new StillpointError("INTERNAL", "a worker died");
        return 1;
      },
      run: async () => {
        dead = true;
        throw new StillpointError("INTERNAL", "a worker died");
      },
    });
    expect(outcomes.slice(0, 32)).toEqual(new Array(32).fill("a worker died"));
    expect(outcomes.slice(32)).toEqual(new Array(38).fill("solved"));
  });

  it("outcomes come while the next model is waited for, also those of a message that is not full", async () => {
    const pool: Partial<WorkerPool> = {
      size: 2,
      start: () => 1,
      run: (_, payload) => JOBS.solve!(payload as never) as Promise<unknown>,
    };
    // gives the next model only when nothing is left unanswered
    const inLockstep = async (index: number, outcomes: readonly string[]): Promise<void> => {
      if (index > 10) return;
      while (outcomes.length < index) await pause(1);
    };
    expect(await outcomesWith(pool, inLockstep)).toEqual(models.map(() => "solved"));
  });
});

it("a cancel is heard between models that take no time", async () => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const most = 50_000;
  function* models() {
    for (let index = 0; index < most; index++) yield { A: [0], U: [[1]], V: [[2]], hx: [0.5], hz: [1] };
  }
  let solved = 0;
  for await (const outcome of findFixedPointsOfMany(models(), { signal: abort.signal })) {
    expect(outcome).toHaveProperty("result");
    solved++;
  }
  expect(solved).toBeGreaterThan(0);
  expect(solved).toBeLessThan(most);
});
