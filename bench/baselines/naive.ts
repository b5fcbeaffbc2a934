import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/** Where the naive way ends: 2^26 masks take minutes. */
const MOST_UNITS = 26;

/**
 * The naive way in plain float64: (M + VᵀDU) z = VᵀDh + g for each of the 2^N masks D, kept where every sign agrees. No
 * proof: a point on a hyperplane may be found twice or not at all, a singular matrix is skipped.
 * @returns the points found, each of length R.
 * @throws RangeError for more than 26 units.
 */
export function naiveFixedPoints(system: PiecewiseLinearSystem): number[][] {
  const { latentDim: R, hyperplanes: N, U } = system;
  if (N > MOST_UNITS) throw new RangeError(`the naive way tries 2^N masks: at most ${MOST_UNITS} units, got ${N}`);
  const [M, V, g, h] = [system.M.rounded, system.V.rounded, system.g.rounded, system.h.rounded];
  const stride = R + 1;
  const start = new Float64Array(R * stride);
  for (let i = 0; i < R; i++) {
    for (let k = 0; k < R; k++) start[i * stride + k] = M[i * R + k]!;
    start[i * stride + R] = g[i]!;
  }
  // what unit j adds to the matrix and, in the last column, to the right side
  const terms = new Float64Array(N * R * stride);
  for (let j = 0; j < N; j++) {
    for (let i = 0; i < R; i++) {
      const row = (j * R + i) * stride;
      for (let k = 0; k < R; k++) terms[row + k] = V[j * R + i]! * U[j * R + k]!;
      terms[row + R] = V[j * R + i]! * h[j]!;
    }
  }
  const matrix = new Float64Array(R * stride);
  const z = new Float64Array(R);
  const found: number[][] = [];
  for (let mask = 0; mask < 2 ** N; mask++) {
    matrix.set(start);
    for (let j = 0; j < N; j++) {
      if (((mask >>> j) & 1) === 0) continue;
      const from = j * R * stride;
      for (let at = 0; at < R * stride; at++) matrix[at]! += terms[from + at]!;
    }
    if (solve(matrix, R, z) && consistent(mask, z, U, h)) found.push(Array.from(z));
  }
  return found;
}

/** Gaussian elimination with partial pivoting on [matrix | right side], in place; false where a pivot is zero. */
function solve(matrix: Float64Array, R: number, z: Float64Array): boolean {
  const stride = R + 1;
  for (let column = 0; column < R; column++) {
    let pivot = column;
    for (let i = column + 1; i < R; i++) {
      if (Math.abs(matrix[i * stride + column]!) > Math.abs(matrix[pivot * stride + column]!)) pivot = i;
    }
    if (matrix[pivot * stride + column] === 0) return false;
    for (let k = column; k <= R && pivot !== column; k++) {
      const swapped = matrix[column * stride + k]!;
      matrix[column * stride + k] = matrix[pivot * stride + k]!;
      matrix[pivot * stride + k] = swapped;
    }
    for (let i = column + 1; i < R; i++) {
      const factor = matrix[i * stride + column]! / matrix[column * stride + column]!;
      for (let k = column + 1; k <= R; k++) matrix[i * stride + k]! -= factor * matrix[column * stride + k]!;
    }
  }
  for (let i = R - 1; i >= 0; i--) {
    let sum = matrix[i * stride + R]!;
    for (let k = i + 1; k < R; k++) sum -= matrix[i * stride + k]! * z[k]!;
    z[i] = sum / matrix[i * stride + i]!;
  }
  return true;
}

function consistent(mask: number, z: Float64Array, U: Float64Array, h: Float64Array): boolean {
  const R = z.length;
  for (let j = 0; j < h.length; j++) {
    let x = -h[j]!;
    for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
    if (((mask >>> j) & 1) === 1 ? x < 0 : x > 0) return false;
  }
  return true;
}
