import type { ComplexPair } from "../base/result.ts";
import { exponentOf, scaleByPowerOfTwo } from "../model/power-of-two.ts";
import { type Balancing, balance, undoLeft, undoRight } from "./balance.ts";
import { modulus, norm2 } from "./complex.ts";
import { factorise, solveFactorised } from "./complex-lu.ts";
import { realSchur } from "./schur.ts";
import { quasiTriangularVector, reversedTranspose } from "./schur-vectors.ts";

/**
 * Eigenvectors as rows: entry i of vector k is re[k·n + i] + i·im[k·n + i]; each has 2-norm 1 and a real positive
 * largest entry.
 */
export interface ComplexRows {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export interface Eigendecomposition {
  readonly ok: true;
  readonly n: number;
  /** Length n, complex pairs adjacent exact conjugates with the positive imaginary part first. */
  readonly values: readonly ComplexPair[];
  /** J x = λ x. */
  readonly right: ComplexRows;
  /** yᴴ J = λ yᴴ. */
  readonly left: ComplexRows;
  /** Largest of ‖J x − λ x‖₂ / ‖J‖ and ‖yᴴ J − λ yᴴ‖₂ / ‖J‖ over all pairs, ‖J‖ the largest 2-norm of a row. */
  readonly residual: number;
}

export interface EigenFailure {
  readonly ok: false;
  /**
   * `not-finite`: the matrix; `no-convergence`: the sweep cap; `overflow`: an eigenvalue past the float64 range;
   * `residual`: a pair above the limit.
   */
  readonly reason: "not-finite" | "no-convergence" | "overflow" | "residual";
  readonly message: string;
}

/** The largest relative residual of an eigenpair in the result; a larger one is a failure. */
export const RESIDUAL_LIMIT = 1e-12;
/** The vectors of a pair with a larger residual are computed again by inverse iteration. */
const RESIDUAL_EXPECTED = 1e-13;
const INVERSE_STEPS = 3;

/**
 * All eigenvalues and eigenvectors of a real n×n matrix, row-major: a pure function of its float64 entries.
 *
 * Scaled by a power of two, balanced, reduced to Hessenberg form, then to real Schur form by Francis QR with a hard
 * cap; vectors by back substitution; residuals checked on the original. If undoing the balancing spoils a vector,
 * inverse iteration computes it again. Never throws and never hangs: the result is an `EigenFailure` if the eigenvalues
 * can't be computed.
 */
export function eigen(matrix: Float64Array, n: number): Eigendecomposition | EigenFailure {
  let large = 0;
  for (let i = 0; i < n * n; i++) {
    const entry = Math.abs(matrix[i]!);
    if (!(entry < Number.POSITIVE_INFINITY)) {
      return failure("not-finite", `entry ${i} of the ${n}×${n} matrix is ${matrix[i]}`);
    }
    if (entry > large) large = entry;
  }
  const exponent = large === 0 ? 0 : exponentOf(large);
  const scaled = new Float64Array(n * n);
  for (let i = 0; i < n * n; i++) scaled[i] = scaleByPowerOfTwo(matrix[i]!, -exponent);
  const found = solveScaled(scaled, n);
  if (found === undefined) return failure("no-convergence", `QR iteration on a ${n}×${n} matrix reached its cap`);
  if (found.residual > RESIDUAL_LIMIT) {
    return failure(
      "residual",
      `an eigenpair has the relative residual ${found.residual}, the limit is ${RESIDUAL_LIMIT}`,
    );
  }
  const values = found.values.map(
    ([re, im]): ComplexPair => [scaleByPowerOfTwo(re, exponent), scaleByPowerOfTwo(im, exponent)],
  );
  if (values.some(([re, im]) => !Number.isFinite(modulus(re, im)))) {
    return failure("overflow", `an eigenvalue lies outside the float64 range; the largest entry is ${large}`);
  }
  const { right, left, residual } = found;
  return { ok: true, n, values, right, left, residual };
}

function failure(reason: EigenFailure["reason"], message: string): EigenFailure {
  return { ok: false, reason, message };
}

function solveScaled(matrix: Float64Array, n: number): Eigendecomposition | undefined {
  const work = matrix.slice();
  const balancing = balance(work, n);
  const schur = realSchur(work, n, balancing.lo, balancing.hi);
  if (schur === undefined) return undefined;
  const right = { re: new Float64Array(n * n), im: new Float64Array(n * n) };
  const left = { re: new Float64Array(n * n), im: new Float64Array(n * n) };
  const flipped = reversedTranspose(schur, n);
  const none = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const pair = schur.im[k] !== 0;
    const [xr, xi] = quasiTriangularVector(schur, n, k);
    storeVector(
      right,
      n,
      k,
      pair,
      toOriginal(schur.Q, xr, balancing, undoRight),
      pair ? toOriginal(schur.Q, xi, balancing, undoRight) : none,
    );
    const [yr, yi] = quasiTriangularVector(flipped, n, pair ? n - 2 - k : n - 1 - k);
    yr.reverse();
    yi.reverse();
    for (let i = 0; i < n; i++) yi[i] = -yi[i]!;
    storeVector(
      left,
      n,
      k,
      pair,
      toOriginal(schur.Q, yr, balancing, undoLeft),
      pair ? toOriginal(schur.Q, yi, balancing, undoLeft) : none,
    );
    if (pair) k++;
  }
  const values: ComplexPair[] = [];
  for (let k = 0; k < n; k++) values.push([schur.re[k]! + 0, schur.im[k]! + 0]);
  const turned = transposed(matrix, n);
  // the largest 2-norm of a row, a lower bound on ‖A‖₂
  let norm = 0;
  for (let i = 0; i < n; i++) norm = Math.max(norm, norm2(matrix, none, i * n, (i + 1) * n));
  let residual = 0;
  for (let k = 0; k < n; k++) {
    const [wr, wi] = values[k]!;
    if (wi < 0) continue;
    // a left vector is a right one of the transpose, for the conjugate eigenvalue
    residual = Math.max(
      residual,
      settle(matrix, n, norm, [wr, wi], right, k),
      settle(turned, n, norm, [wr, -wi], left, k),
    );
  }
  return { ok: true, n, values, right, left, residual };
}

/**
 * The relative residual of row k of the vectors, improved by inverse iteration where it is too large; +∞ if it is not a
 * number.
 */
function settle(
  matrix: Float64Array,
  n: number,
  norm: number,
  value: ComplexPair,
  rows: ComplexRows,
  k: number,
): number {
  const first = residualOf(matrix, n, norm, value, rows, k);
  if (first <= RESIDUAL_EXPECTED) return first;
  const factors = factorise(
    matrix.map((entry, at) => (at % (n + 1) === 0 ? entry - value[0] : entry)),
    Float64Array.from(matrix, (_, at) => (at % (n + 1) === 0 ? -value[1] : 0)),
    n,
    norm * 2 ** -54,
  );
  if (factors === undefined) return Number.POSITIVE_INFINITY;
  // a fixed, irregular start, because the spoilt vector may have no component along the eigenvector
  let re = Float64Array.from({ length: n }, (_, i) => 1 + ((i * 7) % 5) / 8);
  let im = new Float64Array(n);
  let best = Number.POSITIVE_INFINITY;
  for (let step = 0; step < INVERSE_STEPS && !(best <= RESIDUAL_EXPECTED); step++) {
    const length = norm2(re, im, 0, n);
    ({ re, im } = solveFactorised(
      factors,
      re.map((x) => x / length),
      im.map((x) => x / length),
    ));
    storeVector(rows, n, k, value[1] !== 0, re, im);
    best = residualOf(matrix, n, norm, value, rows, k);
  }
  return best;
}

/** The transpose of an n×n matrix. */
export function transposed(matrix: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) out[k * n + i] = matrix[i * n + k]!;
  return out;
}

/** Q x, with the balancing undone. */
function toOriginal(
  Q: Float64Array,
  x: Float64Array,
  balancing: Balancing,
  undo: (balancing: Balancing, x: Float64Array) => void,
): Float64Array {
  const n = x.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Q[i * n + j]! * x[j]!;
    out[i] = sum;
  }
  undo(balancing, out);
  return out;
}

/** Normalises a vector into row k, and its conjugate into row k + 1 for a pair. */
function storeVector(rows: ComplexRows, n: number, k: number, pair: boolean, re: Float64Array, im: Float64Array): void {
  let top = 0;
  let topSize = -1;
  for (let i = 0; i < n; i++) {
    const size = modulus(re[i]!, im[i]!);
    if (size > topSize) {
      topSize = size;
      top = i;
    }
  }
  const cos = re[top]! / topSize;
  const sin = im[top]! / topSize;
  for (let i = 0; i < n; i++) {
    const a = re[i]! / topSize;
    const b = im[i]! / topSize;
    rows.re[k * n + i] = a * cos + b * sin;
    rows.im[k * n + i] = i === top ? 0 : b * cos - a * sin;
  }
  const length = norm2(rows.re, rows.im, k * n, (k + 1) * n);
  for (let i = k * n; i < (k + 1) * n; i++) {
    rows.re[i]! /= length;
    rows.im[i]! /= length;
    if (pair) {
      rows.re[i + n] = rows.re[i]!;
      rows.im[i + n] = -rows.im[i]!;
    }
  }
}

/** Working memory of `residualOf`. */
let residuals: ComplexRows = { re: new Float64Array(0), im: new Float64Array(0) };

/** ‖A x − λ x‖₂ / norm for row k of the vectors; +∞ if it is not a number. */
function residualOf(
  a: Float64Array,
  n: number,
  norm: number,
  [wr, wi]: ComplexPair,
  { re, im }: ComplexRows,
  k: number,
): number {
  if (norm === 0) return 0;
  if (residuals.re.length < n) residuals = { re: new Float64Array(n), im: new Float64Array(n) };
  const { re: rr, im: ri } = residuals;
  for (let i = 0; i < n; i++) {
    const xr = re[k * n + i]!;
    const xi = im[k * n + i]!;
    rr[i] = -(wr * xr - wi * xi);
    ri[i] = -(wr * xi + wi * xr);
    for (let j = 0; j < n; j++) {
      rr[i]! += a[i * n + j]! * re[k * n + j]!;
      ri[i]! += a[i * n + j]! * im[k * n + j]!;
    }
  }
  const residual = norm2(rr, ri, 0, n) / norm;
  return Number.isNaN(residual) ? Number.POSITIVE_INFINITY : residual;
}
