import type { WorkerPool } from "../stages/pool.ts";
import type { RunControl } from "../stages/run.ts";

/** Limits, signals and threads of a run over regions. */
export interface RegionsControl extends RunControl {
  /**
   * Worker threads, once they run, for the items that a GPU leaves open of one model; asked for only where these take
   * long.
   */
  readonly pool?: (() => WorkerPool | undefined) | undefined;
  /** How long this thread decides alone; default 50. */
  readonly millisecondsBeforeThreads?: number | undefined;
}
