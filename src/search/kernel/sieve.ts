import { type Band, genericBand, pieceAbove, pieceBelow } from "../units/generic-units.ts";
import { simpleBand } from "../units/simple-units.ts";
import type { KernelTable } from "../units/units.ts";
import { surelyBeyond } from "./bounds.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Sums over half of the undecided units: of y·v times the band's value, of |y·v| times its width, and of y·v times its
 * slope times u.
 */
interface LaneSums {
  value: number;
  width: number;
  readonly slopes: Float64Array;
}

/**
 * `Kernel.sieve` as plain loops. On a part with centre c and half-widths r inside the box, with x_j = u_j·c and the
 * bands of all units on [x_j − p_j, x_j + p_j], the functional y gives
 *
 *     y·G(z) ∈ y·(M c + k) + Σ_j y·v_j value_j + (yM + Σ_j y·v_j slope_j u_j)·(z − c) ± (Σ_j |y·v_j| width_j + |y|·E),
 *
 * where a unit that is decided on the part has its piece as a band of no width. The E of the box, and the rounding of
 * its projections, serve the parts too, since |c| + r of a part is at most that of the box (bounds.ts).
 */
export class LoopSieve {
  readonly #table: KernelTable;
  readonly #workspace: Workspace;
  /** L each: y·v_j and p_j of the undecided units, in order. */
  readonly #t: Float64Array;
  readonly #p: Float64Array;
  /** R: yM. */
  readonly #folded: Float64Array;
  /** R: half-widths of the parts with the rounding of projections (bounds.ts). */
  readonly #wide: Float64Array;
  readonly #even: LaneSums;
  readonly #odd: LaneSums;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };

  constructor(table: KernelTable, workspace: Workspace) {
    const { dim: R, count: L } = table;
    this.#table = table;
    this.#workspace = workspace;
    this.#t = new Float64Array(L);
    this.#p = new Float64Array(L);
    this.#folded = new Float64Array(R);
    this.#wide = new Float64Array(R);
    [this.#even, this.#odd] = [0, 1].map((): LaneSums => ({ value: 0, width: 0, slopes: new Float64Array(R) }));
  }

  /** @returns bit k is set iff part k is discarded. */
  run(simple: number, count: number, parts: number): number {
    const { dim: R } = this.#table;
    const { M, k, E, y, partCentres, partHalves: r } = this.#workspace;
    this.#prepare(count);
    let constant = y[0] * k[0];
    let error = Math.abs(y[0]) * E[0];
    for (let i = 1; i < R; i++) {
      constant += y[i] * k[i];
      error += Math.abs(y[i]) * E[i];
    }
    const folded = this.#folded;
    for (let n = 0; n < R; n++) {
      folded[n] = y[0] * M[n];
      for (let i = 1; i < R; i++) folded[n] += y[i] * M[i * R + n];
    }
    const [even, odd] = [this.#even, this.#odd];
    let discarded = 0;
    for (let part = 0; part < parts; part++) {
      const at = part * R;
      this.#sumBands(simple, count, at);
      let value = even.value + odd.value + constant;
      let spread = even.width + odd.width + error;
      for (let n = 0; n < R; n++) {
        value += folded[n] * partCentres[at + n];
        spread += Math.abs(even.slopes[n] + odd.slopes[n] + folded[n]) * r[n];
      }
      if (surelyBeyond(value, spread)) discarded |= 1 << part;
    }
    return discarded;
  }

  /** Computes the numbers that all parts share. */
  #prepare(count: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, y, margin, partHalves } = this.#workspace;
    const wide = this.#wide;
    for (let i = 0; i < R; i++) wide[i] = partHalves[i] + margin[i];
    for (let q = 0; q < count; q++) {
      const at = undecided[q] * stride;
      let extent = Math.abs(data[at]) * wide[0];
      let t = y[0] * data[at + R];
      for (let i = 1; i < R; i++) {
        extent += Math.abs(data[at + i]) * wide[i];
        t += y[i] * data[at + R + i];
      }
      this.#t[q] = t;
      this.#p[q] = extent + data[at + 2 * R + 2];
    }
  }

  /** Sums the bands over the part whose centre is at this place of `partCentres`. */
  #sumBands(simple: number, count: number, centre: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, partCentres } = this.#workspace;
    const band = this.#band;
    for (const lane of [this.#even, this.#odd]) {
      lane.value = 0;
      lane.width = 0;
      lane.slopes.fill(0);
    }
    for (let q = 0; q < count; q++) {
      const at = undecided[q] * stride;
      const p = this.#p[q];
      let x = data[at] * partCentres[centre];
      for (let i = 1; i < R; i++) x += data[at + i] * partCentres[centre + i];
      if (q < simple) simpleBand(data[at + 2 * R], data[at + 2 * R + 1], x - p, x + p, x, band);
      else genericBandOrPiece(this.#table, undecided[q], x, p, band);
      const lane = q & 1 ? this.#odd : this.#even;
      const t = this.#t[q];
      lane.value += t * band.value;
      lane.width += Math.abs(t * band.width);
      const slope = t * band.slope;
      for (let n = 0; n < R; n++) lane.slopes[n] += slope * data[at + n];
    }
  }
}

function genericBandOrPiece(
  { generic, simple, slopeBound }: KernelTable,
  j: number,
  x: number,
  p: number,
  out: Band,
): void {
  const f = generic[j - simple];
  const first = pieceAbove(f, x - p);
  const last = pieceBelow(f, x + p);
  if (last > first) {
    genericBand(f, x - p, x + p, x, first, last, slopeBound[j], out);
    return;
  }
  out.slope = f.slopes[first];
  out.value = f.offsets[first] + f.slopes[first] * x;
  out.width = 0;
}
