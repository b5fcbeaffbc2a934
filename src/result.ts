/** The result format `stillpoint/result@1` (DESIGN.md section 6). */

export type Stability = "stable" | "unstable" | "saddle" | "marginal" | "undetermined";

/** [real part, imaginary part]. */
export type ComplexPair = readonly [number, number];

/** The linear map of one of the regions that meet at a point. */
export interface Linearisation {
  /** Hyperplanes whose bit is 1 on this side. */
  readonly active: readonly number[];
  readonly eigenvalues: readonly ComplexPair[];
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
  /** max |λ|; discrete time only. */
  readonly spectralRadius?: number;
  /** max Re λ; continuous time only. */
  readonly spectralAbscissa?: number;
  readonly stability: Stability;
  /** One for each side at ties, at most 64; only where there are ties. */
  readonly linearisations?: readonly Linearisation[];
}

/** A candidate outside its own region: what the region's linear map would converge to or flee from. */
export interface VirtualFixedPoint {
  readonly z: readonly number[];
  /** The region whose candidate it is. */
  readonly region: readonly number[];
  readonly eigenvalues: readonly ComplexPair[];
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
