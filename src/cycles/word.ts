import type { RunControl } from "../stages/run.ts";
import type { PeriodCounts } from "./result.ts";
import type { Division } from "./task-queue.ts";

/**
 * A word of period k: the masks of k consecutive points z_0 … z_{k−1} of an orbit with F(z_{k−1}) = z_0. In mask t bit
 * j is set for u_j·z_t ≥ h_j and clear for u_j·z_t ≤ h_j, over the hyperplanes of the *original* system.
 */
export type Word = readonly Uint32Array[];

/** Takes words when they are found. The finish decides each word exactly and removes repeats. */
export interface WordSink {
  /** Takes a word whose closed regions may hold an orbit of its length; copied. */
  add(word: Word): void;
  /**
   * Decides the words that were added, and looks at the clock meanwhile: to be awaited whenever words have been added.
   */
  settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void>;
  /** Cycles certified so far. */
  readonly found: number;
}

/**
 * The outcome of a search for the words of one period k.
 *
 * `complete` claims: of each orbit with F^k(z_0) = z_0 some cyclic shift lies in the closed regions of a word that was
 * handed over. That holds for the orbits of continua too: each of their orbits is covered, not one of each continuum.
 */
export interface PeriodOutcome {
  readonly period: number;
  readonly complete: boolean;
  /** Why the outcome is not complete; given iff `complete` is false. */
  readonly incompleteBecause?: string;
  /** Set if only a limit on the work kept it from being complete. */
  readonly limited?: true;
  /** Where a limit ended it: the share of the orbits' space that is settled. */
  readonly settled?: number;
  /** Of a share: what was divided. The claim is then of the share's own part alone. */
  readonly division?: Division | undefined;
  /** Exact numbers of things done; they do not depend on timing or threads. */
  readonly counts: PeriodCounts;
}

/** A text that a word shares with its rotations, and with no other word. */
export function rotationKey(word: Word): string {
  const parts = word.map((mask) => mask.join());
  const first = leastRotation(parts);
  return [...parts.slice(first), ...parts.slice(0, first)].join(";");
}

/**
 * Where the least rotation begins, in a number of steps that grows with the length alone: two beginnings are compared,
 * and with the larger one those go that it passed.
 */
function leastRotation(parts: readonly string[]): number {
  const k = parts.length;
  let [a, b, equal] = [0, 1, 0];
  while (a < k && b < k && equal < k) {
    const left = parts[(a + equal) % k]!;
    const right = parts[(b + equal) % k]!;
    if (left === right) {
      equal++;
      continue;
    }
    if (left > right) a += equal + 1;
    else b += equal + 1;
    if (a === b) b++;
    equal = 0;
  }
  return Math.min(a, b);
}

/** The length of the shortest word of which a word is a repetition: its own if it is none. */
export function primitiveLength(word: Word): number {
  return repeatOf(word.map((mask) => mask.join()));
}

function repeatOf(parts: readonly string[]): number {
  const k = parts.length;
  for (let d = 1; d < k; d++) if (k % d === 0 && parts.every((part, t) => t < d || part === parts[t - d])) return d;
  return k;
}
