import { int32s } from "../base/small-arrays.ts";
import { compare, multiply } from "../model/dyadic.ts";
import type { ExactArray } from "../model/system.ts";

const number = new Float64Array(1);
const bits = new Int32Array(number.buffer);

/** Mixes the bits of a ratio, whatever its size, into a 32-bit key. */
function mix(key: number, ratio: number): number {
  // −0 is 0
  number[0] = ratio + 0;
  return Math.imul(Math.imul(key ^ bits[0]!, 0x9e3779b1) ^ bits[1]!, 0x85ebca6b);
}

/** The column of a row's first entry that is not zero, or −1. */
export function pivotOf(matrix: ExactArray, row: number, columns: number): number {
  for (let k = 0; k < columns; k++) if (matrix.rounded[row * columns + k] !== 0) return k;
  if (matrix.allExact) return -1;
  // entries may round to zero and not be zero
  for (let k = 0; k < columns; k++) if (!matrix.isExact(row * columns + k)) return k;
  return -1;
}

/** Rows in groups, numbered in the order of their first rows. */
export interface RowGroups {
  readonly count: number;
  /** For each of the rows that were given. */
  readonly groupOf: Int32Array;
}

/**
 * Groups of exactly proportional rows; rows of zeros are one group. Rows whose rounded ratios mix to the same key are
 * candidates, products of dyadics decide. As there may be very many rows, mostly each in a group of its own, no object
 * is made for a row.
 */
export function groupProportional(matrix: ExactArray, columns: number, rows: ArrayLike<number>): RowGroups {
  const groupOf = int32s(rows.length);
  // of each group
  const keys = int32s(rows.length);
  const firsts = int32s(rows.length);
  // an open table of groups by key, half of it empty
  const bits = Math.max(1, 33 - Math.clz32(rows.length));
  const table = int32s(2 ** bits).fill(-1);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const j = rows[at]!;
    const pivot = pivotOf(matrix, j, columns);
    const key = keyOf(matrix.rounded, j * columns, columns, pivot);
    let place = Math.imul(key, 0x9e3779b1) >>> (32 - bits);
    let group = table[place]!;
    while (group >= 0 && (keys[group] !== key || !proportional(matrix, columns, firsts[group]!, j, pivot))) {
      place = (place + 1) & (table.length - 1);
      group = table[place]!;
    }
    if (group < 0) {
      group = count++;
      keys[group] = key;
      firsts[group] = j;
      table[place] = group;
    }
    groupOf[at] = group;
  }
  return { count, groupOf };
}

/**
 * The key of the row that begins at `at`. Proportional rows have equal quotients and, where all entries are float64,
 * equal rounded quotients; rows with other entries may stay apart.
 */
function keyOf(rounded: Float64Array, at: number, columns: number, pivot: number): number {
  let key = pivot;
  if (pivot >= 0) for (let k = pivot + 1; k < columns; k++) key = mix(key, rounded[at + k]! / rounded[at + pivot]!);
  return key;
}

/** The rows of each group, ascending if `rows` are. */
export function membersOf({ count, groupOf }: RowGroups, rows: ArrayLike<number>): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  groupOf.forEach((group, at) => {
    members[group]!.push(rows[at]!);
  });
  return members;
}

/** The groups of `groupProportional`, as lists. */
export function proportionalRows(matrix: ExactArray, columns: number, rows: readonly number[]): number[][] {
  return rows.length === 1 ? [[rows[0]!]] : membersOf(groupProportional(matrix, columns, rows), rows);
}

/** Whether row i is proportional to row j, whose pivot is given. */
function proportional(matrix: ExactArray, columns: number, i: number, j: number, pivot: number): boolean {
  if (pivotOf(matrix, i, columns) !== pivot) return false;
  if (pivot < 0 || isEqualOrOpposite(matrix, columns, i, j, pivot)) return true;
  const a = matrix.at(i * columns + pivot);
  const b = matrix.at(j * columns + pivot);
  for (let k = pivot + 1; k < columns; k++) {
    if (compare(multiply(matrix.at(i * columns + k), b), multiply(matrix.at(j * columns + k), a)) !== 0) return false;
  }
  return true;
}

/**
 * Whether two rows are of the same float64 numbers, or of their negatives: products of long integers need not say so.
 */
function isEqualOrOpposite(
  { rounded, allExact }: ExactArray,
  columns: number,
  i: number,
  j: number,
  pivot: number,
): boolean {
  if (!allExact) return false;
  const sign = rounded[i * columns + pivot] === rounded[j * columns + pivot] ? 1 : -1;
  for (let k = 0; k < columns; k++) if (rounded[i * columns + k] !== sign * rounded[j * columns + k]!) return false;
  return true;
}
