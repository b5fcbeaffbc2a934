/**
 * Runs jobs on worker threads; implemented in `parallel/`. A job is a named function there and a payload that can be
 * cloned.
 */
export interface WorkerPool {
  /** The number of workers: this many jobs run at once, others wait. */
  readonly size: number;
  /** What happened to workers that died, for the result; undefined if none did. */
  readonly trouble?: string | undefined;
  /**
   * Starts workers until there are this many, and does not wait for them.
   * @returns how many workers run: others are still loading code.
   * @throws StillpointError INTERNAL if no worker can be started any more.
   */
  start(workers: number): number;
  /**
   * Runs a job on the next free worker.
   * @param most the job begins only while fewer jobs than this run; default and at most `size`.
   * @param here does the job on this thread, if its worker died, and the one that did it again too, or if no worker can
   *   be had any more; `trouble` tells of it.
   * @throws the StillpointError that the job threw; INTERNAL where a job without `here` lost its workers.
   */
  run(job: string, payload: unknown, most?: number, here?: () => unknown): Promise<unknown>;
  /** Ends all workers. Jobs under way are rejected. */
  close(): Promise<void>;
}

/** Messages under way for each worker, so that no worker waits while this thread is busy. */
export const MESSAGES_PER_WORKER = 2;

/**
 * The number of workers that a run uses beside its own thread, so that all threads together are as many as the pool
 * has.
 */
export function workersBeside({ size }: WorkerPool): number {
  return Math.max(1, size - 1);
}

/**
 * How many of these workers run by now. The others are started and not waited for.
 * @throws StillpointError INTERNAL where none could ever be started.
 */
export function runningBeside(pool: WorkerPool): number {
  const most = workersBeside(pool);
  try {
    return Math.min(most, pool.start(most));
  } catch (error) {
    // after so many deaths no worker is risked any more, and this thread goes on alone
    if (pool.trouble === undefined) throw error;
    return 0;
  }
}
