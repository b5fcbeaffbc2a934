import { MOST_DIMENSIONS } from "./cpu/lines/workspace.ts";
import type { FindOptions } from "./options.ts";

/** How fixed points are looked for: region by region, or by branch and bound over boxes. */
export type Method = "regions" | "search";

/**
 * Boxes that a search is likely to need in ρ dimensions, on the safe side of what real and random models took: 10³ to 10⁴ at ρ = 2, 10⁴ to
 * 10⁵ at ρ = 3, 10⁵ to 10⁶ at ρ = 4 (docs/design.md#choice-of-method).
 */
const likelyBoxes = (rank: number): number => 10 * 12 ** rank;
/** A box costs about as much as so many regions taken one by one. */
const REGIONS_PER_BOX = 10;

/** Seconds that each method is likely to take, to an order of magnitude. */
export interface MethodCost {
  readonly regions: number;
  readonly search: number;
}

/** Microseconds a region in few dimensions, where lines dismiss almost all of them; measured 0.10, 0.13, 0.22, 0.45, 1.0 at R = 2 … 6. */
const onLines = (R: number): number => 0.06 + 0.0007 * R ** 4;
/** And one by one: measured 1.0, 1.4 and 4.7 at R = 3, 4 and 8. */
const oneByOne = (R: number): number => 0.4 + 0.066 * R ** 2;

/**
 * What a model is likely to cost on one thread of the machine that bench/scaling.ts was run on.
 * @param latentDim R. @param rank ρ. @param regions generic number of regions.
 */
export function estimateCost(latentDim: number, rank: number, regions: bigint): MethodCost {
  const each = oneByOne(latentDim);
  const perRegion = latentDim <= MOST_DIMENSIONS ? onLines(latentDim) : each;
  return { regions: 1e-6 * Number(regions) * perRegion, search: 1e-6 * likelyBoxes(rank) * REGIONS_PER_BOX * each };
}

/** Seconds of regions from which a search is tried first, for a quarter of that, and the dimensions in which it may well do. */
const LEAST_SECONDS_TO_TRY = 0.3;
const MOST_DIMENSIONS_TO_TRY = 8;
/** Some seconds: a GPU might do all the regions in not many more. */
const MOST_BOXES_TO_TRY = 400_000;

/**
 * How many boxes to try before the regions: where `chooseMethod` has to fear some millions, random models of 26 to 85 units took 600 to
 * 33,000 in 4 to 6 dimensions, about a tenth of a second, and 130,000 to 380,000 of 30 to 40 units mostly in 7 and 8, 1 to 3 s; their regions take
 * up to a minute.
 * @param latentDim R. @param rank ρ. @param regions generic number of regions.
 * @returns 0 where it would not pay.
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
