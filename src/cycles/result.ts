import type {
  ComplexPair,
  ContinuumEnds,
  ContinuumPiece,
  Counts,
  Directions,
  FixedPoint,
  ModelSummary,
  Provenance,
} from "../base/result.ts";

/** The result format `stillpoint/cycles@1` (docs/design.md#cycles). */

/** One point of a cycle. */
export interface CyclePoint {
  /** The exact solution, correctly rounded; length R. */
  readonly z: readonly number[];
  /** Hyperplanes with u_j·z > h_j exactly. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j exactly. */
  readonly ties: readonly number[];
  /** Bound on max |z − exact|. */
  readonly error: number;
}

/** The linear map of F^k on one side of a cycle that touches hyperplanes. */
export interface CycleSide {
  /** For each point of the cycle, the hyperplanes whose bit is 1 on this side. */
  readonly active: readonly (readonly number[])[];
  readonly eigenvalues: readonly ComplexPair[];
  readonly directions: Directions;
}

/** The multipliers of a cycle, and its class: fields mean what they mean for the fixed point z_0 of F^k. */
export interface CycleLinearisation
  extends Pick<
    FixedPoint,
    "eigenvalues" | "spectralRadius" | "spectralBounds" | "stability" | "directions" | "hyperbolic"
  > {
  /** The linear map of each side, at most 64; only given where the cycle touches hyperplanes. */
  readonly linearisations?: readonly CycleSide[];
}

/** One cycle: k different points with F(z_t) = z_{t+1} and F(z_{k−1}) = z_0. */
export interface Cycle extends CycleLinearisation {
  /** k, the minimal period. */
  readonly period: number;
  /** In the order of the orbit, from the lexicographically least point. */
  readonly points: readonly CyclePoint[];
  readonly status: "certified";
  /** The least distance of a point to a hyperplane, rounded; 0 where one is touched. Absent without hyperplanes. */
  readonly distance?: number;
  /** As for a fixed point: why a certified cycle has no class. */
  readonly unclassified?: string;
}

/**
 * A continuum of cycles of one period: a connected set of orbits with one affine hull. An orbit is written as one
 * vector of length k·R, the points z_0 … z_{k−1} one after the other. Of the k sets that differ only in the point at
 * which the orbits begin, one is given. An orbit on a continuum may have a smaller period: a segment of 2-cycles has a
 * fixed point at its middle.
 */
export interface ContinuumOfCycles {
  readonly period: number;
  readonly dimension: number;
  /** The orbit nearest to the origin; length k·R. */
  readonly point: readonly number[];
  /** Directions in reduced row echelon form; `dimension` rows of length k·R. */
  readonly basis: readonly (readonly number[])[];
  /** The words that the continuum runs through: for each, the hyperplanes with bit 1 at each of the k points. */
  readonly words: readonly (readonly (readonly number[])[])[];
  readonly bounded: boolean;
  readonly pieceCount: number;
  /** The first 64 pieces; `region` numbers hyperplane j at point t as t·N + j. */
  readonly pieces: readonly ContinuumPiece[];
  /** The ends, in dimension 1. */
  readonly ends?: ContinuumEnds;
}

/** What is known of one period. */
export interface PeriodReport {
  readonly period: number;
  /** The number of cycles of this minimal period that are listed. */
  readonly cycles: number;
  readonly continua: number;
  /** True means a proof that every cycle of this period is listed. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  /** How the words of this period were found. */
  readonly method: CycleMethod;
  /** Exact numbers of things done; they do not depend on timing or threads. */
  readonly counts: PeriodCounts;
  readonly seconds: number;
}

/**
 * "regions" and "search" are the methods for fixed points, on the system of all k points; "boxes" divides the space of
 * z_0, "polytopes" by the words that orbits have; "orbits" decides the signs of an orbit with linear programs.
 */
export type CycleMethod = "regions" | "search" | "boxes" | "polytopes" | "orbits";

/**
 * What was done for one period: by regions and search as for fixed points, by boxes `boxes`, `words` and
 * `unitEvaluations`, by orbits the rest.
 */
export type PeriodCounts = Counts & Readonly<Partial<Record<BoxesCount | OrbitsCount, number>>>;

/** What the search over boxes and polytopes counts. */
export type BoxesCount = "boxes" | "words" | "unitEvaluations";
/** What linear programs over orbits count. */
export type OrbitsCount = "nodes" | "programs" | "pivots" | "words" | "unproved" | "coneNodes";

/** What a result of cycles says of its proof file. */
export interface CyclesProofFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly nodes: number;
  readonly periods: readonly number[];
}

/** The cycles of one model. */
export interface CyclesResult {
  readonly schema: "stillpoint/cycles@1";
  readonly model: ModelSummary;
  /** Ascending. */
  readonly periods: readonly PeriodReport[];
  /** The largest K such that all periods 1 … K were asked for and are complete; 0 if there is none. */
  readonly completeUpTo: number;
  /** By period, then in ascending exact lexicographic order of the first points. */
  readonly cycles: readonly Cycle[];
  readonly continua: readonly ContinuumOfCycles[];
  /** True means a proof that every cycle of each of `periods` is listed. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  /** What became of worker threads that died. */
  readonly backendNote?: string;
  /**
   * What the proof file goes by, where one was asked for and made (docs/proof.md#cycles). `complete` does not depend on
   * it.
   */
  readonly proof: "signs" | "none";
  /** Why there is none, or none of some complete periods; only where one was asked for. */
  readonly noProofBecause?: string;
  /** The proof file: its SHA-256 in hex, its length, the periods that it proves, and the nodes of its trees. */
  readonly proofFile?: CyclesProofFile;
  /** Words that were decided, and those of them with a singular matrix. */
  readonly counts: { readonly words: number; readonly singularWords: number };
  readonly seconds: { readonly finalize: number; readonly total: number };
  readonly provenance: Provenance;
  /** As that of a result of `solve`. */
  readonly digest?: string;
}
