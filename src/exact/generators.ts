import { allOf, type Steps } from "../base/steps.ts";
import { setBit } from "../model/mask.ts";
import type { AffineSet } from "./affine.ts";
import { findingIndependent, findingNullSpace, solvingFractionFree } from "./elimination.ts";
import { content } from "./integers.ts";
import { integerDot, type Polyhedron } from "./polyhedron.ts";
import { type Rational, rational, ZERO } from "./rational.ts";

/**
 * A non-empty polyhedron as conv(vertices) + cone(rays) + span(lines), its V-representation (Minkowski and Weyl;
 * Schrijver, "Theory of linear and integer programming", 1986, section 8.9). No generator can be left out.
 *
 * A polyhedron with lines has no vertex. Each smallest face, a translate of span(lines), then has one point in
 * `vertices`. This point and the rays are zero in the leading columns of `lines`.
 */
export interface Generators {
  readonly vertices: readonly (readonly Rational[])[];
  /** Each up to a positive factor. */
  readonly rays: readonly (readonly Rational[])[];
  /** In reduced row echelon form. */
  readonly lines: AffineSet["basis"];
}

/** The work allowed for an enumeration; `steps` is counted down. */
export interface Allowance {
  /** The largest number of vertices and rays, intermediate ones included. */
  readonly generators: number;
  /** Comparisons of one generator with a pair of others. */
  steps: number;
}

/** A generator of the cone over a polyhedron. */
export interface Ray {
  readonly x: readonly bigint[];
  /** Bit k: it lies on row k of the cone. */
  readonly zeros: Uint32Array;
}

/**
 * The generators of a non-empty polyhedron, exactly and in no order, by double description: rows are added one by one
 * to the cone {(x, w) : bound(i)·w ≥ normal(i)·x, w ≥ 0}; each row cuts off rays and adds new ones between adjacent
 * rays on its two sides (Fukuda and Prodon, "Double description method revisited", 1996).
 *
 * @returns undefined if the enumeration would exceed the allowance.
 */
export function generatorsOf(polyhedron: Polyhedron, allowance: Allowance): Generators | undefined {
  return allOf(findingGenerators(polyhedron, allowance));
}

/** `generatorsOf` in steps of one row, or of one pair of rays. */
export function* findingGenerators(polyhedron: Polyhedron, allowance: Allowance): Steps<Generators | undefined> {
  const { dim } = polyhedron;
  const spanning = yield* findingIndependent((i) => polyhedron.normal(i), polyhedron.count, dim);
  const lines = yield* findingNullSpace(
    spanning.flatMap((i) => [...polyhedron.normal(i)]),
    spanning.length,
    dim,
  );
  const leading = new Set(lines.map((line) => line.findIndex((x) => x.n !== 0n)));
  const columns = Array.from({ length: dim }, (_, k) => k).filter((k) => !leading.has(k));
  const cone = yield* pointedCone(coneRows(polyhedron, columns), columns.length + 1, allowance);
  if (cone === undefined) return undefined;
  const vertices: Rational[][] = [];
  const rays: Rational[][] = [];
  for (const x of cone) {
    const height = x[columns.length]!;
    const full = new Array<Rational>(dim).fill(ZERO);
    columns.forEach((column, k) => {
      full[column] = rational(x[k]!, height === 0n ? 1n : height);
    });
    (height === 0n ? rays : vertices).push(full);
  }
  return { vertices, rays, lines };
}

/** The rows of the cone in the columns given and w, each once and in lowest terms; w ≥ 0 is the first. */
function coneRows(polyhedron: Polyhedron, columns: readonly number[]): bigint[][] {
  const apex = [...columns.map(() => 0n), 1n];
  const rows = new Map([[apex.join(), apex]]);
  for (let i = 0; i < polyhedron.count; i++) {
    const normal = polyhedron.normal(i);
    // a row without coefficients bounds nothing, because the polyhedron isn't empty
    if (normal.every((x) => x === 0n)) continue;
    const row = lowestTerms([...columns.map((k) => -normal[k]!), polyhedron.bound(i)]);
    rows.set(row.join(), row);
  }
  return [...rows.values()];
}

/** The extreme rays of {x : rows·x ≥ 0}; the rows must span the space. */
function* pointedCone(
  rows: readonly bigint[][],
  n: number,
  allowance: Allowance,
): Steps<(readonly bigint[])[] | undefined> {
  const words = Math.ceil(rows.length / 32);
  const first = yield* findingIndependent((i) => rows[i]!, rows.length, n);
  const simplicial = yield* simplicialCone(rows, first);
  let rays: Ray[] = simplicial.map((x, k) => ({ x, zeros: bits(words, first.toSpliced(k, 1)) }));
  const done = new Set(first);
  for (let i = 0; i < rows.length; i++) {
    if (done.has(i)) continue;
    const next = yield* cut(rays, rows[i]!, i, n, allowance);
    if (next === undefined) return undefined;
    rays = next;
  }
  return rays.map(({ x }) => x);
}

/** The rays of the cone of n independent rows: ray k lies on all of them but row k. */
function* simplicialCone(rows: readonly bigint[][], chosen: readonly number[]): Steps<bigint[][]> {
  const n = chosen.length;
  const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1n : 0n));
  const { determinant, X } = (yield* solvingFractionFree(
    chosen.flatMap((i) => rows[i]!),
    n,
    identity,
    n,
  ))!;
  return Array.from({ length: n }, (_, k) =>
    lowestTerms(Array.from({ length: n }, (_, i) => (determinant < 0n ? -X[i * n + k]! : X[i * n + k]!))),
  );
}

/**
 * The rays of the part of a cone of dimension n where row·x ≥ 0. Rays that lie on the row are marked so.
 * @param at the number of the row. @param most rays, else undefined.
 */
export function cutCone(
  row: readonly bigint[],
  rays: readonly Ray[],
  at: number,
  n: number,
  most: number,
): readonly Ray[] | undefined {
  return allOf(cut(rays, row, at, n, { generators: most, steps: Number.POSITIVE_INFINITY }));
}

/** `cutCone` in steps of one pair of rays. */
function* cut(
  rays: readonly Ray[],
  row: readonly bigint[],
  at: number,
  n: number,
  allowance: Allowance,
): Steps<Ray[] | undefined> {
  const inside: { ray: Ray; value: bigint }[] = [];
  const outside: { ray: Ray; value: bigint }[] = [];
  const kept: Ray[] = [];
  for (const ray of rays) {
    const value = integerDot(row, ray.x);
    if (value < 0n) outside.push({ ray, value });
    else {
      if (value > 0n) inside.push({ ray, value });
      else setBit(ray.zeros, at);
      kept.push(ray);
    }
  }
  for (const a of inside) {
    for (const b of outside) {
      yield;
      const common = a.ray.zeros.map((word, w) => word & b.ray.zeros[w]!);
      if (!adjacent(common, a.ray, b.ray, rays, n, allowance)) continue;
      setBit(common, at);
      const x = lowestTerms(a.ray.x.map((value, k) => a.value * b.ray.x[k]! - b.value * value));
      kept.push({ x, zeros: common });
      if (kept.length > allowance.generators) return undefined;
    }
    if (allowance.steps <= 0) return undefined;
  }
  return kept;
}

/** Two rays span a face iff no other ray lies on all the rows that they have in common. */
function adjacent(common: Uint32Array, a: Ray, b: Ray, rays: readonly Ray[], n: number, allowance: Allowance): boolean {
  allowance.steps--;
  if (countBits(common) < n - 2) return false;
  for (const other of rays) {
    if (other === a || other === b) continue;
    allowance.steps--;
    if (common.every((word, w) => (word & ~other.zeros[w]!) === 0)) return false;
  }
  return true;
}

function bits(words: number, members: readonly number[]): Uint32Array {
  const set = new Uint32Array(words);
  for (const i of members) setBit(set, i);
  return set;
}

function countBits(set: Uint32Array): number {
  let count = 0;
  for (const word of set) for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The vector times the positive number that makes its entries coprime integers. */
function lowestTerms(vector: bigint[]): bigint[] {
  const divisor = content(vector);
  return divisor <= 1n ? vector : vector.map((x) => x / divisor);
}
