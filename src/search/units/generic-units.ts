import type { GenericFunction } from "./units.ts";

/** φ(x) ∈ slope·(x − centre) + value ± width. */
export interface Band {
  slope: number;
  value: number;
  width: number;
}

/** With more kinks in the range than this, only the slopes of the chord and of the end pieces are tried. */
const MOST_PAIRED = 6;

const xs = new Float64Array(MOST_PAIRED + 2);
const ys = new Float64Array(MOST_PAIRED + 2);

/** The first piece whose interior meets x ≥ low: the number of kinks ≤ low. */
export function pieceAbove({ kinks }: GenericFunction, low: number): number {
  let a = 0;
  let b = kinks.length;
  while (a < b) {
    const m = (a + b) >>> 1;
    if (kinks[m]! <= low) a = m + 1;
    else b = m;
  }
  return a;
}

/** The last piece whose interior meets x ≤ high: the number of kinks < high. */
export function pieceBelow({ kinks }: GenericFunction, high: number): number {
  let a = 0;
  let b = kinks.length;
  while (a < b) {
    const m = (a + b) >>> 1;
    if (kinks[m]! < high) a = m + 1;
    else b = m;
  }
  return a;
}

/**
 * A band between parallel lines round the graph over [low, high], which has kinks `first` … `last` − 1 inside. The
 * width as a function of the slope is convex and piecewise linear, with its minimum at the slope of an edge of the
 * graph's hull. So the slopes between all pairs of vertices are tried, or with many vertices the slopes of the chord
 * and of the pieces at its ends.
 * @param steepest slopes above this in magnitude are not used.
 */
export function genericBand(
  f: GenericFunction,
  low: number,
  high: number,
  centre: number,
  first: number,
  last: number,
  steepest: number,
  out: Band,
): void {
  const { kinks, slopes, offsets } = f;
  const yLow = offsets[first]! + slopes[first]! * low;
  const yHigh = offsets[last]! + slopes[last]! * high;
  out.width = Number.POSITIVE_INFINITY;
  const attempt = (slope: number) => {
    // between close kinks rounding can give any quotient; bounds.ts requires slopes within S
    if (!(Math.abs(slope) <= steepest)) return;
    let top = yLow - slope * (low - centre);
    let bottom = top;
    const end = yHigh - slope * (high - centre);
    if (end > top) top = end;
    if (end < bottom) bottom = end;
    for (let p = first; p < last; p++) {
      const y = offsets[p]! + slopes[p]! * kinks[p]! - slope * (kinks[p]! - centre);
      if (y > top) top = y;
      if (y < bottom) bottom = y;
    }
    if (0.5 * (top - bottom) < out.width) {
      out.slope = slope;
      out.value = 0.5 * (top + bottom);
      out.width = 0.5 * (top - bottom);
    }
  };
  attempt(0);
  attempt((yHigh - yLow) / (high - low));
  if (last - first > MOST_PAIRED) {
    attempt(slopes[first]!);
    attempt(slopes[last]!);
    return;
  }
  let n = 0;
  xs[n] = low;
  ys[n++] = yLow;
  for (let p = first; p < last; p++) {
    xs[n] = kinks[p]!;
    ys[n++] = offsets[p]! + slopes[p]! * kinks[p]!;
  }
  xs[n] = high;
  ys[n++] = yHigh;
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) if (xs[b]! > xs[a]!) attempt((ys[b]! - ys[a]!) / (xs[b]! - xs[a]!));
  }
}
