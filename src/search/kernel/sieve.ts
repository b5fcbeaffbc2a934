import { greater, lesser } from "../units/simple-units.ts";
import type { KernelTable } from "../units/units.ts";
import { surelyAbove } from "./bounds.ts";
import type { Workspace } from "./workspace.ts";

/** Sums over half of the undecided units: of the constants and of the slopes of their lines. */
interface LaneSums {
  value: number;
  readonly slopes: Float64Array;
}

/**
 * `Kernel.sieve` as plain loops. The functional y, turned so that y·G is positive at the centre of a part as far as the
 * box tells, is bounded from below on the part by one line under each s_j φ_j, s_j = y·v_j: the edge of the lower hull
 * of its graph over the part's range at the part's centre. These are the lines of sweep.ts with a_j = 0 or a_max:
 *
 *     y·G ≥ y·k + Σ s_j(φ(x_p) − a_j x_p) + q·c − Σ r_i |q_i| − |y|·E,    q = yM + Σ s_j a_j u_j.
 *
 * A unit that is decided on the part has its piece as its line.
 * The E of the box, and the rounding of its projections, serve the parts too, since |c| + r of a part is at most that
 * of the box (bounds.ts).
 */
export class LoopSieve {
  readonly #table: KernelTable;
  readonly #workspace: Workspace;
  /** L each: y·v_j and p_j of the undecided units, in order. */
  readonly #t: Float64Array;
  readonly #p: Float64Array;
  /** R each: yM and yÂ. */
  readonly #folded: Float64Array;
  readonly #slope: Float64Array;
  /** R: half-widths of the parts with the rounding of projections (bounds.ts). */
  readonly #wide: Float64Array;
  readonly #even: LaneSums;
  readonly #odd: LaneSums;

  constructor(table: KernelTable, workspace: Workspace) {
    const { dim: R, count: L } = table;
    this.#table = table;
    this.#workspace = workspace;
    this.#t = new Float64Array(L);
    this.#p = new Float64Array(L);
    this.#folded = new Float64Array(R);
    this.#slope = new Float64Array(R);
    this.#wide = new Float64Array(R);
    this.#even = { value: 0, slopes: new Float64Array(R) };
    this.#odd = { value: 0, slopes: new Float64Array(R) };
  }

  /** @returns bit k is set iff part k is discarded. */
  run(count: number, parts: number): number {
    const { dim: R } = this.#table;
    const { A, G, M, k, E, c, y, partCentres, partHalves: r } = this.#workspace;
    this.#prepare(count);
    let constant = y[0]! * k[0]!;
    let error = Math.abs(y[0]!) * E[0]!;
    let middle = y[0]! * G[0]!;
    for (let i = 1; i < R; i++) {
      constant += y[i]! * k[i]!;
      error += Math.abs(y[i]!) * E[i]!;
      middle += y[i]! * G[i]!;
    }
    const folded = this.#folded;
    const slope = this.#slope;
    for (let n = 0; n < R; n++) {
      folded[n] = y[0]! * M[n]!;
      slope[n] = y[0]! * A[n]!;
      for (let i = 1; i < R; i++) {
        folded[n]! += y[i]! * M[i * R + n]!;
        slope[n]! += y[i]! * A[i * R + n]!;
      }
    }
    const [even, odd] = [this.#even, this.#odd];
    let discarded = 0;
    for (let part = 0; part < parts; part++) {
      const at = part * R;
      let expected = middle;
      for (let n = 0; n < R; n++) expected += slope[n]! * (partCentres[at + n]! - c[n]!);
      const side = expected < 0 ? -1 : 1;
      this.#sumLines(count, at, side);
      let value = even.value + odd.value + side * constant;
      let spread = error;
      for (let n = 0; n < R; n++) {
        const total = even.slopes[n]! + odd.slopes[n]! + side * folded[n]!;
        value += total * partCentres[at + n]!;
        spread += Math.abs(total) * r[n]!;
      }
      if (surelyAbove(value, spread)) discarded |= 1 << part;
    }
    return discarded;
  }

  /** Computes the numbers that all parts share. */
  #prepare(count: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, y, margin, partHalves } = this.#workspace;
    const wide = this.#wide;
    for (let i = 0; i < R; i++) wide[i] = partHalves[i]! + margin[i]!;
    for (let q = 0; q < count; q++) {
      const at = undecided[q]! * stride;
      let extent = Math.abs(data[at]!) * wide[0]!;
      let t = y[0]! * data[at + R]!;
      for (let i = 1; i < R; i++) {
        extent += Math.abs(data[at + i]!) * wide[i]!;
        t += y[i]! * data[at + R + i]!;
      }
      this.#t[q] = t;
      this.#p[q] = extent + data[at + 2 * R + 2]!;
    }
  }

  /** Sums the lines over the part whose centre is at this place of `partCentres`. @param side 1, or −1 to turn y. */
  #sumLines(count: number, centre: number, side: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, partCentres } = this.#workspace;
    for (const lane of [this.#even, this.#odd]) {
      lane.value = 0;
      lane.slopes.fill(0);
    }
    for (let q = 0; q < count; q++) {
      const at = undecided[q]! * stride;
      const p = this.#p[q]!;
      let x = data[at]! * partCentres[centre]!;
      for (let i = 1; i < R; i++) x += data[at + i]! * partCentres[centre + i]!;
      const lane = q & 1 ? this.#odd : this.#even;
      const s = side * this.#t[q]!;
      const b0 = data[at + 2 * R]!;
      const low = x - p;
      const high = x + p;
      const bottom = lesser(greater(low, b0), data[at + 2 * R + 1]!);
      const top = greater(lesser(high, data[at + 2 * R + 1]!), b0);
      const pivot = s > 0 ? bottom : top;
      const middle = top - bottom;
      const most = middle / (middle + (s > 0 ? high - top : bottom - low));
      const t = s * ((s > 0 ? x > pivot : x < pivot) ? most : 0);
      lane.value += s * (pivot - b0) - t * pivot;
      for (let n = 0; n < R; n++) lane.slopes[n]! += t * data[at + n]!;
    }
  }
}
