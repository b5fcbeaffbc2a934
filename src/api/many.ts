import { genericRegionCount } from "../arrangement/counts.ts";
import type { ListedResult } from "../base/listed-result.ts";
import type { Result } from "../base/result.ts";
import { isStillpointError, StillpointError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import type { Engine } from "../run/engine.ts";
import { type FindOptions, plainOptions } from "../run/options.ts";
import {
  type PackedAnswer,
  packModel,
  type SolvePayload,
  searchTogether,
  solveModel,
  solveTogether,
} from "../run/solver.ts";
import { MESSAGES_PER_WORKER, runningBeside, type WorkerPool, workersBeside } from "../stages/pool.ts";
import { Turns } from "../stages/run.ts";
import { InOrder, PAUSE, withPauses } from "./in-order.ts";

/** What became of one model of many. */
export type Outcome =
  | { readonly index: number; readonly name: string; readonly result: Result }
  | { readonly index: number; readonly name: string; readonly error: StillpointError };

/** The same with a result whose points are made when they are asked for, if there are very many. */
export type ListedOutcome =
  | { readonly index: number; readonly name: string; readonly result: ListedResult }
  | Extract<Outcome, { readonly error: StillpointError }>;

/** A model to solve, or why it could not be read. */
export interface NamedModel {
  readonly index: number;
  readonly name: string;
  readonly model: Model | StillpointError;
}

type SmallModel = NamedModel & { readonly model: Model };

/**
 * A model with more regions than this has all threads to itself. Smaller models run side by side, several to a thread.
 */
const MAX_REGIONS_SIDE_BY_SIDE = 500_000n;
/**
 * A batch that ends sooner is not worth starting threads for: each thread loads and compiles all code anew, which takes
 * a second or two.
 */
const MILLISECONDS_BEFORE_THREADS = 3000;
/**
 * Most small models in one message to a thread, and most regions of these. A message costs about as much as a small
 * model.
 */
const MODELS_PER_MESSAGE = 32;
const REGIONS_PER_MESSAGE = 20_000n;
/** Time between two turns of the event loop, in which this thread takes the workers' answers. */
const MILLISECONDS_BETWEEN_ANSWERS = 4;
/** Models that share a GPU's batches, and models whose boxes share its stack: each of these has a plan on the host. */
const GPU_GROUP = 1024;
const GPU_SEARCHES = 32;

/** The outcomes of all models, in input order. */
export function solveMany(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<ListedOutcome> {
  const threads = options.threads ?? 1;
  if (options.backend === "webgpu") {
    if (options.method !== "search") return inGroups(yielding(models), GPU_GROUP, solveTogether, options, engine);
    // with a limit each has its own time: side by side they would share it
    if (options.maxSeconds === undefined)
      return inGroups(yielding(models), GPU_SEARCHES, searchTogether, options, engine);
  }
  // each worker would open a device of its own
  if (threads === 1 || options.backend === "webgpu") return oneByOne(models, options, engine);
  return sideBySide(yielding(models, MILLISECONDS_BETWEEN_ANSWERS), options, engine);
}

/**
 * The same models. Between two of them the event loop has its turn now and then, so that signals and workers are heard
 * in a long batch of small models.
 */
async function* yielding(models: AsyncIterable<NamedModel>, milliseconds?: number): AsyncGenerator<NamedModel> {
  const turns = new Turns(milliseconds);
  for await (const named of models) {
    yield named;
    if (turns.due) await turns.give();
  }
}

function outcomeOf({ index, name }: NamedModel, answer: ListedResult | StillpointError): ListedOutcome {
  return isStillpointError(answer) ? { index, name, error: answer } : { index, name, result: answer };
}

function attempt(
  { model }: NamedModel,
  options: FindOptions,
  engine: Engine,
): ListedResult | StillpointError | Promise<ListedResult | StillpointError> {
  if (isStillpointError(model)) return model;
  try {
    const solved = solveModel(model, options, engine);
    return solved instanceof Promise ? solved.catch(failed) : solved;
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): StillpointError {
  if (isStillpointError(error)) return error;
  throw error;
}

/** On this thread, one after the other. Between two models the event loop has its turn now and then. */
async function* oneByOne(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<ListedOutcome> {
  const turns = new Turns();
  for await (const named of models) {
    const answer = attempt(named, options, engine);
    yield outcomeOf(named, answer instanceof Promise ? await answer : answer);
    if (turns.due) await turns.give();
  }
}

/**
 * Small models run on this thread and, once the batch has proved long, on workers too. A large model waits until these
 * are done, and then has all threads to itself.
 */
async function* sideBySide(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<ListedOutcome> {
  const began = performance.now();
  const plain = plainOptions(options);
  const begun = new InOrder<ListedOutcome>();
  let message: SmallModel[] = [];
  let regions = 0n;
  const send = (pool: WorkerPool): void => {
    begun.addLater(solveElsewhere(message, plain, pool));
    message = [];
    regions = 0n;
  };
  const here = async (named: NamedModel): Promise<void> =>
    begun.add(outcomeOf(named, await attempt(named, options, engine)));
  for await (const named of withPauses(models, () => begun.pending > 0 || message.length > 0)) {
    if (named === PAUSE) {
      if (message.length > 0) send(engine.pool()!);
      yield* begun.answered();
      continue;
    }
    const { model } = named;
    const pool = performance.now() - began > MILLISECONDS_BEFORE_THREADS ? engine.pool() : undefined;
    const size = isStillpointError(model) ? 0n : mostRegions(model);
    const small = !isStillpointError(model) && isSmall(model);
    if (pool !== undefined && small && (message.length > 0 || wantsMore(pool, begun.pending))) {
      message.push({ ...named, model });
      regions += size;
      if (message.length >= MODELS_PER_MESSAGE || regions >= REGIONS_PER_MESSAGE) send(pool);
      options.onProgress?.({ phase: "models", fraction: 0, done: named.index, fixedPoints: 0 });
    } else {
      if (message.length > 0) send(pool!);
      if (size > MAX_REGIONS_SIDE_BY_SIDE) yield* begun.rest();
      await here(named);
    }
    yield* begun.answered();
  }
  for (const named of message) await here(named);
  yield* begun.rest();
}

/**
 * Whether running workers would soon be without work. False where no worker can be had: this thread then goes on alone.
 */
function wantsMore(pool: WorkerPool, pending: number): boolean {
  try {
    return pending < MESSAGES_PER_WORKER * runningBeside(pool);
  } catch (error) {
    if (isStillpointError(error)) return false;
    throw error;
  }
}

/** A bound on the number of regions from R and N alone. */
function mostRegions({ system }: Model): bigint {
  return genericRegionCount(system.hyperplanes, system.latentDim);
}

/** Whether a model runs beside others, on one thread. */
export function isSmall(model: Model): boolean {
  return mostRegions(model) <= MAX_REGIONS_SIDE_BY_SIDE;
}

async function solveElsewhere(
  models: readonly SmallModel[],
  options: SolvePayload["options"],
  pool: WorkerPool,
): Promise<ListedOutcome[]> {
  const payload: SolvePayload = { models: models.map(({ model }) => packModel(model)), options };
  try {
    const answers = (await pool.run("solve", payload, workersBeside(pool))) as PackedAnswer[];
    return models.map((named, i) => {
      const answer = answers[i]!;
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

/** Up to `size` models at a time share a GPU. @param solve gives the result or the error of each. */
async function* inGroups(
  models: AsyncIterable<NamedModel>,
  size: number,
  solve: typeof solveTogether,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<ListedOutcome> {
  let group: NamedModel[] = [];
  const flush = async (): Promise<ListedOutcome[]> => {
    const members = group;
    group = [];
    const good = members.filter((named): named is NamedModel & { model: Model } => !isStillpointError(named.model));
    const answers = new Map<NamedModel, ListedResult | StillpointError>();
    if (good.length > 0) {
      const results = await solve(
        good.map(({ model }) => model),
        options,
        engine,
      );
      good.forEach((named, i) => {
        answers.set(named, results[i]!);
      });
    }
    return members.map((named) => outcomeOf(named, answers.get(named) ?? (named.model as StillpointError)));
  };
  for await (const named of withPauses(models, () => group.length > 0)) {
    if (named !== PAUSE) group.push(named);
    if (named === PAUSE || group.length >= size) yield* await flush();
  }
  if (group.length > 0) yield* await flush();
}
