/** What a search counts. */
export interface SearchTally {
  /** Enclosures of boxes: a box that is contracted and enclosed again counts again. */
  boxes: number;
  /** Bands and decisions computed. */
  evaluations: number;
  /** Boxes, and those of cones, that ended in sign patterns of few units. */
  leaves: number;
  /** Special points treated: concurrency points and proved unique solutions. */
  points: number;
  /** Boxes whose undecided hyperplanes were left to the regions method. */
  handedOn: number;
  /** Discarded boxes that were audited (rejection-audit.ts). */
  audited: number;
  /** Boxes that were given up: with any such box the answer is incomplete. */
  unsettled: number;
}

/** Adds a tally to `total`. */
export function addTally(total: SearchTally, tally: SearchTally): void {
  for (const key of Object.keys(tally) as (keyof SearchTally)[]) total[key] += tally[key];
}

export function emptyTally(): SearchTally {
  return { boxes: 0, evaluations: 0, leaves: 0, points: 0, handedOn: 0, audited: 0, unsettled: 0 };
}
