import { subsetCount } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import { withAllPoints } from "../base/listed-result.ts";
import type { ModelSummary, Result } from "../base/result.ts";
import type { CycleOptions } from "../cycles/options.ts";
import type { CyclesPartResult } from "../cycles/parts.ts";
import type { ProvedCycles } from "../cycles/proof/proved-cycles.ts";
import type { CyclesResult } from "../cycles/result.ts";
import { isStillpointError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import type { ProvedResult } from "../prove/proved-result.ts";
import { Engine } from "../run/engine.ts";
import { FACILITIES } from "../run/facilities.ts";
import { chooseMethod, estimateCost, type Method, type MethodCost } from "../run/method.ts";
import { checkOptions, type FindOptions } from "../run/options.ts";
import { solveModel } from "../run/solver.ts";
import { summarise } from "../run/summary.ts";
import type { SearchEstimate } from "../search/queue/estimate.ts";
import { stopReason, takeAllSteps } from "../stages/run.ts";
import { type ListedOutcome, type NamedModel, type Outcome, solveMany } from "./many.ts";
import { mergeParts as joinParts, type Part, type PartResult, solvePart } from "./parts.ts";

/**
 * All fixed points of one model. With `proof`, also the bytes of a proof file: `proofBytes` (docs/proof.md).
 * @param model a `Model` from `parseModel`, or an object that `parseModel` takes (docs/design.md#model-files).
 * @throws ModelError, OptionError; StillpointError with code TOO_LARGE, NO_GPU or GPU_FAILED.
 */
export async function findFixedPoints(
  model: ModelInput | Model,
  options: FindOptions & { readonly proof: true },
): Promise<ProvedResult>;
export async function findFixedPoints(model: ModelInput | Model, options?: FindOptions): Promise<Result>;
export async function findFixedPoints(
  model: ModelInput | Model,
  { proof, ...options }: FindOptions & { readonly proof?: boolean } = {},
): Promise<Result> {
  checkOptions(options);
  const began = performance.now();
  const engine = new Engine(options, FACILITIES);
  try {
    const checked = await toModel(model, options);
    const result = withAllPoints(await solveModel(checked, options, engine));
    if (proof !== true) return result;
    const { maxSeconds, signal, onProgress } = options;
    // one budget for finding and proving
    const deadline = maxSeconds === undefined ? undefined : began + 1000 * maxSeconds;
    const { withProof } = await import("../prove/proved-result.ts");
    return await withProof(checked, result, { deadline, signal, onProgress, pool: () => engine.pool() });
  } finally {
    await engine.close();
  }
}

/**
 * The fixed points of many models, in input order. A bad model gives an `error` and does not stop the rest. After an
 * abort the iteration ends. With `threads`, small models run side by side; with backend "webgpu", models of one shape
 * share batches, and models that are searched without `maxSeconds` share a stack of boxes.
 * @throws OptionError for bad options.
 */
export async function* findFixedPointsOfMany(
  models: Iterable<ModelInput | Model> | AsyncIterable<ModelInput | Model>,
  options: FindOptions = {},
): AsyncGenerator<Outcome> {
  for await (const outcome of listFixedPointsOfMany(models, options)) {
    if ("error" in outcome) yield outcome;
    else yield { index: outcome.index, name: outcome.name, result: withAllPoints(outcome.result) };
  }
}

/** As `findFixedPointsOfMany`; of a result with very many points each is made when it is asked for. */
export async function* listFixedPointsOfMany(
  models: Iterable<ModelInput | Model> | AsyncIterable<ModelInput | Model>,
  options: FindOptions = {},
): AsyncGenerator<ListedOutcome> {
  checkOptions(options);
  const engine = new Engine(options, FACILITIES);
  try {
    yield* solveMany(namedModels(models, options), options, engine);
  } finally {
    await engine.close();
  }
}

/**
 * All cycles of a map up to a period, or of one period, with a proof that none is missing. With `proof`, also the bytes
 * of a proof file: `proofBytes` (docs/proof.md#cycles).
 * @param model a model in discrete time, as `findFixedPoints` takes it.
 * @throws as `findFixedPoints`; OptionError without a period; ModelError for a model in continuous time.
 */
export async function findCycles(
  model: ModelInput | Model,
  options: CycleOptions & { readonly proof: true },
): Promise<ProvedCycles>;
export async function findCycles(model: ModelInput | Model, options: CycleOptions): Promise<CyclesResult>;
export async function findCycles(
  model: ModelInput | Model,
  { proof, ...options }: CycleOptions & { readonly proof?: boolean },
): Promise<CyclesResult> {
  const { maxSeconds, signal, onProgress } = options;
  const began = performance.now();
  const finder = new CycleFinder(options);
  try {
    const checked = toModel(model, options);
    const result = await finder.find(checked, options);
    if (proof !== true) return result;
    // one budget for finding and proving
    const deadline = maxSeconds === undefined ? undefined : began + 1000 * maxSeconds;
    const { withCyclesProof } = await import("../cycles/proof/proved-cycles.ts");
    return await withCyclesProof(checked, result, { deadline, signal, onProgress });
  } finally {
    await finder.close();
  }
}

/** Finds the cycles of one model after the other with the same worker threads. */
export class CycleFinder {
  readonly #engine: Engine;

  constructor({ threads, workerUrl }: Pick<CycleOptions, "threads" | "workerUrl">) {
    this.#engine = new Engine({ threads, workerUrl, backend: "cpu" }, FACILITIES);
  }

  /** As `findCycles`, but for the number of threads. */
  async find(model: Model, options: CycleOptions): Promise<CyclesResult> {
    const { findCyclesOf } = await import("../cycles/run.ts");
    return findCyclesOf(model, options, this.#engine);
  }

  /** As `findCyclesInPart`, but for the number of threads. */
  async findPart(model: Model, part: Part, options: CycleOptions): Promise<CyclesPartResult> {
    const { searchCyclesPart } = await import("../cycles/parts.ts");
    return searchCyclesPart(model, part, options, this.#engine);
  }

  /** As `mergeCyclesParts`. */
  async merge(model: Model, parts: readonly CyclesPartResult[], label?: string): Promise<CyclesResult> {
    const { mergeCyclesParts: join } = await import("../cycles/parts.ts");
    return join(model, parts, this.#engine, label);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

async function* namedModels(
  models: Iterable<ModelInput | Model> | AsyncIterable<ModelInput | Model>,
  options: FindOptions,
): AsyncGenerator<NamedModel> {
  let index = 0;
  for await (const input of models) {
    if (options.signal?.aborted) return;
    try {
      const model = toModel(input, options);
      yield { index, name: model.name, model };
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      yield { index, name: `model ${index}`, model: error };
    }
    index++;
  }
}

/**
 * One part of the work on one model, so that several machines can share it. From all parts `mergeParts` makes the
 * result that `findFixedPoints` gives.
 * @throws as `findFixedPoints`; OptionError for a part number outside 1 … of.
 */
export async function findFixedPointsInPart(
  model: ModelInput | Model,
  part: Part,
  options: FindOptions = {},
): Promise<PartResult> {
  checkOptions(options);
  const engine = new Engine(options, FACILITIES);
  try {
    return await solvePart(toModel(model, options), part, options, engine);
  } finally {
    await engine.close();
  }
}

/**
 * The result of a model from all its parts: `fixedPoints` and `continua` are those of an undivided run, to the last
 * bit.
 * @param label what errors name
 * @throws ModelError; FileError for parts that are missing, given twice, or do not belong together.
 */
export async function mergeParts(
  model: ModelInput | Model,
  parts: readonly PartResult[],
  label?: string,
): Promise<Result> {
  return joinParts(toModel(model, { input: inputOf(parts[0]) }), parts, label);
}

/**
 * One part of the work on the cycles of one map, so that several machines can share it. From all parts
 * `mergeCyclesParts` makes the result that `findCycles` gives.
 * @throws as `findCycles`; OptionError for a part number outside 1 … of.
 */
export async function findCyclesInPart(
  model: ModelInput | Model,
  part: Part,
  options: CycleOptions,
): Promise<CyclesPartResult> {
  const finder = new CycleFinder(options);
  try {
    return await finder.findPart(toModel(model, options), part, options);
  } finally {
    await finder.close();
  }
}

/**
 * The cycles of a map from all its parts: `cycles` and `continua` are those of an undivided run, to the last bit.
 * @param label what errors name
 * @throws ModelError; FileError for parts that are missing, given twice, or do not belong together.
 */
export async function mergeCyclesParts(
  model: ModelInput | Model,
  parts: readonly CyclesPartResult[],
  label?: string,
): Promise<CyclesResult> {
  const finder = new CycleFinder({ threads: 1 });
  try {
    return await finder.merge(toModel(model, { input: inputOf(parts[0]) }), parts, label);
  } finally {
    await finder.close();
  }
}

function inputOf(part: Pick<PartResult, "provenance"> | undefined): FindOptions["input"] {
  return (part?.provenance.options as FindOptions | undefined)?.input;
}

/** How large a model is for each method. */
export interface RegionCount {
  readonly model: ModelSummary;
  /** Hyperplanes that have a normal, coinciding ones counted once. */
  readonly distinctHyperplanes: number;
  /** The number of subsets that each mode of the regions method visits, as exact decimal strings. */
  readonly subsets: { readonly owned: string; readonly branch: string };
  /** Σ C(n, r), r ≤ ρ: the number of regions in general position, a bound otherwise. */
  readonly regions: string;
  /**
   * Estimated seconds of each method, to an order of magnitude, and the method that "auto" takes. Before regions that
   * take long, "auto" tries a search for a quarter of their time.
   */
  readonly estimatedSeconds: MethodCost;
  readonly auto: Method;
  /**
   * How many boxes a search takes, estimated from samples of its tree, with the seconds on one thread; "at least" errs
   * low. Absent where "auto" takes regions, where the tables of a search are too large for short samples, or where the
   * budget ended before.
   */
  readonly searchBoxes?: SearchEstimate;
  /** Why "auto" is not likely to end within a day. A run then looks for points before it begins the proof. */
  readonly outOfReach?: string;
}

/** Options of `countRegions`. */
export type CountOptions = Pick<FindOptions, "input" | "maxSeconds" | "signal">;

/**
 * The size of a model for each method. No regions are enumerated; of the boxes of a search samples are done, about
 * three seconds of work at most. After `maxSeconds`, or once `signal` is aborted, these end.
 */
export async function countRegions(model: ModelInput | Model, options: CountOptions = {}): Promise<RegionCount> {
  const { signal } = options;
  checkOptions(options);
  const deadline = options.maxSeconds === undefined ? undefined : performance.now() + 1000 * options.maxSeconds;
  const checked = toModel(model, options);
  const reduced = reduceSystem(checked.system);
  const n = reduced.count;
  const rho = reduced.columns.length;
  const { summary, size } = summarise(checked);
  const { method, outOfReach } = chooseMethod({}, size);
  const searchBoxes = method === "search" ? await boxesOf(checked, { signal, deadline }) : undefined;
  return {
    model: summary,
    distinctHyperplanes: n,
    subsets: { owned: `${subsetCount(n, rho, "owned")}`, branch: `${subsetCount(n, rho, "branch")}` },
    regions: `${size.regions}`,
    estimatedSeconds: estimateCost(size),
    auto: method,
    ...(searchBoxes === undefined ? {} : { searchBoxes }),
    ...(outOfReach === undefined ? {} : { outOfReach }),
  };
}

async function boxesOf(
  { system, sha256 }: Model,
  control: Parameters<typeof stopReason>[0],
): Promise<SearchEstimate | undefined> {
  const { estimatingSearch } = await import("../search/queue/estimate.ts");
  return takeAllSteps(estimatingSearch(system, sha256, { isLate: () => stopReason(control) !== undefined }));
}
