import { divide } from "./complex.ts";
import { factorise, solveFactorised } from "./complex-lu.ts";
import { type ComplexRows, type Eigendecomposition, transposed } from "./eigen.ts";

const U = 2 ** -53;
/** Covers the roundings of a bound's own evaluation: fewer than 2^20 operations in each. */
const SLACK = 1 + 2 ** -30;
/** A bound on the sum of all underflow errors of one entry of the residual. */
const UNDERFLOW = 2 ** -1000;

/**
 * Radii r_i such that, for every matrix that rounds to `matrix`, every exact eigenvalue lies in a disc |λ − λ_i| ≤ r_i,
 * and a connected component of m discs holds exactly m eigenvalues. Undefined if the eigenvectors are too nearly
 * dependent.
 *
 * With X the computed eigenvectors as columns, Λ the eigenvalues and Y an approximate inverse, X⁻¹JX = Λ + F with
 * F = (YX)⁻¹ Y (JX − XΛ), so for δ = ‖I − YX‖∞ < 1 row i of |F| sums to at most s_i + δ/(1−δ) max s, where s_i is the
 * row sum of |Y||JX − XΛ|; Gershgorin's theorem on Λ + F gives the discs (Varah, "On the condition number of invariant
 * subspaces", 1968; Miyajima, "Fast enclosure for all eigenvalues", 2010). Rounding errors are added to the residual
 * and to δ: |fl(JX − XΛ) − (JX − XΛ)| ≤ γ (|J||X| + |X||Λ|) with γ = (4n + 20)u for complex sums of 2n + 2 products in
 * any order, and |J − fl(J)| ≤ u|fl(J)|.
 */
export function eigenvalueRadii(matrix: Float64Array, decomposition: Eigendecomposition): Float64Array | undefined {
  const residual = residualBounds(matrix, decomposition);
  const quick = radiiBy(inverseByLeft(decomposition), residual, decomposition);
  if (quick !== undefined) return quick;
  // left vectors of repeated eigenvalues need not be those of an inverse
  const inverse = invert(decomposition.right, decomposition.n);
  return inverse === undefined ? undefined : radiiBy(inverse, residual, decomposition);
}

/** A bound on each entry of |JX − XΛ|, rounding included. */
function residualBounds(matrix: Float64Array, { n, values, right }: Eigendecomposition): Float64Array {
  const gamma = (4 * n + 20) * U;
  const residual = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const [wr, wi] = values[k]!;
    const wSize = Math.abs(wr) + Math.abs(wi);
    for (let i = 0; i < n; i++) {
      const xr = right.re[k * n + i]!;
      const xi = right.im[k * n + i]!;
      let sr = -(wr * xr - wi * xi);
      let si = -(wr * xi + wi * xr);
      let size = wSize * (Math.abs(xr) + Math.abs(xi));
      for (let j = 0; j < n; j++) {
        const entry = matrix[i * n + j]!;
        sr += entry * right.re[k * n + j]!;
        si += entry * right.im[k * n + j]!;
        size += Math.abs(entry) * (Math.abs(right.re[k * n + j]!) + Math.abs(right.im[k * n + j]!));
      }
      residual[i * n + k] = Math.abs(sr) + Math.abs(si) + (gamma + U) * size + UNDERFLOW;
    }
  }
  return residual;
}

/** The radii that an approximate inverse of X proves; undefined if ‖I − YX‖∞ is not below 1. */
function radiiBy(
  inverse: ComplexRows,
  residual: Float64Array,
  { n, right }: Eigendecomposition,
): Float64Array | undefined {
  const gamma = (4 * n + 20) * U;
  let delta = 0;
  let largest = 0;
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let deviation = 0;
    let total = 0;
    for (let k = 0; k < n; k++) {
      let pr = i === k ? -1 : 0;
      let pi = 0;
      let size = 1;
      for (let j = 0; j < n; j++) {
        const yr = inverse.re[i * n + j]!;
        const yi = inverse.im[i * n + j]!;
        const xr = right.re[k * n + j]!;
        const xi = right.im[k * n + j]!;
        pr += yr * xr - yi * xi;
        pi += yr * xi + yi * xr;
        const ySize = Math.abs(yr) + Math.abs(yi);
        size += ySize * (Math.abs(xr) + Math.abs(xi));
        total += ySize * residual[j * n + k]!;
      }
      deviation += Math.abs(pr) + Math.abs(pi) + gamma * size + UNDERFLOW;
    }
    delta = Math.max(delta, deviation * SLACK);
    sums[i] = total * SLACK;
    largest = Math.max(largest, sums[i]!);
  }
  if (!(delta < 0.5)) return undefined;
  const shared = (delta / (1 - delta)) * largest * SLACK;
  for (let i = 0; i < n; i++) {
    sums[i] = (sums[i]! + shared) * SLACK;
    if (!Number.isFinite(sums[i])) return undefined;
  }
  return sums;
}

/** Y with rows y_kᴴ/(y_kᴴ x_k), an approximate inverse of X if the eigenvalues are well separated. */
function inverseByLeft({ n, right, left }: Eigendecomposition): ComplexRows {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  for (let row = 0; row < n * n; row += n) {
    let pr = 0;
    let pi = 0;
    for (let i = row; i < row + n; i++) {
      pr += left.re[i]! * right.re[i]! + left.im[i]! * right.im[i]!;
      pi += left.re[i]! * right.im[i]! - left.im[i]! * right.re[i]!;
    }
    const [cr, ci] = divide(1, 0, pr, pi);
    for (let i = row; i < row + n; i++) {
      re[i] = left.re[i]! * cr + left.im[i]! * ci;
      im[i] = left.re[i]! * ci - left.im[i]! * cr;
    }
  }
  return { re, im };
}

/** Approximate inverse of the matrix whose columns are the given vectors, row-major. */
function invert(columns: ComplexRows, n: number): ComplexRows | undefined {
  const factors = factorise(transposed(columns.re, n), transposed(columns.im, n), n, 0);
  if (factors === undefined) return undefined;
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  const zero = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const unit = new Float64Array(n);
    unit[k] = 1;
    const column = solveFactorised(factors, unit, zero);
    for (let i = 0; i < n; i++) {
      re[i * n + k] = column.re[i]!;
      im[i * n + k] = column.im[i]!;
    }
  }
  return { re, im };
}
