import { duration } from "../base/words.ts";
import { MOST_DIMENSIONS } from "../cpu/lines/dimensions.ts";
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

/** Microseconds a mask where all masks are tried in a tree; measured 0.1 to 1.0 at n = 20 and 24. */
const ONE_OF_ALL_MASKS = 0.5;

/** The size of a model, as the choice of a method sees it. */
export interface ModelSize {
  /** R. */
  readonly latentDim: number;
  /** ρ. */
  readonly rank: number;
  /** Generic number of regions. */
  readonly regions: bigint;
  /** Whether the regions method tries all masks (`hasAllMasks`). */
  readonly allMasks: boolean;
}

/** The estimated cost of a model on one thread of the machine that bench/scaling.ts was run on. */
export function estimateCost({ latentDim, rank, regions, allMasks }: ModelSize): MethodCost {
  const each = oneByOne(latentDim);
  const perRegion = allMasks ? ONE_OF_ALL_MASKS : latentDim <= MOST_DIMENSIONS ? onLines(latentDim) : each;
  return { regions: 1e-6 * Number(regions) * perRegion, search: 1e-6 * likelyBoxes(rank) * REGIONS_PER_BOX * each };
}

/**
 * From this many estimated seconds of regions on, a search is tried first, for a quarter of that time, in at most this
 * many dimensions. The first hundred boxes and the points before them take some milliseconds.
 */
const LEAST_SECONDS_TO_TRY = 0.02;
const MOST_DIMENSIONS_TO_TRY = 12;
/**
 * Microseconds a box of such a search with the points before it, on the machine of `onLines`; measured beside regions: 3
 * to 5 at R = 5 … 8, 12 to 25 at R = 9 … 12.
 */
const boxToTry = (R: number): number => 2 + 0.12 * R ** 2;
/** Most boxes of such a search: some seconds. A GPU might do all the regions in little more. */
const MOST_BOXES_TO_TRY = 400_000;

/**
 * How many boxes to try before the regions. `chooseMethod` assumes some millions of boxes where models may take far
 * fewer: random ones of 26 to 85 units took 600 to 33,000 boxes in 4 to 6 dimensions, about a tenth of a second, and
 * ones of 30 to 40 units mostly 130,000 to 380,000 in 7 and 8 dimensions, 1 to 3 s; random clipped ones of 10 to 14
 * units 500 to 65,000 in 9 and 10 dimensions. Their regions take up to a minute.
 * @returns 0 where a search first would not pay.
 */
export function boxesToTry(size: ModelSize): number {
  const seconds = estimateCost(size).regions;
  if (size.rank > MOST_DIMENSIONS_TO_TRY || seconds < LEAST_SECONDS_TO_TRY) return 0;
  return Math.min(MOST_BOXES_TO_TRY, Math.floor(seconds / 4 / (1e-6 * boxToTry(size.latentDim))));
}

/** The longest expected time of a run without a budget, in seconds: a day. */
const LONGEST_SECONDS = 86_400;
/** A shorter budget counts as this one, so that it does not change the choice of the method. */
const SHORTEST_SECONDS = 1;
/** The error of the estimates: an order of magnitude. */
const DOUBT = 10;

/** The method of a run, and a warning if it is not likely to end. */
export interface Choice {
  readonly method: Method;
  /**
   * Why the method that "auto" chose is not likely to end in the available time. The run then looks for points before
   * it begins the proof.
   */
  readonly outOfReach?: string;
}

/** The method for a model, and whether it is likely to end. */
export function chooseMethod(options: FindOptions, size: ModelSize): Choice {
  const { method = "auto", virtual, expand, maxRegions, maxSeconds } = options;
  if (method !== "auto") return { method };
  if (virtual === true || expand === "branch" || maxRegions !== undefined) return { method: "regions" };
  const cost = estimateCost(size);
  if (Math.min(cost.regions, cost.search) > DOUBT * Math.max(maxSeconds ?? LONGEST_SECONDS, SHORTEST_SECONDS)) {
    const time = maxSeconds === undefined ? "a day" : `the ${duration(maxSeconds)} that there are`;
    const costs = `regions: about ${duration(cost.regions)}, search: about ${duration(cost.search)}`;
    return { method: "search", outOfReach: `neither method is likely to end in ${time} (${costs})` };
  }
  const takesRegions = size.allMasks || Number(size.regions) <= REGIONS_PER_BOX * likelyBoxes(size.rank);
  return { method: takesRegions ? "regions" : "search" };
}
