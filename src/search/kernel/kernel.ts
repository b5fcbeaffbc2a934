import { type Band, genericBand, pieceAbove, pieceBelow } from "../units/generic-units.ts";
import { simpleBand } from "../units/simple-units.ts";
import type { KernelTable } from "../units/units.ts";
import { ABSOLUTE, HALF_WIDTH, HALF_WIDTH_CENTRE, outward, projectionMargin, surelyBeyond } from "./bounds.ts";
import { invertPositive } from "./dense.ts";
import { LoopSieve } from "./sieve.ts";
import { loadTable, strideOf, type Workspace } from "./workspace.ts";

/** The answer of one enclosure. */
export const Verdict = {
  /** The box holds no zero of G. */
  EMPTY: 0,
  /** Every unit is decided: Â and Ĝ are the region's. */
  LINEAR: 1,
  /** What is left of the box may hold zeros. */
  KEPT: 2,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** The numeric core of the search: encloses G on one box at a time, in a workspace that the caller fills and reads. */
export interface Kernel {
  readonly workspace: Workspace;
  /**
   * Decides units on the box [lo, hi], folds them into M and k, and notes their pieces. Encloses G with the bands of
   * the other units. Discards the box or contracts it.
   *
   * Reads lo, hi, M, k, matrixError, constantError, undecided and pieces; writes all arrays except the error bounds.
   * For a discarded box, y is a functional that discards it.
   * @param simple how many of the undecided units are ramps or clamps; these come first.
   * @param count undecided units.
   */
  enclose(simple: number, count: number): Verdict;
  /**
   * Decides which parts of the last box that was kept are discarded by the functional that came nearest to discarding
   * the whole box. A part costs an eighth of an enclosure, as each unit counts with one number, y·v.
   *
   * Reads `partCentres` and `partHalves`.
   * @param parts at most `MOST_PARTS`.
   * @returns bit k is set iff part k surely holds no zero of G.
   */
  sieve(parts: number): number;
  /** The number of units that the last enclosure left undecided, and of ramps and clamps among them. */
  readonly count: number;
  readonly simple: number;
}

/** Weight of the bands against the box in W; measured. */
export const RIDGE = 3;
const NO_BANDS = new Float64Array(0);
/** Keeps W⁻¹ finite where the box is flat or Â singular: relative to its trace. */
export const REGULARISER = 2 ** -44;
/** A box is blurred where rounding makes up this share of a half-width. */
export const BLUR = 0.25;

/**
 * The kernel as plain loops, for any R. kernel-writer.ts writes the same operations in the same order.
 *
 * Units at even and at odd places of `undecided` are summed apart, as in the two lanes of a vector, and the two sums
 * are added.
 */
export class LoopKernel implements Kernel {
  readonly workspace: Workspace;
  count = 0;
  simple = 0;
  readonly #table: KernelTable;
  readonly #sums: readonly [BandSums, BandSums];
  /** L×R: w·v of the undecided units, in order. */
  readonly #weighted: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };
  readonly #sieve: LoopSieve;

  constructor(table: KernelTable) {
    this.#table = table;
    this.workspace = loadTable(table);
    this.#sieve = new LoopSieve(table, this.workspace);
    const { dim: R } = table;
    this.#sums = [newSums(R), newSums(R)];
    this.#weighted = new Float64Array(table.count * R);
  }

  sieve(parts: number): number {
    return this.#sieve.run(this.simple, this.count, parts);
  }

  /**
   * Of `enclose` what a functional takes, on every box to the end: decides units, encloses G, and writes y, the spread
   * and `nearness`, which is above 1 where y discards the box but for rounding, and 0 where there is no y. Error bounds
   * and the box stay as they are.
   */
  propose(simple: number, count: number): void {
    const { workspace } = this;
    const { dim: R } = this.#table;
    this.#decide(simple, count);
    for (let i = 0; i < R; i++) completeRow(workspace, R, i);
    workspace.nearness[0] = 0;
    if (invertSpread(workspace, R)) {
      functionalOf(workspace, R);
      sumRadius(workspace, R, R, this.count, this.#weighted);
      excludedByFunctional(workspace, R);
    }
    sumSpread(workspace, R, this.count, this.#weighted);
  }

  enclose(simple: number, count: number): Verdict {
    const { workspace } = this;
    const { dim: R } = this.#table;
    this.#decide(simple, count);
    if (excludedByRows(workspace, R)) return Verdict.EMPTY;
    if (this.count === 0) return Verdict.LINEAR;
    if (!contract(workspace, R, this.count, this.#weighted)) return Verdict.EMPTY;
    sumSpread(workspace, R, this.count, this.#weighted);
    return Verdict.KEPT;
  }

  #decide(simple: number, count: number): void {
    centre(this.workspace, this.#table.dim);
    this.#decideSimple(simple);
    this.count = this.simple;
    if (count > simple) this.#decideGeneric(simple, count);
  }

  /** Folds the ramps and clamps that have one piece on the box, and sums the bands of the others. */
  #decideSimple(count: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, pieces, widths, c, wide, M, k } = this.workspace;
    for (const { A, G, Q, W } of this.#sums) for (const sums of [A, G, Q, W]) sums.fill(0);
    const band = this.#band;
    this.simple = 0;
    for (let q = 0; q < count; q++) {
      const j = undecided[q];
      const at = j * stride;
      let x = data[at] * c[0];
      let p = Math.abs(data[at]) * wide[0];
      for (let i = 1; i < R; i++) {
        x += data[at + i] * c[i];
        p += Math.abs(data[at + i]) * wide[i];
      }
      p += data[at + 2 * R + 2];
      const b0 = data[at + 2 * R];
      const b1 = data[at + 2 * R + 1];
      if (x + p <= b0) pieces[j] = 0;
      else if (x - p >= b1) {
        pieces[j] = 2;
        foldPiece(data, at, R, 0, b1 - b0, M, k);
      } else if (x - p >= b0 && x + p <= b1) {
        pieces[j] = 1;
        foldPiece(data, at, R, 1, -b0, M, k);
      } else {
        simpleBand(b0, b1, x - p, x + p, x, band);
        addBand(data, at, R, band, this.#sums[this.simple & 1], this.#weighted, this.simple * R);
        undecided[this.simple] = j;
        widths[this.simple] = band.width;
        this.simple++;
      }
    }
    const [even, odd] = this.#sums;
    for (const name of ["A", "G", "Q", "W"] as const) {
      const total = this.workspace[name];
      for (let i = 0; i < total.length; i++) total[i] = even[name][i] + odd[name][i];
    }
  }

  #decideGeneric(from: number, to: number): void {
    const { dim: R, stride, simple, generic, slopeBound } = this.#table;
    const { data, undecided, pieces, widths, c, wide, M, k } = this.workspace;
    const band = this.#band;
    for (let q = from; q < to; q++) {
      const j = undecided[q];
      const at = j * stride;
      let x = 0;
      let p = data[at + 2 * R + 2];
      for (let i = 0; i < R; i++) {
        x += data[at + i] * c[i];
        p += Math.abs(data[at + i]) * wide[i];
      }
      const f = generic[j - simple];
      const first = pieceAbove(f, x - p);
      const last = pieceBelow(f, x + p);
      if (last <= first) {
        pieces[j] = first;
        foldPiece(data, at, R, f.slopes[first], f.offsets[first], M, k);
        continue;
      }
      genericBand(f, x - p, x + p, x, first, last, slopeBound[j], band);
      addBand(data, at, R, band, this.workspace, this.#weighted, this.count * R);
      undecided[this.count] = j;
      widths[this.count] = band.width;
      this.count++;
    }
  }
}

/** Σ λ v uᵀ, Σ value·v, Σ w|v| and the lower triangle of Σ w² v vᵀ, over undecided units. */
type BandSums = Pick<Workspace, "A" | "G" | "Q" | "W">;

function newSums(R: number): BandSums {
  return {
    A: new Float64Array(R * R),
    G: new Float64Array(R),
    Q: new Float64Array(R),
    W: new Float64Array(R * R),
  };
}

/** Computes centre and half-widths of the box, and the half-widths widened for the rounding of projections. */
export function centre(workspace: Pick<Workspace, "lo" | "hi" | "c" | "r" | "wide" | "margin">, R: number): void {
  const { lo, hi, c, r, wide, margin } = workspace;
  const factor = projectionMargin(R);
  for (let i = 0; i < R; i++) {
    c[i] = middle(lo[i], hi[i]);
    r[i] = halfWidth(lo[i], hi[i], c[i]);
    margin[i] = (Math.abs(c[i]) + r[i]) * factor;
    wide[i] = r[i] + margin[i];
  }
}

export function middle(lo: number, hi: number): number {
  return 0.5 * (lo + hi);
}

/** The half-width of a side, rounded up, with the rounding of the centre c included. */
export function halfWidth(lo: number, hi: number, c: number): number {
  return 0.5 * (hi - lo) * HALF_WIDTH + Math.abs(c) * HALF_WIDTH_CENTRE;
}

/** Adds v φ(u·y) to M and k for the unit whose row is at `at`, on a piece φ(x) = slope·x + offset. */
export function foldPiece(
  data: Float64Array,
  at: number,
  R: number,
  slope: number,
  offset: number,
  M: Float64Array,
  k: Float64Array,
): void {
  for (let i = 0; i < R; i++) {
    const v = data[at + R + i];
    k[i] += v * offset;
    if (slope === 0) continue;
    for (let n = 0; n < R; n++) M[i * R + n] += v * slope * data[at + n];
  }
}

/** Adds a unit's band to the sums, and writes w·v to `weighted` from `to` on. */
function addBand(
  data: Float64Array,
  at: number,
  R: number,
  { slope, value, width }: Band,
  { A, G, Q, W }: BandSums,
  weighted: Float64Array,
  to: number,
): void {
  for (let i = 0; i < R; i++) {
    const v = data[at + R + i];
    const t = v * slope;
    const w = v * width;
    weighted[to + i] = w;
    G[i] += v * value;
    Q[i] += Math.abs(w);
    for (let n = 0; n < R; n++) A[i * R + n] += t * data[at + n];
    for (let n = 0; n <= i; n++) W[i * R + n] += w * weighted[to + n];
  }
}

/**
 * Completes Â, Ĝ, Q and the error bounds E (bounds.ts).
 * @returns true if some component of G is surely not zero on the box.
 */
function excludedByRows(workspace: Workspace, R: number): boolean {
  for (let i = 0; i < R; i++) {
    if (!completeRow(workspace, R, i)) continue;
    for (let n = 0; n < R; n++) workspace.y[n] = n === i ? 1 : 0;
    return true;
  }
  return false;
}

/** @returns whether component i of G is surely not zero on the box. */
function completeRow({ A, G, Q, E, M, k, c, r, matrixError, constantError }: Workspace, R: number, i: number): boolean {
  let value = G[i] + k[i];
  let spread = Q[i];
  let error = constantError[i];
  for (let n = 0; n < R; n++) {
    const m = M[i * R + n];
    const a = A[i * R + n] + m;
    A[i * R + n] = a;
    value += m * c[n];
    spread += Math.abs(a) * r[n];
    error += matrixError[i * R + n] * (Math.abs(c[n]) + r[n]);
  }
  G[i] = value;
  E[i] = error;
  return Math.abs(value) > spread + error;
}

/**
 * Discards or contracts by functionals of G. For any y, y·G(z) = 0 and the enclosure give
 *
 *     |y·Ĝ + (yÂ)(z − c)| ≤ Σ w|y·v| + |y|·E.
 *
 * Let W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ, an ellipsoid round the values by which G can vary. Then y = W⁻¹Ĝ is close to
 * the best functional for discarding. The rows of diag(r²) Âᵀ W⁻¹, a ridge-regularised inverse of Â, serve for
 * contracting: z − c = −YĜ + (I − YÂ)(z − c) ± …
 *
 * Y holds these R rows, then W⁻¹Ĝ. At the start W holds Σ w² v vᵀ.
 * @param count undecided units. @param weighted count×R: w·v of each.
 * @returns false if the box is empty.
 */
export function contract(workspace: Workspace, R: number, count = 0, weighted: Float64Array = NO_BANDS): boolean {
  const { A, r, inverse, Y } = workspace;
  workspace.volume[0] = 1;
  workspace.blurred[0] = 0;
  workspace.nearness[0] = 1;
  if (!invertSpread(workspace, R)) return true;
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) {
      let sum = A[i] * inverse[n];
      for (let a = 1; a < R; a++) sum += A[a * R + i] * inverse[a * R + n];
      Y[i * R + n] = sum * (r[i] * r[i]);
    }
  }
  functionalOf(workspace, R);
  for (let i = 0; i <= R; i++) sumRadius(workspace, R, i, count, weighted);
  if (excludedByFunctional(workspace, R)) return false;
  return intersect(workspace, R);
}

/** Completes W and inverts it. @returns false where it is singular. */
function invertSpread({ A, W, r, inverse }: Workspace, R: number): boolean {
  let trace = 0;
  for (let i = 0; i < R; i++) {
    for (let n = 0; n <= i; n++) {
      let sum = RIDGE * W[i * R + n];
      for (let a = 0; a < R; a++) sum += A[i * R + a] * r[a] * (A[n * R + a] * r[a]);
      W[i * R + n] = sum;
    }
    trace += W[i * R + i];
  }
  for (let i = 0; i < R; i++) W[i * R + i] += trace * REGULARISER;
  return invertPositive(W, inverse, R);
}

/** y = W⁻¹Ĝ, which is also the last row of Y. */
function functionalOf({ G, inverse, Y, y }: Workspace, R: number): void {
  for (let n = 0; n < R; n++) {
    let sum = inverse[n * R] * G[0];
    for (let a = 1; a < R; a++) sum += inverse[n * R + a] * G[a];
    Y[R * R + n] = sum;
    y[n] = sum;
  }
}

/** Σ w|y·v| over the undecided units, for row i of Y. */
function sumRadius({ Y, radii }: Workspace, R: number, i: number, count: number, weighted: Float64Array): void {
  let even = 0;
  let odd = 0;
  for (let q = 0; q < count; q++) {
    let t = Y[i * R] * weighted[q * R];
    for (let n = 1; n < R; n++) t += Y[i * R + n] * weighted[q * R + n];
    if (q & 1) odd += Math.abs(t);
    else even += Math.abs(t);
  }
  radii[i] = even + odd;
}

/** Σ w|v|₁|u| over the undecided units. */
function sumSpread({ data, undecided, spread }: Workspace, R: number, count: number, weighted: Float64Array): void {
  const stride = strideOf(R);
  spread.fill(0);
  const odd = new Float64Array(R);
  for (let q = 0; q < count; q++) {
    const at = undecided[q] * stride;
    let weight = Math.abs(weighted[q * R]);
    for (let n = 1; n < R; n++) weight += Math.abs(weighted[q * R + n]);
    const sums = q & 1 ? odd : spread;
    for (let i = 0; i < R; i++) sums[i] += weight * Math.abs(data[at + i]);
  }
  for (let i = 0; i < R; i++) spread[i] += odd[i];
}

/** Whether the last row y of Y shows that G is not zero on the box. */
function excludedByFunctional({ A, G, E, Y, radii, r, nearness }: Workspace, R: number): boolean {
  let value = 0;
  let spread = radii[R];
  for (let i = 0; i < R; i++) {
    value += Y[R * R + i] * G[i];
    spread += Math.abs(Y[R * R + i]) * E[i];
  }
  for (let n = 0; n < R; n++) {
    let sum = Y[R * R] * A[n];
    for (let i = 1; i < R; i++) sum += Y[R * R + i] * A[i * R + n];
    spread += Math.abs(sum) * r[n];
  }
  nearness[0] = Math.abs(value) / spread;
  return surelyBeyond(value, spread);
}

/**
 * Cuts the box down to c − YĜ ± (radii + |I − YÂ| r + |Y|E).
 * @returns false if nothing of the box is left.
 */
export function intersect(workspace: Workspace, R: number): boolean {
  const { lo, hi, c, r, A, G, E, Y, radii } = workspace;
  const factor = outward(R);
  let volume = 1;
  let blurred = 0;
  for (let i = 0; i < R; i++) {
    let move = 0;
    let error = 0;
    let spread = radii[i];
    for (let n = 0; n < R; n++) {
      const y = Y[i * R + n];
      move += y * G[n];
      error += Math.abs(y) * E[n];
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) defect += Y[i * R + a] * A[a * R + n];
      spread += Math.abs(defect) * r[n];
    }
    const middle = c[i] - move;
    const half = spread + error + ((Math.abs(c[i]) + Math.abs(move) + spread + error) * factor + ABSOLUTE);
    const low = middle - half;
    const high = middle + half;
    if (low > hi[i] || high < lo[i]) {
      for (let n = 0; n < R; n++) workspace.y[n] = Y[i * R + n];
      return false;
    }
    const width = hi[i] - lo[i];
    if (width === 0) continue;
    if (error > BLUR * r[i]) blurred = 1;
    if (low > lo[i]) lo[i] = low;
    if (high < hi[i]) hi[i] = high;
    volume *= (hi[i] - lo[i]) / width;
  }
  workspace.volume[0] = volume;
  workspace.blurred[0] = blurred;
  return true;
}
