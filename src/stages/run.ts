import type { Counts, StageSeconds } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";

/** Input and output of every method (regions, search). The methods find candidates; `finalize/` decides them. */

/**
 * Takes candidates when they are found. The implementation in `finalize/` decides each candidate exactly and removes
 * repeats.
 */
export interface CandidateSink {
  /**
   * Takes a region that may hold fixed points.
   * @param mask one bit per hyperplane of the *original* system, bit j of word ⌊j/32⌋ set iff u_j·z > h_j inside it;
   *   copied.
   * @param regular true only if M + VᵀDU was *proved* regular; false means that this is unknown.
   */
  add(mask: Uint32Array, regular: boolean): void;
  /**
   * Takes a region that was found on the way and not by the method: it is decided like the others, but the counts of
   * the finish stay those of the method. So what is found early may depend on clocks.
   */
  addEarly?(mask: Uint32Array): void;
  /**
   * Decides the candidates that were added, and looks at the clock meanwhile: to be awaited whenever candidates have
   * been added. Candidates that there is no time for are given up, and the sink tells how many these are.
   */
  settle?(control: Pick<RunControl, "signal" | "deadline">): Promise<void> | undefined;
  /** Fixed points certified so far. */
  readonly found: number;
}

/** How far a run has come. */
export interface Progress {
  /** The current phase, e.g. "regions" or "search". */
  readonly phase: string;
  /** The settled share of the phase's work, 0 to 1. Each phase begins at 0. */
  readonly fraction: number;
  /** Regions or boxes done so far. */
  readonly done: number;
  /** Fixed points certified so far. */
  readonly fixedPoints: number;
}

/** Limits and signals of one run. */
export interface RunControl {
  readonly signal?: AbortSignal | undefined;
  /**
   * `performance.now()` at which to stop with an honest incomplete answer. It may come nearer as points are found that
   * have to be written, so it is to be read each time.
   */
  readonly deadline?: number | undefined;
  /** Most regions (masks) to visit. */
  readonly maxRegions?: number | undefined;
  /** Told now and then how far the work is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** The same limits with others beside them. A deadline that moves goes on moving. */
export function withMore<C extends Pick<RunControl, "deadline">, M extends object>(
  control: C,
  more: M,
): Omit<C, keyof M> & M {
  const all = { ...control, ...more };
  return "deadline" in more
    ? all
    : Object.defineProperty(all, "deadline", { get: () => control.deadline, enumerable: true });
}

/** What curves have met, whose crossings of zero are points. */
export interface FoundOnCurves {
  readonly curves: number;
  /** Zeros met on all of them. */
  readonly crossings: number;
  /** The regions of these zeros, and on how many curves each was met. The finish may find that a region holds none. */
  readonly met: readonly { readonly mask: Uint32Array; readonly curves: number }[];
  /**
   * The mask of a region far out, or with the matrix of one, and whether G − (that matrix) z is bounded: then the
   * degree of G is the sign of the determinant.
   */
  readonly far: { readonly mask: Uint32Array; readonly isBounded: boolean };
}

/** The outcome of a method. Counts are exact numbers of things done, and do not depend on timing or threads. */
export interface MethodOutcome {
  readonly complete: boolean;
  /** Why the outcome is not complete, and what was not covered; given iff `complete` is false. */
  readonly incompleteBecause?: string;
  /** The backend of the stages; `note` says why it is not the one that was asked for. */
  readonly backend?: { readonly name: "cpu" | "webgpu"; readonly adapter: string | null; readonly note?: string };
  /** Of the regions method: the number of the owner directions used. */
  readonly ownerDirections?: number;
  /** Of the search method: how many boxes were queued to be shared, and a digest of these boxes. */
  readonly queue?: { readonly boxes: number; readonly digest: string };
  /** Of the search method: the curves that were followed to find points early. */
  readonly curves?: FoundOnCurves;
  readonly counts: Counts;
  readonly seconds: StageSeconds;
}

/** The longest time that a page or a signal waits. */
export const YIELD_MILLISECONDS = 40;

/** Lets timers, signals, messages and the page run between batches. */
export function yieldToEventLoop(): Promise<void> {
  // a timer takes a millisecond or more; not all hosts have `setImmediate`
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

/** A wait that ends after some milliseconds, or when it is ended before. */
export class Pause {
  #resume = (): void => {};

  take(milliseconds = YIELD_MILLISECONDS): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      setTimeout(resolve, milliseconds);
    });
  }

  end(): void {
    this.#resume();
  }
}

/** Tells when the event loop should have its turn, after a number of milliseconds, and gives it. */
export class Turns {
  readonly #milliseconds: number;
  #last: number;

  /** @param now `performance.now()` where it is known: it takes as long as a small loop. */
  constructor(milliseconds = YIELD_MILLISECONDS, now = performance.now()) {
    this.#milliseconds = milliseconds;
    this.#last = now;
  }

  /** Whether it is time for a turn. */
  get due(): boolean {
    return performance.now() - this.#last >= this.#milliseconds;
  }

  async give(): Promise<void> {
    await yieldToEventLoop();
    this.#last = performance.now();
  }
}

/** The result of steps, or why some were not taken. */
export type Taken<T> = { readonly value: T } | { readonly stopped: string };

/**
 * Takes all steps, however long they take. The event loop runs in between. A promise only where they take long: many
 * small runs take microseconds.
 */
export function takeAllSteps<T>(steps: Steps<T>): T | Promise<T> {
  const turns = new Turns();
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    if (turns.due) return takeAllOthers(steps, turns);
  }
}

async function takeAllOthers<T>(steps: Steps<T>, turns: Turns): Promise<T> {
  for (;;) {
    if (turns.due) await turns.give();
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Takes all steps, unless the run has to stop before. The event loop runs in between. A promise only where they take
 * long.
 */
export function takeSteps<T>(
  steps: Steps<T>,
  control: Pick<RunControl, "signal" | "deadline">,
  turns = new Turns(),
): Taken<T> | Promise<Taken<T>> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { value };
    if (turns.due) return takeOthers(steps, control, turns);
  }
}

async function takeOthers<T>(
  steps: Steps<T>,
  control: Pick<RunControl, "signal" | "deadline">,
  turns: Turns,
): Promise<Taken<T>> {
  for (;;) {
    if (turns.due) {
      await turns.give();
      const stopped = stopReason(control);
      if (stopped !== undefined) return { stopped };
    }
    const { done, value } = steps.next();
    if (done) return { value };
  }
}

/** Why a run must stop now, or undefined. */
export function stopReason(control: Pick<RunControl, "signal" | "deadline">): string | undefined {
  if (control.signal?.aborted) return "cancelled";
  if (control.deadline !== undefined && performance.now() >= control.deadline) return "the time budget ended";
  return undefined;
}
