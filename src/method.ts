import type { FindOptions } from "./options.ts";

export type Method = "regions" | "search";

/**
 * Boxes that a search is likely to need in ρ dimensions, on the safe side of what real and random models took: 10³ to 10⁴ at ρ = 2, 10⁴ to
 * 10⁵ at ρ = 3, 10⁵ to 10⁶ at ρ = 4 (DESIGN.md section 4). A box costs about as much as ten regions.
 */
function searchCost(rank: number): number {
  return 100 * 12 ** rank;
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
