import { fromNumber } from "../model/dyadic.ts";
import type { Steps } from "../steps.ts";

/** A prime below 2^26: with residues in [−p/2, p/2], a sum of one and a product of two is exact in float64. */
const PRIME = 67_108_859;
const RECIPROCAL = 1 / PRIME;
/** Adding and taking it away rounds to an integer: the last bit of such a sum is worth 1. */
const ROUNDER = 1.5 * 2 ** 52;

/**
 * Whether elimination modulo a prime proves that the columns of U are independent: a minor that is not zero there is not zero. False proves nothing.
 * In steps of one row.
 * @param U n×R row-major, with n ≥ R.
 */
export function* provingFullRank(U: Float64Array, n: number, R: number): Steps<boolean> {
  const power = powersOfTwo();
  const rows: Float64Array[] = [];
  const pivots: number[] = [];
  for (let j = 0; j < n && rows.length < R; j++) {
    if (n - j < R - rows.length) return false;
    const row = Float64Array.from(U.subarray(j * R, (j + 1) * R), (x) => residue(x, power));
    for (let s = 0; s < rows.length; s++) {
      const factor = row[pivots[s]];
      // a chosen row has a 1 at its pivot and zeros before it
      if (factor !== 0) subtract(row, rows[s], factor, pivots[s], R);
    }
    const pivot = row.findIndex((x) => x !== 0);
    if (pivot >= 0) {
      scale(row, inverse(row[pivot]), R);
      rows.push(row);
      pivots.push(pivot);
    }
    yield;
  }
  return rows.length === R;
}

/** The residue of an integer below 2^52 in magnitude: within one of p/2 in magnitude, and 0 only for multiples of p. */
function reduced(exact: number): number {
  return exact - (exact * RECIPROCAL + ROUNDER - ROUNDER) * PRIME;
}

/** row ← row − factor·other from a column on. */
function subtract(row: Float64Array, other: Float64Array, factor: number, from: number, R: number): void {
  for (let k = from; k < R; k++) row[k] = reduced(row[k] - factor * other[k]);
}

function scale(row: Float64Array, factor: number, R: number): void {
  for (let k = 0; k < R; k++) row[k] = reduced(row[k] * factor);
}

/** By Fermat's little theorem. */
function inverse(a: number): number {
  let result = 1;
  let base = a;
  for (let exponent = PRIME - 2; exponent > 0; exponent = Math.floor(exponent / 2)) {
    if (exponent % 2 === 1) result = reduced(result * base);
    base = reduced(base * base);
  }
  return result;
}

/** 2^e modulo the prime for e from −1100 to 1100. */
const EXPONENTS = 1100;

function powersOfTwo(): Float64Array {
  const power = new Float64Array(2 * EXPONENTS + 1);
  const half = (PRIME + 1) / 2;
  power[EXPONENTS] = 1;
  for (let e = 1; e <= EXPONENTS; e++) {
    power[EXPONENTS + e] = reduced(power[EXPONENTS + e - 1] * 2);
    power[EXPONENTS - e] = reduced(power[EXPONENTS - e + 1] * half);
  }
  return power;
}

function residue(x: number, power: Float64Array): number {
  if (x === 0) return 0;
  const { m, e } = fromNumber(x);
  return reduced(reduced(Number(m) % PRIME) * power[EXPONENTS + e]);
}
