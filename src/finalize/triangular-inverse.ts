import { factorise } from "../float/elimination.ts";
import { inverseDefect } from "../float/inverse.ts";
import { F64, gamma } from "../float/precision.ts";

/** A matrix whose inverse is less sure than this has none here. */
const LARGEST_DEFECT = 2 ** -8;
/** Roundings that an entry of a matrix may have behind it. */
const ROUNDINGS_OF_ENTRY = 3;

/**
 * Y X P ≈ A⁻¹ in float64 for matrices A of one size, with a proof: F = I − Y X P A is bounded by q < 1
 * (`inverseDefect`), where PA ≈ LU, and X ≈ L⁻¹ and Y ≈ U⁻¹ are triangular as they are. So A is regular,
 * det(Y X P A) > 0, and det A has the sign of det P times that of Y's diagonal, as X has ones on its own.
 */
export class TriangularInverse {
  /** The bound q, of the ∞-norm. */
  defect = Number.POSITIVE_INFINITY;
  determinantSign: -1 | 1 = 1;
  readonly #n: number;
  readonly #factors: Float64Array;
  readonly #order: Uint32Array;
  /** Unit lower triangular, and upper triangular; n×n each. */
  readonly #X: Float64Array;
  readonly #Y: Float64Array;
  /** X P A, and bounds on its errors. */
  readonly #product: Float64Array;
  readonly #errors: Float64Array;
  readonly #between: Float64Array;
  readonly #betweenBound: Float64Array;

  /** @param n the rows of each matrix. */
  constructor(n: number) {
    this.#n = n;
    this.#factors = new Float64Array(n * n);
    this.#order = new Uint32Array(n);
    this.#X = new Float64Array(n * n);
    this.#Y = new Float64Array(n * n);
    this.#product = new Float64Array(n * n);
    this.#errors = new Float64Array(n * n);
    this.#between = new Float64Array(n);
    this.#betweenBound = new Float64Array(n);
  }

  /**
   * Takes the inverse of another matrix.
   * @param A n×n row-major, each entry rounded at most three times.
   * @returns false where there is no proof.
   */
  invert(A: Float64Array): boolean {
    const n = this.#n;
    const factors = this.#factors;
    factors.set(A);
    if (!factorise(factors, n, this.#order)) return false;
    this.#invertFactors();
    this.#multiply(A);
    this.defect = inverseDefect(this.#product, this.#Y, n, this.#errors, F64);
    // written so that NaN is no inverse
    return this.defect < LARGEST_DEFECT;
  }

  /** X, Y and the sign. */
  #invertFactors(): void {
    const n = this.#n;
    const factors = this.#factors;
    const X = this.#X;
    const Y = this.#Y;
    let sign = parity(this.#order);
    for (let c = 0; c < n; c++) {
      X[c * n + c] = 1;
      for (let i = c + 1; i < n; i++) {
        let sum = 0;
        for (let k = c; k < i; k++) sum -= factors[i * n + k]! * X[k * n + c]!;
        X[i * n + c] = sum;
      }
      for (let i = c; i >= 0; i--) {
        let sum = i === c ? 1 : 0;
        for (let k = i + 1; k <= c; k++) sum -= factors[i * n + k]! * Y[k * n + c]!;
        Y[i * n + c] = sum / factors[i * n + i]!;
      }
      if (Y[c * n + c]! < 0) sign = sign === 1 ? -1 : 1;
    }
    this.determinantSign = sign;
  }

  #multiply(A: Float64Array): void {
    const n = this.#n;
    const product = this.#product;
    const errors = this.#errors;
    product.fill(0);
    errors.fill(0);
    const relative = gamma(n + ROUNDINGS_OF_ENTRY + 2, F64) * F64.slack;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k <= i; k++) {
        const x = this.#X[i * n + k]!;
        const row = this.#order[k]! * n;
        for (let j = 0; j < n; j++) {
          const term = x * A[row + j]!;
          product[i * n + j]! += term;
          errors[i * n + j]! += Math.abs(term);
        }
      }
      for (let j = 0; j < n; j++) errors[i * n + j] = errors[i * n + j]! * relative + n * F64.tiny;
    }
  }

  /**
   * Y X P r.
   * @param r n. @param cut what each entry of r may lack. @param values n; overwritten.
   * @returns max_i (|Y| (|X| P (|r| + cut) + 2^-1000))_i as computed, which errs by γ_{2n+3} of itself.
   */
  apply(r: Float64Array, cut: number, values: Float64Array): number {
    const n = this.#n;
    const between = this.#between;
    const betweenBound = this.#betweenBound;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      let magnitude = 0;
      for (let k = 0; k <= i; k++) {
        const x = this.#X[i * n + k]!;
        const value = r[this.#order[k]!]!;
        sum += x * value;
        magnitude += Math.abs(x) * (Math.abs(value) + cut);
      }
      between[i] = sum;
      // products may underflow, and Y may make much of that
      betweenBound[i] = magnitude + F64.tiny;
    }
    let bound = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      let magnitude = 0;
      for (let k = i; k < n; k++) {
        const y = this.#Y[i * n + k]!;
        sum += y * between[k]!;
        magnitude += Math.abs(y) * betweenBound[k]!;
      }
      values[i] = sum;
      bound = Math.max(bound, magnitude);
    }
    return bound;
  }
}

/** The sign of a permutation: one exchange for each place but one of each cycle. */
function parity(order: Uint32Array): -1 | 1 {
  let sign: -1 | 1 = 1;
  for (let i = 0; i < order.length; i++) {
    // each cycle is followed from its least place, which no other place of the cycle is below
    let at = order[i]!;
    let length = 1;
    while (at > i) {
      at = order[at]!;
      length++;
    }
    if (at === i && length % 2 === 0) sign = sign === 1 ? -1 : 1;
  }
  return sign;
}
