import { allOf } from "../../base/steps.ts";
import { nullSpace } from "../../exact/elimination.ts";
import { integerHyperplane } from "../../exact/region.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { ComposedWords } from "../composed.ts";
import type { Word } from "../word.ts";

/** A side of a hyperplane at a point of an orbit: u·z_t ≥ h if `above`, else u·z_t ≤ h. */
export interface Side {
  readonly step: number;
  readonly hyperplane: number;
  readonly above: boolean;
}

/**
 * Whether sides of a word leave no first points but a set of a lower dimension, exactly. Such a cell may be left out:
 * the closed cells with an interior are finitely many and cover all first points without it.
 *
 * The sides σ(r·z_0 + d) ≥ 0 do so if for some λ ≥ 0, not all 0, Σ λσr = 0 and Σ λσd ≤ 0.
 */
export class FlatCells {
  readonly #system: PiecewiseLinearSystem;
  readonly #words: ComposedWords;
  /** Coordinates of z_0, and R for τ: those that are free, and what is fixed with its sign. */
  readonly #free: Int32Array;
  readonly #fixed: number;
  readonly #positive: boolean;

  constructor(system: PiecewiseLinearSystem, { free, start, table, rows: R }: OrbitProblem) {
    this.#system = system;
    this.#words = new ComposedWords(system);
    this.#free = free;
    let fixed = R;
    if (table.dim > R) for (let i = 0; i < R; i++) if (!free.includes(i)) fixed = i;
    this.#fixed = fixed;
    this.#positive = fixed === R || start.lo[fixed]! > 0;
  }

  /** @param word of the steps before that of each side. */
  isFlat(sides: readonly Side[], word: Word): boolean {
    const rows = sides.map((side) => this.#row(side, word));
    const matrix = [...this.#free].flatMap((i) => rows.map((row) => row[i]!));
    const basis = nullSpace(matrix, this.#free.length, rows.length);
    if (basis.length !== 1) return false;
    const signs = basis[0]!.map(({ n }) => (n > 0n ? 1 : n < 0n ? -1 : 0));
    const sign = signs.find((s) => s !== 0)!;
    if (signs.some((s) => s === -sign)) return false;
    const common = basis[0]!.reduce((product, { d }) => product * d, 1n);
    let sum = 0n;
    for (const [i, { n, d }] of basis[0]!.entries()) sum += n * (common / d) * rows[i]![this.#fixed]!;
    // common is positive, and λ = sign·basis
    const value = sign > 0 === this.#positive ? sum : -sum;
    return value <= 0n;
  }

  /** σ(r, d) as integers, up to a positive factor. */
  #row({ step, hyperplane, above }: Side, word: Word): bigint[] {
    const R = this.#system.latentDim;
    const { normal, offset } = integerHyperplane(this.#system, hyperplane);
    const { integers: P, q } = allOf(this.#words.composing(word.slice(0, step)));
    const row = Array.from({ length: R }, (_, k) => {
      let sum = 0n;
      for (let i = 0; i < R; i++) sum += normal[i]! * P[i * R + k]!;
      return sum;
    });
    let d = -offset << BigInt(-step * this.#words.exponent);
    for (let i = 0; i < R; i++) d += normal[i]! * q[i]!;
    row.push(d);
    return above ? row : row.map((x) => -x);
  }
}
