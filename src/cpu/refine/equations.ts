import { IntegerBits, LARGEST_EXPONENT, RefineBits } from "../../stages/integer-model.ts";
import { RoughMatrix, roughInverse } from "./rough.ts";
import { Wide } from "./wide.ts";

/**
 * R equations in integers, [B̂ | b̂]: their point with a bound on its error, and the side of a hyperplane that the point
 * lies on. The twin of `shaders/equations.wgsl`, to the bit; docs/design.md#a-second-look-in-integers has the
 * derivation, and why no number leaves 96 bits.
 */
export class Equations {
  /** Low and high words of [B̂ | b̂], R×(R + 1). */
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  /** X̂, R×R. */
  readonly inverse: Int32Array;
  /** K: X̂B̂ ≈ 2^K I. */
  product = 0;
  /** ⌈2^30 q⌉, and the largest row sum of |X̂| over 2^4. */
  defect = 0;
  row = 0;
  /** ŷ before the refinement, of scale 2^t. */
  readonly coarse: Int32Array;
  /** ŷ = 2^T y in integers of 64 bits, and 2^T times its error, if it was located. */
  readonly point: readonly Wide[];
  readonly error = new Wide();
  /** t: T is t + 28. */
  scale = 0;
  /** The part of the error that comes from what the residual errs by. */
  readonly spread = new Wide();
  /** û·ŷ − 2^t ĥ of the last hyperplane, and what it may err by. */
  readonly value = new Wide();
  readonly bound = new Wide();
  readonly #dim: number;
  /** R×2R. */
  readonly #elimination: RoughMatrix;
  readonly #residual: readonly Wide[];
  readonly #steps: readonly Wide[];
  readonly #sum = new Wide();
  readonly #term = new Wide();
  readonly #total = new Wide();
  /** 2^t + Σ|ŷ| of the coarse point, then at least Σ|ŷ|/2 of the point: what û errs by is at most a half. */
  readonly #size = new Wide();

  constructor(dim: number) {
    this.#dim = dim;
    this.low = new Uint32Array(dim * (dim + 1));
    this.high = new Uint32Array(dim * (dim + 1));
    this.inverse = new Int32Array(dim * dim);
    this.#elimination = new RoughMatrix(2 * dim * dim);
    this.coarse = new Int32Array(dim);
    const wides = () => Array.from({ length: dim }, () => new Wide());
    this.point = wides();
    this.#residual = wides();
    this.#steps = wides();
  }

  /** X̂ with X̂B̂ ≈ 2^K I, |X̂| ≤ 2^30; false if there is none of use. */
  invert(): boolean {
    const R = this.#dim;
    const elimination = this.#elimination;
    const { m, e } = elimination;
    for (let i = 0; i < R; i++) {
      for (let c = 0; c < R; c++) {
        const entry = i * (R + 1) + c;
        elimination.putPair(2 * i * R + c, this.low[entry]!, this.high[entry]!);
      }
    }
    if (!roughInverse(elimination, R)) return false;
    let exponent = -2 * LARGEST_EXPONENT;
    const each = (take: (at: number, entry: number) => void) => {
      for (let at = 0; at < R * R; at++) {
        const entry = at + R * (Math.floor(at / R) + 1);
        if (m[entry] !== 0) take(at, entry);
      }
    };
    each((_, entry) => {
      exponent = Math.max(exponent, e[entry]!);
    });
    this.inverse.fill(0);
    each((at, entry) => {
      this.inverse[at] = m[entry]! >> Math.min(31, exponent - e[entry]! + 1);
    });
    this.product = -(exponent + 1);
    return this.product >= RefineBits.leastProduct && this.product <= RefineBits.largestProduct;
  }

  /** Exchanges B̂ and X̂ for their transposes; the products of the two stay near 2^K I. */
  transpose(): void {
    const R = this.#dim;
    const { low, high, inverse } = this;
    const swap = (words: Uint32Array | Int32Array, a: number, b: number) => {
      [words[a], words[b]] = [words[b]!, words[a]!];
    };
    for (let i = 1; i < R; i++) {
      for (let c = 0; c < i; c++) {
        swap(low, i * (R + 1) + c, c * (R + 1) + i);
        swap(high, i * (R + 1) + c, c * (R + 1) + i);
        swap(inverse, i * R + c, c * R + i);
      }
    }
  }

  /**
   * Whether ‖I − XB‖∞ < 1/4 for every B that the integers stand for: then B is regular.
   * @param entryError E, what an entry of B̂ may err by.
   */
  boundDefect(entryError: number): boolean {
    const R = this.#dim;
    const K = this.product;
    const sum = this.#sum;
    const term = this.#term;
    const total = this.#total;
    this.defect = 0;
    this.row = 0;
    for (let i = 0; i < R; i++) {
      let row = 0;
      total.set(0, 0, 0);
      for (let k = 0; k < R; k++) row += (Math.abs(this.inverse[i * R + k]!) >>> RefineBits.rowShift) + 1;
      for (let c = 0; c < R; c++) {
        this.#productEntry(i, c, sum);
        if (i === c) sum.add(term.set(1, 0, 0).shiftLeft(K).negate());
        if (sum.magnitude().bits > K - 2) return false;
        total.add(sum);
      }
      // E in each of the columns
      total.add(term.setProduct(row, R * entryError, 0).shiftLeft(RefineBits.rowShift));
      total.shiftRight(K - RefineBits.defect);
      if (total.bits > RefineBits.defect - 2) return false;
      this.defect = Math.max(this.defect, total.x + 1);
      this.row = Math.max(this.row, row);
    }
    return true;
  }

  /** Entry (i, c) of X̂[B̂ | b̂]. */
  #productEntry(i: number, c: number, sum: Wide): void {
    const R = this.#dim;
    sum.set(0, 0, 0);
    for (let k = 0; k < R; k++) {
      const at = k * (R + 1) + c;
      sum.add(this.#term.setProduct(this.inverse[i * R + k]!, this.low[at]!, this.high[at]!));
    }
  }

  /**
   * The point and its error: a rough one of 30 bits, an exact residual, one step.
   * @param entryError E, what an entry of B̂ and of b̂ may err by.
   */
  locate(entryError: number): boolean {
    const R = this.#dim;
    const K = this.product;
    const sum = this.#sum;
    const term = this.#term;
    let bits = 0;
    for (let i = 0; i < R; i++) {
      this.#productEntry(i, R, this.#steps[i]!);
      bits = Math.max(bits, sum.copy(this.#steps[i]!).magnitude().bits);
    }
    const cut = Math.max(bits, K) - RefineBits.point;
    const t = K - cut;
    if (t < 0) return false;
    this.scale = t;
    this.#size.set(1, 0, 0).shiftLeft(t);
    for (let i = 0; i < R; i++) {
      this.coarse[i] = this.#steps[i]!.shiftRight(cut).x;
      this.#size.add(sum.setPair(Math.abs(this.coarse[i]!), 0));
    }

    bits = 0;
    for (let i = 0; i < R; i++) {
      const right = i * (R + 1) + R;
      const residual = this.#residual[i]!.setPair(this.low[right]!, this.high[right]!).shiftLeft(t);
      for (let c = 0; c < R; c++) {
        const at = i * (R + 1) + c;
        residual.add(term.setProduct(-this.coarse[c]!, this.low[at]!, this.high[at]!));
      }
      bits = Math.max(bits, sum.copy(residual).magnitude().bits);
    }
    const lost = Math.max(0, bits - RefineBits.residual);
    const shift = K - RefineBits.finer - lost;
    if (shift < 0) return false;
    for (let k = 0; k < R; k++) this.#residual[k]!.shiftRight(lost);
    const largest = this.#total.set(0, 0, 0);
    for (let i = 0; i < R; i++) {
      const step = this.#steps[i]!.set(0, 0, 0);
      for (let k = 0; k < R; k++) {
        const { x, y } = this.#residual[k]!;
        step.add(term.setProduct(this.inverse[i * R + k]!, x, y));
      }
      step.shiftRight(shift);
      sum.copy(step).magnitude();
      if (sum.bits > RefineBits.step) return false;
      if (term.copy(largest).negate().add(sum).negative === false) largest.copy(sum);
      this.point[i]!.setPair(this.coarse[i]!, this.coarse[i]! >> 31)
        .shiftLeft(RefineBits.finer)
        .add(step);
    }
    return this.#boundError(entryError, lost);
  }

  /** The error of the point, from the largest step in `#total`. */
  #boundError(entryError: number, lost: number): boolean {
    const K = this.product;
    const { spread } = this;
    const term = this.#term;
    const largest = this.#total;
    const error = this.error;
    // what the residual may err by, then what the step does
    error.setProduct(entryError, this.#size.x, this.#size.y).add(spread.set(1, 0, 0).shiftLeft(lost));
    spread
      .setProduct(this.row, error.x, error.y)
      .shiftLeft(RefineBits.rowShift)
      .shiftRight(K - RefineBits.finer);
    if (spread.bits > RefineBits.step) return false;
    largest.add(spread).add(term.set(2, 0, 0));
    const defect = this.defect + Math.floor(this.defect / 3) + 1;
    error
      .setProduct(defect, largest.x, largest.y)
      .shiftRight(RefineBits.defect)
      .add(spread)
      .add(term.set(3, 0, 0));
    this.#size.set(0, 0, 0);
    for (const y of this.point) this.#size.add(term.copy(y).magnitude());
    this.#size.shiftRight(1).add(term.set(1, 0, 0));
    return error.bits <= RefineBits.error;
  }

  /** The sign of y_t; 0 if it is not sure. */
  signOf(t: number): -1 | 0 | 1 {
    const sum = this.#sum.copy(this.point[t]!);
    const isNegative = sum.negative;
    sum.magnitude();
    return this.#term.copy(sum).negate().add(this.error).negative ? (isNegative ? -1 : 1) : 0;
  }

  /**
   * 1 if û·y is surely larger than ĥ, −1 if surely smaller, else 0.
   * @param words û from place `at` on. @param norm at least 2^18 ‖u‖₁.
   * @param low, high ĥ, and `offsetError` what it may err by.
   */
  side(words: Uint32Array, at: number, norm: number, low: number, high: number, offsetError: number): -1 | 0 | 1 {
    const sum = this.value.setPair(low, high).shiftLeft(this.scale).negate();
    const term = this.#term;
    for (let c = 0; c < this.#dim; c++)
      sum.add(term.setProduct(words[at + c]! | 0, this.point[c]!.x, this.point[c]!.y));
    const { x, y } = this.error;
    const bound = this.bound
      .setProduct(norm, x, y)
      .shiftLeft(IntegerBits.row - IntegerBits.norm)
      .add(this.#size)
      .add(term.set(offsetError, 0, 0).shiftLeft(this.scale));
    if (term.copy(bound).add(sum).negative) return -1;
    return term.copy(sum).negate().add(bound).negative ? 1 : 0;
  }
}
