import { beyondRange, plural, were } from "../base/words.ts";
import type { FinalAnswer } from "../finalize/finalizer.ts";

/** A violated sign check means a defect of Stillpoint: the answer is not complete then. */
export function wrongSigns(sum: number | undefined): string[] {
  if (sum === undefined || sum === 1) return [];
  return [`the signs of det(I − J) add up to ${sum} and must to 1: a defect of Stillpoint, please report this model`];
}

/**
 * A proof that has passed over a point which was found on the way would be wrong: points that curves find test the
 * search.
 */
export function passedOver({ missed }: FinalAnswer): string[] {
  if (missed === 0) return [];
  return [
    `${were(missed, "fixed point")} found that the proof passed over: a defect of Stillpoint, please report this model`,
  ];
}

export function outOfRange({ outOfRange: { fixedPoints, continua } }: FinalAnswer): string | undefined {
  const parts = [
    ...(fixedPoints > 0 ? [plural(fixedPoints, "fixed point")] : []),
    ...(continua > 0 ? [plural(continua, "continuum", "continua")] : []),
  ];
  return parts.length === 0 ? undefined : beyondRange(parts);
}
