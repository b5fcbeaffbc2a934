import { allOf, type Steps } from "../base/steps.ts";
import { findingIndependent, solveFractionFree, solvingFractionFree } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { StillpointError } from "../model/errors.ts";
import { ownerDirections, perturbation } from "./directions.ts";
import type { ReducedSystem } from "./reduce.ts";

/**
 * An owner sign was exactly zero: the directions are not general enough for this U, and the next ones must be taken.
 */
export class OwnerTie extends StillpointError {
  constructor(attempt: number) {
    super("INTERNAL", `owner directions ${attempt} are not in general position to U`);
  }
}

/** The number of levels of the perturbation. A level is consulted only where all levels before give exactly zero. */
const LEVELS = 4;
/** All numbers of the perturbation and the directions are integers over 2^22. */
const FRACTION_BITS = 22;

const signOf = (x: bigint): -1 | 0 | 1 => (x > 0n ? 1 : x < 0n ? -1 : 0);
const fractionToInteger = (x: number): bigint => BigInt(x * 2 ** FRACTION_BITS);

/**
 * The owner rule in exact arithmetic (docs/design.md#owners): it decides every subset and every sign that the filters
 * leave undecided. Row j of the arrangement is held as integers u_j·2^{x_j}, h_j·2^{x_j} with x_j ≥ 22.
 */
export class ExactArrangement {
  readonly rank: number;
  readonly count: number;
  readonly attempt: number;
  readonly #reduced: ReducedSystem;
  readonly #rows: ({ u: bigint[]; h: bigint; shift: bigint } | undefined)[];
  readonly #directions: bigint[];

  constructor(reduced: ReducedSystem, attempt: number) {
    this.#reduced = reduced;
    this.rank = reduced.columns.length;
    this.count = reduced.count;
    this.attempt = attempt;
    this.#rows = new Array(reduced.count);
    this.#directions = Array.from(ownerDirections(this.rank, attempt), fractionToInteger);
  }

  #row(j: number): { u: bigint[]; h: bigint; shift: bigint } {
    let row = this.#rows[j];
    if (row === undefined) {
      const { U, h, latentDim: R, columns } = this.#reduced;
      const scaled = scaleToIntegers([...columns.map((c) => U[j * R + c]!), h.get(j)]);
      // δ_j·2^{x_j} must be an integer
      const extra = Math.max(0, FRACTION_BITS + scaled.exponent);
      const values = scaled.values.map((x) => x << BigInt(extra));
      const shift = BigInt(extra - scaled.exponent - FRACTION_BITS);
      row = { h: values.pop()!, u: values, shift };
      this.#rows[j] = row;
    }
    return row;
  }

  #delta(level: number, j: number): bigint {
    return fractionToInteger(perturbation(level, j)) << this.#row(j).shift;
  }

  /**
   * @param subset ascending hyperplanes, k ≤ ρ of them.
   * @returns the subset's point, or undefined if the subset is linearly dependent.
   */
  at(subset: readonly number[]): ExactPoint | undefined {
    return allOf(this.finding(subset));
  }

  /** `at` in steps of one row. */
  *finding(subset: readonly number[]): Steps<ExactPoint | undefined> {
    const rho = this.rank;
    const k = subset.length;
    const B: bigint[] = [];
    for (const t of subset) B.push(...this.#row(t).u);
    B.push(...this.#directions.slice(0, (rho - k) * rho));
    // columns: h_T, δ¹_T, then one unit vector per plane c_i
    const columns = 2 + rho - k;
    const rhs: bigint[] = new Array(rho * columns).fill(0n);
    subset.forEach((t, i) => {
      rhs[i * columns] = this.#row(t).h;
      rhs[i * columns + 1] = this.#delta(0, t);
    });
    for (let i = k; i < rho; i++) rhs[i * columns + 2 + (i - k)] = 1n;
    const solution = yield* solvingFractionFree(B, rho, rhs, columns);
    if (solution === undefined) {
      // only a subset that is itself dependent owns nothing; otherwise the directions are to blame
      if (k < rho && (yield* this.#independent(subset))) throw new OwnerTie(this.attempt);
      return undefined;
    }
    const { determinant, X } = solution;
    const column = (c: number) => Array.from({ length: rho }, (_, i) => X[i * columns + c]!);
    return {
      vertex: k === rho ? { numerators: column(0), denominator: determinant } : undefined,
      sign: (j) => this.#sign(j, subset, B, determinant, column),
      ownBits: () => allOf(this.#ownBits(k, B)),
      findingOwnBits: () => this.#ownBits(k, B),
    };
  }

  *#independent(subset: readonly number[]): Steps<boolean> {
    const chosen = yield* findingIndependent((i) => this.#row(subset[i]!).u, subset.length, this.rank);
    return chosen.length === subset.length;
  }

  #sign(
    j: number,
    subset: readonly number[],
    B: readonly bigint[],
    determinant: bigint,
    column: (c: number) => bigint[],
  ): { sign: -1 | 1; perturbed: boolean } {
    const orient = signOf(determinant);
    const { u, h } = this.#row(j);
    const dot = (x: readonly bigint[]) => u.reduce((sum, a, i) => sum + a * x[i]!, 0n);
    for (let i = this.rank - subset.length - 1; i >= 0; i--) {
      const beta = signOf(dot(column(2 + i)));
      if (beta !== 0) return { sign: (-beta * orient) as -1 | 1, perturbed: false };
    }
    const exact = signOf(dot(column(0)) - h * determinant);
    if (exact !== 0) return { sign: (exact * orient) as -1 | 1, perturbed: false };
    const first = signOf(dot(column(1)) - this.#delta(0, j) * determinant);
    if (first !== 0) return { sign: (first * orient) as -1 | 1, perturbed: true };
    for (let level = 1; level < LEVELS; level++) {
      const rhs = Array.from({ length: this.rank }, (_, i) =>
        i < subset.length ? this.#delta(level, subset[i]!) : 0n,
      );
      const { X } = solveFractionFree(B, this.rank, rhs, 1)!;
      const next = signOf(dot(X) - this.#delta(level, j) * determinant);
      if (next !== 0) return { sign: (next * orient) as -1 | 1, perturbed: true };
    }
    throw new StillpointError(
      "INTERNAL",
      `hyperplane ${j} ties with subset [${subset.join(", ")}] at every perturbation level`,
    );
  }

  /** (B⁻ᵀ c_{ρ−k+1})_t > 0 for each t of the subset. */
  *#ownBits(k: number, B: readonly bigint[]): Steps<boolean[]> {
    const rho = this.rank;
    if (k === 0) return [];
    const transposed = Array.from({ length: rho * rho }, (_, at) => B[(at % rho) * rho + Math.floor(at / rho)]!);
    const c = this.#directions.slice((rho - k) * rho, (rho - k + 1) * rho);
    const { determinant, X } = (yield* solvingFractionFree(transposed, rho, c, 1))!;
    return X.slice(0, k).map((x) => {
      if (x === 0n) throw new OwnerTie(this.attempt);
      return signOf(x) === signOf(determinant);
    });
  }
}

export interface ExactPoint {
  /**
   * For ρ hyperplanes: the point where they meet without the perturbation, numerators / denominator, in the chosen
   * columns and scaled coordinates.
   */
  readonly vertex: { readonly numerators: readonly bigint[]; readonly denominator: bigint } | undefined;
  /** The side of hyperplane j (outside the subset) that the point lies on, in the perturbed arrangement. */
  sign(j: number): { sign: -1 | 1; perturbed: boolean };
  /** The owner's bits of the subset's own hyperplanes, in its order. */
  ownBits(): boolean[];
  /** `ownBits` in steps. */
  findingOwnBits(): Steps<boolean[]>;
}
