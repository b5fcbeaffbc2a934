import type { Counts, ModelSummary, Provenance, Seconds, Stability } from "../base/result.ts";
import type { CycleLinearisation, CycleMethod, PeriodCounts } from "../cycles/result.ts";
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
 * border collisions. Of cycles the same is said, with a cycle in the place of a point:
 *
 * - `crossing`: a point crosses hyperplanes and persists; its stability may change.
 * - `fold`: two points meet on a hyperplane and vanish, or appear there (a non-smooth saddle-node).
 * - `junction`: any other number of branches meet, as in symmetric and degenerate models.
 * - `end`: a single branch ends, on a continuum.
 * - `flip`: branches of cycles begin or end on a cycle of half their period (a border-collision period doubling).
 * - `multiplication`: the same on a cycle of a third, a quarter, … of their period.
 * - `isolated`: a fixed point that exists at this value of s alone.
 * - `edge`: a fixed point at an end of the range that no branch in the range reaches. Whether it is one of a fold, of a
 *   junction, of an end or an isolated one shows only beyond the range.
 *
 * All kinds but `edge` happen inside the range. At an end of the range only one side is known, so a branch that reaches
 * the end neither begins nor dies there, even if it folds or crosses a hyperplane just there.
 */
export type SweepEventKind = "crossing" | "fold" | "flip" | "multiplication" | "junction" | "end" | "isolated" | "edge";

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

/** As a `BranchPiece`, of a cycle of period k. Points are in the order of the orbit, and move in proportion to s. */
export interface CycleBranchPiece extends CycleLinearisation {
  readonly from: number;
  readonly to: number;
  /** The k points at `from`; those of the branch's first piece begin with the lexicographically least. */
  readonly pointsFrom: readonly (readonly number[])[];
  readonly pointsTo: readonly (readonly number[])[];
  /** For each point, hyperplanes with bit 1 between the ends, and those that it stays on. */
  readonly active: readonly (readonly number[])[];
  readonly ties: readonly (readonly number[])[];
}

/** A cycle, followed as far as it is one continuous function of s. */
export interface CycleBranch extends Omit<Branch, "pieces"> {
  readonly pieces: readonly CycleBranchPiece[];
}

/** What happens to cycles of one period at a value of s. */
export interface CycleEvent extends Omit<SweepEvent, "z" | "hyperplanes"> {
  /** From the lexicographically least; of a flip or a multiplication the points of the shorter cycle. */
  readonly points: readonly (readonly number[])[];
  /** For each of `points`, the hyperplanes that meet there. */
  readonly hyperplanes: readonly (readonly number[])[];
}

/** As a `SweepContinuum`, of cycles; the lists of hyperplanes are one for each point. */
export interface CycleSweepContinuum extends Omit<SweepContinuum, "active" | "ties"> {
  readonly active: readonly (readonly number[])[];
  readonly ties: readonly (readonly number[])[];
}

/** All cycles of one period at one value of s, in ascending order of their lexicographically least points. */
export interface CycleSample {
  readonly s: number;
  readonly cycles: readonly { readonly points: readonly (readonly number[])[]; readonly stability: Stability }[];
  readonly continua: number;
}

/** The branches of cycles of one minimal period k ≥ 2; all indices are into the lists here. */
export interface CycleSweep {
  readonly period: number;
  readonly branches: readonly CycleBranch[];
  readonly events: readonly CycleEvent[];
  readonly continua: readonly CycleSweepContinuum[];
  readonly samples: readonly CycleSample[];
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  /** As that of a sweep. */
  readonly coverage: Sweep["coverage"];
  /** How words of orbits were found; absent where each sample was solved. */
  readonly method?: CycleMethod;
  readonly counts: PeriodCounts & Readonly<Partial<Record<"samples" | "placesFollowed", number>>>;
  readonly seconds: number;
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
  /** With `maxPeriod`: cycles of the periods 2, 3, …, in order. */
  readonly cycles?: readonly CycleSweep[];
  /** True means a proof of what `coverage` says, of the cycles too. */
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
