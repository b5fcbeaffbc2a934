/** Takes the finds of a walk over subsets. */
export interface WalkSink {
  /** A region that may hold a fixed point. The array `mask` is reused. */
  candidate(mask: Uint32Array, verdict: number): void;
  /**
   * Where given, called with the mask of every subset whose mask is decided: no subset is then dismissed before its
   * mask is known. The array is reused.
   */
  mask?(mask: Uint32Array): void;
  /** A subset whose mask this precision can't decide. */
  escalate(subset: readonly number[]): void;
}

export interface WalkCounts {
  masks: number;
  dependent: number;
}
