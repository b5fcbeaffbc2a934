import { powerOfTwo } from "../model/power-of-two.ts";

/** What a word is worth in units of the one below it. */
export const WORD = 2 ** 32;
/** Bits of the lower part of a mantissa; it lies between −2^26 and 2^26. */
const LOW = 2 ** 27;
/** Which of two 32-bit words of a number of 64 bits comes first in memory. */
export const FIRST_IS_HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Integers one after the other, each Σ_l w_l 2^{32l} with `length` words w_l: all but the last lie between −2^31 and
 * 2^31, and the last is below 2^31 in magnitude.
 */
export interface WordMatrix {
  readonly words: Float64Array;
  readonly length: number;
}

/** Float64 numbers as (high·2^27 + low)·2^exponent with |high| ≤ 2^26, |low| ≤ 2^26; an odd integer, or 0. */
export class Mantissas {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly exponents: Int32Array;
  /** The magnitudes are below 2^tops. */
  readonly tops: Int32Array;
  readonly #number = new Float64Array(1);
  readonly #words = new Uint32Array(this.#number.buffer);

  constructor(count: number) {
    this.high = new Float64Array(count);
    this.low = new Float64Array(count);
    this.exponents = new Int32Array(count);
    this.tops = new Int32Array(count);
  }

  set(i: number, x: number): void {
    this.#number[0] = x;
    const top = this.#words[1 - FIRST_IS_HIGH]!;
    const rest = this.#words[FIRST_IS_HIGH]!;
    const biased = (top >>> 20) & 0x7ff;
    const leading = (top & 0xfffff) | (biased === 0 ? 0 : 0x100000);
    const zeros = rest === 0 ? 32 + zerosBelow(leading) : zerosBelow(rest);
    const magnitude = x === 0 ? 0 : (leading * WORD + rest) / powerOfTwo(zeros);
    const high = Math.round(magnitude / LOW);
    this.high[i] = x < 0 ? -high : high;
    this.low[i] = x < 0 ? high * LOW - magnitude : magnitude - high * LOW;
    this.exponents[i] = Math.max(biased, 1) - 1075 + zeros;
    this.tops[i] = Math.max(biased, 1) - 1022;
  }
}

/** Zero bits below the lowest set bit of a word that is not 0. */
function zerosBelow(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/**
 * Adds the product of two numbers to the integer times 2^exponent whose words begin at `from`: less than 2^32 to each
 * word but the last.
 * @param exponent at most the sum of the numbers' own exponents.
 */
export function addProduct(
  { high, low, exponents }: Mantissas,
  a: number,
  b: number,
  words: Float64Array,
  from: number,
  length: number,
  exponent: number,
): void {
  const at = exponents[a]! + exponents[b]! - exponent;
  addPart(words, from, length, low[a]! * low[b]!, at);
  addPart(words, from, length, high[a]! * low[b]! + low[a]! * high[b]!, at + 27);
  addPart(words, from, length, high[a]! * high[b]!, at + 54);
}

/** Adds part·2^at, |part| ≤ 2^53, to the integer whose words begin at `from`. */
export function addPart(words: Float64Array, from: number, length: number, part: number, at: number): void {
  if (part === 0) return;
  const last = length - 1;
  const w = at >>> 5;
  const shift = at & 31;
  if (w >= last) {
    words[from + last]! += part * powerOfTwo(at - 32 * last);
    return;
  }
  const unit = powerOfTwo(32 - shift);
  const upper = Math.floor(part / unit);
  words[from + w]! += (part - upper * unit) * powerOfTwo(shift);
  if (w + 1 >= last) {
    words[from + w + 1]! += upper;
    return;
  }
  const above = Math.floor(upper / WORD);
  words[from + w + 1]! += upper - above * WORD;
  words[from + w + 2]! += above;
}

/** a + b − sum, exactly, for the rounded sum of a and b (Knuth's TwoSum). */
export function errorOfSum(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}
