import type { Steps } from "../base/steps.ts";
import { clearDenominators } from "../exact/affine.ts";
import { findingIndependent, solvingAffine, solvingFractionFree } from "../exact/elimination.ts";
import { restrict, satisfies } from "../exact/hull.ts";
import { integerDot, type Polyhedron } from "../exact/polyhedron.ts";
import { rational } from "../exact/rational.ts";
import { reverseRows } from "../exact/region.ts";
import { findingPoint } from "../exact/simplex.ts";
import { flipBit } from "../model/mask.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import type { Piece } from "./pieces.ts";

/**
 * Groups pieces of one affine hull into connected sets, in steps.
 *
 * @param sides the lower sides of all hyperplanes in the coordinates of the hull.
 */
export function* connectingPieces(pieces: readonly Piece[], sides: Polyhedron): Steps<Piece[][]> {
  const sets = new DisjointSets(pieces.length);
  yield* joinNeighbours(pieces, sides, sets);
  if (sets.count === 1) return [[...pieces]];
  // sets that are still apart may touch in an edge or a corner
  for (let a = 0; a < pieces.length; a++) {
    for (let b = a + 1; b < pieces.length; b++) {
      if (sets.find(a) !== sets.find(b) && (yield* touching(pieces[a]!, pieces[b]!, sides))) sets.join(a, b);
    }
    yield;
  }
  const members = new Map<number, Piece[]>();
  pieces.forEach((piece, i) => {
    const root = sets.find(i);
    const list = members.get(root);
    if (list) list.push(piece);
    else members.set(root, [piece]);
  });
  return [...members.values()];
}

/** Pieces that differ in one hyperplane touch: the segment between their interiors crosses no other. */
function* joinNeighbours(pieces: readonly Piece[], sides: Polyhedron, sets: DisjointSets): Steps<void> {
  const numbers = new Map(pieces.map(({ positive }, i) => [positive.join(), i]));
  const cutting: number[] = [];
  for (let i = 0; i < sides.count; i++) if (sides.normal(i).some((x) => x !== 0n)) cutting.push(i);
  for (const [a, { positive }] of pieces.entries()) {
    const flipped = positive.slice();
    for (const i of cutting) {
      flipBit(flipped, i);
      const b = numbers.get(flipped.join());
      if (b !== undefined) sets.join(a, b);
      flipBit(flipped, i);
    }
    yield;
  }
}

/**
 * Whether two pieces of one hull have a point in common: it lies on every hyperplane that has them on different sides.
 */
function* touching(a: Piece, b: Piece, sides: Polyhedron): Steps<boolean> {
  const between: number[] = [];
  for (let i = 0; i < sides.count; i++) {
    if (((a.positive[i >>> 5]! ^ b.positive[i >>> 5]!) >>> (i & 31)) & 1) between.push(i);
  }
  const independent = yield* findingIndependent((k) => sides.normal(between[k]!), between.length, sides.dim);
  const chosen = independent.map((k) => between[k]);
  const equations = chosen.flatMap((i) => [...sides.normal(i!)]);
  const right = chosen.map((i) => sides.bound(i!));
  if (chosen.length === sides.dim) {
    // the equations leave one point: most pairs fail at the next hyperplane
    const { determinant, X } = (yield* solvingFractionFree(equations, sides.dim, right, 1))!;
    if (!liesOn(X, determinant, between, sides)) return false;
    const corner = X.map((x) => rational(x, determinant));
    return satisfies(reverseRows(sides, a.positive), corner);
  }
  const common = (yield* solvingAffine(equations, chosen.length, sides.dim, right))!;
  const { denominator, origin } = clearDenominators(common);
  return (
    liesOn(origin, denominator, between, sides) &&
    (yield* findingPoint(restrict(reverseRows(sides, a.positive), common))) !== undefined
  );
}

function liesOn(point: readonly bigint[], denominator: bigint, rows: readonly number[], sides: Polyhedron): boolean {
  return rows.every((i) => integerDot(sides.normal(i), point) === sides.bound(i) * denominator);
}
