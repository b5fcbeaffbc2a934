import { projectionMargin } from "../../search/kernel/bounds.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import { type Band, narrowestBand } from "../../search/units/bands.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { FEW_TERMS, INFLATION } from "../boxes/rounding.ts";
import { firstPiece, foldUnit, lastPiece } from "../pieces.ts";

/**
 * A box round the image of a box under a map, in as many coordinates as the map has equations. It is a step of
 * boxes/rounding.ts whose only generators are the box's half-widths r, so with J = A + Σ slope_j v_j u_jᵀ
 *
 *     F(z) ∈ c' ± (|J| r + Σ |v_j| width_j + E),    c' = A c + b + Σ v_j value_j,
 *
 * for the points z of the box that lie in the root box. The sums of the half-width are of numbers of one sign.
 */
export class CellImage {
  /** R each; after an overflow not a number, which `MarkedGrid` takes for no bound. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly #problem: OrbitProblem;
  readonly #c: Float64Array;
  readonly #r: Float64Array;
  readonly #rest: Float64Array;
  readonly #A: Float64Array;
  readonly #slopes: Float64Array;
  readonly #next: Float64Array;
  readonly #half: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };

  constructor(problem: OrbitProblem) {
    const { rows: R } = problem;
    this.#problem = problem;
    this.low = new Float64Array(R);
    this.high = new Float64Array(R);
    this.#c = new Float64Array(R);
    this.#r = new Float64Array(R);
    this.#rest = new Float64Array(R);
    this.#A = new Float64Array(R * R);
    this.#slopes = new Float64Array(R * R);
    this.#next = new Float64Array(R);
    this.#half = new Float64Array(R);
  }

  /**
   * Writes bounds of F over the box [lo, hi].
   * @returns false if the box has no point of the root box.
   */
  enclose(lo: Float64Array, hi: Float64Array): boolean {
    const { table, rows: R, unitLow, unitHigh, stepError } = this.#problem;
    const { count: L, stride, data } = table;
    const c = this.#c;
    const r = this.#r;
    const rest = this.#rest;
    const A = this.#A;
    const slopes = this.#slopes;
    const next = this.#next;
    const half = this.#half;
    const band = this.#band;
    const margin = projectionMargin(R);
    for (let i = 0; i < R; i++) {
      c[i] = middle(lo[i]!, hi[i]!);
      r[i] = halfWidth(lo[i]!, hi[i]!, c[i]!);
      rest[i] = r[i]! + margin * (Math.abs(c[i]!) + r[i]!);
      next[i] = table.k[i]!;
      half[i] = stepError[i]!;
    }
    for (let n = 0; n < A.length; n++) {
      A[n] = table.M[n]!;
      slopes[n] = 0;
    }
    for (let j = 0; j < L; j++) {
      const at = j * stride;
      let x = 0;
      let p = data[at + 2 * R + 2]!;
      for (let i = 0; i < R; i++) {
        x += data[at + i]! * c[i]!;
        p += Math.abs(data[at + i]!) * rest[i]!;
      }
      const low = Math.max(x - p * INFLATION, unitLow[j]!);
      const high = Math.min(x + p * INFLATION, unitHigh[j]!);
      if (low > high) return false;
      const first = firstPiece(table, j, low);
      const last = lastPiece(table, j, high);
      if (last <= first) {
        foldUnit(table, R, j, first, A, 0, next, 0);
        continue;
      }
      narrowestBand(data[at + 2 * R]!, data[at + 2 * R + 1]!, low, high, x, band);
      for (let i = 0; i < R; i++) {
        const v = data[at + R + i]!;
        half[i]! += Math.abs(v) * band.width;
        next[i]! += v * band.value;
        for (let n = 0; n < R; n++) slopes[i * R + n]! += v * band.slope * data[at + n]!;
      }
    }
    this.#bound();
    return true;
  }

  /** The bounds, of the sums over all units. */
  #bound(): void {
    const R = this.low.length;
    for (let i = 0; i < R; i++) {
      let centre = this.#next[i]!;
      let reach = this.#half[i]!;
      for (let n = 0; n < R; n++) {
        const a = this.#A[i * R + n]!;
        centre += a * this.#c[n]!;
        reach += Math.abs(a + this.#slopes[i * R + n]!) * this.#r[n]!;
      }
      reach = reach * INFLATION + Math.abs(centre) * FEW_TERMS;
      this.low[i] = centre - reach;
      this.high[i] = centre + reach;
    }
  }
}
