import type { FloatArray } from "./precision.ts";

/**
 * The row, from row c on, with the largest entry in column c of the n×n row-major matrix A.
 * @returns −1 if the column has only zeros and NaN there.
 */
export function pivotIn(A: FloatArray, n: number, c: number): number {
  let row = c;
  let largest = Math.abs(A[c * n + c]!);
  for (let i = c + 1; i < n; i++) {
    const size = Math.abs(A[i * n + c]!);
    if (size > largest) {
      largest = size;
      row = i;
    }
  }
  return largest > 0 ? row : -1;
}
