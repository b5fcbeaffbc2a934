/** The result format `stillpoint/result@1` (docs/design.md#the-result-format). */

/**
 * What orbits near a fixed point do, by the proved `Directions` of its linearisation:
 *
 * - `stable`: all directions are stable.
 * - `unstable`: at least one direction is unstable and none is stable; others may be neutral (eigenvalues 1.25 and −1).
 * - `saddle`: at least one direction is unstable and at least one is stable; others may be neutral.
 * - `marginal`: no direction is unstable and at least one is neutral, so that the linearisation does not decide.
 * - `semistable`: in one dimension, on a hyperplane: orbits are attracted on one side and repelled on the other.
 * - `undetermined`: no proof decides. Either orbits change sides at a tie, or, in more than 20 dimensions, eigenvalues
 *   can't be told from the boundary of stability.
 *
 * Where the sides of a tie have different Jacobians there are no directions; the class then says the same of the
 * orbits.
 */
export type Stability = "stable" | "unstable" | "saddle" | "semistable" | "marginal" | "undetermined";

/**
 * How many eigenvalues of a linearisation lie inside, on and outside the unit circle (continuous time: left of, on and
 * right of the imaginary axis), with multiplicity. The counts are proved; with `undecided` they add up to R.
 */
export interface Directions {
  readonly stable: number;
  readonly neutral: number;
  readonly unstable: number;
  /** Eigenvalues whose side no proof tells; only given where there are some, which takes more than 20 dimensions. */
  readonly undecided?: number;
}

/** [real part, imaginary part]. */
export type ComplexPair = readonly [number, number];

/** The linear map of one of the regions that meet at a point. */
export interface Linearisation {
  /** Hyperplanes whose bit is 1 on this side. */
  readonly active: readonly number[];
  readonly eigenvalues: readonly ComplexPair[];
}

/** A statement about a fixed point that hangs on the last digits of the model's numbers. */
export type KnifeEdge = "singular matrix" | "eigenvalue" | "hyperplane" | "neighbour";

/**
 * How near a fixed point is to another answer. The proof is about the numbers in the file, and these are only as good
 * as their last digits.
 *
 * A margin is the least relative change of all numbers of the model, to first order, after which the matrix of the
 * point's region is singular (the point vanishes, or more points appear), an eigenvalue is on the boundary of
 * stability, a hyperplane passes through the point, or another fixed point meets it. Its unit is the relative rounding
 * error of the numbers, 2^-24 or 2^-53.
 */
export interface NearDegeneracy {
  /** The smallest margin, to three digits; 0 where the point is at the edge itself. */
  readonly margin: number;
  /** All kinds of edge whose margin is below 64. */
  readonly because: readonly KnifeEdge[];
  /** "float32" if every number of the model is a float32 exactly, as after rounding to float32. */
  readonly precision: "float32" | "float64";
}

/** A side of a fixed point on hyperplanes, with the directions of its linear map. */
export interface SideLinearisation extends Linearisation {
  readonly directions: Directions;
}

/** One fixed point: its place, its region, and the dynamics near it. */
export interface FixedPoint {
  /** The exact solution, correctly rounded; length R. */
  readonly z: readonly number[];
  /** Hyperplanes with u_j·z > h_j exactly. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j exactly. */
  readonly ties: readonly number[];
  readonly status: "certified";
  /** Bound on max |z − exact|. */
  readonly error: number;
  /**
   * Eigenvalues of the Jacobian of the map (discrete time) or of the flow (continuous time), the dominant one first. At
   * ties the Jacobian is that of one side: of the side with all ties inactive or, if no region has that mask, of the
   * side whose Jacobian comes first. Empty in the rare case that the eigenvalues can't be computed.
   */
  readonly eigenvalues: readonly ComplexPair[];
  /**
   * max |λ|; discrete time only. Never on the wrong side of 1: where rounding puts the computed |λ| there, this is the
   * nearest float64 that agrees with the proved `directions`. At ties whose sides differ it is the number that the
   * class rests on: for `stable` and `unstable` the largest of all sides; in one dimension the growth in one step (for
   * two negative slopes the root of their product). Absent where the class is `undetermined`.
   */
  readonly spectralRadius?: number;
  /** max Re λ; continuous time only, and never on the wrong side of 0. */
  readonly spectralAbscissa?: number;
  /**
   * [lo, hi], proved to hold the exact spectral radius (abscissa). Absent without a spectral radius, and where a bound
   * would be past the float64 range.
   */
  readonly spectralBounds?: readonly [number, number];
  readonly stability: Stability;
  /**
   * Given only where the dynamics near the point is one linear map: without ties, or where all sides share their
   * Jacobian.
   */
  readonly directions?: Directions;
  /** Whether no direction is neutral; only given where `directions` leave none undecided. */
  readonly hyperbolic?: boolean;
  /**
   * Why the eigenvalues, the class and the margins of a certified point were not computed. `eigenvalues` is then empty
   * and `stability` is "undetermined". Only given in a result that is not complete.
   */
  readonly unclassified?: string;
  /** Given only where a margin is below 64: there the answer may be due to the rounding of the model's numbers. */
  readonly nearlyDegenerate?: NearDegeneracy;
  /** The linear map of each side, at most 64; only given where there are ties. */
  readonly linearisations?: readonly SideLinearisation[];
}

/** A candidate outside its own region: the point that the region's linear map would converge to or flee from. */
export interface VirtualFixedPoint {
  readonly z: readonly number[];
  /** The region whose candidate it is. */
  readonly region: readonly number[];
  readonly eigenvalues: readonly ComplexPair[];
}

/** Numbers as exact fractions in lowest terms: "-2", "1/3". */
export type ExactVector = readonly string[];

/**
 * A convex set of fixed points: all Σ λ_i vertices_i + Σ μ_i rays_i + Σ ν_i lines_i with λ ≥ 0, Σ λ_i = 1 and μ ≥ 0 (a
 * V-representation). Every vertex and ray is needed; both ascend lexicographically.
 */
export interface Extent {
  /**
   * The corners, correctly rounded. A set with lines has no corners: then one point of each smallest face, with a 0
   * where a line has its first entry.
   */
  readonly vertices: readonly (readonly number[])[];
  /** Directions in which the set goes on for ever, from any of its points; the largest coordinate is 1 in magnitude. */
  readonly rays: readonly (readonly number[])[];
  /** Directions in which the set goes on for ever both ways: in echelon form, then scaled like rays. */
  readonly lines: readonly (readonly number[])[];
  /** The same numbers as exact fractions; absent where a numerator or denominator has more than 200 digits. */
  readonly exact?: {
    readonly vertices: readonly ExactVector[];
    readonly rays: readonly ExactVector[];
    readonly lines: readonly ExactVector[];
  };
  /** Given in place of `exact`: the number of digits of the longest numerator or denominator. */
  readonly exactDigits?: number;
  /**
   * Why all lists are empty: a vertex lies past the largest float64, or an enumeration would need more than 512
   * vertices and rays, or about two million steps. Absent where the lists are not empty.
   */
  readonly omitted?: "past the largest float64" | "too many vertices and rays";
}

/** The part of a continuum in one closed region. */
export interface ContinuumPiece extends Extent {
  /**
   * The region, as the hyperplanes with bit 1. A piece that lies in hyperplanes belongs to several regions; this is the
   * first.
   */
  readonly region: readonly number[];
}

/**
 * The ends of a connected set of lines of fixed points: points where it stops, and directions in which it is unbounded.
 */
export interface ContinuumEnds extends Extent {
  /** Always empty: a line goes on along two rays. */
  readonly lines: readonly [];
}

/** A connected set of fixed points of one dimension ≥ 1: a line attractor, a plane, a ray, a segment. */
export interface Continuum {
  readonly dimension: number;
  /** The point of the continuum that is nearest to the origin, correctly rounded. */
  readonly point: readonly number[];
  /** Directions in reduced row echelon form, correctly rounded; `dimension` rows of length R. */
  readonly basis: readonly (readonly number[])[];
  /** The regions that the continuum runs through, each as the hyperplanes with bit 1. */
  readonly regions: readonly (readonly number[])[];
  /**
   * For each of `regions`, at most 64, the R − dimension eigenvalues of its Jacobian transverse to the continuum. The
   * eigenvalues along the continuum, 1 in discrete time and 0 in continuous time, are left out. If all lie inside the
   * unit circle (in the left half-plane), the continuum attracts in that region.
   */
  readonly transverse: readonly Linearisation[];
  /** Whether the set is bounded. */
  readonly bounded: boolean;
  /** The number of convex pieces: one for each region, or one for all regions that share the piece. */
  readonly pieceCount: number;
  /** The extent of each of the first 64 pieces, in the order of their regions. */
  readonly pieces: readonly ContinuumPiece[];
  /**
   * The ends of the whole continuum, in dimension 1: a segment has two vertices, a ray has a vertex and a ray, a line
   * has two rays.
   */
  readonly ends?: ContinuumEnds;
  /**
   * The number of the continuum's set among the result's `connectedSets`; absent where the result has no
   * `connectedSets`.
   */
  readonly connectedSet?: number;
}

/**
 * Continua that hang together: a bent line of two rays, a ring of four segments, a line that ends on a plane. Only
 * listed continua count: in an incomplete result, one that is missing may join two sets.
 */
export interface ConnectedSet {
  /** The numbers of the continua in `continua`, ascending. */
  readonly continua: readonly number[];
  /** Whether the set is bounded. */
  readonly bounded: boolean;
  /**
   * Whether the set is one ring: all continua have dimension 1, there are no ends, and exactly two pieces meet at each
   * vertex. (More than two meet where lines branch or cross.)
   */
  readonly closed: boolean;
  /** The ends of the set; only given where all continua have dimension 1. */
  readonly ends?: ContinuumEnds;
}

/** The sizes of a model, and the digest of its parameters. */
export interface ModelSummary {
  readonly name: string;
  readonly kind: string;
  readonly latentDim: number;
  readonly units: number;
  readonly hyperplanes: number;
  /** Of U; absent where the time ended before it was known. */
  readonly rank?: number;
  /** Hex SHA-256 of the parameters; it does not depend on the file format. */
  readonly sha256: string;
}

/** The version, options, host and date that a result was made with. */
export interface Provenance {
  readonly version: string;
  readonly options: Record<string, unknown>;
  readonly runtime: string;
  readonly date: string;
}

/**
 * Exact numbers of things done (docs/design.md#counts); zero or absent where a run did none. `audited` is how many
 * subsets (or masks, where all masks are tried) or discarded boxes were done again by independent code, a sample that
 * the model's numbers decide; `gpuAudited` is how many "no" verdicts of a GPU float64 confirmed.
 */
export type Counts = Readonly<Partial<Record<RegionsCount | SearchCount | FinishCount, number>>>;

/** What the regions method counts; the last four on a GPU. */
export type RegionsCount =
  | "subsets"
  | "dependentSubsets"
  | "masks"
  | "allMasks"
  | "candidates"
  | "undecided"
  | "f64Decisions"
  | "structuralDecisions"
  | "exactDecisions"
  | "audited"
  | "gpuAudited"
  | "models"
  | "batches"
  | "dispatches"
  | "readbacks";

/** What the search method counts. */
export type SearchCount =
  | "boxes"
  | "evaluations"
  | "leaves"
  | "points"
  | "handedOn"
  | "leafRegions"
  | "audited"
  | "unsettled"
  | "gpuBoxes"
  | "gpuEvaluations"
  | "gpuReturned"
  | "gpuAudited";

/** What the finish counts. */
export type FinishCount = "exactSolves" | "repeats" | "singularRegions";

/** Seconds of the stages that a run had, and of all of it. */
export type Seconds = StageSeconds & { readonly total: number };

/** Seconds of the stages: two of the regions method, four of the search method, and the finish. */
export type StageSeconds = Readonly<
  Partial<Record<"regions" | "escalation" | "setup" | "earlyPoints" | "search" | "leaves" | "finalize", number>>
>;

/**
 * What the curves of an incomplete run tell of points that were not found (docs/design.md#the-unseen). None of it shows
 * that a list is complete.
 */
export interface Found {
  /** Listed fixed points that curves met. */
  readonly points: number;
  /** Curves that were followed. */
  readonly curves: number;
  /** Fixed points met on them in all, with repeats. */
  readonly crossings: number;
  /** How many of the points one curve alone met, and how many two. */
  readonly singletons: number;
  readonly doubletons: number;
  /** Chao's estimate of the number of points that such curves meet: a lower estimate, often too low. */
  readonly chao1: number;
  /**
   * The sum of sign det(M + VᵀDU) over the fixed points, and what it is over all of them. Where they differ points are
   * missing, at least as many as the difference; where they agree nothing is known. Only given where all units are
   * bounded, M is regular, and no point has ties.
   */
  readonly degreeSum?: number;
  readonly degreeMustBe?: -1 | 1;
}

/** What a result says of its proof file. */
export interface ProofFileSummary {
  readonly sha256: string;
  readonly bytes: number;
  readonly boxes: number;
}

/** The answer to one model. */
export interface Result {
  readonly schema: "stillpoint/result@1";
  readonly model: ModelSummary;
  /** Of a search that is not complete and has followed curves. */
  readonly found?: Found;
  /** In ascending exact lexicographic order of z; where there was no time for that, in that of the rounded z. */
  readonly fixedPoints: readonly FixedPoint[];
  readonly virtualFixedPoints?: readonly VirtualFixedPoint[];
  readonly continua: readonly Continuum[];
  /**
   * In the order of their first continua. Absent without continua, and where too many pieces of planes would have to be
   * compared.
   */
  readonly connectedSets?: readonly ConnectedSet[];
  /** True means a proof that every fixed point is listed. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  readonly method: "regions" | "search";
  readonly backend: "cpu" | "webgpu";
  /** Name of the GPU adapter, or null on the CPU. */
  readonly adapter: string | null;
  /** Why the backend is not the one that was asked for, or what went wrong with it. */
  readonly backendNote?: string;
  /** Where a proof file was asked for: what it goes by (docs/proof.md). `complete` does not depend on it. */
  readonly proof?: "patterns" | "trees" | "none";
  /** Which box is not proved, and why, or what ended the prover; given iff `proof` is "none". */
  readonly noProofBecause?: string;
  /** The proof file: its SHA-256 in hex, its length, and the boxes that the prover looked at. */
  readonly proofFile?: ProofFileSummary;
  readonly counts: Counts;
  readonly seconds: Seconds;
  readonly provenance: Provenance;
  /**
   * `sha256:` and the hex SHA-256 of the rest of the result as canonical JSON (docs/design.md#digests). It detects
   * accidents and is no signature. Results of earlier versions have none.
   */
  readonly digest?: string;
}
