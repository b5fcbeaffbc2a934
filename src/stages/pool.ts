/**
 * Runs jobs on worker threads; implemented in `parallel/`. A job is a named function there and a payload that can be cloned.
 */
export interface WorkerPool {
  /** Number of workers: this many jobs run at once, more wait. */
  readonly size: number;
  /**
   * Runs a job on the next free worker.
   * @param most begins only while fewer jobs than this run; default and at most `size`.
   * @throws StillpointError as the job threw it; INTERNAL if the worker died.
   */
  run(job: string, payload: unknown, most?: number): Promise<unknown>;
  /** Ends all workers; jobs under way are rejected. */
  close(): Promise<void>;
}
