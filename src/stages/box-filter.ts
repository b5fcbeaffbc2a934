/**
 * The contract of the box filter, a stage of the search method (docs/design.md#the-box-filter). It decides which of
 * many boxes surely hold no zero of
 *
 *     G(z) = M z + k + Σ_j v_j φ_j(u_j·z),    φ_j(x) = min(max(x, b0_j), b1_j) − b0_j,
 *
 * in float32, each box by itself. `cpu/filter-boxes.ts` and `shaders/boxes.wgsl` do the same operations.
 */
export interface BoxUnits {
  /** R. */
  readonly dim: number;
  /** L. */
  readonly count: number;
  /** L rows of `unitStride`: u (R), v (R), b0, b1, K = |b0| + |b1|; for a ramp b1 is `NO_KINK`, and K is |b0|. */
  readonly rows: Float32Array<ArrayBuffer>;
  /**
   * M (R×R), k (R), then bounds, rounded up: on the errors of M and k (R×R and R), `boxUnitError` and `boxSpreadError`.
   */
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
  /** Much of what kept the box is the bound on rounding: float32 can tell little about its parts. */
  blurred: 2,
} as const;

/** The answers on boxes, in their order. */
export interface FilteredBoxes {
  /** Bits of `BoxVerdict`. */
  readonly verdicts: Uint32Array;
  /** Units that have more than one piece on the box. */
  readonly undecided: Uint32Array;
  /**
   * |y·G| at the centre divided by what it must exceed, for the functional y that was tried; 1 if there was no
   * functional.
   */
  readonly nearness: Float32Array;
  /** boxes×R: Σ_j w_j|v_j|₁|u_j|, by which splits are chosen. */
  readonly spread: Float32Array;
}

/** Runs batches of boxes: `cpu/filter-boxes.ts` and `gpu/box-filter.ts`. */
export interface BoxFilter {
  /** The best number of boxes for one call. */
  batchSize(units: BoxUnits): number;
  /**
   * @param boxes a row for each box: centre (R), half-widths (R), such that the box lies within centre ± half-widths.
   */
  filter(units: BoxUnits, boxes: Float32Array<ArrayBuffer>): Promise<FilteredBoxes>;
  /** Frees what `filter` has kept for these units. */
  release(units: BoxUnits): void;
}

/** Weight of the bands against the box in W, as in search/kernel/kernel.ts. */
export const FILTER_RIDGE = 3;
/**
 * Added to the diagonal of W after W is scaled to a diagonal of 1, so that its factors exist in float32: about 2^5
 * roundings.
 */
export const FILTER_REGULARISER = 2 ** -18;
/**
 * A row of W with a smaller diagonal entry counts as zero: the root and the reciprocal of the others stay far inside
 * float32.
 */
export const SMALLEST_ROW = 2 ** -80;
/** If a number is larger while y is computed, there is no functional. */
export const LARGEST_FUNCTIONAL = 2 ** 60;
/** A box is blurred where the bound on rounding makes up this share of what kept it. */
export const FILTER_BLUR = 0.25;
