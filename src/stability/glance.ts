import { memo } from "../base/memo.ts";
import { float64s } from "../base/small-arrays.ts";
import { modulus } from "../float/complex.ts";
import type { Eigendecomposition } from "../float/eigen.ts";
import type { PiecewiseLinearSystem, Time } from "../model/system.ts";
import { boundaryOf, sizeOf } from "./spectral-range.ts";
import type { Side } from "./stability.ts";

/** The smallest |yᴴx| of eigenvectors from which an inverse is bounded. */
const SMALLEST_COSINE = 2 ** -20;
/** An eigenvalue is examined again unless its distance from the boundary is this many times its first-order change. */
export const FIRST_ORDER_SLACK = 4;
/** Covers the difference between the left vectors and the rows of X⁻¹. */
const SLACK = 2;

/**
 * Whether norms alone show that no relative change of the model's numbers by ε makes the matrix of a side singular,
 * brings an eigenvalue to the boundary, or brings the point to a hyperplane. This holds for most points, and the test
 * costs a small part of the cost of their eigenvalues.
 *
 * With F = X (Λ − 1) X⁻¹ and unit columns in X, ‖F⁻¹‖_F ≤ √R ‖X⁻¹‖_F / min |λ − 1| (continuous time: / min |λ|), and
 * the rows of X⁻¹ are y_kᴴ/(y_kᴴ x_k); and |Δλ_k| ≤ ‖E‖ ε / |y_kᴴ x_k| to first order. E and e are as in `Sensitivity`.
 */
export function isClearAtAGlance(
  system: PiecewiseLinearSystem,
  z: readonly number[],
  { active, linear: { decomposition } }: Side,
  epsilon: number,
): boolean {
  if (decomposition === undefined) return false;
  const { matrix, right } = sizesOfSide(system, active);
  const inverse = boundOfInverse(decomposition, system.time, FIRST_ORDER_SLACK * epsilon * matrix);
  if (!(inverse * matrix * epsilon < 1)) return false;
  return isFarFromAll(system, z, inverse * (matrix * Math.hypot(...z) + right), epsilon);
}

/** Bounds of ‖E‖ and |e| of the matrix and the right side of a side. */
function sizesOfSide(system: PiecewiseLinearSystem, active: readonly number[]): { matrix: number; right: number } {
  const { latentDim: R, time } = system;
  const [M, g, h] = [system.M.rounded, system.g.rounded, system.h.rounded];
  const one = time === "discrete" ? 1 : 0;
  let matrix = 0;
  let right = 0;
  for (let i = 0; i < R; i++) {
    right += g[i]! * g[i]!;
    for (let k = 0; k < R; k++) {
      const entry = M[i * R + k]! + (i === k ? one : 0);
      matrix += entry * entry;
    }
  }
  matrix = Math.sqrt(matrix);
  right = Math.sqrt(right);
  const { normals, weights } = lengthsOf(system);
  for (const j of active) {
    matrix += 2 * normals[j]! * weights[j]!;
    right += 2 * weights[j]! * Math.abs(h[j]!);
  }
  return { matrix, right };
}

/**
 * A bound of ‖F⁻¹‖_F.
 * @param change by which an eigenvalue of unit condition moves.
 * @returns Infinity where an eigenvalue may reach the boundary, or eigenvectors are too nearly dependent.
 */
function boundOfInverse({ n, values, right: x, left: y }: Eigendecomposition, time: Time, change: number): number {
  const boundary = boundaryOf(time);
  let inverse = 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    let re = 0;
    let im = 0;
    for (let a = i * n; a < (i + 1) * n; a++) {
      re += y.re[a]! * x.re[a]! + y.im[a]! * x.im[a]!;
      im += y.re[a]! * x.im[a]! - y.im[a]! * x.re[a]!;
    }
    const cosine = modulus(re, im);
    const value = values[i]!;
    if (!(cosine > SMALLEST_COSINE)) return Number.POSITIVE_INFINITY;
    if (!(Math.abs(sizeOf(value, time) - boundary) * cosine >= change)) return Number.POSITIVE_INFINITY;
    inverse += 1 / (cosine * cosine);
    nearest = Math.min(nearest, modulus(value[0] - boundary, value[1]));
  }
  return (SLACK * Math.sqrt(n * inverse)) / nearest;
}

/**
 * Whether z is farther from all hyperplanes than it moves, at most `motion`, and than rounding takes it. A function of
 * its own: its loop over all hyperplanes is then all that is compiled.
 */
function isFarFromAll(system: PiecewiseLinearSystem, z: readonly number[], motion: number, epsilon: number): boolean {
  const { latentDim: R, hyperplanes: N, U } = system;
  const h = system.h.rounded;
  const { normals } = lengthsOf(system);
  const rounding = (R + 3) * 2 ** -53;
  for (let j = 0; j < N; j++) {
    let distance = -h[j]!;
    let size = Math.abs(distance);
    for (let k = 0, at = j * R; k < R; k++, at++) {
      const term = U[at]! * z[k]!;
      distance += term;
      size += Math.abs(term);
    }
    const far = Math.abs(distance) - rounding * size > epsilon * (size + normals[j]! * motion);
    if (!far && (normals[j]! > 0 || size > 0)) return false;
  }
  return true;
}

/** N and N: the lengths of u_j and of v_j. */
interface Lengths {
  readonly normals: Float64Array;
  readonly weights: Float64Array;
}

const lengths = memo<PiecewiseLinearSystem, Lengths>();

/** Computed once for all points of a system. */
function lengthsOf(system: PiecewiseLinearSystem): Lengths {
  let known = lengths.get(system);
  if (known === undefined) {
    const { latentDim: R, hyperplanes: N, U, V } = system;
    known = { normals: lengthsOfRows(U, N, R), weights: lengthsOfRows(V.rounded, N, R) };
    lengths.set(system, known);
  }
  return known;
}

function lengthsOfRows(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const all = float64s(rows);
  for (let j = 0; j < rows; j++) {
    let square = 0;
    for (let k = j * columns; k < (j + 1) * columns; k++) square += matrix[k]! * matrix[k]!;
    all[j] = Math.sqrt(square);
  }
  return all;
}
