import { float64s } from "../base/small-arrays.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { solvingFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { type ExactMatrix, type FieldMatrix, RoundedMatrix } from "../exact/matrix.ts";
import {
  bitCount,
  type IntegerHyperplane,
  type IntegerHyperplanes,
  integerHyperplane,
  integerHyperplanes,
} from "../exact/region.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type RefinedSolution, refinedSolution } from "./refined-solution.ts";
import { solveInWords } from "./region-words.ts";
import { type ScaledBase, scaledBase } from "./scaled-base.ts";
import { TermSums } from "./term-sums.ts";
import { MOST_DIMENSIONS, WordSolver } from "./word-solution.ts";
import type { WordMatrix } from "./words.ts";

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
  /** What is known without these. */
  readonly refined?: RefinedSolution | undefined;
}

/**
 * So many regions are solved one by one, until these have taken so many products, before words of all terms are kept,
 * which take longer to make.
 */
const REGIONS_BEFORE_WORDS = 8;
const PRODUCTS_BEFORE_WORDS = 2 ** 12;
/** From this dimension on refinement is quicker than elimination. */
const LEAST_DIMENSIONS_TO_REFINE = 10;

/** A candidate whose integers are computed when they are needed: in many dimensions thousands would take gigabytes. */
class RefinedCandidate implements ExactCandidate {
  readonly refined: RefinedSolution;
  readonly #regions: ExactRegions;
  readonly #mask: Uint32Array;
  #exact: ExactCandidate | undefined;

  constructor(regions: ExactRegions, mask: Uint32Array, refined: RefinedSolution) {
    this.#regions = regions;
    this.#mask = mask;
    this.refined = refined;
  }

  get numerators(): readonly bigint[] {
    return this.#solved.numerators;
  }

  get denominator(): bigint {
    return this.#solved.denominator;
  }

  get #solved(): ExactCandidate {
    this.#exact ??= this.#regions.candidate(this.#regions.region(this.#mask))!;
    return this.#exact;
  }
}

/** The exact signs of a point, over the original hyperplanes. */
export interface ExactSigns {
  /** Bit j: u_j·z > h_j. */
  readonly positive: Uint32Array;
  /** Bit j: u_j·z = h_j. */
  readonly ties: Uint32Array;
}

/** M + VᵀDU where the Jacobian is known rounded. */
class FieldOfRegion extends RoundedMatrix implements FieldMatrix {
  readonly jacobian: Float64Array;

  constructor(n: number, jacobian: Float64Array, make: () => ExactMatrix) {
    super(n, undefined, make);
    this.jacobian = jacobian;
  }
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  for (let w = 0; w < a.length; w++) if (a[w] !== b[w]) return false;
  return true;
}

/** The sums of a mask: an R×R matrix, then R numbers. */
interface MaskSums {
  readonly mask: Uint32Array;
  readonly sums: readonly bigint[];
}

/** What solves regions in words. */
interface WordRegions {
  readonly sums: TermSums;
  /** Of M and g. */
  readonly base: Float64Array;
  /** Of a region. */
  readonly region: WordMatrix;
  readonly solver: WordSolver;
}

/** The largest number of numbers in rank-1 terms that are kept; for larger systems the terms are computed each time. */
const MAX_CACHED_TERMS = 2 ** 18;
/** From so many hyperplanes on that two regions differ in, sums of words are quicker than those of integers. */
const MANY_CHANGES = 16;
/** Numbers that are added between two looks at the clock. */
const NUMBERS_AT_ONCE = 2 ** 14;

/** The exact linear algebra of one system: its regions' matrices, candidates and signs, in integers. */
export class ExactRegions {
  readonly system: PiecewiseLinearSystem;
  /** Computed when first needed: words decide the regions of most small models. */
  #lazyBase: ScaledBase | undefined;
  /** Computed when first needed: most regions of a large system leave most hyperplanes inactive. */
  readonly #rows: (IntegerHyperplane | undefined)[];
  #lazyHyperplanes: IntegerHyperplanes | undefined;
  #lazyNorms: Float64Array | undefined;
  readonly #terms: (bigint[] | undefined)[] | undefined;
  /** The last region and its sums: the next one may differ in few hyperplanes. */
  #last: MaskSums | undefined;
  /** The mask of no hyperplane. */
  readonly #none: Uint32Array;
  /** Of the same sums, where many hyperplanes come and go; null where there can be none. */
  #words: TermSums | null | undefined;
  /** Null where there can be none. */
  #wordRegions: WordRegions | null | undefined;
  /** Regions that were to be solved one by one, and the products of their terms. */
  #regions = 0;
  #products = 0;
  /** The last region that was solved by itself. */
  #inWords: { readonly mask: Uint32Array; readonly jacobian: Float64Array | undefined } | undefined;

  constructor(system: PiecewiseLinearSystem) {
    const { latentDim: R, hyperplanes: N } = system;
    this.system = system;
    this.#none = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    this.#rows = new Array(N);
    this.#terms = N * R * (R + 1) <= MAX_CACHED_TERMS ? new Array(N) : undefined;
  }

  get #scaledBase(): ScaledBase {
    this.#lazyBase ??= scaledBase(this.system);
    return this.#lazyBase;
  }

  get #base(): readonly bigint[] {
    return this.#scaledBase.base;
  }

  /** The exponent E of the numbers that `region` returns, J·2^-E and b·2^-E. */
  get exponent(): number {
    return this.#scaledBase.exponent;
  }

  /** M + VᵀDU of a mask. Its integers are computed when they are asked for. */
  field(mask: Uint32Array): FieldMatrix {
    const jacobian =
      this.#inWords !== undefined && isSame(this.#inWords.mask, mask) ? this.#inWords.jacobian : undefined;
    return jacobian === undefined
      ? this.#exactField(mask)
      : new FieldOfRegion(this.system.latentDim, jacobian, () => this.#exactField(mask));
  }

  #exactField(mask: Uint32Array): ExactMatrix {
    return { n: this.system.latentDim, integers: this.region(mask).J, exponent: this.exponent };
  }

  get hyperplanes(): IntegerHyperplanes {
    this.#lazyHyperplanes ??= integerHyperplanes(this.system);
    return this.#lazyHyperplanes;
  }

  /** N: Σ_k |u_jk|. */
  get #norms(): Float64Array {
    const { latentDim: R, hyperplanes: N, U } = this.system;
    if (this.#lazyNorms !== undefined) return this.#lazyNorms;
    const norms = float64s(N);
    for (let j = 0; j < N; j++) for (let k = 0; k < R; k++) norms[j]! += Math.abs(U[j * R + k]!);
    this.#lazyNorms = norms;
    return norms;
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
    const shift = BigInt(Math.max(0, v.exponent + exponent - this.exponent));
    const term = new Array<bigint>(R * (R + 1));
    for (let i = 0; i < R; i++) {
      const value = v.values[i]! << shift;
      for (let k = 0; k < R; k++) term[i * R + k] = value * normal[k]!;
      term[R * R + i] = value * offset;
    }
    if (this.#terms !== undefined) this.#terms[j] = term;
    return term;
  }

  region(mask: Uint32Array): IntegerRegion {
    return allOf(this.forming(mask));
  }

  /** `region` in steps of some hyperplanes. */
  *forming(mask: Uint32Array): Steps<IntegerRegion> {
    const R = this.system.latentDim;
    const last = this.#last ?? { mask: this.#none, sums: this.#base };
    let active = 0;
    let changed = 0;
    for (let w = 0; w < mask.length; w++) {
      active += bitCount(mask[w]!);
      changed += bitCount(mask[w]! ^ last.mask[w]!);
    }
    const isNear = changed < active;
    const sums = (isNear ? changed : active) > MANY_CHANGES ? yield* this.#sumOfWords(mask, active) : undefined;
    const whole = sums ?? (yield* this.#sumOfIntegers(mask, isNear ? last : { mask: this.#none, sums: this.#base }));
    this.#last = { sums: whole, mask: mask.slice() };
    return { J: whole.slice(0, R * R), b: whole.slice(R * R) };
  }

  *#sumOfIntegers(mask: Uint32Array, from: MaskSums): Steps<bigint[]> {
    const sums = from.sums.slice();
    const each = Math.max(1, Math.floor(NUMBERS_AT_ONCE / sums.length));
    let changes = 0;
    for (let w = 0; w < mask.length; w++) {
      for (let rest = mask[w]! ^ from.mask[w]!; rest !== 0; rest &= rest - 1) {
        const bit = rest & -rest;
        const term = this.#term((w << 5) + 31 - Math.clz32(bit));
        if ((mask[w]! & bit) !== 0) for (let i = 0; i < term.length; i++) sums[i]! += term[i]!;
        else for (let i = 0; i < term.length; i++) sums[i]! -= term[i]!;
        if (++changes % each === 0) yield;
      }
    }
    return sums;
  }

  /** @param active the number of bits in the mask. @returns undefined where there are no sums of words. */
  *#sumOfWords(mask: Uint32Array, active: number): Steps<bigint[] | undefined> {
    const words = this.#termSums;
    if (words === null) return undefined;
    yield* this.#turning(words, mask, active);
    return words.read(this.#base);
  }

  get #termSums(): TermSums | null {
    this.#words ??= TermSums.of(this.system, this.exponent) ?? null;
    return this.#words;
  }

  /** Turns sums to a mask. @param active the number of bits in the mask. */
  *#turning(words: TermSums, mask: Uint32Array, active: number): Steps<void> {
    if (words.distance(mask) > active) words.clear();
    const each = Math.max(1, Math.floor(NUMBERS_AT_ONCE / (32 * this.#base.length)));
    for (let w = 0; w < mask.length; w++) {
      words.turn(w, mask[w]!);
      if ((w + 1) % each === 0) yield;
    }
  }

  /** The region's candidate, or undefined if J is singular. */
  candidate(region: IntegerRegion): ExactCandidate | undefined {
    return allOf(this.solving(region));
  }

  /**
   * The candidate of the region of a mask, in many dimensions by refinement where that decides; undefined if J is
   * singular.
   */
  *solvingRegion(region: IntegerRegion, mask: Uint32Array): Steps<ExactCandidate | undefined> {
    const R = this.system.latentDim;
    const refined = R < LEAST_DIMENSIONS_TO_REFINE ? undefined : refinedSolution(region.J, region.b, R);
    return refined === undefined ? yield* this.solving(region) : new RefinedCandidate(this, mask.slice(), refined);
  }

  /**
   * The candidate of the region of a mask, where refinement in words decides it: its numbers are integers in float64,
   * and most candidates are never asked for others.
   */
  *refining(mask: Uint32Array): Steps<ExactCandidate | undefined> {
    let active = 0;
    for (let w = 0; w < mask.length; w++) active += bitCount(mask[w]!);
    if (this.#regions < REGIONS_BEFORE_WORDS && this.#products <= PRODUCTS_BEFORE_WORDS) {
      this.#regions++;
      this.#products += active * this.system.latentDim * (this.system.latentDim + 1);
      return this.#solveInWords(mask);
    }
    this.#wordRegions ??= this.#makeWordRegions() ?? null;
    if (this.#wordRegions === null) return undefined;
    const { sums, base, region, solver } = this.#wordRegions;
    yield* this.#turning(sums, mask, active);
    sums.addTo(base, region);
    const refined = solver.solve(region);
    return refined === undefined ? undefined : new RefinedCandidate(this, mask.slice(), refined);
  }

  #solveInWords(mask: Uint32Array): ExactCandidate | undefined {
    const inWords = solveInWords(this.system, mask);
    if (inWords === undefined) return undefined;
    const own = mask.slice();
    this.#inWords = { mask: own, jacobian: inWords.jacobian };
    return new RefinedCandidate(this, own, inWords.solution);
  }

  #makeWordRegions(): WordRegions | undefined {
    const R = this.system.latentDim;
    const sums = R > MOST_DIMENSIONS ? null : this.#termSums;
    const base = sums?.wordsOf(this.#base);
    if (!sums || base === undefined) return undefined;
    return { sums, base, region: sums.room, solver: new WordSolver(R) };
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
    const { latentDim: R, hyperplanes: N, U } = this.system;
    const offsets = this.system.h.rounded;
    const norms = this.#norms;
    let size = 0;
    for (let k = 0; k < R; k++) size = Math.max(size, Math.abs(approximate[k]!));
    const positive = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
    const ties = new Uint32Array(positive.length);
    // the computed value is fl(−ĥ + Σ u_k ẑ_k) with |ẑ − z| ≤ 2^-53|ẑ| + 2^-1075, likewise for ĥ; products may
    // underflow by 2^-1075. The sum of R + 1 terms errs by γ_{R+2} of their magnitudes, by (R + 1)2^-1075 and by
    // 2^-1075 Σ|u_k|; the bound is more than doubled for safety. The first bound takes Σ|u_k| max|ẑ| for the sum of
    // magnitudes
    const relative = 2 * (R + 4) * 2 ** -53;
    for (let j = 0; j < N; j++) {
      const offset = offsets[j]!;
      let s = -offset;
      for (let k = 0; k < R; k++) s += U[j * R + k]! * approximate[k]!;
      const norm = norms[j]!;
      // subnormal numbers would take ten times as long
      const least = (norm + 1) * 2 ** -1000;
      let bound = relative * (Math.abs(offset) + norm * size) * (1 + 2 ** -20) + least;
      if (!(Math.abs(s) > bound)) {
        let magnitude = Math.abs(offset);
        for (let k = 0; k < R; k++) magnitude += Math.abs(U[j * R + k]! * approximate[k]!);
        bound = relative * magnitude + least;
      }
      const sign = s > bound ? 1 : s < -bound ? -1 : this.#exactSign(z, j);
      const bit = 1 << (j & 31);
      if (sign > 0) positive[j >>> 5]! |= bit;
      else if (sign === 0) ties[j >>> 5]! |= bit;
      if (mask !== undefined && sign !== 0 && sign > 0 !== ((mask[j >>> 5]! & bit) !== 0)) return undefined;
    }
    return { positive, ties };
  }

  #exactSign({ numerators, denominator }: ExactCandidate, j: number): -1 | 0 | 1 {
    const { normal, offset } = this.#row(j);
    let s = -offset * denominator;
    for (let k = 0; k < normal.length; k++) s += normal[k]! * numerators[k]!;
    if (s === 0n) return 0;
    return s > 0n === denominator > 0n ? 1 : -1;
  }
}
