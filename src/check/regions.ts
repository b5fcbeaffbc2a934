import { type AffineSet, affineContains, compose, pointOf } from "../exact/affine.ts";
import { solveAffine } from "../exact/elimination.ts";
import { generatorsOf } from "../exact/generators.ts";
import { relativeInterior, restrict, satisfies } from "../exact/hull.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { integerDot, type Polyhedron } from "../exact/polyhedron.ts";
import { add, key, multiply, ofInteger, type Rational, sign, toNumber } from "../exact/rational.ts";
import { closedRegion, type IntegerHyperplanes, integerHyperplanes } from "../exact/region.ts";
import { MAX_SIDES, sidesOf } from "../exact/sides.ts";
import { bit, setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Claim } from "./claim.ts";
import { Refusal, require } from "./refusal.ts";

/** Most vertices and rays of a piece on the way to its own, as in the other checker. */
const ALLOWANCE = { generators: 4096, steps: 2 ** 30 };

/** A listed point: exactly, and the signs of all hyperplanes there. */
export interface ListedPoint {
  readonly z: readonly Rational[];
  readonly signs: Int8Array;
}

/** A region of a listed continuum. */
export interface ListedPiece {
  readonly solutions: AffineSet;
  readonly closed: Polyhedron;
  readonly dimension: number;
  /** Rows that span its directions. */
  readonly directions: AffineSet["basis"];
  /** A point of its relative interior: hyperplanes that pass through that contain the piece. */
  readonly inner: ListedPoint;
}

/** Single regions in exact arithmetic: which solutions they hold, and whether a claim lists them. */
export class Regions {
  readonly points: ListedPoint[] = [];
  readonly #R: number;
  readonly #N: number;
  readonly #hyperplanes: IntegerHyperplanes;
  /**
   * v_j of every hyperplane times (u_j, h_j), as integers in one scale with M and −g.
   */
  readonly #products: readonly (readonly bigint[])[];
  /** The rows of the last mask that was asked for: one region differs from the next in few hyperplanes. */
  readonly #last: { readonly mask: Uint32Array; readonly rows: bigint[] };
  readonly #pointKeys = new Set<string>();
  readonly #pieces = new Map<string, ListedPiece>();
  readonly #known = new Map<string, boolean>();

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N, U, V, M, g, h } = system;
    this.#R = R;
    this.#N = N;
    this.#hyperplanes = integerHyperplanes(system);
    const planes = scaleToIntegers([...U, ...h.numbers()]);
    const v = scaleToIntegers(V.numbers());
    const base = scaleToIntegers([...M.numbers(), ...g.numbers()]);
    // both sides times 2^−e for the smaller of the two exponents
    const e = Math.min(base.exponent, planes.exponent + v.exponent);
    const up = BigInt(base.exponent - e);
    const upV = BigInt(planes.exponent + v.exponent - e);
    const rows: bigint[] = [];
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) rows.push(base.values[i * R + k]! << up);
      rows.push(base.values[R * R + i]! << up);
    }
    this.#last = { mask: new Uint32Array(Math.max(1, Math.ceil(N / 32))), rows };
    this.#products = Array.from({ length: N }, (_, j) => {
      const product: bigint[] = [];
      for (let i = 0; i < R; i++) {
        const vi = v.values[j * R + i]! << upV;
        for (let k = 0; k < R; k++) product.push(vi * planes.values[j * R + k]!);
        product.push(vi * planes.values[N * R + j]!);
      }
      return product;
    });
  }

  /** In the order in which the claim lists them. */
  get pieces(): readonly ListedPiece[] {
    return [...this.#pieces.values()];
  }

  get hasContinua(): boolean {
    return this.#pieces.size > 0;
  }

  /** Whether the claim lists all solutions in the closed region of a mask. */
  listed(mask: Uint32Array): boolean {
    const name = mask.join();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const verdict = this.#pieces.has(name) || this.#decide(mask);
    this.#known.set(name, verdict);
    return verdict;
  }

  /** The affine hull of the solutions in the closed region of a mask; undefined where there are none. */
  hull(mask: Uint32Array): AffineSet | undefined {
    const solutions = this.#solutions(mask);
    const inner = solutions && relativeInterior(restrict(closedRegion(this.#hyperplanes, mask), solutions));
    return inner && compose(solutions!, inner.hull);
  }

  /** Certifies the points of a claim and the pieces of its continua. Throws a Refusal. */
  list({ points, continua }: Claim): void {
    points.forEach((point, p) => {
      this.#listPoint(point, p);
    });
    continua.forEach((continuum, q) => {
      this.#listContinuum(continuum, q);
    });
    for (const { z } of this.points) require(!this.#onPiece(z), "a listed point lies on a listed continuum");
  }

  /** Lists a point that must be a solution, as the image of a listed one under a symmetry. Throws a Refusal. */
  listImage(z: readonly Rational[]): void {
    const name = z.map(key).join();
    require(!this.#pointKeys.has(name), "a point is listed twice");
    this.#pointKeys.add(name);
  }

  #listPoint({ z, active, ties }: Claim["points"][number], p: number): void {
    const R = this.#R;
    const mask = this.#maskOf(active, `point ${p}`);
    require(ties.every((j) => j < this.#N && bit(mask, j) === 0), `point ${p}: wrong hyperplanes`);
    const { A, b } = this.#equations(mask);
    const { normals, offsets } = this.#hyperplanes;
    for (const j of ties) {
      A.push(...normals[j]!);
      b.push(offsets[j]!);
    }
    const solutions = solveAffine(A, b.length, R, b);
    require(solutions !== undefined &&
      solutions.basis.length === 0, `point ${p}: its equations don't have one solution`);
    const signs = this.#signsAt(solutions.point);
    const tied = new Set(ties);
    require(signs.every(
      (s, j) => s === (tied.has(j) ? 0 : bit(mask, j) === 1 ? 1 : -1),
    ), `point ${p}: its signs are wrong`);
    require(z.length === R &&
      solutions.point.every((x, i) => toNumber(x) === z[i]), `point ${p}: z is not the rounded solution`);
    const name = solutions.point.map(key).join();
    require(!this.#pointKeys.has(name), `point ${p} is listed twice`);
    this.#pointKeys.add(name);
    this.points.push({ z: solutions.point, signs });
  }

  #listContinuum({ dimension, basis, regions }: Claim["continua"][number], q: number): void {
    const pieces: [string, ListedPiece][] = [];
    for (const region of regions) {
      const mask = this.#maskOf(region, `continuum ${q}`);
      const name = mask.join();
      require(!this.#pieces.has(name), `continuum ${q}: a region is listed twice`);
      const solutions = this.#solutions(mask);
      const closed = closedRegion(this.#hyperplanes, mask);
      const inner = solutions && relativeInterior(restrict(closed, solutions));
      require(inner !== undefined, `continuum ${q}: a region holds no fixed point`);
      const hull = compose(solutions!, inner.hull);
      require(dimension >= 1 &&
        hull.basis.length === dimension, `continuum ${q}: a region's piece has dimension ${hull.basis.length}`);
      require(basis === undefined ||
        (basis.length === dimension &&
          hull.basis.every(
            (row, k) => basis[k]!.length === row.length && row.every((x, i) => toNumber(x) === basis[k]![i]),
          )), `continuum ${q}: the basis is wrong`);
      const z = pointOf(solutions!, inner.point);
      const signs = (): Int8Array => this.#signsAt(z);
      const piece: ListedPiece = {
        ...{ solutions: solutions!, closed, dimension, directions: hull.basis },
        get inner() {
          return { z, signs: signs() };
        },
      };
      this.#pieces.set(name, piece);
      pieces.push([name, piece]);
    }
    this.#requireSides(pieces, q, regions.length >= MAX_SIDES);
  }

  /**
   * Throws a Refusal unless a continuum lists the regions that meet in its pieces, and no others. All of these hold the
   * piece near its inner point, as G is continuous.
   * @param isCrowded whether the continuum lists as many regions as a result does about one piece: there may be more.
   */
  #requireSides(pieces: readonly (readonly [string, ListedPiece])[], q: number, isCrowded: boolean): void {
    const about = new Map<string, ReadonlySet<string>>();
    for (const [name, { inner }] of pieces) {
      const key = inner.signs.join();
      const sides = about.get(key) ?? this.#sidesAt(inner.signs);
      about.set(key, sides);
      const isListed = sides.has(name) && [...sides].every((side) => this.#pieces.has(side));
      require(sides.size < MAX_SIDES
        ? isListed
        : isCrowded, `continuum ${q}: a region about a piece is not listed, or one has no interior`);
    }
  }

  /** The regions that meet at a point of given signs; of many the first. */
  #sidesAt(signs: Int8Array): ReadonlySet<string> {
    const active: number[] = [];
    const ties: number[] = [];
    signs.forEach((s, j) => {
      if (s > 0) active.push(j);
      else if (s === 0) ties.push(j);
    });
    const { sides } = sidesOf(this.#R, (j) => this.#hyperplanes.normals[j]!, { active, ties }, MAX_SIDES);
    return new Set(sides.map((side) => this.#maskOf(side, "a region").join()));
  }

  #maskOf(region: readonly number[], what: string): Uint32Array {
    const mask = new Uint32Array(Math.max(1, Math.ceil(this.#N / 32)));
    for (const j of region) {
      require(j < this.#N, `${what}: wrong hyperplanes`);
      setBit(mask, j);
    }
    return mask;
  }

  /** A z = b of a region. */
  #equations(mask: Uint32Array): { A: bigint[]; b: bigint[] } {
    const R = this.#R;
    const { mask: last, rows } = this.#last;
    for (let j = 0; j < this.#N; j++) {
      const isActive = bit(mask, j);
      if (isActive === bit(last, j)) continue;
      const product = this.#products[j]!;
      if (isActive) for (let at = 0; at < rows.length; at++) rows[at]! += product[at]!;
      else for (let at = 0; at < rows.length; at++) rows[at]! -= product[at]!;
    }
    last.set(mask);
    const A: bigint[] = [];
    const b: bigint[] = [];
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) A.push(rows[i * (R + 1) + k]!);
      b.push(rows[i * (R + 1) + R]!);
    }
    return { A, b };
  }

  #solutions(mask: Uint32Array): AffineSet | undefined {
    const { A, b } = this.#equations(mask);
    return solveAffine(A, this.#R, this.#R, b);
  }

  #signsAt(z: readonly Rational[]): Int8Array {
    const { normals, offsets } = this.#hyperplanes;
    const denominator = z.reduce((lcm, { d }) => (lcm % d === 0n ? lcm : lcm * d), 1n);
    const x = z.map(({ n, d }) => n * (denominator / d));
    return Int8Array.from(normals, (normal, j) => {
      const gap = integerDot(normal, x) - offsets[j]! * denominator;
      return gap > 0n ? 1 : gap < 0n ? -1 : 0;
    });
  }

  #decide(mask: Uint32Array): boolean {
    const solutions = this.#solutions(mask);
    if (solutions === undefined) return true;
    const closed = closedRegion(this.#hyperplanes, mask);
    if (solutions.basis.length === 0) return !satisfies(closed, solutions.point) || this.#isListed(solutions.point);
    const local = restrict(closed, solutions);
    const inner = relativeInterior(local);
    if (inner === undefined) return true;
    const dimension = inner.hull.basis.length;
    if (dimension === 0) return this.#isListed(pointOf(solutions, inner.point));
    return this.#isPartOfListed(solutions, local, dimension);
  }

  /**
   * Whether a piece lies within one that is listed: as a face of a piece of higher dimension, or in one as large. The
   * second is no region that must be listed as well: these are (`#requireSides`).
   */
  #isPartOfListed(solutions: AffineSet, local: Polyhedron, dimension: number): boolean {
    if (this.#pieces.size === 0) return false;
    const generators = generatorsOf(local, { ...ALLOWANCE });
    if (generators === undefined) throw new Refusal("a piece has too many corners to be checked");
    const vertices = generators.vertices.map((t) => pointOf(solutions, t));
    const along: AffineSet = { point: solutions.point.map(() => ofInteger(0n)), basis: solutions.basis };
    const lines = generators.lines.map((t) => pointOf(along, t));
    const rays = [
      ...generators.rays.map((t) => pointOf(along, t)),
      ...lines,
      ...lines.map((line) => line.map(({ n, d }) => ({ n: -n, d }))),
    ];
    for (const piece of this.#pieces.values()) {
      if (piece.dimension < dimension) continue;
      if (!vertices.every((z) => affineContains(piece.solutions, z) && satisfies(piece.closed, z))) continue;
      if (rays.every((ray) => recedes(piece, ray))) return true;
    }
    return false;
  }

  #isListed(z: readonly Rational[]): boolean {
    return this.#pointKeys.has(z.map(key).join()) || this.#onPiece(z);
  }

  #onPiece(z: readonly Rational[]): boolean {
    for (const { solutions, closed } of this.#pieces.values()) {
      if (affineContains(solutions, z) && satisfies(closed, z)) return true;
    }
    return false;
  }
}

/** Whether a piece goes on for ever in a direction: along its solutions, and into no side that bounds it. */
function recedes({ solutions, closed }: ListedPiece, ray: readonly Rational[]): boolean {
  const start = solutions.point.map((x, i) => add(x, ray[i]!));
  if (!affineContains(solutions, start)) return false;
  for (let i = 0; i < closed.count; i++) {
    let sum: Rational = ofInteger(0n);
    closed.normal(i).forEach((x, k) => {
      sum = add(sum, multiply(ofInteger(x), ray[k]!));
    });
    if (sign(sum) > 0) return false;
  }
  return true;
}
