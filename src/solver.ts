import { findingDegeneracies, mayBeNear } from "./analysis/near-degeneracy.ts";
import { signSum } from "./analysis/sign-check.ts";
import { type LinearisedPoint, linearise, linearisingSides } from "./analysis/stability.ts";
import { transverseLinearisation } from "./analysis/transverse.ts";
import { genericRegionCount } from "./arrangement/counts.ts";
import { reduceSystem } from "./arrangement/reduce.ts";
import { Engine } from "./engine.ts";
import { type Rational, toNumber } from "./exact/rational.ts";
import { hasInterior, indices } from "./exact/region.ts";
import { type CertifiedPoint, type FinalAnswer, Finalizer, type FinalizerHooks } from "./finalize/finalizer.ts";
import { reportConnectedSets, reportPlace } from "./finalize/report-continua.ts";
import { boxesToTry, chooseMethod, type Method, type ModelSize } from "./method.ts";
import { isStillpointError, StillpointError } from "./model/errors.ts";
import { ascending, sealedInOrder } from "./model/seal.ts";
import type { PiecewiseLinearSystem } from "./model/system.ts";
import { type PlainSystem, packSystem, unpackSystem } from "./model/transfer.ts";
import type { Model } from "./model/types.ts";
import { checkOptions, type FindOptions, plainOptions } from "./options.ts";
import { type PlainError, plainError } from "./parallel/message.ts";
import { hasAllMasks, runAllMasks } from "./regions/all-masks.ts";
import { type RegionsControl, type RegionsOptions, runRegions, runRegionsOfMany } from "./regions/run.ts";
import type {
  Continuum,
  FixedPoint,
  Linearisation,
  ModelSummary,
  Provenance,
  Result,
  VirtualFixedPoint,
} from "./result.ts";
import { runtimeName } from "./runtime.ts";
import { runSearch, runShortSearch, type SearchControl } from "./search/run.ts";
import type { StageBackend } from "./stages/backend.ts";
import type { ExpandMode } from "./stages/batch.ts";
import { type CandidateSink, type MethodOutcome, type RunControl, stopReason, Turns, takeSteps } from "./stages/run.ts";
import type { Steps } from "./steps.ts";
import { VERSION } from "./version.ts";
import { beyondRange, plural, were } from "./words.ts";

/** Without a budget, a run over more regions than this is refused at once: about a day of one core. */
const MAX_REGIONS = 10n ** 11n;

/** A search that is not likely to end, and has no budget, stops after this number of boxes, within a minute. */
const BOXES_WITHOUT_BUDGET = 2000;

/**
 * Up to this many hyperplanes the regions method enumerates the regions even where all masks are regions: it takes no
 * time.
 */
const SMALL_ENOUGH = 14;
/** Most regions of a continuum whose transverse linearisation is given. */
const MAX_TRANSVERSE = 64;

/** The time to classify and join what was certified, once a run is out of time or cancelled. */
const MILLISECONDS_TO_FINISH = 150;

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
      answers.push({ result: await solveModel({ ...model, system: unpackSystem(model.system) }, options, engine) });
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
): Promise<Result> {
  return beginningAnew(engine, async () => {
    const run = new Run(model, options);
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

/** What a method did, and on what. */
export interface Ran {
  readonly outcome: MethodOutcome;
  /** The method that gave the outcome, if it is not that of the run. */
  readonly method?: Method;
  readonly backend: "cpu" | "webgpu";
  readonly adapter: string | null;
  /** A note on the backend for the result, beside the outcome's own. */
  readonly note?: string | undefined;
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
  const { share, ...ofRegions } = part;
  if (run.method === "search") return { outcome: await run.search(sink, engine, share), backend: "cpu", adapter: null };
  const whole = Object.keys(part).length === 0 && !run.wantsRegions;
  const masks = Object.keys(part).length === 0 && (whole || run.mayTakeAllMasks);
  const small = masks ? await runAllMasks(run.model.system, sink, run.model.sha256, run.control) : undefined;
  if (small !== undefined) return { outcome: small, backend: "cpu", adapter: null };
  const short = whole ? await run.trySearch(sink, engine) : undefined;
  if (short !== undefined) return { outcome: short, method: "search", backend: "cpu", adapter: null };
  const backend = await engine.backend(run.regions);
  const options = { expand: run.expand, sha256: run.model.sha256, ...run.hooks, ...ofRegions };
  const outcome = await runRegions(run.model.system, sink, withThreads(run.control, backend, engine), backend, options);
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
): Promise<(Result | StillpointError)[]> {
  const backend = await engine.backend(0n);
  const runs = models.map((model) => new Run(model, { ...options, method: "regions" }));
  const jobs = runs.map((run) => {
    const { system, sha256 } = run.model;
    return { system, sha256, sink: run.finalizer, ...run.hooks };
  });
  const control = withThreads(runs[0].control, backend, engine);
  const outcomes = await runRegionsOfMany(jobs, control, backend, options.expand ?? "owned");
  const results: (Result | StillpointError)[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    if (isStillpointError(outcome)) results.push(outcome);
    else results.push(await runs[i].report({ outcome, backend: backend.name, adapter: backend.adapter }));
  }
  return results;
}

/** With a GPU, worker threads decide what it leaves open. With a CPU backend they run the stages. */
function withThreads(control: RunControl, backend: StageBackend, engine: Engine): RegionsControl {
  return backend.name === "webgpu" ? { ...control, pool: () => engine.runningPool() } : control;
}

/** The class of a point, and its sides if its margins still need them. */
interface DescribedPoint extends Pick<LinearisedPoint, "report"> {
  readonly sides: LinearisedPoint["sides"] | undefined;
}

/** One run, from its options to its report. */
export class Run {
  readonly model: Model;
  readonly summary: ModelSummary;
  readonly method: Method;
  /** Why the method is not likely to end; undefined if it is (`Choice`). */
  readonly outOfReach: string | undefined;
  readonly finalizer: Finalizer;
  readonly control: RunControl;
  readonly #options: FindOptions;
  readonly #size: ModelSize;
  readonly #linearised = new WeakMap<CertifiedPoint, DescribedPoint>();
  readonly #virtual: VirtualCollector | undefined;
  readonly #started = performance.now();

  /**
   * @param parts the number of parts into which the work is divided; this run does one.
   * @param onRegion is called with each region in which a point or a piece was found.
   * @param limits the limits of this run, if they are not those of its options.
   */
  constructor(
    model: Model,
    options: FindOptions,
    parts = 1,
    onRegion?: FinalizerHooks["onRegion"],
    limits: Pick<FindOptions, "maxSeconds" | "maxRegions" | "signal"> = options,
  ) {
    checkOptions(options);
    const { summary, size } = summarise(model);
    this.model = model;
    this.#size = { ...size, regions: size.regions / BigInt(parts) };
    const { method, outOfReach } = chooseMethod(options, size);
    this.method = method;
    this.outOfReach = outOfReach;
    if (this.method === "regions") refuseHopeless(this.regions, options);
    this.finalizer = new Finalizer(model.system, {
      onFound: ({ z, active, ties }) => options.onFixedPoint?.({ z, active, ties }),
      describing: (point) => this.#describing(point),
      onRegion,
    });
    this.#options = options;
    this.summary = summary;
    this.#virtual = options.virtual ? new VirtualCollector(model.system, this.finalizer) : undefined;
    this.control = {
      signal: limits.signal,
      deadline: limits.maxSeconds === undefined ? undefined : this.#started + 1000 * limits.maxSeconds,
      maxRegions: limits.maxRegions,
      onProgress: options.onProgress,
    };
  }

  /** Generic number of regions that this run visits. */
  get regions(): bigint {
    return this.#size.regions;
  }

  /** Which regions the finish had no time for. */
  get undecidedGap(): string | undefined {
    const undecided = this.finalizer.undecided;
    if (undecided === undefined) return undefined;
    return `${undecided.because}: ${plural(undecided.regions, "region")} that may hold a fixed point ${undecided.regions === 1 ? "was" : "were"} not decided`;
  }

  /** Linearises a point when it is certified, so that the time counts in the budget. */
  *#describing(point: CertifiedPoint): Steps<void> {
    if (this.#linearised.has(point)) return;
    const { system, precision } = this.model;
    const { report, sides } = yield* linearisingSides(system, point, point.field);
    // matrices and eigenvectors of hundreds of thousands of points would take gigabytes
    this.#linearised.set(point, { report, sides: mayBeNear(system, point, sides, precision) ? sides : undefined });
  }

  /** The limits of the work after the method. A little time is left if the run is out of time or cancelled. */
  get #finishing(): RunControl {
    const { signal, deadline } = this.control;
    const now = performance.now();
    if (signal?.aborted) return { deadline: now + MILLISECONDS_TO_FINISH };
    return { signal, deadline: deadline && Math.max(deadline, now + MILLISECONDS_TO_FINISH) };
  }

  get hooks() {
    return { visit: this.#virtual?.visit, restarted: this.#virtual?.restarted };
  }

  /** Whether the options ask for an enumeration of regions, or there is no time for anything else. */
  get wantsRegions(): boolean {
    const { method, expand, backend, maxRegions, virtual } = this.#options;
    const asked = method === "regions" || expand !== undefined || maxRegions !== undefined || virtual === true;
    return asked || backend === "webgpu" || stopReason(this.control) !== undefined;
  }

  /**
   * Whether regions are asked for and all masks give the same answer: every mask is a region, and no option needs the
   * enumeration.
   */
  get mayTakeAllMasks(): boolean {
    const { method, expand, backend, maxRegions, virtual } = this.#options;
    const asked = expand !== undefined || maxRegions !== undefined || virtual === true || backend === "webgpu";
    return method === "regions" && !asked && this.summary.hyperplanes > SMALL_ENOUGH && hasAllMasks(this.model.system);
  }

  get expand(): ExpandMode {
    return this.#options.expand ?? "owned";
  }

  get virtualFixedPoints(): VirtualFixedPoint[] | undefined {
    return this.#virtual?.report();
  }

  /** A note on requested virtual fixed points that can't be listed. */
  get virtualGap(): string | undefined {
    const beyond = this.#virtual?.beyond ?? 0;
    return beyond === 0 ? undefined : beyondRange([plural(beyond, "virtual fixed point")]);
  }

  get provenance(): Provenance {
    return provenance(this.#options);
  }

  get secondsSoFar(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** A note on certified points and pieces whose description is not complete. */
  #unfinished(
    { undescribed }: FinalAnswer,
    points: readonly FixedPoint[],
    margins: boolean,
    transverse: boolean,
  ): string | undefined {
    const unclassified = points.filter((point) => point.unclassified !== undefined).length;
    const parts = [
      ...(unclassified > 0 ? [`${were(unclassified, "fixed point")} not classified`] : []),
      ...(margins ? [] : ["margins were not worked out"]),
      ...(undescribed > 0 ? [`${were(undescribed, "piece")} of continua not put together`] : []),
      ...(transverse ? [] : ["eigenvalues across continua were not worked out"]),
    ];
    return parts.length === 0 ? undefined : `${this.#whyLate}: ${parts.join(", ")}`;
  }

  get #whyLate(): string {
    return stopReason(this.control) ?? "the time budget ended";
  }

  /** @returns whether the margins of all points with a class were computed. */
  async #reportPoints(
    points: readonly CertifiedPoint[],
    control: RunControl,
  ): Promise<{ readonly fixedPoints: FixedPoint[]; readonly margins: boolean }> {
    const turns = new Turns();
    for (const point of points) await takeSteps(this.#describing(point), control, turns);
    const known = points.flatMap((point) => this.#linearised.get(point) ?? []);
    const classified = points.filter((point) => this.#linearised.has(point));
    const sides = known.map((each) => each.sides);
    const { system, precision } = this.model;
    const edges = await takeSteps(findingDegeneracies(system, classified, sides, precision), control, turns);
    const near = new Map(classified.map((point, i) => [point, "value" in edges ? edges.value[i] : undefined]));
    const fixedPoints = points.map((point): FixedPoint => {
      const { z, active, ties, error } = point;
      const place = { z, active, ties, status: "certified", error } as const;
      const linearised = this.#linearised.get(point);
      if (linearised === undefined)
        return { ...place, eigenvalues: [], stability: "undetermined", unclassified: this.#whyLate };
      const edge = near.get(point);
      return { ...place, ...linearised.report, ...(edge === undefined ? {} : { nearlyDegenerate: edge }) };
    });
    return { fixedPoints, margins: "value" in edges };
  }

  /** @returns whether the eigenvalues across all continua were computed. */
  async #reportContinua(
    { continua, connectedSets }: FinalAnswer,
    control: RunControl,
  ): Promise<{ readonly report: Pick<Result, "continua" | "connectedSets">; readonly transverse: boolean }> {
    const { connectedSets: sets, numbers } = reportConnectedSets(connectedSets, continua);
    const turns = new Turns();
    const listed: Continuum[] = [];
    let all = true;
    for (const [c, continuum] of continua.entries()) {
      const { dimension, point, basis, regions } = continuum;
      const shown = regions.slice(0, MAX_TRANSVERSE);
      const transverse = await takeSteps(linearisingAcross(this.model.system, shown, basis), control, turns);
      if ("stopped" in transverse) all = false;
      listed.push({
        dimension,
        point: point.map(toNumber),
        basis: basis.map((row) => row.map(toNumber)),
        regions,
        transverse: "value" in transverse ? transverse.value : shown.map((active) => ({ active, eigenvalues: [] })),
        ...reportPlace(continuum),
        ...(numbers === undefined ? {} : { connectedSet: numbers.get(c)! }),
      });
    }
    return { report: { continua: listed, ...(sets === undefined ? {} : { connectedSets: sets }) }, transverse: all };
  }

  search(sink: CandidateSink, engine: Engine, share: SearchControl["share"]): Promise<MethodOutcome> {
    const maxBoxes = this.#endsEarly ? BOXES_WITHOUT_BUDGET : undefined;
    return runSearch(this.model.system, sink, { ...this.#searchControl(engine), share, maxBoxes });
  }

  /** Whether "auto" chose a method that is not likely to end in a day, and the options give no budget. */
  get #endsEarly(): boolean {
    return this.outOfReach !== undefined && this.#options.maxSeconds === undefined;
  }

  /** Tries a short search where regions would take long. */
  async trySearch(sink: CandidateSink, engine: Engine): Promise<MethodOutcome | undefined> {
    const boxes = boxesToTry(this.#size);
    if (boxes === 0) return undefined;
    return runShortSearch(this.model.system, sink, this.#searchControl(engine), boxes);
  }

  #searchControl(engine: Engine): SearchControl {
    const backend = () => engine.backend(0n);
    // "auto" takes no GPU for a search
    const filterOn = this.#options.backend === "webgpu" ? backend : undefined;
    return { ...this.control, pool: () => engine.pool(), backend, filterOn };
  }

  /** @param virtual the virtual fixed points, by default those that this run has collected. */
  async report(
    { outcome, method = this.method, backend, adapter, note }: Ran,
    virtual = this.virtualFixedPoints,
  ): Promise<Result> {
    await this.finalizer.settle(this.control);
    const used = outcome.backend ?? { name: backend, adapter };
    const notes = [note, used.note].filter((text) => text !== undefined);
    const finalizing = performance.now();
    const control = this.#finishing;
    const answer = await this.finalizer.conclude(control);
    const { fixedPoints, margins } = await this.#reportPoints(answer.fixedPoints, control);
    const continua = await this.#reportContinua(answer, control);
    const ended = performance.now();
    const late = this.#unfinished(answer, fixedPoints, margins, continua.transverse);
    const gaps = [outcome.incompleteBecause, this.undecidedGap, late, outOfRange(answer), this.virtualGap].filter(
      (text) => text !== undefined,
    );
    if (this.outOfReach !== undefined && outcome.incompleteBecause !== undefined) {
      const remedy = this.#endsEarly ? "; give maxSeconds (--max-seconds) for a longer run, or name the method" : "";
      gaps.push(`${this.outOfReach}, so points were looked for before the proof was begun by ${method}${remedy}`);
    }
    if (gaps.length === 0 && answer.continua.length === 0)
      gaps.push(...wrongSigns(signSum(this.model, answer.fixedPoints)));
    return sealedInOrder<Result>({
      schema: "stillpoint/result@1",
      model: this.summary,
      fixedPoints,
      ...(virtual === undefined ? {} : { virtualFixedPoints: virtual }),
      ...continua.report,
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      method,
      backend: used.name,
      adapter: used.adapter,
      ...(notes.length === 0 ? {} : { backendNote: notes.join("; ") }),
      counts: ascending({ ...outcome.counts, ...answer.counts }),
      seconds: ascending({ ...outcome.seconds, finalize: (ended - finalizing) / 1000, total: this.secondsSoFar }),
      provenance: this.provenance,
    });
  }
}

/** A violated sign check means a defect of Stillpoint: the answer is not complete then. */
function wrongSigns(sum: number | undefined): string[] {
  if (sum === undefined || sum === 1) return [];
  return [`the signs of det(I − J) add up to ${sum} and must to 1: a defect of Stillpoint, please report this model`];
}

function outOfRange({ outOfRange: { fixedPoints, continua } }: FinalAnswer): string | undefined {
  const parts = [
    ...(fixedPoints > 0 ? [plural(fixedPoints, "fixed point")] : []),
    ...(continua > 0 ? [plural(continua, "continuum", "continua")] : []),
  ];
  return parts.length === 0 ? undefined : beyondRange(parts);
}

/** The model as the result names it, and its size after merging equal hyperplanes. */
export function summarise(model: Model): { summary: ModelSummary; size: ModelSize } {
  const { system } = model;
  const reduced = reduceSystem(system);
  const rank = reduced.columns.length;
  return {
    summary: {
      name: model.name,
      kind: model.kind,
      latentDim: system.latentDim,
      units: model.units,
      hyperplanes: system.hyperplanes,
      rank,
      sha256: model.sha256,
    },
    size: {
      latentDim: system.latentDim,
      rank,
      regions: genericRegionCount(reduced.count, rank),
      allMasks: hasAllMasks(system),
    },
  };
}

function refuseHopeless(regions: bigint, options: FindOptions): void {
  if (regions <= MAX_REGIONS || options.maxSeconds !== undefined || options.maxRegions !== undefined) return;
  throw new StillpointError(
    "TOO_LARGE",
    `the arrangement has up to ${regions} regions, more than the ${MAX_REGIONS} that the regions method begins without a budget. ` +
      "Use method search, or give maxSeconds or maxRegions for an incomplete answer",
  );
}

/** The linearisations across a continuum, in steps of one region. */
function* linearisingAcross(
  system: PiecewiseLinearSystem,
  regions: readonly (readonly number[])[],
  basis: readonly (readonly Rational[])[],
): Steps<Linearisation[]> {
  const across: Linearisation[] = [];
  for (const active of regions) {
    across.push(transverseLinearisation(system, active, basis));
    yield;
  }
  return across;
}

/** Collects the candidates that lie outside their own region, for regions shown to have an interior. */
class VirtualCollector {
  readonly #system: PiecewiseLinearSystem;
  readonly #finalizer: Finalizer;
  readonly #found: VirtualFixedPoint[] = [];
  /** How many virtual fixed points lie past the largest float64. */
  beyond = 0;

  constructor(system: PiecewiseLinearSystem, finalizer: Finalizer) {
    this.#system = system;
    this.#finalizer = finalizer;
  }

  readonly visit = (mask: Uint32Array, perturbed: boolean): void => {
    if (perturbed && !hasInterior(this.#finalizer.exactRegions.hyperplanes, mask)) return;
    const z = this.#finalizer.virtualCandidate(mask);
    if (z === undefined) return;
    if (!z.every(Number.isFinite)) {
      this.beyond++;
      return;
    }
    const region = indices(mask);
    const { eigenvalues } = linearise(this.#system, { active: region, ties: [] });
    this.#found.push({ z, region, eigenvalues });
  };

  readonly restarted = (): void => {
    this.#found.length = 0;
    this.beyond = 0;
  };

  report(): VirtualFixedPoint[] {
    return this.#found.sort((a, b) => compareLists(a.region, b.region));
  }
}

/** Lexicographic order of lists of numbers. */
export function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** The plain options of each options object: all models of a batch share one. */
const recordedOptions = new WeakMap<FindOptions, Provenance["options"]>();

function provenance(options: FindOptions): Provenance {
  const recorded = recordedOptions.get(options) ?? ascending(plainOptions(options));
  recordedOptions.set(options, recorded);
  return { version: VERSION, options: recorded, runtime: runtimeName(), date: new Date().toISOString() };
}
