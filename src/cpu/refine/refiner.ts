import { bit } from "../../model/mask.ts";
import { Verdict } from "../../stages/batch.ts";
import { integerLayout, OFFSET_ERROR } from "../../stages/integer-model.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { Equations } from "./equations.ts";

/**
 * The candidate of a region in integers, and on which side of every hyperplane it lies. The twin of
 * `shaders/refine.wgsl`, to the bit (docs/design.md#a-second-look-in-integers).
 */
export class Refiner {
  /** The system of the last mask, and its candidate, if it was located. */
  readonly equations: Equations;
  readonly #dim: number;
  readonly #count: number;
  readonly #words: Uint32Array;
  readonly #layout: ReturnType<typeof integerLayout>;

  constructor({ latentDim: R, count, integers }: StageModel) {
    this.#dim = R;
    this.#count = count;
    this.#words = integers;
    this.#layout = integerLayout(R);
    this.equations = new Equations(R);
  }

  /** @param first hyperplanes to try first, with anything ≥ n as padding. */
  verdict(masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number, firstLength: number): number {
    const { equations } = this;
    const entryError = this.#words[this.#layout.error]!;
    for (const y of equations.point) y.set(0, 0, 0);
    this.#form(masks, from);
    if (!equations.invert() || !equations.boundDefect(entryError)) return Verdict.singular;
    if (!equations.locate(entryError)) return Verdict.undecided;
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
    const { low, high } = this.equations;
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

  /** 1 if the candidate is surely inside the mask's side of hyperplane j, −1 if surely outside, else 0. */
  #side(j: number, masks: Uint32Array, from: number): number {
    const R = this.#dim;
    const words = this.#words;
    const { planes, stride, row } = this.#layout;
    const at = planes + j * stride + row;
    const above = this.equations.side(words, at, words[at + R + 2]!, words[at + R]!, words[at + R + 1]!, OFFSET_ERROR);
    return bit(masks, j, from) === 1 ? above : -above;
  }
}
