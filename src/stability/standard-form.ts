import { rank, reducedRowEchelon, solveFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { toNumber } from "../exact/rational.ts";
import { add, compare, type Dyadic, fromNumber, multiply, ONE, toNumber as toFloat, ZERO } from "../model/dyadic.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { systemOf } from "../model/parse.ts";
import { type PiecewiseLinearSystem, sum } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { product, transpose } from "./integer-matrix.ts";

/** The N-dimensional form of a shallow PLRNN, every matrix row-major. */
export interface StandardPLRNN {
  /** N. */
  readonly dim: number;
  /** A_x: N×N with A_x U = U A. */
  readonly A: Float64Array;
  /** W = U Vᵀ: N×N, of rank at most R. */
  readonly W: Float64Array;
  /** N. */
  readonly hx: Float64Array;
  /** U h_z: N. */
  readonly hz: Float64Array;
  /** The factors: W = U Vᵀ, and A = U B unless A is the multiple `scalar` of the identity. */
  readonly lowRank: {
    /** N×R. */
    readonly U: Float64Array;
    /** N×R. */
    readonly V: Float64Array;
    /** R×N, or undefined with `scalar`. */
    readonly B: Float64Array | undefined;
    readonly scalar: number | undefined;
  };
}

/**
 * The standard PLRNN x_t = A_x x + W relu(x − h_x) − U h_z that a shallow PLRNN is in the variables x = U z (Pals 2023,
 * observation 1 and equation 5); in continuous time τ ẋ the same.
 *
 * The form needs an A_x with A_x U = U A. For A = a·I, A_x = a·I is one. For other A there is one iff A maps the null
 * space of U into itself (which is always so if U has rank R), namely A_x = U A U⁺ with the pseudo-inverse U⁺. The
 * latter is also used for a = 1 (continuous time: a = 0), where a·I would make fixed points outside the range of U. So
 * z ↦ U z takes the fixed points of the one onto those of the other, one to one unless U has a null space.
 *
 * B = A U⁺ and U h_z are exact and correctly rounded, A_x and W are products in float64.
 * @throws ModelError where there is no such form.
 */
export function toStandardPLRNN(source: PiecewiseLinearSystem | Model | ModelInput): StandardPLRNN {
  const { system } = systemOf(source);
  const { latentDim: R, hyperplanes: N, U, V, g, h, time } = system;
  const A = system.M.toDyadics().map((m, at) => (time === "discrete" && at % (R + 1) === 0 ? add(m, ONE) : m));
  const exactU = Array.from(U, fromNumber);
  const scalar = multipleOfIdentity(A, R, time === "discrete" ? ONE : ZERO);
  const B = scalar === undefined ? timesPseudoInverse(A, exactU, N, R) : undefined;
  const dense = new Float64Array(N * N);
  const W = new Float64Array(N * N);
  for (let i = 0; i < N; i++) {
    for (let j = 0; j < N; j++) {
      for (let k = 0; k < R; k++) W[i * N + j]! += U[i * R + k]! * V.rounded[j * R + k]!;
      if (B !== undefined) for (let k = 0; k < R; k++) dense[i * N + j]! += U[i * R + k]! * B[k * N + j]!;
    }
    if (scalar !== undefined) dense[i * N + i] = scalar;
  }
  const hz = Float64Array.from({ length: N }, (_, i) =>
    toFloat(sum(Array.from({ length: R }, (_, k) => multiply(exactU[i * R + k]!, g.at(k))))),
  );
  return {
    dim: N,
    A: dense,
    W,
    hx: h.rounded.slice(),
    hz,
    lowRank: { U: U.slice(), V: V.rounded.slice(), B, scalar },
  };
}

/** a if A = a·I and a is not `excluded`. */
function multipleOfIdentity(A: readonly Dyadic[], R: number, excluded: Dyadic): number | undefined {
  const isMultiple = A.every((x, at) => (at % (R + 1) === 0 ? compare(x, A[0]!) === 0 : x.m === 0n));
  return isMultiple && compare(A[0]!, excluded) !== 0 ? toFloat(A[0]!) : undefined;
}

/** A U⁺, R×N, each entry correctly rounded. Throws ModelError unless A maps the null space of U into itself. */
function timesPseudoInverse(A: readonly Dyadic[], U: readonly Dyadic[], N: number, R: number): Float64Array {
  const UA: Dyadic[] = [];
  for (let i = 0; i < N; i++) {
    for (let k = 0; k < R; k++) {
      UA.push(sum(Array.from({ length: R }, (_, l) => multiply(U[i * R + l]!, A[l * R + k]!))));
    }
  }
  const integerU = scaleToIntegers(U);
  const rho = rank(integerU.values, N, R);
  if (rank(scaleToIntegers([...U, ...UA]).values, 2 * N, R) > rho) {
    throw new ModelError(
      "A",
      "has no N-dimensional form: it does not map the null space of U into itself",
      `U of rank ${rho} with ${R} columns`,
      "Use a U of full column rank, or an A that is a multiple of the identity.",
    );
  }
  // U = C T with the pivot columns C (N×ρ) and the reduced echelon form T (ρ×R), so U⁺ = Tᵀ(TTᵀ)⁻¹ (CᵀC)⁻¹Cᵀ;
  // in integers: δ a common denominator of T, powers of two taken out of U and A
  const { pivots, rows } = reducedRowEchelon(integerU.values, N, R);
  const delta = rows.flat().reduce((common, { d }) => (common % d === 0n ? common : common * d), 1n);
  const T = rows.flat().map(({ n, d }) => n * (delta / d));
  const Ct = pivots.flatMap((column) => Array.from({ length: N }, (_, i) => integerU.values[i * R + column]!));
  const first = solveFractionFree(product(Ct, transpose(Ct, rho, N), rho, N, rho), rho, Ct, N)!;
  const second = solveFractionFree(product(T, transpose(T, rho, R), rho, R, rho), rho, first.X, N)!;
  const integerA = scaleToIntegers(A);
  const numerators = product(integerA.values, product(transpose(T, rho, R), second.X, R, rho, N), R, R, N);
  // both Gram matrices are positive definite, and so are their determinants
  const denominator = first.determinant * second.determinant;
  const exponent = integerA.exponent - integerU.exponent;
  const up = exponent > 0 ? delta << BigInt(exponent) : delta;
  const down = exponent < 0 ? denominator << BigInt(-exponent) : denominator;
  return Float64Array.from(numerators, (n) => toNumber({ n: n * up, d: down }));
}
