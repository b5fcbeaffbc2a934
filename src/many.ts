import { genericRegionCount } from "./arrangement/counts.ts";
import type { Engine } from "./engine.ts";
import { isStillpointError, StillpointError } from "./model/errors.ts";
import type { Model } from "./model/types.ts";
import { type FindOptions, plainOptions } from "./options.ts";
import type { Result } from "./result.ts";
import { type PackedAnswer, packModel, type SolvePayload, solveModel, solveTogether } from "./solver.ts";
import type { WorkerPool } from "./stages/pool.ts";
import { Turns } from "./stages/run.ts";

/** What became of one model of many. */
export type Outcome =
  | { readonly index: number; readonly name: string; readonly result: Result }
  | { readonly index: number; readonly name: string; readonly error: StillpointError };

/** A model to solve, or why it could not be read. */
export interface NamedModel {
  readonly index: number;
  readonly name: string;
  readonly model: Model | StillpointError;
}

/** Models with more regions than this use all threads themselves; the others run side by side, some to a thread. */
const MAX_REGIONS_SIDE_BY_SIDE = 500_000n;
/** A batch that ends sooner is not worth starting threads for: each must load and compile everything anew, which costs about as much. */
const MILLISECONDS_BEFORE_THREADS = 4000;
/** Small models go to a thread together, up to so many of them or so many regions: a message costs about as much as a small model. */
const MODELS_PER_MESSAGE = 32;
const REGIONS_PER_MESSAGE = 20_000n;
/** Messages that one thread has waiting. */
const QUEUE_PER_THREAD = 3;
/** Models that share a GPU's batches. */
const GPU_GROUP = 1024;

/** Outcomes in input order, whatever runs side by side. */
export async function* solveMany(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<Outcome> {
  const inTurns = yielding(models);
  if (options.backend === "webgpu" && options.method !== "search") yield* inGroups(inTurns, options, engine);
  else if ((options.threads ?? 1) > 1) yield* sideBySide(inTurns, options, engine);
  else for await (const named of inTurns) yield outcomeOf(named, await attempt(named, options, engine));
}

/** Small models take no time each, and all together may take long: signals are heard in between, and threads that have started. */
async function* yielding(models: AsyncIterable<NamedModel>): AsyncGenerator<NamedModel> {
  const turns = new Turns();
  for await (const named of models) {
    yield named;
    if (turns.due) await turns.give();
  }
}

function outcomeOf({ index, name }: NamedModel, answer: Result | StillpointError): Outcome {
  return isStillpointError(answer) ? { index, name, error: answer } : { index, name, result: answer };
}

async function attempt({ model }: NamedModel, options: FindOptions, engine: Engine): Promise<Result | StillpointError> {
  if (isStillpointError(model)) return model;
  try {
    return await solveModel(model, options, engine);
  } catch (error) {
    if (isStillpointError(error)) return error;
    throw error;
  }
}

/** Small models on worker threads, once those run; a large one waits for them and then has the threads to itself. */
async function* sideBySide(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<Outcome> {
  const began = performance.now();
  let pool: WorkerPool | undefined;
  const plain = plainOptions(options);
  const sent: Promise<Outcome[]>[] = [];
  let next: (NamedModel & { readonly model: Model })[] = [];
  let regions = 0n;
  const send = () => {
    sent.push(solveElsewhere(next, plain, pool!));
    next = [];
    regions = 0n;
  };
  for await (const named of models) {
    const { model } = named;
    if (pool === undefined && performance.now() - began > MILLISECONDS_BEFORE_THREADS) pool = engine.runningPool();
    const size = isStillpointError(model) ? undefined : mostRegions(model);
    if (pool === undefined || isStillpointError(model) || size! > MAX_REGIONS_SIDE_BY_SIDE) {
      if (next.length > 0) send();
      while (sent.length > 0) yield* await sent.shift()!;
      yield outcomeOf(named, await attempt(named, options, engine));
      continue;
    }
    next.push({ ...named, model });
    regions += size!;
    if (next.length < MODELS_PER_MESSAGE && regions < REGIONS_PER_MESSAGE) continue;
    send();
    if (sent.length > QUEUE_PER_THREAD * pool.size) yield* await sent.shift()!;
    options.onProgress?.({ phase: "models", fraction: 0, done: named.index, fixedPoints: 0 });
  }
  if (next.length > 0) send();
  while (sent.length > 0) yield* await sent.shift()!;
}

/** A bound on the regions of a model that needs no look at its numbers. */
function mostRegions({ system }: Model): bigint {
  return genericRegionCount(system.hyperplanes, system.latentDim);
}

async function solveElsewhere(
  models: readonly (NamedModel & { readonly model: Model })[],
  options: SolvePayload["options"],
  pool: WorkerPool,
): Promise<Outcome[]> {
  const payload: SolvePayload = { models: models.map(({ model }) => packModel(model)), options };
  try {
    const answers = (await pool.run("solve", payload)) as PackedAnswer[];
    return models.map((named, i) => {
      const answer = answers[i];
      return outcomeOf(
        named,
        "result" in answer ? answer.result : new StillpointError(answer.error.code, answer.error.message),
      );
    });
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return models.map((named) => outcomeOf(named, error));
  }
}

/** Up to `GPU_GROUP` models at a time share a GPU's batches. */
async function* inGroups(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<Outcome> {
  let group: NamedModel[] = [];
  const flush = async (): Promise<Outcome[]> => {
    const members = group;
    group = [];
    const good = members.filter((named): named is NamedModel & { model: Model } => !isStillpointError(named.model));
    const answers = new Map<NamedModel, Result | StillpointError>();
    if (good.length > 0) {
      const results = await solveTogether(
        good.map(({ model }) => model),
        options,
        engine,
      );
      good.forEach((named, i) => {
        answers.set(named, results[i]);
      });
    }
    return members.map((named) => outcomeOf(named, answers.get(named) ?? (named.model as StillpointError)));
  };
  for await (const named of models) {
    group.push(named);
    if (group.length >= GPU_GROUP) yield* await flush();
  }
  if (group.length > 0) yield* await flush();
}
