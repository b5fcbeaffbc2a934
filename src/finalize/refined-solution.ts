import { abs } from "../exact/integers.ts";
import { roundQuotient } from "../exact/rounding.ts";
import { factorise } from "../float/elimination.ts";
import { inverseDefect } from "../float/inverse.ts";
import { F64, gamma } from "../float/precision.ts";
import { bitLength } from "../model/dyadic.ts";
import { exponentOf, powerOfTwo, scaleByPowerOfTwo } from "../model/power-of-two.ts";

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
/** A matrix whose inverse is less sure than this is left to elimination. */
const LARGEST_DEFECT = 2 ** -8;
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
 * With factors PJ ≈ LU in float64, and triangular X ≈ L⁻¹ and Y ≈ U⁻¹ as they are, F = I − Y X P J is bounded by
 * q < 1 (`inverseDefect`). So J is regular, det(Y X P J) > 0, and det J has the sign of det P times that of Y's
 * diagonal, as X has ones on its own. For z̃ with the exact residual r = b − J z̃, z − z̃ = (I − F)⁻¹ Y X P r, at
 * most ‖|Y| |X| |P r|‖∞ / (1 − q).
 *
 * @param J n×n. @returns undefined where this does not decide: elimination does.
 */
export function refinedSolution(J: readonly bigint[], b: readonly bigint[], n: number): RefinedSolution | undefined {
  const bits = J.reduce((most, x) => Math.max(most, bitLength(x)), 0);
  if (bits === 0 || bits > MOST_BITS) return undefined;
  const inverse = invert(J, n, powerOfTwo(-bits));
  if (inverse === undefined) return undefined;
  const refined = refine(J, b, n, bits, inverse);
  if (refined === undefined) return undefined;
  const { X, bound, places } = refined;
  // z lies between two fractions. Where both round alike, so does z; where the rounded value does not lie between them
  // too, so does its distance
  const scale = 1n << BigInt(places);
  const width = 4 * scaleByPowerOfTwo(Number(bound), -places);
  const low = new Array<number>(n);
  const high = new Array<number>(n);
  const lowError = new Array<number>(n);
  const highError = new Array<number>(n);
  for (let k = 0; k < n; k++) {
    roundQuotient(X[k] - bound, scale, low, lowError, k);
    roundQuotient(X[k] + bound, scale, high, highError, k);
    if (low[k] !== high[k] || lowError[k] !== highError[k] || !(lowError[k] > width)) return undefined;
  }
  return { z: low, error: Math.max(...lowError), determinantSign: inverse.determinantSign };
}

interface Inverse {
  /** Unit lower triangular, and upper triangular; n×n each. */
  readonly X: Float64Array;
  readonly Y: Float64Array;
  /** Row order[i] of J is row i of PJ. */
  readonly order: Uint32Array;
  /** Of J's entries. */
  readonly scale: number;
  readonly defect: number;
  readonly determinantSign: -1 | 1;
}

function invert(J: readonly bigint[], n: number, scale: number): Inverse | undefined {
  const floats = Float64Array.from(J, (x) => Number(x) * scale);
  const factors = floats.slice();
  const order = new Uint32Array(n);
  if (!factorise(factors, n, order)) return undefined;
  const X = new Float64Array(n * n);
  const Y = new Float64Array(n * n);
  let sign: -1 | 1 = isEven(order) ? 1 : -1;
  for (let c = 0; c < n; c++) {
    X[c * n + c] = 1;
    for (let i = c + 1; i < n; i++) {
      let sum = 0;
      for (let k = c; k < i; k++) sum -= factors[i * n + k] * X[k * n + c];
      X[i * n + c] = sum;
    }
    for (let i = c; i >= 0; i--) {
      let sum = i === c ? 1 : 0;
      for (let k = i + 1; k <= c; k++) sum -= factors[i * n + k] * Y[k * n + c];
      Y[i * n + c] = sum / factors[i * n + i];
    }
    if (Y[c * n + c] < 0) sign = sign === 1 ? -1 : 1;
  }
  // X P J, and bounds on its errors
  const product = new Float64Array(n * n);
  const errors = new Float64Array(n * n);
  const relative = gamma(n + 3, F64) * F64.slack;
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      const x = X[i * n + k];
      const row = order[k] * n;
      for (let j = 0; j < n; j++) {
        const term = x * floats[row + j];
        product[i * n + j] += term;
        errors[i * n + j] += Math.abs(term);
      }
    }
    for (let j = 0; j < n; j++) errors[i * n + j] = errors[i * n + j] * relative + n * F64.tiny;
  }
  const defect = inverseDefect(product, Y, n, errors, F64);
  // written so that NaN is no inverse
  if (!(defect < LARGEST_DEFECT)) return undefined;
  return { X, Y, order, scale, defect, determinantSign: sign };
}

/** X and a bound with |z 2^places − X| ≤ bound in each coordinate. */
function refine(
  J: readonly bigint[],
  b: readonly bigint[],
  n: number,
  bits: number,
  inverse: Inverse,
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
    for (let k = 0; k < n; k++) X[k] += changes[k];
    for (let i = 0; i < n; i++) {
      let sum = r[i];
      for (let k = 0; k < n; k++) if (changes[k] !== 0n) sum -= J[i * n + k] * changes[k];
      r[i] = sum;
    }
  }
  return undefined;
}

/**
 * Y X P r for J scaled by `scale`, times 2^exponent: the values, and a bound on the largest entry of J⁻¹r.
 * @returns undefined past the range of float64.
 */
function correction(
  { X, Y, order, defect }: Inverse,
  r: readonly bigint[],
  n: number,
): { readonly values: Float64Array; readonly bound: number; readonly exponent: number } | undefined {
  const length = r.reduce((most, x) => Math.max(most, bitLength(x)), 0);
  const exponent = Math.max(0, length - LEADING);
  // the cut bits are below 1 in these units
  const leading = Float64Array.from(order, (row) => Number(r[row] >> BigInt(exponent)));
  const cut = exponent > 0 ? 1 : 0;
  const between = new Float64Array(n);
  const betweenBound = new Float64Array(n);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k <= i; k++) {
      between[i] += X[i * n + k] * leading[k];
      betweenBound[i] += Math.abs(X[i * n + k]) * (Math.abs(leading[k]) + cut);
    }
  }
  let bound = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let magnitude = 0;
    for (let k = i; k < n; k++) {
      sum += Y[i * n + k] * between[k];
      magnitude += Math.abs(Y[i * n + k]) * betweenBound[k];
    }
    values[i] = sum;
    bound = Math.max(bound, magnitude);
  }
  // the sums of magnitudes err by γ of 2n + 3 roundings, far less than the slack; products may underflow
  bound = (bound / (1 - defect)) * F64.slack + n * F64.tiny;
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

function isEven(order: Uint32Array): boolean {
  let even = true;
  const rest = order.slice();
  for (let i = 0; i < rest.length; i++) {
    while (rest[i] !== i) {
      const at = rest[i];
      rest[i] = rest[at];
      rest[at] = at;
      even = !even;
    }
  }
  return even;
}
