import { bitLength } from "../model/dyadic.ts";
import { powerOfTwo } from "../model/power-of-two.ts";
import { abs } from "./integers.ts";
import { ofNumber, quotient } from "./rational.ts";

/** Bits of the quotient past the 53 that are kept: an error as a part of the last of these is known to 2^-128 of it. */
const LOW_BITS = 128;
const KEPT_BITS = 53;
/** Largest exponent of the last place for which neither the number nor its error leaves the normal numbers. */
const LARGEST_EXPONENT = 800;
const LARGEST_INTEGER = 2 ** 53;
const LOW = BigInt(LOW_BITS);
const HALF = 1n << (LOW - 1n);

/**
 * n/d correctly rounded, and its distance from that as `distanceTo` has it, both from one division.
 *
 * The integer part q of the scaled quotient has 53 + 128 bits, or one more. The bits of q below the 53 leading ones say
 * which way to round, unless they are exactly one half. The distance lies between two integers L and L + 1; where both
 * round to the same float64, so does the distance. For other quotients (one in 2^70, and those that are float64 numbers
 * themselves) both results come from `quotient` and `distanceTo`.
 *
 * @param d not zero. @param z @param distances the results, at `at`.
 */
export function roundQuotient(n: bigint, d: bigint, z: number[], distances: number[], at: number): void {
  if (n === 0n) {
    z[at] = 0;
    distances[at] = 0;
    return;
  }
  const size = abs(n);
  const divisor = abs(d);
  const shift = KEPT_BITS + LOW_BITS + bitLength(divisor) - bitLength(size);
  const q = shift >= 0 ? (size << BigInt(shift)) / divisor : size / (divisor << BigInt(-shift));
  const high = q >> LOW;
  const kept = Number(high);
  const extra = kept < LARGEST_INTEGER ? 0 : 1;
  const low = BigInt.asUintN(LOW_BITS + extra, q);
  const half = extra === 0 ? HALF : HALF << 1n;
  const exponent = LOW_BITS + extra - shift;
  const up = low >= half;
  const L = up ? (half << 1n) - low - 1n : low;
  const distance = Number(L);
  const isClear =
    low !== half && distance >= LARGEST_INTEGER && distance === Number(L + 1n) && Math.abs(exponent) < LARGEST_EXPONENT;
  if (!isClear) {
    z[at] = quotient(n, d);
    distances[at] = distanceTo(z[at], n, d);
    return;
  }
  const leading = (extra === 0 ? kept : Number(high >> 1n)) + (up ? 1 : 0);
  const value = leading * powerOfTwo(exponent);
  z[at] = n < 0n === d < 0n ? value : -value;
  distances[at] = upward(distance * powerOfTwo(-shift));
}

/** |x − n/d| as a float64 that is not below it; infinite for an x that is. */
export function distanceTo(x: number, n: bigint, d: bigint): number {
  if (!Number.isFinite(x)) return Number.POSITIVE_INFINITY;
  const near = ofNumber(x);
  const difference = near.n * d - n * near.d;
  return difference === 0n ? 0 : upward(Math.abs(quotient(difference, near.d * d)));
}

/** A float64 above all numbers that round to `size`. */
export function upward(size: number): number {
  // the second sum is needed below the normal numbers alone, where it takes ten times as long
  const larger = size * (1 + 2 ** -52);
  return size > 2 ** -1000 ? larger : Math.max(larger, size + 2 ** -1074);
}
