import type { Found } from "../base/result.ts";
import type { FinalAnswer, Finalizer } from "../finalize/finalizer.ts";
import type { FoundOnCurves } from "../stages/run.ts";

/**
 * What the curves of an incomplete run say of points that were not found (docs/design.md#the-unseen). Nothing in it
 * shows that an answer is complete.
 */
export function describeFound(
  { curves, crossings, met, far }: FoundOnCurves,
  { fixedPoints, continua, outOfRange }: FinalAnswer,
  finalizer: Finalizer,
): Found {
  /** On how many curves each point was met, whether it is listed or not. */
  const times = new Map<number, number>();
  for (const { mask, curves: count } of met) {
    const point = finalizer.pointAt(mask);
    if (point !== undefined) times.set(point, (times.get(point) ?? 0) + count);
  }
  let [points, singletons, doubletons, sum] = [0, 0, 0, 0];
  let isTied = false;
  for (const { number, ties, determinantSign = 0 } of fixedPoints) {
    const count = times.get(number);
    if (count !== undefined && count > 0) points++;
    if (count === 1) singletons++;
    if (count === 2) doubletons++;
    sum += determinantSign;
    isTied ||= ties.length > 0;
  }
  const hasDegrees = !isTied && continua.length === 0 && outOfRange.fixedPoints === 0;
  const must = hasDegrees && far.isBounded ? finalizer.determinantSign(far.mask) : 0;
  return {
    points,
    curves,
    crossings,
    singletons,
    doubletons,
    chao1: points + Math.round((singletons * (singletons - 1)) / (2 * (doubletons + 1))),
    ...(must === 0 ? {} : { degreeSum: sum, degreeMustBe: must }),
  };
}
