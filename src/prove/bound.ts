import type { Workspace } from "../search/kernel/workspace.ts";

/** A table of ramps and clamps in the rows of a workspace. */
export interface BoundTable {
  readonly dim: number;
  readonly count: number;
  readonly stride: number;
}

/**
 * The lower bound that the checkers demand to be positive (check/boxes.ts, `lowerBound`), on parts of a box of which a
 * kernel has just decided the units. As plain loops; bound-writer.ts writes the same operations in the same order.
 * Units at even and at odd places of `undecided` are summed apart.
 *
 * A unit that is decided on a part has its one piece as its line, since the line goes through two points of it.
 */
export class LoopBound {
  readonly #table: BoundTable;
  readonly #workspace: Workspace;
  /** 2 and 2×R: sums over even and odd places. */
  readonly #values = new Float64Array(2);
  readonly #slopes: Float64Array;

  constructor(table: BoundTable, workspace: Workspace) {
    this.#table = table;
    this.#workspace = workspace;
    this.#slopes = new Float64Array(2 * table.dim);
  }

  /** Reads y, `partCentres` and `partHalves`; writes `partBounds`. @param count undecided units. */
  run(count: number, parts: number): void {
    const { dim: R } = this.#table;
    const { M, k, y, partCentres, partHalves, partBounds } = this.#workspace;
    const values = this.#values;
    const slopes = this.#slopes;
    let constant = y[0]! * k[0]!;
    for (let i = 1; i < R; i++) constant += y[i]! * k[i]!;
    for (let part = 0; part < parts; part++) {
      const at = part * R;
      this.#sumLines(count, at);
      let value = values[0]! + values[1]! + constant;
      let spread = 0;
      for (let n = 0; n < R; n++) {
        let folded = y[0]! * M[n]!;
        for (let i = 1; i < R; i++) folded += y[i]! * M[i * R + n]!;
        value += folded * partCentres[at + n]!;
        spread += Math.abs(slopes[n]! + slopes[R + n]! + folded) * partHalves[n]!;
      }
      partBounds[part] = value - spread;
    }
  }

  #sumLines(count: number, centre: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, y, partCentres, partHalves } = this.#workspace;
    const values = this.#values.fill(0);
    const slopes = this.#slopes.fill(0);
    for (let q = 0; q < count; q++) {
      const at = undecided[q]! * stride;
      let t = y[0]! * data[at + R]!;
      let p = Math.abs(data[at]!) * partHalves[0]!;
      let x = data[at]! * partCentres[centre]!;
      for (let i = 1; i < R; i++) {
        t += y[i]! * data[at + R + i]!;
        p += Math.abs(data[at + i]!) * partHalves[i]!;
        x += data[at + i]! * partCentres[centre + i]!;
      }
      p += data[at + 2 * R + 2]!;
      const b0 = data[at + 2 * R]!;
      const b1 = data[at + 2 * R + 1]!;
      const rises = t > 0;
      const from = rises ? Math.max(x - p, b0) : x - p;
      const to = rises ? x + p : Math.min(x + p, b1);
      const start = Math.min(Math.max(from, b0), b1);
      const end = Math.min(Math.max(to, b0), b1);
      const flat = rises ? x <= b0 : x >= b1;
      const slope = !flat && to > from ? (end - start) / (to - from) : 0;
      const value = flat ? (rises ? b0 : b1) : start + slope * (x - from);
      const lane = q & 1;
      values[lane]! += t * (value - b0);
      const weight = t * slope;
      for (let n = 0; n < R; n++) slopes[lane * R + n]! += weight * data[at + n]!;
    }
  }
}
