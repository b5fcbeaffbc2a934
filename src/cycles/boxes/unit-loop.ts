import { type Band, simpleBand } from "../../search/units/simple-units.ts";
import { INFLATION } from "./rounding.ts";
import type { RowShape } from "./unit-rows.ts";

/** The numbers of a kernel, all in one memory (`unitMemory`). */
export interface UnitMemory {
  readonly shape: RowShape;
  /** Rows of all units (unit-rows.ts). */
  readonly data: Float64Array;
  /** L×R: the fan's directions of each unit. */
  readonly places: Int32Array;
  /** D×(1 + P) with rows of an even number of numbers: c and the box's generators, one column each. */
  readonly probe: Float64Array;
  /** D. */
  readonly rest: Float64Array;
  /** m: bounds of Σ|d·g| over the generators of bands (band-sums.ts). */
  readonly support: Float64Array;
  readonly sums: Float64Array;
  /** P: Σ width Σ|v_i| |u·g|. */
  readonly spread: Float64Array;
  /** Units to look at, in order. */
  readonly list: Int32Array;
  /** For each of the most steps L numbers: the undecided units and the widths of their bands. */
  readonly units: Int32Array;
  readonly widths: Float64Array;
  /** Units that were decided, and their pieces. */
  readonly decided: Int32Array;
  readonly pieces: Int32Array;
  readonly counts: Int32Array;
  /** The greatest width Σ|v_i|. */
  readonly widest: Float64Array;
  /** R×(1 + P) with rows of an even number of numbers: functionals, one column each. */
  readonly functionals: Float64Array;
  /** 1 + P: for each functional Σ width |y·v|. */
  readonly totals: Float64Array;
}

/** Places in `counts`. */
export const DECIDED = 0;
/** Undecided units with three pieces. */
export const THREEFOLD = 1;
/** The widest unit, its first and its last piece. */
export const WIDEST = 2;
export const FIRST = 3;
export const LAST = 4;

/** Numbers of a row of `probe` or `functionals`. */
export function columnsOf(parameters: number): number {
  return 1 + parameters + ((1 + parameters) & 1);
}

/** Inner loops over units. All add to what is in `sums`, `spread`, `totals`, `counts` and `widest`. */
export interface UnitKernel {
  readonly memory: UnitMemory;
  /**
   * Decides the units list[from], …, list[to − 1] at a step, and adds the bands of the others.
   * @param at the step's first place in `units` and `widths`. @param kept undecided units that are there.
   * @returns how many are there now; −1 if no point of the root box is in the range of some unit.
   */
  decide(from: number, to: number, at: number, kept: number): number;
  /** Adds Σ width |y·v| over `count` units from place `at` on to `totals`. */
  sum(at: number, count: number): void;
}

const band: Band = { slope: 0, value: 0, width: 0 };

/** The kernel as loops. */
export class UnitLoop implements UnitKernel {
  readonly memory: UnitMemory;
  readonly #columns: number;
  /** |u·g| over the box's generators. */
  readonly #projected: Float64Array;

  constructor(memory: UnitMemory) {
    this.memory = memory;
    this.#columns = columnsOf(memory.shape.parameters);
    this.#projected = new Float64Array(memory.shape.parameters);
  }

  decide(from: number, to: number, at: number, kept: number): number {
    const { memory } = this;
    const { data, list, units, widths, decided, pieces, counts, shape } = memory;
    for (let q = from; q < to; q++) {
      const j = list[q]!;
      const row = j * shape.stride;
      const x = this.#project(row, j);
      const p = this.#half * INFLATION;
      const low = Math.max(x - p, data[row + shape.low]!);
      const high = Math.min(x + p, data[row + shape.high]!);
      if (low > high) return -1;
      const b0 = data[row + shape.b0]!;
      const b1 = data[row + shape.b1]!;
      const first = low >= b1 ? 2 : low >= b0 ? 1 : 0;
      const last = high <= b0 ? 0 : high <= b1 ? 1 : 2;
      // a range that is one kink may be on either piece
      if (last <= first) {
        decided[counts[DECIDED]!] = j;
        pieces[counts[DECIDED]!++] = first;
        continue;
      }
      simpleBand(b0, b1, low, high, x, band);
      units[at + kept] = j;
      widths[at + kept++] = band.width;
      if (last - first > 1) counts[THREEFOLD]!++;
      this.#add(row, j, first, last);
    }
    return kept;
  }

  /** p of the last unit. */
  #half = 0;

  /** @returns u·c. */
  #project(row: number, j: number): number {
    const { data, places, probe, rest, support, shape } = this.memory;
    const { dim: D, rows: R, parameters: P } = shape;
    const columns = this.#columns;
    let x = data[row]! * probe[0]!;
    for (let i = 1; i < D; i++) x += data[row + i]! * probe[i * columns]!;
    let half = data[row + shape.margin]!;
    for (let i = 0; i < D; i++) half += Math.abs(data[row + i]!) * rest[i]!;
    for (let g = 0; g < P; g++) {
      let sum = data[row]! * probe[1 + g]!;
      for (let i = 1; i < D; i++) sum += data[row + i]! * probe[i * columns + 1 + g]!;
      this.#projected[g] = Math.abs(sum);
      half += this.#projected[g]!;
    }
    for (let i = 0; i < R; i++) half += data[row + shape.shares + i]! * support[places[j * R + i]!]!;
    this.#half = half;
    return x;
  }

  #add(row: number, j: number, first: number, last: number): void {
    const { data, sums, spread, counts, widest, shape } = this.memory;
    const { square, J, next, parts } = shape;
    const { width, slope, value } = band;
    const squared = width * width;
    const from = row + parts;
    for (let n = 0; n < square; n++) sums[n]! += width * data[from + n]!;
    for (let n = square; n < J; n++) sums[n]! += squared * data[from + n]!;
    for (let n = J; n < next; n++) sums[n]! += slope * data[from + n]!;
    for (let n = next; n < shape.sums; n++) sums[n]! += value * data[from + n]!;
    const weight = width * data[row + shape.reach]!;
    for (let g = 0; g < spread.length; g++) spread[g]! += weight * this.#projected[g]!;
    if (!(weight > widest[0]!)) return;
    widest[0] = weight;
    counts[WIDEST] = j;
    counts[FIRST] = first;
    counts[LAST] = last;
  }

  sum(at: number, count: number): void {
    const { data, units, widths, functionals, totals, shape } = this.memory;
    const { rows: R, stride } = shape;
    const v = shape.parts + shape.next;
    const columns = this.#columns;
    for (let q = at; q < at + count; q++) {
      const row = units[q]! * stride + v;
      for (let f = 0; f < totals.length; f++) {
        let sum = data[row]! * functionals[f]!;
        for (let i = 1; i < R; i++) sum += data[row + i]! * functionals[i * columns + f]!;
        totals[f]! += widths[q]! * Math.abs(sum);
      }
    }
  }
}
