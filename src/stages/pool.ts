/**
 * Runs jobs on worker threads; implemented in `parallel/`. A job is a named function there and a payload that can be cloned.
 */
export interface WorkerPool {
  /** Number of workers: this many jobs run at once, more wait. */
  readonly size: number;
  /**
   * Sees to it that so many workers are started, and does not wait.
   * @returns how many run: what is sent to more may have to wait until they have loaded all code.
   * @throws StillpointError INTERNAL once no worker can be had.
   */
  start(workers: number): number;
  /**
   * Runs a job on the next free worker.
   * @param most begins only while fewer jobs than this run; default and at most `size`.
   * @throws StillpointError as the job threw it; INTERNAL if the worker died.
   */
  run(job: string, payload: unknown, most?: number): Promise<unknown>;
  /** Ends all workers; jobs under way are rejected. */
  close(): Promise<void>;
}

/** Workers that a run uses which works on its own thread too: with that thread as many as the pool has. */
export function workersBeside({ size }: WorkerPool): number {
  return Math.max(1, size - 1);
}

/** How many of those run by now; the others are started, and not waited for. Throws as `start`. */
export function runningBeside(pool: WorkerPool): number {
  const most = workersBeside(pool);
  return Math.min(most, pool.start(most));
}
