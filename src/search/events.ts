import type { BoxSearch } from "./box-search.ts";
import type { Box, Leaf } from "./problem.ts";

/** What a search tells whoever runs it. */
export interface SearchEvents {
  /** A region that may hold a fixed point, as a mask over the problem's hyperplanes (reused). */
  emit(mask: Uint32Array, regular: boolean): void;
  /** @returns false if it is not taken; the search is then incomplete. */
  leaf(leaf: Leaf): boolean;
  /**
   * Tries to end at a point that splitting does not get away from, for a box whose undecided units do not change.
   * @returns true if every zero in the box has been emitted.
   */
  special(search: BoxSearch, box: Box): boolean;
  /** Whether the run has to stop: what `special` does may take long. */
  readonly isLate?: (() => boolean) | undefined;
}

export interface SearchTally {
  /** Boxes enclosed, contractions counted each time. */
  boxes: number;
  /** Bands and decisions computed. */
  evaluations: number;
  /** Boxes, and those of cones, that ended in sign patterns of few units. */
  leaves: number;
  /** Special points treated: concurrency points and proved unique solutions. */
  points: number;
  /** Systems left to the regions method. */
  handedOn: number;
  /** Discarded boxes that were looked at again (rejection-audit.ts). */
  audited: number;
  /** Boxes given up: the answer is incomplete if there are any. */
  unsettled: number;
}

/** Adds to `total`. */
export function addTally(total: SearchTally, tally: SearchTally): void {
  for (const key of Object.keys(tally) as (keyof SearchTally)[]) total[key] += tally[key];
}

export function emptyTally(): SearchTally {
  return { boxes: 0, evaluations: 0, leaves: 0, points: 0, handedOn: 0, audited: 0, unsettled: 0 };
}
