import { upward } from "../exact/rounding.ts";
import { F64, gamma } from "../float/precision.ts";
import { exponentOf, powerOfTwo } from "../model/power-of-two.ts";
import type { RefinedSolution } from "./refined-solution.ts";
import { TriangularInverse } from "./triangular-inverse.ts";
import { errorOfSum, type WordMatrix } from "./words.ts";

const DIGIT_BITS = 16;
const DIGIT = 2 ** DIGIT_BITS;
/** Bits of the first part of a solution; the second has as many, or a few more. */
const PART_BITS = 48;
const PART = 2 ** PART_BITS;
/** Digits of a part. The last of four has what goes past the part. */
const PART_DIGITS = PART_BITS / DIGIT_BITS;
const LARGEST_PART = 2 ** 52;
/** Digits of a residual that there is room for: a value in units of the first is far from overflow. */
const MOST_DIGITS = 40;
/** Of more dimensions the sums of products below would leave the integers of float64. */
export const MOST_DIMENSIONS = 16;
/** Solutions and errors below this, and solutions above its inverse, are left to elimination. */
const LEAST = 2 ** -800;
/** Covers the rounding of a bound and of what it is added to. */
const OUTWARD = 1 + 2 ** -50;

/**
 * Solves J z = b by iterative refinement without integer objects, which cost more than the arithmetic on them: J and b
 * are words, the residual is digits, all of them integers in float64 whose sums and products are exact.
 *
 * With J⁻¹ = (I − F)⁻¹ Y X P and ‖F‖ ≤ q (`TriangularInverse`), z = (A 2^48 + B + d) 2^-places: integers A and B of the
 * float64 solutions for b and for what is left of b, and then the float64 solution d for the exact rest
 * r = b 2^places − J (A 2^48 + B). As J⁻¹ r = Y X P r + ((I − F)⁻¹ − I) Y X P r, d errs by at most
 * (q/(1 − q) + γ) ‖|Y| |X| |P r|‖∞, with γ of the roundings in d. That makes some 140 bits of z, and two ends of an
 * interval. Where both give the same rounded z, and the same rounded error, these are the result.
 */
export class WordSolver {
  readonly #n: number;
  readonly #inverse: TriangularInverse;
  /** J in units of its last word, n×n. */
  readonly #floats: Float64Array;
  /** b, or the residual, in the same units. */
  readonly #right: Float64Array;
  readonly #solution: Float64Array;
  readonly #upper: Float64Array;
  readonly #lower: Float64Array;
  readonly #digits = new Float64Array(PART_DIGITS + 1);
  readonly #residual: Float64Array;
  /** Digits of each row of the residual in use. */
  #count = 0;

  /** @param n at most `MOST_DIMENSIONS`. */
  constructor(n: number) {
    this.#n = n;
    this.#inverse = new TriangularInverse(n);
    this.#floats = new Float64Array(n * n);
    this.#right = new Float64Array(n);
    this.#solution = new Float64Array(n);
    this.#upper = new Float64Array(n);
    this.#lower = new Float64Array(n);
    this.#residual = new Float64Array(n * MOST_DIGITS);
  }

  /** @param Jb n×n numbers J, then n numbers b. @returns undefined where this does not decide: elimination does. */
  solve(Jb: WordMatrix): RefinedSolution | undefined {
    const n = this.#n;
    const used = usedWords(Jb);
    if (used === 0) return undefined;
    writeFloats(Jb, used, 0, this.#floats);
    if (!this.#inverse.invert(this.#floats)) return undefined;
    writeFloats(Jb, used, n * n, this.#right);
    const solution = this.#solution;
    this.#inverse.apply(this.#right, 0, solution);
    const size = largest(solution);
    // written so that NaN goes on no further
    if (!(size > LEAST && size < 1 / LEAST)) return undefined;
    // the first part is below half of PART
    const places = 2 * PART_BITS - 2 - exponentOf(size);
    this.#count = Math.max(2 * used + 2 * PART_DIGITS + 2, 2 * used + Math.ceil(places / DIGIT_BITS) + 1);
    if (places < 0 || this.#count > MOST_DIGITS) return undefined;
    const upper = this.#upper;
    const factor = powerOfTwo(places - PART_BITS);
    for (let k = 0; k < n; k++) upper[k] = Math.round(solution[k]! * factor);
    this.#begin(Jb, used, places);
    this.#subtract(Jb, used, upper, PART_DIGITS);
    this.#readResidual(used);
    this.#inverse.apply(this.#right, 0, solution);
    if (!(largest(solution) < LARGEST_PART)) return undefined;
    const lower = this.#lower;
    for (let k = 0; k < n; k++) lower[k] = Math.round(solution[k]!);
    this.#subtract(Jb, used, lower, 0);
    this.#readResidual(used);
    const magnitude = this.#inverse.apply(this.#right, 0, solution);
    return this.#round(places, magnitude);
  }

  /** The residual b 2^places. */
  #begin({ words, length }: WordMatrix, used: number, places: number): void {
    const n = this.#n;
    const residual = this.#residual;
    const first = Math.floor(places / DIGIT_BITS);
    const shift = powerOfTwo(places % DIGIT_BITS);
    residual.fill(0);
    for (let i = 0; i < n; i++) {
      const from = (n * n + i) * length;
      for (let w = 0; w < used; w++) residual[i * MOST_DIGITS + first + 2 * w] = words[from + w]! * shift;
    }
  }

  /**
   * Takes J x from the residual, whose digits then lie between −2^15 and 2^15.
   *
   * A product of a word and a digit is at most 2^47, and 2n of them meet: J's words are at most 2^31 and digits 2^15,
   * but for the last digit of three, which is at most 2^16.
   * @param x n integers below `LARGEST_PART`. @param first their lowest digit is that digit of the residual.
   */
  #subtract({ words, length }: WordMatrix, used: number, x: Float64Array, first: number): void {
    const n = this.#n;
    const residual = this.#residual;
    const digits = this.#digits;
    const count = largest(x) > PART ? PART_DIGITS + 1 : PART_DIGITS;
    for (let k = 0; k < n; k++) {
      let rest = x[k]!;
      if (rest === 0) continue;
      for (let l = 0; l < count - 1; l++) {
        const above = Math.floor(rest / DIGIT + 0.5);
        digits[l] = rest - above * DIGIT;
        rest = above;
      }
      digits[count - 1] = rest;
      for (let i = 0; i < n; i++) {
        const from = (i * n + k) * length;
        const to = i * MOST_DIGITS + first;
        for (let w = 0; w < used; w++) {
          const word = words[from + w]!;
          for (let l = 0; l < count; l++) residual[to + 2 * w + l]! -= word * digits[l]!;
        }
      }
    }
    for (let i = 0; i < n; i++) {
      const from = i * MOST_DIGITS;
      const last = from + this.#count - 1;
      let carry = 0;
      for (let at = from; at < last; at++) {
        const value = residual[at]! + carry;
        carry = Math.floor(value / DIGIT + 0.5);
        residual[at] = value - carry * DIGIT;
      }
      residual[last]! += carry;
    }
  }

  /** The residual in float64, in units of J's last word: each number rounded three times at most, as by `writeFloats`. */
  #readResidual(used: number): void {
    const n = this.#n;
    const residual = this.#residual;
    const unit = powerOfTwo(DIGIT_BITS * (this.#count - 1 - 2 * (used - 1)));
    for (let i = 0; i < n; i++) {
      const from = i * MOST_DIGITS;
      let sum = 0;
      for (let at = from; at < from + this.#count; at++) sum = sum / DIGIT + residual[at]!;
      this.#right[i] = sum * unit;
    }
  }

  /** @param magnitude as `apply` has it, for the correction in `#solution`. */
  #round(places: number, magnitude: number): RefinedSolution | undefined {
    const n = this.#n;
    const { defect, determinantSign } = this.#inverse;
    // the correction takes 2n roundings on the way, and three are in the residual; the slack covers those of the bound
    const relative = defect / (1 - defect) + gamma(2 * n + 6, F64);
    const isExact = largest(this.#right) === 0;
    const bound = isExact ? 0 : (relative * magnitude + n * F64.tiny) * F64.slack;
    const unit = powerOfTwo(-places);
    const z = new Array<number>(n);
    let least = 0;
    let most = 0;
    for (let k = 0; k < n; k++) {
      const a = this.#upper[k]! * PART;
      const b = this.#lower[k]!;
      const d = this.#solution[k]!;
      // a + b + d is value + near + rest, without an error (Knuth's TwoSum)
      const ab = a + b;
      const restOfAb = errorOfSum(a, b, ab);
      const low = restOfAb + d;
      const rest = errorOfSum(restOfAb, d, low);
      const value = ab + low;
      const near = errorOfSum(ab, low, value);
      const margin = isExact ? 0 : bound * OUTWARD + Math.abs(rest) * 2 ** -50;
      // the coordinate is value + e, with e between these two but for their last rounding
      const from = near + (rest - margin);
      const to = near + (rest + margin);
      if (value + from * OUTWARD !== value || value + to * OUTWARD !== value) return undefined;
      if (value === 0 ? !isExact : Math.abs(value * unit) < LEAST) return undefined;
      // adding 0 leaves no −0
      z[k] = value * unit + 0;
      if (from > 0 || to < 0 || isExact) least = Math.max(least, Math.min(Math.abs(from), Math.abs(to)));
      most = Math.max(most, Math.abs(from), Math.abs(to));
    }
    // rounding keeps the order: where both ends round alike, so does the largest distance
    if (least !== most) return undefined;
    const error = most * unit;
    if (error === 0) return isExact ? { z, error: 0, determinantSign } : undefined;
    return error > LEAST ? { z, error: upward(error), determinantSign } : undefined;
  }
}

/** How many words the numbers have that are not all 0. */
function usedWords({ words, length }: WordMatrix): number {
  let used = 0;
  for (let from = 0; from < words.length; from += length) {
    for (let w = length - 1; w >= used; w--) {
      if (words[from + w] === 0) continue;
      used = w + 1;
      break;
    }
  }
  return used;
}

/**
 * The numbers from `first` on in units of their last word.
 *
 * What lies below the highest word that is not 0 is little more than half a unit of it, so the sum errs by its own
 * rounding and by that of the sum below, which is no larger: by less than three roundings.
 */
function writeFloats({ words, length }: WordMatrix, used: number, first: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) {
    const from = (first + i) * length;
    let sum = 0;
    for (let w = from; w < from + used; w++) sum = sum * 2 ** -32 + words[w]!;
    out[i] = sum;
  }
}

function largest(x: Float64Array): number {
  let size = 0;
  for (let k = 0; k < x.length; k++) size = Math.max(size, Math.abs(x[k]!));
  return size;
}
