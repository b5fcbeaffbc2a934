/** The result format `stillpoint/result@1` (DESIGN.md section 6). */

/**
 * What orbits near a fixed point do, by the proved `Directions` of its linearisation:
 *
 * - `stable`: all directions are stable.
 * - `unstable`: at least one is unstable and none is stable; so too with neutral ones beside it (eigenvalues 1.25 and −1).
 * - `saddle`: at least one is unstable and one stable, whatever the rest.
 * - `marginal`: none is unstable and at least one is neutral, so that the linearisation does not decide.
 * - `semistable`: in one dimension, on a hyperplane: orbits are attracted on one side and repelled on the other.
 * - `undetermined`: the proofs at hand decide nothing: orbits that change sides at a tie, or in more than 20 dimensions eigenvalues
 *   that can't be told from the boundary.
 *
 * Where the two sides of a tie differ there are no directions, and a class says the same of orbits.
 */
export type Stability = "stable" | "unstable" | "saddle" | "semistable" | "marginal" | "undetermined";

/**
 * How many eigenvalues of a linearisation lie inside, on and outside the unit circle (continuous time: left of, on and right of the
 * imaginary axis), with multiplicity: proved, and R together with those undecided.
 */
export interface Directions {
  readonly stable: number;
  readonly neutral: number;
  readonly unstable: number;
  /** Eigenvalues whose side no proof at hand tells; only where there are such, in more than 20 dimensions. */
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

/** What of a fixed point hangs on the last digits of the model's numbers. */
export type KnifeEdge = "singular matrix" | "eigenvalue" | "hyperplane" | "neighbour";

/**
 * How near a fixed point is to another answer: the proof is about the numbers in the file, and these are as good as their last digits.
 *
 * A margin is the relative change of all of the model's numbers, to first order, that is needed at least for the point's region to have a singular
 * matrix (the point vanishes, or more appear), an eigenvalue to reach the boundary of stability, a hyperplane to reach the point, or
 * another fixed point to meet it; divided by the relative rounding error of the numbers, 2^-24 or 2^-53.
 */
export interface NearDegeneracy {
  /** The smallest, to three digits; 0 where the case itself is at hand. */
  readonly margin: number;
  /** All whose margin is below 64. */
  readonly because: readonly KnifeEdge[];
  /** "float32" if every number of the model is one exactly, so that it may have been rounded to one. */
  readonly precision: "float32" | "float64";
}

/** A side of a fixed point on hyperplanes, and which way its linear map goes. */
export interface SideLinearisation extends Linearisation {
  readonly directions: Directions;
}

/** One fixed point: where it is, in which region, and what the dynamics do near it. */
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
   * Of the Jacobian of the map (discrete) or of the flow (continuous), the dominant first; at ties that of the side with all ties
   * inactive, or where that is no region, of the side whose Jacobian comes first. Empty in the rare case that they can't be computed.
   */
  readonly eigenvalues: readonly ComplexPair[];
  /**
   * max |λ|; discrete time only. Never on the wrong side of 1: where rounding puts the computed |λ| there, this is the nearest float64 that
   * agrees with the proved `directions`. At ties whose sides differ it is what the class rests on: of `stable` and `unstable` the
   * largest of all sides, in one dimension the growth in one step (of two negative slopes, the root of their product); none where
   * the class is `undetermined`.
   */
  readonly spectralRadius?: number;
  /** max Re λ; continuous time only, and never on the wrong side of 0. */
  readonly spectralAbscissa?: number;
  /** Proved: the exact spectral radius (abscissa) lies in [lo, hi]; given with it, but where a bound would be past the float64 range. */
  readonly spectralBounds?: readonly [number, number];
  readonly stability: Stability;
  /** Only where the dynamics near the point is one linear map: without ties, or with sides that share their Jacobian. */
  readonly directions?: Directions;
  /** Whether no direction is neutral; only where `directions` leave none undecided. */
  readonly hyperbolic?: boolean;
  /**
   * Why the point was certified and no more: its eigenvalues, class and margins were not worked out, so that `eigenvalues` is empty and `stability`
   * "undetermined". Only in a result that is not complete.
   */
  readonly unclassified?: string;
  /** Only where a margin is below 64: there the answer may be one of rounding, and of no network as it was trained. */
  readonly nearlyDegenerate?: NearDegeneracy;
  /** One for each side at ties, at most 64; only where there are ties. */
  readonly linearisations?: readonly SideLinearisation[];
}

/** A candidate outside its own region: what the region's linear map would converge to or flee from. */
export interface VirtualFixedPoint {
  readonly z: readonly number[];
  /** The region whose candidate it is. */
  readonly region: readonly number[];
  readonly eigenvalues: readonly ComplexPair[];
}

/** Numbers as exact fractions in lowest terms: "-2", "1/3". */
export type ExactVector = readonly string[];

/**
 * A convex set of fixed points: all Σ λ_i vertices_i + Σ μ_i rays_i + Σ ν_i lines_i with λ ≥ 0, Σ λ_i = 1 and μ ≥ 0 (a V-representation).
 * Every vertex and ray is needed; both ascend lexicographically.
 */
export interface Extent {
  /** Its corners, correctly rounded. Where there are lines it has none: then one point of each smallest face, 0 where a line has its first entry. */
  readonly vertices: readonly (readonly number[])[];
  /** Directions in which it goes on for ever, from any of its points; the largest coordinate is 1 in magnitude. */
  readonly rays: readonly (readonly number[])[];
  /** Directions in which it does so both ways: in echelon form, then scaled like rays. */
  readonly lines: readonly (readonly number[])[];
  /** The same numbers not rounded; absent where one of them has a numerator or denominator of more than 200 digits. */
  readonly exact?: {
    readonly vertices: readonly ExactVector[];
    readonly rays: readonly ExactVector[];
    readonly lines: readonly ExactVector[];
  };
  /** In place of `exact`, the number of digits of the longest numerator or denominator. */
  readonly exactDigits?: number;
  /**
   * Why all lists are empty, and they are empty only then: a vertex lies past the largest float64, or finding the vertices and rays would
   * take more than 512 of them on the way or about two million steps.
   */
  readonly omitted?: "past the largest float64" | "too many vertices and rays";
}

/** The part of a continuum in one closed region. */
export interface ContinuumPiece extends Extent {
  /** The region, as the hyperplanes with bit 1. A piece that lies in hyperplanes belongs to several, of which this comes first. */
  readonly region: readonly number[];
}

/** Where lines of fixed points that hang together stop, and where they go on for ever. */
export interface ContinuumEnds extends Extent {
  /** Always empty: a line goes on along two rays. */
  readonly lines: readonly [];
}

/** A connected set of fixed points of one dimension ≥ 1: a line attractor, a plane, a ray, a segment. */
export interface Continuum {
  readonly dimension: number;
  /** A point of it, correctly rounded. */
  readonly point: readonly number[];
  /** Directions in reduced row echelon form, correctly rounded; `dimension` rows of length R. */
  readonly basis: readonly (readonly number[])[];
  /** The regions it runs through, each as the hyperplanes with bit 1. */
  readonly regions: readonly (readonly number[])[];
  /**
   * For each of `regions`, at most 64, the eigenvalues of its Jacobian transverse to the continuum: R − dimension of them, without
   * those along it (1 in discrete time, 0 in continuous). All inside the unit circle (the left half plane): it attracts in that region.
   */
  readonly transverse: readonly Linearisation[];
  /** Whether it goes on for ever nowhere. */
  readonly bounded: boolean;
  /** Of how many convex pieces it consists: one for each region, but one for all regions that share it. */
  readonly pieceCount: number;
  /** Where each piece lies, for the first 64, in the order of their regions. */
  readonly pieces: readonly ContinuumPiece[];
  /** Of the whole, in dimension 1: a segment has two vertices, a ray a vertex and a ray, a line two rays. */
  readonly ends?: ContinuumEnds;
  /** Number of its set among the result's `connectedSets`; absent where those are. */
  readonly connectedSet?: number;
}

/**
 * Continua that hang together: a bent line of two rays, a ring of four segments, a line that ends on a plane. Of those that are listed: in
 * an incomplete result there may be more between two sets.
 */
export interface ConnectedSet {
  /** Their numbers in `continua`, ascending. */
  readonly continua: readonly number[];
  /** Whether it goes on for ever nowhere. */
  readonly bounded: boolean;
  /**
   * Whether it is one ring: all of dimension 1, without ends, and at each vertex two pieces meet. (Three may meet, or four, where lines
   * branch or cross.)
   */
  readonly closed: boolean;
  /** Where it ends; only where all have dimension 1. */
  readonly ends?: ContinuumEnds;
}

/** What a model is, in numbers. */
export interface ModelSummary {
  readonly name: string;
  readonly kind: string;
  readonly latentDim: number;
  readonly units: number;
  readonly hyperplanes: number;
  readonly rank: number;
  /** Of the parameters, whatever file format they came in. */
  readonly sha256: string;
}

/** With what, where and when a result was made. */
export interface Provenance {
  readonly version: string;
  readonly options: Record<string, unknown>;
  readonly runtime: string;
  readonly date: string;
}

/** The answer to one model. */
export interface Result {
  readonly schema: "stillpoint/result@1";
  readonly model: ModelSummary;
  /** In ascending exact lexicographic order of z. */
  readonly fixedPoints: readonly FixedPoint[];
  readonly virtualFixedPoints?: readonly VirtualFixedPoint[];
  readonly continua: readonly Continuum[];
  /** By the first continuum of each. Absent without continua, and where too many pieces of planes would have to be compared. */
  readonly connectedSets?: readonly ConnectedSet[];
  /** True means proved: every fixed point is listed. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
  readonly method: "regions" | "search";
  readonly backend: "cpu" | "webgpu";
  /** Name of the GPU adapter, or null on the CPU. */
  readonly adapter: string | null;
  /** Why the backend is not what was asked for, or what befell it on the way. */
  readonly backendNote?: string;
  /**
   * Exact numbers of things done. `audited` of the regions method: how many subsets (or masks, where all are tried) were done
   * again in exact arithmetic, one in 2^17 as the model's hash decides; `gpuAudited`: a GPU's "no" verdicts that float64 confirmed.
   */
  readonly counts: Readonly<Record<string, number>>;
  readonly seconds: Readonly<Record<string, number>>;
  readonly provenance: Provenance;
  /**
   * `sha256:` and the hex SHA-256 of all the rest as canonical JSON (`model/seal.ts`): against accidents, and no signature. Results of
   * versions before it have none.
   */
  readonly digest?: string;
}
