/** Where a walk over subsets puts what it finds. */
export interface WalkSink {
  /** A region that is not surely without a fixed point; `mask` is reused. */
  candidate(mask: Uint32Array, verdict: number): void;
  /** Where given, the mask of every subset whose mask is decided, and none is dismissed before it has one; reused. */
  mask?(mask: Uint32Array): void;
  /** A subset whose mask this precision can't decide. */
  escalate(subset: readonly number[]): void;
}

export interface WalkCounts {
  masks: number;
  dependent: number;
}
