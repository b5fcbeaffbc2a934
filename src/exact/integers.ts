import { bitLength, lowestExponent, toIntegers } from "../model/dyadic.ts";
import type { ExactNumber } from "../model/exact-number.ts";

/** Number of zero bits below the lowest set bit of x; 0 for x = 0. */
export function trailingZeros(x: bigint): number {
  if (x === 0n || (x & 1n) === 1n) return 0;
  let width = 64;
  let low = BigInt.asUintN(width, x);
  while (low === 0n) {
    width *= 2;
    low = BigInt.asUintN(width, x);
  }
  return bitLength(low & -low) - 1;
}

export function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** Greatest common divisor, never negative; gcd(0, 0) = 0. */
export function gcd(a: bigint, b: bigint): bigint {
  let x = abs(a);
  let y = abs(b);
  if (x === 0n) return y;
  if (y === 0n) return x;
  if (x === 1n || y === 1n) return 1n;
  // denominators of binary floating-point data are mostly powers of two, whose odd part is 1
  const zerosX = trailingZeros(x);
  const zerosY = trailingZeros(y);
  const common = BigInt(Math.min(zerosX, zerosY));
  x >>= BigInt(zerosX);
  y >>= BigInt(zerosY);
  if (x < y) [x, y] = [y, x];
  while (y > SAFE) [x, y] = lehmerStep(x, y);
  // x may still be long
  if (y !== 0n) [x, y] = [y, x % y];
  return (y === 0n ? x : BigInt(smallGcd(Number(x), Number(y)))) << common;
}

/**
 * Several steps of Euclid's algorithm at once, x ≥ y > 2^53: the quotients follow from the leading digits as long as
 * those of the two extreme fractions agree (Knuth, "The Art of Computer Programming" 4.5.2, algorithm L).
 */
function lehmerStep(x: bigint, y: bigint): [bigint, bigint] {
  const approximate = Number(x);
  const bits = approximate < 1e300 ? Math.floor(Math.log2(approximate)) : bitLength(x);
  // leading digits below 2^52: the sums below stay exact, and so do the floors of the quotients
  const shift = BigInt(bits - 50);
  let high = Number(x >> shift);
  let low = Number(y >> shift);
  let [a, b, c, d] = [1, 0, 0, 1];
  while (low + c !== 0 && low + d !== 0) {
    const quotient = Math.floor((high + a) / (low + c));
    if (quotient !== Math.floor((high + b) / (low + d))) break;
    [a, c] = [c, a - quotient * c];
    [b, d] = [d, b - quotient * d];
    [high, low] = [low, high - quotient * low];
  }
  if (b === 0) return [y, x % y];
  return [BigInt(a) * x + BigInt(b) * y, BigInt(c) * x + BigInt(d) * y];
}

function smallGcd(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** gcd of all values; 0 when all are zero. */
export function content(values: readonly bigint[]): bigint {
  let divisor = 0n;
  for (const value of values) {
    divisor = gcd(divisor, value);
    if (divisor === 1n) break;
  }
  return divisor;
}

/**
 * The exponent of the lowest bit among values from ≤ i < to; Infinity if all are zero. Throws RangeError on NaN and
 * infinities.
 */
export function lowestExponentOf(values: ArrayLike<ExactNumber>, from = 0, to = values.length): number {
  let exponent = Number.POSITIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (typeof value === "number" ? value === 0 : value.m === 0n) continue;
    exponent = Math.min(exponent, typeof value === "number" ? lowestExponent(value) : value.e);
  }
  return exponent;
}

/**
 * Integers and one exponent with value_i = values_i·2^exponent; the exponent is the smallest among the non-zero values
 * (0 if all are zero), so at least one integer is odd. Throws RangeError on NaN and infinities.
 */
export function scaleToIntegers(values: ArrayLike<ExactNumber>): { values: bigint[]; exponent: number } {
  const exponent = lowestExponentOf(values);
  const integers = new Array<bigint>(values.length).fill(0n);
  if (exponent === Number.POSITIVE_INFINITY) return { values: integers, exponent: 0 };
  const toInteger = toIntegers(exponent);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (typeof value === "number") {
      if (value !== 0) integers[i] = toInteger(value);
    } else if (value.m !== 0n) integers[i] = value.m << BigInt(value.e - exponent);
  }
  return { values: integers, exponent };
}
