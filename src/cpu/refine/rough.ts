import { LARGEST_EXPONENT } from "../../stages/integer-model.ts";
import { highWord } from "./wide.ts";

/**
 * An approximate inverse in integers alone, so that every machine computes the same one to the bit: elimination with
 * numbers m·2^e, 2^30 ≤ |m| < 2^31 or m = 0, of 30 bits. The twin is `shaders/rough.wgsl`. Nothing is proved of them:
 * whoever takes the inverse looks at its residual.
 */

/** Matrices of rough numbers, one array for m and one for e. */
export class RoughMatrix {
  readonly m: Int32Array;
  readonly e: Int32Array;

  constructor(length: number) {
    this.m = new Int32Array(length);
    this.e = new Int32Array(length);
  }

  put(at: number, m: number, e: number): void {
    const zero = m === 0 || Math.abs(e) > LARGEST_EXPONENT;
    this.m[at] = zero ? 0 : m;
    this.e[at] = zero ? 0 : e;
  }

  /** The leading 31 bits of an integer of 64. */
  putPair(at: number, low: number, high: number): void {
    const negative = high >> 31 < 0;
    let x = low >>> 0;
    let y = high >>> 0;
    if (negative) {
      x = -x >>> 0;
      y = (~y + (x === 0 ? 1 : 0)) >>> 0;
    }
    const bits = y === 0 ? 32 - Math.clz32(x) : 64 - Math.clz32(y);
    const e = bits - 31;
    const size = e <= 0 ? x << -e : e < 32 ? (x >>> e) | (e === 0 ? 0 : y << (32 - e)) : y >>> (e - 32);
    this.put(at, negative ? -size : size, e);
  }

  swap(a: number, b: number): void {
    const { m, e } = this;
    [m[a], m[b]] = [m[b]!, m[a]!];
    [e[a], e[b]] = [e[b]!, e[a]!];
  }

  isLarger(a: number, b: number): boolean {
    const { m, e } = this;
    if (m[a] === 0 || m[b] === 0) return m[a] !== 0;
    return e[a] !== e[b] ? e[a]! > e[b]! : Math.abs(m[a]!) > Math.abs(m[b]!);
  }

  /** Entry `at` times m·2^e. */
  multiply(at: number, m: number, e: number): void {
    const { m: ms, e: es } = this;
    const product = multiplied(ms[at]!, m);
    this.put(at, normal(product), es[at]! + e + 31 - shiftOf(product));
  }

  /** Entry `at` less entry `from` times m·2^e. */
  subtractMultiple(at: number, from: number, m: number, e: number): void {
    const { m: ms, e: es } = this;
    const product = multiplied(ms[from]!, m);
    if (product === 0) return;
    const b = normal(product);
    const eb = es[from]! + e + 31 - shiftOf(product);
    const a = ms[at]!;
    const ea = es[at]!;
    const apart = ea - eb;
    if (a === 0 || apart < -31) {
      this.put(at, -b, eb);
      return;
    }
    if (apart > 31) return;
    // halves, so that their difference has 31 bits
    const difference = apart >= 0 ? (a >> 1) - ((b >> 1) >> apart) : ((a >> 1) >> -apart) - (b >> 1);
    this.put(at, normal(difference), Math.max(ea, eb) + 1 - shiftOf(difference));
  }
}

/** The product of two mantissas over 2^31, cut off: 0, or between 2^29 and 2^31 in magnitude. */
function multiplied(a: number, b: number): number {
  const p = Math.abs(a);
  const q = Math.abs(b);
  const size = (highWord(p, q) << 1) | (Math.imul(p, q) >>> 31);
  return a < 0 !== b < 0 ? -size : size;
}

function shiftOf(m: number): number {
  return m === 0 ? 0 : Math.clz32(Math.abs(m)) - 1;
}

/** m with its leading bit at 2^30. */
function normal(m: number): number {
  const size = Math.abs(m) << shiftOf(m);
  return m < 0 ? -size : size;
}

/** ⌊2^61 / m⌋ for 2^30 ≤ m < 2^31, at most 2^31 − 1. */
export function reciprocal(m: number): number {
  let rest = 2 ** 30;
  let quotient = 0;
  for (let i = 0; i < 31; i++) {
    rest = (rest << 1) >>> 0;
    const fits = rest >= m;
    if (fits) rest -= m;
    quotient = (quotient << 1) | (fits ? 1 : 0);
  }
  return quotient;
}

/**
 * Turns [W | 0], rows of 2·dim entries, into [I | X] with X ≈ W⁻¹, by Gauss–Jordan elimination with partial pivoting.
 * @returns false if a pivot is 0.
 */
export function roughInverse(A: RoughMatrix, dim: number): boolean {
  const columns = 2 * dim;
  for (let i = 0; i < dim; i++) {
    for (let k = dim; k < columns; k++) A.put(i * columns + k, k === dim + i ? 2 ** 30 : 0, -30);
  }
  for (let c = 0; c < dim; c++) {
    const pivot = c * columns + c;
    let largest = c;
    for (let i = c + 1; i < dim; i++) if (A.isLarger(i * columns + c, largest * columns + c)) largest = i;
    for (let k = c; k < columns && largest !== c; k++) A.swap(c * columns + k, largest * columns + k);
    if (A.m[pivot] === 0) return false;
    const m = A.m[pivot]! < 0 ? -reciprocal(-A.m[pivot]!) : reciprocal(A.m[pivot]!);
    const e = -61 - A.e[pivot]!;
    for (let k = c; k < columns; k++) A.multiply(c * columns + k, m, e);
    for (let i = 0; i < dim; i++) {
      const factor = A.m[i * columns + c]!;
      const exponent = A.e[i * columns + c]!;
      if (i === c || factor === 0) continue;
      for (let k = c; k < columns; k++) A.subtractMultiple(i * columns + k, c * columns + k, factor, exponent);
    }
  }
  return true;
}
