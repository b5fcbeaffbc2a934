import type { Engine } from "./engine.ts";
import { isStillpointError, type StillpointError } from "./model/errors.ts";
import { packSystem } from "./model/transfer.ts";
import type { Model } from "./model/types.ts";
import { type FindOptions, plainOptions } from "./options.ts";
import type { Result } from "./result.ts";
import { type SolvePayload, solveModel, solveTogether, summarise } from "./solver.ts";

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

/** Models with more regions than this use all threads themselves; the others run side by side, one to a thread. */
const MAX_REGIONS_SIDE_BY_SIDE = 500_000n;
/** A batch that ends sooner is not worth starting threads for. */
const MILLISECONDS_BEFORE_THREADS = 200;
/** Models that one thread has waiting. */
const QUEUE_PER_THREAD = 4;
/** Models that share a GPU's batches. */
const GPU_GROUP = 1024;

/** Outcomes in input order, whatever runs side by side. */
export async function* solveMany(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<Outcome> {
  if (options.backend === "webgpu" && options.method !== "search") yield* inGroups(models, options, engine);
  else if ((options.threads ?? 1) > 1) yield* sideBySide(models, options, engine);
  else for await (const named of models) yield outcomeOf(named, await attempt(named, options, engine));
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

/** Small models on worker threads; a large one waits for them and then has the threads to itself. */
async function* sideBySide(
  models: AsyncIterable<NamedModel>,
  options: FindOptions,
  engine: Engine,
): AsyncGenerator<Outcome> {
  const plain = plainOptions(options);
  const waiting: { named: NamedModel; answer: Promise<Result | StillpointError> }[] = [];
  const started = performance.now();
  const most = QUEUE_PER_THREAD * (options.threads ?? 1);
  const oldest = async (): Promise<Outcome> => {
    const { named, answer } = waiting.shift()!;
    return outcomeOf(named, await answer);
  };
  for await (const named of models) {
    const { model } = named;
    const early = performance.now() - started < MILLISECONDS_BEFORE_THREADS;
    if (early || isStillpointError(model) || summarise(model).regions > MAX_REGIONS_SIDE_BY_SIDE) {
      while (waiting.length > 0) yield await oldest();
      yield outcomeOf(named, await attempt(named, options, engine));
      continue;
    }
    const payload: SolvePayload = { model: { ...model, system: packSystem(model.system) }, options: plain };
    const pool = await engine.pool()!;
    const answer = pool.run("solve", payload).then(
      (result) => result as Result,
      (error: unknown) => {
        if (isStillpointError(error)) return error;
        throw error;
      },
    );
    waiting.push({ named, answer });
    if (waiting.length >= most) yield await oldest();
    options.onProgress?.({ phase: "models", fraction: 0, done: named.index, fixedPoints: 0 });
  }
  while (waiting.length > 0) yield await oldest();
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
      const backend = await engine.backend(0n);
      const results = await solveTogether(
        good.map(({ model }) => model),
        options,
        backend,
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
