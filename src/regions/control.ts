import type { WorkerPool } from "../stages/pool.ts";
import type { RunControl } from "../stages/run.ts";

/** Limits, signals and threads of a run over regions. */
export interface RegionsControl extends RunControl {
  /**
   * Worker threads, once they run, beside a GPU: for the items that it leaves open of one model, asked for only where
   * these take long, and for the audit of a large model.
   */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** Of a model with fewer subsets this thread audits; default 2^23. */
  readonly leastSubsetsForWorkers?: number | undefined;
  /** How long this thread decides alone; default 50. */
  readonly millisecondsBeforeThreads?: number | undefined;
}
