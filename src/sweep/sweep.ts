import { genericRegionCount } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import { runtimeName } from "../base/runtime.ts";
import { VERSION } from "../base/version.ts";
import { plural, share } from "../base/words.ts";
import { expectMap, periodsOf } from "../cycles/options.ts";
import { OptionError, StillpointError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { MAX_MAGNITUDE } from "../model/matrix.ts";
import { parseValue } from "../model/parse.ts";
import { runRegions } from "../regions/run.ts";
import { Engine } from "../run/engine.ts";
import { FACILITIES } from "../run/facilities.ts";
import { checkOptions, type FindOptions, plainOptions } from "../run/options.ts";
import { solveModel } from "../run/solver.ts";
import { summarise } from "../run/summary.ts";
import type { LinearisationReport } from "../stability/stability.ts";
import { type MethodOutcome, type RunControl, stopReason, takeAllSteps, yieldToEventLoop } from "../stages/run.ts";
import { type Assembled, assembling } from "./branches.ts";
import { type ExactSigns, SweepCollector } from "./collector.ts";
import { inputFamily, type SystemFamily } from "./family.ts";
import { BranchFollower } from "./follow.ts";
import { gapsOf, type Lateness, lateAfter } from "./gaps.ts";
import { fixedPointIdentity } from "./identity.ts";
import type { CycleSweep, Sweep, SweepRange } from "./result.ts";

/** Up to this many regions of (s, z) space, coverage "auto" visits all regions; with more it solves at the samples. */
const AUTO_MAX_REGIONS = 2_000_000n;
/** Without a budget, no enumeration of more regions than this is begun. */
const MAX_REGIONS = 10n ** 10n;
const MAX_SAMPLES = 1_000_000;

/** How a sweep is done, and how far it may go. */
export interface SweepOptions
  extends Pick<FindOptions, "backend" | "threads" | "input" | "maxSeconds" | "maxRegions" | "signal" | "onProgress"> {
  /**
   * "range" visits every region of (s, z) space, so that no s of the range is left out. "samples" solves at each
   * sample, and follows the branches found there. "auto" (default) is "range" where that is cheap, or where the method
   * is "regions".
   */
  readonly coverage?: "auto" | Sweep["coverage"] | undefined;
  /**
   * Also every branch of cycles of periods 2 … K, in `cycles`. Their coverage "auto" is "range" for each period whose
   * words are found quickly, in a number of steps and not in seconds; `method` and `maxRegions` do not count for them.
   */
  readonly maxPeriod?: number | undefined;
  /** How each sample is solved; "search" implies coverage "samples". */
  readonly method?: FindOptions["method"];
  /** Used where the model has no name of its own. */
  readonly name?: string | undefined;
}

/**
 * Every branch of fixed points of a model as one component of its constant input moves over a range, with the exact
 * values at which a point is born, dies or crosses a hyperplane.
 *
 * Within a region z* is affine in s, z*(s) = p + s q exactly, so with coverage "range" nothing is sampled: the samples
 * only tabulate the answer.
 * @param model what `parseModel` takes (not a parsed `Model`, in which the input is already applied).
 * @throws ModelError, OptionError; StillpointError TOO_LARGE, and what `findFixedPoints` throws.
 */
export async function sweepInput(model: ModelInput, range: SweepRange, options: SweepOptions = {}): Promise<Sweep> {
  return sweepUntil(deadlineOf(options), model, range, options);
}

/** @param deadline of the clock of `performance.now()`, for all sweeps of a call. */
async function sweepUntil(
  deadline: number | undefined,
  model: ModelInput,
  range: SweepRange,
  options: SweepOptions,
): Promise<Sweep> {
  const started = performance.now();
  checkRange(range);
  checkOptions(findOptions(options));
  const { input, name } = options;
  const family = await inputFamily(model, range.parameter, input, name);
  const { extended } = family;
  const values = sampleValues(range);
  const collector = new SweepCollector(extended, range.from, range.to);
  const control = controlOf(options, deadline);
  const { coverage, regions } = coverageOf(family, options);
  const periods = options.maxPeriod === undefined ? [] : periodsOf({ maxPeriod: options.maxPeriod }).slice(1);
  if (options.maxPeriod !== undefined) expectMap(family.at(0));
  const { summary } = summarise(parseValue(model, { input, name }));
  const engine = new Engine(findOptions(options), FACILITIES);
  let outcome: FollowOutcome | (MethodOutcome & { readonly pointsAtSamples?: undefined });
  let cycles: CycleSweep[] | undefined;
  let assembleSeconds: number;
  let assembled: Assembled<LinearisationReport>;
  let late: Lateness;
  try {
    const ofRange = async (): Promise<MethodOutcome> => {
      const backend = await engine.backend({ system: extended, regions, mode: "owned", keepAll: false });
      return runRegions(extended, collector, control, backend, { expand: "owned", sha256: summary.sha256 });
    };
    outcome = await (coverage === "range"
      ? ofRange()
      : followSamples(family, collector, values, control, options, engine));
    const begun = performance.now();
    late = lateAfter(begun, control);
    const identity = fixedPointIdentity(family.origin);
    assembled = await takeAllSteps(assembling(collector, identity, values, late.isLate));
    assembleSeconds = (performance.now() - begun) / 1000;
    const task = { family, low: range.from, high: range.to, values, periods, coverage: options.coverage ?? "auto" };
    cycles = periods.length === 0 ? undefined : await (await import("./cycles.ts")).sweepCycles(task, control, engine);
  } finally {
    await engine.close();
  }
  const { answer } = assembled;
  checkSamples(answer.samples, outcome.pointsAtSamples ?? []);
  const gaps = gapsOf(outcome.incompleteBecause, collector, assembled, values.length, late.because, cycles);
  return {
    schema: "stillpoint/sweep@1",
    model: summary,
    parameter: range,
    ...answer,
    ...(cycles === undefined ? {} : { cycles }),
    complete: gaps.length === 0,
    ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
    coverage,
    counts: { ...outcome.counts, exactSolves: collector.exactSolves },
    seconds: { ...outcome.seconds, assemble: assembleSeconds, total: (performance.now() - started) / 1000 },
    provenance: provenanceOf(options),
  };
}

function controlOf({ signal, maxRegions, onProgress }: SweepOptions, deadline: number | undefined): RunControl {
  return { signal, deadline, maxRegions, onProgress };
}

function deadlineOf({ maxSeconds }: SweepOptions): number | undefined {
  return maxSeconds === undefined ? undefined : performance.now() + 1000 * maxSeconds;
}

function provenanceOf(options: SweepOptions): Sweep["provenance"] {
  return { version: VERSION, options: plainOptions(options), runtime: runtimeName(), date: new Date().toISOString() };
}

/**
 * The options of a solve at a sample. A GPU is taken only if it is asked for: it is good at discarding candidates, and
 * here every region is a candidate.
 */
function findOptions({ coverage: _, name: __, maxPeriod: ___, backend, ...options }: SweepOptions): FindOptions {
  return { ...options, backend: backend === "webgpu" ? backend : "cpu" };
}

/**
 * Two components: the sweep along the first for every sample of the second. Exact along the first, sampled along the
 * second.
 */
export interface SweepGrid {
  readonly schema: "stillpoint/sweep-grid@1";
  readonly parameters: readonly [SweepRange, SweepRange];
  /** One for each sample of the second component, in order. */
  readonly rows: readonly Sweep[];
  readonly complete: boolean;
}

/** `maxSeconds` is for all rows together. @throws as `sweepInput`. */
export async function sweepInputs(
  model: ModelInput,
  ranges: readonly [SweepRange, SweepRange],
  options: SweepOptions = {},
): Promise<SweepGrid> {
  const [along, across] = ranges;
  checkRange(across);
  if (along.parameter === across.parameter) {
    throw new OptionError("sweep", "names one component twice", along.parameter, "Name two components.");
  }
  const deadline = deadlineOf(options);
  const rows: Sweep[] = [];
  for (const s of sampleValues(across)) {
    const input = { ...options.input, [across.parameter]: s };
    rows.push(await sweepUntil(deadline, model, along, { ...options, input }));
  }
  return {
    schema: "stillpoint/sweep-grid@1",
    parameters: ranges,
    rows,
    complete: rows.every(({ complete }) => complete),
  };
}

/** The samples of a range, evenly spaced, the ends exactly. */
export function sampleValues({ from, to, samples }: SweepRange): number[] {
  return Array.from({ length: samples }, (_, i) => (i === samples - 1 ? to : from + ((to - from) * i) / (samples - 1)));
}

function checkRange({ parameter, from, to, samples }: SweepRange): void {
  if (!Number.isFinite(from) || !Number.isFinite(to) || !(from < to)) {
    throw new OptionError(
      `sweep ${parameter}`,
      "must go from a number to a larger one",
      `${from}:${to}`,
      "Use s0=-2:2.",
    );
  }
  if (Math.max(-from, to) > MAX_MAGNITUDE) {
    throw new OptionError(
      `sweep ${parameter}`,
      "must stay within 2^300, about 2e90, as all numbers of a model must",
      `${from}:${to}`,
      "Take a shorter range, or rescale C and Wu.",
    );
  }
  if (!Number.isSafeInteger(samples) || samples < 2 || samples > MAX_SAMPLES) {
    throw new OptionError(
      `sweep ${parameter}`,
      `must have from 2 to ${MAX_SAMPLES} samples`,
      samples,
      "Use s0=-2:2:101.",
    );
  }
}

function coverageOf(
  { extended }: SystemFamily,
  { coverage = "auto", method = "auto", maxSeconds, maxRegions }: SweepOptions,
): { coverage: Sweep["coverage"]; regions: bigint } {
  if (!["auto", "range", "samples"].includes(coverage)) {
    throw new OptionError("coverage", "is not one of the choices", coverage, "Use auto, range or samples.");
  }
  if (coverage === "range" && method === "search") {
    throw new OptionError("coverage", "range needs the regions method", method, "Use method regions or auto.");
  }
  const reduced = reduceSystem(extended);
  const regions = genericRegionCount(reduced.count, reduced.columns.length);
  const tooMany = coverage === "auto" && method === "auto" && regions > AUTO_MAX_REGIONS;
  if (coverage === "samples" || method === "search" || tooMany) return { coverage: "samples", regions };
  if (regions > MAX_REGIONS && maxSeconds === undefined && maxRegions === undefined) {
    throw new StillpointError(
      "TOO_LARGE",
      `(s, z) space has up to ${regions} regions, more than the ${MAX_REGIONS} that a sweep begins without a budget. ` +
        'Use coverage "samples", or give maxSeconds or maxRegions for an incomplete answer',
    );
  }
  return { coverage: "range", regions };
}

interface FollowOutcome extends Omit<MethodOutcome, "counts" | "seconds"> {
  readonly counts: Sweep["counts"];
  readonly seconds: Omit<Sweep["seconds"], "total">;
  /**
   * The number of fixed points that the complete solve at each sample found; undefined where there was a continuum too.
   */
  readonly pointsAtSamples: readonly (number | undefined)[];
}

/** Throws if branches reach a sample in other numbers than the solve there found: a defect of the method. */
function checkSamples(samples: Sweep["samples"], expected: readonly (number | undefined)[]): void {
  for (const [i, count] of expected.entries()) {
    if (count === undefined || i >= samples.length || samples[i]!.points.length === count) continue;
    throw new StillpointError(
      "INTERNAL",
      `at s = ${samples[i]!.s} a solve found ${count} fixed points and the branches have ${samples[i]!.points.length}. Please report this model`,
    );
  }
}

/** Solves at each sample and follows what is found from there. */
async function followSamples(
  family: SystemFamily,
  collector: SweepCollector,
  values: readonly number[],
  control: RunControl,
  options: SweepOptions,
  engine: Engine,
): Promise<FollowOutcome> {
  const started = performance.now();
  const follower = new BranchFollower(family.extended, collector);
  const pointsAtSamples: (number | undefined)[] = [];
  let followed = 0;
  let because: string | undefined;
  const follow = async (signs?: ExactSigns): Promise<void> => {
    if (signs !== undefined) follower.start(signs);
    while (follower.step()) if (++followed % 16 === 0) await yieldToEventLoop();
  };
  for (const [index, s] of values.entries()) {
    because = stopReason(control);
    if (because !== undefined) {
      because += `: ${share(values.length - index, values.length, "sample")} not solved`;
      break;
    }
    control.onProgress?.({
      phase: "sweep",
      fraction: index / values.length,
      done: index,
      fixedPoints: collector.found,
    });
    const left =
      control.deadline === undefined ? undefined : Math.max(0.001, (control.deadline - performance.now()) / 1000);
    const result = await solveModel(
      await family.at(s),
      { ...findOptions(options), input: undefined, onProgress: undefined, maxSeconds: left },
      engine,
    );
    if (!result.complete) {
      because = `at s = ${s}: ${result.incompleteBecause}; ${share(values.length - index, values.length, "sample")} not solved`;
      break;
    }
    pointsAtSamples.push(result.continua.length === 0 ? result.fixedPoints.length : undefined);
    for (const point of result.fixedPoints) await follow(point);
    for (const { regions } of result.continua) for (const region of regions) follower.enter(region);
    await follow();
  }
  if (because === undefined && follower.crowded > 0) {
    because = `more regions than are looked into meet at ${plural(follower.crowded, "place")} of the branches`;
  }
  return {
    complete: because === undefined,
    ...(because === undefined ? {} : { incompleteBecause: because }),
    counts: { samples: pointsAtSamples.length, placesFollowed: followed },
    seconds: { samples: (performance.now() - started) / 1000 },
    pointsAtSamples,
  };
}
