import { exponentOf, scaleByPowerOfTwo } from "../model/power-of-two.ts";
import { norm2 } from "./complex.ts";

const ULP = 2 ** -52;
/** One-sided Jacobi converges quadratically; real matrices need fewer than ten sweeps. */
const MAX_SWEEPS = 60;

/**
 * Singular values of a finite n×n row-major matrix in descending order, by one-sided Jacobi rotations (Hestenes; Demmel
 * and Veselić, "Jacobi's method is more accurate than QR", 1992): absolute error a few ulp of the largest. Undefined if
 * an entry is not finite or a value is outside the float64 range.
 */
export function singularValues(matrix: Float64Array, n: number): number[] | undefined {
  let large = 0;
  for (const entry of matrix) {
    if (!Number.isFinite(entry)) return undefined;
    large = Math.max(large, Math.abs(entry));
  }
  if (large === 0) return new Array<number>(n).fill(0);
  const exponent = exponentOf(large);
  // row k of the work array is column k of the matrix
  const columns = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) columns[k * n + i] = scaleByPowerOfTwo(matrix[i * n + k]!, -exponent);
  }
  for (let sweep = 0, rotated = true; rotated && sweep < MAX_SWEEPS; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) if (orthogonalise(columns, n, p, q)) rotated = true;
    }
  }
  const none = new Float64Array(n);
  const values: number[] = [];
  for (let k = 0; k < n; k++) {
    values.push(scaleByPowerOfTwo(norm2(columns.subarray(k * n, (k + 1) * n), none, 0, n), exponent));
  }
  return values.every(Number.isFinite) ? values.sort((a, b) => b - a) : undefined;
}

/** Rotates columns p and q to be orthogonal; false if they are already, to working precision. */
function orthogonalise(columns: Float64Array, n: number, p: number, q: number): boolean {
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let i = 0; i < n; i++) {
    const a = columns[p * n + i]!;
    const b = columns[q * n + i]!;
    pp += a * a;
    qq += b * b;
    pq += a * b;
  }
  if (pq === 0 || Math.abs(pq) <= ULP * Math.sqrt(pp) * Math.sqrt(qq)) return false;
  const zeta = (qq - pp) / (2 * pq);
  const tan =
    Math.abs(zeta) > 2 ** 500 ? 1 / (2 * zeta) : (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cos = 1 / Math.sqrt(1 + tan * tan);
  const sin = cos * tan;
  for (let i = 0; i < n; i++) {
    const a = columns[p * n + i]!;
    const b = columns[q * n + i]!;
    columns[p * n + i] = cos * a - sin * b;
    columns[q * n + i] = sin * a + cos * b;
  }
  return true;
}
