import { type ListedResult, withAllPoints } from "../base/listed-result.ts";
import { once } from "../base/once.ts";
import type { Result } from "../base/result.ts";
import { isStillpointError, type StillpointError } from "../model/errors.ts";
import { type PlainSystem, packSystem, unpackSystem } from "../model/transfer.ts";
import type { Model } from "../model/types.ts";
import { type PlainError, plainError } from "../parallel/message.ts";
import type { RegionsControl, RegionsOptions } from "../regions/run.ts";
import type { SearchControl } from "../search/queue/run.ts";
import type { StageBackend } from "../stages/backend.ts";
import { type CandidateSink, type RunControl, withMore } from "../stages/run.ts";
import { Engine } from "./engine.ts";
import type { FindOptions, plainOptions } from "./options.ts";
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
 * @throws OptionError for bad options; StillpointError TOO_LARGE when the run could not end, NO_GPU, GPU_FAILED.
 */
export async function solveModel(
  model: Model,
  options: FindOptions,
  engine: Engine = new Engine({ ...options, threads: 1 }),
): Promise<ListedResult> {
  return beginningAnew(engine, async () => {
    const run = await Run.beginInTime(model, options);
    if (!(run instanceof Run)) return run;
    const ran = await runMethod(run, run.finalizer, engine);
    return run.report(ran);
  });
}

/** A failed audit casts doubt on all answers of the GPU. Where another backend may be taken, all work is done again. */
export async function beginningAnew<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const untrusted = isStillpointError(error) && error.code === "GPU_FAILED";
    if (untrusted && engine.giveUpGpu(error.message)) return work();
    throw error;
  }
}

/**
 * Runs the method of a run, on all of the work or on a part.
 * @param sink takes the candidates: the run's finalizer, or a sink that hands them on to it.
 */
export async function runMethod(
  run: Run,
  sink: CandidateSink,
  engine: Engine,
  part: Pick<RegionsOptions, "range" | "ownerDirections"> & Pick<SearchControl, "share"> = {},
): Promise<Ran> {
  const ran = await runChosen(run, sink, engine, part);
  const note = [ran.note, engine.trouble].filter((text) => text !== undefined).join("; ");
  return note === "" ? ran : { ...ran, note };
}

async function runChosen(
  run: Run,
  sink: CandidateSink,
  engine: Engine,
  part: Pick<RegionsOptions, "range" | "ownerDirections"> & Pick<SearchControl, "share">,
): Promise<Ran> {
  const { share, ...ofRegions } = part;
  if (run.method === "search") {
    const outcome = await run.search(sink, engine, share);
    return { outcome, backend: "cpu", adapter: null, note: engine.distrust };
  }
  const whole = Object.keys(part).length === 0 && !run.wantsRegions;
  const masks = Object.keys(part).length === 0 && (whole || run.mayTakeAllMasks);
  const small = masks
    ? await (await loadAllMasks()).runAllMasks(run.model.system, sink, run.model.sha256, run.control)
    : undefined;
  if (small !== undefined) return { outcome: small, backend: "cpu", adapter: null };
  const short = whole ? await run.trySearch(sink, engine) : undefined;
  if (short !== undefined) return { outcome: short, method: "search", backend: "cpu", adapter: null };
  const backend = await engine.backend(run.work);
  const options = { expand: run.expand, sha256: run.model.sha256, ...run.hooks, ...ofRegions };
  const control = withThreads(run.control, backend, engine);
  const outcome = await (await loadRegions()).runRegions(run.model.system, sink, control, backend, options);
  return { outcome, backend: backend.name, adapter: backend.adapter, note: engine.distrust };
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

/** The regions method, a sixth of all code. A run by search ends in the time that it takes to load. */
const loadRegions = once(() => import("../regions/run.ts"));
const loadAllMasks = once(() => import("../regions/all-masks.ts"));

/** With a GPU, worker threads decide what it leaves open. With a CPU backend they run the stages. */
function withThreads(control: RunControl, backend: StageBackend, engine: Engine): RegionsControl {
  return backend.name === "webgpu" ? withMore(control, { pool: () => engine.runningPool() }) : control;
}
