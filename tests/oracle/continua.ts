import type { Arrangement } from "./cells.ts";
import { coneGenerators } from "./cone.ts";
import type { ExactExtent } from "./extents.ts";
import {
  compareRationals,
  dot,
  gcd,
  nearestFloat64,
  nullSpace,
  type Rational,
  rational,
  reducedEchelon,
} from "./integers.ts";
import { nearestToOrigin } from "./nearest.ts";

/** The fixed points of one closed cell, a polyhedron of dimension 1 or more. */
export interface Piece {
  /** Signs of all hyperplanes in its relative interior: they name it. */
  readonly signs: readonly number[];
  readonly dimension: number;
  /** Homogeneous vectors (z·w, w) that span it. */
  readonly span: readonly (readonly bigint[])[];
  readonly extent: ExactExtent;
}

/** A connected set of fixed points with one affine hull, as a result lists it. */
export interface ExactContinuum {
  readonly dimension: number;
  /** Nearest to the origin, of several the first in lexicographic order; rounded. */
  readonly point: readonly number[];
  /** Reduced row echelon form, rounded. */
  readonly basis: readonly (readonly number[])[];
  /** In lexicographic order. */
  readonly regions: readonly (readonly number[])[];
  /** By their first regions. */
  readonly pieces: readonly { readonly region: readonly number[]; readonly extent: ExactExtent }[];
  /** Which of the others it has a point in common with. */
  readonly touching: readonly number[];
}

/** True iff points of these signs lie in the closure of the set of fixed points with those. */
export function within(signs: readonly number[], closure: readonly number[]): boolean {
  return signs.every((x, j) => x === 0 || x === closure[j]);
}

/** @param sidesOf the regions round points of given signs. */
export function joinPieces(
  pieces: readonly Piece[],
  { hyperplanes }: Arrangement,
  R: number,
  sidesOf: (signs: readonly number[]) => readonly (readonly number[])[],
): ExactContinuum[] {
  const maximal = pieces.filter(
    (piece) => !pieces.some((other) => other.dimension > piece.dimension && within(piece.signs, other.signs)),
  );
  const groups = new Map<string, Piece[]>();
  for (const piece of maximal) {
    const key = hullKey(piece, R);
    groups.set(key, [...(groups.get(key) ?? []), piece]);
  }
  const rows = hyperplanes.map(({ row }) => row);
  const continua = [...groups.values()].flatMap((group) => {
    const basis = independent(group[0]!.span, R + 1);
    const within = rows.map((row) => lowest(basis.map((vector) => dot(row, vector))));
    const heights = basis.map((vector) => vector[R]!);
    const constraints = new Map(group.map((piece) => [piece, closedSides(piece, within, heights)]));
    const touch = (a: Piece, b: Piece) => touches(a, b, within, heights);
    return connected(group, touch).map((set) => {
      const nearest = set
        .map((piece) => nearestToOrigin(basis, constraints.get(piece)!, R))
        .sort((a, b) => compareRationals(squared(a), squared(b)) || compareVectors(a, b))[0]!;
      const directions = directionsOf(basis, R);
      return { dimension: set[0]!.dimension, exact: nearest, directions, set };
    });
  });
  continua.sort(
    (a, b) =>
      a.dimension - b.dimension ||
      compareVectors(a.exact, b.exact) ||
      compareVectors(a.directions.flat(), b.directions.flat()),
  );
  return continua.map(({ dimension, exact, directions, set }, c) => ({
    dimension,
    point: exact.map(nearestFloat64),
    basis: directions.map((row) => row.map(nearestFloat64)),
    regions: set.flatMap(({ signs }) => sidesOf(signs)).sort(byIndices),
    pieces: set
      .map(({ signs, extent }) => ({ region: [...sidesOf(signs)].sort(byIndices)[0]!, extent }))
      .sort((a, b) => byIndices(a.region, b.region)),
    touching: continua.flatMap((other, o) =>
      o !== c && set.some((a) => other.set.some((b) => meets(a, b, rows, R))) ? [o] : [],
    ),
  }));
}

/**
 * Whether two closed pieces of any hulls have a point in common: one of the first that lies on every hyperplane between
 * them.
 */
function meets(a: Piece, b: Piece, rows: readonly (readonly bigint[])[], R: number): boolean {
  const basis = independent(a.span, R + 1);
  const along = (row: readonly bigint[]) => basis.map((vector) => dot(row, vector));
  return touches(
    a,
    b,
    rows.map((row) => lowest(along(row))),
    basis.map((vector) => vector[R]!),
  );
}

function independent(vectors: readonly (readonly bigint[])[], columns: number): readonly (readonly bigint[])[] {
  return reducedEchelon(vectors, columns).rows;
}

/** The affine hull, the same text for the same hull. */
function hullKey({ span }: Piece, R: number): string {
  const { rows, d } = reducedEchelon(span, R + 1);
  return rows.map((row) => row.map((x) => rational(x, d)).map(({ n, d }) => `${n}/${d}`)).join(";");
}

/**
 * Rows over coordinates of the basis that are ≥ 0 on the closed piece, w ≥ 0 the last. @param rows of the hyperplanes.
 */
function closedSides({ signs }: Piece, rows: readonly bigint[][], heights: readonly bigint[]): bigint[][] {
  const sides = rows.flatMap((row, j) => (signs[j] === 0 ? [] : [row.map((x) => x * BigInt(signs[j]!))]));
  return distinct([...sides, [...heights]]);
}

/** Whether two closed pieces have a point in common: it lies on every hyperplane between them. */
function touches(a: Piece, b: Piece, rows: readonly bigint[][], heights: readonly bigint[]): boolean {
  const between = rows.filter((_, j) => a.signs[j] !== b.signs[j]);
  const span = nullSpace(between, heights.length);
  const inSpan = (row: readonly bigint[]) => lowest(span.map((vector) => dot(row, vector)));
  const kept = distinct([...closedSides(a, rows, heights), ...closedSides(b, rows, heights)].map(inSpan));
  const height = inSpan(heights);
  return coneGenerators(kept, span.length).rays.some((ray) => dot(height, ray) > 0n);
}

/** Without rows of zeros, each once. */
function distinct(rows: readonly bigint[][]): bigint[][] {
  return [...new Map(rows.filter((row) => row.some((x) => x !== 0n)).map((row) => [row.join(), row])).values()];
}

/** Times the positive number that makes its entries coprime. */
function lowest(row: readonly bigint[]): bigint[] {
  const content = row.reduce(gcd, 0n);
  return content === 0n ? [...row] : row.map((x) => x / content);
}

/** Directions of the hull in reduced row echelon form. */
function directionsOf(basis: readonly (readonly bigint[])[], R: number): Rational[][] {
  // the differences: combinations of the basis with w = 0
  const pivot = basis.find((vector) => vector[R] !== 0n)!;
  const level = basis
    .filter((vector) => vector !== pivot)
    .map((vector) => vector.map((x, k) => x * pivot[R]! - pivot[k]! * vector[R]!));
  const { rows, d } = reducedEchelon(
    level.map((vector) => vector.slice(0, R)),
    R,
  );
  return rows.map((row) => row.map((x) => rational(x, d)));
}

function connected(pieces: readonly Piece[], touch: (a: Piece, b: Piece) => boolean): Piece[][] {
  const left = [...pieces];
  const sets: Piece[][] = [];
  while (left.length > 0) {
    const set = [left.pop()!];
    for (const member of set) {
      for (let i = left.length - 1; i >= 0; i--) if (touch(member, left[i]!)) set.push(...left.splice(i, 1));
    }
    sets.push(set);
  }
  return sets;
}

function squared(z: readonly Rational[]): Rational {
  return z.reduce((total, { n, d }) => rational(total.n * d * d + n * n * total.d, total.d * d * d), { n: 0n, d: 1n });
}

function compareVectors(a: readonly Rational[], b: readonly Rational[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareRationals(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares regions, which are lists of indices, as words in a dictionary. */
export function byIndices(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
