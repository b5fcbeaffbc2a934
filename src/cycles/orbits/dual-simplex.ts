import { type Elimination, eliminationFor } from "./elimination-kernel.ts";

/**
 * Linear programs in variables that all have two finite bounds, by the dual simplex method on a dense tableau in
 * float64: every basis is dual feasible once each variable outside it stands at the right one of its bounds, so any
 * basis is a start, whatever bounds and objective have become. The ratio test passes variables that may flip to their
 * other bound (Maros, Computational techniques of the simplex method, 2003, section 10.2).
 *
 * Nothing here is proved: the multipliers of a last row or of an optimum are put to use in functional.ts, which bounds
 * their rounding.
 */

export type Status = "optimal" | "infeasible" | "going on" | "stalled";

/** A bound may be missed by so much. Variables are of magnitude 1. */
const FEASIBLE = 1e-9;
const PIVOT = 1e-9;
const EVEN = 1e-12;

/** Rows begin at even places, as two numbers are taken at a time. */
export function strideOf(columns: number): number {
  return columns + (columns % 2);
}

/** Variables 0 … n−1 are outside the basis at first, n … n+m−1 in it. */
export class DualSimplex {
  /** n. */
  readonly columns: number;
  /** m. */
  readonly rows: number;
  /** Numbers from one row of the tableau to the next. */
  readonly stride: number;
  /** m rows of n: basic variables in terms of the others. */
  readonly T: Float64Array;
  readonly #elimination: Elimination;
  readonly #start: Float64Array;
  /** The variable of each row, and of each column. */
  readonly basic: Int32Array;
  readonly outside: Int32Array;
  /** For each variable: its row, or −1 − its column. */
  readonly place: Int32Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly cost: Float64Array;
  /** Reduced costs of columns. */
  readonly reduced: Float64Array;
  /** Values of basic variables. */
  readonly value: Float64Array;
  /** Values of the others, each at one of its bounds. */
  readonly standing: Float64Array;
  /** The row that shows infeasibility, and in which direction it misses. */
  #row = -1;
  #direction = 1;
  #candidates: Int32Array;
  #ratios: Float64Array;
  /** Pivots since the tableau was last fresh, and of all time. */
  #stale = 0;
  pivots = 0;
  #left = 0;
  /** Reference weights of rows (Forrest and Goldfarb, Steepest-edge simplex algorithms, 1992: dual Devex). */
  readonly #weights: Float64Array;

  /** @param start m rows of n numbers, `strideOf(n)` apart; kept: `refresh` goes back to it. */
  constructor(rows: number, columns: number, start: Float64Array) {
    this.rows = rows;
    this.columns = columns;
    this.stride = strideOf(columns);
    this.#start = start;
    this.#elimination = eliminationFor(rows, this.stride);
    this.T = this.#elimination.T;
    this.T.set(start);
    this.basic = Int32Array.from({ length: rows }, (_, i) => columns + i);
    this.outside = Int32Array.from({ length: columns }, (_, j) => j);
    this.place = new Int32Array(rows + columns);
    this.lower = new Float64Array(rows + columns);
    this.upper = new Float64Array(rows + columns);
    this.cost = new Float64Array(rows + columns);
    this.reduced = new Float64Array(columns);
    this.value = new Float64Array(rows);
    this.standing = new Float64Array(columns);
    this.#candidates = new Int32Array(columns);
    this.#ratios = new Float64Array(columns);
    this.#weights = new Float64Array(rows);
    this.#place();
  }

  #place(): void {
    for (let i = 0; i < this.rows; i++) this.place[this.basic[i]!] = i;
    for (let j = 0; j < this.columns; j++) this.place[this.outside[j]!] = -1 - j;
  }

  /** Whether rounding may have grown so large that the caller should `refresh`. */
  get worn(): boolean {
    return this.#stale > 400;
  }

  /** Goes back to the first basis and tableau. */
  refresh(): void {
    this.T.set(this.#start);
    for (let i = 0; i < this.rows; i++) this.basic[i] = this.columns + i;
    for (let j = 0; j < this.columns; j++) this.outside[j] = j;
    this.#place();
    this.#stale = 0;
  }

  /** The value of a variable at the current vertex. */
  at(variable: number): number {
    const place = this.place[variable]!;
    return place >= 0 ? this.value[place]! : this.standing[-1 - place]!;
  }

  /** Begins with the current basis, bounds and costs. @param mostPivots after which `run` has "stalled". */
  begin(mostPivots: number): void {
    const { rows, columns, stride, T, cost, reduced, standing, value, outside, basic, lower, upper } = this;
    for (let j = 0; j < columns; j++) reduced[j] = cost[outside[j]!]!;
    for (let i = 0; i < rows; i++) {
      const c = cost[basic[i]!]!;
      if (c === 0) continue;
      for (let j = 0, at = i * stride; j < columns; j++, at++) reduced[j]! += c * T[at]!;
    }
    for (let j = 0; j < columns; j++) {
      const v = outside[j]!;
      // where the cost does not tell, the end that is nearer to 0
      const low = Math.abs(reduced[j]!) > EVEN ? reduced[j]! > 0 : Math.abs(lower[v]!) <= Math.abs(upper[v]!);
      standing[j] = low ? lower[v]! : upper[v]!;
    }
    for (let i = 0; i < rows; i++) {
      let x = 0;
      for (let j = 0, at = i * stride; j < columns; j++, at++) x += T[at]! * standing[j]!;
      value[i] = x;
    }
    this.#weights.fill(1);
    this.#left = mostPivots;
    this.#row = -1;
  }

  /** The least cost that the current basis allows: a bound for the program's, which only rises. */
  get bound(): number {
    let sum = 0;
    for (let j = 0; j < this.columns; j++) sum += this.reduced[j]! * this.standing[j]!;
    return sum;
  }

  /** Takes so many pivots at most. */
  run(atOnce: number): Status {
    for (let n = 0; n < atOnce; n++) {
      const row = this.#leaving();
      if (row < 0) return "optimal";
      if (this.#left-- <= 0) return "stalled";
      const column = this.#entering(row);
      if (column < 0) return "infeasible";
      this.#change(row, column);
    }
    return "going on";
  }

  /** The row that misses a bound by most, by its weight. */
  #leaving(): number {
    const { rows, basic, value, lower, upper } = this;
    const weights = this.#weights;
    let row = -1;
    let most = 0;
    for (let i = 0; i < rows; i++) {
      const v = basic[i]!;
      const miss = Math.max(lower[v]! - value[i]!, value[i]! - upper[v]!);
      if (miss > FEASIBLE && miss * miss > most * weights[i]!) {
        most = (miss * miss) / weights[i]!;
        row = i;
      }
    }
    this.#row = row;
    if (row >= 0) this.#direction = value[row]! > upper[basic[row]!]! ? 1 : -1;
    return row;
  }

  /** Flips variables that are passed, and gives the column that enters; −1 if the row can't reach its bound. */
  #entering(row: number): number {
    const { columns, stride, T, outside, lower, upper, standing, reduced, value, basic } = this;
    const candidates = this.#candidates;
    const ratios = this.#ratios;
    const s = this.#direction;
    const v = basic[row]!;
    let slope = s > 0 ? value[row]! - upper[v]! : lower[v]! - value[row]!;
    let count = 0;
    for (let j = 0, at = row * stride; j < columns; j++, at++) {
      const x = outside[j]!;
      if (upper[x]! <= lower[x]!) continue;
      const alpha = s * T[at]!;
      if (standing[j] === lower[x] ? alpha < -PIVOT : alpha > PIVOT) {
        candidates[count++] = j;
        ratios[j] = Math.abs(reduced[j]! / alpha);
      }
    }
    let passed = 0;
    for (;;) {
      if (passed === count) break;
      // the next in the order of ratios; of even ones that with the largest entry
      let best = passed;
      for (let n = passed + 1; n < count; n++) {
        const difference = ratios[candidates[n]!]! - ratios[candidates[best]!]!;
        if (
          difference < -EVEN ||
          (difference <= EVEN &&
            Math.abs(T[row * stride + candidates[n]!]!) > Math.abs(T[row * stride + candidates[best]!]!))
        ) {
          best = n;
        }
      }
      const j = candidates[best]!;
      candidates[best] = candidates[passed]!;
      candidates[passed] = j;
      const x = outside[j]!;
      slope -= Math.abs(T[row * stride + j]!) * (upper[x]! - lower[x]!);
      if (slope <= 0) break;
      passed++;
    }
    if (passed === count) {
      if (count === 0 || slope > FEASIBLE) return -1;
      // it just reaches its bound where all have flipped: the last one enters instead
      passed = count - 1;
    }
    for (let n = 0; n < passed; n++) {
      const j = candidates[n]!;
      const x = outside[j]!;
      const to = standing[j] === lower[x] ? upper[x]! : lower[x]!;
      this.#shift(j, to - standing[j]!);
      standing[j] = to;
    }
    return candidates[passed]!;
  }

  /** Moves variable of column j by `step`. */
  #shift(j: number, step: number): void {
    const { rows, stride, T, value } = this;
    for (let i = 0, at = j; i < rows; i++, at += stride) value[i]! += T[at]! * step;
  }

  /** The row's variable leaves at the bound that it misses, the column's enters. */
  #change(row: number, column: number): void {
    const { basic, outside, value, lower, upper, standing, stride, T } = this;
    const leaving = basic[row]!;
    const entering = outside[column]!;
    const bound = this.#direction > 0 ? upper[leaving]! : lower[leaving]!;
    const step = (bound - value[row]!) / T[row * stride + column]!;
    this.#shift(column, step);
    const entered = standing[column]! + step;
    const weights = this.#weights;
    const own = weights[row]! / T[row * stride + column]! ** 2;
    for (let i = 0, at = column; i < weights.length; i++, at += stride) {
      if (T[at] !== 0) weights[i] = Math.max(weights[i]!, T[at]! * T[at]! * own);
    }
    weights[row] = Math.max(own, 1);
    this.pivot(row, column);
    value[row] = entered;
    standing[column] = bound;
    this.place[leaving] = -1 - column;
    this.place[entering] = row;
  }

  /** Exchanges the variables of a row and a column in the tableau and the reduced costs; values stay as they are. */
  pivot(row: number, column: number): void {
    const { columns, stride, T, basic, outside, reduced } = this;
    const from = row * stride;
    const inverse = 1 / T[from + column]!;
    for (let j = 0; j < columns; j++) T[from + j]! *= -inverse;
    T[from + column] = inverse;
    this.#elimination.eliminate(row, column);
    const factor = reduced[column]!;
    if (factor !== 0) {
      reduced[column] = 0;
      for (let j = 0; j < columns; j++) reduced[j]! += factor * T[from + j]!;
    }
    const leaving = basic[row]!;
    basic[row] = outside[column]!;
    outside[column] = leaving;
    this.place[basic[row]] = row;
    this.place[leaving] = -1 - column;
    this.#stale++;
    this.pivots++;
  }

  /**
   * δ with Σ δ_v x_v = 0 for all solutions: reduced costs less costs, or the row that shows that there is none. Then
   * cost·x = cost·x + δ·x is bounded by bounds of the variables.
   */
  multipliers(infeasible: boolean, delta: Float64Array): void {
    const { columns, stride, T, outside, reduced, cost, basic } = this;
    delta.fill(0);
    if (infeasible) {
      for (let j = 0; j < columns; j++) delta[outside[j]!] = this.#direction * T[this.#row * stride + j]!;
      delta[basic[this.#row]!] = -this.#direction;
      return;
    }
    for (let j = 0; j < columns; j++) delta[outside[j]!] = reduced[j]!;
    for (let v = 0; v < delta.length; v++) delta[v]! -= cost[v]!;
  }
}
