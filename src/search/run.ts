import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { packSystem } from "../model/transfer.ts";
import type { WorkerPool } from "../stages/pool.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  type RunControl,
  stopReason,
  yieldToEventLoop,
} from "../stages/run.ts";
import { type BoxSearch, emptyTally, type SearchTally, type SearchTuning } from "./box-search.ts";
import type { ChunkResult, QueuedBox, SearchChunk } from "./chunk.ts";
import { emitEarlyPoints } from "./early-points.ts";
import { SearchPlan } from "./plan.ts";

/** Boxes between two looks at the clock. */
const STEP = 64;
/** The event loop gets its turn at least this often. */
const YIELD_MILLISECONDS = 40;
/** Boxes halved this often are queued, for whichever thread comes to them; with one thread too, so that the counts agree. */
const QUEUE_DEPTH = 9;
/** A search that ends sooner is not worth starting threads for. */
const DEFAULT_MILLISECONDS_BEFORE_THREADS = 150;
/** Queued boxes in one message to a worker. */
const CHUNK = 4;

export interface SearchControl extends RunControl {
  readonly tuning?: Partial<SearchTuning> | undefined;
  /** Worker threads, asked for only if the search turns out to be long. */
  readonly pool?: (() => Promise<WorkerPool> | undefined) | undefined;
  /** How long the search runs on this thread alone; default 150. */
  readonly millisecondsBeforeThreads?: number | undefined;
  /** Only every `of`-th of the queued boxes, from the `index`-th, counted from 1. The boxes above them are done by each share. */
  readonly share?: { readonly index: number; readonly of: number } | undefined;
}

let nextKey = 0;

/**
 * The search method (DESIGN.md section 4): branch and bound over boxes that cover all of space, in the ρ dimensions of U's rank where that is
 * less than R. Every region that may hold fixed points is handed to `sink`; a box is only discarded when surely empty.
 */
export async function runSearch(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: SearchControl,
): Promise<MethodOutcome> {
  return new SearchRun(system, sink, control).run();
}

class SearchRun {
  readonly #system: PiecewiseLinearSystem;
  readonly #sink: CandidateSink;
  readonly #control: SearchControl;
  readonly #started = performance.now();
  readonly #plan: SearchPlan;
  readonly #tally = emptyTally();
  readonly #queue: QueuedBox[] = [];
  #settled = 0;
  #open = 0;
  #stopped: string | undefined;
  #lastYield = performance.now();

  constructor(system: PiecewiseLinearSystem, sink: CandidateSink, control: SearchControl) {
    this.#system = system;
    this.#sink = sink;
    this.#control = control;
    this.#plan = new SearchPlan(system, control.tuning);
  }

  async run(): Promise<MethodOutcome> {
    const planned = performance.now();
    emitEarlyPoints(this.#system, this.#sink);
    const begun = performance.now();
    const searches = this.#plan.roots.map((_, root) =>
      this.#plan.search(root, (mask, regular) => this.#sink.add(mask, regular), this.#tally),
    );
    await this.#begin(searches);
    const queue = this.#keepShare();
    await this.#finish(searches);
    this.#open += this.#queue.length;
    const { unsettled } = this.#tally;
    const gaps = [
      ...(this.#stopped === undefined ? [] : [`${this.#stopped}: ${this.#open} boxes were open`]),
      ...(unsettled === 0 ? [] : [`${unsettled} boxes could not be settled`]),
    ];
    return {
      complete: gaps.length === 0,
      ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
      ...(queue === undefined ? {} : { queue }),
      counts: { ...this.#tally },
      seconds: {
        setup: (planned - this.#started) / 1000,
        earlyPoints: (begun - planned) / 1000,
        search: (performance.now() - begun) / 1000,
      },
    };
  }

  /** The boxes near the roots; those below go to the queue. */
  async #begin(searches: readonly BoxSearch[]): Promise<void> {
    for (let root = 0; root < searches.length; root++) {
      const search = searches[root];
      search.start(this.#plan.roots[root].box, 1 / searches.length);
      await this.#advance(search, (splits) => {
        if (splits < QUEUE_DEPTH) return false;
        this.#queue.push({ root, box: search.openBox() });
        return true;
      });
    }
  }

  /**
   * Leaves the queue to the others but for this share of it. What came before is counted by the first share.
   * @returns the whole queue as the outcome tells it, if it came to that.
   */
  #keepShare(): MethodOutcome["queue"] {
    const { share } = this.#control;
    if (share === undefined || this.#stopped !== undefined) return undefined;
    const { index, of } = share;
    const queue = { boxes: this.#queue.length, digest: this.#digest() };
    if (index > 1) Object.assign(this.#tally, emptyTally());
    const mine = this.#queue.filter((_, k) => k % of === index - 1);
    for (const { box } of this.#queue) this.#settled += box.share;
    for (const { box } of mine) this.#settled -= box.share;
    this.#queue.splice(0, this.#queue.length, ...mine);
    return queue;
  }

  /** Of the queued boxes: shares of one search agree on them, whatever machine they run on. */
  #digest(): string {
    const hash = sha256.create();
    for (const { root, box } of this.#queue) {
      hash.update(Uint8Array.of(root));
      for (const side of [box.lo, box.hi]) hash.update(new Uint8Array(side.buffer, side.byteOffset, side.byteLength));
    }
    return bytesToHex(hash.digest());
  }

  /** The queue, on this thread and, if there is much, on others. */
  async #finish(searches: readonly BoxSearch[]): Promise<void> {
    const alone = this.#control.millisecondsBeforeThreads ?? DEFAULT_MILLISECONDS_BEFORE_THREADS;
    while (this.#queue.length > 0 && this.#stopped === undefined) {
      if (performance.now() - this.#started >= alone) {
        const pool = await this.#control.pool?.();
        if (pool !== undefined) return this.#share(pool);
      }
      const { root, box } = this.#queue.pop()!;
      searches[root].resume(box);
      await this.#advance(searches[root]);
    }
  }

  /** Does all boxes of a search, or stops. */
  async #advance(search: BoxSearch, split?: (splits: number) => boolean): Promise<void> {
    const before = this.#settled - search.settled;
    for (;;) {
      this.#stopped ??= stopReason(this.#control);
      if (this.#stopped !== undefined) {
        this.#open += search.open;
        break;
      }
      const done = search.step(STEP, split);
      this.#settled = before + search.settled;
      if (done) break;
      await this.#yield();
    }
  }

  /** The rest of the queue on worker threads. */
  async #share(pool: WorkerPool): Promise<void> {
    const key = nextKey++;
    const system = packSystem(this.#system);
    const tuning = this.#control.tuning ?? {};
    const words = Math.max(1, Math.ceil(this.#system.hyperplanes / 32));
    let underWay = 0;
    const work = async (): Promise<void> => {
      while (this.#queue.length > 0 && this.#stopped === undefined) {
        const boxes = this.#queue.splice(-CHUNK);
        const { deadline } = this.#control;
        const milliseconds = deadline === undefined ? undefined : Math.max(0, deadline - performance.now());
        underWay += boxes.length;
        const chunk: SearchChunk = { key, system, tuning, boxes, milliseconds };
        const result = (await pool.run("search", chunk)) as ChunkResult;
        // after a cancel its boxes have been counted as open
        if (this.#stopped !== undefined && this.#control.signal?.aborted) return;
        underWay -= boxes.length;
        this.#take(result, words);
        this.#stopped ??= stopReason(this.#control);
      }
    };
    const workers = Promise.all(Array.from({ length: pool.size + 1 }, work));
    await Promise.race([workers, this.#cancelled(workers)]);
    if (this.#control.signal?.aborted) {
      this.#stopped ??= stopReason(this.#control);
      this.#open += underWay;
      workers.catch(() => {});
    }
  }

  /** Watches the signal and reports progress while others work; ends when they do. */
  async #cancelled(workers: Promise<unknown>): Promise<void> {
    let working = true;
    const ended = workers.finally(() => {
      working = false;
    });
    ended.catch(() => {});
    while (working && !this.#control.signal?.aborted) {
      this.#report();
      await Promise.race([
        ended.catch(() => {}),
        new Promise<void>((resolve) => setTimeout(() => resolve(), YIELD_MILLISECONDS)),
      ]);
    }
  }

  #take({ masks, regular, tally, settled, open }: ChunkResult, words: number): void {
    regular.forEach((sure, i) => {
      this.#sink.add(masks.subarray(i * words, (i + 1) * words), sure === 1);
    });
    for (const key of Object.keys(tally) as (keyof SearchTally)[]) this.#tally[key] += tally[key];
    this.#settled += settled;
    this.#open += open;
  }

  async #yield(): Promise<void> {
    if (performance.now() - this.#lastYield < YIELD_MILLISECONDS) return;
    this.#report();
    await yieldToEventLoop();
    this.#lastYield = performance.now();
  }

  #report(): void {
    this.#control.onProgress?.({
      phase: "search",
      fraction: Math.min(1, this.#settled),
      done: this.#tally.boxes,
      fixedPoints: this.#sink.found,
    });
  }
}
