import { OptionError, StillpointError } from "../model/errors.ts";
import type { WorkerPool } from "../stages/pool.ts";
import type { JobReply, WorkerPort } from "./message.ts";
import { spawnWorker } from "./spawn.ts";

/** More threads than this are a mistake, not a machine. */
const MAX_THREADS = 1024;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StillpointError) => void;
}

interface Waiting extends Pending {
  readonly job: string;
  readonly payload: unknown;
}

/**
 * Starts `threads` workers.
 * @param spawn how to start one; replaced in tests.
 */
export async function createPool(threads: number, spawn: () => Promise<WorkerPort> = spawnWorker): Promise<WorkerPool> {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new OptionError(
      "threads",
      `must be an integer from 1 to ${MAX_THREADS}`,
      threads,
      "Use the number of cores.",
    );
  }
  return new Pool(await Promise.all(Array.from({ length: threads }, spawn)));
}

class Pool implements WorkerPool {
  readonly size: number;
  readonly #workers: readonly WorkerPort[];
  readonly #idle: WorkerPort[];
  readonly #queue: Waiting[] = [];
  readonly #running = new Map<WorkerPort, Pending & { readonly id: number }>();
  #nextId = 0;
  /** Why no more jobs are taken. */
  #ended: string | undefined;

  constructor(workers: readonly WorkerPort[]) {
    this.size = workers.length;
    this.#workers = workers;
    this.#idle = [...workers];
    for (const worker of workers) {
      worker.onReply((reply) => this.#settle(worker, reply));
      worker.onDeath((reason) => this.#fail(`a worker died: ${reason}`));
    }
  }

  run(job: string, payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) reject(new StillpointError("INTERNAL", this.#ended));
      else {
        this.#queue.push({ job, payload, resolve, reject });
        this.#dispatch();
      }
    });
  }

  async close(): Promise<void> {
    this.#fail("the worker pool was closed");
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const { job, payload, resolve, reject } = this.#queue.shift()!;
      const worker = this.#idle.pop()!;
      const id = this.#nextId++;
      this.#running.set(worker, { id, resolve, reject });
      worker.post({ id, job, payload });
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

  #fail(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    const error = new StillpointError("INTERNAL", reason);
    for (const pending of this.#running.values()) pending.reject(error);
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
    this.#running.clear();
  }
}
