import { bitCount } from "../exact/region.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { addProduct, FIRST_IS_HIGH, Mantissas, WORD, type WordMatrix } from "./words.ts";

/** Most numbers in all terms together: 64 MiB. */
const MOST_NUMBERS = 2 ** 23;
/** Of so many terms every sum of words is below 2^53. */
const MOST_TERMS = 2 ** 20;

/** Largest word that a number may have above those of the terms. */
const LARGEST_ABOVE = 2 ** 50;

/**
 * Sums of rank-1 terms [v_j u_jᵀ | v_j h_j] over the hyperplanes of a mask, as integers times 2^exponent, without an
 * integer object for each number of each term.
 *
 * A number is Σ_l w_l 2^{32l} with words w_l that are integers in float64: those of a term are below 2^32 in magnitude,
 * so those of a sum are exact, in whatever order terms come and go. Only `read` carries.
 */
export class TermSums {
  readonly #system: PiecewiseLinearSystem;
  readonly #exponent: number;
  /** Words of a number: odd, so that those below the first make integers of 64 bits. */
  readonly #length: number;
  /** N×R×(R + 1)×`#length`, computed when first needed. */
  readonly #terms: Float64Array;
  readonly #isKnown: Uint8Array;
  readonly #sums: Float64Array;
  readonly #mask: Uint32Array;
  readonly #factors: Mantissas;
  readonly #low: Uint32Array;
  readonly #pairs: BigUint64Array;

  /** @returns undefined where numbers are not all float64, or the terms would take too much memory. */
  static of(system: PiecewiseLinearSystem, exponent: number): TermSums | undefined {
    const { latentDim: R, hyperplanes: N, U, V, h } = system;
    if (!V.allExact || !h.allExact || N > MOST_TERMS) return undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < N; j++) {
      let row = Math.abs(h.rounded[j]!);
      let v = 0;
      for (let k = 0; k < R; k++) {
        row = Math.max(row, Math.abs(U[j * R + k]!));
        v = Math.max(v, Math.abs(V.rounded[j * R + k]!));
      }
      if (row > 0 && v > 0) most = Math.max(most, Math.log2(row) + Math.log2(v));
    }
    if (most === Number.NEGATIVE_INFINITY) return undefined;
    // a part of a product may be twice as large as the product, and log2 is rounded
    const words = Math.ceil((most - exponent + 4) / 32);
    const length = words + 1 - (words % 2);
    return N * R * (R + 1) * length > MOST_NUMBERS ? undefined : new TermSums(system, exponent, length);
  }

  private constructor(system: PiecewiseLinearSystem, exponent: number, length: number) {
    const { latentDim: R, hyperplanes: N } = system;
    this.#system = system;
    this.#exponent = exponent;
    this.#length = length;
    this.#terms = new Float64Array(N * R * (R + 1) * length);
    this.#isKnown = new Uint8Array(N);
    this.#sums = new Float64Array(R * (R + 1) * length);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    this.#factors = new Mantissas(2 * R + 1);
    this.#pairs = new BigUint64Array((length - 1) / 2);
    this.#low = new Uint32Array(this.#pairs.buffer);
  }

  /** The number of hyperplanes whose terms must come or go before the sums are those of a mask. */
  distance(mask: Uint32Array): number {
    let count = 0;
    for (let w = 0; w < mask.length; w++) count += bitCount(mask[w]! ^ this.#mask[w]!);
    return count;
  }

  /** Begins with no hyperplane. */
  clear(): void {
    this.#sums.fill(0);
    this.#mask.fill(0);
  }

  /** Adds or takes away terms until the word `w` of the mask is as given. */
  turn(w: number, word: number): void {
    const { latentDim: R } = this.#system;
    const sums = this.#sums;
    const size = sums.length;
    for (let rest = word ^ this.#mask[w]!; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      const j = (w << 5) + 31 - Math.clz32(bit);
      if (this.#isKnown[j] === 0) this.#multiply(j, R);
      const terms = this.#terms;
      const from = j * size;
      if ((word & bit) !== 0) for (let i = 0; i < size; i++) sums[i]! += terms[from + i]!;
      else for (let i = 0; i < size; i++) sums[i]! -= terms[from + i]!;
      this.#mask[w]! ^= bit;
    }
  }

  /** The sums, R×R and then R, each added to the number given. */
  read(base: readonly bigint[]): bigint[] {
    const length = this.#length;
    const sums = this.#sums;
    const out = new Array<bigint>(base.length);
    for (let n = 0; n < base.length; n++) {
      const from = n * length;
      let carry = 0;
      for (let l = 0; l < length - 1; l++) {
        const word = sums[from + l]! + carry;
        carry = Math.floor(word / WORD);
        this.#low[l ^ FIRST_IS_HIGH] = word - carry * WORD;
      }
      let value = BigInt(sums[from + length - 1]! + carry);
      for (let p = this.#pairs.length - 1; p >= 0; p--) value = (value << 64n) + this.#pairs[p]!;
      out[n] = base[n]! + value;
    }
    return out;
  }

  /** Words for `addTo` from R×R integers and then R; undefined where the numbers are too long for them. */
  wordsOf(integers: readonly bigint[]): Float64Array | undefined {
    const length = this.#length;
    const words = new Float64Array(integers.length * length);
    for (let n = 0; n < integers.length; n++) {
      let rest = integers[n]!;
      for (let l = 0; l < length - 1; l++) {
        const word = BigInt.asIntN(32, rest);
        words[n * length + l] = Number(word);
        rest = (rest - word) >> 32n;
      }
      const last = Number(rest);
      if (Math.abs(last) > LARGEST_ABOVE) return undefined;
      words[(n + 1) * length - 1] = last;
    }
    return words;
  }

  /** A place for the results of `addTo`: there each number has a word more. */
  get room(): WordMatrix {
    const length = this.#length + 1;
    return { words: new Float64Array((this.#sums.length / this.#length) * length), length };
  }

  /** `read` in words. @param base from `wordsOf`. @param out from `room`; overwritten. */
  addTo(base: Float64Array, out: WordMatrix): void {
    const length = this.#length;
    const sums = this.#sums;
    const { words } = out;
    for (let from = 0, to = 0; from < sums.length; from += length) {
      let carry = 0;
      for (let l = 0; l < length; l++) {
        const word = sums[from + l]! + base[from + l]! + carry;
        carry = Math.floor(word / WORD + 0.5);
        words[to++] = word - carry * WORD;
      }
      words[to++] = carry;
    }
  }

  /** The words of all numbers of a term. */
  #multiply(j: number, R: number): void {
    this.#isKnown[j] = 1;
    const { U, V, h } = this.#system;
    const factors = this.#factors;
    for (let k = 0; k < R; k++) {
      factors.set(k, U[j * R + k]!);
      factors.set(R + 1 + k, V.rounded[j * R + k]!);
    }
    factors.set(R, h.rounded[j]!);
    const length = this.#length;
    let from = j * R * (R + 1) * length;
    // v_i u_k for all i and k, then v_i h
    for (let n = 0; n < R * (R + 1); n++, from += length) {
      const i = n < R * R ? Math.floor(n / R) : n - R * R;
      this.#writeProduct(from, R + 1 + i, n < R * R ? n % R : R);
    }
  }

  #writeProduct(from: number, a: number, b: number): void {
    const terms = this.#terms;
    addProduct(this.#factors, a, b, terms, from, this.#length, this.#exponent);
    let carry = 0;
    const end = from + this.#length - 1;
    for (let l = from; l < end; l++) {
      const word = terms[l]! + carry;
      carry = Math.floor(word / WORD);
      terms[l] = word - carry * WORD;
    }
    terms[end]! += carry;
  }
}
