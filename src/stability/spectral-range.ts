import type { Directions } from "../base/result.ts";
import { modulus } from "../float/complex.ts";
import type { Eigendecomposition } from "../float/eigen.ts";
import type { Time } from "../model/system.ts";

/** A closed interval. */
export type Range = readonly [number, number];

/** |λ| in discrete time, Re λ in continuous time: stability compares this size with `boundaryOf`. */
export function sizeOf([re, im]: readonly [number, number], time: Time): number {
  return time === "discrete" ? modulus(re, im) : re;
}

/** The size of an eigenvalue whose mode neither shrinks nor grows. */
export function boundaryOf(time: Time): 0 | 1 {
  return time === "discrete" ? 1 : 0;
}

/** A range of the sizes of a number of exact eigenvalues, each end up to one rounding. */
interface Cluster {
  low: number;
  high: number;
  count: number;
}

/**
 * Ranges of the sizes of the exact eigenvalues, in descending order: clusters of discs (`eigenvalueRadii`) whose ranges
 * of sizes overlap. Discs of different clusters are disjoint, so a cluster of m discs holds exactly m eigenvalues.
 */
function clusters({ values }: Eigendecomposition, radii: Float64Array, time: Time): Cluster[] {
  const ranges = values.map((value, i): Cluster => {
    const size = sizeOf(value, time);
    // |λ| is computed to a few units in the last place
    const doubt = (time === "discrete" ? radii[i]! + size * 2 ** -50 : radii[i]!) * (1 + 2 ** -50);
    return { low: size - doubt, high: size + doubt, count: 1 };
  });
  ranges.sort((a, b) => b.high - a.high);
  const found: Cluster[] = [];
  for (const range of ranges) {
    const last = found.at(-1);
    if (last === undefined || range.high < last.low) found.push(range);
    else {
      last.low = Math.min(last.low, range.low);
      last.count++;
    }
  }
  return found;
}

/** The directions and the spectral range of a linearisation that discs prove. */
export interface DiscReport {
  readonly directions: Directions;
  /** Holds the exact spectral radius (abscissa). */
  readonly range: Range;
}

/**
 * Directions by discs that hold the exact eigenvalues. Eigenvalues of clusters that meet the boundary stay undecided.
 */
export function byDiscs(decomposition: Eigendecomposition, radii: Float64Array, time: Time): DiscReport {
  const found = clusters(decomposition, radii, time);
  const boundary = boundaryOf(time);
  let [stable, unstable, undecided] = [0, 0, 0];
  for (const { low, high, count } of found) {
    // rounding moves no number across the boundary, because the boundary is a float64 number
    if (low > boundary) unstable += count;
    else if (high < boundary) stable += count;
    else undecided += count;
  }
  const { low, high } = found[0]!;
  const range: Range = [stepDown(low), stepUp(high)];
  return {
    directions: undecided === 0 ? { stable, neutral: 0, unstable } : { stable, neutral: 0, unstable, undecided },
    range: time === "discrete" ? [Math.max(0, range[0]), range[1]] : range,
  };
}

/** Holds max |λ| (max Re λ) of every matrix that rounds to this one: no eigenvalue is larger than a norm. */
export function byNorm(matrix: Float64Array, n: number, time: Time): Range {
  let rows = 0;
  let columns = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    let column = 0;
    for (let k = 0; k < n; k++) {
      row += Math.abs(matrix[i * n + k]!);
      column += Math.abs(matrix[k * n + i]!);
    }
    rows = Math.max(rows, row);
    columns = Math.max(columns, column);
  }
  // n + 1 roundings of 2^-53 each, and the loss by underflow
  const norm = Math.min(rows, columns) * (1 + (n + 2) * 2 ** -52) + 2 ** -1000;
  return [time === "discrete" ? 0 : -norm, norm];
}

/** The part of a range on a side of the boundary: 1 outside, 0 on it, −1 inside; undefined if no side is known. */
export function onSide([low, high]: Range, side: -1 | 0 | 1 | undefined, time: Time): Range {
  const boundary = boundaryOf(time);
  if (side === undefined) return [low, high];
  if (side === 0) return [boundary, boundary];
  return side > 0
    ? [Math.max(low, boundary), Math.max(high, boundary)]
    : [Math.min(low, boundary), Math.min(high, boundary)];
}

/** The float64 nearest to x on a side of the boundary. */
export function movedToSide(x: number, side: -1 | 0 | 1 | undefined, time: Time): number {
  const boundary = boundaryOf(time);
  if (side === 0) return boundary;
  if (side === 1) return Math.max(x, stepUp(boundary));
  return side === -1 ? Math.min(x, stepDown(boundary)) : x;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The next larger float64. */
export function stepUp(x: number): number {
  if (x === 0) return Number.MIN_VALUE;
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  scratch.setFloat64(0, x);
  scratch.setBigInt64(0, scratch.getBigInt64(0) + (x > 0 ? 1n : -1n));
  // the step after the smallest negative number leads to 0
  return scratch.getFloat64(0) + 0;
}

/** The next smaller float64. */
export function stepDown(x: number): number {
  return -stepUp(-x);
}
