import { approximateInverse, inverseDefect, solveByInverse } from "../float/inverse.ts";
import type { FloatArray } from "../float/precision.ts";
import { bit } from "../model/mask.ts";
import { Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";

const LARGEST_DEFECT = 0.25;

/** Solves the system of a region, (M + VᵀDU) z = VᵀDh + g, and decides on which side of every hyperplane z lies. */
export class Judge {
  /** The system that `verdict` reads, R(R + 1) numbers: J row-major, then b. */
  readonly system: FloatArray;
  /** The candidate that `verdict` computed last, in scaled coordinates. */
  readonly z: FloatArray;
  readonly #model: StageModel;
  readonly #work: FloatArray;
  readonly #X: FloatArray;
  #pointError = 0;

  constructor(model: StageModel) {
    const { latentDim: R, precision } = model;
    this.#model = model;
    this.system = new precision.array(R * (R + 1));
    this.z = new precision.array(R);
    this.#work = new precision.array(R * R);
    this.#X = new precision.array(R * R);
  }

  /** Forms the system of a mask term by term: for few masks, where tables would not pay. */
  form(masks: Uint32Array, from: number): void {
    const { system } = this;
    const { latentDim: R, count: n, M, g, U, V, h } = this.#model;
    system.set(M);
    system.set(g, R * R);
    for (let j = 0; j < n; j++) {
      if (bit(masks, j, from) === 0) continue;
      for (let i = 0; i < R; i++) {
        const v = V[j * R + i]!;
        for (let k = 0; k < R; k++) system[i * R + k]! += v * U[j * R + k]!;
        system[R * R + i]! += v * h[j]!;
      }
    }
  }

  /**
   * The verdict on `this.system`: whether its candidate lies in the closed region of a mask. With X ≈ J⁻¹ and
   * ‖I − XJ‖ ≤ q the exact candidate differs from X b by at most (q|Xb| + |X|(Δb + γ|b|))/(1 − q).
   * @param first hyperplanes to try first, with NO_HYPERPLANE or anything ≥ n as padding: almost every candidate fails
   *   at its own vertex.
   */
  verdict(masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number, firstLength: number): number {
    if (!this.#solve()) return Verdict.singular;
    const { count: n } = this.#model;
    for (let t = 0; t < firstLength; t++) {
      const j = first[firstFrom + t]!;
      if (j < n && this.#side(j, masks, from) < 0) return Verdict.no;
    }
    let verdict: number = Verdict.yes;
    for (let j = 0; j < n; j++) {
      const where = this.#side(j, masks, from);
      if (where < 0) return Verdict.no;
      if (where === 0) verdict = Verdict.undecided;
    }
    return verdict;
  }

  /** z and its error bound; false if J is not surely regular. */
  #solve(): boolean {
    const { system, z } = this;
    const { latentDim: R, precision, matrixError, rhsError } = this.#model;
    const work = this.#work;
    const X = this.#X;
    for (let i = 0; i < R * R; i++) work[i] = system[i]!;
    if (!approximateInverse(work, X, R)) return false;
    const q = inverseDefect(system, X, R, matrixError, precision);
    if (!(q < LARGEST_DEFECT)) return false;
    this.#pointError = solveByInverse(X, R, q, system, R * R, rhsError, precision, z);
    return true;
  }

  /** 1 if z is surely inside the mask's side of hyperplane j, −1 if surely outside, else 0. */
  #side(j: number, masks: Uint32Array, from: number): -1 | 0 | 1 {
    const { latentDim: R, U, h, uNorm, hError } = this.#model;
    const { z } = this;
    let s = -h[j]!;
    for (let k = 0; k < R; k++) s += U[j * R + k]! * z[k]!;
    const bound = uNorm[j]! * this.#pointError + hError[j]!;
    const inside = bit(masks, j, from) ? s : -s;
    return inside > bound ? 1 : inside < -bound ? -1 : 0;
  }
}
