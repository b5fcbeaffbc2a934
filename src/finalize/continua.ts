import { type AffineSet, affineContains, clearDenominators, compareVectors } from "../exact/affine.ts";
import { integerDot } from "../exact/polyhedron.ts";
import type { Rational } from "../exact/rational.ts";
import type { IntegerHyperplanes } from "../exact/region.ts";
import { MAX_SIDES } from "../exact/sides.ts";
import { adjacentRegions } from "./adjacent-regions.ts";
import { nearestPoint } from "./nearest-piece.ts";
import { closureAllows, type Piece, PieceDecider } from "./pieces.ts";
import { connectedSets } from "./touching.ts";

/**
 * A connected set of fixed points with one affine hull, exactly.
 *
 * All fields depend on the set alone, not on what found it, and move along when units are permuted or z undergoes a signed
 * permutation (the basis then takes its echelon form again).
 */
export interface ExactContinuum {
  /** ≥ 1. */
  readonly dimension: number;
  /** Its point nearest to the origin; of several equally near ones (it need not be convex) the first in lexicographic order. */
  readonly point: readonly Rational[];
  /** Directions of the affine hull in reduced row echelon form: `dimension` rows of length R. */
  readonly basis: readonly (readonly Rational[])[];
  /**
   * The regions in whose closure it has its full dimension, each as the hyperplanes with bit 1, in lexicographic order. A part
   * that lies in hyperplanes belongs to the regions on all sides of them; of these at most MAX_SIDES are listed.
   */
  readonly regions: readonly (readonly number[])[];
  /** Whether it contains z (its ends included). */
  contains(z: readonly Rational[]): boolean;
}

/**
 * Takes singular regions as they are found and joins what they hold into continua (DESIGN.md section 3).
 *
 * Pieces in different affine hulls stay apart even where they touch (a bent line is two continua); a piece in the closure of one
 * of higher dimension is part of that.
 */
export class ContinuumCollector {
  readonly #hyperplanes: IntegerHyperplanes;
  readonly #decider: PieceDecider;
  readonly #pieces = new Map<string, Piece>();

  constructor(hyperplanes: IntegerHyperplanes) {
    this.#hyperplanes = hyperplanes;
    this.#decider = new PieceDecider(hyperplanes);
  }

  /** Pieces so far. */
  get size(): number {
    return this.#pieces.size;
  }

  /**
   * Intersects the solutions of a region's linear system with the closed region.
   *
   * @param mask the region, one bit per hyperplane.
   * @param solutions all z with (M + VᵀDU) z = VᵀDh + g, canonical as `solveAffine` returns them.
   * @returns "point": the one fixed point there is. "piece": one of dimension ≥ 1, which is kept.
   */
  addPiece(
    mask: Uint32Array,
    solutions: AffineSet,
  ): { kind: "empty" } | { kind: "point"; z: Rational[] } | { kind: "piece" } {
    const decision = this.#decider.decide(mask, solutions);
    if (decision.kind !== "piece") return decision;
    const { piece } = decision;
    this.#pieces.set(`${piece.positive.join()};${piece.negative.join()}`, piece);
    return { kind: "piece" };
  }

  /** The continua of all pieces so far: by dimension, then in lexicographic order of the point, then of the basis. */
  finish(): ExactContinuum[] {
    const groups = new Map<string, Piece[]>();
    for (const piece of maximalPieces([...this.#pieces.values()])) {
      const group = groups.get(piece.hullKey);
      if (group) group.push(piece);
      else groups.set(piece.hullKey, [piece]);
    }
    const continua: ExactContinuum[] = [];
    for (const group of groups.values()) {
      const sides = this.#decider.sidesWithin(group[0].hull, group[0].hullKey);
      for (const pieces of connectedSets(group, sides))
        continua.push(this.#describe(pieces, nearestPoint(pieces, sides)));
    }
    return continua.sort(byDimensionThenPlace);
  }

  #describe(pieces: readonly Piece[], point: Rational[]): ExactContinuum {
    const { hull } = pieces[0];
    return {
      dimension: hull.basis.length,
      point,
      basis: hull.basis,
      regions: pieces
        .flatMap(({ positive, negative }) => adjacentRegions(this.#hyperplanes, positive, negative, MAX_SIDES))
        .sort(byIndices),
      contains: (z) => {
        if (!affineContains(hull, z)) return false;
        const { positive, negative } = strictSigns(this.#hyperplanes, z);
        return pieces.some((piece) => closureAllows(piece, positive, negative));
      },
    };
  }
}

/** Without the pieces that lie in the closure of one of higher dimension. */
function maximalPieces(pieces: readonly Piece[]): Piece[] {
  const dimensions = [...new Set(pieces.map(({ hull }) => hull.basis.length))].sort((a, b) => b - a);
  const maximal: Piece[] = [];
  for (const dimension of dimensions) {
    const higher = maximal.slice();
    for (const piece of pieces) {
      if (piece.hull.basis.length !== dimension) continue;
      if (!higher.some((other) => closureAllows(other, piece.positive, piece.negative))) maximal.push(piece);
    }
  }
  return maximal;
}

function strictSigns(
  { count, normals, offsets }: IntegerHyperplanes,
  z: readonly Rational[],
): { positive: Uint32Array; negative: Uint32Array } {
  const { denominator, origin } = clearDenominators({ point: z, basis: [] });
  const positive = new Uint32Array(Math.max(1, Math.ceil(count / 32)));
  const negative = new Uint32Array(positive.length);
  for (let i = 0; i < count; i++) {
    const value = integerDot(normals[i], origin) - offsets[i] * denominator;
    if (value > 0n) positive[i >>> 5] |= 1 << (i & 31);
    else if (value < 0n) negative[i >>> 5] |= 1 << (i & 31);
  }
  return { positive, negative };
}

function byDimensionThenPlace(a: ExactContinuum, b: ExactContinuum): number {
  return (
    a.dimension - b.dimension || compareVectors(a.point, b.point) || compareVectors(a.basis.flat(), b.basis.flat())
  );
}

function byIndices(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k] - b[k];
  return a.length - b.length;
}
