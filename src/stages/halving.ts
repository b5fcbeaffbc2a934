/** Halvings of one box at once, at most. */
export const MOST_HALVINGS = 3;

export const NEARNESS_FOR_HALVES = 0.9;
export const NEARNESS_FOR_QUARTERS = 0.7;

/**
 * How often a box is halved before its parts are looked at. Where the functional was far from discarding the box, by
 * the constants above, the box is halved two or three times at once: halves or quarters would mostly be kept, and the
 * sieve of parts costs little. The constants are measured.
 */
export function halvingsFor(nearness: number): number {
  if (nearness < NEARNESS_FOR_QUARTERS) return MOST_HALVINGS;
  return nearness < NEARNESS_FOR_HALVES ? 2 : 1;
}
