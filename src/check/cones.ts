import { nullSpace, rank, reducedRowEchelon } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { add, compare, multiply, negate, ofNumber, type Rational, subtract, toNumber } from "../exact/rational.ts";
import { clearBit, setBit } from "../model/mask.ts";
import type { Coordinates } from "./coordinates.ts";
import type { ExactRoot } from "./exact-root.ts";
import type { ListedPiece, Regions } from "./regions.ts";
import { keepsSides, type RootTable } from "./root.ts";

/** Where a cone has its tip: a listed point, or a listed piece, all of whose affine hull is the tip. */
export interface Apex {
  /** In the coordinates of the proof: the point, or one of the piece's relative interior. */
  readonly x: readonly Rational[];
  /** Of all hyperplanes there: 0 for those that contain the tip. */
  readonly signs: Int8Array;
  /** Rows that span the piece's directions, in reduced row echelon form, and their leading coordinates. */
  readonly basis: readonly (readonly Rational[])[];
  readonly pivots: readonly number[];
}

/** Of the tips that a proof can name the one with a number: points come first, then the regions of continua. */
export function apexOf({ points, pieces }: Regions, coordinates: Coordinates, number: number): Apex | undefined {
  const point = points[number];
  if (point !== undefined) return { x: coordinates.at(point.z), signs: point.signs, basis: [], pivots: [] };
  const piece = pieces[number - points.length];
  return piece && apexOfPiece(piece, coordinates);
}

function apexOfPiece({ inner, directions }: ListedPiece, coordinates: Coordinates): Apex {
  const rows = directions.map((direction) => coordinates.at(direction));
  const denominator = rows.flat().reduce((lcm, { d }) => (lcm % d === 0n ? lcm : lcm * d), 1n);
  const whole = rows.flat().map(({ n, d }) => n * (denominator / d));
  const { rows: basis, pivots } = reducedRowEchelon(whole, rows.length, coordinates.root.dim);
  return { x: coordinates.at(inner.z), signs: inner.signs, basis, pivots };
}

/**
 * Whether in a box a zero y of G that is no point of the tip would give one with y_k = x_k for the leading coordinates
 * and another one of them at ±1, ±2, … times the halfwidths: on the faces of the cone (`coneRoot`).
 *
 * For a point: all hyperplanes off it keep on the box the side that they have there. For a piece: they do so on the box
 * and at all points e(y) of its affine hull that have the leading coordinates of a y in the box. Then e(y) is a
 * solution in the piece's closed region, which is listed, and G(e(y) + d) is homogeneous in d.
 */
export function isInCone(
  table: RootTable,
  { x, signs, basis, pivots }: Apex,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
): boolean {
  if (!keepsSides(table, signs, lo, hi)) return false;
  if (pivots.length === 0) return true;
  const low: number[] = [];
  const high: number[] = [];
  for (let i = 0; i < table.dim; i++) {
    let [least, most] = [x[i]!, x[i]!];
    basis.forEach((direction, k) => {
      const p = pivots[k]!;
      const ends = [lo[p]!, hi[p]!].map((end) => multiply(direction[i]!, subtract(ofNumber(end), x[p]!)));
      const [a, b] = ends as [Rational, Rational];
      const ascends = compare(a, b) <= 0;
      least = add(least, ascends ? a : b);
      most = add(most, ascends ? b : a);
    });
    low.push(roundedDown(least));
    high.push(-roundedDown(negate(most)));
  }
  return [...low, ...high].every(Number.isFinite) && keepsSides(table, signs, low, high);
}

/** A float64 that is at most x, and near it. */
export function roundedDown(x: Rational): number {
  let rounded = toNumber(x);
  while (Number.isFinite(rounded) && compare(ofNumber(rounded), x) > 0) {
    rounded -= Math.abs(rounded) * 2 ** -52 + 2 ** -1074;
  }
  return rounded;
}

/**
 * The faces d_k = ±halfwidths[k] of the cube |d_i| ≤ halfwidths[i] about a tip, in the order of `cubeRoots`; none for
 * coordinates whose half-width is 0.
 */
export function coneFaces(halfwidths: readonly number[]): { lo: Float64Array; hi: Float64Array }[] {
  return halfwidths.flatMap((s, k) =>
    (s > 0 ? [s, -s] : []).map((side) => {
      const hi = Float64Array.from(halfwidths);
      const lo = hi.map((x) => 0 - x);
      lo[k] = side;
      hi[k] = side;
      return { lo, hi };
    }),
  );
}

/**
 * Whether regions of a cone are listed: of the hyperplanes that contain the tip a mask tells the sides, all others have
 * theirs from the tip. A zero of the cone in such a region is, nearer to the tip, one of G in the region with these
 * sides.
 */
export function listedInCone(
  listing: Pick<Regions, "listed">,
  signs: ArrayLike<number>,
): (mask: Uint32Array) => boolean {
  const whole = new Uint32Array(Math.max(1, Math.ceil(signs.length / 32)));
  const ties: number[] = [];
  for (let j = 0; j < signs.length; j++) {
    if (signs[j] === 0) ties.push(j);
    else if (signs[j]! > 0) setBit(whole, j);
  }
  return (mask) => {
    ties.forEach((j, at) => {
      if ((mask[at >> 5]! >>> (at & 31)) & 1) setBit(whole, j);
      else clearBit(whole, j);
    });
    return listing.listed(whole);
  };
}

/**
 * Coordinates whose value is of no matter to G, and which a cube may leave out: those that lead the directions along
 * which it does not change, M d = 0 and U d = 0. Any zero moved along these is one in the same regions; so it is enough
 * to find those that are 0 there.
 */
export function idleCoordinates({ dim: R, count: N, M, U }: ExactRoot): number[] {
  const m = scaleToIntegers(M).values;
  if (rank(m, R, R) === R) return [];
  const rows = [...m, ...scaleToIntegers(U).values];
  return nullSpace(rows, R + N, R).map((row) => row.findIndex((x) => x.n !== 0n));
}
