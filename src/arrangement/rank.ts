import { copyOf64 } from "../base/small-arrays.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { findingIndependent } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { approximateInverse, inverseDefect } from "../float/inverse.ts";
import { F64 } from "../float/precision.ts";
import { provingFullRank } from "./modular-rank.ts";

/** From so many columns on, elimination modulo a prime is quicker than an inverse. */
const LEAST_FOR_PRIME = 48;

/**
 * Indices of ρ = rank U columns of U that are linearly independent, ascending.
 *
 * Elimination in float64 proposes columns. A certified inverse of the pivot block proves that they are independent;
 * where there is none, exact elimination decides.
 * @param U n×R row-major.
 */
export function independentColumns(U: Float64Array, n: number, R: number): number[] {
  return allOf(findingColumns(U, n, R));
}

/** `independentColumns` in steps. */
export function* findingColumns(U: Float64Array, n: number, R: number): Steps<number[]> {
  if (n >= R && R >= LEAST_FOR_PRIME && (yield* provingFullRank(U, n, R))) return allBelow(R);
  if (hasClearMinor(U, n, R)) return allBelow(R);
  // rank R shows in a few rows as a rule
  for (const m of n > 4 * R ? [4 * R, n] : [n]) {
    const { rows, columns } = yield* pivotBlock(U, m, R);
    if (rows.length === Math.min(n, R) && provedRegular(U, R, rows, columns)) return columns;
  }
  const transposed = scaleToIntegers(
    Array.from({ length: R * n }, (_, at) => U[(at % n) * R + Math.floor(at / n)]!),
  ).values;
  return yield* findingIndependent((k) => transposed.slice(k * n, (k + 1) * n), R, n);
}

/** 0 … n − 1. (`Array.from` takes ten times as long.) */
function allBelow(n: number): number[] {
  const all: number[] = [];
  for (let k = 0; k < n; k++) all.push(k);
  return all;
}

/** A minor below this has lost digits to underflow. */
const SMALLEST_MINOR = 2 ** -900;

/**
 * Whether float64 shows that the first R rows are independent, for R ≤ 2. The products of a minor err by 2^-53 of
 * themselves and their difference by 2^-53 of itself: 2^-50 of the sum of their magnitudes is more than all that.
 */
function hasClearMinor(U: Float64Array, n: number, R: number): boolean {
  if (n < R) return false;
  if (R === 1) return U[0] !== 0;
  if (R !== 2) return false;
  const left = U[0]! * U[3]!;
  const right = U[1]! * U[2]!;
  const size = Math.abs(left) + Math.abs(right);
  // a comparison that NaN fails
  return Math.abs(left - right) > 2 ** -50 * size + SMALLEST_MINOR;
}

/** Of the first n rows and all columns those picked by complete pivoting until the rest is negligible. */
function* pivotBlock(U: Float64Array, n: number, R: number): Steps<{ rows: number[]; columns: number[] }> {
  const work = copyOf64(U.subarray(0, n * R));
  const freeRows = allBelow(n);
  const freeColumns = allBelow(R);
  const rows: number[] = [];
  const columns: number[] = [];
  let first = 0;
  while (rows.length < Math.min(n, R)) {
    let best = 0;
    let row = -1;
    let column = -1;
    for (const j of freeRows) {
      for (const k of freeColumns) {
        const size = Math.abs(work[j * R + k]!);
        if (size > best) {
          best = size;
          row = j;
          column = k;
        }
      }
    }
    if (rows.length === 0) first = best;
    if (!(best > first * 1e-12)) break;
    rows.push(row);
    columns.push(column);
    freeRows.splice(freeRows.indexOf(row), 1);
    freeColumns.splice(freeColumns.indexOf(column), 1);
    for (const j of freeRows) {
      const factor = work[j * R + column]! / work[row * R + column]!;
      if (factor === 0) continue;
      for (const k of freeColumns) work[j * R + k]! -= factor * work[row * R + k]!;
    }
    yield;
  }
  columns.sort((a, b) => a - b);
  return { rows, columns };
}

function provedRegular(U: Float64Array, R: number, rows: number[], columns: number[]): boolean {
  const r = rows.length;
  const block = new Float64Array(r * r);
  rows.forEach((j, i) => {
    columns.forEach((k, c) => {
      block[i * r + c] = U[j * R + k]!;
    });
  });
  const inverse = new Float64Array(r * r);
  return approximateInverse(block.slice(), inverse, r) && inverseDefect(block, inverse, r, undefined, F64) < 1;
}
