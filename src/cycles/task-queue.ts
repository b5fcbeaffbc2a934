import type { Steps } from "../base/steps.ts";
import { runningSha256 } from "../model/sha256.ts";
import { Helpers, type Limited, type ThreadControl } from "../stages/helpers.ts";
import { stopReason } from "../stages/run.ts";

/** One of several shares of a search, counted from 1, so that as many machines can do it together. */
export interface Share {
  readonly index: number;
  readonly of: number;
  /** Owner directions that the regions method begins with; 0 by default. */
  readonly ownerDirections?: number | undefined;
}

/** What a search was divided into. Shares that say the same have divided the same work. */
export interface Division {
  readonly tasks: number;
  /** A digest of all tasks; of the regions method, the number of subsets. */
  readonly digest: string;
  /** Of the regions method: the owner directions that were used. */
  readonly ownerDirections?: number;
}

/** Limits of a search for words, and the threads that it may use once the run has proved long. */
export interface WordControl extends Omit<ThreadControl, "millisecondsBeforeThreads"> {
  /** Does a share of the work alone, if it proves long. */
  readonly share?: Share | undefined;
}

/** What was done of a task. */
export interface Done<T> {
  /** What its budget, or the time, did not suffice for. */
  readonly rest?: T | undefined;
}

/** What is to be done, and what becomes of it. */
export interface TaskWork<T, D extends Done<T>, P> {
  /** The job of a worker thread that does a task. */
  readonly job: string;
  /** Most workers beside this thread, for the sake of memory; by default all that there are. */
  readonly mostWorkers?: number | undefined;
  /** What that job is given, as data that can be cloned. */
  payload(task: T): P;
  /** Does a worker's job on this thread, beside the task that is done here. */
  here(payload: P & Limited): D;
  /** Does a task on this thread, up to its budget or until it is late. */
  doing(task: T, isLate: () => boolean): Steps<D>;
  /** Takes what was done, in the order of the queue. */
  take(done: D): void;
  /** Lets the finish decide what was found; awaited after tasks were taken. */
  settle(): Promise<void>;
  /** Why no more is to be done, although there is time. */
  limit(): string | undefined;
  /**
   * How many tasks are needed at least to come to the limit: no more are begun at once, as they might be for nothing.
   */
  readonly needed: number;
  /** At most so many tasks that together are one; the first may be the largest. */
  split(task: T, most: number): readonly T[];
  /** How many tasks a share is given, as their sizes are not known: more where tasks are quick. */
  readonly tasksOfShare: number;
  /**
   * Of a share, all tasks until then were small ones that every share does, and now the share's own begin. Also called
   * where the work ended before.
   * @param counts whether it is this share that counts what was done until then.
   */
  divided(counts: boolean): void;
  /** Tells how far the work is. */
  report(): void;
}

/** With so many tasks in the queue no more are split. */
const WELL_DIVIDED = 64;
/** A task is split into so many at most. */
const MOST_PARTS = 8;
/** The work is divided into so many tasks at most, but for one for each share. */
const MOST_TO_SHARE = 4096;
/** After so many times that number of tasks those that wait are divided, though there are fewer. */
const PATIENCE_TO_DIVIDE = 4;
/** How long workers have to answer after the time is up. */
const MILLISECONDS_TO_ANSWER = 100;

interface Entry<T, D> {
  readonly task: T;
  done?: D;
}

/**
 * Does a queue of tasks on this thread and on workers. What is done is taken in the order of the queue, and what is
 * left of a task comes after all others. So what is done, and where a limit ends it, does not depend on threads.
 */
export class TaskQueue<T, D extends Done<T>, P> {
  readonly #work: TaskWork<T, D, P>;
  readonly #control: WordControl;
  /** Tasks whose outcome was not taken, in order; the first of them were begun. */
  readonly #entries: Entry<T, D>[] = [];
  #begun = 0;
  readonly #helpers: Helpers;
  /** While it is not divided. */
  #share: Share | undefined;
  #division: Division | undefined;
  /** Tasks that were taken. */
  #taken = 0;
  #stopped: string | undefined;

  constructor(work: TaskWork<T, D, P>, control: WordControl) {
    this.#work = work;
    this.#control = control;
    this.#share = control.share;
    this.#helpers = new Helpers(() => control.pool?.(), control);
  }

  /** Of a share: what was divided; undefined where every share has done all. */
  get division(): Division | undefined {
    return this.#division;
  }

  /** @returns why not all is done; undefined if it is. @throws what a job threw. */
  async run(tasks: readonly T[]): Promise<string | undefined> {
    for (const task of tasks) this.#entries.push({ task });
    for (;;) {
      await this.#take();
      this.#helpers.check();
      this.#stopped ??= stopReason(this.#control);
      if (this.#stopped !== undefined) {
        await this.#end();
        return this.#stopped;
      }
      if (this.#entries.length === 0) {
        if (this.#share !== undefined) this.#work.divided(this.#share.index === 1);
        return undefined;
      }
      const limit = this.#work.limit();
      if (limit !== undefined) return limit;
      this.#send();
      const mine = this.#begun < this.#work.needed ? this.#entries[this.#begun] : undefined;
      if (mine === undefined) await this.#wait();
      else {
        this.#begun++;
        await this.#alone(mine);
      }
    }
  }

  /** Takes what is done, in order, up to a limit. */
  async #take(): Promise<void> {
    let taken = 0;
    for (;;) {
      const done = this.#entries[0]?.done;
      if (done === undefined || (taken > 0 && this.#work.limit() !== undefined)) break;
      this.#entries.shift();
      this.#begun--;
      taken++;
      this.#taken++;
      this.#work.take(done);
      if (done.rest === undefined) continue;
      const most = this.#share !== undefined || this.#entries.length < WELL_DIVIDED ? MOST_PARTS : 1;
      for (const task of this.#work.split(done.rest, most)) this.#entries.push({ task });
      this.#divide();
    }
    if (taken > 0) await this.#work.settle();
  }

  /**
   * Keeps the share's own tasks, once there are enough. What was begun of them is begun again, so that what is counted
   * does not depend on threads.
   */
  #divide(): void {
    if (this.#share === undefined) return;
    const { index, of } = this.#share;
    const tasks = this.#entries.map(({ task }) => task);
    const wanted = Math.max(of, Math.min(this.#work.tasksOfShare * of, MOST_TO_SHARE));
    if (tasks.length < (this.#taken < PATIENCE_TO_DIVIDE * wanted ? wanted : of)) return;
    const hash = runningSha256();
    for (const task of tasks) hash.update(new TextEncoder().encode(JSON.stringify(task)));
    this.#division = { tasks: tasks.length, digest: hash.hex() };
    this.#share = undefined;
    this.#begun = 0;
    const own = tasks.filter((_, n) => n % of === index - 1).map((task) => ({ task }));
    this.#entries.splice(0, tasks.length, ...own);
    this.#work.divided(index === 1);
  }

  /** Gives tasks to workers, as long as there is one left for this thread. */
  #send(): void {
    if (this.#stopped !== undefined) return;
    const work = this.#work;
    this.#helpers.send(() => {
      if (this.#begun + 1 >= this.#entries.length || this.#begun >= work.needed) return undefined;
      const entry = this.#entries[this.#begun++]!;
      return {
        job: work.job,
        payload: work.payload(entry.task),
        here: (payload: P & Limited) => work.here(payload),
        take: (done: D) => {
          entry.done = done;
        },
      };
    }, work.mostWorkers);
  }

  async #alone(entry: Entry<T, D>): Promise<void> {
    const steps = this.#work.doing(entry.task, () => this.#stopped !== undefined);
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        entry.done = value;
        return;
      }
      if (!(await this.#helpers.turn(() => this.#work.report()))) continue;
      this.#stopped ??= stopReason(this.#control);
      this.#send();
    }
  }

  async #wait(): Promise<void> {
    this.#work.report();
    await this.#helpers.wait();
  }

  /** Takes all that is done when the time is up, in any order. A cancel does not wait for workers. */
  async #end(): Promise<void> {
    const until = performance.now() + MILLISECONDS_TO_ANSWER;
    while (this.#helpers.areBusy && this.#control.signal?.aborted !== true && performance.now() < until)
      await this.#wait();
    for (const { done } of this.#entries) if (done !== undefined) this.#work.take(done);
  }
}
