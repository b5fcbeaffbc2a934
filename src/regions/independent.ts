import { reduceSystem } from "../arrangement/reduce.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** With fewer hyperplanes it takes no time to know the regions. */
export const FEWEST_HYPERPLANES = 8;
/** Independent hyperplanes, n = ρ, make every mask a region. 2^25 masks take a minute or two. */
const MOST_INDEPENDENT = 25;

/** Whether the hyperplanes are independent and few, so that all 2^n masks are regions (docs/design.md#all-masks). */
export function hasAllMasks(system: PiecewiseLinearSystem): boolean {
  const { count, columns } = reduceSystem(system);
  return count === columns.length && count >= FEWEST_HYPERPLANES && count <= MOST_INDEPENDENT;
}
