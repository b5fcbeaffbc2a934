import type { Found } from "../base/result.ts";
import type { FinalAnswer, Finalizer } from "../finalize/finalizer.ts";
import { setBit } from "../model/mask.ts";
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
  const words = far.mask.length;
  const byMask = new Map<string, number>();
  const tied: { readonly positive: Uint32Array; readonly ties: Uint32Array; readonly index: number }[] = [];
  fixedPoints.forEach(({ active, ties }, index) => {
    const positive = maskOf(active, words);
    if (ties.length === 0) byMask.set(positive.join(), index);
    else tied.push({ positive, ties: maskOf(ties, words), index });
  });
  const times = new Uint32Array(fixedPoints.length);
  for (const { mask, curves: count } of met) {
    const agrees = ({ positive, ties }: (typeof tied)[number]) =>
      mask.every((word, w) => (word & ~ties[w]!) >>> 0 === positive[w]);
    const index = byMask.get(mask.join()) ?? tied.find(agrees)?.index;
    if (index !== undefined) times[index]! += count;
  }
  const metBy = (isCounted: (n: number) => boolean) => times.reduce((sum, n) => sum + (isCounted(n) ? 1 : 0), 0);
  const points = metBy((n) => n > 0);
  const singletons = metBy((n) => n === 1);
  const doubletons = metBy((n) => n === 2);
  const hasDegrees = tied.length === 0 && continua.length === 0 && outOfRange.fixedPoints === 0;
  const sum = fixedPoints.reduce((total, { determinantSign = 0 }) => total + determinantSign, 0);
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

function maskOf(hyperplanes: readonly number[], words: number): Uint32Array {
  const mask = new Uint32Array(words);
  for (const j of hyperplanes) setBit(mask, j);
  return mask;
}
