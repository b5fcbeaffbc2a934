import { DELTA_BITS, DIRECTION_BITS } from "../../arrangement/directions.ts";
import { clearBit, setBit } from "../../model/mask.ts";
import { type ExpandMode, ItemStatus, NO_HYPERPLANE, type SignBatch } from "../../stages/batch.ts";
import {
  arrangementLayout,
  arrangementStart,
  IntegerBits,
  OFFSET_ERROR,
  ROW_ERROR,
} from "../../stages/integer-model.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { Equations } from "./equations.ts";

/** 2^56 u is 2^28 û and a rest. */
const FIRST_SHIFT = IntegerBits.offset - IntegerBits.row;
/** Shifts that make directions and δ, in a high word, numbers of 56 bits behind the point. */
const DIRECTION_SHIFT = IntegerBits.offset - DIRECTION_BITS - 32;
const DELTA_SHIFT = IntegerBits.offset - DELTA_BITS - 32;

/**
 * The point of a subset in integers, and the signs there that float32 has left open. The twin of
 * `shaders/reintersect.wgsl`, to the bit (docs/design.md#a-second-look-in-integers).
 */
export class PointRefiner {
  /** The system of the last subset, or its transpose. */
  readonly equations: Equations;
  readonly #rank: number;
  readonly #words: Uint32Array;
  readonly #layout: ReturnType<typeof arrangementLayout>;
  readonly #directions: number;
  readonly #planes: number;

  constructor({ latentDim, rank, count, integers }: StageModel) {
    this.#rank = rank;
    this.#words = integers;
    this.#layout = arrangementLayout(rank);
    this.#directions = arrangementStart(latentDim, count);
    this.#planes = this.#directions + rank ** 2;
    this.equations = new Equations(rank);
  }

  /** Decides what it can of an item: signs that are undecided, the bits of its own hyperplanes, its status. */
  look(signs: SignBatch, item: number, mode: ExpandMode): void {
    const { equations } = this;
    const rank = this.#rank;
    const subset = signs.subsets.subarray(item * rank, (item + 1) * rank).filter((j) => j !== NO_HYPERPLANE);
    const k = subset.length;
    this.#form(subset);
    if (!equations.invert() || !equations.boundDefect(ROW_ERROR)) return;
    const isVertex = k === rank;
    const isCentred = isVertex && subset.every((j) => this.#isCentred(j));
    this.#putOffsets(subset);
    if (!equations.locate(isVertex ? OFFSET_ERROR : ROW_ERROR)) return;
    this.#decide(signs, item, isVertex ? "offsets" : "nothing", isCentred);
    if (isCentred) {
      subset.forEach((j, t) => {
        this.#putRight(t, 0, this.#delta(j));
      });
      if (!equations.locate(ROW_ERROR)) return;
      this.#decide(signs, item, "perturbation", true);
    }
    if (mode === "branch") for (const j of subset) this.#mark(signs, item, j, false);
    else if (k > 0 && signs.status[item] !== ItemStatus.ok && !this.#ownBits(signs, item, subset)) return;
    signs.status[item] = ItemStatus.ok;
    if (isCentred) signs.perturbed[item] = 1;
  }

  #plane(j: number): number {
    return this.#planes + j * this.#layout.stride;
  }

  #isCentred(j: number): boolean {
    return this.#words[this.#plane(j) + this.#layout.centred] === 1;
  }

  /** The high word of 2^56 δ_j; the low one is 0. */
  #delta(j: number): number {
    return this.#words[this.#plane(j) + this.#layout.delta]! << DELTA_SHIFT;
  }

  /** The high word of 2^56 times entry c of c_i, i from 0. */
  #direction(i: number, c: number): number {
    return this.#words[this.#directions + i * this.#rank + c]! << DIRECTION_SHIFT;
  }

  #put(at: number, low: number, high: number): void {
    this.equations.low[at] = low;
    this.equations.high[at] = high;
  }

  #putRight(t: number, low: number, high: number): void {
    this.#put(t * (this.#rank + 1) + this.#rank, low, high);
  }

  /** B̂: rows of the subset's hyperplanes, then c_1, c_2, … */
  #form(subset: Uint32Array): void {
    const rank = this.#rank;
    for (let t = 0; t < rank; t++) {
      for (let c = 0; c < rank; c++) {
        const to = t * (rank + 1) + c;
        if (t >= subset.length) {
          this.#put(to, 0, this.#direction(t - subset.length, c));
          continue;
        }
        const at = this.#plane(subset[t]!) + c;
        const first = this.#words[at]! | 0;
        const rest = this.#words[at + this.#layout.rest]!;
        const low = ((first << FIRST_SHIFT) + rest) >>> 0;
        this.#put(to, low, (first >> (32 - FIRST_SHIFT)) + (rest >> 31) + (low < rest ? 1 : 0));
      }
    }
  }

  /** b̂: ĥ_T of a vertex, else −e_ρ. */
  #putOffsets(subset: Uint32Array): void {
    const { offset } = this.#layout;
    for (let t = 0; t < this.#rank; t++) {
      const at = subset.length === this.#rank ? this.#plane(subset[t]!) + offset : -1;
      if (at >= 0) this.#putRight(t, this.#words[at]!, this.#words[at + 1]!);
      else this.#putRight(t, 0, t === this.#rank - 1 ? -(2 ** (IntegerBits.offset - 32)) : 0);
    }
  }

  /**
   * Decides undecided signs at the point. Those of centred hyperplanes at a point that is exactly 0 follow from the
   * perturbation, at the point of δ_T.
   * @param from what u·y is compared with.
   */
  #decide(signs: SignBatch, item: number, from: "nothing" | "offsets" | "perturbation", isCentred: boolean): void {
    const { offset, norm } = this.#layout;
    const words = this.#words;
    for (let w = 0; w < signs.words; w++) {
      for (let rest = signs.undecided[item * signs.words + w]!; rest !== 0; rest &= rest - 1) {
        const j = (w << 5) + 31 - Math.clz32(rest & -rest);
        if (isCentred && this.#isCentred(j) !== (from === "perturbation")) continue;
        const at = this.#plane(j);
        const side =
          from === "offsets"
            ? this.equations.side(
                words,
                at,
                words[at + norm]!,
                words[at + offset]!,
                words[at + offset + 1]!,
                OFFSET_ERROR,
              )
            : this.equations.side(words, at, words[at + norm]!, 0, from === "nothing" ? 0 : this.#delta(j), 0);
        if (side !== 0) this.#mark(signs, item, j, side > 0);
      }
    }
  }

  /** Bits of the subset's own hyperplanes: signs of w, Bᵀw = c_{ρ−k+1}. @returns whether all are decided. */
  #ownBits(signs: SignBatch, item: number, subset: Uint32Array): boolean {
    const { equations } = this;
    equations.transpose();
    if (!equations.boundDefect(ROW_ERROR)) return false;
    for (let c = 0; c < this.#rank; c++) this.#putRight(c, 0, this.#direction(this.#rank - subset.length, c));
    if (!equations.locate(ROW_ERROR)) return false;
    const signsOfW = equations.point.map((_, t) => equations.signOf(t));
    if (subset.some((_, t) => signsOfW[t] === 0)) return false;
    subset.forEach((j, t) => {
      this.#mark(signs, item, j, signsOfW[t]! > 0);
    });
    return true;
  }

  #mark(signs: SignBatch, item: number, j: number, above: boolean): void {
    const base = item * signs.words;
    clearBit(signs.undecided, j, base);
    if (above) setBit(signs.positive, j, base);
    else clearBit(signs.positive, j, base);
  }
}
