import { firstPerturbations, ownerDirections } from "../arrangement/directions.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { float64s, uint8s } from "../base/small-arrays.ts";
import { type FloatArray, gamma, type Precision } from "../float/precision.ts";
import { integerModel, NO_INTEGERS } from "./integer-model.ts";

/**
 * One model as the four stages read it, in flat arrays of one precision: the arrangement in ρ dimensions, and the
 * regions' systems in R dimensions. All matrices are row-major, in the scaled coordinates of `ReducedSystem`.
 */
export interface StageModel {
  readonly precision: Precision;
  /** ρ = rank U. */
  readonly rank: number;
  /** R. */
  readonly latentDim: number;
  /** n: merged hyperplanes. */
  readonly count: number;
  /** Words of a mask. */
  readonly words: number;

  /** n×ρ: the chosen columns of U. */
  readonly arrangementU: FloatArray;
  /** n×R. */
  readonly U: FloatArray;
  /** n. */
  readonly h: FloatArray;
  /** n: 1 where h_j is exactly zero. */
  readonly centred: Uint8Array;
  /** n: δ_j of the first level of the perturbation, exact. */
  readonly delta: FloatArray;
  /** n: hyperplanes with the same number are parallel. */
  readonly direction: Uint32Array;
  /** ρ×ρ: c_1 … c_ρ as rows, exact. */
  readonly directions: FloatArray;
  /** n: bound on ‖u_j‖₁ over all R columns (so over the ρ chosen ones too). */
  readonly uNorm: FloatArray;
  /** n: bound on the error of u_j·z − h_j that h_j causes, γ|h_j| + tiny. */
  readonly hError: FloatArray;

  /** R×R, R, n×R: base matrix, base right-hand side, summed v of each hyperplane. */
  readonly M: FloatArray;
  readonly g: FloatArray;
  readonly V: FloatArray;
  /**
   * R×R and R: entrywise bounds on the error of M + VᵀDU and VᵀDh + g summed in this precision, in any order, in
   * `passes` passes.
   */
  readonly matrixError: FloatArray;
  readonly rhsError: FloatArray;
  /**
   * For `refine` and `reintersect`, in float32, made when first asked for; none in float64, whose next look is an exact
   * one.
   */
  readonly integers: Uint32Array;
}

/**
 * @param attempt the number of the owner directions: 0, and one more after each exact zero among owner signs.
 * @param passes how often a running sum may have met each rank-1 term: 1 for a sum over a mask; 3 for a walk along a
 *   line, which adds the terms, turns each on or off, and sets the terms of the line's own hyperplanes.
 */
export function stageModel(reduced: ReducedSystem, precision: Precision, attempt: number, passes = 1): StageModel {
  const { latentDim: R, count: n, columns } = reduced;
  const sums = reduced.sums.now;
  const rho = columns.length;
  // the chosen columns ascend
  const arrangementU = rho === R ? reduced.U : float64s(n * rho);
  // a system that is not fit gets infinite bounds, so that no float stage decides anything
  const unknown = reduced.fit ? 0 : Number.POSITIVE_INFINITY;
  const uNorm = float64s(n);
  for (let j = 0; j < n; j++) {
    uNorm[j] = unknown;
    if (rho < R) for (let i = 0; i < rho; i++) arrangementU[j * rho + i] = reduced.U[j * R + columns[i]!]!;
    for (let k = 0; k < R; k++) uNorm[j]! += Math.abs(reduced.U[j * R + k]!);
  }
  const h = reduced.h.rounded;
  const hSize = float64s(n);
  const delta = firstPerturbations(n);
  const centred = uint8s(n);
  for (let j = 0; j < n; j++) {
    hSize[j] = Math.abs(h[j]!) + unknown;
    if (h[j] === 0 && reduced.h.isExact(j)) centred[j] = 1;
  }
  const directions = ownerDirections(rho, attempt);
  const sumError = gamma(R + 4, precision);
  // `terms` has the roundings of the sums, and those of the float64 numbers that are read
  const foldError = gamma(passes * reduced.terms, precision);
  const model: StageModel = {
    precision,
    rank: rho,
    latentDim: R,
    count: n,
    words: reduced.words,
    arrangementU: inPrecision(arrangementU, precision),
    U: inPrecision(reduced.U, precision),
    h: inPrecision(h, precision),
    centred,
    delta: inPrecision(delta, precision),
    direction: reduced.direction,
    directions: inPrecision(directions, precision),
    uNorm: upward(uNorm, 1, precision),
    hError: upward(hSize, sumError, precision),
    M: inPrecision(sums.M, precision),
    g: inPrecision(sums.g, precision),
    V: inPrecision(sums.V, precision),
    matrixError: upward(sums.matrixMagnitude, foldError, precision),
    rhsError: upward(sums.rhsMagnitude, foldError, precision),
    integers: NO_INTEGERS,
  };
  if (precision.name === "f64") return model;
  let integers: Uint32Array | undefined;
  const get = () => (integers ??= integerModel(reduced, { directions, delta, centred }));
  return Object.defineProperty(model, "integers", { get, enumerable: true });
}

/** The numbers in a precision. Nobody changes the arrays of a stage model. */
function inPrecision(values: Float64Array, { array }: Precision): FloatArray {
  return array === Float64Array ? values : new array(values);
}

function upward(values: Float64Array, factor: number, precision: Precision): FloatArray {
  const bounds = float64s(values.length);
  for (let i = 0; i < bounds.length; i++) bounds[i] = values[i]! * factor * precision.slack + precision.tiny;
  return inPrecision(bounds, precision);
}
