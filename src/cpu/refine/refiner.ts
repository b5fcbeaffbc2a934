import { bit } from "../../model/mask.ts";
import { Verdict } from "../../stages/batch.ts";
import { IntegerBits, integerLayout, LARGEST_EXPONENT, OFFSET_ERROR, RefineBits } from "../../stages/integer-model.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { RoughMatrix, roughInverse } from "./rough.ts";
import { Wide } from "./wide.ts";

/**
 * The candidate of a region in integers, and on which side of every hyperplane it lies. The twin of
 * `shaders/refine.wgsl`, to the bit; docs/design.md#a-second-look-in-integers has the derivation, and why no number
 * leaves 96 bits.
 */
export class Refiner {
  /** The candidate of the last mask, ŷ = 2^T y in integers of 64 bits, and 2^T times its error, if it was located. */
  readonly point: readonly Wide[];
  readonly error = new Wide();
  /** t: T is t + 28. */
  scale = 0;
  readonly #dim: number;
  readonly #count: number;
  readonly #words: Uint32Array;
  readonly #layout: ReturnType<typeof integerLayout>;
  /** Low and high words of [B̂ | b̂]. */
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  /** R×2R. */
  readonly #elimination: RoughMatrix;
  readonly #inverse: Int32Array;
  /** ŷ before the refinement, of scale 2^t. */
  readonly #coarse: Int32Array;
  readonly #residual: readonly Wide[];
  readonly #steps: readonly Wide[];
  readonly #sum = new Wide();
  readonly #term = new Wide();
  readonly #bound = new Wide();
  /** 2^t + Σ|ŷ| of the coarse point, then at least Σ|ŷ|/2 of the point: what û errs by is at most a half. */
  readonly #size = new Wide();
  /** K. */
  #product = 0;
  /** ⌈2^30 q⌉, and the largest row sum of |X̂| over 2^4. */
  #defect = 0;
  #row = 0;

  constructor({ latentDim: R, count, integers }: StageModel) {
    this.#dim = R;
    this.#count = count;
    this.#words = integers;
    this.#layout = integerLayout(R);
    this.#low = new Uint32Array(R * (R + 1));
    this.#high = new Uint32Array(R * (R + 1));
    this.#elimination = new RoughMatrix(2 * R * R);
    this.#inverse = new Int32Array(R * R);
    this.#coarse = new Int32Array(R);
    const wides = () => Array.from({ length: R }, () => new Wide());
    this.point = wides();
    this.#residual = wides();
    this.#steps = wides();
  }

  /** @param first hyperplanes to try first, with anything ≥ n as padding. */
  verdict(masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number, firstLength: number): number {
    for (const y of this.point) y.set(0, 0, 0);
    this.#form(masks, from);
    if (!this.#invert() || !this.#bounded()) return Verdict.singular;
    if (!this.#locate()) return Verdict.undecided;
    for (let t = 0; t < firstLength; t++) {
      const j = first[firstFrom + t]!;
      if (j < this.#count && this.#side(j, masks, from) < 0) return Verdict.no;
    }
    let verdict: number = Verdict.yes;
    for (let j = 0; j < this.#count; j++) {
      const where = this.#side(j, masks, from);
      if (where < 0) return Verdict.no;
      if (where === 0) verdict = Verdict.undecided;
    }
    return verdict;
  }

  /** [B̂ | b̂]: a sum of integers. */
  #form(masks: Uint32Array, from: number): void {
    const low = this.#low;
    const high = this.#high;
    const words = this.#words;
    const { base, planes, stride } = this.#layout;
    low.fill(0);
    high.fill(0);
    const add = (start: number) => {
      for (let at = 0; at < low.length; at++) {
        const x = words[start + 2 * at]!;
        const sum = (low[at]! + x) >>> 0;
        low[at] = sum;
        high[at]! += words[start + 2 * at + 1]! + (sum < x ? 1 : 0);
      }
    };
    add(base);
    for (let j = 0; j < this.#count; j++) if (bit(masks, j, from) === 1) add(planes + j * stride);
  }

  /** X̂ with X̂B̂ ≈ 2^K I, |X̂| ≤ 2^30. */
  #invert(): boolean {
    const R = this.#dim;
    const elimination = this.#elimination;
    const { m, e } = elimination;
    for (let i = 0; i < R; i++) {
      for (let c = 0; c < R; c++) {
        const entry = i * (R + 1) + c;
        elimination.putPair(2 * i * R + c, this.#low[entry]!, this.#high[entry]!);
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
    this.#inverse.fill(0);
    each((at, entry) => {
      this.#inverse[at] = m[entry]! >> Math.min(31, exponent - e[entry]! + 1);
    });
    this.#product = -(exponent + 1);
    return this.#product >= RefineBits.leastProduct && this.#product <= RefineBits.largestProduct;
  }

  /** Whether ‖I − XB‖∞ < 1/4 for every B that the integers stand for: then B is regular. */
  #bounded(): boolean {
    const R = this.#dim;
    const K = this.#product;
    const sum = this.#sum;
    const term = this.#term;
    const total = this.#bound;
    const error = this.#words[this.#layout.error]!;
    this.#defect = 0;
    this.#row = 0;
    for (let i = 0; i < R; i++) {
      let row = 0;
      total.set(0, 0, 0);
      for (let k = 0; k < R; k++) row += (Math.abs(this.#inverse[i * R + k]!) >>> RefineBits.rowShift) + 1;
      for (let c = 0; c < R; c++) {
        this.#product96(i, c, sum);
        if (i === c) sum.add(term.set(1, 0, 0).shiftLeft(K).negate());
        if (sum.magnitude().bits > K - 2) return false;
        total.add(sum);
      }
      total.add(term.setProduct(row, error, 0).shiftLeft(RefineBits.rowShift)).shiftRight(K - RefineBits.defect);
      if (total.bits > RefineBits.defect - 2) return false;
      this.#defect = Math.max(this.#defect, total.x + 1);
      this.#row = Math.max(this.#row, row);
    }
    return true;
  }

  /** Entry (i, c) of X̂[B̂ | b̂]. */
  #product96(i: number, c: number, sum: Wide): void {
    const R = this.#dim;
    sum.set(0, 0, 0);
    for (let k = 0; k < R; k++) {
      const at = k * (R + 1) + c;
      sum.add(this.#term.setProduct(this.#inverse[i * R + k]!, this.#low[at]!, this.#high[at]!));
    }
  }

  /** The point and its error: a rough one of 30 bits, an exact residual, one step. */
  #locate(): boolean {
    const R = this.#dim;
    const K = this.#product;
    const sum = this.#sum;
    const term = this.#term;
    let bits = 0;
    for (let i = 0; i < R; i++) {
      this.#product96(i, R, this.#steps[i]!);
      bits = Math.max(bits, sum.copy(this.#steps[i]!).magnitude().bits);
    }
    const cut = Math.max(bits, K) - RefineBits.point;
    const t = K - cut;
    if (t < 0) return false;
    this.scale = t;
    this.#size.set(1, 0, 0).shiftLeft(t);
    for (let i = 0; i < R; i++) {
      this.#coarse[i] = this.#steps[i]!.shiftRight(cut).x;
      this.#size.add(sum.setPair(Math.abs(this.#coarse[i]!), 0));
    }

    bits = 0;
    for (let i = 0; i < R; i++) {
      const right = i * (R + 1) + R;
      const residual = this.#residual[i]!.setPair(this.#low[right]!, this.#high[right]!).shiftLeft(t);
      for (let c = 0; c < R; c++) {
        const at = i * (R + 1) + c;
        residual.add(term.setProduct(-this.#coarse[c]!, this.#low[at]!, this.#high[at]!));
      }
      bits = Math.max(bits, sum.copy(residual).magnitude().bits);
    }
    const lost = Math.max(0, bits - RefineBits.residual);
    const shift = K - RefineBits.finer - lost;
    if (shift < 0) return false;
    for (let k = 0; k < R; k++) this.#residual[k]!.shiftRight(lost);
    bits = 0;
    const largest = this.#bound.set(0, 0, 0);
    for (let i = 0; i < R; i++) {
      const step = this.#steps[i]!.set(0, 0, 0);
      for (let k = 0; k < R; k++) {
        const { x, y } = this.#residual[k]!;
        step.add(term.setProduct(this.#inverse[i * R + k]!, x, y));
      }
      step.shiftRight(shift);
      sum.copy(step).magnitude();
      if (sum.bits > RefineBits.step) return false;
      if (term.copy(largest).negate().add(sum).negative === false) largest.copy(sum);
      this.point[i]!.setPair(this.#coarse[i]!, this.#coarse[i]! >> 31)
        .shiftLeft(RefineBits.finer)
        .add(step);
    }
    return this.#boundError(lost);
  }

  /** The error of the point, from the largest step in `#bound`. */
  #boundError(lost: number): boolean {
    const K = this.#product;
    const spread = this.#sum;
    const term = this.#term;
    const largest = this.#bound;
    const error = this.error;
    // what the residual may err by, then what the step does
    error
      .setProduct(this.#words[this.#layout.error]!, this.#size.x, this.#size.y)
      .add(spread.set(1, 0, 0).shiftLeft(lost));
    spread
      .setProduct(this.#row, error.x, error.y)
      .shiftLeft(RefineBits.rowShift)
      .shiftRight(K - RefineBits.finer);
    if (spread.bits > RefineBits.step) return false;
    largest.add(spread).add(term.set(2, 0, 0));
    const defect = this.#defect + Math.floor(this.#defect / 3) + 1;
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

  /** 1 if the candidate is surely inside the mask's side of hyperplane j, −1 if surely outside, else 0. */
  #side(j: number, masks: Uint32Array, from: number): -1 | 0 | 1 {
    const R = this.#dim;
    const words = this.#words;
    const { planes, stride, row } = this.#layout;
    const at = planes + j * stride + row;
    const sum = this.#sum
      .setPair(words[at + R]!, words[at + R + 1]!)
      .shiftLeft(this.scale)
      .negate();
    const term = this.#term;
    for (let c = 0; c < R; c++) {
      const { x, y } = this.point[c]!;
      sum.add(term.setProduct(words[at + c]! | 0, x, y));
    }
    const { x, y } = this.error;
    const bound = this.#bound
      .setProduct(words[at + R + 2]!, x, y)
      .shiftLeft(IntegerBits.row - IntegerBits.norm)
      .add(this.#size)
      .add(term.set(OFFSET_ERROR, 0, 0).shiftLeft(this.scale));
    if (bit(masks, j, from) === 0) sum.negate();
    if (term.copy(bound).add(sum).negative) return -1;
    return bound.negate().add(sum).negative ? 0 : 1;
  }
}
