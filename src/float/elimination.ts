import type { Steps } from "../base/steps.ts";
import { pivotIn } from "./pivot.ts";
import { gamma, type Precision } from "./precision.ts";

/**
 * PA = LU by Gaussian elimination with partial pivoting, in place: U in the upper triangle, the multipliers of L below.
 * @param A n×n row-major; overwritten.
 * @param order n: row `order[i]` of A went to place i.
 * @returns false when a pivot column is zero or not a number.
 */
export function factorise(A: Float64Array, n: number, order: Uint32Array): boolean {
  for (let i = 0; i < n; i++) order[i] = i;
  for (let c = 0; c < n; c++) if (!eliminateColumn(A, n, order, c)) return false;
  return true;
}

/** `factorise` in steps of one column. */
export function* factorising(A: Float64Array, n: number, order: Uint32Array): Steps<boolean> {
  for (let i = 0; i < n; i++) order[i] = i;
  for (let c = 0; c < n; c++) {
    if (!eliminateColumn(A, n, order, c)) return false;
    yield;
  }
  return true;
}

/** @returns false when the pivot column is zero or not a number. */
function eliminateColumn(A: Float64Array, n: number, order: Uint32Array, c: number): boolean {
  const pivotRow = pivotIn(A, n, c);
  if (pivotRow < 0) return false;
  if (pivotRow !== c) {
    for (let k = 0; k < n; k++) {
      const a = A[c * n + k]!;
      A[c * n + k] = A[pivotRow * n + k]!;
      A[pivotRow * n + k] = a;
    }
    const row = order[c]!;
    order[c] = order[pivotRow]!;
    order[pivotRow] = row;
  }
  const scale = 1 / A[c * n + c]!;
  for (let i = c + 1; i < n; i++) {
    const factor = A[i * n + c]! * scale;
    A[i * n + c] = factor;
    if (factor === 0) continue;
    for (let k = c + 1; k < n; k++) A[i * n + k]! -= factor * A[c * n + k]!;
  }
  return true;
}

/** x with LU x = Pb. */
export function solveFactorised(
  LU: Float64Array,
  n: number,
  order: Uint32Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    let sum = b[order[i]!]!;
    for (let k = 0; k < i; k++) sum -= LU[i * n + k]! * x[k]!;
    x[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= LU[i * n + k]! * x[k]!;
    x[i] = sum / LU[i * n + i]!;
  }
}

/**
 * A bound on ‖A'⁻¹‖∞ for every A' with ‖A' − A‖∞ ≤ `uncertainty`, from the LU factors of A alone, in O(n²).
 *
 * The computed factors satisfy LU = PA + E with |E| ≤ γ_{n+1}|L||U| (Higham, Theorem 9.3; one more rounding for the
 * multiplication by the reciprocal pivot). For the comparison matrices M, |U⁻¹||L⁻¹|e ≤ M(U)⁻¹M(L)⁻¹e (Higham, section
 * 8.2), with recurrences that have no cancellation. With κ the largest entry of that bound and
 * q = κ(‖E‖ + uncertainty) < 1, ‖A'⁻¹‖ ≤ κ/(1 − q).
 * @param scratch n.
 * @returns Infinity or NaN where there is no bound.
 */
export function inverseNorm(
  LU: Float64Array,
  n: number,
  uncertainty: number,
  precision: Precision,
  scratch: Float64Array,
): number {
  // rows of |U|, then ‖|L||U|‖
  let backward = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let k = i; k < n; k++) row += Math.abs(LU[i * n + k]!);
    scratch[i] = row;
    let sum = row;
    for (let k = 0; k < i; k++) sum += Math.abs(LU[i * n + k]!) * scratch[k]!;
    backward = Math.max(backward, sum);
  }
  for (let i = 0; i < n; i++) {
    let sum = 1;
    for (let k = 0; k < i; k++) sum += Math.abs(LU[i * n + k]!) * scratch[k]!;
    scratch[i] = sum;
  }
  let kappa = 0;
  for (let i = n - 1; i >= 0; i--) {
    let sum = scratch[i]!;
    for (let k = i + 1; k < n; k++) sum += Math.abs(LU[i * n + k]!) * scratch[k]!;
    scratch[i] = sum / Math.abs(LU[i * n + i]!);
    kappa = Math.max(kappa, scratch[i]!);
  }
  const q = kappa * (gamma(n + 1, precision) * backward + uncertainty) * precision.slack;
  return q < 0.5 ? (kappa / (1 - q)) * precision.slack : Number.POSITIVE_INFINITY;
}
