import type { Part } from "../../src/api/parts.ts";
import type { CycleOptions } from "../../src/cycles/options.ts";
import { type CyclesPartResult, searchCyclesPart } from "../../src/cycles/parts.ts";
import type { CyclesResult } from "../../src/cycles/result.ts";
import { findCyclesOf } from "../../src/cycles/run.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { toModel } from "../../src/model/parse.ts";
import type { JobReply, WorkerPort } from "../../src/parallel/message.ts";
import { createPool } from "../../src/parallel/pool.ts";
import { Engine } from "../../src/run/engine.ts";
import type { WorkerPool } from "../../src/stages/pool.ts";
import { answer } from "../../src/workers/jobs.ts";

/** What workers on this thread were asked, and when they die. */
export interface Watch {
  /** Jobs that were answered, or not. */
  jobs: number;
  /** Whether a worker dies of the n-th job, from 0. */
  dies?: (n: number) => boolean;
}

/** A pool whose workers are no threads: each job is done at once, on copies of what was sent. */
export function poolHere(threads: number, watch: Watch): WorkerPool {
  const spawn = async (): Promise<WorkerPort> => {
    let reply = (_: JobReply): void => {};
    let die = (_: string): void => {};
    return {
      ready: Promise.resolve(),
      post: (request) => {
        const n = watch.jobs++;
        if (watch.dies?.(n)) queueMicrotask(() => die("out of memory"));
        else answer(structuredClone(request)).then((done) => reply(structuredClone(done)));
      },
      onReply: (handler) => {
        reply = handler;
      },
      onDeath: (handler) => {
        die = handler;
      },
      terminate: async () => {},
    };
  };
  return createPool(threads, undefined, spawn);
}

/** `findCycles` with workers on this thread, from the first task on. */
export function cyclesOnThreads(
  model: ModelInput,
  { threads = 1, ...options }: CycleOptions,
  watch: Watch = { jobs: 0 },
): Promise<CyclesResult> {
  return withEngine(threads, watch, (engine) => findCyclesOf(toModel(model, options), options, engine, 0));
}

/** `findCyclesInPart` in that way. */
export function cyclesPartOnThreads(
  model: ModelInput,
  part: Part,
  { threads = 1, ...options }: CycleOptions,
): Promise<CyclesPartResult> {
  const watch = { jobs: 0 };
  return withEngine(threads, watch, (engine) => searchCyclesPart(toModel(model, options), part, options, engine, 0));
}

async function withEngine<T>(threads: number, watch: Watch, run: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = new Engine(
    { threads, backend: "cpu" },
    {
      createPool: (size) => poolHere(size, watch),
      loadGpu: () => Promise.reject(new Error("no GPU here")),
    },
  );
  try {
    return await run(engine);
  } finally {
    await engine.close();
  }
}
