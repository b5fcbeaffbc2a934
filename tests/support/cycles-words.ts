import { type AffineSet, pointOf } from "../../src/exact/affine.ts";
import { solveAffine } from "../../src/exact/elimination.ts";
import { polyhedronOf } from "../../src/exact/polyhedron.ts";
import {
  add,
  multiply,
  negate,
  ofDyadic,
  ofNumber,
  type Rational,
  rational,
  sign,
  subtract,
  ZERO,
} from "../../src/exact/rational.ts";
import { feasiblePoint, maximise } from "../../src/exact/simplex.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/** A point of an orbit. */
export type Point = readonly Rational[];

const ONE: Rational = { n: 1n, d: 1n };

/** F(z) = z + G(z), in rationals. */
export class ExactMap {
  readonly R: number;
  readonly N: number;
  readonly #A: Rational[];
  readonly #c: Rational[];
  readonly #U: Rational[];
  readonly #V: Rational[];
  readonly #h: Rational[];

  constructor({ latentDim: R, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem) {
    this.R = R;
    this.N = N;
    this.#A = M.toDyadics().map((x, at) => (at % (R + 1) === 0 ? add(ofDyadic(x), ONE) : ofDyadic(x)));
    this.#c = g.toDyadics().map((x) => negate(ofDyadic(x)));
    this.#U = Array.from(U, ofNumber);
    this.#V = V.toDyadics().map(ofDyadic);
    this.#h = h.toDyadics().map(ofDyadic);
  }

  /** u_j·z − h_j for all j. */
  arguments(z: Point): Rational[] {
    return Array.from({ length: this.N }, (_, j) => subtract(this.#dot(j, z), this.#h[j]!));
  }

  #dot(j: number, z: Point): Rational {
    return z.reduce((sum, x, i) => add(sum, multiply(this.#U[j * this.R + i]!, x)), ZERO);
  }

  /** F(z). */
  at(z: Point): Rational[] {
    const x = this.arguments(z);
    return Array.from({ length: this.R }, (_, i) => {
      let sum = z.reduce((total, y, n) => add(total, multiply(this.#A[i * this.R + n]!, y)), this.#c[i]!);
      x.forEach((value, j) => {
        if (value.n > 0n) sum = add(sum, multiply(this.#V[j * this.R + i]!, value));
      });
      return sum;
    });
  }

  /** The rows (u_j, −h_j). */
  row(j: number): Rational[] {
    return [...this.#U.slice(j * this.R, (j + 1) * this.R), negate(this.#h[j]!)];
  }

  /** [A | b] of the region of a mask, R×(R + 1). */
  region(mask: number): Rational[][] {
    return Array.from({ length: this.R }, (_, i) => {
      const line = [...this.#A.slice(i * this.R, (i + 1) * this.R), this.#c[i]!];
      for (let j = 0; j < this.N; j++) {
        if (((mask >> j) & 1) === 0) continue;
        const v = this.#V[j * this.R + i]!;
        this.row(j).forEach((x, n) => {
          line[n] = add(line[n]!, multiply(v, x));
        });
      }
      return line;
    });
  }
}

/** The row times [L | b; 0 | 1]. */
function through(row: readonly Rational[], affine: readonly (readonly Rational[])[]): Rational[] {
  const R = affine.length;
  return Array.from({ length: R + 1 }, (_, n) => {
    let sum = n === R ? row[R]! : ZERO;
    for (let i = 0; i < R; i++) sum = add(sum, multiply(row[i]!, affine[i]![n]!));
    return sum;
  });
}

function integers(row: readonly Rational[]): bigint[] {
  const common = row.reduce((product, { d }) => product * d, 1n);
  return row.map(({ n, d }) => n * (common / d));
}

/**
 * Orbits with F^k(z_0) = z_0 of every word of k masks over N hyperplanes, by brute force in rationals: the one of a
 * regular word, and of a singular word several points of its continuum (corners, and points between them).
 * @returns the points z_0, and the number of singular words that have any.
 */
export function orbitsByWords(map: ExactMap, k: number): { points: Point[]; continua: number } {
  const { R, N } = map;
  const masks = 2 ** N;
  const regions = Array.from({ length: masks }, (_, mask) => map.region(mask));
  const found: Point[] = [];
  let continua = 0;
  const identity = Array.from({ length: R }, (_, i) => Array.from({ length: R + 1 }, (_, n) => (i === n ? ONE : ZERO)));
  const visit = (t: number, affine: readonly Rational[][], sides: readonly (readonly Rational[])[]) => {
    if (t === k) {
      const rows = affine.map((line, i) => line.map((x, n) => (n === i ? subtract(x, ONE) : x)));
      const whole = rows.map(integers);
      const set = solveAffine(
        whole.flatMap((row) => row.slice(0, R)),
        R,
        R,
        whole.map((row) => -row[R]!),
      );
      if (set !== undefined) {
        const points = set.basis.length === 0 ? onSides([set.point], sides) : sample(set, sides);
        if (set.basis.length > 0 && points.length > 0) continua++;
        found.push(...points);
      }
      return;
    }
    const rows = Array.from({ length: N }, (_, j) => through(map.row(j), affine));
    for (let mask = 0; mask < masks; mask++) {
      const signed = rows.map((row, j) => (((mask >> j) & 1) === 1 ? row : row.map(negate)));
      // a side that is a constant below 0 is none
      if (signed.some((row) => row.slice(0, R).every(({ n }) => n === 0n) && row[R]!.n < 0n)) continue;
      const next = regions[mask]!.map((row) => through(row, affine));
      visit(t + 1, next, [...sides, ...signed]);
    }
  };
  visit(0, identity, []);
  return { points: found, continua };
}

function onSides(points: readonly Point[], sides: readonly (readonly Rational[])[]): Point[] {
  return points.filter((z) =>
    sides.every((row) => sign(z.reduce((sum, x, i) => add(sum, multiply(row[i]!, x)), row[z.length]!)) >= 0),
  );
}

/** Corners of the part of an affine set on all sides, and points between them. */
function sample(set: AffineSet, sides: readonly (readonly Rational[])[]): Point[] {
  const n = set.basis.length;
  const rows = sides.map((row) => {
    const R = row.length - 1;
    const at = set.point.reduce((sum, x, i) => add(sum, multiply(row[i]!, x)), row[R]!);
    const along = set.basis.map((d) => d.reduce((sum, x, i) => add(sum, multiply(row[i]!, x)), ZERO));
    return integers([...along, at]);
  });
  // a·t + b ≥ 0
  const polyhedron = polyhedronOf(
    n,
    rows.map((row) => row.slice(0, n).map((x) => -x)),
    rows.map((row) => row[n]!),
  );
  const first = feasiblePoint(polyhedron);
  if (first === undefined) return [];
  const corners: Rational[][] = [first];
  for (let i = 0; i < n; i++) {
    for (const side of [1n, -1n]) {
      const answer = maximise(
        polyhedron,
        Array.from({ length: n }, (_, p) => (p === i ? side : 0n)),
      );
      if (answer.status === "optimal") corners.push(answer.point);
      else
        corners.push(...[1n, 7n].map((far) => first.map((x, p) => (p === i ? add(x, rational(side * far, 1n)) : x))));
    }
  }
  const middles = corners.flatMap((a, q) =>
    corners.slice(0, q).map((b) => a.map((x, p) => multiply(add(x, b[p]!), rational(1n, 2n)))),
  );
  const centre = first.map((_, p) =>
    multiply(
      corners.reduce((sum, x) => add(sum, x[p]!), ZERO),
      rational(1n, BigInt(corners.length)),
    ),
  );
  return onSides(
    [...corners, ...middles, centre].map((t) => pointOf(set, t)),
    sides,
  );
}

/** Whether some shift of the orbit of z lies in the closed regions of one of the words. */
export function isCovered(map: ExactMap, z: Point, k: number, words: readonly (readonly Uint32Array[])[]): boolean {
  const orbit: Rational[][] = [];
  let point: Point = z;
  for (let t = 0; t < k; t++) {
    orbit.push(map.arguments(point));
    point = map.at(point);
  }
  const closes = point.every((x, i) => x.n === z[i]!.n && x.d === z[i]!.d);
  if (!closes) throw new RangeError("the orbit does not close");
  return words.some(
    (word) =>
      word.length === k &&
      orbit.some((_, shift) =>
        word.every((mask, t) =>
          orbit[(t + shift) % k]!.every((x, j) => {
            const above = (mask[j >>> 5]! >>> (j & 31)) & 1;
            return above === 1 ? x.n >= 0n : x.n <= 0n;
          }),
        ),
      ),
  );
}
