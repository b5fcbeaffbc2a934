import { allOf, type Steps } from "../base/steps.ts";
import { type AffineSet, affineContains, clearDenominators, compareVectors } from "../exact/affine.ts";
import { integerDot, type Polyhedron } from "../exact/polyhedron.ts";
import type { Rational } from "../exact/rational.ts";
import type { IntegerHyperplanes } from "../exact/region.ts";
import { MAX_SIDES } from "../exact/sides.ts";
import { setBit } from "../model/mask.ts";
import { findingAdjacent } from "./adjacent-regions.ts";
import { connectingContinua, type ExactConnectedSet } from "./connected.ts";
import { type ExactEnds, type Extent, endsOf, findingBounded, findingExtent } from "./extent.ts";
import { findingNearestPoint } from "./nearest-piece.ts";
import { closureAllows, type Piece, PieceDecider } from "./pieces.ts";
import { connectingPieces } from "./touching.ts";

/**
 * A connected set of fixed points with one affine hull, exactly.
 *
 * All fields depend on the set alone, not on the order or the way in which it was found. A permutation of the units or
 * a signed permutation of z permutes them likewise (the basis then takes its echelon form again).
 */
export interface ExactContinuum {
  /** ≥ 1. */
  readonly dimension: number;
  /**
   * The point nearest to the origin; of several equally near ones (the set need not be convex) the first in
   * lexicographic order.
   */
  readonly point: readonly Rational[];
  /** Directions of the affine hull in reduced row echelon form: `dimension` rows of length R. */
  readonly basis: readonly (readonly Rational[])[];
  /**
   * The regions in whose closure the continuum has its full dimension, each as the hyperplanes with bit 1, in
   * lexicographic order. A part that lies in hyperplanes belongs to the regions on all sides of them; of these at most
   * MAX_SIDES are listed.
   */
  readonly regions: readonly (readonly number[])[];
  /** Whether the continuum is bounded. */
  readonly bounded: boolean;
  /**
   * The number of pieces: one for each set of exact signs, which is one for each region except where the continuum lies
   * in hyperplanes.
   */
  readonly pieceCount: number;
  /** The first MAX_PIECES pieces, by their regions. */
  readonly pieces: readonly ExactPiece[];
  /** The ends of the continuum; only in dimension 1. */
  readonly ends?: ExactEnds;
  /** Whether the continuum contains z (its ends included). */
  contains(z: readonly Rational[]): boolean;
}

/** The part of a continuum in one closed region. */
export interface ExactPiece {
  /** The first of its regions. */
  readonly region: readonly number[];
  /** The vertices, rays and lines of the piece; undefined if their computation would exceed the limits. */
  readonly extent: Extent | undefined;
}

/** The largest number of pieces of a continuum that are listed. */
export const MAX_PIECES = 64;

/**
 * Takes singular regions as they are found and joins their fixed points into continua (docs/design.md#continua).
 *
 * Pieces in different affine hulls stay apart even where they touch (a bent line is two continua); a piece in the
 * closure of a piece of higher dimension belongs to the latter.
 */
export class ContinuumCollector {
  readonly #hyperplanes: IntegerHyperplanes;
  readonly #decider: PieceDecider;
  readonly #pieces = new Map<string, Piece>();
  /** The pieces of each continuum of the answer. */
  readonly #parts = new Map<ExactContinuum, readonly Piece[]>();
  /** The maximal pieces by their affine hull, once all pieces have been added. */
  #groups = new Map<string, Piece[]>();

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
   * @returns "point": the region holds one fixed point. "piece": the fixed points form a piece of dimension ≥ 1, which
   *   is kept.
   */
  addPiece(
    mask: Uint32Array,
    solutions: AffineSet,
  ): { kind: "empty" } | { kind: "point"; z: Rational[] } | { kind: "piece" } {
    return allOf(this.addingPiece(mask, solutions));
  }

  /** `addPiece` in steps. */
  *addingPiece(
    mask: Uint32Array,
    solutions: AffineSet,
  ): Steps<{ kind: "empty" } | { kind: "point"; z: Rational[] } | { kind: "piece" }> {
    const decision = yield* this.#decider.deciding(mask, solutions);
    if (decision.kind !== "piece") return decision;
    const { piece } = decision;
    this.#pieces.set(`${piece.positive.join()};${piece.negative.join()}`, piece);
    return { kind: "piece" };
  }

  /** The continua of all pieces so far: by dimension, then in lexicographic order of the point, then of the basis. */
  finish(): ExactContinuum[] {
    allOf(this.finishing());
    return this.described;
  }

  /** Joins the pieces into continua, in steps; `described` and `undescribed` give the progress. */
  *finishing(): Steps<void> {
    this.#parts.clear();
    this.#groups = new Map();
    for (const piece of yield* findingMaximal([...this.#pieces.values()])) {
      const group = this.#groups.get(piece.hullKey);
      if (group) group.push(piece);
      else this.#groups.set(piece.hullKey, [piece]);
    }
    for (const group of this.#groups.values()) {
      const sides = this.#decider.sidesWithin(group[0]!.hull, group[0]!.hullKey);
      for (const pieces of yield* connectingPieces(group, sides)) {
        const point = yield* findingNearestPoint(pieces, sides);
        this.#parts.set(yield* this.#describing(pieces, point, sides), pieces);
      }
    }
  }

  /** The continua joined so far, in the order of `finish`. */
  get described(): ExactContinuum[] {
    return [...this.#parts.keys()].sort(byDimensionThenPlace);
  }

  /** The number of maximal pieces that are not yet in one of these continua. */
  get undescribed(): number {
    const all = [...this.#groups.values()].reduce((sum, group) => sum + group.length, 0) || this.#pieces.size;
    return [...this.#parts.values()].reduce((left, pieces) => left - pieces.length, all);
  }

  /** Whether z lies on a piece (its ends included). */
  contains(z: readonly Rational[]): boolean {
    const groups = this.#groups.size > 0 ? this.#groups.values() : [...this.#pieces.values()].map((piece) => [piece]);
    let signs: ReturnType<typeof strictSigns> | undefined;
    for (const pieces of groups) {
      if (!affineContains(pieces[0]!.hull, z)) continue;
      signs ??= strictSigns(this.#hyperplanes, z);
      const { positive, negative } = signs;
      if (pieces.some((piece) => closureAllows(piece, positive, negative))) return true;
    }
    return false;
  }

  /**
   * In steps: the connected sets that continua of the answer form; undefined if there are too many pieces to decide.
   */
  connecting(continua: readonly ExactContinuum[]): Steps<ExactConnectedSet[] | undefined> {
    const parts = continua.map((continuum) => this.#parts.get(continuum)!);
    return connectingContinua(parts, (hull, key) => this.#decider.sidesWithin(hull, key));
  }

  *#describing(pieces: readonly Piece[], point: Rational[], sides: Polyhedron): Steps<ExactContinuum> {
    const { hull } = pieces[0]!;
    const placed: { piece: Piece; regions: (readonly number[])[] }[] = [];
    for (const piece of pieces) {
      const regions = yield* findingAdjacent(this.#hyperplanes, piece.positive, piece.negative, MAX_SIDES);
      placed.push({ piece, regions: [...regions].sort(byIndices) });
    }
    placed.sort((a, b) => byIndices(a.regions[0]!, b.regions[0]!));
    const line = hull.basis.length === 1;
    // the ends of a line follow from all of its pieces together
    const extents: (Extent | undefined)[] = [];
    for (const { piece } of placed.slice(0, line ? undefined : MAX_PIECES))
      extents.push(yield* findingExtent(piece, sides));
    let bounded = true;
    for (const piece of pieces) bounded &&= yield* findingBounded(piece, sides);
    return {
      dimension: hull.basis.length,
      point,
      basis: hull.basis,
      regions: placed.flatMap(({ regions }) => regions).sort(byIndices),
      bounded,
      pieceCount: pieces.length,
      pieces: placed.slice(0, MAX_PIECES).map(({ regions }, i) => ({ region: regions[0]!, extent: extents[i]! })),
      ...(line ? { ends: endsOf(extents.map((extent) => extent!)) } : {}),
      contains: (z) => {
        if (!affineContains(hull, z)) return false;
        const { positive, negative } = strictSigns(this.#hyperplanes, z);
        return pieces.some((piece) => closureAllows(piece, positive, negative));
      },
    };
  }
}

/** The pieces that do not lie in the closure of a piece of higher dimension, in steps. */
function* findingMaximal(pieces: readonly Piece[]): Steps<Piece[]> {
  const dimensions = [...new Set(pieces.map(({ hull }) => hull.basis.length))].sort((a, b) => b - a);
  const maximal: Piece[] = [];
  for (const dimension of dimensions) {
    const higher = maximal.slice();
    for (const piece of pieces) {
      if (piece.hull.basis.length !== dimension) continue;
      if (!higher.some((other) => closureAllows(other, piece.positive, piece.negative))) maximal.push(piece);
      yield;
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
    const value = integerDot(normals[i]!, origin) - offsets[i]! * denominator;
    if (value > 0n) setBit(positive, i);
    else if (value < 0n) setBit(negative, i);
  }
  return { positive, negative };
}

function byDimensionThenPlace(a: ExactContinuum, b: ExactContinuum): number {
  return (
    a.dimension - b.dimension || compareVectors(a.point, b.point) || compareVectors(a.basis.flat(), b.basis.flat())
  );
}

function byIndices(a: readonly number[], b: readonly number[]): number {
  for (let k = 0; k < Math.min(a.length, b.length); k++) if (a[k] !== b[k]) return a[k]! - b[k]!;
  return a.length - b.length;
}
