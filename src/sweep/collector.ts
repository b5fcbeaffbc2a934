import { type AffineSet, affineContains, clearDenominators, pointOf } from "../exact/affine.ts";
import { solveAffine } from "../exact/elimination.ts";
import { intervalOf, relativeInterior, restrict } from "../exact/hull.ts";
import { integerDot, type Polyhedron } from "../exact/polyhedron.ts";
import { compare, key, negate, ONE, ofNumber, type Rational, ZERO } from "../exact/rational.ts";
import { type IntegerHyperplanes, reverseRows } from "../exact/region.ts";
import { maximise } from "../exact/simplex.ts";
import { ExactRegions } from "../finalize/exact-region.ts";
import { closureAllows, type Piece, PieceDecider } from "../finalize/pieces.ts";
import { setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type CandidateSink, type RunControl, stopReason, Turns } from "../stages/run.ts";
import { SweepFilter } from "./filter.ts";

/** A point of (s, z) space, exactly: s first, then z. */
export type ExactPlace = readonly Rational[];

/** Fixed points z(s) that move with s, from < to, inside one region or along hyperplanes that they do not leave. */
export interface Segment {
  readonly from: Rational;
  readonly to: Rational;
  /** A line of (s, z) space whose direction has s-component 1. */
  readonly line: AffineSet;
  /** Hyperplanes with u_j·z > h_j between the ends, ascending, and those that contain the whole segment. */
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

/** A set of fixed points larger than a segment: of dimension ≥ 1 for one s, or of dimension ≥ 2 in (s, z). */
export interface ContinuumPart {
  readonly piece: Piece;
  /** Dimension for one s. */
  readonly dimension: number;
  /** The least and the largest s of the part in the range. */
  readonly from: Rational;
  readonly to: Rational;
  /** The only point at `from`, or at `to`, where the part shrinks to a point. */
  readonly tips: readonly ExactPlace[];
}

export interface ExactSigns {
  /** Hyperplanes with u_j·z + w_j s > h_j. */
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

/** The contents of the regions seen so far, exactly and without repeats. */
export interface SweepParts {
  readonly segments: readonly Segment[];
  /** Fixed points that exist for one s alone. */
  readonly points: readonly ExactPlace[];
  /** Points that continua shrink to and that lie on no segment. */
  readonly tips: readonly ExactPlace[];
  readonly continua: readonly ContinuumPart[];
}

/**
 * Takes regions of (s, z) space and keeps the exact pieces of branches in them with s in [a, b], as the `Finalizer`
 * does for a single solve.
 */
export class SweepCollector implements CandidateSink {
  readonly low: Rational;
  readonly high: Rational;
  readonly #N: number;
  readonly #D: number;
  readonly #filter: SweepFilter;
  readonly #exact: ExactRegions;
  /** The hyperplanes of the system, followed by s = a and s = b. */
  readonly #hyperplanes: IntegerHyperplanes;
  readonly #decider: PieceDecider;
  readonly #seen = new Set<string>();
  readonly #segments = new Map<string, Segment & { readonly piece: Piece }>();
  readonly #points = new Map<string, ExactPlace>();
  readonly #continua = new Map<string, ContinuumPart>();
  /** The number of regions that floating point did not rule out. */
  exactSolves = 0;
  /** The number of regions that there was no time for, and why. */
  undecided: { readonly regions: number; readonly because: string } | undefined;
  #queue: Uint32Array[] = [];

  constructor(extended: PiecewiseLinearSystem, low: number, high: number) {
    this.low = ofNumber(low);
    this.high = ofNumber(high);
    this.#N = extended.hyperplanes;
    this.#D = extended.latentDim;
    this.#filter = new SweepFilter(extended, low, high);
    this.#exact = new ExactRegions(extended);
    const { dim, count, normals, offsets, exponents } = this.#exact.hyperplanes;
    const ends = [this.low, this.high];
    this.#hyperplanes = {
      dim,
      count: count + 2,
      normals: [...normals, ...ends.map(({ d }) => Array.from({ length: dim }, (_, k) => (k === 0 ? d : 0n)))],
      offsets: [...offsets, ...ends.map(({ n }) => n)],
      exponents: [...exponents, 0, 0],
    };
    this.#decider = new PieceDecider(this.#hyperplanes);
  }

  get found(): number {
    return this.#segments.size;
  }

  /** The ends of all segments found so far, and the single points. */
  *places(): Generator<ExactPlace> {
    yield* this.#points.values();
    for (const { line, from, to } of this.#segments.values()) {
      yield placeOn(line, from);
      yield placeOn(line, to);
    }
  }

  /** Queues a region for `settle`. @param mask over the hyperplanes of the system; copied. */
  add(mask: Uint32Array): void {
    this.#queue.push(mask.slice());
  }

  /** Decides the queued regions, as far as there is time. */
  async settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void> {
    const queue = this.#queue;
    this.#queue = [];
    const turns = new Turns();
    for (const [at, mask] of queue.entries()) {
      this.visit(mask);
      if (!turns.due) continue;
      await turns.give();
      const because = stopReason(control);
      const left = queue.length - at - 1;
      if (because === undefined || left === 0) continue;
      this.undecided = { regions: left + (this.undecided?.regions ?? 0), because };
      return;
    }
  }

  /** As `add`. @returns the segment of the region, if there is one that was not known. */
  visit(mask: Uint32Array): Segment | undefined {
    if (this.#filter.surelyEmpty(mask)) return undefined;
    const name = mask.join();
    if (this.#seen.has(name)) return undefined;
    this.#seen.add(name);
    this.exactSolves++;
    const { J, b } = this.#exact.region(mask);
    const solutions = solveAffine(J, this.#D, this.#D, b);
    if (solutions === undefined) return undefined;
    const ranged = this.#withRange(mask);
    const decision = this.#decider.decide(ranged, solutions);
    if (decision.kind === "empty") return undefined;
    if (decision.kind === "point") {
      this.#points.set(placeKey(decision.z), decision.z);
      return undefined;
    }
    return this.#keep(decision.piece, ranged);
  }

  /** The mask with bits for the range: bit N, s > a, is set, and bit N + 1, s > b, is clear. */
  #withRange(mask: Uint32Array): Uint32Array {
    const ranged = new Uint32Array(Math.ceil((this.#N + 2) / 32));
    ranged.set(mask);
    ranged[this.#N >>> 5]! |= 1 << (this.#N & 31);
    return ranged;
  }

  #keep(piece: Piece, ranged: Uint32Array): Segment | undefined {
    const name = `${piece.positive.join()};${piece.negative.join()}`;
    const { hull, hullKey } = piece;
    const sides = reverseRows(this.#decider.sidesWithin(hull, hullKey), ranged);
    // in echelon form s is the first coordinate of the hull, unless s is constant on the hull
    const moves = hull.basis[0]![0]!.n !== 0n;
    if (moves && hull.basis.length === 1) {
      if (this.#segments.has(name)) return undefined;
      const { low, high } = intervalOf(sides)!;
      const segment = { from: low!, to: high!, line: hull, piece, ...this.signsOf(piece) };
      this.#segments.set(name, segment);
      return segment;
    }
    if (!this.#continua.has(name)) {
      const [from, to] = moves ? extent(sides) : [hull.point[0]!, hull.point[0]!];
      const dimension = hull.basis.length - (moves ? 1 : 0);
      const tips = moves ? [from, to].flatMap((s) => tipAt(hull, sides, s)) : [];
      this.#continua.set(name, { piece, dimension, from, to, tips });
    }
    return undefined;
  }

  /** The signs of the system's hyperplanes in a piece, or at a place. */
  signsOf({ positive, negative }: Pick<Piece, "positive" | "negative">): ExactSigns {
    const active: number[] = [];
    const ties: number[] = [];
    for (let j = 0; j < this.#N; j++) {
      const bit = 1 << (j & 31);
      if (positive[j >>> 5]! & bit) active.push(j);
      else if ((negative[j >>> 5]! & bit) === 0) ties.push(j);
    }
    return { active, ties };
  }

  /** The exact signs of all hyperplanes at a place. */
  signs(place: ExactPlace): ExactSigns {
    return this.signsOf(this.#masksAt(place));
  }

  /** Whether a place lies on a continuum at its s. A tip does not. */
  onContinuum(place: ExactPlace): boolean {
    if (this.#continua.size === 0) return false;
    const { positive, negative } = this.#masksAt(place);
    const name = placeKey(place);
    return [...this.#continua.values()].some(
      ({ piece, tips }) =>
        affineContains(piece.hull, place) &&
        closureAllows(piece, positive, negative) &&
        !tips.some((tip) => placeKey(tip) === name),
    );
  }

  #masksAt(place: ExactPlace): { positive: Uint32Array; negative: Uint32Array } {
    const { count, normals, offsets } = this.#hyperplanes;
    const { denominator, origin } = clearDenominators({ point: place, basis: [] });
    const positive = new Uint32Array(Math.ceil(count / 32));
    const negative = new Uint32Array(positive.length);
    for (let j = 0; j < count; j++) {
      const value = integerDot(normals[j]!, origin) - offsets[j]! * denominator;
      if (value > 0n) setBit(positive, j);
      else if (value < 0n) setBit(negative, j);
    }
    return { positive, negative };
  }

  /**
   * All finds. Segments and points that lie on a larger part are left out, and segments along hyperplanes are cut where
   * another segment ends on them.
   */
  finish(): SweepParts {
    for (const mask of this.#queue.splice(0)) this.visit(mask);
    const continua = [...this.#continua.values()];
    const segments = [...this.#segments.values()].filter(
      ({ piece }) => !continua.some((part) => closureAllows(part.piece, piece.positive, piece.negative)),
    );
    const ends = new Map(this.#points);
    for (const segment of segments) {
      for (const s of [segment.from, segment.to]) {
        const place = placeOn(segment.line, s);
        ends.set(placeKey(place), place);
      }
    }
    const cut = segments.flatMap((segment) => (segment.ties.length === 0 ? [segment] : cutAt(segment, ends.values())));
    const alone = (place: ExactPlace): boolean =>
      !this.onContinuum(place) && !cut.some((segment) => covers(segment, place));
    const tips = continua.flatMap((part) => part.tips).filter(alone);
    const tipNames = new Set(tips.map(placeKey));
    const points = [...this.#points.values()].filter((place) => alone(place) && !tipNames.has(placeKey(place)));
    return { segments: cut, points, tips, continua: largest(continua) };
  }
}

/** The parts that do not lie in the closure of a part of higher dimension. */
function largest(parts: readonly ContinuumPart[]): ContinuumPart[] {
  return parts.filter(
    ({ piece }) =>
      !parts.some(
        ({ piece: other }) =>
          other.hull.basis.length > piece.hull.basis.length && closureAllows(other, piece.positive, piece.negative),
      ),
  );
}

function cutAt(segment: Segment, places: Iterable<ExactPlace>): Segment[] {
  const cuts: Rational[] = [];
  for (const place of places) {
    const s = place[0]!;
    if (compare(s, segment.from) > 0 && compare(s, segment.to) < 0 && affineContains(segment.line, place)) cuts.push(s);
  }
  const stops = [segment.from, ...cuts.sort(compare), segment.to];
  return stops.slice(1).map((to, i) => ({ ...segment, from: stops[i]!, to }));
}

function covers({ from, to, line }: Segment, place: ExactPlace): boolean {
  const s = place[0]!;
  return compare(s, from) >= 0 && compare(s, to) <= 0 && affineContains(line, place);
}

/** The place of a segment's line at s. */
export function placeOn(line: AffineSet, s: Rational): Rational[] {
  return pointOf(line, [s]);
}

/** A text that equal places share and others don't. */
export function placeKey(place: ExactPlace): string {
  return place.map(key).join();
}

/** The least and the greatest s of a polyhedron whose first coordinate is s; the range bounds s. */
function extent(sides: Polyhedron): [Rational, Rational] {
  const s = Array.from({ length: sides.dim }, (_, k) => (k === 0 ? 1n : 0n));
  const most = (objective: bigint[]): Rational => {
    const result = maximise(sides, objective);
    if (result.status !== "optimal")
      throw new RangeError(`s is bounded in a piece, but its extent is ${result.status}`);
    return result.value;
  };
  return [negate(most(s.map((x) => -x))), most(s)];
}

/** The point of a piece at a value s of its first coordinate, if there is just one point. */
function tipAt(hull: AffineSet, sides: Polyhedron, s: Rational): ExactPlace[] {
  const free = Array.from({ length: sides.dim - 1 }, (_, i) =>
    Array.from({ length: sides.dim }, (_, k) => (k === i + 1 ? ONE : ZERO)),
  );
  const slice: AffineSet = { point: Array.from({ length: sides.dim }, (_, k) => (k === 0 ? s : ZERO)), basis: free };
  const found = relativeInterior(restrict(sides, slice));
  return found?.hull.basis.length === 0 ? [pointOf(hull, pointOf(slice, found.point))] : [];
}
