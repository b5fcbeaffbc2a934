import { type Dyadic, fromNumber, multiply, negate } from "../../src/model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { coneGenerators, hasInterior } from "./cone.ts";
import {
  compareRationals,
  dot,
  integerRow,
  nearestFloat64,
  nullSpace,
  type Rational,
  rank,
  rational,
  reducedEchelon,
} from "./integers.ts";

/** A fixed point, exactly. */
export interface ExactPoint {
  /** Correctly rounded; length R. */
  readonly z: readonly number[];
  readonly exact: readonly Rational[];
  /** Hyperplanes with u_j·z > h_j, ascending. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j, ascending. */
  readonly ties: readonly number[];
}

/** A mask (bit j = hyperplane j) whose closed region holds a continuum of fixed points of this dimension. */
export interface ContinuumPiece {
  readonly mask: number;
  readonly dimension: number;
}

export interface ExactAnswer {
  /** The fixed points that lie on no continuum, in ascending lexicographic order of z. */
  readonly points: readonly ExactPoint[];
  /** Every mask whose closed region holds infinitely many fixed points. */
  readonly continuumPieces: readonly ContinuumPiece[];
  /** How many of the 2^N masks have a singular matrix. */
  readonly singularMasks: number;
}

const MOST_UNITS = 16;

/**
 * Every fixed point of G(z) = M z + Vᵀ relu(U z − h) − g, by trying all 2^N masks in exact arithmetic.
 *
 * A mask's affine map is solved exactly and its solutions are kept where they lie in the mask's closed region,
 * (2D_j − 1)(u_j·z − h_j) ≥ 0 for all j (docs/design.md#the-problem). A singular mask may hold nothing, one point, or a
 * continuum: its solutions in the region are a polyhedron, whose generators say which.
 */
export function exactFixedPoints(system: PiecewiseLinearSystem): ExactAnswer {
  const { latentDim: R, hyperplanes: N } = system;
  const signRows = hyperplaneRows(system);
  const found = new Map<string, Rational[]>();
  const continuumPieces: ContinuumPiece[] = [];
  let singularMasks = 0;

  for (const { mask, rows } of maskedEquations(system)) {
    const { rows: solved, pivots, d } = reducedEchelon(rows, R);
    if (pivots.length === R) {
      const point = homogeneous(
        solved.map((row) => row[R]!),
        d,
      );
      if (consistent(signRows, mask, point)) keep(found, point);
      continue;
    }
    singularMasks += 1;
    const { points, directions } = solutionsInRegion(rows, signRows, mask, R);
    if (points.length === 0) continue;
    const dimension = rank([...points, ...directions], R + 1) - 1;
    if (dimension === 0) keep(found, points[0]!);
    else continuumPieces.push({ mask, dimension });
  }

  const points = [...found.values()]
    .map((exact) => describePoint(exact, signRows))
    .filter((point) => !continuumPieces.some(({ mask }) => touches(point, mask, N)))
    .sort((a, b) => compareLexicographically(a.exact, b.exact));
  return { points, continuumPieces: continuumPieces.sort((a, b) => a.mask - b.mask), singularMasks };
}

/** A candidate outside its own closed region, for a region that has an interior. */
export interface ExactVirtualPoint {
  readonly z: readonly number[];
  readonly exact: readonly Rational[];
  /** Hyperplanes with bit 1, ascending. */
  readonly region: readonly number[];
}

/** The virtual fixed points of every region that has an interior and a regular matrix, in ascending order of mask. */
export function exactVirtualPoints(system: PiecewiseLinearSystem): ExactVirtualPoint[] {
  const { latentDim: R, hyperplanes: N } = system;
  const signRows = hyperplaneRows(system);
  const found: (ExactVirtualPoint & { mask: number })[] = [];
  for (const { mask, rows } of maskedEquations(system)) {
    const { rows: solved, pivots, d } = reducedEchelon(rows, R);
    if (pivots.length < R) continue;
    const point = homogeneous(
      solved.map((row) => row[R]!),
      d,
    );
    if (consistent(signRows, mask, point) || !regionHasInterior(signRows, mask, R)) continue;
    const exact = coordinates(point);
    const region = Array.from({ length: N }, (_, j) => j).filter((j) => (mask >> j) & 1);
    found.push({ z: exact.map(nearestFloat64), exact, region, mask });
  }
  return found.sort((a, b) => a.mask - b.mask).map(({ mask: _, ...point }) => point);
}

/** Row j is (u_j, −h_j) times a power of two: its product with (z, 1) has the sign of u_j·z − h_j. */
export function hyperplaneRows(system: PiecewiseLinearSystem): bigint[][] {
  return Array.from({ length: system.hyperplanes }, (_, j) =>
    integerRow([...unitNormal(system, j), negate(system.h.at(j))]),
  );
}

/**
 * True iff some z has u_j·z > h_j for exactly the hyperplanes of `mask`, and u_j·z < h_j for all others but 0·z = 0.
 */
export function regionHasInterior(signRows: readonly (readonly bigint[])[], mask: number, R: number): boolean {
  const rows: bigint[][] = [homogeneous(new Array<bigint>(R).fill(0n), 1n)];
  for (let j = 0; j < signRows.length; j++) {
    const active = (mask >> j) & 1;
    if (signRows[j]!.every((x) => x === 0n)) {
      if (active) return false;
      continue;
    }
    rows.push(active ? [...signRows[j]!] : signRows[j]!.map((x) => -x));
  }
  return hasInterior(rows, R + 1);
}

function unitNormal(system: PiecewiseLinearSystem, j: number): Dyadic[] {
  const { latentDim: R, U } = system;
  return Array.from(U.subarray(j * R, (j + 1) * R), fromNumber);
}

/**
 * For every mask, in Gray-code order, the R rows (A | b) of (M + VᵀDU) z = VᵀDh + g in integers.
 * From one mask to the next a single unit's rows v_j (u_jᵀ | h_j) are added or taken away.
 */
function* maskedEquations(system: PiecewiseLinearSystem): Generator<{ mask: number; rows: readonly bigint[][] }> {
  const { latentDim: R, hyperplanes: N } = system;
  if (N > MOST_UNITS) throw new RangeError(`the naive oracle tries 2^N masks: at most ${MOST_UNITS} units, got ${N}`);
  const base: bigint[][] = [];
  const ofUnit: bigint[][][] = Array.from({ length: N }, () => []);
  for (let i = 0; i < R; i++) {
    const row: Dyadic[] = Array.from({ length: R }, (_, k) => system.M.at(i * R + k));
    row.push(system.g.at(i));
    for (let j = 0; j < N; j++) {
      const v = system.V.at(j * R + i);
      for (const x of [...unitNormal(system, j), system.h.at(j)]) row.push(multiply(v, x));
    }
    const whole = integerRow(row);
    base.push(whole.slice(0, R + 1));
    for (let j = 0; j < N; j++) ofUnit[j]!.push(whole.slice((j + 1) * (R + 1), (j + 2) * (R + 1)));
  }
  let mask = 0;
  let rows = base;
  yield { mask, rows };
  for (let step = 1; step < 2 ** N; step++) {
    const j = 31 - Math.clz32(step & -step);
    mask ^= 1 << j;
    const on = (mask >> j) & 1;
    const unit = ofUnit[j]!;
    rows = rows.map((row, i) => row.map((x, k) => (on ? x + unit[i]![k]! : x - unit[i]![k]!)));
    yield { mask, rows };
  }
}

/** The point x/d as (x, d) with d > 0. */
function homogeneous(x: readonly bigint[], d: bigint): bigint[] {
  return d < 0n ? [...x.map((value) => -value), -d] : [...x, d];
}

function coordinates(point: readonly bigint[]): Rational[] {
  const d = point[point.length - 1]!;
  return point.slice(0, -1).map((x) => rational(x, d));
}

function consistent(signRows: readonly (readonly bigint[])[], mask: number, point: readonly bigint[]): boolean {
  return signRows.every((row, j) => {
    const value = dot(row, point);
    return (mask >> j) & 1 ? value >= 0n : value <= 0n;
  });
}

/**
 * Vertices (or, with lineality, one point of each minimal face) and directions of a singular mask's solutions in its
 * region.
 */
function solutionsInRegion(
  rows: readonly (readonly bigint[])[],
  signRows: readonly (readonly bigint[])[],
  mask: number,
  R: number,
): { points: bigint[][]; directions: bigint[][] } {
  // (z, w) with A z = w b; w = 0 throughout when the equations contradict each other
  const basis = nullSpace(
    rows.map((row) => [...row.slice(0, R), -row[R]!]),
    R + 1,
  );
  const constraints = signRows.map((row, j) => ((mask >> j) & 1 ? row : row.map((x) => -x)));
  constraints.push(homogeneous(new Array<bigint>(R).fill(0n), 1n));
  const { lineality, rays } = coneGenerators(
    constraints.map((row) => basis.map((vector) => dot(row, vector))),
    basis.length,
  );
  const lift = (t: readonly bigint[]) =>
    Array.from({ length: R + 1 }, (_, k) => basis.reduce((total, vector, i) => total + t[i]! * vector[k]!, 0n));
  const generators = rays.map(lift);
  return {
    points: generators.filter((x) => x[R]! > 0n),
    directions: [...generators.filter((x) => x[R]! === 0n), ...lineality.map(lift)],
  };
}

function keep(found: Map<string, Rational[]>, point: readonly bigint[]): void {
  const exact = coordinates(point);
  found.set(exact.map(({ n, d }) => `${n}/${d}`).join(), exact);
}

function describePoint(exact: readonly Rational[], signRows: readonly (readonly bigint[])[]): ExactPoint {
  const common = exact.reduce((product, { d }) => product * d, 1n);
  const point = [...exact.map(({ n, d }) => n * (common / d)), common];
  const active: number[] = [];
  const ties: number[] = [];
  signRows.forEach((row, j) => {
    const value = dot(row, point);
    if (value > 0n) active.push(j);
    if (value === 0n) ties.push(j);
  });
  return { z: exact.map(nearestFloat64), exact, active, ties };
}

/** True iff the point lies in the mask's closed region. */
function touches(point: ExactPoint, mask: number, N: number): boolean {
  for (let j = 0; j < N; j++) {
    if (!point.ties.includes(j) && point.active.includes(j) !== Boolean((mask >> j) & 1)) return false;
  }
  return true;
}

function compareLexicographically(a: readonly Rational[], b: readonly Rational[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareRationals(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return 0;
}
