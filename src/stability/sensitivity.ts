import { solveFractionFree } from "../exact/elimination.ts";
import { type ExactMatrix, lowestTerms } from "../exact/matrix.ts";
import { quotient } from "../exact/rational.ts";
import { modulus } from "../float/complex.ts";
import { factorise, solveFactorised } from "../float/complex-lu.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/**
 * The largest changes of the equations of a region, to first order and divided by ε, when each number of the model
 * changes by a relative ε. In discrete time, with M = A − I, the numbers of A change. A product of two numbers changes
 * by 2ε.
 */
export interface Sensitivity {
  /** The changes of M + VᵀDU: R×R row-major. */
  readonly matrix: Float64Array;
  /** The changes of g + VᵀDh: R numbers. */
  readonly right: Float64Array;
}

/** The sensitivity of the region in which the hyperplanes `active` have bit 1. */
export function sensitivityOf(system: PiecewiseLinearSystem, active: readonly number[]): Sensitivity {
  const { latentDim: R, time, U } = system;
  const [M, V, g, h] = [system.M.rounded, system.V.rounded, system.g.rounded, system.h.rounded];
  const matrix = new Float64Array(R * R);
  const right = new Float64Array(R);
  for (const j of active) {
    for (let i = 0; i < R; i++) {
      const weight = 2 * Math.abs(V[j * R + i]!);
      if (weight === 0) continue;
      right[i]! += weight * Math.abs(h[j]!);
      for (let k = 0; k < R; k++) matrix[i * R + k]! += weight * Math.abs(U[j * R + k]!);
    }
  }
  const one = time === "discrete" ? 1 : 0;
  for (let i = 0; i < R; i++) {
    right[i]! += Math.abs(g[i]!);
    for (let k = 0; k < R; k++) matrix[i * R + k]! += Math.abs(M[i * R + k]! + (i === k ? one : 0));
  }
  return { matrix, right };
}

/**
 * The largest changes of the coordinates of a region's fixed point, divided by ε: |F⁻¹| (E |z| + e) (Skeel 1979), R
 * numbers.
 */
export function motionOf(inverse: Float64Array, { matrix, right }: Sensitivity, z: readonly number[]): Float64Array {
  const R = z.length;
  const residual = right.slice();
  const motion = new Float64Array(R);
  for (let i = 0; i < R; i++) for (let k = 0; k < R; k++) residual[i]! += matrix[i * R + k]! * Math.abs(z[k]!);
  for (let i = 0; i < R; i++) for (let k = 0; k < R; k++) motion[i]! += Math.abs(inverse[i * R + k]!) * residual[k]!;
  return motion;
}

/** F⁻¹, each entry correctly rounded. Undefined where F is singular. */
export function exactInverse(field: ExactMatrix): Float64Array | undefined {
  const { n } = field;
  const { integers, exponent } = lowestTerms(field);
  const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1n : 0n));
  const solved = solveFractionFree(integers, n, identity, n);
  if (solved === undefined) return undefined;
  const up = BigInt(Math.max(0, -exponent));
  const divisor = solved.determinant << BigInt(Math.max(0, exponent));
  return Float64Array.from(solved.X, (x) => quotient(x << up, divisor));
}

/** |(J − w)⁻¹| of a float64 matrix and a complex number: n×n row-major. Undefined where a pivot is zero. */
export function resolventSize(
  J: Float64Array,
  n: number,
  [re, im]: readonly [number, number],
): Float64Array | undefined {
  const factors = factorise(
    J.map((x, at) => (at % (n + 1) === 0 ? x - re : x)),
    Float64Array.from(J, (_, at) => (at % (n + 1) === 0 ? -im : 0)),
    n,
    0,
  );
  if (factors === undefined) return undefined;
  const out = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const unit = new Float64Array(n);
    unit[k] = 1;
    const column = solveFactorised(factors, unit, new Float64Array(n));
    for (let i = 0; i < n; i++) out[i * n + k] = modulus(column.re[i]!, column.im[i]!);
  }
  return out;
}

/** The product of |A| and B, both n×n. */
export function timesSize(A: Float64Array, B: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = Math.abs(A[i * n + k]!);
      if (factor === 0) continue;
      for (let l = 0; l < n; l++) out[i * n + l]! += factor * B[k * n + l]!;
    }
  }
  return out;
}

const POWER_STEPS = 60;
/** The iteration ends if the bounds of Collatz and Wielandt differ by at most this factor. */
const RATIO_TOLERANCE = 1 + 2 ** -10;
/** Keeps the vector positive where the matrix is reducible. */
const SMALLEST_SHARE = 2 ** -60;

/**
 * The largest eigenvalue of a matrix without negative entries, from above: max (Bx)_i / x_i for a positive x that power
 * iteration improves (Collatz 1942, Wielandt 1950). +∞ where an entry is not finite.
 */
export function perronRoot(B: Float64Array, n: number): number {
  if (!B.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  let x = new Float64Array(n).fill(1);
  let best = Number.POSITIVE_INFINITY;
  for (let step = 0; step < POWER_STEPS; step++) {
    const y = new Float64Array(n);
    let most = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < n; k++) y[i]! += B[i * n + k]! * x[k]!;
      const ratio = y[i]! / x[i]!;
      most = Math.max(most, ratio);
      least = Math.min(least, ratio);
    }
    best = Math.min(best, most);
    if (most <= least * RATIO_TOLERANCE) break;
    // a share of x itself keeps the iteration from cycling
    const size = Math.max(...y);
    if (!(size > 0 && size < Number.POSITIVE_INFINITY)) break;
    x = y.map((value, i) => Math.max((value / size + x[i]! / 4) * 0.75, SMALLEST_SHARE));
  }
  return best;
}
