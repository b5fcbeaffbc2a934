import { kinkError, projectionMargin } from "../../search/kernel/bounds.ts";
import { foldUnit } from "../pieces.ts";
import type { Cuts } from "./cuts.ts";
import type { Assumption, Enclosed, OrbitBox } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { FEW_TERMS, INFLATION } from "./rounding.ts";
import { addBands, type BandRanges, type BandSums, type Bands, bandsOf } from "./unit-bands.ts";
import { boundOthers, type Projected, projectOthers, projectUnits, type UnitNumbers } from "./unit-projections.ts";

/** Up to so many generators that are not the box's are projected on each unit, one by one. */
const MOST_PROJECTED = 16;

/** Decides the units of one step after the other, and sums the bands of those that it can't decide. */
export class StepUnits {
  readonly problem: OrbitProblem;
  /** pieces[t·L + j]: the piece of unit j at step t, where it is decided or assumed on the path to the box. */
  readonly pieces: Int32Array;
  /** Pieces assumed on the path to the box. The last may be new: then its unit is still among the undecided ones. */
  readonly assumed: Assumption[] = [];
  /** log2 of the number of sign choices left in the first k steps. */
  readonly choices: Float64Array;
  /** For each step the undecided unit with the widest band, and its first and last piece. */
  readonly widest: Int32Array;
  readonly firstPiece: Int32Array;
  readonly lastPiece: Int32Array;
  /** P: how much of the bands comes from each coordinate that is free. */
  readonly spread: Float64Array;
  /** Units looked at so far. */
  evaluations = 0;
  /** After a step: J (R×D), the next centre (R), and how many generators were added. */
  readonly J: Float64Array;
  readonly next: Float64Array;
  fresh = 0;
  readonly cuts: Cuts;

  readonly #enclosed: Enclosed;
  readonly #rest: Float64Array;
  /** 0 … L − 1. */
  readonly #all: Int32Array;
  readonly #projected: Projected;
  readonly #numbers: UnitNumbers;
  readonly #bands: Bands;
  readonly #sums: BandSums;
  readonly #ranges: BandRanges;

  /** @param most the largest period. @param enclosed what units are decided by. */
  constructor(problem: OrbitProblem, most: number, enclosed: Enclosed, cuts: Cuts) {
    const { table, rows: R, free } = problem;
    const { dim: D, count: L } = table;
    this.problem = problem;
    this.cuts = cuts;
    this.#enclosed = enclosed;
    this.pieces = new Int32Array(most * L);
    this.choices = new Float64Array(most + 1);
    this.widest = new Int32Array(most);
    this.firstPiece = new Int32Array(most);
    this.lastPiece = new Int32Array(most);
    this.spread = new Float64Array(free.length);
    this.J = new Float64Array(R * D);
    this.next = new Float64Array(D);
    this.#rest = new Float64Array(D);
    this.#all = Int32Array.from({ length: L }, (_, j) => j);
    const { c, Q, generators } = enclosed;
    this.#projected = { c, rest: this.#rest, Q, generators };
    const numbers = () => new Float64Array(L);
    this.#numbers = { x: numbers(), p: numbers(), hull: numbers(), projected: new Float64Array(L * free.length) };
    this.#bands = { slope: numbers(), value: numbers(), width: numbers(), place: new Int32Array(L) };
    this.#sums = { J: this.J, next: this.next, generators, spread: this.spread };
    this.#ranges = { lows: numbers(), highs: numbers(), firsts: new Int32Array(L), lasts: new Int32Array(L) };
  }

  /**
   * Decides units at step t, and adds the bands of the others: J, the next centre and new generators.
   * @param inheritedFrom steps before this one have no decisions in `from`.
   * @returns false if no orbit can be where the pieces assumed require.
   */
  decide(t: number, to: OrbitBox, from: OrbitBox, inheritedFrom: number): boolean {
    const { table, rows: R, free, unitLow, unitHigh } = this.problem;
    const { dim: D, count: L, stride, data } = table;
    const { pieces } = this;
    const enclosed = this.#enclosed;
    const { c, e, Q, boxSum } = enclosed;
    const P = free.length;
    const rest = this.#rest;
    const { J, next } = this;
    const margin = projectionMargin(D);
    for (let i = 0; i < D; i++) rest[i] = e[i]! + margin * (Math.abs(c[i]!) + boxSum[i]! + Q[i]! + e[i]!);
    const inherited = t < from.steps && t >= inheritedFrom;
    const A = to.A;
    const b = to.b;
    const atA = t * R * D;
    const atB = t * R;
    if (inherited) {
      if (to !== from) {
        for (let n = 0; n < R * D; n++) A[atA + n] = from.A[atA + n]!;
        for (let i = 0; i < R; i++) b[atB + i] = from.b[atB + i]!;
      }
    } else {
      for (let n = 0; n < R * D; n++) A[atA + n] = table.M[n]!;
      for (let i = 0; i < R; i++) b[atB + i] = table.k[i]!;
    }
    for (let n = 0; n < R * D; n++) J[n] = 0;
    for (let i = 0; i < R; i++) next[i] = 0;
    let fresh = -1;
    for (let a = 0; a < this.assumed.length; a++) {
      const assumption = this.assumed[a]!;
      if (assumption.step !== t) continue;
      if (!this.#cutAssumed(assumption)) return false;
      fresh = assumption.unit;
      pieces[t * L + fresh] = assumption.piece;
    }
    const total = inherited ? from.counts[t]! : L;
    const list = inherited ? from.undecided : this.#all;
    const at0 = inherited ? t * L : 0;
    const out = to.undecided;
    const old = enclosed.count;
    const others = old - P;
    let kept = 0;
    let choices = this.choices[t]!;
    this.evaluations += total;
    projectUnits(data, D, P, list, at0, total, this.#projected, this.#numbers);
    const { x, p: halves, projected } = this.#numbers;
    if (others > MOST_PROJECTED) boundOthers(data, D, R, list, at0, total, others, enclosed.W, this.#numbers);
    else if (others > 0) projectOthers(data, D, R, list, at0, total, P, old, enclosed.generators, halves);
    const { place } = this.#bands;
    const { lows, highs, firsts, lasts } = this.#ranges;
    for (let q = 0; q < total; q++) {
      const j = list[at0 + q]!;
      const p = halves[q]! * INFLATION;
      const low = Math.max(x[q]! - p, unitLow[j]!);
      const high = Math.min(x[q]! + p, unitHigh[j]!);
      if (low > high) return false;
      let first: number;
      let last: number;
      if (j === fresh && to !== from) {
        first = pieces[t * L + j]!;
        last = first;
      } else {
        const at = j * stride + 2 * D;
        const b0 = data[at]!;
        const b1 = data[at + 1]!;
        first = low >= b1 ? 2 : low >= b0 ? 1 : 0;
        last = high <= b0 ? 0 : high <= b1 ? 1 : 2;
      }
      // a range that is one kink may be on either piece
      if (last <= first) {
        pieces[t * L + j] = first;
        foldUnit(table, R, j, first, A, t * R * D, b, t * R);
        continue;
      }
      lows[kept] = low;
      highs[kept] = high;
      place[kept] = q;
      firsts[kept] = first;
      lasts[kept] = last;
      out[t * L + kept++] = j;
      choices += last - first === 1 ? 1 : Math.log2(last - first + 1);
    }
    if (kept > 0) {
      bandsOf(table, out, t * L, kept, x, this.#ranges, this.#bands);
      const best = addBands(data, D, R, P, out, t * L, kept, this.#bands, projected, old, this.#sums);
      this.widest[t] = out[t * L + best]!;
      this.firstPiece[t] = firsts[best]!;
      this.lastPiece[t] = lasts[best]!;
    }
    to.counts[t] = kept;
    this.choices[t + 1] = choices;
    for (let i = 0; i < R; i++) {
      let sum = b[atB + i]!;
      for (let n = 0; n < D; n++) {
        const a = A[atA + i * D + n]!;
        sum += a * c[n]!;
        J[i * D + n]! += a;
      }
      next[i]! += sum;
    }
    this.fresh = kept;
    return true;
  }

  /** Cuts the box to the side of its kinks that an assumed piece requires. */
  #cutAssumed({ unit: j, piece }: Assumption): boolean {
    const { table, free } = this.problem;
    const { dim: D, stride, data } = table;
    const { c, Q, generators } = this.#enclosed;
    const P = free.length;
    const at = j * stride;
    let x = 0;
    let p = data[at + 2 * D + 2]!;
    for (let i = 0; i < D; i++) {
      x += data[at + i]! * c[i]!;
      p += Math.abs(data[at + i]!) * (this.#rest[i]! + Q[i]!);
    }
    const { coefficients } = this.cuts;
    for (let g = 0; g < P; g++) {
      let sum = 0;
      for (let i = 0; i < D; i++) sum += data[at + i]! * generators[g * D + i]!;
      coefficients[g] = sum;
    }
    const below = data[at + 2 * D + piece - 1]!;
    const above = data[at + 2 * D + piece]!;
    const error = p * INFLATION + Math.abs(x) * FEW_TERMS;
    if (piece < 2 && above < Number.POSITIVE_INFINITY) {
      if (!this.cuts.cut(x - above, error + kinkError(Math.abs(above)), 1)) return false;
    }
    return piece === 0 || this.cuts.cut(below - x, error + kinkError(Math.abs(below)), -1);
  }
}
