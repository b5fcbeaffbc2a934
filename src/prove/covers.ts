import { onFace, type RootBox } from "../check/check.ts";
import { type Apex, isInCone } from "../check/cones.ts";
import type { RootTable } from "../check/root.ts";
import { isStar } from "../check/star.ts";
import { toNumber } from "../exact/rational.ts";

/** A box in which a listed point is the only zero. */
export interface Cover {
  /** Its number among the points of the result. */
  readonly point: number;
  /** Whether a cone shows it, else a star does. */
  readonly cone: boolean;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

type Box = Pick<Cover, "lo" | "hi">;

/** Halvings of the root's size until a star is given up. */
const MOST_HALVINGS = 40;
/** A star's sides are doubled one by one while it holds, so often at most. */
const MOST_DOUBLINGS = 8;
/** Where in its box the point is: no cut of a tree goes through it. */
const PLACE = 0.4375;

/**
 * For a listed point in reach of a root, the largest star that was found. Where a star fails however small, a cone,
 * which is still to be proved; on side faces nothing.
 */
export function coverOf(table: RootTable, { face, lo, hi }: RootBox, tip: Apex, point: number): Cover | undefined {
  const x = onFace(tip.x, face);
  if (x === undefined || !x.every((xi, n) => xi >= lo[n]! && xi <= hi[n]!)) return undefined;
  const star = largestBox(x, lo, hi, (box) => isStar(table, x, tip.signs, box.lo, box.hi));
  if (star !== undefined) return { point, cone: false, ...star };
  return face === undefined ? coneOf(table, { lo, hi }, tip, point) : undefined;
}

/** A box that belongs to the cone about a tip, if that is in the root. */
export function coneOf(table: RootTable, { lo, hi }: Box, tip: Apex, point: number): Cover | undefined {
  const x = tip.x.map((xi, n) => (lo[n] === hi[n] ? lo[n]! : toNumber(xi)));
  if (!x.every((xi, n) => xi >= lo[n]! && xi <= hi[n]!)) return undefined;
  const cone = largestBox(x, lo, hi, (box) => isInCone(table, tip, box.lo, box.hi));
  return cone && { point, cone: true, ...cone };
}

/** Of the boxes about x of which something holds, a large one. */
function largestBox(
  x: readonly number[],
  lo: Float64Array,
  hi: Float64Array,
  isGood: (box: Box) => boolean,
): Box | undefined {
  const size = lo.map((from, n) => hi[n]! - from);
  const boxOf = (sizes: Float64Array) => ({
    lo: sizes.map((s, n) => x[n]! - PLACE * s),
    hi: sizes.map((s, n) => x[n]! + (1 - PLACE) * s),
  });
  const holds = (sizes: Float64Array): boolean => isGood(boxOf(sizes));
  let halvings = 0;
  while (!holds(size)) {
    if (++halvings > MOST_HALVINGS) return undefined;
    for (let n = 0; n < size.length; n++) size[n]! *= 0.5;
  }
  let sizes = size;
  for (let round = 0, grown = true; grown && round < MOST_DOUBLINGS; round++) {
    grown = false;
    for (let n = 0; n < sizes.length; n++) {
      const larger = sizes.slice();
      larger[n]! *= 1.5;
      if (!holds(larger)) continue;
      sizes = larger;
      grown = true;
    }
  }
  return boxOf(sizes);
}
