import { bitLength, type Dyadic, toNumber as dyadicToNumber, fromNumber } from "../model/dyadic.ts";
import { abs, gcd } from "./integers.ts";

/** n/d in lowest terms, d > 0; zero is 0/1. Equal numbers have equal fields. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

/** n/d in lowest terms. Throws RangeError on d = 0. */
export function rational(n: bigint, d: bigint): Rational {
  if (d === 0n) throw new RangeError(`a rational number needs a non-zero denominator, got ${n}/0`);
  if (n === 0n) return ZERO;
  const common = d === 1n ? 1n : gcd(n, d);
  const divisor = d < 0n ? -common : common;
  return divisor === 1n ? { n, d } : { n: n / divisor, d: d / divisor };
}

export function ofInteger(n: bigint): Rational {
  return { n, d: 1n };
}

export function ofDyadic({ m, e }: Dyadic): Rational {
  if (e >= 0) return { n: m << BigInt(e), d: 1n };
  return m & 1n ? { n: m, d: 1n << BigInt(-e) } : rational(m, 1n << BigInt(-e));
}

/** The exact value of a finite float64. Throws RangeError on NaN and infinities. */
export function ofNumber(x: number): Rational {
  return ofDyadic(fromNumber(x));
}

export function add(a: Rational, b: Rational): Rational {
  if (a.d === b.d) return rational(a.n + b.n, a.d);
  return rational(a.n * b.d + b.n * a.d, a.d * b.d);
}

export function subtract(a: Rational, b: Rational): Rational {
  if (a.d === b.d) return rational(a.n - b.n, a.d);
  return rational(a.n * b.d - b.n * a.d, a.d * b.d);
}

export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.n * b.n, a.d * b.d);
}

/** a/b. Throws RangeError on b = 0. */
export function divide(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n);
}

export function negate(a: Rational): Rational {
  return { n: -a.n, d: a.d };
}

/** −1, 0 or 1. */
export function sign(a: Rational): -1 | 0 | 1 {
  return a.n > 0n ? 1 : a.n < 0n ? -1 : 0;
}

export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left > right ? 1 : left < right ? -1 : 0;
}

export function equals(a: Rational, b: Rational): boolean {
  return a.n === b.n && a.d === b.d;
}

/** Bits of the quotient, the 53 kept ones included; with a sticky bit below them the rounding is correct. */
const QUOTIENT_BITS = 66;

/**
 * n/d rounded as by `toNumber`, without reducing the fraction first: finding a common divisor costs more than the
 * division. d ≠ 0.
 */
export function quotient(n: bigint, d: bigint): number {
  return d < 0n ? toNumber({ n: -n, d: -d }) : toNumber({ n, d });
}

/**
 * The nearest float64, ties to even; ±Infinity past the range, gradual underflow below it. The fields need not be in
 * lowest terms.
 */
export function toNumber({ n, d }: Rational): number {
  if (d === 1n) return dyadicToNumber({ m: n, e: 0 });
  const magnitude = abs(n);
  const shift = QUOTIENT_BITS + bitLength(d) - bitLength(magnitude);
  const dividend = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const divisor = shift < 0 ? d << BigInt(-shift) : d;
  const quotient = dividend / divisor;
  const sticky = quotient * divisor === dividend ? 0n : 1n;
  const significand = (quotient << 1n) | sticky;
  return dyadicToNumber({ m: n < 0n ? -significand : significand, e: -shift - 1 });
}

/** Whether each number rounds to a finite float64. (A number may round to 0.) */
export function fitFloat64(numbers: readonly Rational[]): boolean {
  return numbers.every((x) => Number.isFinite(toNumber(x)));
}

/** A short text that two numbers share iff they are equal. */
export function key(a: Rational): string {
  return a.d === 1n ? a.n.toString(32) : `${a.n.toString(32)}/${a.d.toString(32)}`;
}
