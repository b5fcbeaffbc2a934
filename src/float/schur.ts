import { francis } from "./francis.ts";
import type { SchurForm } from "./schur-form.ts";

/**
 * Real Schur form by Householder reduction to Hessenberg form and Francis's double-shift QR, in the form of LAPACK's
 * dlahqr (deflation by Ahues and Tisseur's criterion, exceptional shifts, dlanv2 for the 2×2 blocks).
 *
 * @param a n×n row-major, entries of at most moderate size (scaled by the caller); overwritten.
 * @param lo,hi rows outside [lo, hi) are upper triangular already.
 * @param cap most sweeps for one eigenvalue, LAPACK's by default; most need two or three.
 * @returns undefined if the cap is reached.
 */
export function realSchur(
  a: Float64Array,
  n: number,
  lo: number,
  hi: number,
  cap = 30 * Math.max(10, n),
): SchurForm | undefined {
  const Q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) Q[i * n + i] = 1;
  toHessenberg(a, Q, n, lo, hi);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  for (let i = 0; i < n; i++) if (i < lo || i >= hi) re[i] = a[i * n + i]!;
  const form = { T: a, Q, re, im };
  return francis(form, n, lo, hi, cap) ? form : undefined;
}

/** A ← Hᵀ A H upper Hessenberg, Q ← Q H. */
function toHessenberg(a: Float64Array, Q: Float64Array, n: number, lo: number, hi: number): void {
  const v = new Float64Array(n);
  for (let k = lo; k < hi - 2; k++) {
    let large = 0;
    for (let i = k + 2; i < hi; i++) large = Math.max(large, Math.abs(a[i * n + k]!));
    if (large === 0) continue;
    large = Math.max(large, Math.abs(a[(k + 1) * n + k]!));
    let sum = 0;
    for (let i = k + 1; i < hi; i++) {
      v[i] = a[i * n + k]! / large;
      sum += v[i]! * v[i]!;
    }
    const alpha = v[k + 1]! > 0 ? -Math.sqrt(sum) : Math.sqrt(sum);
    // vᵀv / 2 for v = x − alpha e₁
    const half = sum - v[k + 1]! * alpha;
    v[k + 1]! -= alpha;
    for (let j = k + 1; j < n; j++) {
      let dot = 0;
      for (let i = k + 1; i < hi; i++) dot += v[i]! * a[i * n + j]!;
      dot /= half;
      for (let i = k + 1; i < hi; i++) a[i * n + j]! -= dot * v[i]!;
    }
    a[(k + 1) * n + k] = alpha * large;
    for (let i = k + 2; i < hi; i++) a[i * n + k] = 0;
    reflectColumns(a, n, hi, k + 1, hi, v, half);
    reflectColumns(Q, n, n, k + 1, hi, v, half);
  }
}

function reflectColumns(
  a: Float64Array,
  n: number,
  rows: number,
  from: number,
  to: number,
  v: Float64Array,
  half: number,
): void {
  for (let i = 0; i < rows; i++) {
    let dot = 0;
    for (let j = from; j < to; j++) dot += a[i * n + j]! * v[j]!;
    dot /= half;
    for (let j = from; j < to; j++) a[i * n + j]! -= dot * v[j]!;
  }
}
