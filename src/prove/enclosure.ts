import type { RootTable } from "../check/root.ts";
import { halfWidth, TINY } from "../check/rounding.ts";
import { MOST_PARTS } from "../search/kernel/workspace.ts";
import { type Functional, quantise } from "./functional.ts";
import { type ProofKernel, proofKernel } from "./kernel.ts";

/** Demanded of a margin, times what the checkers demand: theirs is computed in another order. */
const SAFETY = 4;

/** Of the bands of a box's own functional, that share is put for those of another one. Measured. */
const SHARE_OF_BANDS = 0.5;

/** What a box has found for the boxes within it: the sums of its decided units, and the units that are not. */
export interface Decisions {
  readonly M: Float64Array;
  readonly k: Float64Array;
  readonly undecided: Int32Array;
  count: number;
}

export interface Box {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/**
 * G on one box at a time: which units are undecided, a functional that may show it empty, and what functionals show.
 */
export class Enclosure {
  readonly table: RootTable;
  /** Undecided units of the box. */
  count = 0;
  readonly #kernel: ProofKernel;
  /** The parts at hand: their number and centres; their half-widths are in the workspace. */
  #parts = 0;
  readonly #centres: Float64Array;
  readonly #slopes: Float64Array;
  /** `#guessBands`. */
  #bands = 0;

  constructor(table: RootTable) {
    this.table = table;
    this.#kernel = proofKernel(table);
    this.#centres = new Float64Array(MOST_PARTS * table.dim);
    this.#slopes = new Float64Array(table.dim);
  }

  /** Room for the decisions of a box. */
  newDecisions(): Decisions {
    const { dim: R, count: L } = this.table;
    return {
      M: new Float64Array(R * R),
      k: new Float64Array(R),
      undecided: new Int32Array(L),
      count: 0,
    };
  }

  /** Those of no box: all units are undecided. */
  firstDecisions(): Decisions {
    const { M, c, count } = this.table;
    return { M, k: c, undecided: Int32Array.from({ length: count }, (_, j) => j), count };
  }

  /** Encloses G on a box, given the decisions of one that contains it. */
  enclose({ lo, hi }: Box, { M, k, undecided, count }: Decisions): void {
    const { workspace } = this.#kernel;
    // by loops: for a few numbers they take less time than `set` does
    for (let n = 0; n < lo.length; n++) {
      workspace.lo[n] = lo[n]!;
      workspace.hi[n] = hi[n]!;
      workspace.k[n] = k[n]!;
    }
    for (let at = 0; at < M.length; at++) workspace.M[at] = M[at]!;
    for (let q = 0; q < count; q++) workspace.undecided[q] = undecided[q]!;
    this.count = this.#kernel.propose(count);
  }

  /** Writes down the decisions of the box. */
  keep(decisions: Decisions): void {
    const { M, k, undecided } = this.#kernel.workspace;
    decisions.M.set(M);
    decisions.k.set(k);
    for (let q = 0; q < this.count; q++) decisions.undecided[q] = undecided[q]!;
    decisions.count = this.count;
  }

  /** How near the functional comes to showing the box empty: that is where it is above 1; 0 if there is none. */
  get nearness(): number {
    return this.#kernel.workspace.nearness[0]!;
  }

  /** The functional, signed so that y·G > 0 at the centre. */
  functional(wide: boolean): Functional | undefined {
    const { y, G, nearness } = this.#kernel.workspace;
    if (!(nearness[0]! > 0)) return undefined;
    let atCentre = 0;
    for (let i = 0; i < y.length; i++) atCentre += y[i]! * G[i]!;
    return quantise(y, atCentre < 0 ? -1 : 1, wide);
  }

  /** Where the widths of the bands come from, coordinate by coordinate; without bands, |yÂ|. */
  weights(out: Float64Array): void {
    const { A, y, spread } = this.#kernel.workspace;
    const R = out.length;
    for (let n = 0; n < R; n++) {
      out[n] = spread[n]!;
      if (this.count > 0) continue;
      let slope = 0;
      for (let i = 0; i < R; i++) slope += y[i]! * A[i * R + n]!;
      out[n] = Math.abs(slope);
    }
  }

  /** From now on `shows` is about the box itself, as part 0. */
  whole(): void {
    const { c, r, partHalves } = this.#kernel.workspace;
    for (let n = 0; n < r.length; n++) {
      this.#centres[n] = c[n]!;
      partHalves[n] = r[n]!;
    }
    this.#parts = 1;
    this.#guessBands(0);
  }

  /**
   * From now on `shows` is about the parts into which the box was halved, all of one size.
   * @param corners 2^halvings × 2R: lower and upper ones.
   */
  cut(corners: Float64Array, halvings: number): void {
    const parts = 2 ** halvings;
    const { partHalves } = this.#kernel.workspace;
    const R = this.table.dim;
    for (let n = 0; n < R; n++) {
      let half = 0;
      for (let part = 0; part < parts; part++) {
        const lo = corners[part * 2 * R + n]!;
        const hi = corners[part * 2 * R + R + n]!;
        const centre = 0.5 * (lo + hi);
        this.#centres[part * R + n] = centre;
        half = Math.max(half, halfWidth(lo, hi, centre));
      }
      partHalves[n] = half;
    }
    this.#parts = parts;
    this.#guessBands(halvings);
  }

  /**
   * What the bands take from the box's own functional y, for each unit of |y|. Those of a part are narrower as the
   * square of its width.
   */
  #guessBands(halvings: number): void {
    const { A, G, y, r, nearness } = this.#kernel.workspace;
    const R = r.length;
    let value = 0;
    let size = 0;
    let spread = 0;
    for (let n = 0; n < R; n++) {
      value += y[n]! * G[n]!;
      size += Math.abs(y[n]!);
      let slope = 0;
      for (let i = 0; i < R; i++) slope += y[i]! * A[i * R + n]!;
      spread += Math.abs(slope) * r[n]!;
    }
    this.#bands = ((Math.abs(value) / nearness[0]! - spread) / size) * 4 ** (-halvings / R);
  }

  /** Of the parts whose bits are set in `asked`, those that a functional surely shows to be empty. */
  shows({ y }: Functional, asked: number): number {
    const { workspace } = this.#kernel;
    const { beta, gamma, dim: R } = this.table;
    let count = 0;
    for (let part = 0; part < this.#parts; part++) {
      if (((asked >> part) & 1) === 0) continue;
      for (let n = 0; n < R; n++) workspace.partCentres[count * R + n] = this.#centres[part * R + n]!;
      count++;
    }
    for (let i = 0; i < R; i++) workspace.y[i] = y[i]!;
    this.#kernel.bound(this.count, count);
    let weight = 0;
    for (let i = 0; i < R; i++) weight += Math.abs(y[i]!) * beta[i]!;
    const least = SAFETY * (gamma * weight + TINY);
    let bits = 0;
    for (let part = 0, at = 0; part < this.#parts; part++) {
      if (((asked >> part) & 1) !== 0 && workspace.partBounds[at++]! > least) bits |= 1 << part;
    }
    return bits;
  }

  /**
   * Bit p is set where a functional may show that part p is empty: where it does so for Ĝ, Â and bands of which a share
   * is what those of the box's own functional are. A cheap guess that spares trying most of those that don't.
   */
  mayShow({ y }: Functional): number {
    const { A, G, c, partHalves } = this.#kernel.workspace;
    const centres = this.#centres;
    const R = y.length;
    let base = 0;
    const bands = SHARE_OF_BANDS * this.#bands;
    for (let i = 0; i < R; i++) base += y[i]! * G[i]! - Math.abs(y[i]!) * bands;
    const slopes = this.#slopes;
    for (let n = 0; n < R; n++) {
      let slope = 0;
      for (let i = 0; i < R; i++) slope += y[i]! * A[i * R + n]!;
      slopes[n] = slope;
      base -= Math.abs(slope) * partHalves[n]! + slope * c[n]!;
    }
    let bits = 0;
    for (let part = 0; part < this.#parts; part++) {
      let value = base;
      for (let n = 0; n < R; n++) value += slopes[n]! * centres[part * R + n]!;
      if (value > 0) bits |= 1 << part;
    }
    return bits;
  }
}
