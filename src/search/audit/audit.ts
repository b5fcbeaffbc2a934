import { largestColumn } from "../../arrangement/scaling.ts";
import type { SearchProblem } from "../roots/problem.ts";
import { type Band, edgeSlope, narrowestBand } from "../units/bands.ts";
import { exactlyExcludes, type ParallelUnit } from "./exact-audit.ts";
import type { Lines } from "./lines.ts";

/** Places in the sums over units: the least and the largest constant of y·G, and the magnitude of all terms. */
const BELOW = 0;
const ABOVE = 1;
const MAGNITUDE = 2;

/**
 * Decides again whether a functional y excludes a box, y·G ≠ 0 on all of the box. The decision is made from the system
 * itself, with bounds of its own. It uses nothing that a kernel has decided, folded or summed:
 *
 *     y·G(z) = y·(M z − g) + Σ_j ψ_j(u_j·z),
 *     ψ_j(x) = Σ_m (y·v_m) relu(s_m x − h_m) over the parallel hyperplanes of unit j.
 *
 * ψ_j is piecewise linear. For any slope σ, ψ_j lies on [l, h] above the line σx + min(ψ_j(x) − σx) and below the line
 * σx + max(ψ_j(x) − σx), with minimum and maximum over the ends and the kinks between. A sum of lines is linear in z,
 * so its range over the box is known. The slopes σ, like y, come from the kernel: with a bad slope the proof
 * may fail, but proves nothing wrong.
 *
 * In float64 every sum errs by at most (N + L + 4R + 40)·4u of the magnitudes in it. A hyperplane that is off on the
 * whole range adds nothing. Where float64 does not decide, rational arithmetic does (exact-audit.ts).
 */
export class BoxAudit {
  readonly #problem: SearchProblem;
  /** For rational arithmetic, which few boxes need. */
  #lazyUnits: readonly ParallelUnit[] | undefined;
  /** Hyperplanes with a row of zeros in U and h < 0: units that are always on. */
  readonly #constants: readonly number[];
  readonly #relative: number;
  /** L: the first hyperplane of a unit's direction, which is not always one of the unit's own. Its row of U is u. */
  readonly #leads: Int32Array;
  /** Members of unit j stand at `start[j]` to `start[j + 1] − 1`: the hyperplane m, s_m and h_m/s_m. */
  readonly #start: Int32Array;
  readonly #members: Int32Array;
  readonly #scale: Float64Array;
  readonly #kink: Float64Array;
  /** y·v of the members of the current unit, 0 for a hyperplane that is off. */
  readonly #weights: Float64Array;
  /** The linear parts of the lines below and above, R numbers each, and their slopes, L each. */
  readonly #linear: readonly [below: Float64Array, above: Float64Array];
  readonly #slopes: readonly [below: Float64Array, above: Float64Array];
  /** L: slopes of φ_j to be tried, NaN where there are none. */
  readonly #chosen: Float64Array;
  /** Whether the edges below and above y·G are tried. The bands are the same on both sides. */
  #hasEdges = false;
  readonly #sums = new Float64Array(3);
  /** R: the functional, with entries of at most 1 in magnitude, and the box that is audited. */
  readonly #y: Float64Array;
  readonly #c: Float64Array;
  readonly #r: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };
  /**
   * Of the current unit: the line that ψ is without a kink, the slope of ψ at −∞, where its first piece is, and the
   * magnitudes of its members. Numbers that are no integers, so that V8 takes the fields for floats from the first on.
   */
  readonly #line = { slope: 0.5, constant: 0.5, base: 0.5, total: 0.5 };

  /** In plain loops: a short search has one audit, and this is most of what it costs. */
  constructor(problem: SearchProblem) {
    const { table, system } = problem;
    const { dim: R, count: N } = system;
    const { count: L, unitOf, directionOf, flipped } = table;
    this.#problem = problem;
    this.#relative = (N + L + 4 * R + 40) * 2 ** -51;
    // there are no more directions than units
    const first = new Int32Array(L).fill(N);
    const start = new Int32Array(L + 1);
    const constants: number[] = [];
    for (let m = N - 1; m >= 0; m--) {
      const j = unitOf[m]!;
      if (j >= 0) {
        first[directionOf[j]!] = m;
        start[j + 1]!++;
      } else if (flipped[m]) constants.push(m);
    }
    this.#constants = constants.reverse();
    this.#leads = new Int32Array(L);
    for (let j = 0; j < L; j++) {
      this.#leads[j] = first[directionOf[j]!]!;
      start[j + 1]! += start[j]!;
    }
    this.#start = start;
    const total = start[L]!;
    this.#members = new Int32Array(total);
    this.#scale = new Float64Array(total);
    this.#kink = new Float64Array(total);
    this.#fillMembers(start.slice());
    this.#weights = new Float64Array(total);
    this.#linear = [new Float64Array(R), new Float64Array(R)];
    this.#slopes = [new Float64Array(L), new Float64Array(L)];
    this.#chosen = new Float64Array(L);
    this.#y = new Float64Array(R);
    this.#c = new Float64Array(R);
    this.#r = new Float64Array(R);
  }

  /** @param next where the next member of each unit belongs. */
  #fillMembers(next: Int32Array): void {
    const { table, system } = this.#problem;
    const { dim: R, count: N, U, h } = system;
    const rows = U.rounded;
    const offsets = h.rounded;
    for (let m = 0; m < N; m++) {
      const j = table.unitOf[m]!;
      if (j < 0) continue;
      const lead = this.#leads[j]!;
      const column = largestColumn(U, lead, R);
      const at = next[j]!++;
      const scale = rows[m * R + column]! / rows[lead * R + column]!;
      this.#members[at] = m;
      this.#scale[at] = scale;
      this.#kink[at] = offsets[m]! / scale;
    }
  }

  get #units(): readonly ParallelUnit[] {
    this.#lazyUnits ??= Array.from(this.#leads, (lead, j) => ({
      lead,
      hyperplanes: Array.from(this.#members.subarray(this.#start[j], this.#start[j + 1])),
    }));
    return this.#lazyUnits;
  }

  /**
   * @param y R numbers. @param c @param r centre and half-widths of the box. @param lines whose slopes are tried.
   * @returns whether y·G ≠ 0 on all of the box.
   */
  confirms(y: ArrayLike<number>, c: ArrayLike<number>, r: ArrayLike<number>, lines: Lines = "bands"): boolean {
    let largest = 0;
    for (let i = 0; i < y.length; i++) largest = Math.max(largest, Math.abs(y[i]!));
    if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return false;
    for (let i = 0; i < y.length; i++) {
      this.#y[i] = y[i]! / largest;
      this.#c[i] = c[i]!;
      this.#r[i] = r[i]!;
    }
    this.#chosen.fill(Number.NaN);
    if (typeof lines !== "string") {
      for (let q = 0; q < lines.count; q++) this.#chosen[lines.units[q]!] = lines.slopes[q]!;
    }
    // of the edges only the side on which y·G lies is known to the sieve
    this.#hasEdges = lines === "edges";
    if (this.#excludes()) return true;
    const tried = this.#hasEdges ? this.#slopes : [this.#slopes[BELOW]];
    return tried.some((slopes) =>
      exactlyExcludes(this.#problem.system, this.#units, this.#constants, { y: this.#y, slopes }, c, r),
    );
  }

  /** In float64, with the σ of each unit into `#slopes`. */
  #excludes(): boolean {
    const { dim: R, M, g, V, h } = this.#problem.system;
    const y = this.#y;
    const c = this.#c;
    const r = this.#r;
    const [below, above] = this.#linear;
    below.fill(0);
    let constant = 0;
    let magnitude = 0;
    for (let i = 0; i < R; i++) {
      constant -= y[i]! * g.rounded[i]!;
      magnitude += Math.abs(y[i]! * g.rounded[i]!);
      for (let k = 0; k < R; k++) {
        const slope = y[i]! * M.rounded[i * R + k]!;
        below[k]! += slope;
        magnitude += Math.abs(slope) * (Math.abs(c[k]!) + r[k]!);
      }
    }
    for (const j of this.#constants) {
      for (let i = 0; i < R; i++) {
        const term = y[i]! * V.rounded[j * R + i]! * h.rounded[j]!;
        constant -= term;
        magnitude += Math.abs(term);
      }
    }
    above.set(below);
    const sums = this.#sums;
    sums[BELOW] = constant;
    sums[ABOVE] = constant;
    sums[MAGNITUDE] = magnitude;
    for (let j = 0; j < this.#leads.length; j++) this.#add(j);
    const error = this.#relative * sums[MAGNITUDE] + 2 ** -900;
    const least = sums[BELOW] + endOf(below, c, r, -1);
    const most = sums[ABOVE] + endOf(above, c, r, 1);
    const isAbove = least > error;
    const isBelow = most < -error;
    return isAbove || isBelow;
  }

  /**
   * Adds the lines of unit j. A function of its own, since the loop of 512 calls then gets it compiled within the first
   * audit.
   */
  #add(j: number): void {
    const { dim: R, U: rows } = this.#problem.system;
    const c = this.#c;
    const r = this.#r;
    const U = rows.rounded;
    const sums = this.#sums;
    const row = this.#leads[j]! * R;
    let x = 0;
    let p = 0;
    let reach = 0;
    for (let k = 0; k < R; k++) {
      const u = Math.abs(U[row + k]!);
      x += U[row + k]! * c[k]!;
      p += u * r[k]!;
      reach += u * Math.abs(c[k]!);
    }
    reach += p;
    // x errs by (R + 1)u·reach, p by (R + 1)u·p
    p += (R + 4) * 2 ** -51 * reach + 2 ** -1000;
    const low = x - p;
    const high = x + p;
    const farthest = Math.max(Math.abs(low), Math.abs(high));
    if (this.#weigh(j, low, high, farthest)) {
      this.#addBending(j, low, high, x);
    } else {
      // no kink lies within the range, whose widening is larger than the rounding of a kink: ψ_j is this line
      const { slope, constant } = this.#line;
      this.#slopes[BELOW][j] = slope;
      this.#slopes[ABOVE][j] = slope;
      sums[BELOW]! += constant;
      sums[ABOVE]! += constant;
    }
    const below = this.#slopes[BELOW][j]!;
    const above = this.#slopes[ABOVE][j]!;
    sums[MAGNITUDE]! += this.#line.total + Math.max(Math.abs(below), Math.abs(above)) * (farthest + reach);
    const [linearBelow, linearAbove] = this.#linear;
    for (let k = 0; k < R; k++) {
      linearBelow[k]! += below * U[row + k]!;
      linearAbove[k]! += above * U[row + k]!;
    }
  }

  /**
   * The weights of the members of unit j that may be on, and their line where none has its kink in the range.
   * @returns whether one has.
   */
  #weigh(j: number, low: number, high: number, farthest: number): boolean {
    const { dim: R, V: columns, h } = this.#problem.system;
    const y = this.#y;
    const V = columns.rounded;
    const offsets = h.rounded;
    const members = this.#members;
    const scale = this.#scale;
    const kink = this.#kink;
    const weights = this.#weights;
    const from = this.#start[j]!;
    const to = this.#start[j + 1]!;
    let base = 0;
    let here = 0;
    let constant = 0;
    let total = 0;
    let bends = false;
    // everything is computed of each member, as code that is met late is compiled once more
    for (let m = from; m < to; m++) {
      const s = scale[m]!;
      const at = kink[m]!;
      const offset = offsets[members[m]!]!;
      const most = s > 0 ? s * high : s * low;
      const off = most - offset < -(2 ** -49) * (Math.abs(most) + Math.abs(offset));
      let weight = 0;
      let norm = 0;
      for (let i = 0, v = members[m]! * R; i < R; i++, v++) {
        weight += y[i]! * V[v]!;
        norm += Math.abs(V[v]!);
      }
      const slope = weight * s;
      const value = weight * offset;
      const size = norm * (Math.abs(s) * farthest + Math.abs(offset));
      const isAbove = at > low;
      const isBelow = at < high;
      const isBent = !off && isAbove && isBelow;
      const isOn = !off && !isBent && s > 0 === at <= low;
      weights[m] = off ? 0 : weight;
      base += s < 0 ? slope : 0;
      bends ||= isBent;
      here += isOn ? slope : 0;
      constant -= isOn ? value : 0;
      total += off ? 0 : size;
    }
    const line = this.#line;
    line.slope = here;
    line.constant = constant;
    line.base = base;
    line.total = total;
    return bends;
  }

  /** Chooses the slopes of the lines of a unit with kinks in its range, and adds how far such lines must be moved. */
  #addBending(j: number, low: number, high: number, x: number): void {
    const scale = this.#scale;
    const offsets = this.#problem.system.h.rounded;
    const members = this.#members;
    const kink = this.#kink;
    const weights = this.#weights;
    const start = this.#start[j]!;
    const end = this.#start[j + 1]!;
    this.#chooseSlopes(j, low, high, x);
    const below = this.#slopes[BELOW][j]!;
    const above = this.#slopes[ABOVE][j]!;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    // ψ is linear between the ends, at the places −2 and −1 before the kinks, and the kinks
    for (let place = start - 2; place < end; place++) {
      const at = place >= start ? kink[place]! : place === start - 2 ? low : high;
      if (place >= start && (weights[place] === 0 || !(at > low && at < high))) continue;
      let value = 0;
      for (let m = start; m < end; m++) value += weights[m]! * Math.max(0, scale[m]! * at - offsets[members[m]!]!);
      // the comparisons keep NaN, which then excludes nothing
      least = Math.min(least, value - below * at);
      most = Math.max(most, value - above * at);
    }
    this.#sums[BELOW]! += least;
    this.#sums[ABOVE]! += most;
  }

  /** Into `#slopes` the slopes of the lines that the kernel took for unit j: base, and y·v times that of its line. */
  #chooseSlopes(j: number, low: number, high: number, x: number): void {
    const { dim: R, data, stride } = this.#problem.table;
    const band = this.#band;
    const at = j * stride;
    const b0 = data[at + 2 * R]!;
    const b1 = data[at + 2 * R + 1]!;
    let t = 0;
    for (let i = 0; i < R; i++) t += this.#y[i]! * data[at + R + i]!;
    // the edges of the hull differ for a line below y·G and for one above
    const lower = edgeSlope(b0, b1, low, high, x, t > 0);
    const upper = edgeSlope(b0, b1, low, high, x, t < 0);
    narrowestBand(b0, b1, low, high, x, band);
    const { slope } = band;
    const { base } = this.#line;
    const chosen = this.#chosen[j]!;
    const other = Number.isNaN(chosen) ? slope : chosen;
    this.#slopes[BELOW][j] = base + finite(t * (this.#hasEdges ? lower : other));
    this.#slopes[ABOVE][j] = base + finite(t * (this.#hasEdges ? upper : other));
  }
}

/** x, or 0 where it is no number: any slope will do. */
function finite(x: number): number {
  return Number.isFinite(x) ? x : 0;
}

/** The least (side −1) or the largest (side 1) value of a linear function on the box c ± r. */
function endOf(linear: Float64Array, c: Float64Array, r: Float64Array, side: 1 | -1): number {
  let centre = 0;
  let spread = 0;
  for (let k = 0; k < linear.length; k++) {
    centre += linear[k]! * c[k]!;
    spread += Math.abs(linear[k]!) * r[k]!;
  }
  return centre + side * spread;
}
