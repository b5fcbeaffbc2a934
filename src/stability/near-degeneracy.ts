import type { KnifeEdge, NearDegeneracy } from "../base/result.ts";
import type { Steps } from "../base/steps.ts";
import type { ExactMatrix } from "../exact/matrix.ts";
import { add, multiply, ofDyadic, ofNumber, type Rational, subtract, toNumber } from "../exact/rational.ts";
import { modulus } from "../float/complex.ts";
import type { Eigendecomposition } from "../float/eigen.ts";
import { solve } from "../float/float-solve.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Precision } from "../model/types.ts";
import { EXACT_TEST_MAX_DIM } from "./classify.ts";
import { FIRST_ORDER_SLACK, isClearAtAGlance } from "./glance.ts";
import {
  exactInverse,
  motionOf,
  perronRoot,
  resolventSize,
  type Sensitivity,
  sensitivityOf,
  timesSize,
} from "./sensitivity.ts";
import { boundaryOf, sizeOf } from "./spectral-range.ts";
import { lineariseSides, type Side } from "./stability.ts";

/**
 * Margins below this number of rounding errors are reported; 64 is six bits above the last bit of the model's numbers.
 */
export const KNIFE_EDGE = 64;
/** The relative rounding error of each precision. */
export const ROUNDING: Readonly<Record<Precision, number>> = { float32: 2 ** -24, float64: 2 ** -53 };

const KINDS: readonly KnifeEdge[] = ["singular matrix", "eigenvalue", "hyperplane", "neighbour"];

/** The coordinates of a fixed point. */
export interface PlacedPoint {
  readonly z: readonly number[];
  readonly exact: readonly Rational[];
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

/** Fixed points in ascending order of z, made when they are asked for. */
export interface PlacedPoints {
  readonly length: number;
  at(index: number): PlacedPoint | undefined;
  /** z_k of a point. */
  coordinate(index: number, k: number): number;
}

type Margins = Record<KnifeEdge, number>;

/**
 * A point near a change: its margins, and the possible motion of its coordinates over the relative change of the
 * model's numbers.
 */
interface Edge {
  readonly margins: Margins;
  readonly motion: Float64Array;
}

/**
 * The `NearDegeneracy` of the fixed points of a system that have one, by their places in `points`. In steps of one
 * point.
 *
 * @param near the places of the points that `mayBeNear`, with their sides where these are known.
 *
 * With F = M + VᵀDU and E its `Sensitivity`, F + ΔF is regular for |ΔF| ≤ εE as long as ε·ρ(|F⁻¹|E) < 1, and not much
 * further (Rump, "Ill-conditioned matrices are componentwise near to singularity", 1999). So the margin of a singular
 * matrix is 1/ρ, and the margin of an eigenvalue is the same of J − w, where w is the nearest point of the boundary. A
 * float64 filter on the safe side passes most points. The others are decided with an exact F⁻¹ where float64 is not
 * good enough.
 */
export function* findingDegeneracies(
  system: PiecewiseLinearSystem,
  points: PlacedPoints,
  near: ReadonlyMap<number, readonly Side[] | undefined>,
  precision: Precision,
): Steps<ReadonlyMap<number, NearDegeneracy>> {
  const unit = ROUNDING[precision];
  const edges = new Map<number, Edge>();
  const edgeAt = (i: number): Edge => {
    const point = points.at(i)!;
    return edgeOf(system, point, near.get(i) ?? lineariseSides(system, point).sides, unit);
  };
  for (const i of near.keys()) {
    edges.set(i, edgeAt(i));
    yield;
  }
  yield* addNeighbours(points, edges, edgeAt, unit);
  const found = new Map<number, NearDegeneracy>();
  for (const [i, { margins }] of edges) {
    const because = KINDS.filter((kind) => margins[kind] < KNIFE_EDGE);
    if (because.length === 0) continue;
    const margin = Math.min(...because.map((kind) => margins[kind]));
    found.set(i, { margin: Number(margin.toPrecision(3)), because, precision });
  }
  return found;
}

/** M + VᵀDU of a side. */
function fieldOf({ J }: Side, system: PiecewiseLinearSystem): ExactMatrix {
  if (system.time === "continuous") return J;
  // the exponent of a Jacobian in discrete time is at most 0
  const one = 1n << BigInt(-J.exponent);
  return { n: J.n, integers: J.integers.map((x, at) => (at % (J.n + 1) === 0 ? x - one : x)), exponent: J.exponent };
}

/** M + VᵀDU in float64, from the rounded Jacobian, whose entries err by 2^-53 of their size. */
function roundedField({ linear: { matrix } }: Side, { latentDim: R, time }: PiecewiseLinearSystem): Float64Array {
  if (time === "continuous") return matrix;
  const field = matrix.slice();
  for (let i = 0; i < R; i++) field[i * (R + 1)]! -= 1;
  return field;
}

/** Whether a margin of a point may be below KNIFE_EDGE; false only if all are above. */
export function mayBeNear(
  system: PiecewiseLinearSystem,
  point: Pick<PlacedPoint, "z">,
  sides: readonly Side[],
  precision: Precision,
): boolean {
  const unit = ROUNDING[precision];
  return sides.some((side) => {
    if (isClearAtAGlance(system, point.z, side, KNIFE_EDGE * unit)) return false;
    const n = system.latentDim;
    const sensitivity = sensitivityOf(system, side.active);
    const F = roundedField(side, system);
    const inverse = approximateInverse(F, n);
    if (inverse === undefined) return true;
    const { Y, slack } = inverse;
    const growth = timesSize(Y, sensitivity.matrix, n);
    if (!(rowNorm(growth, n) * (1 + slack) * unit * KNIFE_EDGE < 1)) return true;
    const motion = motionOf(Y, sensitivity, point.z);
    const shared = slack * motion.reduce((most, x) => Math.max(most, x), 0);
    if (
      nearHyperplanes(
        system,
        point.z,
        motion.map((x) => x + shared),
        unit,
      ).length > 0
    )
      return true;
    return nearEigenvalues(side, sensitivity, system, unit).length > 0;
  });
}

/**
 * An approximate inverse Y of F with |F⁻¹| ≤ (I + G)|Y|, where the rows of G ≥ 0 sum to at most `slack`: for
 * δ = ‖I − YF‖∞ < ½, F⁻¹ = (YF)⁻¹Y and G = δ/(1 − δ) ≤ 2δ.
 */
function approximateInverse(F: Float64Array, n: number): { Y: Float64Array; slack: number } | undefined {
  const Y = solve(F, identity(n), n);
  if (Y === undefined) return undefined;
  let delta = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let k = 0; k < n; k++) {
      let sum = i === k ? -1 : 0;
      // a diagonal entry of F has the rounding error of the Jacobian's entry, which is larger by at most 1
      let size = 1 + 2 * Math.abs(Y[i * n + k]!);
      for (let l = 0; l < n; l++) {
        const term = Y[i * n + l]! * F[l * n + k]!;
        sum += term;
        size += Math.abs(term);
      }
      // n + 1 roundings, and the rounding of F itself
      row += Math.abs(sum) + (n + 3) * 2 ** -53 * size;
    }
    delta = Math.max(delta, row);
  }
  return delta < 0.25 ? { Y, slack: 2 * delta } : undefined;
}

function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = 1;
  return out;
}

function rowNorm(A: Float64Array, n: number): number {
  let norm = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let k = 0; k < n; k++) row += A[i * n + k]!;
    norm = Math.max(norm, row);
  }
  return norm;
}

/** A difference that is this many times its rounding error agrees with the exact one to three digits. */
const GOOD_DISTANCE = 2 ** 14;

/** Hyperplanes that a small change may bring to the point, with the motion of the hyperplane and of the point. */
function nearHyperplanes(
  { latentDim: R, hyperplanes: N, U, h }: PiecewiseLinearSystem,
  z: readonly number[],
  motion: Float64Array,
  unit: number,
): { readonly j: number; readonly distance: number | undefined; readonly moves: number }[] {
  const near: { j: number; distance: number | undefined; moves: number }[] = [];
  const rounding = (R + 3) * 2 ** -53;
  for (let j = 0; j < N; j++) {
    let distance = -h.rounded[j]!;
    let size = Math.abs(distance);
    let moves = size;
    for (let k = 0; k < R; k++) {
      const u = Math.abs(U[j * R + k]!);
      distance += U[j * R + k]! * z[k]!;
      size += u * Math.abs(z[k]!);
      moves += u * (Math.abs(z[k]!) + motion[k]!);
    }
    // a relative change does not move a value that is made of zeros alone
    if (moves > 0 && !(Math.abs(distance) - rounding * size >= KNIFE_EDGE * unit * moves)) {
      const good = Math.abs(distance) > GOOD_DISTANCE * rounding * size;
      near.push({ j, distance: good ? Math.abs(distance) : undefined, moves });
    }
  }
  return near;
}

/**
 * The numbers of the eigenvalues that a small change may move to the boundary, by first-order perturbation: |Δλ| ≤ ε
 * |y|ᵀE|x| / |yᴴx|.
 */
function nearEigenvalues(
  { linear: { decomposition } }: Side,
  { matrix: E }: Sensitivity,
  { time }: PiecewiseLinearSystem,
  unit: number,
): number[] {
  if (decomposition === undefined) return [];
  const { n, values, right, left } = decomposition;
  const boundary = boundaryOf(time);
  let norm = 0;
  for (const entry of E) norm += entry * entry;
  norm = Math.sqrt(norm);
  return values.flatMap((value, i) => {
    if (value[1] < 0) return [];
    let [re, im] = [0, 0];
    for (let a = i * n; a < (i + 1) * n; a++) {
      re += left.re[a]! * right.re[a]! + left.im[a]! * right.im[a]!;
      im += left.re[a]! * right.im[a]! - left.im[a]! * right.re[a]!;
    }
    const change = Math.abs(sizeOf(value, time) - boundary) * modulus(re, im);
    const least = KNIFE_EDGE * FIRST_ORDER_SLACK * unit;
    // the vectors have length 1
    if (change >= least * norm * (1 + 2 ** -20)) return [];
    let moves = 0;
    for (let a = i * n; a < (i + 1) * n; a++) {
      let row = 0;
      const at = (a - i * n) * n;
      for (let k = 0; k < n; k++) row += E[at + k]! * modulus(right.re[i * n + k]!, right.im[i * n + k]!);
      moves += modulus(left.re[a]!, left.im[a]!) * row;
    }
    return change >= least * moves ? [] : [i];
  });
}

function edgeOf(system: PiecewiseLinearSystem, point: PlacedPoint, sides: readonly Side[], unit: number): Edge {
  const margins: Margins = {
    "singular matrix": Number.POSITIVE_INFINITY,
    eigenvalue: Number.POSITIVE_INFINITY,
    hyperplane: Number.POSITIVE_INFINITY,
    neighbour: Number.POSITIVE_INFINITY,
  };
  const lower = (kind: KnifeEdge, change: number): void => {
    margins[kind] = Math.min(margins[kind], change / unit);
  };
  const n = system.latentDim;
  const motion = new Float64Array(n);
  for (const side of sides) {
    const inverse = goodInverse(side, system, point.ties.length > 0);
    const sensitivity = sensitivityOf(system, side.active);
    if (inverse === undefined) lower("singular matrix", 0);
    else {
      lower("singular matrix", 1 / perronRoot(timesSize(inverse, sensitivity.matrix, n), n));
      motionOf(inverse, sensitivity, point.z).forEach((x, k) => {
        motion[k] = Math.max(motion[k]!, x);
      });
    }
    if (side.linear.directions.neutral > 0) lower("eigenvalue", 0);
    for (const i of nearEigenvalues(side, sensitivity, system, unit)) {
      const w = nearestOnBoundary(side.linear.decomposition!, i, system);
      if (w === undefined) continue;
      const size = resolventSize(side.linear.matrix, n, w);
      lower("eigenvalue", size === undefined ? 0 : 1 / perronRoot(timesSize(size, sensitivity.matrix, n), n));
    }
  }
  for (const { j, distance, moves } of nearHyperplanes(system, point.z, motion, unit)) {
    const apart = distance ?? exactDistance(system, j, point.exact);
    lower("hyperplane", point.ties.includes(j) ? 0 : apart / moves);
  }
  return { margins, motion };
}

/** An approximate inverse with a smaller slack agrees with the exact one to three digits. */
const GOOD_SLACK = 2 ** -14;

/**
 * F⁻¹ in float64 if that is good enough, else exact; in float64 without that condition above EXACT_TEST_MAX_DIM.
 * Undefined if F is singular.
 *
 * @param onHyperplane whether the point lies on hyperplanes: zeros of F⁻¹ may hold it there, whatever the other numbers,
 *   and rounding would leave something else in their place.
 */
function goodInverse(side: Side, system: PiecewiseLinearSystem, onHyperplane: boolean): Float64Array | undefined {
  const n = system.latentDim;
  const F = roundedField(side, system);
  const approximate = onHyperplane && n <= EXACT_TEST_MAX_DIM ? undefined : approximateInverse(F, n);
  if (approximate !== undefined && approximate.slack < GOOD_SLACK) return approximate.Y;
  return n <= EXACT_TEST_MAX_DIM ? exactInverse(fieldOf(side, system)) : solve(F, identity(n), n);
}

/**
 * The point of the boundary that is nearest to an eigenvalue; undefined for 1 (continuous time: 0), the eigenvalue of a
 * singular matrix.
 */
function nearestOnBoundary(
  { values }: Eigendecomposition,
  i: number,
  { time }: PiecewiseLinearSystem,
): readonly [number, number] | undefined {
  const [re, im] = values[i]!;
  if (im === 0) return time === "discrete" && re < 0 ? [-1, 0] : undefined;
  if (time === "continuous") return [0, im];
  const size = modulus(re, im);
  return [re / size, im / size];
}

/** |u_j·z − h_j|, correctly rounded. */
function exactDistance({ latentDim: R, U, h }: PiecewiseLinearSystem, j: number, exact: readonly Rational[]): number {
  const sum = exact.reduce((total, x, k) => add(total, multiply(ofNumber(U[j * R + k]!), x)), ofNumber(0));
  return Math.abs(toNumber(subtract(sum, ofDyadic(h.at(j)))));
}

/**
 * Adds the margins of pairs that can meet. If a small change can bring two fixed points together, at least one of them
 * is as near to a hyperplane between them, so it has an edge already. Only pairs with such a point are examined.
 */
function* addNeighbours(
  points: PlacedPoints,
  edges: Map<number, Edge>,
  edgeAt: (index: number) => Edge,
  unit: number,
): Steps<void> {
  const found = [...edges].filter(([, { margins }]) => margins.hyperplane < KNIFE_EDGE);
  for (const [a, first] of found) {
    const { z, exact } = points.at(a)!;
    const reach = Array.from(first.motion, (moves, k) => KNIFE_EDGE * unit * 1024 * moves + 2 ** -52 * Math.abs(z[k]!));
    for (let b = firstAbove(points, z[0]! - 2 * reach[0]!); b < points.length; b++) {
      if (points.coordinate(b, 0) > z[0]! + 2 * reach[0]!) break;
      if (b === a || !mayMeet(z, reach, points, b)) continue;
      const second = edges.get(b) ?? edgeAt(b);
      edges.set(b, second);
      const other = points.at(b)!.exact;
      // the distance of the pair is that in the coordinate that separates the two best
      const change = exact.reduce((most, x, k) => {
        const gap = Math.abs(toNumber(subtract(x, other[k]!)));
        return gap === 0 ? most : Math.max(most, gap / (first.motion[k]! + second.motion[k]!));
      }, 0);
      for (const { margins } of [first, second]) margins.neighbour = Math.min(margins.neighbour, change / unit);
    }
    yield;
  }
}

/** The first place whose first coordinate is at least x. */
function firstAbove(points: PlacedPoints, x: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (points.coordinate(middle, 0) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether two points may meet; false only if they are further apart than a small change can move them, where the other
 * point may move a thousand times as far as this one.
 */
function mayMeet(z: readonly number[], reach: readonly number[], points: PlacedPoints, b: number): boolean {
  for (let k = 0; k < z.length; k++) if (!(Math.abs(z[k]! - points.coordinate(b, k)) <= reach[k]!)) return false;
  return true;
}
