import type { Activation } from "./activation.ts";
import { ModelError } from "./errors.ts";
import { type ExactNumber, negated, plus, times } from "./exact-number.ts";
import { MAX_ENTRIES, type Matrix } from "./matrix.ts";
import { ExactArray, type PiecewiseLinearSystem, type Time } from "./system.ts";

/**
 * The form of every family before its activation is written as rectifiers:
 *
 *     z' or ż = L z + c + Σ_j v_j φ(u_j·z + a_j)
 *
 * Each family numbers the terms j in the order of docs/design.md#hyperplane-numbers.
 */
export interface UnitForm {
  readonly time: Time;
  readonly latentDim: number;
  /** Units as the family counts them. */
  readonly units: number;
  /** Number of terms j. */
  readonly terms: number;
  /** L, R×R, row-major. */
  readonly linear: ArrayLike<ExactNumber>;
  /** c, R. */
  readonly constant: ExactNumber[];
  /** Row j is u_j; terms×R. */
  readonly U: Float64Array;
  /** a, one for each term. */
  readonly argument: ExactNumber[];
  /** Row j is v_j; terms×R. */
  readonly V: ArrayLike<ExactNumber>;
}

/** Input that is constant in time: C s on the right-hand side, and Wu s in the units' arguments. */
export interface ConstantInput {
  /** C s; R. */
  readonly latent: readonly ExactNumber[];
  /** Wu s; one for each unit. */
  readonly unit: readonly ExactNumber[];
}

/** A family's own arrays, read and checked. */
export interface Family {
  readonly latentDim: number;
  readonly units: number;
  /** The family's equation with the given input. */
  withInput(input: ConstantInput): UnitForm;
}

/** The matrix with these numbers on its diagonal. */
export function onDiagonal(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = values[i]!;
  return out;
}

/** `x` times the identity, n×n. */
export function scalarMatrix(n: number, x: number): Float64Array {
  return onDiagonal(new Float64Array(n).fill(x));
}

/** The transpose, as the V of a unit form. */
export function columnsAsRows({ data, rows, cols }: Matrix): Float64Array {
  const out = new Float64Array(rows * cols);
  for (let k = 0; k < cols; k++) for (let i = 0; i < rows; i++) out[k * rows + i] = data[i * cols + k]!;
  return out;
}

/** A copy as a list. (`Array.from` takes ten times as long for the entries of a large matrix.) */
export function listOf(values: ArrayLike<ExactNumber>): ExactNumber[] {
  const out = new Array<ExactNumber>(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[i]!;
  return out;
}

/** Throws ModelError for more hyperplanes than a matrix may have entries for. */
export function checkTerms(hyperplanes: number, latentDim: number): void {
  if (hyperplanes * latentDim <= MAX_ENTRIES) return;
  throw new ModelError(
    "model",
    `needs a matrix of more than ${MAX_ENTRIES} entries`,
    `${hyperplanes} hyperplanes in ${latentDim} dimensions`,
    "Use fewer units, bases or breakpoints.",
  );
}

/**
 * Writes φ as rectifiers and the fixed-point equation as G(z) = M z + Vᵀ relu(U z − h) − g = 0. With T breakpoints,
 * term j becomes the hyperplanes j·T … j·T + T − 1: u_j·z = b_t − a_j. Everything is exact.
 */
export function toSystem(form: UnitForm, activation: Activation): PiecewiseLinearSystem {
  const { latentDim: R, terms, time } = form;
  const { breakpoints, steps, offset } = activation;
  const T = breakpoints.length;
  const N = terms * T;
  checkTerms(N, R);
  let linear = form.linear;
  const constant = [...form.constant];
  const firstSlope = activation.slopes[0]!;
  if (firstSlope !== 0 || offset !== 0) {
    const M = listOf(linear);
    linear = M;
    for (let j = 0; j < terms; j++) {
      const shift = plus(offset, times(firstSlope, form.argument[j]!));
      for (let i = 0; i < R; i++) {
        const v = form.V[j * R + i]!;
        if (v === 0) continue;
        constant[i] = plus(constant[i]!, times(v, shift));
        const scaled = times(firstSlope, v);
        if (scaled === 0) continue;
        for (let k = 0; k < R; k++) M[i * R + k] = plus(M[i * R + k]!, times(scaled, form.U[j * R + k]!));
      }
    }
  }
  // A − I, and whatever is not a float64 there
  const diagonal = new Map<number, ExactNumber>();
  if (time === "discrete") for (let at = 0; at < R * R; at += R + 1) diagonal.set(at, plus(linear[at]!, -1));
  return {
    latentDim: R,
    hyperplanes: N,
    time,
    M: ExactArray.of(linear, diagonal),
    g: ExactArray.of(constant.map(negated)),
    U: T === 1 ? form.U : repeatedRows(form.U, R, T),
    V: scaledRows(form, steps),
    h: offsets(form, breakpoints),
  };
}

/** Each row `times` times, one after the other. */
function repeatedRows(matrix: Float64Array, columns: number, times: number): Float64Array {
  const out = new Float64Array(matrix.length * times);
  for (let at = 0; at < out.length; at += columns) {
    const from = Math.floor(at / (columns * times)) * columns;
    out.set(matrix.subarray(from, from + columns), at);
  }
  return out;
}

/** Each v_j times every step. */
function scaledRows({ latentDim: R, terms, V }: UnitForm, steps: readonly ExactNumber[]): ExactArray {
  const T = steps.length;
  if (T === 1 && steps[0] === 1 && V instanceof Float64Array) {
    const plain = new Float64Array(V.length);
    // −0 becomes 0
    for (let i = 0; i < plain.length; i++) plain[i] = V[i]! + 0;
    return ExactArray.keeping(plain);
  }
  const rows = new Array<ExactNumber>(terms * T * R);
  for (let at = 0; at < rows.length; at++) {
    const row = Math.floor(at / R);
    rows[at] = times(steps[row % T]!, V[Math.floor(row / T) * R + (at % R)]!);
  }
  return ExactArray.of(rows);
}

/** b_t − a_j for each term and breakpoint. */
function offsets({ argument }: UnitForm, breakpoints: readonly number[]): ExactArray {
  const T = breakpoints.length;
  const plain = new Float64Array(argument.length * T);
  const others = new Map<number, ExactNumber>();
  for (let at = 0; at < plain.length; at++) {
    const offset = plus(breakpoints[at % T]!, negated(argument[Math.floor(at / T)]!));
    if (typeof offset === "number") plain[at] = offset;
    else others.set(at, offset);
  }
  return others.size === 0 ? ExactArray.keeping(plain) : ExactArray.of(plain, others);
}
