import { pivotIn } from "./pivot.ts";
import { type FloatArray, gamma, type Precision } from "./precision.ts";

/**
 * A bound on max|u·z − u·z̃|/‖u‖₁ for the exact solution z of B z = b and the computed z̃ = X b, rounding of u·z̃
 * included: with B⁻¹ = (I − F)⁻¹X, ‖F‖ ≤ q, and X b = z̃ + ε the difference is at most (q|z̃| + |ε|)/(1 − q) (Higham,
 * section 14).
 * @param size max|z̃|. @param spread bound on max|ε|. @param q from `inverseDefect`. @param relative γ of the sums
 *   u·z̃.
 * @returns NaN, which decides nothing, for operands beyond the range of safe products.
 */
export function solutionError(size: number, spread: number, q: number, relative: number, precision: Precision): number {
  if (!(size <= precision.huge)) return Number.NaN;
  return ((q * size + spread) / (1 - q) + relative * size) * precision.slack + precision.tiny;
}

/**
 * z̃ = X b, for B z = b.
 * @param b n numbers from `from` on, each with an error of at most its entry of `bError`.
 * @param q from `inverseDefect`. @param z n; overwritten.
 * @returns the bound of `solutionError`.
 */
export function solveByInverse(
  X: FloatArray,
  n: number,
  q: number,
  b: FloatArray,
  from: number,
  bError: FloatArray,
  precision: Precision,
  z: FloatArray,
): number {
  const relative = gamma(n + 4, precision);
  let size = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let error = 0;
    for (let k = 0; k < n; k++) {
      const x = X[i * n + k]!;
      const value = b[from + k]!;
      sum += x * value;
      error += Math.abs(x) * (bError[k]! + relative * Math.abs(value));
    }
    z[i] = sum;
    size = Math.max(size, Math.abs(sum));
    spread = Math.max(spread, error);
  }
  return solutionError(size, spread, q, relative, precision);
}

/**
 * z̃ = Σ_t b_t x_t over the first columns x_t of X, for B z = b with zeros after the first entries of b.
 * @param X n×n or only its first columns: entry i of column t is at i·entryStep + t·columnStep.
 * @param values @param subset b_t is values[subset[t]]. @param columns the number of columns.
 * @param q from `inverseDefect`. @param z n; overwritten.
 * @returns the bound of `solutionError`.
 */
export function combineColumns(
  X: FloatArray,
  n: number,
  entryStep: number,
  columnStep: number,
  values: ArrayLike<number>,
  subset: Uint32Array,
  columns: number,
  q: number,
  precision: Precision,
  z: FloatArray,
): number {
  const relative = gamma(n + 4, precision);
  let size = 0;
  let spread = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let absolute = 0;
    for (let t = 0; t < columns; t++) {
      const term = X[i * entryStep + t * columnStep]! * values[subset[t]!]!;
      sum += term;
      absolute += Math.abs(term);
    }
    z[i] = sum;
    size = Math.max(size, Math.abs(sum));
    spread = Math.max(spread, absolute);
  }
  return solutionError(size, relative * spread, q, relative, precision);
}

/**
 * X ≈ B⁻¹ by Gauss–Jordan elimination with partial pivoting.
 * @param B n×n row-major; overwritten.
 * @param X n×n row-major; the result.
 * @returns false when a pivot column is zero or not a number. The answer true proves nothing: ask `inverseDefect`.
 */
export function approximateInverse(B: FloatArray, X: FloatArray, n: number): boolean {
  for (let i = 0; i < n * n; i++) X[i] = 0;
  for (let i = 0; i < n; i++) X[i * n + i] = 1;
  for (let c = 0; c < n; c++) {
    const pivotRow = pivotIn(B, n, c);
    if (pivotRow < 0) return false;
    if (pivotRow !== c) {
      for (let k = 0; k < n; k++) {
        const b = B[c * n + k]!;
        B[c * n + k] = B[pivotRow * n + k]!;
        B[pivotRow * n + k] = b;
        const x = X[c * n + k]!;
        X[c * n + k] = X[pivotRow * n + k]!;
        X[pivotRow * n + k] = x;
      }
    }
    const scale = 1 / B[c * n + c]!;
    for (let k = c; k < n; k++) B[c * n + k]! *= scale;
    for (let k = 0; k < n; k++) X[c * n + k]! *= scale;
    for (let i = 0; i < n; i++) {
      if (i === c) continue;
      const factor = B[i * n + c]!;
      if (factor === 0) continue;
      for (let k = c; k < n; k++) B[i * n + k]! -= factor * B[c * n + k]!;
      for (let k = 0; k < n; k++) X[i * n + k]! -= factor * X[c * n + k]!;
    }
  }
  return true;
}

/**
 * A bound q on ‖I − X B'‖ in both the ∞- and the 1-norm, for every B' with |B' − B| ≤ E entrywise. If q < 1 then B' is
 * regular and B'⁻¹ = (I − F)⁻¹ X with ‖F‖ ≤ q (Higham, section 14; Rump 2010, Verification methods, Theorem 3.2).
 *
 * The sum of all entries bounds both norms at once; the computed residual of each entry errs by at most
 * γ_{n+2}(1 + Σ|X||B|).
 * @param B n×n row-major, entries with a relative error of at most `unit`.
 * @param entryError n×n entrywise bounds E, or undefined for none beyond that relative error.
 * @returns q; where there is no bound, a number that is not < 1, or NaN.
 */
export function inverseDefect(
  B: FloatArray,
  X: FloatArray,
  n: number,
  entryError: FloatArray | undefined,
  precision: Precision,
): number {
  if (precision.slack === 0) return 0;
  const relative = gamma(n + 3, precision);
  let residual = 0;
  let magnitude = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? -1 : 0;
      let absolute = i === j ? 1 : 0;
      for (let k = 0; k < n; k++) {
        const product = X[i * n + k]! * B[k * n + j]!;
        sum += product;
        absolute += Math.abs(product);
      }
      residual += Math.abs(sum);
      magnitude += absolute;
      if (entryError !== undefined) {
        let spread = 0;
        for (let k = 0; k < n; k++) spread += Math.abs(X[i * n + k]!) * entryError[k * n + j]!;
        residual += spread;
      }
    }
  }
  return (residual + relative * magnitude + n * n * precision.tiny) * precision.slack;
}
