import { plural, were } from "../../base/words.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { StageBackend } from "../../stages/backend.ts";
import type { ThreadControl } from "../../stages/helpers.ts";
import { type CandidateSink, type MethodOutcome, stopReason, takeSteps } from "../../stages/run.ts";
import { EarlySearch } from "../early/early-search.ts";
import { LeafSet } from "../endings/leaves.ts";
import type { Leaf } from "../roots/problem.ts";
import type { BoxSearch } from "./box-search.ts";
import type { DeviceRun, SearchDevice } from "./device-run.ts";
import { DeviceStart } from "./device-start.ts";
import { type QueuedBox, SearchPlan } from "./plan.ts";
import { SearchProgress } from "./progress.ts";
import { SharedWork } from "./shared-work.ts";
import { sharing } from "./shares.ts";
import { emptyTally } from "./tally.ts";

/** At first every queued box is done for this many boxes, and what is left of it is queued again, round by round. */
const FIRST_BUDGET = 64;
/** The rounds end when this many boxes are queued: then the large parts of the work are in many pieces. */
const WELL_DIVIDED = 256;
/** Before a round of more products than this, some seconds, curves are followed for long. */
const LONG_ROUND = 2e9;
/** Rounds in so few dimensions, or in some with few numbers, are too short for points to be looked for before them. */
const FEW_DIMENSIONS = 3;
const SOME_DIMENSIONS = 6;
const FEW_NUMBERS = 1024;
/** From this many dimensions on a search takes long to plan. */
const LEAST_DIMENSIONS_OF_LONG_PLANS = 30;
/** After the rounds a queued box is done for this many boxes. */
const BUDGET = 4096;
/** The note on a search with a problem that is not fit (`SearchProblem`). */
const LEFT_TO_REGIONS =
  "boxes were left to the regions method, as no powers of two bring the model's numbers together into the range of float64";

export interface SearchControl extends ThreadControl {
  /**
   * Search only the `index`-th of `of` shares of the queued boxes, counted from 1 (shares.ts). The rounds before are
   * done by each share.
   */
  readonly share?: { readonly index: number; readonly of: number } | undefined;
  /** The search stops, incomplete, after more boxes than this. */
  readonly maxBoxes?: number | undefined;
  /** The backend that solves leaves; default the CPU on this thread. */
  readonly backend?: (() => Promise<StageBackend>) | undefined;
  /** The device that boxes go to, at once or later (device-start.ts); in a share of a search once the share is known. */
  readonly device?: SearchDevice | undefined;
}

/**
 * The search method (docs/design.md#the-search-method): branch and bound over boxes that cover all of space, in ρ =
 * rank U dimensions where ρ < R. Every region that may hold fixed points is handed to `sink`; a box is only discarded
 * when it surely holds no zero of G.
 */
export async function runSearch(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: SearchControl,
): Promise<MethodOutcome> {
  const run = new SearchRun(system, sink, control, control.maxBoxes);
  return (await run.begin()) ?? run.run();
}

/**
 * A search that gives up after a number of boxes. Whether it does so does not depend on threads.
 * @returns undefined if the search takes more boxes, or if the run was stopped. The regions handed to `sink` until then
 *   are candidates like any others.
 */
export async function runShortSearch(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: SearchControl,
  maxBoxes: number,
): Promise<MethodOutcome | undefined> {
  const run = new SearchRun(system, sink, control, maxBoxes);
  return (await run.begin()) === undefined ? run.runShort() : undefined;
}

class SearchRun {
  readonly #system: PiecewiseLinearSystem;
  readonly #sink: CandidateSink;
  readonly #control: SearchControl;
  readonly #isByBoxes: boolean;
  readonly #leaves = new LeafSet();
  readonly #progress: SearchProgress;
  readonly #work: SharedWork;
  readonly #early: EarlySearch;
  #plan!: SearchPlan;
  #searches: readonly BoxSearch[] = [];
  #hasFollowed = false;
  /** Milliseconds of early points before the plan. */
  #earlyBefore = 0;

  constructor(
    system: PiecewiseLinearSystem,
    sink: CandidateSink,
    control: SearchControl,
    maxBoxes = Number.POSITIVE_INFINITY,
  ) {
    this.#system = system;
    this.#sink = sink;
    this.#control = control;
    this.#isByBoxes = maxBoxes !== Number.POSITIVE_INFINITY;
    this.#progress = new SearchProgress(sink, control, maxBoxes);
    this.#work = new SharedWork(
      {
        system,
        sink,
        control,
        leaves: this.#leaves,
        searchOf: (root) => this.#searches[root]!,
        beside: () => this.#early.beside(),
      },
      this.#progress,
    );
    this.#early = new EarlySearch(system, {
      sink: this.#progress.places.hearing(sink),
      control,
      isByBoxes: this.#isByBoxes,
      pool: () => this.#work.pool(),
      settle: () => this.#work.yield(),
      isStopped: () => this.#progress.stopIfDue(),
      millisecondsLeft: () => this.#progress.millisecondsLeft,
    });
  }

  /**
   * Plans the search. Where that may take long, points come first.
   * @returns what to say where there is no time or no memory to begin it.
   */
  async begin(): Promise<MethodOutcome | undefined> {
    const { latentDim } = this.#system;
    if (latentDim >= LEAST_DIMENSIONS_OF_LONG_PLANS && !this.#isByBoxes && this.#isFirstShare) {
      await this.#early.first();
      await this.#early.long();
    }
    this.#earlyBefore = this.#early.milliseconds;
    const planned = await takeSteps(SearchPlan.making(this.#system), this.#control);
    if ("stopped" in planned) return this.#notBegun(planned.stopped);
    if (!(planned.value instanceof SearchPlan)) return this.#notBegun(planned.value.tooLarge);
    this.#plan = planned.value;
    this.#progress.places.plan = this.#plan;
    const finds = {
      emit: (mask: Uint32Array, regular: boolean) => this.#sink.add(mask, regular),
      leaf: (leaf: Leaf) => this.#leaves.add(leaf),
      isLate: () => stopReason(this.#control) !== undefined,
    };
    this.#searches = this.#plan.roots.map((_, root) => this.#plan.search(root, finds, this.#progress.here));
    return undefined;
  }

  #notBegun(because: string): MethodOutcome {
    const seconds = (performance.now() - this.#progress.started) / 1000;
    return {
      complete: false,
      incompleteBecause: `${because}: no box was searched`,
      ...this.#onCurves(),
      counts: { ...emptyTally(), leafRegions: 0 },
      seconds: { setup: seconds, earlyPoints: 0, search: 0, leaves: 0 },
    };
  }

  async run(): Promise<MethodOutcome> {
    const planned = performance.now();
    const { latentDim: R, hyperplanes: N } = this.#system;
    const quick = R <= FEW_DIMENSIONS || (R <= SOME_DIMENSIONS && N * R <= FEW_NUMBERS);
    if (!quick && this.#isFirstShare) await this.#early.first();
    const queue = await this.#divide((next) => this.#productsOfRound(next) > LONG_ROUND);
    // a search that quick rounds have ended needs no points beforehand
    if (queue.length > 0 || this.#progress.isStopped) await this.#followLong();
    this.#progress.forecast.divided();
    const described = await this.#keepShare(queue);
    await this.#finish(queue);
    return this.#conclude(planned, described);
  }

  /** Points of a long search, by the first share alone. */
  async #followLong(): Promise<void> {
    if (!this.#isFirstShare || this.#hasFollowed) return;
    this.#hasFollowed = true;
    await this.#early.first();
    await this.#early.long();
  }

  get #isFirstShare(): boolean {
    return (this.#control.share?.index ?? 1) === 1;
  }

  async runShort(): Promise<MethodOutcome | undefined> {
    const planned = performance.now();
    await this.#finish(await this.#divide(() => false));
    // the last boxes may have exceeded the limit
    return this.#progress.stopIfDue() ? undefined : this.#conclude(planned);
  }

  /**
   * Does rounds until no box is left or the queue is long enough to be shared. Curves are followed before the first
   * round that is `long`.
   */
  async #divide(long: (queue: readonly QueuedBox[]) => boolean): Promise<QueuedBox[]> {
    let queue = await this.#rootBoxes();
    const { device, share } = this.#control;
    // a device needs no long queue, but all shares must agree on theirs
    const enough = device !== undefined && !device.boxesBefore && share === undefined ? queue.length + 1 : WELL_DIVIDED;
    while (queue.length > 0 && queue.length < enough && !this.#progress.isStopped) {
      if (long(queue)) await this.#followLong();
      queue = await this.#round(queue);
    }
    return queue;
  }

  /** Solves the leaves, and describes the outcome. */
  async #conclude(planned: number, described?: MethodOutcome["queue"]): Promise<MethodOutcome> {
    const searched = performance.now();
    this.#plan.release();
    const { regions, left } = await this.#leaves.solve(this.#system, this.#sink, this.#control, this.#control.backend);
    this.#progress.stopped ??= left === 0 ? undefined : stopReason(this.#control);
    const { tally, isStopped, stopped, open } = this.#progress;
    const { unsettled } = tally;
    const gaps = [
      ...(isStopped ? [`${stopped}: ${were(open + left, "box", "boxes")} open`] : []),
      ...(unsettled === 0 ? [] : [`${plural(unsettled, "box", "boxes")} could not be settled`]),
    ];
    return {
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      ...(described === undefined ? {} : { queue: described }),
      ...this.#ranOn(),
      ...this.#onCurves(),
      counts: { ...tally, leafRegions: regions, ...this.#progress.device?.counts },
      seconds: {
        setup: (planned - this.#progress.started - this.#earlyBefore) / 1000,
        earlyPoints: this.#early.milliseconds / 1000,
        search: (searched - planned - this.#early.milliseconds + this.#earlyBefore) / 1000,
        leaves: (performance.now() - searched) / 1000,
      },
    };
  }

  /**
   * The products that the next round may take. An estimate and not the clock, so that all work is done in the same
   * order every time.
   */
  #productsOfRound(queue: readonly QueuedBox[]): number {
    const { latentDim: R, hyperplanes: N } = this.#system;
    return queue.length * FIRST_BUDGET * 4 * N * R ** 2;
  }

  #onCurves(): Pick<MethodOutcome, "curves"> {
    const { report } = this.#early;
    return report === undefined ? {} : { curves: report };
  }

  async #rootBoxes(): Promise<QueuedBox[]> {
    const boxes: QueuedBox[] = [];
    for (const [root, search] of this.#searches.entries()) {
      await this.#work.yield();
      if (this.#progress.stopIfDue()) {
        this.#progress.open += this.#searches.length - root;
        break;
      }
      search.start(this.#plan.roots[root]!.box, 1 / this.#searches.length);
      boxes.push(...search.takeOpen().map((box) => ({ root, box })));
    }
    this.#progress.forecast.add(boxes);
    return boxes;
  }

  /**
   * Does every box for the first budget. @returns the boxes that are left, in an order that does not depend on threads.
   */
  async #round(queue: readonly QueuedBox[]): Promise<QueuedBox[]> {
    const rest: (readonly QueuedBox[])[] = [];
    // places in the queue, the next one last
    const waiting = Array.from(queue.keys()).reverse();
    await this.#work.do(FIRST_BUDGET, (shareOf) => {
      const places = waiting.splice(waiting.length - shareOf(waiting.length)).reverse();
      return {
        boxes: places.map((place) => queue[place]!),
        done(left) {
          for (const [i, boxes] of left.entries()) rest[places[i]!] = boxes;
          waiting.push(...places.slice(left.length).reverse());
        },
      };
    });
    // after a cancel some boxes have not been taken by anyone
    this.#progress.open += waiting.length;
    return rest.flat();
  }

  /**
   * Keeps this share's boxes of the queue. The work before is counted by the first share.
   * @returns the description of the whole queue for the outcome; undefined without shares.
   */
  async #keepShare(queue: QueuedBox[]): Promise<MethodOutcome["queue"]> {
    const { share } = this.#control;
    if (share === undefined || this.#progress.isStopped) return undefined;
    const { index, of } = share;
    const divided = queue.length;
    const taken = await takeSteps(sharing(this.#searches, queue, of), this.#control);
    if ("stopped" in taken) {
      this.#progress.stopped ??= taken.stopped;
      this.#progress.open += divided;
      return undefined;
    }
    const shares = taken.value;
    if (index > 1) {
      this.#progress.forget();
      this.#leaves.clear();
    }
    queue.push(...shares.of(index - 1));
    this.#progress.forecast.restart(queue);
    this.#progress.settled = 1;
    for (const { box } of queue) this.#progress.settled -= box.share;
    return { boxes: shares.boxes, digest: shares.digest };
  }

  /** The backend of the search, where the result must name it. */
  #ranOn(): Pick<MethodOutcome, "backend"> {
    const fit = this.#plan.roots.every(({ problem }) => problem.fit);
    if (this.#progress.device === undefined && fit) return {};
    const { name, adapter } = this.#progress.device?.backend ?? { name: "cpu", adapter: null };
    const notes = [...(fit ? [] : [LEFT_TO_REGIONS]), this.#progress.device?.note].filter((note) => note !== undefined);
    return { backend: { name, adapter, ...(notes.length === 0 ? {} : { note: notes.join("; ") }) } };
  }

  /** Starts a box that came back from the device. No search may be under way on this thread. */
  #begin(): QueuedBox[] {
    const next = this.#progress.device?.pop();
    if (next === undefined) return [];
    const search = this.#searches[next.root]!;
    search.start(next.box, next.share);
    return search.takeOpen().map((box) => ({ root: next.root, box }));
  }

  /** Does the queue, the boxes that come back from a device, and all boxes that are left of these. */
  async #finish(queue: QueuedBox[]): Promise<void> {
    const start = this.#makeDeviceStart();
    try {
      await this.#workBesideDevice(queue, start);
    } finally {
      start?.end();
      this.#progress.device?.stop();
    }
    await this.#progress.device?.end();
    this.#progress.end();
    this.#progress.open += queue.length + this.#progress.kept + (this.#progress.device?.open ?? 0);
  }

  /** Undefined where there is no device. */
  #makeDeviceStart(): DeviceStart | undefined {
    const { device } = this.#control;
    if (device === undefined) return undefined;
    const progress = this.#progress;
    const hooks = {
      cpuBoxes: () => progress.boxes,
      millisecondsLeft: () => progress.millisecondsLeft,
      isStopped: () => progress.stopIfDue(),
      settled: (share: number) => {
        progress.settled += share;
      },
    };
    const take = (run: DeviceRun) => {
      progress.device = run;
    };
    return new DeviceStart({ plan: this.#plan, device, hooks, take });
  }

  async #workBesideDevice(queue: QueuedBox[], start: DeviceStart | undefined): Promise<void> {
    do {
      await start?.advance(queue);
      await this.#work.do(BUDGET, (shareOf) => {
        // the rest is the device's
        const share = start?.isDue ? 0 : shareOf(queue.length + this.#progress.kept);
        const boxes = queue.splice(Math.max(0, queue.length - share)).reverse();
        // once the run is stopped, boxes that are not started count as open
        while (boxes.length < share && !this.#progress.isStopped) boxes.push(...this.#begin());
        return {
          boxes,
          done: (left) => {
            for (const box of left.flat()) queue.push(box);
            for (const box of boxes.slice(left.length)) queue.push(box);
          },
        };
      });
      while (this.#progress.kept === 0 && this.#progress.device?.isRunning && !this.#progress.isStopped) {
        await this.#progress.device.wait();
        this.#progress.report();
      }
      this.#progress.stopIfDue();
    } while (!this.#progress.isStopped && (queue.length > 0 || this.#progress.kept > 0));
  }
}
