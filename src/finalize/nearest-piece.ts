import type { Steps } from "../base/steps.ts";
import { clearDenominators, compareVectors, dot } from "../exact/affine.ts";
import { solvingFractionFree } from "../exact/elimination.ts";
import { findingNearest } from "../exact/nearest.ts";
import { integerDot, type Polyhedron } from "../exact/polyhedron.ts";
import { compare, type Rational, rational, subtract, toNumber } from "../exact/rational.ts";
import { reverseRows } from "../exact/region.ts";
import { bit } from "../model/mask.ts";
import type { Piece } from "./pieces.ts";

/** Relative widening of float64 distances that are compared with each other; each is correct to 2^-53. */
const SLACK = 2 ** -50;

/**
 * In steps: the point of the pieces (of one affine hull) that is nearest to the origin; of several equally near ones,
 * the first in lexicographic order.
 *
 * @param sides the lower sides of all hyperplanes in the coordinates of the hull.
 */
export function* findingNearestPoint(pieces: readonly Piece[], sides: Polyhedron): Steps<Rational[]> {
  const { hull } = pieces[0]!;
  const within = (piece: Piece) => findingNearest(hull, reverseRows(sides, piece.positive));
  if (pieces.length === 1) return (yield* within(pieces[0]!))!;

  const foot = (yield* findingNearest(hull, { ...sides, count: 0 }))!;
  const apart = yield* measuringDistances(pieces[0]!, sides);
  const ordered = pieces.map((piece) => ({ piece, bound: apart(piece) })).sort((a, b) => a.bound - b.bound);
  let best: { z: Rational[]; square: Rational; excess: number } | undefined;
  for (const { piece, bound } of ordered) {
    if (best !== undefined && bound > best.excess) break;
    const z = (yield* within(piece))!;
    const square = dot(z, z);
    const order = best === undefined ? -1 : compare(square, best.square) || compareVectors(z, best.z);
    if (order >= 0) continue;
    best = { z, square, excess: toNumber(subtract(square, dot(foot, foot))) * (1 + SLACK) + 2 ** -1074 };
  }
  return best!.z;
}

/**
 * A lower bound on the squared distance from the hull's nearest point to a piece: that to the farthest hyperplane
 * between them, at (b − a·t)² / aᵀQ⁻¹a in the coordinates t with the metric Q.
 */
function* measuringDistances({ hull }: Piece, sides: Polyhedron): Steps<(piece: Piece) => number> {
  const { denominator, origin, directions } = clearDenominators(hull);
  const metric = directions.flatMap((a) => directions.map((b) => integerDot(a, b)));
  const d = directions.length;
  const foot = (yield* solvingFractionFree(
    metric,
    d,
    directions.map((a) => -integerDot(a, origin)),
    1,
  ))!;
  const squared: number[] = [];
  const footAbove: boolean[] = [];
  for (let i = 0; i < sides.count; i++) {
    const normal = sides.normal(i);
    const depth = sides.bound(i) * foot.determinant - integerDot(normal, foot.X);
    footAbove[i] = depth < 0n;
    const steep = integerDot(normal, (yield* solvingFractionFree(metric, d, normal, 1))!.X);
    squared[i] =
      steep === 0n ? 0 : toNumber(rational(depth * depth, foot.determinant * steep * denominator * denominator));
  }
  return ({ positive }) => {
    let greatest = 0;
    for (let i = 0; i < squared.length; i++) {
      if (squared[i]! > greatest && (bit(positive, i) === 1) !== footAbove[i]) greatest = squared[i]!;
    }
    return greatest * (1 - SLACK);
  };
}
