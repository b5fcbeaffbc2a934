import { scaleToIntegers } from "../exact/integers.ts";
import { type PointSigns, type Sides, sidesOf } from "../exact/sides.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** The regions of a system that meet at a point, up to `limit`; see `sidesOf`. */
export function sidesAt({ latentDim: R, U }: PiecewiseLinearSystem, signs: PointSigns, limit: number): Sides {
  const normalOf = (j: number) => scaleToIntegers(U.subarray(j * R, (j + 1) * R)).values;
  return sidesOf(R, normalOf, signs, limit);
}
