import { abs } from "../exact/integers.ts";
import { roundQuotient } from "../exact/rounding.ts";
import { F64 } from "../float/precision.ts";
import { bitLength } from "../model/dyadic.ts";
import { exponentOf, powerOfTwo, scaleByPowerOfTwo } from "../model/power-of-two.ts";
import { TriangularInverse } from "./triangular-inverse.ts";

/** The solution of J z = b correctly rounded, and what is known of J. */
export interface RefinedSolution {
  readonly z: number[];
  /** max |z − exact|, rounded up. */
  readonly error: number;
  /** The sign of det J. */
  readonly determinantSign: -1 | 1;
}

/** Integers of more bits are left to elimination: as float64 they would come near the largest. */
const MOST_BITS = 900;
/** Bits of the solution, of which the largest coordinate has all. The bits of the error bound come on top. */
const BITS = 320;
const BITS_OF_BOUND = 48;
/** Leading bits of the residual that a correction is computed from. */
const LEADING = 60;
const MOST_CORRECTIONS = 24;

/**
 * Solves J z = b to many digits by iterative refinement in integers, with a proved bound: an elimination in integers
 * takes n³ products of numbers that grow to n times the bits of the entries, this takes n² short products for each 40
 * bits or so.
 *
 * With J⁻¹ = (I − F)⁻¹ Y X P (`TriangularInverse`) and z̃ with the exact residual r = b − J z̃,
 * z − z̃ = (I − F)⁻¹ Y X P r, at most ‖|Y| |X| |P r|‖∞ / (1 − q).
 *
 * @param J n×n. @returns undefined where this does not decide: elimination does.
 */
export function refinedSolution(J: readonly bigint[], b: readonly bigint[], n: number): RefinedSolution | undefined {
  const bits = J.reduce((most, x) => Math.max(most, bitLength(x)), 0);
  if (bits === 0 || bits > MOST_BITS) return undefined;
  const scale = powerOfTwo(-bits);
  const inverse = new TriangularInverse(n);
  if (!inverse.invert(Float64Array.from(J, (x) => Number(x) * scale))) return undefined;
  const refined = refine(J, b, n, bits, inverse);
  if (refined === undefined) return undefined;
  const { X, bound, places } = refined;
  // z lies between two fractions. Where both round alike, so does z; where the rounded value does not lie between them
  // too, so does its distance
  const one = 1n << BigInt(places);
  const width = 4 * scaleByPowerOfTwo(Number(bound), -places);
  const low = new Array<number>(n);
  const high = new Array<number>(n);
  const lowError = new Array<number>(n);
  const highError = new Array<number>(n);
  for (let k = 0; k < n; k++) {
    roundQuotient(X[k]! - bound, one, low, lowError, k);
    roundQuotient(X[k]! + bound, one, high, highError, k);
    if (low[k] !== high[k] || lowError[k] !== highError[k] || !(lowError[k]! > width)) return undefined;
  }
  return { z: low, error: Math.max(...lowError), determinantSign: inverse.determinantSign };
}

/** X and a bound with |z 2^places − X| ≤ bound in each coordinate. */
function refine(
  J: readonly bigint[],
  b: readonly bigint[],
  n: number,
  bits: number,
  inverse: TriangularInverse,
): { readonly X: readonly bigint[]; readonly bound: bigint; readonly places: number } | undefined {
  const first = correction(inverse, b, n);
  if (first === undefined) return undefined;
  const size = first.values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  // z is about size·2^(first.exponent − bits)
  const places = BITS + BITS_OF_BOUND - (exponentOf(size) + first.exponent - bits);
  if (!(size > 0) || places < 0 || places > 2 * MOST_BITS) return undefined;
  const X = new Array<bigint>(n).fill(0n);
  const r = b.map((x) => x << BigInt(places));
  for (let turn = 0; turn < MOST_CORRECTIONS; turn++) {
    const step = correction(inverse, r, n);
    if (step === undefined) return undefined;
    const exponent = step.exponent - bits;
    if (Number.isFinite(step.bound) && exponentOf(step.bound) + exponent < BITS_OF_BOUND) {
      const bound = shifted(step.bound, exponent) + 2n;
      return { X, bound, places };
    }
    const changes = Array.from(step.values, (x) => shifted(x, exponent));
    for (let k = 0; k < n; k++) X[k]! += changes[k]!;
    for (let i = 0; i < n; i++) {
      let sum = r[i]!;
      for (let k = 0; k < n; k++) if (changes[k] !== 0n) sum -= J[i * n + k]! * changes[k]!;
      r[i] = sum;
    }
  }
  return undefined;
}

/**
 * Y X P r for J scaled by its bits, times 2^exponent: the values, and a bound on the largest entry of J⁻¹r.
 * @returns undefined past the range of float64.
 */
function correction(
  inverse: TriangularInverse,
  r: readonly bigint[],
  n: number,
): { readonly values: Float64Array; readonly bound: number; readonly exponent: number } | undefined {
  const length = r.reduce((most, x) => Math.max(most, bitLength(x)), 0);
  const exponent = Math.max(0, length - LEADING);
  const leading = Float64Array.from(r, (x) => Number(x >> BigInt(exponent)));
  const values = new Float64Array(n);
  // the cut bits are below 1 in these units
  const magnitude = inverse.apply(leading, exponent > 0 ? 1 : 0, values);
  // the sums of magnitudes err by γ of 2n + 3 roundings, far less than the slack; products may underflow
  const bound = (magnitude / (1 - inverse.defect)) * F64.slack + n * F64.tiny;
  return bound < F64.huge ? { values, bound, exponent } : undefined;
}

/** x·2^e, towards zero. */
function shifted(x: number, e: number): bigint {
  if (x === 0) return 0n;
  // 53 bits and the rest of the exponent
  const shift = exponentOf(Math.abs(x)) - 52;
  const integer = BigInt(Math.trunc(scaleByPowerOfTwo(x, -shift)));
  const places = shift + e;
  if (places >= 0) return integer << BigInt(places);
  const size = abs(integer) >> BigInt(-places);
  return integer < 0n ? -size : size;
}
