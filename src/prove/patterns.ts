import type { Claim } from "../check/claim.ts";
import { patternFilter } from "../check/patterns.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** Masks that are tried. */
const SAMPLES = 256;

/**
 * How many of all masks float64 would leave to exact arithmetic, about: most of them where the matrices of regions are
 * singular. Those about a listed point on hyperplanes are not counted: a checker knows them by its ties.
 */
export function patternsLeft(system: PiecewiseLinearSystem, { points }: Claim): number {
  const all = 2 ** system.hyperplanes;
  const surelyEmpty = patternFilter(system);
  if (surelyEmpty === undefined) return all;
  const bits = (list: readonly number[]): number => list.reduce((mask, j) => mask | (1 << j), 0);
  const tied = points
    .filter(({ ties }) => ties.length > 0)
    .map(({ active, ties }) => ({ active: bits(active), others: ~bits(ties) }));
  let left = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    // spread over all masks by the golden ratio
    const mask = Math.floor(((sample * 0.6180339887498949) % 1) * all);
    if (tied.some(({ active, others }) => (mask & others) === active)) continue;
    if (!surelyEmpty(mask)) left++;
  }
  return (left / SAMPLES) * all;
}
