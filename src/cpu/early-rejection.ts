import { largestOf } from "../base/largest.ts";
import { factorise, inverseNorm, solveFactorised } from "../float/elimination.ts";
import { gamma } from "../float/precision.ts";
import { bit } from "../model/mask.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { scratchBySize } from "./scratch.ts";

/** Working memory for R dimensions; nothing in it outlives a call. */
const scratchOf = scratchBySize((R) => ({
  LU: new Float64Array(R * R),
  order: new Uint32Array(R),
  z: new Float64Array(R),
  scratch: new Float64Array(R),
}));

/**
 * Early rejection (docs/design.md#early-rejection): most candidates lie far outside their region, which one elimination
 * shows, without an inverse. Candidates that are not rejected are judged in full.
 */
export class EarlyRejection {
  readonly #model: StageModel;
  readonly #LU: Float64Array;
  readonly #order: Uint32Array;
  readonly #z: Float64Array;
  readonly #scratch: Float64Array;
  /** Bounds on ‖ΔJ‖∞ and ‖Δb‖∞ over all regions. */
  readonly #matrixUncertainty: number;
  readonly #rhsUncertainty: number;

  /** @param model in float64. */
  constructor(model: StageModel) {
    const { latentDim: R, matrixError, rhsError, precision } = model;
    this.#model = model;
    const { LU, order, z, scratch } = scratchOf(R);
    this.#LU = LU;
    this.#order = order;
    this.#z = z;
    this.#scratch = scratch;
    let matrix = 0;
    for (let i = 0; i < R; i++) {
      let row = 0;
      for (let k = 0; k < R; k++) row += matrixError[i * R + k]!;
      matrix = Math.max(matrix, row);
    }
    this.#matrixUncertainty = matrix * precision.slack;
    this.#rhsUncertainty = largestOf(rhsError, Number) * precision.slack;
  }

  /**
   * Is the candidate of `system` surely on the wrong side of one of the hyperplanes in `first`, or of one of all?
   * @param system R(R + 1): J, then b.
   */
  rejects(system: Float64Array, masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number): boolean {
    const { latentDim: R, count: n, rank, precision } = this.#model;
    const LU = this.#LU;
    const z = this.#z;
    for (let i = 0; i < R * R; i++) LU[i] = system[i]!;
    if (!factorise(LU, R, this.#order)) return false;
    const b = system.subarray(R * R);
    solveFactorised(LU, R, this.#order, b, z);
    const pointError = this.#pointError(system, b);
    if (!(pointError < precision.huge)) return false;

    for (let t = 0; t < rank; t++) {
      const j = first[firstFrom + t]!;
      if (j < n && this.#outside(j, masks, from, pointError)) return true;
    }
    for (let j = 0; j < n; j++) if (this.#outside(j, masks, from, pointError)) return true;
    return false;
  }

  /** A bound on ‖z − z̃‖∞ for the z̃ just computed, with the rounding of u·z̃; 0 where bounds are switched off. */
  #pointError(system: Float64Array, b: Float64Array): number {
    const { latentDim: R, precision } = this.#model;
    if (precision.slack === 0) return 0;
    const LU = this.#LU;
    const z = this.#z;
    const inverse = inverseNorm(LU, R, this.#matrixUncertainty, precision, this.#scratch);

    // |z − z̃| ≤ ‖J'⁻¹‖ ‖b' − J'z̃‖
    const relative = gamma(R + 4, precision);
    let size = 0;
    for (let k = 0; k < R; k++) size = Math.max(size, Math.abs(z[k]!));
    let residual = 0;
    for (let i = 0; i < R; i++) {
      let sum = b[i]!;
      let magnitude = Math.abs(sum);
      for (let k = 0; k < R; k++) {
        const term = system[i * R + k]! * z[k]!;
        sum -= term;
        magnitude += Math.abs(term);
      }
      residual = Math.max(residual, Math.abs(sum) + relative * magnitude);
    }
    residual += this.#matrixUncertainty * size + this.#rhsUncertainty;
    return (inverse * residual + relative * size) * precision.slack + precision.tiny;
  }

  #outside(j: number, masks: Uint32Array, from: number, pointError: number): boolean {
    const { latentDim: R, U, h, uNorm, hError } = this.#model;
    const z = this.#z;
    let s = -h[j]!;
    for (let k = 0; k < R; k++) s += U[j * R + k]! * z[k]!;
    const inside = bit(masks, j, from) ? s : -s;
    return inside < -(uNorm[j]! * pointError + hError[j]!);
  }
}
