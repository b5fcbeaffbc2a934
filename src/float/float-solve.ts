/**
 * A⁻¹B in float64 by elimination with row pivoting, all n×n row-major; undefined where A is singular to working
 * precision.
 */
export function solve(A: Float64Array, B: Float64Array, n: number): Float64Array | undefined {
  const L = A.slice();
  const X = B.slice();
  for (let c = 0; c < n; c++) {
    let pivot = c;
    for (let i = c + 1; i < n; i++) if (Math.abs(L[i * n + c]!) > Math.abs(L[pivot * n + c]!)) pivot = i;
    const value = L[pivot * n + c]!;
    if (!(Math.abs(value) > 0)) return undefined;
    for (const M of [L, X]) {
      for (let k = 0; k < n; k++) [M[c * n + k], M[pivot * n + k]] = [M[pivot * n + k]!, M[c * n + k]!];
    }
    for (let i = 0; i < n; i++) {
      if (i === c) continue;
      const factor = L[i * n + c]! / value;
      for (let k = c; k < n; k++) L[i * n + k]! -= factor * L[c * n + k]!;
      for (let k = 0; k < n; k++) X[i * n + k]! -= factor * X[c * n + k]!;
    }
  }
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) X[i * n + k]! /= L[i * n + i]!;
  return X;
}
