import type { Dyadic } from "../../src/model/dyadic.ts";
import { fromNumber } from "../../src/model/dyadic.ts";

/**
 * Exact linear algebra of the oracle, written apart from src/exact so that a mistake there can't hide here. Everything
 * is integer: rows of dyadic numbers are scaled by powers of two first, which changes no sign and no solution.
 */

/** n/d in lowest terms with d > 0. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** n/d in lowest terms; throws RangeError when d is zero. */
export function rational(n: bigint, d: bigint): Rational {
  if (d === 0n) throw new RangeError("a rational needs a denominator other than zero");
  const divisor = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / divisor, d: d / divisor };
}

export function compareRationals(a: Rational, b: Rational): number {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The float64 nearest to n/d (d > 0), ties to even.
 *
 * Scales n/d by a power of two so that its whole part has at least 53 bits and no bit below 2^-1074, then rounds that
 * part.
 */
export function nearestFloat64({ n, d }: Rational): number {
  if (n === 0n) return 0;
  const magnitude = n < 0n ? -n : n;
  const bits = (x: bigint) => x.toString(2).length;
  // 2^(exponent) is the last place: 53 significant bits, or 2^-1074 at the least
  let exponent = Math.max(bits(magnitude) - bits(d) - 53, -1074);
  const divide = () =>
    exponent >= 0
      ? { top: magnitude, bottom: d << BigInt(exponent) }
      : { top: magnitude << BigInt(-exponent), bottom: d };
  let { top, bottom } = divide();
  if (top / bottom >= 1n << 53n) {
    exponent += 1;
    ({ top, bottom } = divide());
  }
  let whole = top / bottom;
  const twiceRest = 2n * (top % bottom);
  if (twiceRest > bottom || (twiceRest === bottom && whole % 2n === 1n)) whole += 1n;
  const scaled = exponent > 900 ? Number(whole) * 2 ** 900 * 2 ** (exponent - 900) : Number(whole) * 2 ** exponent;
  return n < 0n ? -scaled : scaled;
}

/**
 * The integers x_i·2^s for the largest s ≤ 0 or smallest s > 0 that makes all whole; s is the same for the whole row.
 */
export function integerRow(row: readonly Dyadic[]): bigint[] {
  const lowest = Math.min(...row.filter((x) => x.m !== 0n).map((x) => x.e));
  return row.map((x) => (x.m === 0n ? 0n : x.m << BigInt(x.e - lowest)));
}

/** As `integerRow`, for float64 values. */
export function integerRowOfNumbers(row: readonly number[]): bigint[] {
  return integerRow(row.map(fromNumber));
}

export function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  let total = 0n;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

export interface Echelon {
  /** Rows of the reduced row echelon form times `d`, pivot rows only. */
  readonly rows: readonly (readonly bigint[])[];
  /** Column of each row's pivot, ascending. */
  readonly pivots: readonly number[];
  /** The common denominator: every pivot entry of `rows` equals it; 1 when there is no row. */
  readonly d: bigint;
}

/**
 * Fraction-free Gauss–Jordan elimination (Bareiss 1968): the reduced row echelon form of an integer matrix is
 * `rows`/`d`. Every division below is exact.
 */
export function reducedEchelon(matrix: readonly (readonly bigint[])[], columns: number): Echelon {
  let rows = matrix.map((row) => [...row]);
  const pivots: number[] = [];
  let d = 1n;
  for (let column = 0; column < columns && pivots.length < rows.length; column++) {
    const top = pivots.length;
    const found = rows.findIndex((row, i) => i >= top && row[column] !== 0n);
    if (found < 0) continue;
    [rows[top], rows[found]] = [rows[found]!, rows[top]!];
    const pivotRow = rows[top];
    const pivot = pivotRow[column]!;
    rows = rows.map((row, i) => {
      if (i === top) return row;
      const factor = row[column]!;
      return row.map((x, k) => (pivot * x - factor * pivotRow[k]!) / d);
    });
    d = pivot;
    pivots.push(column);
  }
  return { rows: rows.slice(0, pivots.length), pivots, d };
}

export function rank(matrix: readonly (readonly bigint[])[], columns: number): number {
  return reducedEchelon(matrix, columns).pivots.length;
}

/** A basis of { x : matrix·x = 0 } in integers. */
export function nullSpace(matrix: readonly (readonly bigint[])[], columns: number): bigint[][] {
  const { rows, pivots, d } = reducedEchelon(matrix, columns);
  const basis: bigint[][] = [];
  for (let free = 0; free < columns; free++) {
    if (pivots.includes(free)) continue;
    const vector = new Array<bigint>(columns).fill(0n);
    vector[free] = d;
    pivots.forEach((column, i) => {
      vector[column] = -rows[i]![free]!;
    });
    basis.push(vector);
  }
  return basis;
}

/** All k-element subsets of 0 … n−1, in lexicographic order. */
export function* subsets(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) {
    yield [];
    return;
  }
  for (let first = from; first <= n - k; first++) {
    for (const rest of subsets(n, k - 1, first + 1)) yield [first, ...rest];
  }
}
