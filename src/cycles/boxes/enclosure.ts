import { TINY } from "../../search/bounds.ts";
import { halfWidth, middle } from "../../search/kernel.ts";
import { Closing } from "./closing.ts";
import { Cuts } from "./cuts.ts";
import { type Enclosed, keepBox, keepPoint, type OrbitBox, pointOfPrefix, updateLongest } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { FEW_TERMS, INFLATION, MOST_GENERATORS } from "./rounding.ts";
import { StepUnits } from "./step-units.ts";
import { moveGenerators } from "./unit-loops.ts";

/** An orbit is not followed past a step at which its box has this share of the root box's width in each coordinate. */
const USELESS = 0.7;

/**
 * Encloses the orbits from one box, step by step (rounding.ts), and closes them at each period that is alive. No array
 * is made while it runs.
 */
export class OrbitEnclosure implements Enclosed {
  readonly problem: OrbitProblem;
  readonly units: StepUnits;
  /** Periods whose word was completed by the last box: every unit is decided at every step. */
  readonly completed: number[] = [];
  /** Whether orbits are followed even where little is known of them, for all their sign choices to be counted. */
  patient = false;
  /** By how much the last run shrank the box. */
  volume = 1;

  readonly c: Float64Array;
  readonly e: Float64Array;
  readonly generators: Float64Array;
  count = 0;
  readonly boxSum: Float64Array;
  readonly Q: Float64Array;
  readonly W: Float64Array;
  readonly m: Float64Array;
  readonly r: Float64Array;

  readonly #nextError: Float64Array;
  readonly #cuts: Cuts;
  readonly #closing: Closing;
  /** Whether some coordinate was replaced at the last step. */
  #wasReset = false;

  /** @param most the largest period. */
  constructor(problem: OrbitProblem, most: number) {
    const { table, rows: R, free } = problem;
    const { dim: D, count: L } = table;
    this.problem = problem;
    this.c = new Float64Array(D);
    this.e = new Float64Array(D);
    this.Q = new Float64Array(D);
    this.generators = new Float64Array((Math.min(most * L, MOST_GENERATORS + L) + free.length) * D);
    this.boxSum = new Float64Array(D);
    this.W = new Float64Array(R * R);
    this.m = new Float64Array(D);
    this.r = new Float64Array(D);
    this.#nextError = new Float64Array(D);
    this.#cuts = new Cuts(free.length);
    this.#closing = new Closing(problem);
    this.units = new StepUnits(problem, most, this, this.#cuts);
  }

  /**
   * Encloses the orbits from the box of `to` with the decisions of `from`, which may be `to` itself, and writes what it
   * decides to `to`: units, periods that are dead or complete, and the contracted box.
   * @returns false if no orbit sought starts in the box, of any period.
   */
  run(to: OrbitBox, from: OrbitBox): boolean {
    const { rows: R, free, lead } = this.problem;
    const { units } = this;
    const { choices } = units;
    const contracting = from.steps >= to.longest;
    this.#begin(to);
    this.#cuts.begin();
    this.#closing.begin();
    this.completed.length = 0;
    // halves of 0 are no unit of length
    let decided = this.#isWide();
    const inheritedFrom = from.prefix;
    const prefix = decided ? inheritedFrom : 0;
    choices.fill(0, 0, prefix + 1);
    for (let t = 1; t <= prefix; t++) {
      pointOfPrefix(from, t, R, free, this);
      keepPoint(to, t, this);
      if (!this.#stays() || (lead >= 0 && !this.#isLed(lead))) return false;
    }
    keepBox(to, this, free);
    to.prefix = prefix;
    let t = prefix;
    for (; t < to.longest; t++) {
      if (!units.decide(t, to, from, inheritedFrom)) return false;
      this.#advance();
      if (!this.#stays()) return false;
      if (lead >= 0 && !this.#isLed(lead)) return false;
      if (to.alive[t + 1] === 1) {
        if (!this.#closing.close(this, contracting)) to.alive[t + 1] = 0;
        else if (choices[t + 1] === 0) {
          this.completed.push(t + 1);
          to.alive[t + 1] = 0;
        } else if (contracting) this.#closing.join();
      }
      const useful = this.#reset(R);
      decided &&= choices[t + 1] === 0 && !this.#wasReset;
      if (decided) {
        to.prefix = t + 1;
        keepPoint(to, t + 1, this);
      }
      if (!useful && !this.patient && to.counts[t] > 0) {
        t++;
        break;
      }
    }
    to.steps = t;
    updateLongest(to);
    this.#contract(to, contracting && to.longest <= t, free);
    return true;
  }

  #isWide(): boolean {
    for (const i of this.problem.free) if (!(this.r[i] > 0)) return false;
    return true;
  }

  #begin({ lo, hi }: OrbitBox): void {
    const { table, free } = this.problem;
    const { dim: D } = table;
    const { c, m, r, e, Q, boxSum, generators, W } = this;
    r.fill(0);
    generators.fill(0, 0, free.length * D);
    for (let i = 0; i < D; i++) {
      m[i] = lo[i] === hi[i] ? lo[i] : middle(lo[i], hi[i]);
      c[i] = m[i];
      e[i] = 0;
      Q[i] = 0;
      boxSum[i] = 0;
    }
    for (let p = 0; p < free.length; p++) {
      const i = free[p];
      r[i] = halfWidth(lo[i], hi[i], m[i]);
      generators[p * D + i] = r[i];
      boxSum[i] = r[i];
    }
    W.fill(0);
    this.units.spread.fill(0);
    this.count = free.length;
  }

  /** Moves the enclosure on by one step, with the J, centre and generators that the units have left. */
  #advance(): void {
    const { table, rows: R, free, stepError } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, W, count } = this;
    const { J, next, fresh } = this.units;
    const nextError = this.#nextError;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < R; n++) sum += Math.abs(J[i * D + n]) * e[n];
      nextError[i] = sum * INFLATION + stepError[i];
    }
    for (let i = 0; i < R; i++) {
      c[i] = next[i];
      e[i] = nextError[i];
    }
    moveGenerators(J, D, R, free.length, count, count + fresh, generators, boxSum, Q, W, nextError);
    this.count = count + fresh;
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
    this.#wasReset = false;
    for (let i = 0; i < R; i++) {
      const half = (boxSum[i] + Q[i] + e[i]) * INFLATION;
      const rootHalf = 0.5 * (root.hi[i] - root.lo[i]);
      if (half < USELESS * rootHalf) useful = true;
      if (half <= rootHalf) continue;
      this.#wasReset = true;
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
