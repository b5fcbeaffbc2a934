import { TINY } from "../../search/kernel/bounds.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import type { MarkedGrid } from "../cells/marked-grid.ts";
import { BandSums } from "./band-sums.ts";
import { Closing, type OrbitEnclosed } from "./closing.ts";
import { Cuts } from "./cuts.ts";
import { Fan } from "./fan.ts";
import { keepPoint, type OrbitBox, pointOfPart, shear, updateLongest } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { FEW_TERMS, INFLATION } from "./rounding.ts";
import { StepUnits } from "./step-units.ts";
import { unitKernel } from "./unit-kernel.ts";

/** An orbit is not followed past a step at which its box has this share of the root box's width in each coordinate. */
const USELESS = 0.7;
/** Two generators of the box are almost parallel if the square of the cosine is above this. */
const PARALLEL = 0.999;
/**
 * Boxes are not turned if they, or an image of them, become so many times larger than the root box: below MOST_SIZE.
 */
const TURNED_SIZE = 3;
/** And if the squares of their lengths are not farther apart than this. */
const SMALL = 2 ** -8;

/**
 * Encloses the orbits from one box, step by step (rounding.ts), and closes them at each period that is alive. No array
 * is made while it runs.
 */
export class OrbitEnclosure implements OrbitEnclosed {
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
  readonly boxSum: Float64Array;
  readonly Q: Float64Array;
  readonly bands: BandSums;
  /** z_0: the parallelepiped. */
  readonly start: OrbitEnclosed["start"];

  readonly #moved: Float64Array;
  /** The box's generators at the last step with no coordinate replaced. */
  readonly #image: Float64Array;
  readonly #largest: Float64Array;
  readonly #cuts: Cuts;
  readonly #closing: Closing;
  readonly #cells: MarkedGrid | undefined;
  /** Where a point may be, and the ends of its enclosure. */
  readonly #lo: Float64Array;
  readonly #hi: Float64Array;
  readonly #ends: Float64Array;
  /** Whether some coordinate was replaced at the last step. */
  #wasReset = false;

  /** @param most the largest period. @param cells that hold all points of the orbits sought, as far as is known. */
  constructor(problem: OrbitProblem, most: number, cells?: MarkedGrid) {
    const { table, rows: R, free } = problem;
    this.#cells = cells;
    this.#lo = new Float64Array(table.dim);
    this.#hi = new Float64Array(table.dim);
    this.#ends = new Float64Array(2 * table.dim);
    const { dim: D } = table;
    this.problem = problem;
    this.c = new Float64Array(D);
    this.e = new Float64Array(D);
    this.Q = new Float64Array(D);
    this.generators = new Float64Array(free.length * D);
    this.boxSum = new Float64Array(D);
    const fan = new Fan(R);
    const kernel = unitKernel(problem, fan, most);
    this.bands = new BandSums(problem, fan, kernel, most);
    this.start = {
      c: new Float64Array(D),
      e: new Float64Array(D),
      generators: new Float64Array(free.length * D),
      boxSum: new Float64Array(D),
    };
    this.#image = new Float64Array(free.length * D);
    this.#largest = problem.root.lo.map((x, i) => TURNED_SIZE * Math.max(Math.abs(x), Math.abs(problem.root.hi[i]!)));
    this.#moved = new Float64Array(D);
    this.#cuts = new Cuts(free.length);
    this.#closing = new Closing(problem, kernel.memory);
    this.units = new StepUnits(problem, most, this, this.#cuts, kernel);
  }

  /**
   * Encloses the orbits from the box of `to` with the decisions of `from`, which may be `to` itself, and writes what it
   * decides to `to`: units, periods that are dead or complete, and the contracted box.
   * @returns false if no orbit sought starts in the box, of any period.
   */
  run(to: OrbitBox, from: OrbitBox): boolean {
    const { rows: R, lead } = this.problem;
    const { units } = this;
    const { choices } = units;
    const contracting = from.steps >= to.longest;
    const prefix = from.prefix;
    this.#begin(to, from);
    this.#cuts.begin();
    this.#closing.begin();
    this.completed.length = 0;
    choices.fill(0, 0, prefix + 1);
    if (!this.#stays(this.c.length)) return false;
    for (let t = 1; t <= prefix; t++) {
      pointOfPart(from, t, to.shifts, to.scales, this);
      keepPoint(to, t, this);
      if (!this.#stays(R) || (lead >= 0 && !this.#isLed(lead))) return false;
    }
    to.prefix = prefix;
    this.bands.begin(prefix);
    let decided = true;
    let t = prefix;
    for (; t < to.longest; t++) {
      if (!units.decide(t, to, from, prefix)) return false;
      this.#advance(t);
      if (!this.#stays(R)) return false;
      if (lead >= 0 && !this.#isLed(lead)) return false;
      if (to.alive[t + 1] === 1) {
        if (!this.#closing.close(this, t + 1, contracting)) to.alive[t + 1] = 0;
        else if (choices[t + 1] === 0) {
          this.completed.push(t + 1);
          to.alive[t + 1] = 0;
        } else if (contracting) this.#closing.join();
      }
      const useful = this.#reset(t + 1);
      if (!this.#wasReset) for (let n = 0; n < this.#image.length; n++) this.#image[n] = this.generators[n]!;
      decided &&= choices[t + 1] === 0 && !this.#wasReset;
      if (decided) {
        to.prefix = t + 1;
        keepPoint(to, t + 1, this);
      }
      if (!useful && !this.patient && to.counts[t]! > 0) {
        t++;
        break;
      }
    }
    to.steps = t;
    updateLongest(to);
    const closed = contracting && to.longest <= t;
    this.volume = this.#cuts.shrink(to.shifts, to.scales, closed ? this.#closing : undefined);
    return true;
  }

  /** Starts with the part of the parallelepiped of `from` that `to` is. */
  #begin(to: OrbitBox, from: OrbitBox): void {
    const { c, e, boxSum, generators, start } = this;
    pointOfPart(from, 0, to.shifts, to.scales, this);
    keepPoint(to, 0, this);
    for (let i = 0; i < c.length; i++) {
      start.c[i] = c[i]!;
      start.e[i] = e[i]!;
      start.boxSum[i] = boxSum[i]!;
    }
    for (let n = 0; n < start.generators.length; n++) start.generators[n] = generators[n]!;
    this.Q.fill(0);
    this.#image.fill(0);
    this.units.spread.fill(0);
  }

  /** Moves the enclosure on by one step, with the J, centre and bands that the units have left. */
  #advance(t: number): void {
    const { table, rows: R, stepError } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, bands } = this;
    const { J, next, fresh } = this.units;
    const moved = this.#moved;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < D; n++) sum += Math.abs(J[i * D + n]!) * e[n]!;
      moved[i] = sum * INFLATION + stepError[i]!;
    }
    for (let i = 0; i < R; i++) {
      c[i] = next[i]!;
      e[i] = moved[i]!;
      boxSum[i] = 0;
    }
    for (let at = 0; at < generators.length; at += D) {
      for (let i = 0; i < R; i++) {
        let sum = 0;
        for (let n = 0; n < D; n++) sum += J[i * D + n]! * generators[at + n]!;
        moved[i] = sum;
      }
      for (let i = 0; i < R; i++) {
        generators[at + i] = moved[i]!;
        boxSum[i]! += Math.abs(moved[i]!);
      }
    }
    bands.advance(t, J, fresh);
    for (let i = 0; i < R; i++) Q[i] = bands.support[i]!;
  }

  /**
   * Whether the first coordinates of the point may be in the root box, and in the cells of cycles; cuts the box to
   * where they are.
   */
  #stays(coordinates: number): boolean {
    const { root, free, table } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators } = this;
    const cuts = this.#cuts;
    const lo = this.#lo;
    const hi = this.#hi;
    for (let i = 0; i < coordinates; i++) {
      const half = (boxSum[i]! + Q[i]! + e[i]!) * INFLATION + Math.abs(c[i]!) * FEW_TERMS + TINY;
      const low = c[i]! - half;
      const high = c[i]! + half;
      if (low > root.hi[i]! || high < root.lo[i]!) return false;
      lo[i] = low < root.lo[i]! ? root.lo[i]! : low;
      hi[i] = high > root.hi[i]! ? root.hi[i]! : high;
      this.#ends[2 * i] = low;
      this.#ends[2 * i + 1] = high;
    }
    if (this.#cells !== undefined && !this.#cells.narrow(lo, hi)) return false;
    for (let i = 0; i < coordinates; i++) {
      const low = this.#ends[2 * i]! < lo[i]!;
      const high = this.#ends[2 * i + 1]! > hi[i]!;
      if (!(high || low)) continue;
      for (let p = 0; p < free.length; p++) cuts.coefficients[p] = generators[p * D + i]!;
      const rest = (Q[i]! + e[i]!) * INFLATION + Math.abs(c[i]!) * FEW_TERMS + TINY;
      if (high && !cuts.cut(c[i]! - hi[i]!, rest, 1)) return false;
      if (low && !cuts.cut(lo[i]! - c[i]!, rest, -1)) return false;
    }
    return true;
  }

  /** Whether z_0 may have the largest coordinate `lead`; cuts the box to where it has. */
  #isLed(lead: number): boolean {
    const { table, free } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, start } = this;
    const cuts = this.#cuts;
    for (let p = 0; p < free.length; p++) {
      cuts.coefficients[p] = generators[p * D + lead]! - start.generators[p * D + lead]!;
    }
    const m = start.c[lead]!;
    const sizes = Math.abs(c[lead]!) + Math.abs(m) + start.boxSum[lead]! + boxSum[lead]!;
    return cuts.cut(c[lead]! - m, (Q[lead]! + e[lead]! + start.e[lead]!) * INFLATION + sizes * FEW_TERMS + TINY, 1);
  }

  /**
   * Replaces coordinates of z_t wider than the root box by the part of the root box that they may be in.
   * @returns false if nothing is known of z_t that makes it worth while to go on.
   */
  #reset(t: number): boolean {
    const { table, root, rows: R } = this.problem;
    const { dim: D } = table;
    const { c, e, Q, boxSum, generators, bands } = this;
    let useful = false;
    this.#wasReset = false;
    for (let i = 0; i < R; i++) {
      const half = (boxSum[i]! + Q[i]! + e[i]!) * INFLATION;
      const rootHalf = 0.5 * (root.hi[i]! - root.lo[i]!);
      if (half < USELESS * rootHalf) useful = true;
      if (half <= rootHalf) continue;
      this.#wasReset = true;
      const margin = Math.abs(c[i]!) * FEW_TERMS + TINY;
      let lo = c[i]! - half - margin;
      let hi = c[i]! + half + margin;
      // not a number where something overflowed
      if (!(lo > root.lo[i]!)) lo = root.lo[i]!;
      if (!(hi < root.hi[i]!)) hi = root.hi[i]!;
      c[i] = middle(lo, hi);
      e[i] = halfWidth(lo, hi, c[i]!);
      boxSum[i] = 0;
      for (let at = i; at < generators.length; at += D) generators[at] = 0;
      bands.drop(t, i);
      for (let n = 0; n < R; n++) Q[n] = bands.support[n]!;
    }
    return useful;
  }

  /**
   * Turns the box of the last run where two of its generators have become almost parallel: then halving one of them
   * does for both.
   * @returns the longer of the two, −1 if there are none.
   */
  turn(box: OrbitBox): number {
    const { table, rows: R, root, free } = this.problem;
    const { dim: D } = table;
    const P = free.length;
    const image = this.#image;
    const { scales } = box;
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < p; q++) {
        let pp = 0;
        let qq = 0;
        let pq = 0;
        for (let i = 0; i < R; i++) {
          const scale = 1 / (root.hi[i]! - root.lo[i]!);
          const a = image[p * D + i]! * scales[p]! * scale;
          const b = image[q * D + i]! * scales[q]! * scale;
          pp += a * a;
          qq += b * b;
          pq += a * b;
        }
        if (!(pq * pq > PARALLEL * pp * qq) || !(Math.min(pp, qq) > SMALL * Math.max(pp, qq))) continue;
        for (let t = 0; t <= box.prefix; t++) {
          pointOfPart(box, t, box.shifts, box.scales, this);
          keepPoint(box, t, this);
        }
        box.shifts.fill(0);
        box.scales.fill(1);
        const turned = pp >= qq ? shear(box, p, q, pq / pp, this.#largest) : shear(box, q, p, pq / qq, this.#largest);
        return turned ? (pp >= qq ? p : q) : -1;
      }
    }
    return -1;
  }
}
