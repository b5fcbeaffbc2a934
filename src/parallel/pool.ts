import { OptionError, StillpointError } from "../model/errors.ts";
import type { WorkerPool } from "../stages/pool.ts";
import type { JobReply, WorkerPort } from "./message.ts";
import { spawnWorker } from "./spawn.ts";

/** The largest number of threads; a larger number is a mistake, because no machine has as many cores. */
const MAX_THREADS = 1024;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StillpointError) => void;
  readonly job: string;
  readonly payload: unknown;
  readonly most: number;
  readonly here?: (() => unknown) | undefined;
  /** Whether a worker died of this job, or beside it: no second worker is risked. */
  readonly again?: boolean;
}

/** Workers that may die, for each that the pool has, before it is given up. */
const LOSSES_PER_WORKER = 2;

/**
 * A pool of up to `threads` workers. A worker is started for a job that finds no worker free.
 * @param workerUrl of the file of a Web Worker, where it can't be found by itself.
 * @param spawn starts a worker; replaced in tests.
 * @throws OptionError for more threads than any machine has.
 */
export function createPool(
  threads: number,
  workerUrl?: string | URL,
  spawn: () => Promise<WorkerPort> = () => spawnWorker(workerUrl),
): WorkerPool {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new OptionError(
      "threads",
      `must be an integer from 1 to ${MAX_THREADS}`,
      threads,
      "Use the number of cores.",
    );
  }
  return new Pool(threads, spawn);
}

class Pool implements WorkerPool {
  readonly size: number;
  readonly #spawn: () => Promise<WorkerPort>;
  /**
   * All workers that were started, whether they run yet or not, without those that died; undefined for a worker that
   * could not be started. None of these promises is rejected.
   */
  readonly #workers = new Set<Promise<WorkerPort | undefined>>();
  #idle: WorkerPort[] = [];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<WorkerPort, Waiting & { readonly id: number }>();
  #nextId = 0;
  /** Why no more jobs are taken. */
  #ended: string | undefined;
  /** Whether the pool was closed, so that nothing more is to be done. */
  #closed = false;
  #losses = 0;
  #doneHere = 0;
  #lastLoss = "";

  constructor(size: number, spawn: () => Promise<WorkerPort>) {
    this.size = size;
    this.#spawn = spawn;
  }

  run(job: string, payload: unknown, most = this.size, here?: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting = { job, payload, most, here, resolve, reject };
      if (this.#ended !== undefined) this.#giveUp(waiting, this.#ended);
      else {
        this.#queue.push(waiting);
        this.#dispatch();
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fail("the worker pool was closed");
    await Promise.all([...this.#workers].map(async (worker) => (await worker)?.terminate()));
  }

  get trouble(): string | undefined {
    if (this.#losses === 0)
      return this.#doneHere === 0 ? undefined : `${this.#ended}: its work was done on this thread`;
    const died = this.#losses === 1 ? "a worker thread died" : `${this.#losses} worker threads died`;
    const here = this.#doneHere === 0 ? "" : ", at last on this thread";
    return `${died} (${this.#lastLoss}), and what was in work there was done again${here}`;
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0 && this.#running.size < this.#queue[0]!.most) {
      const waiting = this.#queue.shift()!;
      const worker = this.#idle.pop()!;
      const id = this.#nextId++;
      this.#running.set(worker, { ...waiting, id });
      worker.post({ id, job: waiting.job, payload: waiting.payload });
    }
    const first = this.#queue[0];
    if (first !== undefined) this.#startUpTo(Math.min(first.most, this.#running.size + this.#queue.length));
  }

  start(workers: number): number {
    if (this.#ended !== undefined) throw new StillpointError("INTERNAL", this.#ended);
    this.#startUpTo(workers);
    return this.#running.size + this.#idle.length;
  }

  #startUpTo(workers: number): void {
    while (this.#workers.size < Math.min(workers, this.size)) this.#begin();
  }

  #begin(): void {
    const begun: Promise<WorkerPort | undefined> = this.#connect(() => this.#workers.delete(begun));
    this.#workers.add(begun);
  }

  /** @param forget takes the worker out of the list, once it has died. @returns undefined if it could not be started */
  async #connect(forget: () => boolean): Promise<WorkerPort | undefined> {
    try {
      const worker = await this.#spawn();
      worker.onReply((reply) => this.#settle(worker, reply));
      // an error and the end that follows it are one death
      worker.onDeath((reason) => forget() && this.#lose(worker, reason));
      worker.ready.then(() => {
        if (this.#ended !== undefined) return;
        this.#idle.push(worker);
        this.#dispatch();
      });
      return worker;
    } catch (error) {
      this.#fail(`a worker could not be started: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  #settle(worker: WorkerPort, reply: JobReply): void {
    const pending = this.#running.get(worker);
    if (pending === undefined || pending.id !== reply.id) return;
    this.#running.delete(worker);
    this.#idle.push(worker);
    if ("error" in reply) pending.reject(new StillpointError(reply.error.code, reply.error.message));
    else pending.resolve(reply.result);
    this.#dispatch();
  }

  /** The job of a worker that died goes to another one, once. */
  #lose(worker: WorkerPort, reason: string): void {
    if (this.#ended !== undefined) return;
    this.#losses++;
    this.#lastLoss = reason;
    if (this.#losses > LOSSES_PER_WORKER * this.size) {
      this.#fail(`a worker died: ${reason}`);
      return;
    }
    const lost = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle = this.#idle.filter((other) => other !== worker);
    if (lost?.again) this.#giveUp(lost, `a worker died: ${reason}`);
    else if (lost !== undefined) this.#queue.unshift({ ...lost, again: true });
    this.#dispatch();
  }

  #fail(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const pending of this.#running.values()) this.#giveUp(pending, reason);
    for (const waiting of this.#queue.splice(0)) this.#giveUp(waiting, reason);
    this.#running.clear();
  }

  /** No worker does this job any more: it is done here, if that is possible and anybody still wants it. */
  #giveUp({ here, resolve, reject }: Waiting, reason: string): void {
    if (here === undefined || this.#closed) {
      reject(new StillpointError("INTERNAL", reason));
      return;
    }
    this.#doneHere++;
    // its errors are those of the job
    new Promise((done) => done(here())).then(resolve, reject);
  }
}
