import { ABSOLUTE, surelyBeyond, TINY } from "../../search/kernel/bounds.ts";
import { REGULARISER, RIDGE } from "../../search/kernel/contraction.ts";
import { invertPositive } from "../../search/kernel/dense.ts";
import type { BandSums } from "./band-sums.ts";
import type { Intervals } from "./cuts.ts";
import type { Enclosed } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { closingMargin, FEW_TERMS, INFLATION } from "./rounding.ts";
import { columnsOf, type UnitMemory } from "./unit-loop.ts";

/** Where an orbit has come to, and where it started. */
export interface OrbitEnclosed extends Enclosed {
  readonly start: Pick<Enclosed, "c" | "e" | "generators" | "boxSum">;
  readonly bands: BandSums;
}

/**
 * Functionals of z_k − z_0 that show that no orbit from a box closes after k steps, or where in the box it may
 * (rounding.ts). With W = B Bᵀ + RIDGE Σ g gᵀ + diag(E²) the functional W⁻¹ĉ is close to the best one to exclude with,
 * and Bᵀ W⁻¹ is an inverse of B, regularised (search/kernel/contraction.ts).
 */
export class Closing implements Intervals {
  /** The hull over all periods that were joined. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly #rows: number;
  readonly #dim: number;
  readonly #parameters: number;
  readonly #margin: number;
  readonly #residual: Float64Array;
  readonly #error: Float64Array;
  readonly #B: Float64Array;
  readonly #W: Float64Array;
  readonly #inverse: Float64Array;
  readonly #y: Float64Array;
  /** P×R. */
  readonly #Y: Float64Array;
  /** y and Y as columns, for `BandSums.bound`. */
  readonly #functionals: Float64Array;
  readonly #columns: number;
  readonly #moves: Float64Array;
  readonly #spreads: Float64Array;
  readonly #from: Float64Array;
  readonly #to: Float64Array;

  constructor({ rows: R, free, table }: OrbitProblem, { functionals }: Pick<UnitMemory, "functionals">) {
    const P = free.length;
    this.#rows = R;
    this.#dim = table.dim;
    this.#functionals = functionals;
    this.#columns = columnsOf(P);
    this.#parameters = P;
    this.#margin = closingMargin(R);
    this.low = new Float64Array(P);
    this.high = new Float64Array(P);
    this.#from = new Float64Array(P);
    this.#to = new Float64Array(P);
    this.#residual = new Float64Array(R);
    this.#error = new Float64Array(R);
    this.#B = new Float64Array(R * P);
    this.#W = new Float64Array(R * R);
    this.#inverse = new Float64Array(R * R);
    this.#y = new Float64Array(R);
    this.#Y = new Float64Array(P * R);
    this.#moves = new Float64Array(P);
    this.#spreads = new Float64Array(P);
  }

  begin(): void {
    this.low.fill(Number.POSITIVE_INFINITY);
    this.high.fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Whether an orbit may close at the point z_t that is enclosed now.
   * @param contracting whether to find where; `join` adds it to the hull.
   */
  close(enclosure: OrbitEnclosed, t: number, contracting: boolean): boolean {
    const { c, e, Q, boxSum, generators, start, bands } = enclosure;
    const R = this.#rows;
    const D = this.#dim;
    const P = this.#parameters;
    const B = this.#B;
    const W = this.#W;
    const residual = this.#residual;
    const error = this.#error;
    let trace = 0;
    for (let i = 0; i < R; i++) {
      let spread = Q[i]!;
      for (let p = 0; p < P; p++) {
        const own = generators[p * D + i]! - start.generators[p * D + i]!;
        B[i * P + p] = own;
        spread += Math.abs(own);
      }
      const m = start.c[i]!;
      residual[i] = c[i]! - m;
      const size = Math.abs(c[i]!) + Math.abs(m) + boxSum[i]! + start.boxSum[i]! + Q[i]!;
      error[i] = (e[i]! + start.e[i]!) * INFLATION + this.#margin * size + TINY;
      if (Math.abs(residual[i]!) > (spread + error[i]!) * INFLATION) return false;
      for (let n = 0; n <= i; n++) {
        let sum = RIDGE * bands.W[i * R + n]!;
        for (let p = 0; p < P; p++) sum += B[i * P + p]! * B[n * P + p]!;
        W[i * R + n] = sum;
      }
      W[i * R + i]! += error[i]! * error[i]!;
      trace += W[i * R + i]!;
    }
    this.#from.fill(-1);
    this.#to.fill(1);
    for (let i = 0; i < R; i++) W[i * R + i]! += trace * REGULARISER;
    if (!invertPositive(W, this.#inverse, R)) return true;
    const y = this.#y;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < R; n++) sum += this.#inverse[i * R + n]! * residual[n]!;
      y[i] = sum;
    }
    return !this.#excludes(t, bands, contracting) && (!contracting || this.#contract(bands));
  }

  /** Whether y·(z_t − z_0) is never 0. What `#contract` needs is summed up with it. */
  #excludes(t: number, bands: BandSums, contracting: boolean): boolean {
    const R = this.#rows;
    const P = this.#parameters;
    const y = this.#y;
    let value = 0;
    let spread = 0;
    for (let i = 0; i < R; i++) {
      value += y[i]! * this.#residual[i]!;
      spread += Math.abs(y[i]!) * this.#error[i]!;
    }
    for (let p = 0; p < P; p++) {
      let sum = 0;
      for (let i = 0; i < R; i++) sum += y[i]! * this.#B[i * P + p]!;
      spread += Math.abs(sum);
    }
    if (surelyBeyond(value, (spread + bands.estimate(y)) * INFLATION)) return true;
    if (contracting) this.#invert();
    else if (spread >= Math.abs(value)) return false;
    for (let i = 0; i < R; i++) this.#functionals[i * this.#columns] = y[i]!;
    bands.bound(t, contracting ? 1 + P : 1);
    return surelyBeyond(value, (spread + bands.totals[0]!) * INFLATION);
  }

  /** Rows of Y = Bᵀ W⁻¹, where they lead, and their spreads without those of bands. */
  #invert(): void {
    const R = this.#rows;
    const P = this.#parameters;
    const B = this.#B;
    const Y = this.#Y;
    for (let p = 0; p < P; p++) {
      let move = 0;
      let spread = 0;
      for (let i = 0; i < R; i++) {
        let sum = 0;
        for (let n = 0; n < R; n++) sum += B[n * P + p]! * this.#inverse[n * R + i]!;
        Y[p * R + i] = sum;
        this.#functionals[i * this.#columns + 1 + p] = sum;
        move -= sum * this.#residual[i]!;
        spread += Math.abs(sum) * this.#error[i]!;
      }
      for (let o = 0; o < P; o++) {
        let defect = o === p ? -1 : 0;
        for (let i = 0; i < R; i++) defect += Y[p * R + i]! * B[i * P + o]!;
        spread += Math.abs(defect);
      }
      this.#moves[p] = move;
      this.#spreads[p] = spread;
    }
  }

  /** Finds the part of the box in which the orbit may close; false if there is none. */
  #contract({ totals }: BandSums): boolean {
    const moves = this.#moves;
    for (let p = 0; p < this.#parameters; p++) {
      const spread = this.#spreads[p]! + totals[1 + p]!;
      const half = spread * INFLATION + (1 + Math.abs(moves[p]!)) * FEW_TERMS + ABSOLUTE;
      const from = moves[p]! - half;
      const to = moves[p]! + half;
      if (from > 1 || to < -1) return false;
      if (from > -1) this.#from[p] = from;
      if (to < 1) this.#to[p] = to;
    }
    return true;
  }

  /** Adds the part of the box found by the last `close` to the hull. */
  join(): void {
    for (let p = 0; p < this.low.length; p++) {
      if (this.#from[p]! < this.low[p]!) this.low[p] = this.#from[p]!;
      if (this.#to[p]! > this.high[p]!) this.high[p] = this.#to[p]!;
    }
  }
}
