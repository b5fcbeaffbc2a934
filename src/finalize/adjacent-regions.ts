import { hasInteriorPoint } from "../exact/hull.ts";
import type { IntegerHyperplanes } from "../exact/region.ts";

/**
 * The regions whose closure contains points with given exact signs: all sides of the hyperplanes through them that belong to a
 * region, in lexicographic order of the masks read as bits 0, 1, 2 …
 *
 * @param positive bit i: u_i·z > h_i there. @param negative bit i: u_i·z < h_i there. The other hyperplanes pass through.
 * @param limit most regions to list.
 */
export function adjacentRegions(
  hyperplanes: IntegerHyperplanes,
  positive: Uint32Array,
  negative: Uint32Array,
  limit: number,
): number[][] {
  const { dim, count, normals } = hyperplanes;
  const above: number[] = [];
  const ties: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = 1 << (i & 31);
    if (positive[i >>> 5] & at) above.push(i);
    // a hyperplane without normal passes through everything and has its bit clear everywhere
    else if ((negative[i >>> 5] & at) === 0 && normals[i].some((x) => x !== 0n)) ties.push(i);
  }
  const found: number[][] = [];
  const sides: bigint[][] = [];
  const visit = (depth: number, chosen: readonly number[]): void => {
    if (found.length === limit) return;
    const open = { dim, count: depth, normal: (k: number) => sides[k], bound: () => 0n };
    if (!hasInteriorPoint(open)) return;
    if (depth === ties.length) {
      found.push([...above, ...chosen].sort((a, b) => a - b));
      return;
    }
    const normal = normals[ties[depth]];
    sides[depth] = [...normal];
    visit(depth + 1, chosen);
    sides[depth] = normal.map((x) => -x);
    visit(depth + 1, [...chosen, ties[depth]]);
  };
  visit(0, []);
  return found;
}
