/**
 * The contract of the four stages (docs/design.md#the-four-stages): what each stage reads and writes, on the CPU and on
 * the GPU.
 *
 * A batch is a list of segments; an item of a batch is one subset of one model. Stages write arrays, one for each
 * field.
 */

/** A range of subsets of one size, of one model of the batch. */
export interface Segment {
  /** Index into the batch's list of models. */
  readonly model: number;
  /** k, the number of hyperplanes in each subset, 0 ≤ k ≤ ρ. */
  readonly size: number;
  /** Lexicographic rank of the first subset. */
  readonly firstRank: bigint;
  readonly length: number;
}

/** The status of a subset after `intersect`. */
export const ItemStatus = {
  /** The signs are in `positive`, the undecided ones in `undecided`. */
  ok: 0,
  /** Linearly dependent for sure: owns nothing. */
  dependent: 1,
  /** This precision does not decide whether the subset is independent, or the bits of its own hyperplanes. */
  escalate: 2,
} as const;

/** Output of `intersect`; `words` 32-bit words per item. */
export interface SignBatch {
  readonly words: number;
  /** Room for ρ hyperplanes per item, ascending, padded with `NO_HYPERPLANE`. */
  readonly subsets: Uint32Array;
  /** Bit j: u_j·z > h_j, or the owner's bit for a hyperplane of the subset itself. */
  readonly positive: Uint32Array;
  /** Bit j: the sign at j is not decided; its bit in `positive` means nothing. */
  readonly undecided: Uint32Array;
  readonly status: Uint8Array;
  /** 1 where an exact tie was broken by the symbolic perturbation: the region may be a phantom. */
  readonly perturbed: Uint8Array;
}

export const NO_HYPERPLANE = 0xffffffff;

/** How `expand` makes masks: one per owner, or all 2^ρ settings of a vertex's tied bits. */
export type ExpandMode = "owned" | "branch";

/** Output of `expand` and `dedup`: masks, and the item of each mask. */
export interface MaskBatch {
  readonly words: number;
  count: number;
  /** `count`×`words`. */
  masks: Uint32Array;
  /** `count`: the batch item, hence model and subset, of each mask. */
  items: Uint32Array;
}

/** Output of `solve`: one verdict for each mask. */
export const Verdict = {
  /** The region's candidate is surely outside the closed region, so the region holds no fixed point. */
  no: 0,
  /** Surely inside, and the matrix surely regular. */
  yes: 1,
  /** The matrix is surely regular; whether the candidate is inside is not decided. */
  undecided: 2,
  /** Not even regularity is decided. */
  singular: 3,
} as const;

export interface VerdictBatch {
  readonly verdicts: Uint8Array;
  /** masks×R: approximate candidates in scaled coordinates, meaningful unless the verdict is `singular`. */
  readonly z: Float64Array | Float32Array;
}

export function signBatch(capacity: number, rank: number, words: number): SignBatch {
  return {
    words,
    subsets: new Uint32Array(capacity * rank),
    positive: new Uint32Array(capacity * words),
    undecided: new Uint32Array(capacity * words),
    status: new Uint8Array(capacity),
    perturbed: new Uint8Array(capacity),
  };
}
