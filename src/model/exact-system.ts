import type { ExactArray } from "./system.ts";

/** G(y) = M y + Σ_j v_j relu(u_j·y − h_j) − g, exactly: as many equations as coordinates, and U need not be float64. */
export interface ExactSystem {
  /** Coordinates and equations. */
  readonly dim: number;
  /** Hyperplanes. */
  readonly count: number;
  /** dim×dim, row-major. */
  readonly M: ExactArray;
  /** dim. */
  readonly g: ExactArray;
  /** count×dim. */
  readonly U: ExactArray;
  /** count×dim: row j is v_j. */
  readonly V: ExactArray;
  /** count. */
  readonly h: ExactArray;
}
