import type { Steps } from "../base/steps.ts";
import { type AffineSet, affineKey, compareVectors, pointOf } from "../exact/affine.ts";
import { type Allowance, findingGenerators, type Generators } from "../exact/generators.ts";
import { findingInterior, intervalOf } from "../exact/hull.ts";
import { abs } from "../exact/integers.ts";
import type { Polyhedron } from "../exact/polyhedron.ts";
import { compare, divide, negate, ONE, type Rational, ZERO } from "../exact/rational.ts";
import { reverseRows } from "../exact/region.ts";
import type { Piece } from "./pieces.ts";

/**
 * A piece in coordinates z as conv(vertices) + cone(rays) + span(lines), each list as `Generators` has it and in
 * lexicographic order.
 *
 * The form is unique: rays and lines are scaled so that the largest coordinate is 1 in magnitude, and the first nonzero
 * coordinate of a line is positive.
 */
export type Extent = Generators;

/**
 * The largest number of vertices and rays of one piece, intermediate ones included. A piece with more has no extent.
 */
export const MAX_GENERATORS = 512;
/** The largest number of steps for the vertices and rays of one piece; 512 vertices and rays take about this many. */
export const MAX_STEPS = 2 ** 21;

/**
 * The vertices, rays and lines of a piece, in steps.
 * @param sides the lower sides of all hyperplanes in the coordinates of the piece's hull.
 * @returns undefined if the computation would exceed the limits; never in dimension 1.
 */
export function* findingExtent(
  { hull, positive }: Piece,
  sides: Polyhedron,
  allowance: Allowance = { generators: MAX_GENERATORS, steps: MAX_STEPS },
): Steps<Extent | undefined> {
  const polyhedron = reverseRows(sides, positive);
  const local = polyhedron.dim === 1 ? generatorsOnLine(polyhedron) : yield* findingGenerators(polyhedron, allowance);
  return local && inSpace(hull, local);
}

/** Whether the piece is bounded: 0 is the only direction that stays on its side of every hyperplane. In steps. */
export function* findingBounded({ positive }: Piece, sides: Polyhedron): Steps<boolean> {
  const polyhedron = reverseRows(sides, positive);
  if (polyhedron.dim === 1) {
    const { low, high } = intervalOf(polyhedron)!;
    return low !== undefined && high !== undefined;
  }
  return (yield* findingInterior({ ...polyhedron, bound: () => 0n }))!.hull.basis.length === 0;
}

function generatorsOnLine(polyhedron: Polyhedron): Generators {
  const { low, high } = intervalOf(polyhedron)!;
  if (low === undefined && high === undefined) return { vertices: [[ZERO]], rays: [], lines: [[ONE]] };
  const vertices = [low, high].filter((t) => t !== undefined).map((t) => [t]);
  const rays = low === undefined ? [[negate(ONE)]] : high === undefined ? [[ONE]] : [];
  return { vertices, rays, lines: [] };
}

function inSpace(hull: AffineSet, { vertices, rays, lines }: Generators): Extent {
  const directions: AffineSet = { point: hull.point.map(() => ZERO), basis: hull.basis };
  const along = (t: readonly Rational[]) => scaled(pointOf(directions, t));
  return {
    vertices: vertices.map((t) => pointOf(hull, t)).sort(compareVectors),
    rays: rays.map(along).sort(compareVectors),
    // both bases are in echelon form, and so is their product, in the same order
    lines: lines.map(along),
  };
}

/** A direction with its largest coordinate 1 in magnitude: one that any float64 can hold. */
function scaled(direction: readonly Rational[]): Rational[] {
  let largest = ZERO;
  for (const { n, d } of direction) if (compare({ n: abs(n), d }, largest) > 0) largest = { n: abs(n), d };
  return direction.map((x) => divide(x, largest));
}

/**
 * Texts that name the smallest faces of a piece: its vertices, or translates of its lines.
 *
 * Two pieces have a point in common iff they share a text. Their intersection is a face of either piece: it lies where
 * the hyperplanes between their closed regions vanish, and a fixed point of one piece in the closed region of the other
 * belongs to both. Every face contains a smallest face.
 */
export function faceKeys({ vertices, lines }: Extent): string[] {
  return vertices.map((vertex) => affineKey({ point: vertex, basis: lines }));
}

/** The ends of a connected set of segments, rays and lines, and whether the set is one ring. */
export interface ExactEnds {
  /** Points where one piece ends and no other begins, in lexicographic order. */
  readonly vertices: readonly (readonly Rational[])[];
  /**
   * Directions in which pieces are unbounded, one for each unbounded end (so two for a line), in lexicographic order.
   */
  readonly rays: readonly (readonly Rational[])[];
  /** Whether every piece is bounded and exactly two pieces meet at each vertex. */
  readonly closed: boolean;
}

/** @param extents of a connected set of pieces of dimension 1, each once. */
export function endsOf(extents: readonly Extent[]): ExactEnds {
  const meeting = new Map<string, { vertex: readonly Rational[]; pieces: number }>();
  const rays: (readonly Rational[])[] = [];
  for (const extent of extents) {
    rays.push(...extent.rays, ...extent.lines.flatMap((line) => [line, line.map(negate)]));
    if (extent.lines.length > 0) continue;
    extent.vertices.forEach((vertex, v) => {
      const key = faceKeys(extent)[v]!;
      const known = meeting.get(key);
      if (known === undefined) meeting.set(key, { vertex, pieces: 1 });
      else known.pieces++;
    });
  }
  const vertices = [...meeting.values()];
  return {
    vertices: vertices
      .filter(({ pieces }) => pieces === 1)
      .map(({ vertex }) => vertex)
      .sort(compareVectors),
    rays: rays.sort(compareVectors),
    closed: rays.length === 0 && vertices.every(({ pieces }) => pieces === 2),
  };
}
