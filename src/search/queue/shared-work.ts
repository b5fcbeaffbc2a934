import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { sentSystem } from "../../model/transfer.ts";
import { Helpers, poolOnceLong, type ThreadControl } from "../../stages/helpers.ts";
import type { WorkerPool } from "../../stages/pool.ts";
import type { CandidateSink } from "../../stages/run.ts";
import type { LeafSet } from "../endings/leaves.ts";
import type { BoxSearch } from "./box-search.ts";
import { type ChunkResult, ChunkWorker, type SearchChunk } from "./chunk.ts";
import { BoxTask, type QueuedBox } from "./plan.ts";
import type { SearchProgress } from "./progress.ts";
import { addTally } from "./tally.ts";

/** Most queued boxes in one message to a worker, and fewest. */
const MOST_BOXES = 48;
const FEWEST_BOXES = 4;
/** What a message may take while this many queued boxes are left for each worker, and at most. */
const MILLISECONDS_OF_MESSAGE = 30;
const LEFT_FOR_LONG_MESSAGES = 64;
const MOST_MILLISECONDS_OF_MESSAGE = 120;

/** Queued boxes for one thread. */
interface Share {
  readonly boxes: readonly QueuedBox[];
  /** @param left what is left of each box that was begun: the first so many. */
  readonly done: (left: readonly (readonly QueuedBox[])[]) => void;
}

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

/** Hands out some of the boxes that are left. @param shareOf how many, of so many. */
type Take = (shareOf: (left: number) => number) => Share;

/** Queued boxes done on this thread and, once the search has proved long, on workers too. */
export class SharedWork {
  readonly #host: WorkHost;
  readonly #progress: SearchProgress;
  readonly #helpers: Helpers;
  /** Queued boxes in the next message: twice those that were begun of one, as the others are sent in vain. */
  #boxes = MOST_BOXES;
  /** Gives workers more of what is being done. */
  #sendMore = (): void => {};
  /** The worker threads, once the search has proved long. */
  readonly pool: () => WorkerPool | undefined;

  constructor(host: WorkHost, progress: SearchProgress) {
    this.#host = host;
    this.#progress = progress;
    const pool = poolOnceLong(host.control, progress.started, () => progress.millisecondsLeft);
    this.pool = () => (progress.isStopped ? undefined : pool());
    this.#helpers = new Helpers(this.pool, host.control);
  }

  /**
   * Does the boxes that `take` hands out, until there are no more and all are done: on this thread and, once the search
   * has proved long, on workers too.
   * @param budget boxes to do for each queued box.
   */
  async do(budget: number, take: Take): Promise<void> {
    this.#sendMore = () => this.#send(take, budget);
    for (;;) {
      // a cancel does not wait for workers
      if (this.#host.control.signal?.aborted) {
        this.#progress.stopIfDue();
        return;
      }
      this.#helpers.check();
      this.#sendMore();
      if (!this.#progress.isStopped) await this.#host.beside();
      const { boxes, done } = take((left) => Math.min(1, left));
      if (boxes.length > 0) {
        done([await this.#alone(boxes[0]!, budget)]);
      } else if (!this.#helpers.areBusy) return;
      else {
        this.#progress.report();
        await this.#helpers.wait();
      }
    }
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
    const boxes = search.tally.boxes;
    const task = new BoxTask(search, queued, budget);
    for (;;) {
      const { rest, turn } = this.#advance(task, search);
      await turn;
      if (rest !== undefined) {
        this.#progress.forecast.done(queued, search.tally.boxes - boxes, rest);
        return rest;
      }
      if (!this.#progress.stopIfDue()) continue;
      this.#progress.open += task.open;
      return [];
    }
  }

  /** Goes on with a task until it ends, or the run has to stop, or someone needs a turn: without a promise till then. */
  #advance(task: BoxTask, search: BoxSearch): { rest: QueuedBox[] | undefined; turn: Promise<void> | undefined } {
    for (;;) {
      const before = search.settled;
      const rest = task.advance();
      this.#progress.settled += search.settled - before;
      const turn = this.yield();
      if (rest !== undefined || turn !== undefined || this.#progress.stopIfDue()) return { rest, turn };
    }
  }

  #send(take: Take, budget: number): void {
    this.#helpers.send((workers) => {
      if (this.#progress.stopIfDue()) return undefined;
      let milliseconds = 0;
      const { boxes, done } = take((left) => {
        const times = Math.max(1, left / (LEFT_FOR_LONG_MESSAGES * workers));
        milliseconds = Math.min(times * MILLISECONDS_OF_MESSAGE, MOST_MILLISECONDS_OF_MESSAGE);
        // less than a fair share, as nobody knows beforehand how much work a box is
        return Math.min(this.#boxes, Math.floor(left / (2 * workers)));
      });
      if (boxes.length === 0) return undefined;
      // counted as open until the worker has answered: a cancel does not wait for the answer
      this.#progress.open += boxes.length;
      const { forecast } = this.#progress;
      return {
        job: "search",
        payload: { ...sentSystem(this.#host.system), boxes, budget, milliseconds },
        here: (chunk: SearchChunk) => new ChunkWorker().run(chunk),
        take: (result: ChunkResult) => {
          if (this.#host.control.signal?.aborted) return;
          this.#progress.open += result.open - boxes.length;
          this.#take(result);
          // what is left of a box that ran out of time is not told
          if (result.open === 0) {
            for (const [i, left] of result.rest.entries()) forecast.done(boxes[i]!, result.done[i]!, left);
          }
          this.#boxes = Math.max(FEWEST_BOXES, Math.min(2 * result.rest.length, MOST_BOXES));
          done(result.rest);
        },
      };
    });
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

  /**
   * Lets the finish decide what was found, and the page, signals and workers have their turn. A promise only where one
   * of them needs it: this is asked for every few boxes.
   */
  yield(): Promise<void> | undefined {
    const { sink, control } = this.#host;
    const settled = sink.settle?.(control);
    return settled === undefined && !this.#helpers.isTurnDue ? undefined : this.#giveTurn(settled);
  }

  async #giveTurn(settled: Promise<void> | undefined): Promise<void> {
    await settled;
    const { device } = this.#progress;
    // boxes of a device are begun by the search that is under way here
    if ((await this.#helpers.turn(() => this.#progress.report())) && device === undefined) this.#sendMore();
  }
}
