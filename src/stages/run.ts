import type { Steps } from "../steps.ts";

/**
 * What every method (regions, search) is given and what it gives back. The methods find candidates; `finalize/` decides.
 */

/** Takes candidates as they are found; the implementation in `finalize/` decides each exactly and removes repeats. */
export interface CandidateSink {
  /**
   * A region that may hold fixed points.
   * @param mask one bit per hyperplane of the *original* system, bit j of word ⌊j/32⌋ set iff u_j·z > h_j inside it; copied.
   * @param regular true only if M + VᵀDU was *proved* regular; false means unknown.
   */
  add(mask: Uint32Array, regular: boolean): void;
  /**
   * Decides what was added since, between two looks at the clock: to be awaited whenever some have been added. What it has no time for
   * is given up, and the sink tells how much that was.
   */
  settle?(control: Pick<RunControl, "signal" | "deadline">): Promise<void>;
  /** Fixed points certified so far. */
  readonly found: number;
}

/** How far a run has come. */
export interface Progress {
  /** What is being done, e.g. "regions" or "search". */
  readonly phase: string;
  /** Share of the phase's work settled, 0 to 1: where another phase has to follow, it begins anew. */
  readonly fraction: number;
  /** Regions or boxes done so far. */
  readonly done: number;
  /** Fixed points certified so far. */
  readonly fixedPoints: number;
}

/** Limits and signals of one run. */
export interface RunControl {
  readonly signal?: AbortSignal | undefined;
  /** `performance.now()` at which to stop with an honest incomplete answer. */
  readonly deadline?: number | undefined;
  /** Most regions (masks) to visit. */
  readonly maxRegions?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a method did. Counts are exact numbers of things done and independent of timing, threads and backend. */
export interface MethodOutcome {
  readonly complete: boolean;
  /** Why not, and what was not covered; present iff `complete` is false. */
  readonly incompleteBecause?: string;
  /** What the stages ran on; `note` says why it is not what was asked for. */
  readonly backend?: { readonly name: "cpu" | "webgpu"; readonly adapter: string | null; readonly note?: string };
  /** Of the regions method: which owner directions served. */
  readonly ownerDirections?: number;
  /** Of the search method: how many boxes were queued to be shared, and what tells them from others. */
  readonly queue?: { readonly boxes: number; readonly digest: string };
  readonly counts: Record<string, number>;
  /** Seconds per stage. */
  readonly seconds: Record<string, number>;
}

/** A page or a signal waits no longer than this. */
export const YIELD_MILLISECONDS = 40;

/** Lets timers, signals, messages and the page run between batches. */
export function yieldToEventLoop(): Promise<void> {
  // a timer lasts a millisecond and more, and not all runtimes have something quicker
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

/** Gives the event loop its turn at least every so many milliseconds. */
export class Turns {
  readonly #milliseconds: number;
  #last = performance.now();

  constructor(milliseconds = YIELD_MILLISECONDS) {
    this.#milliseconds = milliseconds;
  }

  /** Is it time? */
  get due(): boolean {
    return performance.now() - this.#last >= this.#milliseconds;
  }

  async give(): Promise<void> {
    await yieldToEventLoop();
    this.#last = performance.now();
  }
}

/** What came of steps, or why they were not all taken. */
export type Taken<T> = { readonly value: T } | { readonly stopped: string };

/** Takes steps to their end, unless the run has to stop before; the event loop has its turns. */
export async function takeSteps<T>(
  steps: Steps<T>,
  control: Pick<RunControl, "signal" | "deadline">,
  turns = new Turns(),
): Promise<Taken<T>> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { value };
    if (!turns.due) continue;
    await turns.give();
    const stopped = stopReason(control);
    if (stopped !== undefined) return { stopped };
  }
}

/** Why a run must stop now, or undefined. */
export function stopReason(control: Pick<RunControl, "signal" | "deadline">): string | undefined {
  if (control.signal?.aborted) return "cancelled";
  if (control.deadline !== undefined && performance.now() >= control.deadline) return "the time budget ended";
  return undefined;
}
