import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { packSystem } from "../../model/transfer.ts";
import {
  MESSAGES_PER_WORKER,
  MILLISECONDS_BETWEEN_ANSWERS,
  runningBeside,
  type WorkerPool,
  workersBeside,
} from "../../stages/pool.ts";
import { type CandidateSink, Pause, type RunControl, Turns } from "../../stages/run.ts";
import type { LeafSet } from "../endings/leaves.ts";
import type { BoxSearch } from "./box-search.ts";
import { type ChunkResult, ChunkWorker, type SearchChunk } from "./chunk.ts";
import { BoxTask, type QueuedBox } from "./plan.ts";
import type { SearchProgress } from "./progress.ts";
import { addTally } from "./tally.ts";

/** No threads are started for a search that ends sooner. */
const DEFAULT_MILLISECONDS_BEFORE_THREADS = 400;
/** Most queued boxes in one message to a worker. */
const CHUNK = 48;

export interface ThreadControl extends RunControl {
  /**
   * Worker threads, asked for only if the search turns out to be long. This thread works too, so one worker of the pool
   * stays free.
   */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long the search runs on this thread alone; default 400. */
  readonly millisecondsBeforeThreads?: number | undefined;
}

/** Queued boxes for one thread, and a callback for the boxes that are left of them. */
interface Share {
  readonly boxes: readonly QueuedBox[];
  readonly done: (left: readonly QueuedBox[]) => void;
}

let nextKey = 0;

/** What shared work needs of the search that it is a part of. */
export interface WorkHost {
  readonly system: PiecewiseLinearSystem;
  readonly sink: CandidateSink;
  readonly control: ThreadControl;
  readonly leaves: LeafSet;
  /** The search of this thread in a root. */
  searchOf(root: number): BoxSearch;
  /** Looks for early points, now and then. */
  beside(): Promise<void>;
}

/** Queued boxes done on this thread and, once the search has proved long, on workers too. */
export class SharedWork {
  readonly #host: WorkHost;
  readonly #progress: SearchProgress;
  /** The part that all messages to workers share. */
  #common: Pick<SearchChunk, "key" | "system"> | undefined;
  /** Messages that workers have not answered yet. */
  #underWay = 0;
  readonly #turns = new Turns();
  readonly #answers = new Turns(MILLISECONDS_BETWEEN_ANSWERS);

  constructor(host: WorkHost, progress: SearchProgress) {
    this.#host = host;
    this.#progress = progress;
  }

  /**
   * Does the boxes that `take` hands out, until there are no more and all are done: on this thread and, once the search
   * has proved long, on workers too.
   * @param budget boxes to do for each queued box. @param total boxes for each message. @param take hands out some of
   *   the boxes that are left, as many as its argument says.
   */
  async do(budget: number, total: number, take: (shareOf: (left: number) => number) => Share): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const pause = new Pause();
    const send = (pool: WorkerPool): void => {
      // no message to a worker that is still starting: this thread may be done before it
      const running = runningBeside(pool);
      while (this.#underWay < MESSAGES_PER_WORKER * running && !this.#progress.isStopped) {
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
            pause.end();
          });
      }
    };
    for (;;) {
      // a cancel does not wait for workers
      if (this.#host.control.signal?.aborted) {
        this.#progress.stopIfDue();
        return;
      }
      if (failure !== undefined) throw failure.error;
      const pool = this.pool();
      if (pool !== undefined) send(pool);
      if (!this.#progress.isStopped) await this.#host.beside();
      const { boxes, done } = take((left) => Math.min(1, left));
      if (boxes.length > 0) {
        done(await this.#alone(boxes[0]!, budget));
      } else if (this.#underWay === 0) return;
      else {
        this.#progress.report();
        await pause.take();
      }
    }
  }

  /** The worker threads, once the search has proved long. */
  pool(): WorkerPool | undefined {
    const alone = this.#host.control.millisecondsBeforeThreads ?? DEFAULT_MILLISECONDS_BEFORE_THREADS;
    if (performance.now() - this.#progress.started < alone || this.#progress.isStopped) return undefined;
    return this.#host.control.pool?.();
  }

  /**
   * Does one queued box on this thread. @returns the boxes that are left of it; when the run stops they count as open.
   */
  async #alone(queued: QueuedBox, budget: number): Promise<QueuedBox[]> {
    if (this.#progress.stopIfDue()) {
      this.#progress.open++;
      return [];
    }
    const search = this.#host.searchOf(queued.root);
    let before = search.settled;
    const task = new BoxTask(search, queued, budget);
    for (;;) {
      const rest = task.advance();
      this.#progress.settled += search.settled - before;
      before = search.settled;
      await this.yield();
      if (rest !== undefined) return rest;
      if (!this.#progress.stopIfDue()) continue;
      this.#progress.open += task.open;
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
    this.#progress.stopIfDue();
    // counted as open until the worker has answered: a cancel does not wait for the answer
    this.#progress.open += boxes.length;
    if (this.#progress.isStopped) return [];
    const { deadline } = this.#host.control;
    const endsAt = deadline === undefined ? undefined : Date.now() + deadline - performance.now();
    this.#common ??= { key: nextKey++, system: packSystem(this.#host.system) };
    const chunk: SearchChunk = { ...this.#common, boxes, budget, total, endsAt };
    const result = (await pool.run("search", chunk, workersBeside(pool), () =>
      new ChunkWorker().run(chunk),
    )) as ChunkResult;
    if (this.#host.control.signal?.aborted) return [];
    this.#progress.open += result.open - boxes.length;
    this.#take(result);
    return result.rest;
  }

  #take({ masks, regular, leaves, tally, settled }: ChunkResult): void {
    const words = Math.max(1, Math.ceil(this.#host.system.hyperplanes / 32));
    regular.forEach((sure, i) => {
      this.#host.sink.add(masks.subarray(i * words, (i + 1) * words), sure === 1);
    });
    for (const leaf of leaves) this.#host.leaves.add(leaf);
    addTally(this.#progress.elsewhere, tally);
    this.#progress.settled += settled;
  }

  /** Lets the finish decide what was found, and the page, signals and workers have their turn. */
  async yield(): Promise<void> {
    const { sink, control } = this.#host;
    await sink.settle?.(control);
    if (this.#turns.due) {
      this.#progress.report();
      await this.#turns.give();
    } else if (this.#underWay > 0 && this.#answers.due) await this.#answers.give();
  }
}
