/**
 * The closed polyhedron {x ∈ Q^dim : normal(i)·x ≤ bound(i) for all i < count}, in integers.
 *
 * Rows are read one at a time, so that each may be computed when it is first needed.
 */
export interface Polyhedron {
  readonly dim: number;
  readonly count: number;
  /** Coefficients of row i, of length `dim`. */
  normal(i: number): readonly bigint[];
  bound(i: number): bigint;
}

export function polyhedronOf(
  dim: number,
  normals: readonly (readonly bigint[])[],
  bounds: readonly bigint[],
): Polyhedron {
  return { dim, count: normals.length, normal: (i) => normals[i]!, bound: (i) => bounds[i]! };
}

/** a·b for integer vectors of the same length. */
export function integerDot(a: readonly bigint[], b: readonly bigint[]): bigint {
  let sum = 0n;
  for (let k = 0; k < a.length; k++) if (a[k] !== 0n && b[k] !== 0n) sum += a[k]! * b[k]!;
  return sum;
}
