/**
 * Dyadic rationals m·2^e: the numbers that sums and products of float64 values can be.
 *
 * Every entry of a piecewise-linear system is one (DESIGN.md section 1, "What exact refers to"): A − I, C·s and α_b·W need
 * not be float64 numbers, but they are always dyadic.
 */
export interface Dyadic {
  /** Integer significand; odd unless the value is zero. */
  readonly m: bigint;
  /** Exponent of two; 0 when the value is zero. */
  readonly e: number;
}

export const ZERO: Dyadic = { m: 0n, e: 0 };
export const ONE: Dyadic = { m: 1n, e: 0 };

const scratch = new DataView(new ArrayBuffer(8));

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

/** The exact value of a finite float64. Throws RangeError on NaN and infinities. */
export function fromNumber(x: number): Dyadic {
  if (x === 0) return ZERO;
  if (!Number.isFinite(x)) throw new RangeError(`a dyadic number must be finite, got ${x}`);
  if (Number.isInteger(x) && Math.abs(x) < 2 ** 53) return dyadic(BigInt(x), 0);
  scratch.setFloat64(0, x);
  const high = scratch.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(scratch.getUint32(4));
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return dyadic(high >>> 31 ? -magnitude : magnitude, (biased === 0 ? 1 : biased) - 1075);
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
  const hex = (m < 0n ? -m : m).toString(16);
  return hex === "0" ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0], 16)));
}

/** The nearest float64, ties to even; ±Infinity past the range, gradual underflow below it. */
export function toNumber(a: Dyadic): number {
  if (a.m === 0n) return 0;
  const negative = a.m < 0n;
  const magnitude = negative ? -a.m : a.m;
  const bits = bitLength(magnitude);
  // the last place kept is 2^-1074 at the least
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

/** x·2^e for an integer x below 2^54 and e ≥ −1074: exact, or Infinity past the range. */
function scaleByPowerOfTwo(x: number, e: number): number {
  return e > 900 ? (e > 1100 ? Number.POSITIVE_INFINITY : x * 2 ** 900 * 2 ** (e - 900)) : x * 2 ** e;
}
