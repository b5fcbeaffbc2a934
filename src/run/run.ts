import { reducing } from "../arrangement/reduce.ts";
import { after } from "../base/after.ts";
import type { ListedResult } from "../base/listed-result.ts";
import { once } from "../base/once.ts";
import type { ModelSummary, Provenance, VirtualFixedPoint } from "../base/result.ts";
import { beyondRange, plural, were } from "../base/words.ts";
import { type FinalAnswer, Finalizer, type FinalizerHooks } from "../finalize/finalizer.ts";
import { ascending, sealingInOrder } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { hasAllMasks } from "../regions/independent.ts";
import type { JointSeat } from "../search/queue/joint-search.ts";
import type { SearchControl } from "../search/queue/run.ts";
import { signSum } from "../stability/sign-check.ts";
import type { ExpandMode } from "../stages/batch.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  type RunControl,
  stopReason,
  takeAllSteps,
  takeSteps,
  withMore,
} from "../stages/run.ts";
import type { RegionsWork } from "./calibration.ts";
import { type ContinuaReport, PointReports, type ReportedPoints, reportContinua } from "./describe.ts";
import type { Engine } from "./engine.ts";
import { describeFound } from "./found.ts";
import { outOfRange, passedOver, wrongSigns } from "./gaps.ts";
import { type Limits, MovingLimits, refuseHopeless } from "./limits.ts";
import { boxesToTry, chooseMethod, type Method, type ModelSize } from "./method.ts";
import { checkOptions, type FindOptions } from "./options.ts";
import { provenance, resultNotBegun, summarise } from "./summary.ts";
import { VirtualCollector } from "./virtual.ts";

/** A search that is not likely to end, and has no budget, stops after this number of boxes, within a minute. */
const BOXES_WITHOUT_BUDGET = 2000;
/** Why a search that was to use a GPU names the CPU. */
const NO_BOX_FOR_GPU = "searched on the CPU: there was no box that the GPU takes";

/**
 * Up to this many hyperplanes the regions method enumerates the regions even where all masks are regions: it takes no
 * time.
 */
const SMALL_ENOUGH = 14;

/** The time to classify and join what was certified, once a run is out of time or cancelled. */
const MILLISECONDS_TO_FINISH = 150;

/**
 * Milliseconds to sort a point, and to write it for each byte of its JSON: once for the digest and once for the file,
 * on a machine that is busy with other things too.
 */
const MILLISECONDS_TO_SORT = 0.006;
const MILLISECONDS_A_BYTE = 6e-5;
/** The largest share of the time that is kept for sorting and writing. */
const MOST_RESERVED = 0.5;

/**
 * About how many bytes the JSON of a point takes: some 22 for each coordinate and for both parts of each eigenvalue.
 */
function bytesOfPoint({ latentDim, hyperplanes }: ModelSummary): number {
  return 200 + 66 * latentDim + 2 * hyperplanes;
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

/** What the finish of a run gives, and when it began. */
interface Finished {
  readonly answer: FinalAnswer;
  readonly points: ReportedPoints;
  readonly continua: ContinuaReport;
  readonly began: number;
}

/** Steps of preparing a model that a run takes in any case: a small model needs no more. */
const STEPS_OF_SMALL_MODEL = 16;

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
  readonly #points: PointReports;
  readonly #virtual: VirtualCollector | undefined;
  readonly #started: number;
  /** When all has to be written. */
  readonly #deadline: number | undefined;

  /** A run whose arrangement is looked at first, in steps. Takes what the constructor takes. */
  static async begin(
    model: Model,
    options: FindOptions,
    parts?: number,
    onRegion?: FinalizerHooks["onRegion"],
    limits?: Limits,
  ): Promise<Run> {
    checkOptions(options);
    const started = performance.now();
    // to the end: a result needs to know the rank
    await takeAllSteps(reducing(model.system));
    return new Run(model, options, parts, onRegion, limits, started);
  }

  /** `begin`, unless the time ends before: then the result says so. */
  static beginInTime(model: Model, options: FindOptions): Run | ListedResult | Promise<Run | ListedResult> {
    checkOptions(options);
    const started = performance.now();
    const { signal, maxSeconds } = options;
    const deadline = maxSeconds === undefined ? undefined : beginningOf(model, started) + 1000 * maxSeconds;
    const steps = reducing(model.system);
    let isDone = false;
    for (let step = 0; step < STEPS_OF_SMALL_MODEL && !isDone; step++) isDone = steps.next().done === true;
    return after(isDone ? undefined : takeSteps(steps, { signal, deadline }), (reduced) =>
      reduced !== undefined && "stopped" in reduced
        ? resultNotBegun(model, options, reduced.stopped, started)
        : new Run(model, options, 1, undefined, options, started),
    );
  }

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
    limits: Limits = options,
    started = performance.now(),
  ) {
    this.#started = started;
    const { summary, size } = summarise(model);
    this.model = model;
    this.#size = parts === 1 ? size : { ...size, regions: size.regions / BigInt(parts) };
    const { method, outOfReach } = chooseMethod(options, size);
    this.method = method;
    this.outOfReach = outOfReach;
    if (this.method === "regions") refuseHopeless(this.regions, options);
    this.#points = new PointReports(model);
    this.finalizer = new Finalizer(model.system, {
      onFound: options.onFixedPoint && (({ z, active, ties }) => options.onFixedPoint?.({ z, active, ties })),
      describing: (point) => this.#points.describing(point),
      onRegion,
    });
    this.#options = options;
    this.summary = summary;
    this.#virtual = options.virtual ? new VirtualCollector(model.system, this.finalizer) : undefined;
    const begun = beginningOf(model, started);
    this.#deadline = limits.maxSeconds === undefined ? undefined : begun + 1000 * limits.maxSeconds;
    this.control = new MovingLimits(limits, options, () => this.#deadlineBefore(MILLISECONDS_TO_SORT));
  }

  /** The deadline, with time left to write the points found so far. @param more milliseconds for each of them. */
  #deadlineBefore(more: number): number | undefined {
    if (this.#deadline === undefined) return undefined;
    const eachPoint = more + MILLISECONDS_A_BYTE * bytesOfPoint(this.summary);
    const most = MOST_RESERVED * (this.#deadline - this.#started);
    return this.#deadline - Math.max(0, Math.min(most, this.finalizer.found * eachPoint));
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

  /**
   * The limits of the work after the method, before its result is written. A little time is left if the run is out of
   * time or cancelled.
   */
  #finishing(now: number): RunControl {
    const { signal } = this.control;
    const deadline = this.#deadlineBefore(0);
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

  /** What the regions method asks of a backend. */
  get work(): RegionsWork {
    const { system } = this.model;
    return { system, regions: this.regions, mode: this.expand, keepAll: this.#virtual !== undefined };
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

  get #whyLate(): string {
    return stopReason(this.control) ?? "the time budget ended";
  }

  /** A note on certified points and pieces whose description is not complete. */
  #unfinished(
    { undescribed }: FinalAnswer,
    { unclassified, margins }: ReportedPoints,
    transverse: boolean,
  ): string | undefined {
    const parts = [
      ...(unclassified > 0 ? [`${were(unclassified, "fixed point")} not classified`] : []),
      ...(margins ? [] : ["margins were not worked out"]),
      ...(undescribed > 0 ? [`${were(undescribed, "piece")} of continua not put together`] : []),
      ...(transverse ? [] : ["eigenvalues across continua were not worked out"]),
    ];
    return parts.length === 0 ? undefined : `${this.#whyLate}: ${parts.join(", ")}`;
  }

  async search(
    sink: CandidateSink,
    engine: Engine,
    share: SearchControl["share"],
    seat?: JointSeat,
  ): Promise<MethodOutcome> {
    const { runSearch } = await loadSearch();
    const maxBoxes = this.#endsEarly ? BOXES_WITHOUT_BUDGET : undefined;
    const asked = this.#options.backend === "webgpu";
    // that there is no GPU is an error for every model, also for one whose search would not come to need it
    if (asked) await engine.backend();
    const control = withMore(this.#searchControl(engine, seat), { share, maxBoxes });
    const outcome = await runSearch(this.model.system, sink, control);
    if (!asked || outcome.backend !== undefined) return outcome;
    return { ...outcome, backend: { name: "cpu", adapter: null, note: NO_BOX_FOR_GPU } };
  }

  /** Whether "auto" chose a method that is not likely to end in a day, and the options give no budget. */
  get #endsEarly(): boolean {
    return this.outOfReach !== undefined && this.#options.maxSeconds === undefined;
  }

  /** Tries a short search where regions would take long. */
  trySearch(sink: CandidateSink, engine: Engine): Promise<MethodOutcome | undefined> | undefined {
    const boxes = boxesToTry(this.#size);
    if (boxes === 0) return undefined;
    const control = withMore(this.#searchControl(engine), { device: undefined });
    return Promise.resolve(loadSearch()).then(({ runShortSearch }) =>
      runShortSearch(this.model.system, sink, control, boxes),
    );
  }

  #searchControl(engine: Engine, seat?: JointSeat): SearchControl {
    const backend = async () => engine.backend();
    return withMore(this.control, { pool: () => engine.pool(), backend, device: engine.searchDevice(seat) });
  }

  /** @param virtual the virtual fixed points, by default those that this run has collected. */
  report(ran: Ran, virtual = this.virtualFixedPoints): ListedResult | Promise<ListedResult> {
    return after(this.finalizer.settle(this.control), () => {
      const began = performance.now();
      const control = this.#finishing(began);
      return after(this.finalizer.conclude(control), (answer) =>
        after(
          this.#points.report(answer.fixedPoints, control, () => this.#whyLate),
          (points) =>
            after(reportContinua(this.model.system, answer, control), (continua) =>
              this.#write(ran, virtual, { answer, points, continua, began }),
            ),
        ),
      );
    });
  }

  /** Why the result is not complete; none if it is. */
  #gaps(outcome: MethodOutcome, method: Method, { answer, points, continua }: Omit<Finished, "began">): string[] {
    const late = this.#unfinished(answer, points, continua.transverse);
    const gaps = [outcome.incompleteBecause, this.undecidedGap, late, outOfRange(answer), this.virtualGap].filter(
      (text) => text !== undefined,
    );
    if (this.outOfReach !== undefined && outcome.incompleteBecause !== undefined) {
      const remedy = this.#endsEarly ? "; give maxSeconds (--max-seconds) for a longer run, or name the method" : "";
      gaps.push(`${this.outOfReach}, so points were looked for before the proof was begun by ${method}${remedy}`);
    }
    if (gaps.length === 0) gaps.push(...passedOver(answer));
    if (gaps.length === 0 && answer.continua.length === 0)
      gaps.push(...wrongSigns(signSum(this.model, answer.fixedPoints)));
    return gaps;
  }

  #write(
    { outcome, method = this.method, backend, adapter, note }: Ran,
    virtual: readonly VirtualFixedPoint[] | undefined,
    { answer, points, continua, began }: Finished,
  ): ListedResult | Promise<ListedResult> {
    const ended = performance.now();
    const used = outcome.backend ?? { name: backend, adapter };
    const notes = [note, used.note].filter((text) => text !== undefined);
    const gaps = this.#gaps(outcome, method, { answer, points, continua });
    const counts = ascending(outcome.counts, answer.counts);
    const seconds = ascending(outcome.seconds, { finalize: (ended - began) / 1000, total: this.secondsSoFar });
    const hasFound = gaps.length > 0 && outcome.curves !== undefined && outcome.curves.curves > 0;
    const sealing = sealingInOrder<ListedResult>({
      schema: "stillpoint/result@1",
      model: this.summary,
      found: hasFound ? describeFound(outcome.curves, answer, this.finalizer) : undefined,
      fixedPoints: points.fixedPoints,
      virtualFixedPoints: virtual,
      continua: continua.report.continua,
      connectedSets: continua.report.connectedSets,
      complete: gaps.length === 0,
      incompleteBecause: gaps.length === 0 ? undefined : gaps.join("; "),
      method,
      backend: used.name,
      adapter: used.adapter,
      backendNote: notes.length === 0 ? undefined : notes.join("; "),
      counts,
      seconds,
      provenance: this.provenance,
    });
    return takeAllSteps(sealing);
  }
}

/** When the time of a run begins: with the reading of its model. */
function beginningOf({ millisecondsToRead = 0 }: Model, started: number): number {
  return started - millisecondsToRead;
}

/** The search's code, an eighth of all. A run over few regions ends in the time that it takes to load. */
const loadSearch = once(() => import("../search/queue/run.ts"));
