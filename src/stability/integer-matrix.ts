/** A B for A of size n×m and B of size m×p, row-major. */
export function product(A: readonly bigint[], B: readonly bigint[], n: number, m: number, p: number): bigint[] {
  const C = new Array<bigint>(n * p).fill(0n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < m; k++) {
      const a = A[i * m + k]!;
      if (a === 0n) continue;
      for (let j = 0; j < p; j++) C[i * p + j]! += a * B[k * p + j]!;
    }
  }
  return C;
}

/** The cols×rows transpose of a rows×cols matrix. */
export function transpose(A: readonly bigint[], rows: number, cols: number): bigint[] {
  return Array.from({ length: rows * cols }, (_, at) => A[(at % rows) * cols + Math.floor(at / rows)]!);
}
