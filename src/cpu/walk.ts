/** Where a walk over subsets puts what it finds. */
export interface WalkSink {
  /** A region that is not surely without a fixed point; `mask` is reused. */
  candidate(mask: Uint32Array, verdict: number): void;
  /** A subset whose mask this precision can't decide. */
  escalate(subset: readonly number[]): void;
}

export interface WalkCounts {
  masks: number;
  dependent: number;
}
