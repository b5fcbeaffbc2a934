import { allOf, type Steps } from "../base/steps.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { findingSides, type PointSigns, type Sides } from "../exact/sides.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** The regions of a system that meet at a point, up to `limit`; see `sidesOf`. */
export function sidesAt(system: PiecewiseLinearSystem, signs: PointSigns, limit: number): Sides {
  return allOf(findingSidesAt(system, signs, limit));
}

/** `sidesAt` in steps. */
export function findingSidesAt(
  { latentDim: R, U }: PiecewiseLinearSystem,
  signs: PointSigns,
  limit: number,
): Steps<Sides> {
  const normalOf = (j: number) => scaleToIntegers(U.subarray(j * R, (j + 1) * R)).values;
  return findingSides(R, normalOf, signs, limit);
}
