/** Halvings of one box at once, at most. */
export const MOST_HALVINGS = 3;

const NEARNESS_FOR_HALVES = 0.85;
const NEARNESS_FOR_QUARTERS = 0.6;

/**
 * How often a box is halved before its parts are looked at: twice, or three times, where its functional came no nearer than the constants above
 * to discarding it. Halves, or quarters, would mostly be kept, and what is done first with parts costs little. Measured.
 */
export function halvingsFor(nearness: number): number {
  if (nearness < NEARNESS_FOR_QUARTERS) return MOST_HALVINGS;
  return nearness < NEARNESS_FOR_HALVES ? 2 : 1;
}
