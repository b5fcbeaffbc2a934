import { compare, multiply } from "../model/dyadic.ts";
import type { ExactArray } from "../model/system.ts";

const number = new Float64Array(1);
const bits = new Int32Array(number.buffer);

/** Mixes the bits of a ratio, whatever its size, into a 32-bit key. */
function mix(key: number, ratio: number): number {
  // −0 is 0
  number[0] = ratio + 0;
  return Math.imul(Math.imul(key ^ bits[0], 0x9e3779b1) ^ bits[1], 0x85ebca6b);
}

/** Column of the first entry of a row that is not zero, or −1. */
export function pivotOf(matrix: ExactArray, row: number, columns: number): number {
  for (let k = 0; k < columns; k++) if (matrix.rounded[row * columns + k] !== 0) return k;
  if (matrix.allExact) return -1;
  // entries that only round to zero are not zero
  for (let k = 0; k < columns; k++) if (!matrix.isExact(row * columns + k)) return k;
  return -1;
}

/**
 * Groups of exactly proportional rows (a row of zeros is one group with its like), each ascending if `rows` are: rows whose rounded
 * ratios mix to the same key are candidates, products of dyadics decide.
 */
export function proportionalRows(matrix: ExactArray, columns: number, rows: readonly number[]): number[][] {
  if (rows.length === 1) return [[rows[0]]];
  const groups: number[][] = [];
  const byKey = new Map<number, number[][]>();
  for (const j of rows) {
    const pivot = pivotOf(matrix, j, columns);
    // proportional rows have equal quotients, hence equal rounded ones where the entries are float64; others may stay apart
    let key = pivot;
    for (let k = pivot + 1; pivot >= 0 && k < columns; k++) {
      key = mix(key, matrix.rounded[j * columns + k] / matrix.rounded[j * columns + pivot]);
    }
    const alike = byKey.get(key);
    const group = alike?.find(([i]) => proportional(matrix, columns, i, j, pivot));
    if (group !== undefined) {
      group.push(j);
      continue;
    }
    const started = [j];
    groups.push(started);
    if (alike) alike.push(started);
    else byKey.set(key, [started]);
  }
  return groups;
}

/** Whether row i is proportional to row j, whose pivot is given. */
function proportional(matrix: ExactArray, columns: number, i: number, j: number, pivot: number): boolean {
  if (pivotOf(matrix, i, columns) !== pivot) return false;
  if (pivot < 0) return true;
  const a = matrix.at(i * columns + pivot);
  const b = matrix.at(j * columns + pivot);
  for (let k = pivot + 1; k < columns; k++) {
    if (compare(multiply(matrix.at(i * columns + k), b), multiply(matrix.at(j * columns + k), a)) !== 0) return false;
  }
  return true;
}
