import type { Engine } from "../run/engine.ts";
import { poolOnceLong } from "../stages/helpers.ts";
import type { RunControl } from "../stages/run.ts";
import type { CycleOptions } from "./options.ts";
import type { WordControl } from "./task-queue.ts";

/** The time to classify and join what was certified, once a run is out of time or cancelled. */
const MILLISECONDS_TO_FINISH = 150;

/** The limits of a run, and the threads that it may use once it has proved long. @param started `performance.now()` */
export function controlOf(
  { signal, maxSeconds, onProgress }: CycleOptions,
  engine: Engine,
  started: number,
  millisecondsBeforeThreads?: number,
): WordControl {
  return {
    signal,
    deadline: maxSeconds === undefined ? undefined : started + 1000 * maxSeconds,
    onProgress,
    pool: poolOnceLong({ pool: () => engine.pool(), millisecondsBeforeThreads }, started),
  };
}

/** The limits of the work after the search. A little time is left if the run is out of time or cancelled. */
export function finishingOf({ signal, deadline }: WordControl): Pick<RunControl, "signal" | "deadline"> {
  const now = performance.now();
  if (signal?.aborted) return { deadline: now + MILLISECONDS_TO_FINISH };
  return { signal, deadline: deadline && Math.max(deadline, now + MILLISECONDS_TO_FINISH) };
}
