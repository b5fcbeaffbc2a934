import { allOf, type Steps } from "../base/steps.ts";
import { type AffineSet, affineKey, compose, pointOf } from "../exact/affine.ts";
import { findingInterior, restrict } from "../exact/hull.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import type { Rational } from "../exact/rational.ts";
import { type IntegerHyperplanes, lowerSides, reverseRows } from "../exact/region.ts";
import { bit, setBit } from "../model/mask.ts";

/**
 * The fixed points in one closed region: a polyhedron of dimension ≥ 1 without hyperplanes through its relative
 * interior.
 *
 * The exact signs of all hyperplanes there name it: two pieces with the same signs are the same set, by whatever masks
 * they were found, because both are the closure of the fixed points with these signs.
 */
export interface Piece {
  /** The affine hull, canonical. */
  readonly hull: AffineSet;
  readonly hullKey: string;
  /** Bit i: u_i·z > h_i in the relative interior. */
  readonly positive: Uint32Array;
  /** Bit i: u_i·z < h_i in the relative interior. Hyperplanes in neither set contain the whole piece. */
  readonly negative: Uint32Array;
}

export type PieceDecision =
  | { readonly kind: "empty" }
  | { readonly kind: "point"; readonly z: Rational[] }
  | { readonly kind: "piece"; readonly piece: Piece };

/** The number of affine sets whose rows are kept: many regions share one set. */
const KEPT_SETS = 16;

/** Decides the intersection of a closed region with an affine set of solutions, exactly. */
export class PieceDecider {
  readonly #hyperplanes: IntegerHyperplanes;
  readonly #words: number;
  readonly #restricted = new Map<string, Polyhedron>();

  constructor(hyperplanes: IntegerHyperplanes) {
    this.#hyperplanes = hyperplanes;
    this.#words = Math.max(1, Math.ceil(hyperplanes.count / 32));
  }

  /** The lower sides u_i·z ≤ h_i in the coordinates of an affine set. */
  sidesWithin(set: AffineSet, key = affineKey(set)): Polyhedron {
    const kept = this.#restricted.get(key);
    if (kept !== undefined) return kept;
    if (this.#restricted.size === KEPT_SETS) {
      for (const oldest of this.#restricted.keys()) {
        this.#restricted.delete(oldest);
        break;
      }
    }
    const sides = restrict(lowerSides(this.#hyperplanes), set);
    this.#restricted.set(key, sides);
    return sides;
  }

  /** @param solutions all solutions of the region's linear system, canonical. */
  decide(mask: Uint32Array, solutions: AffineSet): PieceDecision {
    return allOf(this.deciding(mask, solutions));
  }

  /** `decide` in steps of one row. */
  *deciding(mask: Uint32Array, solutions: AffineSet): Steps<PieceDecision> {
    const found = yield* findingInterior(reverseRows(this.sidesWithin(solutions), mask));
    if (found === undefined) return { kind: "empty" };
    const dimension = found.hull.basis.length;
    if (dimension === 0) return { kind: "point", z: pointOf(solutions, found.point) };
    const hull = dimension === solutions.basis.length ? solutions : compose(solutions, found.hull);
    const hullKey = affineKey(hull);
    return { kind: "piece", piece: { hull, hullKey, ...this.#signs(mask, this.sidesWithin(hull, hullKey)) } };
  }

  /**
   * A hyperplane that cuts the hull has the region's sign inside the piece; the others have the same sign all over the
   * hull.
   */
  #signs(mask: Uint32Array, sides: Polyhedron): { positive: Uint32Array; negative: Uint32Array } {
    const positive = new Uint32Array(this.#words);
    const negative = new Uint32Array(this.#words);
    for (let i = 0; i < sides.count; i++) {
      let side: number;
      if (sides.normal(i).some((x) => x !== 0n)) side = bit(mask, i) ? 1 : -1;
      else side = sides.bound(i) < 0n ? 1 : sides.bound(i) > 0n ? -1 : 0;
      if (side > 0) setBit(positive, i);
      else if (side < 0) setBit(negative, i);
    }
    return { positive, negative };
  }
}

/** Whether strict signs may occur in the closure of the piece: none of them contradicts one of the piece's own. */
export function closureAllows(piece: Piece, positive: Uint32Array, negative: Uint32Array): boolean {
  for (let w = 0; w < positive.length; w++) {
    if ((positive[w]! & ~piece.positive[w]!) !== 0 || (negative[w]! & ~piece.negative[w]!) !== 0) return false;
  }
  return true;
}
