import type { Functional, Objective, OrbitBox } from "../../check/orbits/functional.ts";
import type { OrbitMap } from "../../check/orbits/orbit-map.ts";
import { DualSimplex, strideOf } from "./dual-simplex.ts";
import { bestFolding, fillTableau } from "./folding.ts";

/**
 * The linear relaxation of an orbit in an `OrbitBox`. Each unit's p = relu(s) and q = relu(−s) are variables with
 * p − q = s, cut by the line over the unit's graph: r = θ s − p ≥ its least value, θ = high/(high − low). The points
 * w_t are eliminated (folding.ts), so the e_tj, which are p, or q for a folded unit, and τ are the variables outside
 * the first basis. In floating point: functional.ts proves.
 *
 * Units that have one sign at all steps of all orbits that are looked for may be left out: they are folded or nothing,
 * and the bounds of their ranges are no rows.
 */
export class Relaxation {
  readonly map: OrbitMap;
  readonly period: number;
  readonly program: DualSimplex;
  readonly #folded: Uint8Array;
  /** N: the place of each unit among those that have variables, or −1. */
  readonly #places: Int32Array;
  /** How many have. */
  readonly #kept: number;
  /** Numbers of the pairs of parallel units that both have variables. */
  readonly #pairs: readonly number[];
  /** k matrices R×R. */
  readonly #H: Float64Array;
  /** For each unit with variables and each step: θ of its line as it stands in the program. */
  readonly #theta: Float64Array;
  readonly #delta: Float64Array;
  /** k·R: right sides of the adjoint equations. */
  readonly #sides: Float64Array;
  #lead = -1;
  #isForgotten = false;

  /** @param signs N: the sign of each unit that is left out, 0 for the others. */
  constructor(map: OrbitMap, period: number, signs: Int8Array = new Int8Array(map.count)) {
    this.map = map;
    this.period = period;
    const { folded, H } = bestFolding(map, period, signs);
    this.#folded = folded;
    this.#H = H;
    const { dim: R, count: N } = map;
    const kept: number[] = [];
    this.#places = new Int32Array(N).fill(-1);
    for (let j = 0; j < N; j++) {
      if (signs[j] !== 0) continue;
      this.#places[j] = kept.length;
      kept.push(j);
    }
    this.#kept = kept.length;
    const n = period * kept.length;
    const { pairs } = map.parallels;
    this.#pairs = pairs.map((_, at) => at).filter((at) => signs[pairs[at]!.a] === 0 && signs[pairs[at]!.b] === 0);
    const columns = n + 1;
    const rows = 2 * n + period * R + period + period * this.#pairs.length;
    const T = new Float64Array(rows * strideOf(columns));
    fillTableau(map, period, kept, folded, H, T);
    this.program = new DualSimplex(rows, columns, T);
    this.#loadPairs();
    this.#theta = new Float64Array(n).fill(Number.NaN);
    this.#delta = new Float64Array(rows + columns);
    this.#sides = new Float64Array(period * R);
  }

  /** Whether unit n = t·N + j has variables. */
  has(n: number): boolean {
    return this.#places[n % this.map.count]! >= 0;
  }

  /** The place of unit n = t·N + j, that has variables, among those that have. */
  #slot(n: number): number {
    const N = this.map.count;
    const j = n % N;
    return ((n - j) / N) * this.#kept + this.#places[j]!;
  }

  /** The variable that is p, or q, of unit n = t·N + j. */
  p(n: number): number {
    return this.#slot(n) + (this.#folded[n % this.map.count] ? this.program.columns : 0);
  }

  q(n: number): number {
    return this.#slot(n) + (this.#folded[n % this.map.count] ? 0 : this.program.columns);
  }

  #line(slot: number): number {
    return this.program.columns + this.period * this.#kept + slot;
  }

  w(index: number): number {
    return this.program.columns + 2 * this.period * this.#kept + index;
  }

  /** s_0 − s_t of the lead unit, for t > 0. */
  #led(t: number): number {
    return this.w(this.period * this.map.dim) + t;
  }

  /** relu(s_b) − ratio·e_a of the pair at a place of `#pairs`. */
  #pair(t: number, place: number): number {
    return this.#led(this.period) + t * this.#pairs.length + place;
  }

  /** s of unit n at the program's vertex. */
  s(n: number): number {
    return this.program.at(this.p(n)) - this.program.at(this.q(n));
  }

  /** How far unit n is from its graph at the program's vertex. */
  gap(n: number): number {
    return Math.min(this.program.at(this.p(n)), this.program.at(this.q(n)));
  }

  /** The next box begins with the first basis: what comes of it does not depend on boxes before. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** Takes all bounds and lines from a box. */
  load(box: OrbitBox): void {
    const { map, period, program } = this;
    const { dim: R, count: N } = map;
    const { lower, upper } = program;
    const tau = period * this.#kept;
    lower[tau] = box.tauLow;
    upper[tau] = box.tauHigh;
    for (let i = 0; i < period * R; i++) {
      lower[this.w(i)] = box.wLow[i]!;
      upper[this.w(i)] = box.wHigh[i]!;
    }
    if (program.worn || this.#isForgotten) {
      program.refresh();
      this.#isForgotten = false;
      this.#theta.fill(Number.NaN);
      this.#lead = -1;
      this.#loadPairs();
    }
    if (box.lead !== this.#lead) this.#setLead(box.lead);
    for (let n = 0; n < period * N; n++) this.loadUnit(box, n, true);
    for (let t = 0; t < period; t++) {
      const v = this.#led(t);
      lower[v] = 0;
      upper[v] = 0;
      if (t === 0 || box.lead < 0) continue;
      upper[v] = Math.max(0, box.high[box.lead]! - box.low[t * N + box.lead]!);
    }
  }

  /** Rows and bounds of pairs, which stay: τ is at most 1. */
  #loadPairs(): void {
    const { map, program } = this;
    const N = map.count;
    this.#pairs.forEach((at, place) => {
      const { a, b, opposite, ratio, shift } = map.parallels.pairs[at]!;
      for (let t = 0; t < this.period; t++) {
        const variable = this.#pair(t, place);
        this.#combine(program.place[variable]!, [
          [this.p(t * N + b), 1],
          [opposite ? this.q(t * N + a) : this.p(t * N + a), -ratio],
        ]);
        program.lower[variable] = Math.min(0, shift);
        program.upper[variable] = Math.max(0, shift);
      }
    });
  }

  /** Takes the bounds of one unit from a box, and its line if this has changed and is wanted. */
  loadUnit({ low, high, kinds }: OrbitBox, n: number, withLine: boolean): void {
    if (!this.has(n)) return;
    const { lower, upper } = this.program;
    const l = low[n]!;
    const u = high[n]!;
    const p = this.p(n);
    const q = this.q(n);
    if (kinds !== undefined && kinds[n] !== 0) {
      const isLinear = kinds[n]! > 0;
      lower[p] = isLinear ? l : 0;
      upper[p] = isLinear ? u : 0;
      lower[q] = isLinear ? 0 : -u;
      upper[q] = isLinear ? 0 : -l;
      if (withLine) this.#setLine(n, Number.NaN);
      // no line: as wide as θ s − p can be
      const free = this.#line(this.#slot(n));
      lower[free] = 2 * Math.min(l, -u);
      upper[free] = 2 * Math.max(-l, u);
      return;
    }
    lower[p] = Math.max(l, 0);
    upper[p] = Math.max(u, 0);
    lower[q] = Math.max(-u, 0);
    upper[q] = Math.max(-l, 0);
    if (withLine) this.#setLine(n, l < 0 && u > 0 ? u / (u - l) : Number.NaN);
    const slot = this.#slot(n);
    const theta = this.#theta[slot]!;
    const atLow = l > 0 ? (theta - 1) * l : theta * l;
    const atHigh = u > 0 ? (theta - 1) * u : theta * u;
    const line = this.#line(slot);
    lower[line] = Math.min(atLow, atHigh);
    upper[line] = l <= 0 && u >= 0 ? 0 : Math.max(atLow, atHigh);
  }

  /** Puts θ into the row of a unit's line; a decided unit (NaN) keeps its line, which holds for any θ. */
  #setLine(n: number, theta: number): void {
    const slot = this.#slot(n);
    const old = this.#theta[slot]!;
    if (Number.isNaN(theta)) {
      if (!Number.isNaN(old)) return;
    } else if (Math.abs(theta - old) <= 1e-3 * Math.min(theta, 1 - theta)) return;
    const next = Number.isNaN(theta) ? 0.5 : theta;
    const row = this.#rowOf(this.#line(slot));
    this.#combine(row, [
      [this.p(n), next - 1],
      [this.q(n), -next],
    ]);
    this.#theta[slot] = next;
  }

  #setLead(lead: number): void {
    const N = this.map.count;
    for (let t = 1; t < this.period; t++) {
      const row = this.#rowOf(this.#led(t));
      this.#combine(
        row,
        lead < 0
          ? []
          : [
              [this.p(lead), 1],
              [this.q(lead), -1],
              [this.p(t * N + lead), -1],
              [this.q(t * N + lead), 1],
            ],
      );
    }
    this.#lead = lead;
  }

  /** The row of a variable, which enters the basis if need be. */
  #rowOf(variable: number): number {
    const { program } = this;
    if (program.place[variable]! >= 0) return program.place[variable]!;
    const column = -1 - program.place[variable]!;
    let row = -1;
    let largest = 0;
    for (let i = 0; i < program.rows; i++) {
      const size = Math.abs(program.T[i * program.stride + column]!);
      // lines and leads follow from the others: two of them for each other would be no basis
      if (size > largest && this.#isFirm(program.basic[i]!)) {
        largest = size;
        row = i;
      }
    }
    program.pivot(row, column);
    return row;
  }

  /** p, q, w and τ, not a line or a lead. */
  #isFirm(variable: number): boolean {
    return variable < this.#line(0) || (variable >= this.w(0) && variable < this.#led(0));
  }

  /** Row ← Σ coefficient · variable. */
  #combine(row: number, terms: readonly (readonly [number, number])[]): void {
    const { T, columns, stride, place } = this.program;
    const at = row * stride;
    T.fill(0, at, at + columns);
    for (const [variable, coefficient] of terms) {
      const where = place[variable]!;
      if (where < 0) T[at - 1 - where]! += coefficient;
      else for (let j = 0; j < columns; j++) T[at + j]! += coefficient * T[where * stride + j]!;
    }
  }

  setObjective(objective: Objective): void {
    const { cost } = this.program;
    cost.fill(0);
    if (objective.of === "unit") {
      cost[this.p(objective.index)] = objective.sign;
      cost[this.q(objective.index)] = -objective.sign;
    } else if (objective.of === "coordinate") cost[this.w(objective.index)] = objective.sign;
  }

  /**
   * The functional of an infeasible program's row or of a vertex's reduced costs: multipliers of all rows follow from
   * those of lines, leads, p, q and w, as each variable's equation of the dual program tells.
   */
  functional(infeasible: boolean, into: Functional): void {
    const { map, period: k } = this;
    const { dim: R, count: N, U, V } = map;
    const delta = this.#delta;
    const { lambda, slopes, mu, pi } = into;
    const { pairs } = map.parallels;
    this.program.multipliers(infeasible, delta);
    let leadSum = 0;
    for (let t = 0; t < k; t++) {
      mu[t] = t > 0 && this.#lead >= 0 ? delta[this.#led(t)]! : 0;
      leadSum += mu[t]!;
    }
    // what pairs add to the equations of p and q
    const ofP = new Float64Array(k * N);
    const ofQ = new Float64Array(k * N);
    pi.fill(0);
    this.#pairs.forEach((at, place) => {
      const { a, b, opposite, ratio } = pairs[at]!;
      for (let t = 0; t < k; t++) {
        const weight = delta[this.#pair(t, place)]!;
        pi[t * pairs.length + at] = weight;
        ofP[t * N + b]! -= weight;
        (opposite ? ofQ : ofP)[t * N + a]! += weight * ratio;
      }
    });
    const sides = this.#sides;
    for (let t = 0; t < k; t++) {
      for (let i = 0; i < R; i++) sides[t * R + i] = -delta[this.w(t * R + i)]!;
      for (let j = 0; j < N; j++) {
        const n = t * N + j;
        slopes[n] = 0;
        if (!this.has(n)) continue;
        const theta = this.#theta[this.#slot(n)]!;
        const rho = delta[this.#line(this.#slot(n))]!;
        const led = j === this.#lead ? (t === 0 ? -leadSum : mu[t]!) : 0;
        // of a folded unit without its share v·λ_t, which B has
        slopes[n] = this.#folded[j]
          ? (1 - theta) * rho + led + ofP[n]! - delta[this.p(n)]!
          : delta[this.q(n)]! - theta * rho + led - ofQ[n]!;
        for (let i = 0; i < R; i++) sides[t * R + i]! += U[j * R + i]! * slopes[n];
      }
    }
    this.#multiplySides(lambda);
    for (let j = 0; j < N; j++) {
      if (!this.#folded[j]) continue;
      for (let t = 0; t < k; t++) {
        for (let i = 0; i < R; i++) slopes[t * N + j]! += V[j * R + i]! * lambda[t * R + i]!;
      }
    }
  }
  /** λ ← the sides of all equations of w, through the inverse of the linear system. */
  #multiplySides(lambda: Float64Array): void {
    const k = this.period;
    const { dim: R } = this.map;
    const sides = this.#sides;
    lambda.fill(0);
    for (let t = 0; t < k; t++) {
      const before = (t === 0 ? k - 1 : t - 1) * R;
      for (let m = 0; m < k; m++) {
        const side = ((t + m) % k) * R;
        for (let i = 0; i < R; i++) {
          const value = sides[side + i]!;
          if (value === 0) continue;
          const from = (m * R + i) * R;
          for (let l = 0; l < R; l++) lambda[before + l]! += this.#H[from + l]! * value;
        }
      }
    }
  }
}
