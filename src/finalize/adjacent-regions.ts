import type { Steps } from "../base/steps.ts";
import type { IntegerHyperplanes } from "../exact/region.ts";
import { findingSides } from "../exact/sides.ts";

/**
 * In steps: the regions whose closure contains points with given exact signs: all sides of the hyperplanes through them
 * that belong to a region, in lexicographic order of the masks read as bits 0, 1, 2 …
 *
 * @param positive bit i: u_i·z > h_i there. @param negative bit i: u_i·z < h_i there. The other hyperplanes pass
 *   through.
 * @param limit the largest number of regions to list.
 */
export function* findingAdjacent(
  { dim, count, normals }: IntegerHyperplanes,
  positive: Uint32Array,
  negative: Uint32Array,
  limit: number,
): Steps<readonly (readonly number[])[]> {
  const active: number[] = [];
  const ties: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = 1 << (i & 31);
    if (positive[i >>> 5]! & at) active.push(i);
    else if ((negative[i >>> 5]! & at) === 0) ties.push(i);
  }
  return (yield* findingSides(dim, (i) => normals[i]!, { active, ties }, limit)).sides;
}
