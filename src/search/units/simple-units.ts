/** φ(x) ∈ slope·(x − centre) + value ± width. */
export interface Band {
  slope: number;
  value: number;
  width: number;
}

/**
 * φ(x) = min(max(x, b0), b1) − b0 on [low, high] lies in slope·(x − centre) + value ± width, the narrowest band between
 * parallel lines. Let `bottom` and `top` be the ends clamped to the kinks. The band's slope is that of the chord over
 * the middle piece and the longer of the two others, and its lower line passes through the graph at `bottom`. A unit
 * with one piece on the range gets that piece, of no width.
 *
 * Where low = high all numbers are NaN, which decides nothing.
 */
export function simpleBand(b0: number, b1: number, low: number, high: number, centre: number, out: Band): void {
  const bottom = lesser(greater(low, b0), b1);
  const top = greater(lesser(high, b1), b0);
  const middle = top - bottom;
  const outside = greater(bottom - low, high - top);
  out.slope = middle / (middle + outside);
  out.width = 0.5 * (out.slope * outside);
  out.value = bottom - b0 + (out.slope * (centre - bottom) + out.width);
}

/**
 * The slope of the edge of the hull of φ's graph over [low, high] at `centre`: of the lower hull, or of the upper one.
 */
export function edgeSlope(b0: number, b1: number, low: number, high: number, centre: number, lower: boolean): number {
  const bottom = lesser(greater(low, b0), b1);
  const top = greater(lesser(high, b1), b0);
  const middle = top - bottom;
  if (lower) return centre > bottom ? middle / (middle + (high - top)) : 0;
  return centre < top ? middle / (middle + (bottom - low)) : 0;
}

/** The smaller number, chosen as `f64x2.min` does; `greater` is `f64x2.max`. */
export function lesser(a: number, b: number): number {
  return b < a ? b : a;
}

export function greater(a: number, b: number): number {
  return a < b ? b : a;
}
