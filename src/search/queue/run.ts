import { plural, were } from "../../base/words.ts";
import { sha256 } from "../../model/sha256.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { packSystem } from "../../model/transfer.ts";
import type { StageBackend } from "../../stages/backend.ts";
import { runningBeside, type WorkerPool, workersBeside } from "../../stages/pool.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  type RunControl,
  stopReason,
  Turns,
  takeSteps,
  YIELD_MILLISECONDS,
} from "../../stages/run.ts";
import { EarlySearch } from "../early/early-search.ts";
import { LeafSet } from "../endings/leaves.ts";
import type { Leaf } from "../roots/problem.ts";
import type { BoxSearch } from "./box-search.ts";
import { type ChunkResult, ChunkWorker, type SearchChunk } from "./chunk.ts";
import { DeviceRun, type SearchDevice } from "./device-run.ts";
import { BoxTask, type QueuedBox, SearchPlan } from "./plan.ts";
import { addTally, emptyTally } from "./tally.ts";

/** At first every queued box is done for this many boxes, and what is left of it is queued again, round by round. */
const FIRST_BUDGET = 64;
/** The rounds end when this many boxes are queued: then the large parts of the work are in many pieces. */
const WELL_DIVIDED = 256;
/** Before a round of more products than this, some seconds, curves are followed for long. */
const LONG_ROUND = 2e9;
/** Systems of fewer numbers and dimensions are searched for so short a time that points are not looked for before. */
const NUMBERS_OF_QUICK_ROUNDS = 1024;
const DIMENSIONS_OF_QUICK_ROUNDS = 6;
/** From this many dimensions on a search takes long to plan. */
const LEAST_DIMENSIONS_OF_LONG_PLANS = 30;
/** After the rounds a queued box is done for this many boxes. */
const BUDGET = 4096;
/** No threads are started for a search that ends sooner. */
const DEFAULT_MILLISECONDS_BEFORE_THREADS = 400;
/** The note on a search with a problem that is not fit (`SearchProblem`). */
const LEFT_TO_REGIONS =
  "boxes were left to the regions method, as no powers of two bring the model's numbers together into the range of float64";
/** Most queued boxes in one message to a worker. */
const CHUNK = 48;
/**
 * How often this thread takes answers of workers while it works itself: a worker needs some milliseconds for a message.
 */
const MILLISECONDS_BETWEEN_ANSWERS = 2;
/** Messages under way for each worker, so that no worker waits while this thread is busy. */
const MESSAGES_PER_WORKER = 2;

export interface SearchControl extends RunControl {
  /**
   * Worker threads, asked for only if the search turns out to be long. This thread works too, so one worker of the pool
   * stays free.
   */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long the search runs on this thread alone; default 400. */
  readonly millisecondsBeforeThreads?: number | undefined;
  /**
   * Search only every `of`-th of the queued boxes, from the `index`-th, counted from 1. The rounds before are done by
   * each share.
   */
  readonly share?: { readonly index: number; readonly of: number } | undefined;
  /** The search stops, incomplete, after more boxes than this. */
  readonly maxBoxes?: number | undefined;
  /** The backend that solves leaves; default the CPU on this thread. */
  readonly backend?: (() => Promise<StageBackend>) | undefined;
  /**
   * The device that boxes go to, once this thread has done `boxesBeforeDevice` of them. Not used for a share of a
   * search, as all shares must agree on the queue.
   */
  readonly device?: SearchDevice | undefined;
}

/** Queued boxes for one thread, and a callback for the boxes that are left of them. */
interface Share {
  readonly boxes: readonly QueuedBox[];
  readonly done: (left: readonly QueuedBox[]) => void;
}

let nextKey = 0;

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
  readonly #maxBoxes: number;
  readonly #started = performance.now();
  #plan!: SearchPlan;
  #searches: readonly BoxSearch[] = [];
  /** What this thread has done, which its budgets are counted by, and what workers have. */
  readonly #tally = emptyTally();
  readonly #elsewhere = emptyTally();
  readonly #leaves = new LeafSet();
  /** The part that all messages to workers share. */
  #common: Pick<SearchChunk, "key" | "system"> | undefined;
  #settled = 0;
  #open = 0;
  #stopped: string | undefined;
  readonly #early: EarlySearch;
  #hasFollowed = false;
  /** Milliseconds of early points before the plan. */
  #earlyBefore = 0;
  /** The boxes that a device has; set once some have been given to one. */
  #device: DeviceRun | undefined;
  readonly #turns = new Turns();
  readonly #answers = new Turns(MILLISECONDS_BETWEEN_ANSWERS);
  /** Messages that workers have not answered yet. */
  #underWay = 0;

  constructor(
    system: PiecewiseLinearSystem,
    sink: CandidateSink,
    control: SearchControl,
    maxBoxes = Number.POSITIVE_INFINITY,
  ) {
    this.#maxBoxes = maxBoxes;
    this.#system = system;
    this.#sink = sink;
    this.#control = control;
    this.#early = new EarlySearch(system, {
      sink,
      control,
      isByBoxes: maxBoxes !== Number.POSITIVE_INFINITY,
      pool: () => this.#pool(),
      settle: () => this.#yield(),
      isStopped: () => {
        this.#stopIfDue();
        return this.#stopped !== undefined;
      },
    });
  }

  /**
   * Plans the search. Where that may take long, points come first.
   * @returns what to say where there is no time or no memory to begin it.
   */
  async begin(): Promise<MethodOutcome | undefined> {
    const { latentDim } = this.#system;
    const isLimited = this.#maxBoxes !== Number.POSITIVE_INFINITY;
    if (latentDim >= LEAST_DIMENSIONS_OF_LONG_PLANS && !isLimited && this.#isFirstShare) {
      await this.#early.first();
      await this.#early.long();
    }
    this.#earlyBefore = this.#early.milliseconds;
    const planned = await takeSteps(SearchPlan.making(this.#system), this.#control);
    if ("stopped" in planned) return this.#notBegun(planned.stopped);
    if (!(planned.value instanceof SearchPlan)) return this.#notBegun(planned.value.tooLarge);
    const plan = planned.value;
    this.#plan = plan;
    const finds = {
      emit: (mask: Uint32Array, regular: boolean) => this.#sink.add(mask, regular),
      leaf: (leaf: Leaf) => this.#leaves.add(leaf),
      isLate: () => stopReason(this.#control) !== undefined,
    };
    this.#searches = plan.roots.map((_, root) => plan.search(root, finds, this.#tally));
    return undefined;
  }

  #notBegun(because: string): MethodOutcome {
    const seconds = (performance.now() - this.#started) / 1000;
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
    const quick = R <= DIMENSIONS_OF_QUICK_ROUNDS && N * R <= NUMBERS_OF_QUICK_ROUNDS;
    if (!quick && this.#isFirstShare) await this.#early.first();
    const queue = await this.#divide((next) => this.#productsOfRound(next) > LONG_ROUND);
    // a search that quick rounds have ended needs no points beforehand
    if (queue.length > 0 || this.#stopped !== undefined) await this.#followLong();
    const described = this.#keepShare(queue);
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
    this.#stopIfDue();
    return this.#stopped === undefined ? this.#conclude(planned) : undefined;
  }

  #stopIfDue(): void {
    this.#stopped ??= stopReason(this.#control);
    if (this.#allBoxes > this.#maxBoxes)
      this.#stopped ??= `the search took more than ${plural(this.#maxBoxes, "box", "boxes")}`;
  }

  /**
   * Does rounds until no box is left or the queue is long enough to be shared. Curves are followed before the first
   * round that is `long`.
   */
  async #divide(long: (queue: readonly QueuedBox[]) => boolean): Promise<QueuedBox[]> {
    let queue = await this.#rootBoxes();
    // a device needs no long queue
    const enough = this.#takesDevice && !this.#control.device?.boxesBefore ? queue.length + 1 : WELL_DIVIDED;
    while (queue.length > 0 && queue.length < enough && this.#stopped === undefined) {
      if (long(queue)) await this.#followLong();
      queue = await this.#round(queue);
    }
    return queue;
  }

  /** Solves the leaves, and describes the outcome. */
  async #conclude(planned: number, described?: MethodOutcome["queue"]): Promise<MethodOutcome> {
    const searched = performance.now();
    const { regions, left } = await this.#leaves.solve(this.#system, this.#sink, this.#control, this.#control.backend);
    this.#stopped ??= left === 0 ? undefined : stopReason(this.#control);
    const tally = emptyTally();
    for (const part of [this.#tally, this.#elsewhere]) addTally(tally, part);
    const { unsettled } = tally;
    const gaps = [
      ...(this.#stopped === undefined ? [] : [`${this.#stopped}: ${were(this.#open + left, "box", "boxes")} open`]),
      ...(unsettled === 0 ? [] : [`${plural(unsettled, "box", "boxes")} could not be settled`]),
    ];
    return {
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      ...(described === undefined ? {} : { queue: described }),
      ...this.#ranOn(),
      ...this.#onCurves(),
      counts: { ...tally, leafRegions: regions, ...this.#device?.counts },
      seconds: {
        setup: (planned - this.#started - this.#earlyBefore) / 1000,
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
      await this.#yield();
      this.#stopIfDue();
      if (this.#stopped !== undefined) {
        this.#open += this.#searches.length - root;
        break;
      }
      search.start(this.#plan.roots[root]!.box, 1 / this.#searches.length);
      boxes.push(...search.takeOpen().map((box) => ({ root, box })));
    }
    return boxes;
  }

  /**
   * Does every box for the first budget. @returns the boxes that are left, in an order that does not depend on threads.
   */
  async #round(queue: readonly QueuedBox[]): Promise<QueuedBox[]> {
    const rest: (readonly QueuedBox[])[] = [];
    let at = 0;
    await this.#work(FIRST_BUDGET, Number.POSITIVE_INFINITY, (shareOf) => {
      const from = at;
      at += shareOf(queue.length - from);
      return {
        boxes: queue.slice(from, at),
        done: (left) => {
          rest[from] = left;
        },
      };
    });
    // after a cancel some boxes have not been taken by anyone
    this.#open += queue.length - at;
    return rest.flat();
  }

  /**
   * Keeps this share's boxes of the queue. The work before is counted by the first share.
   * @returns the description of the whole queue for the outcome; undefined without shares.
   */
  #keepShare(queue: QueuedBox[]): MethodOutcome["queue"] {
    const { share } = this.#control;
    if (share === undefined || this.#stopped !== undefined) return undefined;
    const { index, of } = share;
    const described = { boxes: queue.length, digest: digest(queue) };
    if (index > 1) {
      for (const tally of [this.#tally, this.#elsewhere]) Object.assign(tally, emptyTally());
      this.#leaves.clear();
    }
    const mine = queue.filter((_, k) => k % of === index - 1);
    for (const { box } of queue) this.#settled += box.share;
    for (const { box } of mine) this.#settled -= box.share;
    queue.splice(0, queue.length, ...mine);
    return described;
  }

  /** Whether boxes may go to a device. */
  get #takesDevice(): boolean {
    return this.#control.device !== undefined && this.#control.share === undefined;
  }

  /** The backend of the search, where the result must name it. */
  #ranOn(): Pick<MethodOutcome, "backend"> {
    const fit = this.#plan.roots.every(({ problem }) => problem.fit);
    if (this.#device === undefined && fit) return {};
    const { name, adapter } = this.#device?.backend ?? { name: "cpu", adapter: null };
    return { backend: { name, adapter, ...(fit ? {} : { note: LEFT_TO_REGIONS }) } };
  }

  /** Starts a box that came back from the device. No search may be under way on this thread. */
  #begin(): QueuedBox[] {
    const next = this.#device?.pop();
    if (next === undefined) return [];
    const search = this.#searches[next.root]!;
    search.start(next.box, next.share);
    return search.takeOpen().map((box) => ({ root: next.root, box }));
  }

  /** Gives a device the boxes of the queue that it can take. */
  async #startDevice(queue: QueuedBox[]): Promise<void> {
    this.#device = await DeviceRun.start(this.#plan, this.#control.device!, queue, {
      isStopped: () => {
        this.#stopIfDue();
        return this.#stopped !== undefined;
      },
      settled: (share) => {
        this.#settled += share;
      },
    });
  }

  /** Does the queue, the boxes that come back from a device, and all boxes that are left of these. */
  async #finish(queue: QueuedBox[]): Promise<void> {
    try {
      await this.#workBesideDevice(queue);
    } finally {
      this.#device?.stop();
    }
    await this.#device?.end();
    this.#open += queue.length + this.#kept + (this.#device?.open ?? 0);
  }

  async #workBesideDevice(queue: QueuedBox[]): Promise<void> {
    const before = this.#control.device?.boxesBefore ?? 0;
    let mayStart = this.#takesDevice;
    do {
      if (mayStart && queue.length > 0 && this.#boxes >= before && this.#stopped === undefined) {
        mayStart = false;
        // as many boxes again are hardly worth a device
        if (before === 0 || this.#settled < 0.5) await this.#startDevice(queue);
      }
      await this.#work(BUDGET, BUDGET, (shareOf) => {
        // the rest is the device's
        const share = mayStart && this.#boxes >= before ? 0 : shareOf(queue.length + this.#kept);
        const boxes = queue.splice(Math.max(0, queue.length - share)).reverse();
        // once the run is stopped, boxes that are not started count as open
        while (boxes.length < share && this.#stopped === undefined) boxes.push(...this.#begin());
        return {
          boxes,
          done: (left) => {
            for (const box of left) queue.push(box);
          },
        };
      });
      while (this.#kept === 0 && this.#device?.isRunning && this.#stopped === undefined) {
        await this.#device.wait();
        this.#report();
      }
      this.#stopIfDue();
    } while (this.#stopped === undefined && (queue.length > 0 || this.#kept > 0));
  }

  /**
   * Does the boxes that `take` hands out, until there are no more and all are done: on this thread and, once the search
   * has proved long, on workers too.
   * @param budget boxes to do for each queued box. @param total boxes for each message. @param take hands out some of
   *   the boxes that are left, as many as its argument says.
   */
  async #work(budget: number, total: number, take: (shareOf: (left: number) => number) => Share): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    let wake = (): void => {};
    const send = (pool: WorkerPool): void => {
      // no message to a worker that is still starting: this thread may be done before it
      const running = runningBeside(pool);
      while (this.#underWay < MESSAGES_PER_WORKER * running && this.#stopped === undefined) {
        // less than a fair share, as nobody knows beforehand how much work a box is
        const { boxes, done } = take((left) => Math.min(CHUNK, Math.floor(left / (2 * workersBeside(pool)))));
        if (boxes.length === 0) return;
        this.#underWay++;
        this.#send(pool, boxes, budget, total)
          .then(done, (error: unknown) => {
            failure = { error };
          })
          .finally(() => {
            this.#underWay--;
            wake();
          });
      }
    };
    for (;;) {
      // a cancel does not wait for workers
      if (this.#control.signal?.aborted) return this.#stopIfDue();
      if (failure !== undefined) throw failure.error;
      const pool = this.#pool();
      if (pool !== undefined) send(pool);
      if (this.#stopped === undefined) await this.#early.beside();
      const { boxes, done } = take((left) => Math.min(1, left));
      if (boxes.length > 0) {
        done(await this.#alone(boxes[0]!, budget));
      } else if (this.#underWay === 0) return;
      else {
        this.#report();
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, YIELD_MILLISECONDS);
        });
      }
    }
  }

  /** The worker threads, once the search has proved long. */
  #pool(): WorkerPool | undefined {
    const alone = this.#control.millisecondsBeforeThreads ?? DEFAULT_MILLISECONDS_BEFORE_THREADS;
    if (performance.now() - this.#started < alone || this.#stopped !== undefined) return undefined;
    return this.#control.pool?.();
  }

  /**
   * Does one queued box on this thread. @returns the boxes that are left of it; when the run stops they count as open.
   */
  async #alone(queued: QueuedBox, budget: number): Promise<QueuedBox[]> {
    this.#stopIfDue();
    if (this.#stopped !== undefined) {
      this.#open++;
      return [];
    }
    const search = this.#searches[queued.root]!;
    let before = search.settled;
    const task = new BoxTask(search, queued, budget);
    for (;;) {
      const rest = task.advance();
      this.#settled += search.settled - before;
      before = search.settled;
      await this.#yield();
      if (rest !== undefined) return rest;
      this.#stopIfDue();
      if (this.#stopped === undefined) continue;
      this.#open += task.open;
      return [];
    }
  }

  /** Sends boxes to a worker. @returns the boxes that are left of them. */
  async #send(
    pool: WorkerPool,
    boxes: readonly QueuedBox[],
    budget: number,
    total: number,
  ): Promise<readonly QueuedBox[]> {
    this.#stopIfDue();
    // counted as open until the worker has answered: a cancel does not wait for the answer
    this.#open += boxes.length;
    if (this.#stopped !== undefined) return [];
    const { deadline } = this.#control;
    const endsAt = deadline === undefined ? undefined : Date.now() + deadline - performance.now();
    this.#common ??= { key: nextKey++, system: packSystem(this.#system) };
    const chunk: SearchChunk = { ...this.#common, boxes, budget, total, endsAt };
    const result = (await pool.run("search", chunk, workersBeside(pool), () =>
      new ChunkWorker().run(chunk),
    )) as ChunkResult;
    if (this.#control.signal?.aborted) return [];
    this.#open += result.open - boxes.length;
    this.#take(result);
    return result.rest;
  }

  #take({ masks, regular, leaves, tally, settled }: ChunkResult): void {
    const words = Math.max(1, Math.ceil(this.#system.hyperplanes / 32));
    regular.forEach((sure, i) => {
      this.#sink.add(masks.subarray(i * words, (i + 1) * words), sure === 1);
    });
    for (const leaf of leaves) this.#leaves.add(leaf);
    addTally(this.#elsewhere, tally);
    this.#settled += settled;
  }

  get #boxes(): number {
    return this.#tally.boxes + this.#elsewhere.boxes;
  }

  /** Boxes that came back from the device. */
  get #kept(): number {
    return this.#device?.kept ?? 0;
  }

  /** With those of the device. */
  get #allBoxes(): number {
    return this.#boxes + (this.#device?.boxes ?? 0);
  }

  async #yield(): Promise<void> {
    await this.#sink.settle?.(this.#control);
    if (this.#turns.due) {
      this.#report();
      await this.#turns.give();
    } else if (this.#underWay > 0 && this.#answers.due) await this.#answers.give();
  }

  #report(): void {
    this.#control.onProgress?.({
      phase: "search",
      fraction: Math.min(1, this.#settled),
      done: this.#allBoxes,
      fixedPoints: this.#sink.found,
    });
  }
}

/** A digest of queued boxes, so that shares of one search can be told to have divided the same queue. */
function digest(queue: readonly QueuedBox[]): string {
  const bytes = ({ buffer, byteOffset, byteLength }: Float64Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return sha256(queue.flatMap(({ root, box }) => [Uint8Array.of(root), bytes(box.lo), bytes(box.hi)]));
}
