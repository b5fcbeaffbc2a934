import { solvingFractionFree } from "../exact/elimination.ts";
import { lowestExponentOf, scaleToIntegers } from "../exact/integers.ts";
import {
  bit,
  type IntegerHyperplane,
  type IntegerHyperplanes,
  indices,
  integerHyperplane,
  integerHyperplanes,
} from "../exact/region.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { allOf, type Steps } from "../steps.ts";

/** Integers J·2^-E and b·2^-E of a region's system (M + VᵀDU) z = VᵀDh + g. */
export interface IntegerRegion {
  /** R×R row-major. */
  readonly J: bigint[];
  /** R. */
  readonly b: bigint[];
}

/** A region's candidate as integers: z = numerators / denominator. */
export interface ExactCandidate {
  readonly numerators: readonly bigint[];
  /** det J, not zero, of either sign. */
  readonly denominator: bigint;
}

/** The exact signs of a point, over the original hyperplanes. */
export interface ExactSigns {
  /** Bit j: u_j·z > h_j. */
  readonly positive: Uint32Array;
  /** Bit j: u_j·z = h_j. */
  readonly ties: Uint32Array;
}

/** The largest number of numbers in rank-1 terms that are kept; for larger systems the terms are computed each time. */
const MAX_CACHED_TERMS = 2 ** 18;

/** The exact linear algebra of one system: its regions' matrices, candidates and signs, in integers. */
export class ExactRegions {
  readonly system: PiecewiseLinearSystem;
  readonly #base: bigint[];
  readonly #exponent: number;
  /** Computed when first needed: most regions of a large system leave most hyperplanes inactive. */
  readonly #rows: (IntegerHyperplane | undefined)[];
  #lazyHyperplanes: IntegerHyperplanes | undefined;
  readonly #terms: (bigint[] | undefined)[] | undefined;
  /** The last region and its sums: the next one may differ in few hyperplanes. */
  #last: { readonly mask: Uint32Array; readonly sums: readonly bigint[] } | undefined;

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N, M, g, U, h } = system;
    this.system = system;
    const base = scaleToIntegers([...M.numbers(), ...g.numbers()]);
    const V = system.V.numbers();
    const offsets = h.numbers();
    let exponent = base.exponent;
    for (let j = 0; j < N; j++) {
      const row = Math.min(lowestExponentOf(U, j * R, (j + 1) * R), lowestExponentOf(offsets, j, j + 1));
      exponent = Math.min(exponent, lowestExponentOf(V, j * R, (j + 1) * R) + row);
    }
    this.#exponent = exponent;
    this.#base = base.values.map((x) => x << BigInt(base.exponent - exponent));
    this.#rows = new Array(N);
    this.#terms = N * R * (R + 1) <= MAX_CACHED_TERMS ? new Array(N) : undefined;
  }

  /** The exponent E of the numbers that `region` returns, J·2^-E and b·2^-E. */
  get exponent(): number {
    return this.#exponent;
  }

  get hyperplanes(): IntegerHyperplanes {
    this.#lazyHyperplanes ??= integerHyperplanes(this.system);
    return this.#lazyHyperplanes;
  }

  #row(j: number): IntegerHyperplane {
    const row = this.#rows[j] ?? integerHyperplane(this.system, j);
    this.#rows[j] = row;
    return row;
  }

  /** [v_j u_jᵀ | v_j h_j] at the common exponent. */
  #term(j: number): bigint[] {
    const cached = this.#terms?.[j];
    if (cached !== undefined) return cached;
    const { latentDim: R, V } = this.system;
    const { normal, offset, exponent } = this.#row(j);
    const v = scaleToIntegers(V.numbers(j * R, (j + 1) * R));
    // if v_j or the row is zero, the shift is without effect
    const shift = BigInt(Math.max(0, v.exponent + exponent - this.#exponent));
    const term = new Array<bigint>(R * (R + 1));
    for (let i = 0; i < R; i++) {
      const value = v.values[i] << shift;
      for (let k = 0; k < R; k++) term[i * R + k] = value * normal[k];
      term[R * R + i] = value * offset;
    }
    if (this.#terms !== undefined) this.#terms[j] = term;
    return term;
  }

  region(mask: Uint32Array): IntegerRegion {
    return allOf(this.forming(mask));
  }

  /** `region` in steps of one hyperplane. */
  *forming(mask: Uint32Array): Steps<IntegerRegion> {
    const R = this.system.latentDim;
    const last = this.#last;
    const active = indices(mask);
    const changed = last && indices(mask.map((word, w) => word ^ last.mask[w]));
    const isNear = changed !== undefined && changed.length < active.length;
    const sums = (isNear ? last!.sums : this.#base).slice();
    for (const j of isNear ? changed : active) {
      const term = this.#term(j);
      if (bit(mask, j) === 1) for (let i = 0; i < term.length; i++) sums[i] += term[i];
      else for (let i = 0; i < term.length; i++) sums[i] -= term[i];
      yield;
    }
    this.#last = { mask: mask.slice(), sums };
    return { J: sums.slice(0, R * R), b: sums.slice(R * R) };
  }

  /** The region's candidate, or undefined if J is singular. */
  candidate(region: IntegerRegion): ExactCandidate | undefined {
    return allOf(this.solving(region));
  }

  /** `candidate` in steps of a row of R numbers. */
  *solving({ J, b }: IntegerRegion): Steps<ExactCandidate | undefined> {
    const solution = yield* solvingFractionFree(J, this.system.latentDim, b, 1);
    return solution === undefined ? undefined : { numerators: solution.X, denominator: solution.determinant };
  }

  /**
   * The exact signs of all hyperplanes at a point.
   * @param approximate the point in float64: decides the signs that a rounding bound proves; the others are decided
   *   exactly.
   * @param mask if given, signs that contradict it end the work.
   * @returns undefined as soon as a sign contradicts `mask`.
   */
  signs(z: ExactCandidate, approximate: ArrayLike<number>, mask?: Uint32Array): ExactSigns | undefined {
    const { latentDim: R, hyperplanes: N, U, h } = this.system;
    const positive = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    const ties = new Uint32Array(positive.length);
    // the computed value is fl(−ĥ + Σ u_k ẑ_k) with |ẑ − z| ≤ 2^-53|ẑ| + 2^-1075, likewise for ĥ; products may
    // underflow by 2^-1075. The sum of R + 1 terms errs by γ_{R+2} of their magnitudes, by (R + 1)2^-1075 and by
    // 2^-1075 Σ|u_k|; the bound is doubled for safety
    const relative = 2 * (R + 4) * 2 ** -53;
    for (let j = 0; j < N; j++) {
      let s = -h.rounded[j];
      let magnitude = Math.abs(s);
      let norm = 0;
      for (let k = 0; k < R; k++) {
        const u = U[j * R + k];
        const term = u * approximate[k];
        s += term;
        magnitude += Math.abs(term);
        norm += Math.abs(u);
      }
      const bound = relative * magnitude + (norm * 2 ** -1074 + 2 ** -1000);
      const sign = s > bound ? 1 : s < -bound ? -1 : this.#exactSign(z, j);
      const bit = 1 << (j & 31);
      if (sign > 0) positive[j >>> 5] |= bit;
      else if (sign === 0) ties[j >>> 5] |= bit;
      if (mask !== undefined && sign !== 0 && sign > 0 !== ((mask[j >>> 5] & bit) !== 0)) return undefined;
    }
    return { positive, ties };
  }

  #exactSign({ numerators, denominator }: ExactCandidate, j: number): -1 | 0 | 1 {
    const { normal, offset } = this.#row(j);
    let s = -offset * denominator;
    for (let k = 0; k < normal.length; k++) s += normal[k] * numerators[k];
    if (s === 0n) return 0;
    return s > 0n === denominator > 0n ? 1 : -1;
  }
}
