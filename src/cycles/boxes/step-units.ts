import { kinkError, projectionMargin } from "../../search/kernel/bounds.ts";
import { foldUnit } from "../pieces.ts";
import type { Cuts } from "./cuts.ts";
import type { Assumption, Enclosed, OrbitBox } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";
import { FEW_TERMS, INFLATION } from "./rounding.ts";
import { columnsOf, DECIDED, FIRST, LAST, THREEFOLD, type UnitKernel, WIDEST } from "./unit-loop.ts";

/** What a unit with three pieces adds to `choices`. */
const THREE_PIECES = Math.log2(3);

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
  /** After a step: J (R×D), the next centre (R), and how many bands were added. */
  readonly J: Float64Array;
  readonly next: Float64Array;
  fresh = 0;
  readonly cuts: Cuts;

  readonly #enclosed: Enclosed;
  readonly #kernel: UnitKernel;
  readonly #rest: Float64Array;
  readonly #columns: number;

  /** @param most the largest period. @param enclosed what units are decided by. */
  constructor(problem: OrbitProblem, most: number, enclosed: Enclosed, cuts: Cuts, kernel: UnitKernel) {
    const { table, rows: R, free } = problem;
    const { dim: D, count: L } = table;
    this.problem = problem;
    this.cuts = cuts;
    this.#enclosed = enclosed;
    this.#kernel = kernel;
    this.#rest = kernel.memory.rest;
    this.#columns = columnsOf(free.length);
    this.pieces = new Int32Array(most * L);
    this.choices = new Float64Array(most + 1);
    this.widest = new Int32Array(most);
    this.firstPiece = new Int32Array(most);
    this.lastPiece = new Int32Array(most);
    this.spread = kernel.memory.spread;
    this.J = new Float64Array(R * D);
    this.next = new Float64Array(D);
  }

  /**
   * Decides units at step t, and adds the bands of the others: J and the next centre.
   * @param inheritedFrom steps before this one have no decisions in `from`.
   * @returns false if no orbit can be where the pieces assumed require.
   */
  decide(t: number, to: OrbitBox, from: OrbitBox, inheritedFrom: number): boolean {
    const { table, rows: R } = this.problem;
    const { dim: D, count: L } = table;
    const { memory } = this.#kernel;
    const { units, decided, pieces: found, counts } = memory;
    const { pieces } = this;
    this.#place();
    const inherited = t < from.steps && t >= inheritedFrom;
    this.#startMap(t, to, inherited ? from : undefined);
    let fresh = -1;
    for (const assumption of this.assumed) {
      if (assumption.step !== t) continue;
      if (!this.#cutAssumed(assumption)) return false;
      fresh = assumption.unit;
      pieces[t * L + fresh] = assumption.piece;
    }
    if (to === from) fresh = -1;
    const total = this.#listUnits(t, inherited ? from : undefined, fresh);
    this.evaluations += total;
    memory.sums.fill(0);
    counts.fill(0);
    memory.widest[0] = -1;
    const kept = this.#kernel.decide(0, total, t * L, 0);
    if (kept < 0) return false;
    if (fresh >= 0) foldUnit(table, R, fresh, pieces[t * L + fresh]!, to.A, t * R * D, to.b, t * R);
    for (let n = 0; n < counts[DECIDED]!; n++) {
      const j = decided[n]!;
      pieces[t * L + j] = found[n]!;
      foldUnit(table, R, j, found[n]!, to.A, t * R * D, to.b, t * R);
    }
    for (let q = t * L; q < t * L + kept; q++) to.undecided[q] = units[q]!;
    this.widest[t] = counts[WIDEST]!;
    this.firstPiece[t] = counts[FIRST]!;
    this.lastPiece[t] = counts[LAST]!;
    to.counts[t] = kept;
    this.choices[t + 1] = this.choices[t]! + (kept - counts[THREEFOLD]!) + counts[THREEFOLD]! * THREE_PIECES;
    this.fresh = kept;
    this.#sumUp(t, to);
    return true;
  }

  /** Hands the enclosure to the kernel. */
  #place(): void {
    const { c, e, Q, boxSum, generators } = this.#enclosed;
    const { probe } = this.#kernel.memory;
    const D = c.length;
    const P = generators.length / D;
    const rest = this.#rest;
    const columns = this.#columns;
    const margin = projectionMargin(D);
    for (let i = 0; i < D; i++) {
      rest[i] = e[i]! + margin * (Math.abs(c[i]!) + boxSum[i]! + Q[i]! + e[i]!);
      probe[i * columns] = c[i]!;
      for (let g = 0; g < P; g++) probe[i * columns + 1 + g] = generators[g * D + i]!;
    }
  }

  /** The map of a step with the units folded that were decided before. */
  #startMap(t: number, { A, b }: OrbitBox, from: OrbitBox | undefined): void {
    const { table, rows: R } = this.problem;
    const size = R * table.dim;
    if (from === undefined) {
      for (let n = 0; n < size; n++) A[t * size + n] = table.M[n]!;
      for (let i = 0; i < R; i++) b[t * R + i] = table.k[i]!;
    } else if (from.A !== A) {
      for (let n = t * size; n < (t + 1) * size; n++) A[n] = from.A[n]!;
      for (let n = t * R; n < (t + 1) * R; n++) b[n] = from.b[n]!;
    }
  }

  /** Lists the units to decide. @param without one of them that is assumed. @returns how many. */
  #listUnits(t: number, from: OrbitBox | undefined, without: number): number {
    const { count: L } = this.problem.table;
    const { list } = this.#kernel.memory;
    const total = from === undefined ? L : from.counts[t]!;
    let listed = 0;
    for (let q = 0; q < total; q++) {
      const j = from === undefined ? q : from.undecided[t * L + q]!;
      if (j !== without) list[listed++] = j;
    }
    return listed;
  }

  /** J and the next centre, of the map and of the bands. */
  #sumUp(t: number, { A, b }: OrbitBox): void {
    const { table, rows: R } = this.problem;
    const { dim: D } = table;
    const { sums, shape } = this.#kernel.memory;
    const { c } = this.#enclosed;
    for (let i = 0; i < R; i++) {
      let sum = b[t * R + i]!;
      for (let n = 0; n < D; n++) {
        const a = A[(t * R + i) * D + n]!;
        sum += a * c[n]!;
        this.J[i * D + n] = sums[shape.J + i * D + n]! + a;
      }
      this.next[i] = sums[shape.next + i]! + sum;
    }
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
