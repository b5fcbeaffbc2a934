import type { Steps } from "../base/steps.ts";

/**
 * A prime below 2^22. Residues are within one of p/2 in magnitude, so a residue and 1,000 products of two residues add
 * up to less than 2^52, exactly in float64 in any order, and are reduced once.
 */
const PRIME = 4_194_301;
const PRODUCTS_AT_ONCE = 1000;
/** A step takes about a millisecond. */
const PRODUCTS_OF_STEP = 2 ** 20;
const RECIPROCAL = 1 / PRIME;
/** Adding and taking it away rounds to an integer: the last bit of such a sum is worth 1. */
const ROUNDER = 1.5 * 2 ** 52;

/**
 * Whether elimination modulo a prime proves that the columns of U are independent: a minor that is not zero there is
 * not zero. False proves nothing. In steps of one row, or of several short ones.
 * @param U n×R row-major, with n ≥ R.
 */
export function* provingFullRank(U: Float64Array, n: number, R: number): Steps<boolean> {
  const residueOf = residues();
  const rows: Float32Array[] = [];
  const pivots: number[] = [];
  let products = 0;
  for (let j = 0; j < n && rows.length < R; j++) {
    if (n - j < R - rows.length) return false;
    const row = U.slice(j * R, (j + 1) * R);
    for (let k = 0; k < R; k++) row[k] = residueOf(row[k]!);
    eliminate(row, rows, pivots);
    const pivot = row.findIndex((x) => x !== 0);
    if (pivot >= 0) {
      scale(row, inverse(row[pivot]!), R);
      // residues are exact in float32, too, and half as long to read
      rows.push(Float32Array.from(row));
      pivots.push(pivot);
    }
    products += rows.length * R;
    if (products < PRODUCTS_OF_STEP) continue;
    products = 0;
    yield;
  }
  return rows.length === R;
}

/** The residue of an integer below 2^52 in magnitude: within one of p/2 in magnitude, and 0 only for multiples of p. */
function reduced(exact: number): number {
  return exact - (exact * RECIPROCAL + ROUNDER - ROUNDER) * PRIME;
}

/** Takes multiples of the rows from a row such that it has zeros at their pivots, four rows at a time. */
function eliminate(row: Float64Array, rows: readonly Float32Array[], pivots: readonly number[]): void {
  let products = 0;
  let s = 0;
  for (; s + 4 <= rows.length; s += 4) {
    const [a, b, c, d] = [rows[s]!, rows[s + 1]!, rows[s + 2]!, rows[s + 3]!];
    // a chosen row has a 1 at its pivot and zeros before it
    const [p, q, r, t] = [pivots[s]!, pivots[s + 1]!, pivots[s + 2]!, pivots[s + 3]!];
    const first = reduced(row[p]!);
    const second = reduced(row[q]! - first * a[q]!);
    const third = reduced(row[r]! - first * a[r]! - second * b[r]!);
    const fourth = reduced(row[t]! - first * a[t]! - second * b[t]! - third * c[t]!);
    // rows of a diagonal matrix, or of one of blocks, have nothing to take away from each other
    if (first === 0 && second === 0 && third === 0 && fourth === 0) continue;
    for (let k = Math.min(p, q, r, t); k < row.length; k++) {
      row[k]! -= first * a[k]! + second * b[k]! + third * c[k]! + fourth * d[k]!;
    }
    products += 4;
    if (products + 4 > PRODUCTS_AT_ONCE) {
      reduceAll(row);
      products = 0;
    }
  }
  for (; s < rows.length; s++) {
    const factor = reduced(row[pivots[s]!]!);
    if (factor !== 0) for (let k = pivots[s]!; k < row.length; k++) row[k]! -= factor * rows[s]![k]!;
  }
  reduceAll(row);
}

function reduceAll(row: Float64Array): void {
  for (let k = 0; k < row.length; k++) row[k] = reduced(row[k]!);
}

function scale(row: Float64Array, factor: number, R: number): void {
  for (let k = 0; k < R; k++) row[k] = reduced(row[k]! * factor);
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
    power[EXPONENTS + e] = reduced(power[EXPONENTS + e - 1]! * 2);
    power[EXPONENTS - e] = reduced(power[EXPONENTS - e + 1]! * half);
  }
  return power;
}

/** @returns a function that gives the residue of a finite float64, read from its bits. */
function residues(): (x: number) => number {
  const power = powersOfTwo();
  const number = new Float64Array(1);
  const words = new Uint32Array(number.buffer);
  const high = new Uint8Array(Float64Array.of(1).buffer)[7] === 0 ? 0 : 1;
  const wordPower = power[EXPONENTS + 32]!;
  return (x) => {
    if (x === 0) return 0;
    number[0] = x;
    const biased = (words[high]! >>> 20) & 0x7ff;
    const leading = (words[high]! & 0xfffff) + (biased === 0 ? 0 : 0x100000);
    const mantissa = reduced(leading * wordPower + words[1 - high]!);
    // the last bit of the mantissa is worth 2^(biased − 1075), or 2^-1074
    const residue = reduced(mantissa * power[EXPONENTS + Math.max(biased, 1) - 1075]!);
    return x < 0 ? -residue : residue;
  };
}
