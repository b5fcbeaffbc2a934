import type { Counts, ModelSummary, Provenance, Seconds, Stability } from "../base/result.ts";
import type { LinearisationReport } from "../stability/stability.ts";

/**
 * The result format `stillpoint/sweep@1`. Every number that is not a count or a time is exact, then correctly rounded.
 */

/** One component of the constant input and the values it takes. */
export interface SweepRange {
  /** "s0", "s1", … */
  readonly parameter: string;
  readonly from: number;
  readonly to: number;
  /** Evenly spaced values, both ends included, at which the answer is tabulated. */
  readonly samples: number;
}

/**
 * A part of a branch on which the mask, and so the linearisation, is constant. z moves from `zFrom` to `zTo` in
 * proportion to s.
 */
export interface BranchPiece extends LinearisationReport {
  readonly from: number;
  readonly to: number;
  readonly zFrom: readonly number[];
  readonly zTo: readonly number[];
  /** Hyperplanes with bit 1 between the ends. */
  readonly active: readonly number[];
  /** Hyperplanes that the point stays on between the ends. */
  readonly ties: readonly number[];
}

/** A fixed point, followed as far as it is one continuous function of s. */
export interface Branch {
  /** Ascending in s; each begins where the one before it ends. */
  readonly pieces: readonly BranchPiece[];
  /** The event in which the branch is born, as an index into `events`; null at an end of the range. */
  readonly birth: number | null;
  /** The event in which the branch dies; null at an end of the range. */
  readonly death: number | null;
}

/**
 * What happens to fixed points at a value of s. In the terms of piecewise-smooth dynamics all but the last three are
 * border collisions:
 *
 * - `crossing`: a point crosses hyperplanes and persists; its stability may change.
 * - `fold`: two points meet on a hyperplane and vanish, or appear there (a non-smooth saddle-node).
 * - `junction`: any other number of branches meet, as in symmetric and degenerate models.
 * - `end`: a single branch ends, on a continuum.
 * - `isolated`: a fixed point that exists at this value of s alone.
 * - `edge`: a fixed point at an end of the range that no branch in the range reaches. Whether it is one of a fold, of a
 *   junction, of an end or an isolated one shows only beyond the range.
 *
 * All kinds but `edge` happen inside the range. At an end of the range only one side is known, so a branch that reaches
 * the end neither begins nor dies there, even if it folds or crosses a hyperplane just there.
 */
export type SweepEventKind = "crossing" | "fold" | "junction" | "end" | "isolated" | "edge";

/** Where branches begin, end, meet or cross a hyperplane. */
export interface SweepEvent {
  readonly s: number;
  readonly kind: SweepEventKind;
  readonly z: readonly number[];
  /** Hyperplanes that meet at (s, z). */
  readonly hyperplanes: readonly number[];
  /** Branches that come from smaller s, as indices into `branches`. */
  readonly before: readonly number[];
  /** Branches that go on to larger s. */
  readonly after: readonly number[];
  /** Of a crossing: the branch's stability before and after. */
  readonly stability?: readonly [Stability, Stability];
}

/**
 * Fixed points that fill a line, a plane, … at one value of s (from = to), or over an interval, as far as the interval
 * lies in the range.
 */
export interface SweepContinuum {
  /** The dimension at one s. */
  readonly dimension: number;
  readonly from: number;
  readonly to: number;
  readonly active: readonly number[];
  readonly ties: readonly number[];
}

/** All fixed points at one value of s, in ascending exact lexicographic order of z: those of a single solve. */
export interface SweepSample {
  readonly s: number;
  readonly points: readonly { readonly z: readonly number[]; readonly stability: Stability }[];
  /** Continua at this s (pieces of them, one for each region). */
  readonly continua: number;
}

/** The branches of fixed points of one model as one component of its input moves over a range. */
export interface Sweep {
  readonly schema: "stillpoint/sweep@1";
  readonly model: ModelSummary;
  readonly parameter: SweepRange;
  readonly branches: readonly Branch[];
  /** Ascending in s, inside the range but for `edge`. */
  readonly events: readonly SweepEvent[];
  readonly continua: readonly SweepContinuum[];
  readonly samples: readonly SweepSample[];
  /** True means a proof of what `coverage` says. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  /**
   * `range`: all branches at any s of the range are listed. `samples`: all points at each sample are listed, and their
   * branches are followed exactly as far as they reach; a branch that lives only between two samples is not seen.
   */
  readonly coverage: "range" | "samples";
  /** As those of a result; `samples` solved and `placesFollowed` with coverage "samples". */
  readonly counts: Counts & Readonly<Partial<Record<"samples" | "placesFollowed", number>>>;
  readonly seconds: Seconds & Readonly<Partial<Record<"samples" | "assemble", number>>>;
  readonly provenance: Provenance;
}
