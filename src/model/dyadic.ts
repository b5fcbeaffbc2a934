import { powerOfTwo, scaleByPowerOfTwo } from "./power-of-two.ts";

/**
 * Dyadic rationals m·2^e: sums and products of float64 values are such numbers.
 *
 * Every entry of a piecewise-linear system is one (docs/design.md#what-exact-refers-to): A − I, C·s and α_b·W need not
 * be float64 numbers, but are always dyadic.
 */
export interface Dyadic {
  /** Integer significand; odd unless the value is zero. */
  readonly m: bigint;
  /** Exponent of two; 0 when the value is zero. */
  readonly e: number;
}

export const ZERO: Dyadic = { m: 0n, e: 0 };
export const ONE: Dyadic = { m: 1n, e: 0 };

const scratch = new Float64Array(1);
const halves = new Uint32Array(scratch.buffer);
/** Which 32-bit half of a float64 holds sign and exponent: the second one on little-endian machines. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0]!;
const LOW = 1 - HIGH;

/** m·2^e with an odd significand. */
export function dyadic(m: bigint, e: number): Dyadic {
  if (m === 0n) return ZERO;
  let significand = m;
  let exponent = e;
  while ((significand & 0xffffffffn) === 0n) {
    significand >>= 32n;
    exponent += 32;
  }
  const zeros = trailingZeros32(Number(BigInt.asUintN(32, significand)));
  return { m: significand >> BigInt(zeros), e: exponent + zeros };
}

function trailingZeros32(x: number): number {
  return 31 - Math.clz32(x & -x);
}

/** The exponent of the lowest set bit of a finite float64 that is not zero. Throws RangeError on NaN and infinities. */
export function lowestExponent(x: number): number {
  if (!Number.isFinite(x)) throw new RangeError(`a dyadic number must be finite, got ${x}`);
  scratch[0] = x;
  const biased = (halves[HIGH]! >>> 20) & 0x7ff;
  const high = biased === 0 ? halves[HIGH]! & 0xfffff : (halves[HIGH]! & 0xfffff) | 0x100000;
  const zeros = halves[LOW] !== 0 ? trailingZeros32(halves[LOW]!) : 32 + trailingZeros32(high);
  return Math.max(biased, 1) - 1075 + zeros;
}

/** The map x ↦ x·2^-e to integers, exactly, for x whose `lowestExponent` is at least e. */
export function toIntegers(e: number): (x: number) => bigint {
  const factor = Math.abs(e) < 1000 ? powerOfTwo(-e) : 0;
  return (x) => {
    const scaled = x * factor;
    // a float64 without a bit below the point is exactly an integer
    if (factor !== 0 && Math.abs(scaled) < Number.POSITIVE_INFINITY) return BigInt(scaled);
    const { m, e: own } = fromNumber(x);
    return m << BigInt(own - e);
  };
}

/** The exact value of a finite float64. Throws RangeError on NaN and infinities. */
export function fromNumber(x: number): Dyadic {
  if (x === 0) return ZERO;
  const e = lowestExponent(x);
  // in two steps, because the power of two alone may be outside the range
  return { m: BigInt(e < -1000 ? x * 2 ** 1000 * powerOfTwo(-e - 1000) : x * powerOfTwo(-e)), e };
}

export function add(a: Dyadic, b: Dyadic): Dyadic {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const e = Math.min(a.e, b.e);
  return dyadic((a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e);
}

export function negate(a: Dyadic): Dyadic {
  return { m: -a.m, e: a.e };
}

export function subtract(a: Dyadic, b: Dyadic): Dyadic {
  return add(a, negate(b));
}

export function multiply(a: Dyadic, b: Dyadic): Dyadic {
  return a.m === 0n || b.m === 0n ? ZERO : { m: a.m * b.m, e: a.e + b.e };
}

/** −1, 0 or 1. */
export function sign(a: Dyadic): -1 | 0 | 1 {
  return a.m > 0n ? 1 : a.m < 0n ? -1 : 0;
}

export function compare(a: Dyadic, b: Dyadic): -1 | 0 | 1 {
  return sign(subtract(a, b));
}

/** Number of bits of |m|. */
export function bitLength(m: bigint): number {
  const x = Math.abs(Number(m));
  if (x < Number.POSITIVE_INFINITY) {
    if (x === 0) return 0;
    scratch[0] = x;
    const exponent = (halves[HIGH]! >>> 20) - 1023;
    // rounding up may have reached a power of two from below
    const isPower = halves[LOW] === 0 && (halves[HIGH]! & 0xfffff) === 0;
    return isPower && (m < 0n ? -m : m) >> BigInt(exponent) === 0n ? exponent : exponent + 1;
  }
  const hex = (m < 0n ? -m : m).toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}

/**
 * The nearest float64, ties to even; ±Infinity past the range, gradual underflow below it. The significand need not be
 * odd.
 */
export function toNumber(a: Dyadic): number {
  if (a.m === 0n) return 0;
  const whole = Number(a.m);
  // a number that ECMAScript has rounded to 53 bits stays rounded times a power of two, as long as the result is normal
  if (Math.abs(whole) < Number.POSITIVE_INFINITY && a.e >= -1022) {
    const value = scaleByPowerOfTwo(whole, a.e);
    if (Math.abs(value) > 2 ** -1022) return value;
  }
  return roundBits(a);
}

/** `toNumber` by shifts, for significands and results outside the range of normal numbers. */
function roundBits(a: Dyadic): number {
  const negative = a.m < 0n;
  const magnitude = negative ? -a.m : a.m;
  const bits = bitLength(magnitude);
  // no place below 2^-1074 is kept
  const drop = Math.max(bits - 53, -1074 - a.e);
  let kept = magnitude;
  let exponent = a.e;
  if (drop > 0) {
    const shift = BigInt(drop);
    const rest = magnitude & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    kept = magnitude >> shift;
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
    exponent += drop;
  }
  const value = scaleByPowerOfTwo(Number(kept), exponent);
  return negative ? -value : value;
}
