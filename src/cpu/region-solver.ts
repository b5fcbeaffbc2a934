import { memo } from "../base/memo.ts";
import { float64s } from "../base/small-arrays.ts";
import type { FloatArray } from "../float/precision.ts";
import { bit } from "../model/mask.ts";
import { Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { EarlyRejection } from "./early-rejection.ts";
import { Judge } from "./judge.ts";
import { MaskFilter } from "./mask-filter.ts";

/** Sums over groups of four hyperplanes are not tabulated where the tables would take more memory. */
const MAX_TABLE_BYTES = 2 ** 26;
/** So many systems are formed without tables, which take as long to make. */
const FORMED_BEFORE_TABLE = 6;
const BITS = 4;
const SETTINGS = 2 ** BITS;

/**
 * Forms and judges the systems of regions of one model: (M + VᵀDU) z = VᵀDh + g, and on which side of every hyperplane
 * z lies.
 *
 * Sums of the rank-1 terms [v_j u_jᵀ | v_j h_j] over every subset of each group of BITS consecutive hyperplanes are
 * tabulated ("Four Russians"), so that a region's system takes ⌈n/BITS⌉ additions of R(R + 1) numbers. Each term meets
 * at most n roundings there, as the γ behind the model's error bounds assumes.
 */
export class RegionSolver {
  /** The system to judge, R(R + 1) numbers: J row-major, then b. */
  readonly system: FloatArray;
  /** The candidate of the system that was judged last, in scaled coordinates. */
  readonly z: FloatArray;
  /** Rules out most masks of a small model. */
  readonly filter: MaskFilter | undefined;
  readonly #model: StageModel;
  /** Else systems are formed term by term. */
  readonly #tabulated: boolean;
  /** groups × 2^BITS × R(R + 1); made when some systems have been formed. */
  #sums: FloatArray | undefined;
  #formed = 0;
  /** The sum over some hyperplanes of a group. */
  readonly #partial: FloatArray;
  #terms: FloatArray | undefined;
  /** Of one hyperplane. */
  readonly #term: FloatArray;
  readonly #base: FloatArray;
  readonly #judge: Judge;
  /** Only in float64; float32 is the reference of the GPU's parity tests. */
  readonly #early: EarlyRejection | undefined;

  constructor(model: StageModel) {
    const { latentDim: R, count: n, precision } = model;
    const size = R * (R + 1);
    this.#model = model;
    this.filter = MaskFilter.of(model);
    // the few masks that a filter leaves are not worth a table
    const tabulated =
      this.filter === undefined && Math.ceil(n / 4) * 16 * size * precision.array.BYTES_PER_ELEMENT <= MAX_TABLE_BYTES;
    this.#tabulated = tabulated;
    this.#term = new precision.array(size);
    this.#partial = new precision.array(size);
    this.#base = new precision.array(size);
    this.#base.set(model.M);
    this.#base.set(model.g, R * R);
    this.#judge = new Judge(model);
    this.system = this.#judge.system;
    this.z = this.#judge.z;
    this.#early = precision.array === Float64Array ? new EarlyRejection(model) : undefined;
  }

  /** n × R(R + 1): the term of each hyperplane. For few dimensions. */
  get terms(): FloatArray {
    if (this.#terms === undefined) {
      const { count: n, precision } = this.#model;
      const length = n * this.#term.length;
      this.#terms = precision.array === Float64Array ? float64s(length) : new precision.array(length);
      for (let j = 0; j < n; j++) this.#writeTerm(j, this.#terms, j * this.#term.length);
    }
    return this.#terms;
  }

  /** Writes the term of hyperplane j to numbers from a place on. */
  #writeTerm(j: number, to: FloatArray = this.#term, at = 0): void {
    const { latentDim: R, U, V, h } = this.#model;
    for (let i = 0; i < R; i++) {
      const v = V[j * R + i]!;
      for (let k = 0; k < R; k++) to[at + i * R + k] = v * U[j * R + k]!;
      to[at + R * R + i] = v * h[j]!;
    }
  }

  #tabulate(): FloatArray {
    const { count: n, precision } = this.#model;
    const size = this.#base.length;
    const term = this.#term;
    const sums = new precision.array(Math.ceil(n / BITS) * SETTINGS * size);
    for (let start = 0, first = 0; first < n; start += SETTINGS, first += BITS) {
      for (let b = 0; b < BITS; b++) {
        if (first + b < n) this.#writeTerm(first + b);
        else term.fill(0);
        // those with b as their highest bit
        for (let setting = 1 << b; setting < 2 << b; setting++) {
          const from = (start + (setting ^ (1 << b))) * size;
          const to = (start + setting) * size;
          for (let i = 0; i < size; i++) sums[to + i] = sums[from + i]! + term[i]!;
        }
      }
    }
    return sums;
  }

  /** Forms the system of a mask. */
  form(masks: Uint32Array, from: number): void {
    const { system } = this;
    const base = this.#base;
    const size = base.length;
    for (let i = 0; i < size; i++) system[i] = base[i]!;
    if (!this.#tabulated) {
      this.#addTerms(masks, from);
      return;
    }
    if (this.#formed < FORMED_BEFORE_TABLE) {
      this.#formed++;
      this.#addGroups(masks, from);
      return;
    }
    this.#sums ??= this.#tabulate();
    const sums = this.#sums;
    const perWord = 32 / BITS;
    const groups = Math.ceil(this.#model.count / BITS);
    for (let group = 0; group < groups; group++) {
      const setting = (masks[from + Math.floor(group / perWord)]! >>> ((group % perWord) * BITS)) & (SETTINGS - 1);
      if (setting === 0) continue;
      const start = (group * SETTINGS + setting) * size;
      for (let i = 0; i < size; i++) system[i]! += sums[start + i]!;
    }
  }

  /** Adds the sums that tables hold, from the same additions in the same order. */
  #addGroups(masks: Uint32Array, from: number): void {
    const { system } = this;
    const term = this.#term;
    const partial = this.#partial;
    const { count: n } = this.#model;
    for (let first = 0; first < n; first += BITS) {
      let setting = (masks[from + (first >>> 5)]! >>> (first & 31)) & (SETTINGS - 1);
      if (setting === 0) continue;
      partial.fill(0);
      for (let j = first; setting !== 0; j++, setting >>>= 1) {
        if ((setting & 1) === 0) continue;
        this.#writeTerm(j);
        for (let i = 0; i < term.length; i++) partial[i]! += term[i]!;
      }
      for (let i = 0; i < term.length; i++) system[i]! += partial[i]!;
    }
  }

  #addTerms(masks: Uint32Array, from: number): void {
    const { system } = this;
    const term = this.#term;
    for (let j = 0; j < this.#model.count; j++) {
      if (bit(masks, j, from) === 0) continue;
      this.#writeTerm(j);
      for (let i = 0; i < term.length; i++) system[i]! += term[i]!;
    }
  }

  /** The verdict on a mask: what `form` and `judge` say, unless the filter tells sooner. */
  judgeMask(masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number, firstLength: number): number {
    if (this.filter?.excludes(masks[from]!)) return Verdict.no;
    this.form(masks, from);
    return this.judge(masks, from, first, firstFrom, firstLength);
  }

  /**
   * The verdict on `this.system`.
   * @param first hyperplanes to try first, with NO_HYPERPLANE or anything ≥ n as padding: almost every candidate fails
   *   at its own vertex.
   */
  judge(masks: Uint32Array, from: number, first: Uint32Array, firstFrom: number, firstLength: number): number {
    if (this.#early?.rejects(this.system as Float64Array, masks, from, first, firstFrom)) return Verdict.no;
    return this.#judge.verdict(masks, from, first, firstFrom, firstLength);
  }
}

const solvers = memo<StageModel, RegionSolver>();

/** The solver of a model, made once for each model. */
export function regionSolver(model: StageModel): RegionSolver {
  let solver = solvers.get(model);
  if (solver === undefined) {
    solver = new RegionSolver(model);
    solvers.set(model, solver);
  }
  return solver;
}
