import { MOST_DIMENSIONS } from "./cpu/lines/workspace.ts";
import type { FindOptions } from "./options.ts";

/** How fixed points are looked for: region by region, or by branch and bound over boxes. */
export type Method = "regions" | "search";

/**
 * Boxes that a search is likely to need in ρ dimensions, on the safe side of what real and random models took: 10³ to
 * 10⁴ at ρ = 2, 10⁴ to 10⁵ at ρ = 3, 10⁵ to 10⁶ at ρ = 4 (docs/design.md#choice-of-method).
 */
const likelyBoxes = (rank: number): number => 10 * 12 ** rank;
/** A box costs about as much as this many regions taken one by one. */
const REGIONS_PER_BOX = 10;

/** Estimated seconds of each method, to an order of magnitude. */
export interface MethodCost {
  readonly regions: number;
  readonly search: number;
}

/**
 * Microseconds a region in few dimensions, where lines dismiss almost all of them; measured 0.10, 0.13, 0.22, 0.45, 1.0
 * at R = 2 … 6.
 */
const onLines = (R: number): number => 0.06 + 0.0007 * R ** 4;
/** Microseconds a region taken one by one; measured 1.0, 1.4 and 4.7 at R = 3, 4 and 8. */
const oneByOne = (R: number): number => 0.4 + 0.066 * R ** 2;

/**
 * The estimated cost of a model on one thread of the machine that bench/scaling.ts was run on.
 * @param latentDim R. @param rank ρ. @param regions generic number of regions.
 */
export function estimateCost(latentDim: number, rank: number, regions: bigint): MethodCost {
  const each = oneByOne(latentDim);
  const perRegion = latentDim <= MOST_DIMENSIONS ? onLines(latentDim) : each;
  return { regions: 1e-6 * Number(regions) * perRegion, search: 1e-6 * likelyBoxes(rank) * REGIONS_PER_BOX * each };
}

/**
 * From this many estimated seconds of regions on, a search is tried first, for a quarter of that time, in at most this
 * many dimensions.
 */
const LEAST_SECONDS_TO_TRY = 0.3;
const MOST_DIMENSIONS_TO_TRY = 8;
/** Most boxes of such a search: some seconds. A GPU might do all the regions in little more. */
const MOST_BOXES_TO_TRY = 400_000;

/**
 * How many boxes to try before the regions. `chooseMethod` assumes some millions of boxes where models may take far
 * fewer: random ones of 26 to 85 units took 600 to 33,000 boxes in 4 to 6 dimensions, about a tenth of a second, and
 * ones of 30 to 40 units mostly 130,000 to 380,000 in 7 and 8 dimensions, 1 to 3 s. Their regions take up to a minute.
 * @param latentDim R. @param rank ρ. @param regions generic number of regions.
 * @returns 0 where a search first would not pay.
 */
export function boxesToTry(latentDim: number, rank: number, regions: bigint): number {
  const seconds = estimateCost(latentDim, rank, regions).regions;
  if (rank > MOST_DIMENSIONS_TO_TRY || seconds < LEAST_SECONDS_TO_TRY) return 0;
  return Math.min(MOST_BOXES_TO_TRY, Math.floor(seconds / 4 / (1e-6 * REGIONS_PER_BOX * oneByOne(latentDim))));
}

/**
 * The method for a model.
 * @param rank ρ. @param regions generic number of regions.
 */
export function chooseMethod(options: FindOptions, rank: number, regions: bigint): Method {
  const { method = "auto" } = options;
  if (method !== "auto") return method;
  const wantsRegions = options.virtual === true || options.expand === "branch" || options.maxRegions !== undefined;
  return wantsRegions || Number(regions) <= REGIONS_PER_BOX * likelyBoxes(rank) ? "regions" : "search";
}
