/**
 * The contract of the box filter, a stage of the search method: which of many boxes surely hold no zero of
 *
 *     G(z) = M z + k + Σ_j v_j φ_j(u_j·z),    φ_j(x) = min(max(x, b0_j), b1_j) − b0_j,
 *
 * in float32, each box on its own. `cpu/filter-boxes.ts` and `shaders/boxes.wgsl` do the same operations.
 */
export interface BoxUnits {
  /** R. */
  readonly dim: number;
  /** L. */
  readonly count: number;
  /** L rows of `unitStride`: u (R), v (R), b0, b1, K = |b0| + |b1|; for a ramp b1 is `NO_KINK`, and K is |b0|. */
  readonly rows: Float32Array<ArrayBuffer>;
  /** M (R×R), k (R), then bounds, rounded up: on what they add to the error (R×R and R), `boxUnitError` and `boxSpreadError`. */
  readonly base: Float32Array<ArrayBuffer>;
}

export function unitStride(dim: number): number {
  return 2 * dim + 3;
}

/** Largest R: the matrices of one thread fit in registers. */
export const MOST_FILTER_DIMENSIONS = 6;

/** Bits of a box's verdict. */
export const BoxVerdict = {
  /** No zero of G. */
  empty: 1,
  /** The bound on rounding is much of what kept it: float32 has little more to say of its parts. */
  blurred: 2,
} as const;

/** What became of boxes, in their order. */
export interface FilteredBoxes {
  /** Bits of `BoxVerdict`. */
  readonly verdicts: Uint32Array;
  /** Units that have more than one piece on the box. */
  readonly undecided: Uint32Array;
  /** |y·G| at the centre over what it must exceed, for the functional y that was tried; 1 if there was none. */
  readonly nearness: Float32Array;
  /** boxes×R: Σ_j w_j|v_j|₁|u_j|, what the choice of a split goes by. */
  readonly spread: Float32Array;
}

/** Runs batches of boxes: `cpu/filter-boxes.ts` and `gpu/box-filter.ts`. */
export interface BoxFilter {
  /** Boxes that one call takes at best. */
  batchSize(units: BoxUnits): number;
  /** @param boxes a row for each: centre (R), half-widths (R), so that the box is within their sum. */
  filter(units: BoxUnits, boxes: Float32Array<ArrayBuffer>): Promise<FilteredBoxes>;
  /** Frees what `filter` kept for these units. */
  release(units: BoxUnits): void;
}

/** Weight of the bands against the box in W, as in search/kernel.ts. */
export const FILTER_RIDGE = 3;
/** Added to the diagonal of W once that is scaled to 1, so that its factors exist in float32: about 2^5 roundings. */
export const FILTER_REGULARISER = 2 ** -18;
/** A row of W below this counts as none: its root and the reciprocal stay far inside float32. */
export const SMALLEST_ROW = 2 ** -80;
/** Numbers in solving for y above this: no functional. */
export const LARGEST_FUNCTIONAL = 2 ** 60;
/** A box is blurred where rounding makes up this share of what kept it. */
export const FILTER_BLUR = 0.25;
