import type { FindOptions } from "./options.ts";

/** How fixed points are looked for: region by region, or by branch and bound over boxes. */
export type Method = "regions" | "search";

/**
 * Boxes that a search is likely to need in ρ dimensions, on the safe side of what real and random models took: 10³ to 10⁴ at ρ = 2, 10⁴ to
 * 10⁵ at ρ = 3, 10⁵ to 10⁶ at ρ = 4 (DESIGN.md section 4). A box costs about as much as ten regions.
 */
function searchCost(rank: number): number {
  return 100 * 12 ** rank;
}

/** Seconds that each method is likely to take, to an order of magnitude. */
export interface MethodCost {
  readonly regions: number;
  readonly search: number;
}

/**
 * What a model is likely to cost on one thread of the machine that bench/node.ts was run on: 1.0, 1.4 and 4.7 µs a region at R = 3, 4 and 8.
 * @param latentDim R. @param rank ρ. @param regions generic number of regions.
 */
export function estimateCost(latentDim: number, rank: number, regions: bigint): MethodCost {
  const perRegion = (0.4 + 0.066 * latentDim ** 2) * 1e-6;
  return { regions: Number(regions) * perRegion, search: searchCost(rank) * perRegion };
}

/**
 * The method for a model.
 * @param rank ρ. @param regions generic number of regions.
 */
export function chooseMethod(options: FindOptions, rank: number, regions: bigint): Method {
  const { method = "auto" } = options;
  if (method !== "auto") return method;
  const wantsRegions = options.virtual === true || options.expand === "branch" || options.maxRegions !== undefined;
  return wantsRegions || Number(regions) <= searchCost(rank) ? "regions" : "search";
}
