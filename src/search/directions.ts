import { compare, multiply } from "../model/dyadic.ts";
import type { ExactArray } from "../model/system.ts";
import type { SearchSystem } from "./search-system.ts";

/** Hyperplanes with exactly parallel rows of U, as kinks along the row of the first of them. */
export interface Direction {
  /** Ascending indices; the row of the first is the direction's. */
  readonly hyperplanes: readonly number[];
  /** For each of them: s with u = s·(the first row), rounded (two roundings and a quotient). */
  readonly scales: Float64Array;
  /** For each of them: which of `kinks` it is. */
  readonly places: Int32Array;
  /** Distinct h/s, ascending, rounded; which are distinct, and their order, is exact. */
  readonly kinks: Float64Array;
}

/** Directions in the order of their first hyperplanes, and the hyperplanes whose row is zero. */
export function directionsOf(system: SearchSystem): { directions: Direction[]; constants: number[] } {
  const { dim, count, U } = system;
  const constants: number[] = [];
  const rows: number[] = [];
  for (let j = 0; j < count; j++) (pivotOf(U, j, dim) < 0 ? constants : rows).push(j);
  const directions = proportionalRows(U, dim, rows).map((hyperplanes) => describe(system, hyperplanes));
  return { directions, constants };
}

function describe(system: SearchSystem, hyperplanes: readonly number[]): Direction {
  const { dim, U, h } = system;
  const pivot = pivotOf(U, hyperplanes[0], dim);
  const lead = (j: number) => j * dim + pivot;
  const scales = Float64Array.from(hyperplanes, (j) => U.rounded[lead(j)] / U.rounded[lead(hyperplanes[0])]);
  const order = hyperplanes.map((_, i) => i);
  // sign of h_i/s_i − h_j/s_j
  const ordering = (i: number, j: number): number => {
    if (i === j) return 0;
    const a = hyperplanes[i];
    const b = hyperplanes[j];
    const cross = compare(multiply(h.at(a), U.at(lead(b))), multiply(h.at(b), U.at(lead(a))));
    const opposed = U.rounded[lead(a)] > 0 !== U.rounded[lead(b)] > 0;
    const reversed = U.rounded[lead(hyperplanes[0])] < 0;
    return opposed !== reversed ? -cross : cross;
  };
  order.sort(ordering);
  const places = new Int32Array(hyperplanes.length);
  const kinks: number[] = [];
  order.forEach((i, at) => {
    if (at === 0 || ordering(order[at - 1], i) !== 0) {
      const kink = h.rounded[hyperplanes[i]] / scales[i];
      // rounding may swap close ones; the larger is as near
      kinks.push(kinks.length > 0 ? Math.max(kink, kinks[kinks.length - 1]) : kink);
    }
    places[i] = kinks.length - 1;
  });
  return { hyperplanes, scales, places, kinks: Float64Array.from(kinks) };
}

/** Column of the first entry of a row that is not zero, or −1. */
export function pivotOf(matrix: ExactArray, row: number, columns: number): number {
  for (let k = 0; k < columns; k++) if (matrix.rounded[row * columns + k] !== 0) return k;
  // entries that only round to zero are not zero
  for (let k = 0; k < columns; k++) if (!matrix.isExact(row * columns + k)) return k;
  return -1;
}

/** Groups of exactly proportional rows (a row of zeros is one group with its like), each ascending if `rows` are. */
export function proportionalRows(matrix: ExactArray, columns: number, rows: readonly number[]): number[][] {
  const groups: number[][] = [];
  const byRatios = new Map<string, number[][]>();
  for (const j of rows) {
    const pivot = pivotOf(matrix, j, columns);
    // proportional rows have equal quotients, hence equal rounded ones where the entries are float64; others may stay apart
    let key = `${pivot}`;
    for (let k = pivot + 1; pivot >= 0 && k < columns; k++) {
      key += `,${matrix.rounded[j * columns + k] / matrix.rounded[j * columns + pivot] + 0}`;
    }
    const alike = byRatios.get(key);
    const group = alike?.find(([i]) => proportional(matrix, columns, i, j, pivot));
    if (group !== undefined) {
      group.push(j);
      continue;
    }
    const started = [j];
    groups.push(started);
    if (alike) alike.push(started);
    else byRatios.set(key, [started]);
  }
  return groups;
}

function proportional(matrix: ExactArray, columns: number, i: number, j: number, pivot: number): boolean {
  if (pivot < 0) return true;
  const a = matrix.at(i * columns + pivot);
  const b = matrix.at(j * columns + pivot);
  for (let k = pivot + 1; k < columns; k++) {
    if (compare(multiply(matrix.at(i * columns + k), b), multiply(matrix.at(j * columns + k), a)) !== 0) return false;
  }
  return true;
}
