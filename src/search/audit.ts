import { largestColumn } from "../arrangement/scaling.ts";
import { exactlyExcludes, type ParallelUnit } from "./exact-audit.ts";
import { type Band, genericBand, pieceAbove, pieceBelow } from "./generic-units.ts";
import type { SearchProblem } from "./problem.ts";
import { simpleBand } from "./simple-units.ts";

/**
 * A unit with the factors s_m of its hyperplanes, u_m = s_m·u. The lead, whose row is u, is the first hyperplane of the
 * unit's direction and need not belong to the unit.
 */
interface Members extends ParallelUnit {
  readonly scales: Float64Array;
}

/**
 * Decides again whether a functional y excludes a box, y·G ≠ 0 on all of the box. The decision is made from the system
 * itself, with bounds of its own. It uses nothing that a kernel has decided, folded or summed:
 *
 *     y·G(z) = y·(M z − g) + Σ_j ψ_j(u_j·z),    ψ_j(x) = Σ_m (y·v_m) relu(s_m x − h_m) over the parallel hyperplanes of unit j.
 *
 * ψ_j is piecewise linear. For any slope σ, ψ_j lies on [l, h] above the line σx + min(ψ_j(x) − σx) and below the line
 * σx + max(ψ_j(x) − σx), with minimum and maximum over the ends and the kinks between. A sum of lines is linear in z,
 * so its range over the box is known. The slopes σ, like y, come from the kernel's bands: with a bad slope the proof
 * may fail, but proves nothing wrong.
 *
 * In float64 every sum errs by at most (N + L + 4R + 40)·4u of the magnitudes of its terms. A hyperplane that is off on
 * the whole range adds nothing. Where float64 does not decide, rational arithmetic does (exact-audit.ts).
 */
export class BoxAudit {
  readonly #problem: SearchProblem;
  readonly #units: readonly Members[];
  /** Hyperplanes with a row of zeros in U and h < 0: units that are always on. */
  readonly #constants: readonly number[];
  readonly #relative: number;
  /** Of the current unit: σ, the offsets of the two lines, and the magnitudes that bound their rounding. */
  readonly #lines = { slope: 0, below: 0, above: 0, magnitude: 0 };
  /** Of the current unit: y·v of each hyperplane, 0 for a hyperplane that is off. */
  readonly #weights: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };

  constructor(problem: SearchProblem) {
    const { table, system } = problem;
    const { dim: R, count: N, U } = system;
    const members: number[][] = Array.from({ length: table.count }, () => []);
    const constants: number[] = [];
    table.unitOf.forEach((j, hyperplane) => {
      if (j >= 0) members[j].push(hyperplane);
      else if (table.flipped[hyperplane]) constants.push(hyperplane);
    });
    this.#problem = problem;
    const leads = table.directions.map(({ hyperplanes }) => Math.min(...hyperplanes.flat()));
    this.#units = members.map((hyperplanes, j) => {
      const lead = leads[table.directionOf[j]];
      const column = largestColumn(U, lead, R);
      const scaleOf = (m: number) => U.rounded[m * R + column] / U.rounded[lead * R + column];
      return { lead, hyperplanes, scales: Float64Array.from(hyperplanes, scaleOf) };
    });
    this.#constants = constants;
    this.#relative = (N + table.count + 4 * R + 40) * 2 ** -51;
    this.#weights = new Float64Array(members.reduce((most, { length }) => Math.max(most, length), 1));
  }

  /**
   * @param y R numbers. @param c @param r centre and half-widths of the box. @returns whether y·G ≠ 0 on all of the
   *   box.
   */
  confirms(y: ArrayLike<number>, c: ArrayLike<number>, r: ArrayLike<number>): boolean {
    let largest = 0;
    for (let i = 0; i < y.length; i++) largest = Math.max(largest, Math.abs(y[i]));
    if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return false;
    const scaled = Float64Array.from(y, (x) => x / largest);
    const slopes = new Float64Array(this.#units.length);
    if (this.#excludes(scaled, c, r, slopes)) return true;
    return exactlyExcludes(this.#problem.system, this.#units, this.#constants, { y: scaled, slopes }, c, r);
  }

  /** `confirms` in float64. @param slopes the σ of each unit; overwritten. */
  #excludes(y: Float64Array, c: ArrayLike<number>, r: ArrayLike<number>, slopes: Float64Array): boolean {
    const { dim: R, M, g, U, V, h } = this.#problem.system;
    const linear = new Float64Array(R);
    let constant = 0;
    let magnitude = 0;
    const add = (term: number) => {
      constant += term;
      magnitude += Math.abs(term);
    };
    for (let i = 0; i < R; i++) {
      add(-y[i] * g.rounded[i]);
      for (let k = 0; k < R; k++) {
        const slope = y[i] * M.rounded[i * R + k];
        linear[k] += slope;
        magnitude += Math.abs(slope) * (Math.abs(c[k]) + r[k]);
      }
    }
    for (const j of this.#constants) {
      for (let i = 0; i < R; i++) add(-y[i] * V.rounded[j * R + i] * h.rounded[j]);
    }
    const lines = this.#lines;
    let below = constant;
    let above = constant;
    for (let j = 0; j < this.#units.length; j++) {
      this.#draw(j, y, c, r);
      slopes[j] = lines.slope;
      below += lines.below;
      above += lines.above;
      magnitude += lines.magnitude;
      const row = this.#units[j].lead * R;
      for (let k = 0; k < R; k++) linear[k] += lines.slope * U.rounded[row + k];
    }
    let centre = 0;
    let spread = 0;
    for (let k = 0; k < R; k++) {
      centre += linear[k] * c[k];
      spread += Math.abs(linear[k]) * r[k];
    }
    const error = this.#relative * magnitude + 2 ** -900;
    return below + centre - spread > error || above + centre + spread < -error;
  }

  /** The lines below and above ψ of unit j on the box. */
  #draw(j: number, y: Float64Array, c: ArrayLike<number>, r: ArrayLike<number>): void {
    const { dim: R, U } = this.#problem.system;
    const { lead, hyperplanes, scales } = this.#units[j];
    const row = lead * R;
    let x = 0;
    let p = 0;
    let size = 0;
    for (let k = 0; k < R; k++) {
      const u = U.rounded[row + k];
      x += u * c[k];
      p += Math.abs(u) * r[k];
      size += Math.abs(u) * (Math.abs(c[k]) + r[k]);
    }
    // x errs by (R + 1)u·size, p by (R + 1)u·p
    p += (R + 4) * 2 ** -51 * size + 2 ** -1000;
    const low = x - p;
    const high = x + p;
    const { h } = this.#problem.system;
    const lines = this.#lines;
    const base = this.#weigh(j, y, low, high);
    const isOn = lines.magnitude > 0;
    lines.slope = isOn ? base + this.#slopeOf(j, y, low, high, x) : 0;
    lines.magnitude += Math.abs(lines.slope) * (Math.max(Math.abs(low), Math.abs(high)) + size);
    lines.below = isOn ? Number.POSITIVE_INFINITY : 0;
    lines.above = isOn ? Number.NEGATIVE_INFINITY : 0;
    if (!isOn) return;
    this.#meet(j, low);
    this.#meet(j, high);
    for (let m = 0; m < scales.length; m++) {
      const kink = h.rounded[hyperplanes[m]] / scales[m];
      if (this.#weights[m] !== 0 && kink > low && kink < high) this.#meet(j, kink);
    }
  }

  /**
   * Computes the weights of unit j's hyperplanes, and puts the magnitudes of those that may be on into
   * `#lines.magnitude`.
   * @returns ψ's slope at −∞, where the unit's first piece is.
   */
  #weigh(j: number, y: Float64Array, low: number, high: number): number {
    const { dim: R, V, h } = this.#problem.system;
    const { hyperplanes, scales } = this.#units[j];
    let base = 0;
    let total = 0;
    for (let m = 0; m < scales.length; m++) {
      const s = scales[m];
      const offset = h.rounded[hyperplanes[m]];
      const most = Math.max(s * low, s * high);
      const off = most - offset < -(2 ** -49) * (Math.abs(most) + Math.abs(offset));
      this.#weights[m] = 0;
      if (off && s > 0) continue;
      let weight = 0;
      let absolute = 0;
      for (let i = 0; i < R; i++) {
        const term = y[i] * V.rounded[hyperplanes[m] * R + i];
        weight += term;
        absolute += Math.abs(term);
      }
      if (s < 0) base += weight * s;
      if (off) continue;
      this.#weights[m] = weight;
      total += absolute * (Math.abs(s) * Math.max(Math.abs(low), Math.abs(high)) + Math.abs(offset));
    }
    this.#lines.magnitude = total;
    return base;
  }

  /** Moves the lines of unit j apart until ψ(at) lies between them. */
  #meet(j: number, at: number): void {
    const { h } = this.#problem.system;
    const { hyperplanes, scales } = this.#units[j];
    const lines = this.#lines;
    let value = -lines.slope * at;
    for (let m = 0; m < scales.length; m++) {
      value += this.#weights[m] * Math.max(0, scales[m] * at - h.rounded[hyperplanes[m]]);
    }
    lines.below = Math.min(lines.below, value);
    lines.above = Math.max(lines.above, value);
  }

  /** y·v times the slope of the kernel's band of unit j. */
  #slopeOf(j: number, y: Float64Array, low: number, high: number, x: number): number {
    const { dim: R, data, stride, simple, generic, slopeBound } = this.#problem.table;
    const band = this.#band;
    const at = j * stride;
    if (j < simple) simpleBand(data[at + 2 * R], data[at + 2 * R + 1], low, high, x, band);
    else {
      const f = generic[j - simple];
      const first = pieceAbove(f, low);
      const last = pieceBelow(f, high);
      if (last > first) genericBand(f, low, high, x, first, last, slopeBound[j], band);
      else band.slope = f.slopes[first];
    }
    let t = 0;
    for (let i = 0; i < R; i++) t += y[i] * data[at + R + i];
    const slope = t * band.slope;
    return Number.isFinite(slope) ? slope : 0;
  }
}
