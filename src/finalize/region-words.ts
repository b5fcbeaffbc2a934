import { bitCount } from "../exact/region.ts";
import { bitLength, type Dyadic } from "../model/dyadic.ts";
import { scaleByPowerOfTwo } from "../model/power-of-two.ts";
import type { ExactArray, PiecewiseLinearSystem } from "../model/system.ts";
import type { RefinedSolution } from "./refined-solution.ts";
import { MOST_DIMENSIONS, WordSolver } from "./word-solution.ts";
import { addPart, addProduct, errorOfSum, Mantissas, WORD, type WordMatrix } from "./words.ts";

/** What words tell of one region. */
export interface WordRegion {
  readonly solution: RefinedSolution;
  /** The Jacobian of the dynamics, R×R, each entry correctly rounded; undefined where words do not tell. */
  readonly jacobian: Float64Array | undefined;
}

/** Most products of a region: a millisecond. */
const MOST_PRODUCTS = 2 ** 14;
/** Numbers of more words are left to integers. */
const MOST_WORDS = 12;
/** Jacobians beyond these sizes are left to integers. */
const SMALLEST_ENTRY = 2 ** -900;

/** What all regions use, one after the other; nothing in it outlives a call. */
let factors = new Mantissas(64);
let matrix: WordMatrix = { words: new Float64Array(0), length: 1 };
const entry = new Float64Array(MOST_WORDS + 1);
const solvers: (WordSolver | undefined)[] = [];

/**
 * The candidate of one region without integer objects: J = M + VᵀDU and b = VᵀDh + g as exact words, then refinement
 * (`WordSolver`). Nothing is prepared for other regions, so that a model with one fixed point pays for one.
 * @param mask one bit per hyperplane.
 * @returns undefined where this does not decide: integers do.
 */
export function solveInWords(system: PiecewiseLinearSystem, mask: Uint32Array): WordRegion | undefined {
  const { latentDim: R, time } = system;
  const exponent = formWords(system, mask);
  if (exponent === undefined) return undefined;
  solvers[R] ??= new WordSolver(R);
  const solution = solvers[R].solve(matrix);
  if (solution === undefined) return undefined;
  return { solution, jacobian: roundedJacobian(R, exponent, time === "discrete") };
}

/** Puts J, R×R, and b into `matrix`. @returns the exponent of its integers; undefined where there are no words. */
function formWords(system: PiecewiseLinearSystem, mask: Uint32Array): number | undefined {
  const { latentDim: R, M, g, U, V, h } = system;
  const size = R * (R + 1);
  let active = 0;
  for (let w = 0; w < mask.length; w++) active += bitCount(mask[w]!);
  if (R > MOST_DIMENSIONS || active * size > MOST_PRODUCTS || !V.allExact || !h.allExact) return undefined;
  const each = 2 * R + 1;
  if (factors.high.length < size + active * each) factors = new Mantissas(2 * (size + active * each));
  const range = { lowest: Number.POSITIVE_INFINITY, top: Number.NEGATIVE_INFINITY };
  for (let n = 0; n < size; n++) takeBase(n < R * R ? M : g, n < R * R ? n : n - R * R, n, range);
  let at = size;
  for (let w = 0; w < mask.length; w++) {
    for (let rest = mask[w]!; rest !== 0; rest &= rest - 1, at += each) {
      const j = (w << 5) + 31 - Math.clz32(rest & -rest);
      for (let k = 0; k < R; k++) {
        factors.set(at + k, U[j * R + k]!);
        factors.set(at + R + 1 + k, V.rounded[j * R + k]!);
      }
      factors.set(at + R, h.rounded[j]!);
      takeProducts(at, R, range);
    }
  }
  const { lowest, top } = range;
  // a part of a product may be twice as large as the product, and words have a sign
  const length = Math.ceil((top - lowest + 3) / 32);
  // -Infinity where all numbers are 0
  if (!(length >= 1 && length <= MOST_WORDS)) return undefined;
  begin(size, length + 1);
  for (let n = 0; n < size; n++) addBase(n < R * R ? M : g, n < R * R ? n : n - R * R, n, length, lowest);
  for (let from = size; from < at; from += each) addTerms(from, R, length, lowest);
  for (let n = 0; n < size; n++) carry(matrix.words, n * (length + 1), length);
  return lowest;
}

interface ExponentRange {
  lowest: number;
  /** All magnitudes are below 2^top. */
  top: number;
}

function takeBase(array: ExactArray, at: number, n: number, range: ExponentRange): void {
  const x = array.rounded[at]!;
  if (!array.isExact(at)) {
    const { m, e } = array.at(at);
    range.lowest = Math.min(range.lowest, e);
    range.top = Math.max(range.top, bitLength(m) + e);
  } else if (x !== 0) {
    factors.set(n, x);
    range.lowest = Math.min(range.lowest, factors.exponents[n]!);
    range.top = Math.max(range.top, factors.tops[n]!);
  } else factors.set(n, 0);
}

/** The range of v_i u_k and v_i h, whose factors begin at a place: u, h, v. */
function takeProducts(at: number, R: number, range: ExponentRange): void {
  const { high, low, exponents, tops } = factors;
  let [rowLowest, rowTop] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lowest, top] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = at; i <= at + 2 * R; i++) {
    if (high[i] === 0 && low[i] === 0) continue;
    if (i <= at + R) {
      rowLowest = Math.min(rowLowest, exponents[i]!);
      rowTop = Math.max(rowTop, tops[i]!);
    } else {
      lowest = Math.min(lowest, exponents[i]!);
      top = Math.max(top, tops[i]!);
    }
  }
  if (rowTop === Number.NEGATIVE_INFINITY || top === Number.NEGATIVE_INFINITY) return;
  range.lowest = Math.min(range.lowest, rowLowest + lowest);
  range.top = Math.max(range.top, rowTop + top);
}

function begin(size: number, length: number): void {
  if (matrix.length === length && matrix.words.length === size * length) matrix.words.fill(0);
  else matrix = { words: new Float64Array(size * length), length };
}

function addBase(array: ExactArray, at: number, n: number, length: number, lowest: number): void {
  const from = n * (length + 1);
  if (!array.isExact(at)) {
    addInteger(array.at(at), from, length, lowest);
    return;
  }
  const { high, low, exponents } = factors;
  addPart(matrix.words, from, length, low[n]!, exponents[n]! - lowest);
  addPart(matrix.words, from, length, high[n]!, exponents[n]! - lowest + 27);
}

function addInteger({ m, e }: Dyadic, from: number, length: number, lowest: number): void {
  const { words } = matrix;
  let rest = m << BigInt((e - lowest) & 31);
  let w = (e - lowest) >>> 5;
  for (; w < length - 1; w++) {
    const word = BigInt.asUintN(32, rest);
    words[from + w]! += Number(word);
    rest = (rest - word) >> 32n;
  }
  // w = length − 1, and what is left is below 2^32
  words[from + w]! += Number(rest);
}

function addTerms(at: number, R: number, length: number, lowest: number): void {
  const { words } = matrix;
  const stride = length + 1;
  for (let i = 0; i < R; i++) {
    const v = at + R + 1 + i;
    for (let k = 0; k < R; k++) addProduct(factors, v, at + k, words, (i * R + k) * stride, length, lowest);
    addProduct(factors, v, at + R, words, (R * R + i) * stride, length, lowest);
  }
}

/** Brings `length` words into the range of a `WordMatrix`, with what is above in one more. */
function carry(words: Float64Array, from: number, length: number): void {
  let above = 0;
  for (let l = from; l < from + length; l++) {
    const word = words[l]! + above;
    above = Math.floor(word / WORD + 0.5);
    words[l] = word - above * WORD;
  }
  words[from + length] = above;
}

/** J of `matrix`, or J + I, rounded entry by entry. */
function roundedJacobian(R: number, exponent: number, isDiscrete: boolean): Float64Array | undefined {
  const { words, length } = matrix;
  const out = new Float64Array(R * R);
  for (let n = 0; n < R * R; n++) {
    for (let l = 0; l < length; l++) entry[l] = words[n * length + l]!;
    if (isDiscrete && n % (R + 1) === 0) {
      // the last word must have room for the one
      if (exponent > 0 || -exponent > 32 * (length - 1) + 16) return undefined;
      addPart(entry, 0, length, 1, -exponent);
      const last = entry[length - 1]!;
      carry(entry, 0, length - 1);
      entry[length - 1]! += last;
    }
    const x = roundedWords(entry, length, exponent);
    if (x === undefined) return undefined;
    out[n] = x;
  }
  return out;
}

/**
 * Σ_l w_l 2^{32l + exponent} correctly rounded, from words between −2^31 and 2^31; undefined where the leading four do
 * not tell, or beyond the sizes above.
 *
 * In units of the second of them, w_t 2^32 + w_{t−1} = s + e without an error (Knuth's TwoSum), as is
 * e + w_{t−2} 2^-32 = f + r. The rest lies within 2^-60 of r + w_{t−3} 2^-64, and rounding keeps the order: where both
 * ends of the interval that is left give the same sum with s, so does the number.
 */
export function roundedWords(words: Float64Array, length: number, exponent: number): number | undefined {
  let t = length - 1;
  while (t >= 0 && words[t] === 0) t--;
  if (t < 0) return 0;
  const a = words[t]! * WORD;
  const b = t > 0 ? words[t - 1]! : 0;
  const s = a + b;
  const e = errorOfSum(a, b, s);
  const c = t > 1 ? words[t - 2]! / WORD : 0;
  const f = e + c;
  const tail = errorOfSum(e, c, f) + (t > 2 ? words[t - 3]! / WORD / WORD : 0);
  const isAll = t <= 3 && tail === 0;
  const doubt = isAll ? 0 : Math.abs(f) * 2 ** -51 + 2 ** -60;
  const x = s + (f + tail - doubt);
  if (x !== s + (f + tail + doubt)) return undefined;
  const value = scaleByPowerOfTwo(x, 32 * (t - 1) + exponent);
  const size = Math.abs(value);
  return size > SMALLEST_ENTRY && size < 1 / SMALLEST_ENTRY ? value : undefined;
}
