/**
 * X ≈ S⁻¹ for a symmetric positive definite n×n matrix S, by Cholesky factors; S is overwritten.
 * @returns false when a pivot is not positive.
 */
export function invertPositive(S: Float64Array, X: Float64Array, n: number): boolean {
  // S = L Lᵀ in the lower triangle
  for (let c = 0; c < n; c++) {
    let pivot = S[c * n + c]!;
    for (let k = 0; k < c; k++) pivot -= S[c * n + k]! * S[c * n + k]!;
    if (!(pivot > 0)) return false;
    const scale = 1 / Math.sqrt(pivot);
    for (let i = c + 1; i < n; i++) {
      let sum = S[i * n + c]!;
      for (let k = 0; k < c; k++) sum -= S[i * n + k]! * S[c * n + k]!;
      S[i * n + c] = sum * scale;
    }
    // the diagonal holds 1/l: nothing else of it is needed
    S[c * n + c] = scale;
  }
  // L⁻¹ in place
  for (let c = 0; c < n; c++) {
    for (let i = c + 1; i < n; i++) {
      let sum = S[i * n + c]! * S[c * n + c]!;
      for (let k = c + 1; k < i; k++) sum += S[i * n + k]! * S[k * n + c]!;
      S[i * n + c] = -sum * S[i * n + i]!;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += S[k * n + i]! * S[k * n + j]!;
      X[i * n + j] = sum;
      X[j * n + i] = sum;
    }
  }
  return true;
}
