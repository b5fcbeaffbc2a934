import { kinkError, projectionMargin, TINY } from "../../search/bounds.ts";
import { type Band, genericBand, pieceAbove, pieceBelow } from "../../search/generic-units.ts";
import { halfWidth, middle } from "../../search/kernel.ts";
import { simpleBand } from "../../search/simple-units.ts";
import { pieceOf } from "../../search/units.ts";
import { Closing } from "./closing.ts";
import { Cuts } from "./cuts.ts";
import { type Assumption, type OrbitBox, updateLongest } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { FEW_TERMS, INFLATION, MOST_GENERATORS, SQUARES } from "./rounding.ts";

/** Up to so many generators that are not the box's are projected on each unit, one by one. */
const MOST_PROJECTED = 24;
/** An orbit is not followed past a step at which its box has this share of the root box's width in each coordinate. */
const USELESS = 0.7;

/**
 * Encloses the orbits from one box, step by step (rounding.ts), decides units at each step, and closes the orbit at
 * each period that is alive. No array is made while it runs.
 */
export class OrbitEnclosure {
  readonly problem: OrbitProblem;
  /** pieces[t·L + j]: the piece of unit j at step t, where it is decided or assumed on the path to the box. */
  readonly pieces: Int32Array;
  /** Pieces assumed on the path to the box. The last may be new: then its unit is still among the undecided ones. */
  readonly assumed: Assumption[] = [];
  /** Periods whose word was completed by the last box: every unit is decided at every step. */
  readonly completed: number[] = [];
  /** log2 of the number of sign choices left in the first k steps. */
  readonly choices: Float64Array;
  /** For each step the undecided unit with the widest band, and its first and last piece. */
  readonly widest: Int32Array;
  readonly firstPiece: Int32Array;
  readonly lastPiece: Int32Array;
  /** D: how much of the bands comes from a coordinate. */
  readonly spread: Float64Array;
  /** By how much the last run shrank the box. */
  volume = 1;
  /** Units enclosed so far. */
  evaluations = 0;

  /** c (D), e (D), Q (D) and the generators, D numbers each, the box's first. */
  readonly c: Float64Array;
  readonly e: Float64Array;
  readonly Q: Float64Array;
  readonly generators: Float64Array;
  count = 0;
  /** Σ|g| over the box's generators. */
  readonly boxSum: Float64Array;
  /** R×R: Σ g gᵀ over the generators that are not the box's. */
  readonly W: Float64Array;
  /** The box's centre and half-widths. */
  readonly m: Float64Array;
  readonly r: Float64Array;

  readonly #next: Float64Array;
  readonly #nextError: Float64Array;
  readonly #J: Float64Array;
  readonly #rest: Float64Array;
  readonly #projected: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };
  readonly #cuts: Cuts;
  readonly #closing: Closing;

  /** @param most the largest period. */
  constructor(problem: OrbitProblem, most: number) {
    const { table, rows: R, free } = problem;
    const { dim: D, count: L } = table;
    this.problem = problem;
    this.pieces = new Int32Array(most * L);
    this.choices = new Float64Array(most + 1);
    this.widest = new Int32Array(most);
    this.firstPiece = new Int32Array(most);
    this.lastPiece = new Int32Array(most);
    this.spread = new Float64Array(D);
    this.c = new Float64Array(D);
    this.e = new Float64Array(D);
    this.Q = new Float64Array(D);
    this.generators = new Float64Array((Math.min(most * L, MOST_GENERATORS + L) + free.length) * D);
    this.boxSum = new Float64Array(D);
    this.W = new Float64Array(R * R);
    this.m = new Float64Array(D);
    this.r = new Float64Array(D);
    this.#next = new Float64Array(D);
    this.#nextError = new Float64Array(D);
    this.#J = new Float64Array(R * D);
    this.#rest = new Float64Array(D);
    this.#projected = new Float64Array(free.length);
    this.#cuts = new Cuts(free.length);
    this.#closing = new Closing(problem);
  }

  /**
   * Encloses the orbits from the box of `to` with the decisions of `from`, which may be `to` itself, and writes what it
   * decides to `to`: units, periods that are dead or complete, and the contracted box.
   * @returns false if no orbit sought starts in the box, of any period.
   */
  run(to: OrbitBox, from: OrbitBox): boolean {
    const { rows: R, free, lead } = this.problem;
    const contracting = from.steps >= to.longest;
    this.#begin(to);
    this.#cuts.begin();
    this.#closing.begin();
    this.completed.length = 0;
    this.choices[0] = 0;
    let t = 0;
    for (; t < to.longest; t++) {
      if (!this.#decide(t, to, from)) return false;
      this.#advance();
      if (!this.#stays()) return false;
      if (lead >= 0 && !this.#isLed(lead)) return false;
      if (to.alive[t + 1] === 1) {
        if (!this.#closing.close(this, contracting)) to.alive[t + 1] = 0;
        else if (this.choices[t + 1] === 0) {
          this.completed.push(t + 1);
          to.alive[t + 1] = 0;
        } else if (contracting) this.#closing.join();
      }
      if (!this.#reset(R)) {
        t++;
        break;
      }
    }
    to.steps = t;
    updateLongest(to);
    this.#contract(to, contracting && to.longest <= t, free);
    return true;
  }

  #begin({ lo, hi }: OrbitBox): void {
    const { table, free } = this.problem;
    const { dim: D } = table;
    const { c, m, r, e, Q, boxSum, generators, W, spread } = this;
    r.fill(0);
    generators.fill(0, 0, free.length * D);
    for (let i = 0; i < D; i++) {
      m[i] = lo[i] === hi[i] ? lo[i] : middle(lo[i], hi[i]);
      c[i] = m[i];
      e[i] = 0;
      Q[i] = 0;
      boxSum[i] = 0;
      spread[i] = 0;
    }
    for (let p = 0; p < free.length; p++) {
      const i = free[p];
      r[i] = halfWidth(lo[i], hi[i], m[i]);
      generators[p * D + i] = r[i];
      boxSum[i] = r[i];
    }
    W.fill(0);
    this.count = free.length;
  }

  /**
   * Decides units at step t, and adds the bands of the others: J, the next centre and new generators.
   * @returns false if no orbit can be where the pieces assumed require.
   */
  #decide(t: number, to: OrbitBox, from: OrbitBox): boolean {
    const { table, rows: R, free, unitLow, unitHigh } = this.problem;
    const { dim: D, count: L, stride, data, simple, generic } = table;
    const { c, e, Q, boxSum, generators, pieces, spread } = this;
    const P = free.length;
    const rest = this.#rest;
    const J = this.#J;
    const next = this.#next;
    const band = this.#band;
    const projected = this.#projected;
    const margin = projectionMargin(D);
    for (let i = 0; i < D; i++) rest[i] = e[i] + margin * (Math.abs(c[i]) + boxSum[i] + Q[i] + e[i]);
    const inherited = t < from.steps;
    const A = to.A;
    const b = to.b;
    const atA = t * R * D;
    const atB = t * R;
    if (inherited) {
      if (to !== from) {
        for (let n = 0; n < R * D; n++) A[atA + n] = from.A[atA + n];
        for (let i = 0; i < R; i++) b[atB + i] = from.b[atB + i];
      }
    } else {
      for (let n = 0; n < R * D; n++) A[atA + n] = table.M[n];
      for (let i = 0; i < R; i++) b[atB + i] = table.k[i];
    }
    for (let n = 0; n < R * D; n++) J[n] = 0;
    for (let i = 0; i < R; i++) next[i] = 0;
    let fresh = -1;
    for (let a = 0; a < this.assumed.length; a++) {
      const assumption = this.assumed[a];
      if (assumption.step !== t) continue;
      if (!this.#cutAssumed(assumption)) return false;
      fresh = assumption.unit;
      pieces[t * L + fresh] = assumption.piece;
    }
    const total = inherited ? from.counts[t] : L;
    const list = from.undecided;
    const out = to.undecided;
    const old = this.count;
    const others = old - P;
    const one = others <= MOST_PROJECTED;
    let size = old;
    let kept = 0;
    let choices = this.choices[t];
    let most = -1;
    this.evaluations += total;
    for (let q = 0; q < total; q++) {
      const j = inherited ? list[t * L + q] : q;
      const at = j * stride;
      let x = 0;
      let p = data[at + 2 * D + 2];
      let hull = 0;
      for (let i = 0; i < D; i++) {
        const u = data[at + i];
        x += u * c[i];
        p += Math.abs(u) * rest[i];
        hull += Math.abs(u) * Q[i];
      }
      for (let g = 0; g < P; g++) {
        let sum = 0;
        for (let i = 0; i < D; i++) sum += data[at + i] * generators[g * D + i];
        projected[g] = Math.abs(sum);
        p += projected[g];
      }
      if (others > 0) p += this.#across(at, hull, old, one);
      p *= INFLATION;
      const low = Math.max(x - p, unitLow[j]);
      const high = Math.min(x + p, unitHigh[j]);
      if (low > high) return false;
      let first: number;
      let last: number;
      if (j === fresh && to !== from) {
        first = pieces[t * L + j];
        last = first;
      } else if (j < simple) {
        const b0 = data[at + 2 * D];
        const b1 = data[at + 2 * D + 1];
        first = low >= b1 ? 2 : low >= b0 ? 1 : 0;
        last = high <= b0 ? 0 : high <= b1 ? 1 : 2;
        if (last > first) simpleBand(b0, b1, low, high, x, band);
      } else {
        const f = generic[j - simple];
        first = pieceAbove(f, low);
        last = pieceBelow(f, high);
        if (last > first) genericBand(f, low, high, x, first, last, table.slopeBound[j], band);
      }
      if (last <= first) {
        // a range that is one kink may be on either piece
        const piece = first;
        pieces[t * L + j] = piece;
        let slope: number;
        let offset: number;
        if (j < simple) {
          if (piece === 0) continue;
          slope = piece === 1 ? 1 : 0;
          offset = piece === 1 ? -data[at + 2 * D] : data[at + 2 * D + 1] - data[at + 2 * D];
        } else ({ slope, offset } = pieceOf(table, j, piece));
        for (let i = 0; i < R; i++) {
          const v = data[at + D + i];
          b[atB + i] += v * offset;
          if (slope === 0) continue;
          for (let n = 0; n < D; n++) A[atA + i * D + n] += v * slope * data[at + n];
        }
        continue;
      }
      out[t * L + kept++] = j;
      choices += last - first === 1 ? 1 : Math.log2(last - first + 1);
      let weight = 0;
      for (let i = 0; i < R; i++) {
        const v = data[at + D + i];
        const w = v * band.width;
        const s = v * band.slope;
        next[i] += v * band.value;
        generators[size * D + i] = w;
        weight += Math.abs(w);
        for (let n = 0; n < D; n++) J[i * D + n] += s * data[at + n];
      }
      if (D > R) generators[size * D + R] = 0;
      size++;
      for (let g = 0; g < P; g++) spread[free[g]] += weight * projected[g];
      if (weight > most) {
        most = weight;
        this.widest[t] = j;
        this.firstPiece[t] = first;
        this.lastPiece[t] = last;
      }
    }
    to.counts[t] = kept;
    this.choices[t + 1] = choices;
    for (let i = 0; i < R; i++) {
      let sum = b[atB + i];
      for (let n = 0; n < D; n++) {
        const a = A[atA + i * D + n];
        sum += a * c[n];
        J[i * D + n] += a;
      }
      next[i] += sum;
    }
    this.#fresh = size - old;
    return true;
  }

  #fresh = 0;

  /** A bound of |Σ ±u·g_q| over the generators that are not the box's, of the unit whose row is at `at`. */
  #across(at: number, hull: number, size: number, one: boolean): number {
    const { table, rows: R, free } = this.problem;
    const { dim: D, data } = table;
    const { generators, W } = this;
    const P = free.length;
    if (one) {
      let total = 0;
      for (let g = P; g < size; g++) {
        let sum = 0;
        for (let i = 0; i < R; i++) sum += data[at + i] * generators[g * D + i];
        total += Math.abs(sum);
      }
      return total;
    }
    let square = 0;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let k = 0; k < R; k++) sum += W[i * R + k] * data[at + k];
      square += data[at + i] * sum;
    }
    const bound = Math.sqrt(Math.max(0, (size - P) * (square + SQUARES * hull * hull)));
    return bound < hull ? bound : hull;
  }

  /** Cuts the box to the side of its kinks that an assumed piece requires. */
  #cutAssumed({ unit: j, piece }: Assumption): boolean {
    const { table, free } = this.problem;
    const { dim: D, stride, data, simple, generic } = table;
    const { c, Q, generators } = this;
    const P = free.length;
    const at = j * stride;
    let x = 0;
    let p = data[at + 2 * D + 2];
    for (let i = 0; i < D; i++) {
      x += data[at + i] * c[i];
      p += Math.abs(data[at + i]) * (this.#rest[i] + Q[i]);
    }
    const { coefficients } = this.#cuts;
    for (let g = 0; g < P; g++) {
      let sum = 0;
      for (let i = 0; i < D; i++) sum += data[at + i] * generators[g * D + i];
      coefficients[g] = sum;
    }
    const below = j < simple ? data[at + 2 * D + piece - 1] : generic[j - simple].kinks[piece - 1];
    const above = j < simple ? data[at + 2 * D + piece] : generic[j - simple].kinks[piece];
    const kinks = j < simple ? 2 : generic[j - simple].kinks.length;
    const error = p * INFLATION + Math.abs(x) * FEW_TERMS;
    if (piece < kinks && above < Number.POSITIVE_INFINITY) {
      if (!this.#cuts.cut(x - above, error + kinkError(Math.abs(above)), 1)) return false;
    }
    return piece === 0 || this.#cuts.cut(below - x, error + kinkError(Math.abs(below)), -1);
  }

  /** Moves the enclosure on by one step, with the J, centre and generators that `#decide` has left. */
  #advance(): void {
    const { table, rows: R, free, stepError } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, W } = this;
    const P = free.length;
    const J = this.#J;
    const next = this.#next;
    const nextError = this.#nextError;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < R; n++) sum += Math.abs(J[i * D + n]) * e[n];
      nextError[i] = sum * INFLATION + stepError[i];
      c[i] = next[i];
      Q[i] = 0;
      boxSum[i] = 0;
    }
    for (let i = 0; i < R; i++) e[i] = nextError[i];
    W.fill(0);
    const old = this.count;
    const size = old + this.#fresh;
    for (let g = 0; g < size; g++) {
      const at = g * D;
      if (g < old) {
        for (let i = 0; i < R; i++) {
          let sum = 0;
          for (let n = 0; n < D; n++) sum += J[i * D + n] * generators[at + n];
          nextError[i] = sum;
        }
        for (let i = 0; i < R; i++) generators[at + i] = nextError[i];
      }
      if (g < P) {
        for (let i = 0; i < R; i++) boxSum[i] += Math.abs(generators[at + i]);
        continue;
      }
      for (let i = 0; i < R; i++) {
        const a = generators[at + i];
        Q[i] += Math.abs(a);
        for (let n = 0; n <= i; n++) W[i * R + n] += a * generators[at + n];
      }
    }
    for (let i = 0; i < R; i++) for (let n = 0; n < i; n++) W[n * R + i] = W[i * R + n];
    this.count = size;
  }

  /** Whether z_{t+1} may be in the root box; cuts the box to where it is. */
  #stays(): boolean {
    const { table, rows: R, root, free } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators } = this;
    const cuts = this.#cuts;
    for (let i = 0; i < R; i++) {
      const half = (boxSum[i] + Q[i] + e[i]) * INFLATION + Math.abs(c[i]) * FEW_TERMS + TINY;
      const high = c[i] + half > root.hi[i];
      const low = c[i] - half < root.lo[i];
      if (!(high || low)) continue;
      if (c[i] - half > root.hi[i] || c[i] + half < root.lo[i]) return false;
      for (let p = 0; p < free.length; p++) cuts.coefficients[p] = generators[p * D + i];
      const rest = (Q[i] + e[i]) * INFLATION + Math.abs(c[i]) * FEW_TERMS + TINY;
      if (high && !cuts.cut(c[i] - root.hi[i], rest, 1)) return false;
      if (low && !cuts.cut(root.lo[i] - c[i], rest, -1)) return false;
    }
    return true;
  }

  /** Whether z_0 may have the largest coordinate `lead`; cuts the box to where it has. */
  #isLed(lead: number): boolean {
    const { table, free } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, m, r, boxSum, generators } = this;
    const cuts = this.#cuts;
    for (let p = 0; p < free.length; p++) {
      cuts.coefficients[p] = generators[p * D + lead] - (free[p] === lead ? r[lead] : 0);
    }
    const sizes = Math.abs(c[lead]) + Math.abs(m[lead]) + r[lead] + boxSum[lead];
    return cuts.cut(c[lead] - m[lead], (Q[lead] + e[lead]) * INFLATION + sizes * FEW_TERMS + TINY, 1);
  }

  /**
   * Replaces coordinates wider than the root box by the part of the root box that they may be in, and too many
   * generators by intervals.
   * @returns false if nothing is known of z_{t+1} that makes it worth while to go on.
   */
  #reset(R: number): boolean {
    const { table, root, free } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, W } = this;
    let useful = false;
    for (let i = 0; i < R; i++) {
      const half = (boxSum[i] + Q[i] + e[i]) * INFLATION;
      const rootHalf = 0.5 * (root.hi[i] - root.lo[i]);
      if (half < USELESS * rootHalf) useful = true;
      if (half <= rootHalf) continue;
      const margin = Math.abs(c[i]) * FEW_TERMS + TINY;
      let lo = c[i] - half - margin;
      let hi = c[i] + half + margin;
      // not a number where something overflowed
      if (!(lo > root.lo[i])) lo = root.lo[i];
      if (!(hi < root.hi[i])) hi = root.hi[i];
      c[i] = middle(lo, hi);
      e[i] = halfWidth(lo, hi, c[i]);
      boxSum[i] = 0;
      Q[i] = 0;
      for (let g = 0; g < this.count; g++) generators[g * D + i] = 0;
      for (let n = 0; n < R; n++) {
        W[i * R + n] = 0;
        W[n * R + i] = 0;
      }
    }
    if (this.count - free.length > MOST_GENERATORS) {
      for (let i = 0; i < R; i++) {
        e[i] = (e[i] + Q[i]) * INFLATION;
        Q[i] = 0;
      }
      W.fill(0);
      this.count = free.length;
    }
    return useful;
  }

  /** Cuts the box down to what the cuts, and the closings of all periods alive if `closed`, leave of it. */
  #contract({ lo, hi }: OrbitBox, closed: boolean, free: Int32Array): void {
    this.volume = 1;
    const { m, r } = this;
    for (let p = 0; p < free.length; p++) {
      const i = free[p];
      this.volume *= this.#cuts.shrink(p, lo, hi, i, m[i], r[i], closed ? this.#closing : undefined);
    }
  }
}
