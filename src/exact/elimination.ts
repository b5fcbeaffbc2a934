import { allOf, type Steps } from "../base/steps.ts";
import type { AffineSet } from "./affine.ts";
import { abs } from "./integers.ts";
import { type Rational, rational, ZERO } from "./rational.ts";

/*
 * Fraction-free elimination (Bareiss, "Sylvester's identity and multistep integer-preserving Gaussian elimination",
 * Math. Comp. 22, 1968): after k steps every entry is a (k+1)-minor of the input, so the division by the previous pivot
 * leaves no remainder and numbers grow no faster than determinants do. All matrices are row-major and left unchanged.
 */

/** Systems of so few numbers are solved in one step, as a step takes as long as some multiplications. */
const AT_ONCE = 64;

/** Row of the non-zero entry of least magnitude in a column, from row `from` on; −1 if there is none. */
function smallestPivot(W: readonly bigint[], from: number, rows: number, stride: number, column: number): number {
  let best = -1;
  let bestMagnitude = 0n;
  for (let i = from; i < rows; i++) {
    const magnitude = abs(W[i * stride + column]!);
    if (magnitude !== 0n && (best < 0 || magnitude < bestMagnitude)) {
      best = i;
      bestMagnitude = magnitude;
    }
  }
  return best;
}

function swapRows(W: bigint[], a: number, b: number, stride: number): void {
  for (let k = 0; k < stride; k++) {
    const kept = W[a * stride + k]!;
    W[a * stride + k] = W[b * stride + k]!;
    W[b * stride + k] = kept;
  }
}

/** target ← (pivot·target − factor·source)/previous on columns [from, to), the division being exact. */
function combine(
  W: bigint[],
  target: number,
  source: number,
  from: number,
  to: number,
  pivot: bigint,
  factor: bigint,
  previous: bigint,
): void {
  const plain = previous === 1n;
  for (let k = from; k < to; k++) {
    const mine = W[target + k]!;
    const theirs = factor === 0n ? 0n : W[source + k]!;
    if (theirs === 0n) {
      if (mine !== 0n && pivot !== previous) W[target + k] = plain ? mine * pivot : (mine * pivot) / previous;
      continue;
    }
    const value = mine === 0n ? -factor * theirs : mine * pivot - factor * theirs;
    W[target + k] = plain ? value : value / previous;
  }
}

/**
 * Brings the left n columns of the n×stride matrix W to upper triangular form; the diagonal then holds the leading
 * minors of the row-permuted matrix. Yields after every row if there are many, because hundreds of rows take minutes.
 * @returns the sign of the permutation, or 0 if the left part is singular.
 */
function* triangularising(W: bigint[], n: number, stride: number): Steps<-1 | 0 | 1> {
  const many = n * stride > AT_ONCE;
  let parity: -1 | 1 = 1;
  let previous = 1n;
  for (let k = 0; k < n; k++) {
    const row = smallestPivot(W, k, n, stride, k);
    if (row < 0) return 0;
    if (row !== k) {
      swapRows(W, row, k, stride);
      parity = parity === 1 ? -1 : 1;
    }
    const pivot = W[k * stride + k]!;
    for (let i = k + 1; i < n; i++) {
      combine(W, i * stride, k * stride, k + 1, stride, pivot, W[i * stride + k]!, previous);
      if (many) yield;
    }
    previous = pivot;
  }
  return parity;
}

/**
 * Solves A·X = determinant·B in integers, where determinant = det A (so the solution of A·Y = B is X/determinant).
 *
 * @param A n×n, @param B n×m; X is n×m. Undefined iff A is singular.
 */
export function solveFractionFree(
  A: readonly bigint[],
  n: number,
  B: readonly bigint[],
  m: number,
): FractionFreeSolution | undefined {
  return allOf(solvingFractionFree(A, n, B, m));
}

/** The result of `solveFractionFree`. */
export interface FractionFreeSolution {
  readonly determinant: bigint;
  readonly X: bigint[];
}

/** `solveFractionFree` in steps of one row. */
export function* solvingFractionFree(
  A: readonly bigint[],
  n: number,
  B: readonly bigint[],
  m: number,
): Steps<FractionFreeSolution | undefined> {
  const stride = n + m;
  const W = new Array<bigint>(n * stride);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) W[i * stride + k] = A[i * n + k]!;
    for (let k = 0; k < m; k++) W[i * stride + n + k] = B[i * m + k]!;
  }
  const parity = yield* triangularising(W, n, stride);
  if (parity === 0) return undefined;
  const last = n === 0 ? 1n : W[n * stride - m - 1]!;
  const determinant = parity === 1 ? last : -last;
  const X = new Array<bigint>(n * m);
  // back substitution: x_i = (det·b_i − Σ u_ik x_k)/u_ii, integers by Cramer's rule
  for (let i = n - 1; i >= 0; i--) {
    const pivot = W[i * stride + i]!;
    for (let c = 0; c < m; c++) {
      let value = W[i * stride + n + c]!;
      if (i < n - 1) {
        if (value !== 0n) value *= determinant;
        for (let k = i + 1; k < n; k++) {
          const coefficient = W[i * stride + k]!;
          const x = X[k * m + c]!;
          if (coefficient !== 0n && x !== 0n) value -= coefficient * x;
        }
        value /= pivot;
      } else if (parity === -1) value = -value;
      X[i * m + c] = value;
    }
    if (n * stride > AT_ONCE) yield;
  }
  return { determinant, X };
}

/** det A of the n×n matrix A; 1 for n = 0. */
export function determinant(A: readonly bigint[], n: number): bigint {
  if (n === 0) return 1n;
  const W = A.slice(0, n * n);
  const parity = allOf(triangularising(W, n, n));
  return parity === 0 ? 0n : parity === 1 ? W[n * n - 1]! : -W[n * n - 1]!;
}

/** Sign of det A of the n×n matrix A. */
export function determinantSign(A: readonly bigint[], n: number): -1 | 0 | 1 {
  const value = determinant(A, n);
  return value > 0n ? 1 : value < 0n ? -1 : 0;
}

/** Rank of the rows×cols matrix A. */
export function rank(A: readonly bigint[], rows: number, cols: number): number {
  return independentRows(A, rows, cols).length;
}

/** The lexicographically first maximal set of linearly independent rows of the rows×cols matrix A, ascending. */
export function independentRows(A: readonly bigint[], rows: number, cols: number): number[] {
  return allOf(findingIndependent((i) => A.slice(i * cols, (i + 1) * cols), rows, cols));
}

/**
 * `independentRows` in steps of one row, for rows that are computed when needed: once the rows found span the space, no
 * further row is.
 */
export function* findingIndependent(
  row: (i: number) => readonly bigint[],
  rows: number,
  cols: number,
): Steps<number[]> {
  const chosen: number[] = [];
  const pivotColumns: number[] = [];
  // the chosen rows, eliminated, and the row under test as the last one
  const W: bigint[] = [];
  for (let i = 0; i < rows && chosen.length < cols; i++) {
    const r = chosen.length;
    const target = r * cols;
    const candidate = row(i);
    for (let k = 0; k < cols; k++) W[target + k] = candidate[k]!;
    let previous = 1n;
    for (let s = 0; s < r; s++) {
      const pivot = W[s * cols + pivotColumns[s]!]!;
      combine(W, target, s * cols, 0, cols, pivot, W[target + pivotColumns[s]!]!, previous);
      previous = pivot;
      yield;
    }
    let column = -1;
    for (let k = 0; k < cols; k++) {
      if (W[target + k] !== 0n && (column < 0 || abs(W[target + k]!) < abs(W[target + column]!))) column = k;
    }
    if (column < 0) continue;
    chosen.push(i);
    pivotColumns.push(column);
  }
  return chosen;
}

/**
 * Fraction-free Gauss–Jordan in place on the rows×stride matrix W: `columns` are tried as pivots in the order given.
 * Row k ends with the common pivot value in column pivots[k] and zeros in the other pivot columns; rows past the rank
 * are zero in all `columns`. In steps of one row.
 */
function* eliminating(
  W: bigint[],
  rows: number,
  stride: number,
  columns: readonly number[],
): Steps<{ pivots: number[]; common: bigint }> {
  const pivots: number[] = [];
  let previous = 1n;
  for (const column of columns) {
    const k = pivots.length;
    if (k === rows) break;
    const row = smallestPivot(W, k, rows, stride, column);
    if (row < 0) continue;
    if (row !== k) swapRows(W, row, k, stride);
    const pivot = W[k * stride + column]!;
    for (let i = 0; i < rows; i++) {
      if (i === k) continue;
      combine(W, i * stride, k * stride, 0, stride, pivot, W[i * stride + column]!, previous);
      yield;
    }
    pivots.push(column);
    previous = pivot;
  }
  return { pivots, common: previous };
}

/**
 * Reduced row echelon form of the rows×cols matrix A without its zero rows: `rows[k]` has its leading 1 in column
 * `pivots[k]`.
 */
export function reducedRowEchelon(A: readonly bigint[], rows: number, cols: number): RowEchelon {
  return allOf(reducingRows(A, rows, cols));
}

/** The result of `reducedRowEchelon`. */
export interface RowEchelon {
  readonly pivots: number[];
  readonly rows: Rational[][];
}

/** `reducedRowEchelon` in steps of one row. */
export function* reducingRows(A: readonly bigint[], rows: number, cols: number): Steps<RowEchelon> {
  const W = A.slice(0, rows * cols);
  const { pivots, common } = yield* eliminating(W, rows, cols, ascending(cols));
  return {
    pivots,
    rows: pivots.map((_, k) => Array.from({ length: cols }, (_, j) => rational(W[k * cols + j]!, common))),
  };
}

/** Basis of {x : A x = 0} for the rows×cols matrix A, in reduced row echelon form (so it is canonical). */
export function nullSpace(A: readonly bigint[], rows: number, cols: number): AffineSet["basis"] {
  return allOf(findingNullSpace(A, rows, cols));
}

/** `nullSpace` in steps of one row. */
export function* findingNullSpace(A: readonly bigint[], rows: number, cols: number): Steps<AffineSet["basis"]> {
  return (yield* solvingAffine(A, rows, cols, new Array<bigint>(rows).fill(0n)))!.basis;
}

/**
 * All solutions point + span(basis) of A x = b, for the rows×cols matrix A; undefined iff there is none.
 *
 * Canonical: `basis` is in reduced row echelon form and `point` is zero in its leading columns, so equal sets have
 * equal fields.
 */
export function solveAffine(
  A: readonly bigint[],
  rows: number,
  cols: number,
  b: readonly bigint[],
): AffineSet | undefined {
  return allOf(solvingAffine(A, rows, cols, b));
}

/** `solveAffine` in steps of one row. */
export function* solvingAffine(
  A: readonly bigint[],
  rows: number,
  cols: number,
  b: readonly bigint[],
): Steps<AffineSet | undefined> {
  const stride = cols + 1;
  const W = new Array<bigint>(rows * stride);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < cols; k++) W[i * stride + k] = A[i * cols + k]!;
    W[i * stride + cols] = b[i]!;
  }
  // pivots from the right: then each free variable leads its null vector, as reduced row echelon form requires
  const { pivots, common } = yield* eliminating(W, rows, stride, ascending(cols).reverse());
  for (let i = pivots.length; i < rows; i++) if (W[i * stride + cols] !== 0n) return undefined;
  const point = new Array<Rational>(cols).fill(ZERO);
  const bound = new Set(pivots);
  pivots.forEach((column, k) => {
    point[column] = rational(W[k * stride + cols]!, common);
  });
  const basis: Rational[][] = [];
  for (let free = 0; free < cols; free++) {
    if (bound.has(free)) continue;
    const direction = new Array<Rational>(cols).fill(ZERO);
    direction[free] = { n: 1n, d: 1n };
    pivots.forEach((column, k) => {
      direction[column] = rational(-W[k * stride + free]!, common);
    });
    basis.push(direction);
    yield;
  }
  return { point, basis };
}

function ascending(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
