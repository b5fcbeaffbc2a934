import { after } from "../base/after.ts";
import { type ListedResult, withAllPoints } from "../base/listed-result.ts";
import { once } from "../base/once.ts";
import type { Result } from "../base/result.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import { type PlainSystem, packSystem, unpackSystem } from "../model/transfer.ts";
import type { Model } from "../model/types.ts";
import { type PlainError, plainError } from "../parallel/message.ts";
import type { RegionsControl, RegionsOptions } from "../regions/run.ts";
import type { JointSeat } from "../search/queue/joint-search.ts";
import type { SearchControl } from "../search/queue/run.ts";
import type { StageBackend } from "../stages/backend.ts";
import { type CandidateSink, type RunControl, withMore } from "../stages/run.ts";
import { Engine } from "./engine.ts";
import type { FindOptions, plainOptions } from "./options.ts";
import { inSum } from "./progress-sum.ts";
import { type Ran, Run } from "./run.ts";

/** Models and options as a worker receives them. */
export interface SolvePayload {
  readonly models: readonly PlainModel[];
  readonly options: ReturnType<typeof plainOptions>;
}

type PlainModel = Omit<Model, "system"> & { readonly system: PlainSystem };

/** The answer to one model of a `SolvePayload`. */
export type PackedAnswer = { readonly result: Result } | { readonly error: PlainError };

export function packModel(model: Model): PlainModel {
  return { ...model, system: packSystem(model.system) };
}

/** The job "solve": small models, one after the other, on the worker's own thread. */
export async function solvePacked({ models, options }: SolvePayload): Promise<PackedAnswer[]> {
  const engine = new Engine({ ...options, threads: 1 });
  const answers: PackedAnswer[] = [];
  for (const model of models) {
    try {
      const result = await solveModel({ ...model, system: unpackSystem(model.system) }, options, engine);
      answers.push({ result: withAllPoints(result) });
    } catch (error) {
      answers.push({ error: plainError(error) });
    }
  }
  await engine.close();
  return answers;
}

/**
 * One run: choose the method, run it, finalize, report.
 * @param engine threads and GPU that runs share; without one there is only this thread.
 * @param seat its place in a joint search, for the method search alone.
 * @throws OptionError for bad options; StillpointError TOO_LARGE when the run could not end, NO_GPU, GPU_FAILED.
 */
export function solveModel(
  model: Model,
  options: FindOptions,
  engine: Engine = new Engine({ ...options, threads: 1 }),
  seat?: JointSeat,
): ListedResult | Promise<ListedResult> {
  return beginningAnew(engine, () =>
    after(Run.beginInTime(model, options), (run) => {
      if (!(run instanceof Run)) return run;
      return after(runMethod(run, run.finalizer, engine, seat && { seat }), (ran) => run.report(ran));
    }),
  );
}

/** A failed audit casts doubt on all answers of the GPU. Where another backend may be taken, all work is done again. */
export function beginningAnew<T>(engine: Engine, work: () => T | Promise<T>): T | Promise<T> {
  try {
    const made = work();
    return made instanceof Promise ? made.catch((error) => doneAgain(engine, work, error)) : made;
  } catch (error) {
    return doneAgain(engine, work, error);
  }
}

function doneAgain<T>(engine: Engine, work: () => T | Promise<T>, error: unknown): T | Promise<T> {
  const untrusted = isStillpointError(error) && error.code === "GPU_FAILED";
  if (untrusted && engine.giveUpGpu(error.message)) return work();
  throw error;
}

/**
 * Runs the method of a run, on all of the work or on a part.
 * @param sink takes the candidates: the run's finalizer, or a sink that hands them on to it.
 */
export function runMethod(run: Run, sink: CandidateSink, engine: Engine, part?: PartOfMethod): Ran | Promise<Ran> {
  return after(runChosen(run, sink, engine, part), (ran) => {
    const { trouble } = engine;
    if (trouble === undefined) return ran;
    return { ...ran, note: ran.note === undefined ? trouble : `${ran.note}; ${trouble}` };
  });
}

/** A part of the work on a model, or its place in a joint search. */
type PartOfMethod = Pick<RegionsOptions, "range" | "ownerDirections"> &
  Pick<SearchControl, "share"> & { readonly seat?: JointSeat };

function runChosen(run: Run, sink: CandidateSink, engine: Engine, part: PartOfMethod | undefined): Ran | Promise<Ran> {
  if (run.method === "search") {
    return after(run.search(sink, engine, part?.share, part?.seat), (outcome) => {
      return { outcome, backend: "cpu", adapter: null, note: engine.distrust };
    });
  }
  const whole = part === undefined && !run.wantsRegions;
  const masks = part === undefined && (whole || run.mayTakeAllMasks);
  const { system, sha256 } = run.model;
  return after(masks ? loadAllMasks() : undefined, (all) =>
    after(all?.runAllMasks(system, sink, sha256, run.control), (small) => {
      if (small !== undefined) return { outcome: small, backend: "cpu", adapter: null };
      return after(whole ? run.trySearch(sink, engine) : undefined, (short) =>
        short === undefined
          ? runEnumeration(run, sink, engine, part)
          : { outcome: short, method: "search", backend: "cpu", adapter: null },
      );
    }),
  );
}

function runEnumeration(
  run: Run,
  sink: CandidateSink,
  engine: Engine,
  part: PartOfMethod | undefined,
): Ran | Promise<Ran> {
  const { system, sha256 } = run.model;
  return after(engine.backend(run.work), (backend) =>
    after(loadRegions(), ({ runRegionsNow }) => {
      const { visit, restarted } = run.hooks;
      const { range, ownerDirections } = part ?? {};
      const options = { expand: run.expand, sha256, visit, restarted, range, ownerDirections };
      const control = withThreads(run.control, backend, engine);
      return after(runRegionsNow(system, sink, control, backend, options), (outcome) => {
        return { outcome, backend: backend.name, adapter: backend.adapter, note: engine.distrust };
      });
    }),
  );
}

/**
 * Many models at once on the engine's backend: models of one shape share its batches.
 * @returns for each model, in order, its result or its error.
 */
export async function solveTogether(
  models: readonly Model[],
  options: FindOptions,
  engine: Engine,
): Promise<(ListedResult | StillpointError)[]> {
  const backend = await engine.backend();
  const runs: Run[] = [];
  for (const model of models) runs.push(await Run.begin(model, { ...options, method: "regions" }));
  const jobs = runs.map((run) => {
    const { system, sha256 } = run.model;
    return { system, sha256, sink: run.finalizer, ...run.hooks };
  });
  const control = withThreads(runs[0]!.control, backend, engine);
  const outcomes = await (await loadRegions()).runRegionsOfMany(jobs, control, backend, options.expand ?? "owned");
  const results: (ListedResult | StillpointError)[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    if (isStillpointError(outcome)) results.push(outcome);
    else results.push(await runs[i]!.report({ outcome, backend: backend.name, adapter: backend.adapter }));
  }
  return results;
}

/**
 * Searches of many models at once on the engine's GPU: their boxes share one stack there.
 * @returns for each model, in order, its result or its error.
 */
export async function searchTogether(
  models: readonly Model[],
  options: FindOptions,
  engine: Engine,
): Promise<(ListedResult | StillpointError)[]> {
  const { JointSearch } = await import("../search/queue/joint-search.ts");
  const joint = new JointSearch(models.length);
  const sum = options.onProgress && inSum(models.length, options.onProgress);
  const searched = async (model: Model, at: number): Promise<ListedResult | StillpointError> => {
    const seat = joint.seat();
    try {
      return await solveModel(model, { ...options, onProgress: sum?.of(at) }, engine, seat);
    } catch (error) {
      if (isStillpointError(error)) return error;
      throw error;
    } finally {
      seat.leave();
      sum?.end(at);
    }
  };
  return Promise.all(models.map(searched));
}

/** The regions method, a sixth of all code. A run by search ends in the time that it takes to load. */
const loadRegions = once(() => import("../regions/run.ts"));
const loadAllMasks = once(() => import("../regions/all-masks.ts"));

/** With a GPU, worker threads decide what it leaves open. With a CPU backend they run the stages. */
function withThreads(control: RunControl, backend: StageBackend, engine: Engine): RegionsControl {
  return backend.name === "webgpu" ? withMore(control, { pool: () => engine.runningPool() }) : control;
}
