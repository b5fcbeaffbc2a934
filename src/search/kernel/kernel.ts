import { type Band, simpleBand } from "../units/simple-units.ts";
import type { KernelTable } from "../units/units.ts";
import { HALF_WIDTH, HALF_WIDTH_CENTRE, projectionMargin } from "./bounds.ts";
import { contract, propose, sumSpread } from "./contraction.ts";
import { LoopSieve } from "./sieve.ts";
import type { UndecidedBands } from "./sweep.ts";
import { loadTable, type Workspace } from "./workspace.ts";

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
   * @param count undecided units.
   */
  enclose(count: number): Verdict;
  /**
   * Decides which parts of the last box that was kept are discarded by the functional that came nearest to discarding
   * the whole box. A part costs an eighth of an enclosure, as each unit counts with one number, y·v.
   *
   * Reads `partCentres` and `partHalves`.
   * @param parts at most `MOST_PARTS`.
   * @returns bit k is set iff part k surely holds no zero of G.
   */
  sieve(parts: number): number;
  /** The number of units that the last enclosure left undecided. */
  readonly count: number;
}

/**
 * The kernel as plain loops, for any R. kernel-writer.ts writes the same operations in the same order.
 *
 * Units at even and at odd places of `undecided` are summed apart, as in the two lanes of a vector, and the two sums
 * are added.
 */
export class LoopKernel implements Kernel {
  readonly workspace: Workspace;
  count = 0;
  readonly #table: KernelTable;
  readonly #sums: readonly [BandSums, BandSums];
  readonly #bands: UndecidedBands;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };
  readonly #sieve: LoopSieve;

  constructor(table: KernelTable) {
    this.#table = table;
    this.workspace = loadTable(table);
    this.#sieve = new LoopSieve(table, this.workspace);
    const { dim: R } = table;
    this.#sums = [newSums(R), newSums(R)];
    this.#bands = {
      count: 0,
      weighted: new Float64Array(table.count * R),
    };
  }

  sieve(parts: number): number {
    return this.#sieve.run(this.count, parts);
  }

  /**
   * Of `enclose` what a functional takes, on every box to the end: decides units, encloses G, and writes y, the spread
   * and `nearness`, which is above 1 where y discards the box but for rounding, and 0 where there is no y. Error bounds
   * and the box stay as they are, and no other lines than the bands are tried.
   */
  propose(count: number): void {
    const { workspace } = this;
    const { dim: R } = this.#table;
    this.#decide(count);
    for (let i = 0; i < R; i++) completeRow(workspace, R, i);
    propose(workspace, R, this.#bands);
    sumSpread(workspace, R, this.count, this.#bands.weighted);
  }

  enclose(count: number): Verdict {
    const { workspace } = this;
    const { dim: R } = this.#table;
    workspace.swept[0] = 0;
    this.#decide(count);
    if (excludedByRows(workspace, R)) return Verdict.EMPTY;
    if (this.count === 0) return Verdict.LINEAR;
    if (!contract(workspace, R, this.#bands)) return Verdict.EMPTY;
    sumSpread(workspace, R, this.count, this.#bands.weighted);
    return Verdict.KEPT;
  }

  /** Folds the units that have one piece on the box, and sums the bands of the others. */
  #decide(count: number): void {
    const { dim: R, stride } = this.#table;
    const { data, undecided, pieces, low, high, c, wide, M, k } = this.workspace;
    centre(this.workspace, R);
    for (const { A, G, Q, W } of this.#sums) for (const sums of [A, G, Q, W]) sums.fill(0);
    const band = this.#band;
    this.count = 0;
    for (let q = 0; q < count; q++) {
      const j = undecided[q]!;
      const at = j * stride;
      let x = data[at]! * c[0]!;
      let p = Math.abs(data[at]!) * wide[0]!;
      for (let i = 1; i < R; i++) {
        x += data[at + i]! * c[i]!;
        p += Math.abs(data[at + i]!) * wide[i]!;
      }
      p += data[at + 2 * R + 2]!;
      const b0 = data[at + 2 * R]!;
      const b1 = data[at + 2 * R + 1]!;
      if (x + p <= b0) pieces[j] = 0;
      else if (x - p >= b1) {
        pieces[j] = 2;
        foldPiece(data, at, R, 0, b1 - b0, M, k);
      } else if (x - p >= b0 && x + p <= b1) {
        pieces[j] = 1;
        foldPiece(data, at, R, 1, -b0, M, k);
      } else {
        simpleBand(b0, b1, x - p, x + p, x, band);
        addBand(data, at, R, band, this.#sums[this.count & 1]!, this.#bands.weighted, this.count * R);
        low[this.count] = x - p;
        high[this.count] = x + p;
        this.#keep(this.count, j, x);
        this.count++;
      }
    }
    this.#bands.count = this.count;
    const [even, odd] = this.#sums;
    for (const name of ["A", "G", "Q", "W"] as const) {
      const total = this.workspace[name];
      for (let i = 0; i < total.length; i++) total[i] = even[name][i]! + odd[name][i]!;
    }
  }

  /** Notes the band of an undecided unit. @param x u·c. */
  #keep(place: number, unit: number, x: number): void {
    const { undecided, widths, slopes, projection } = this.workspace;
    undecided[place] = unit;
    widths[place] = this.#band.width;
    slopes[place] = this.#band.slope;
    projection[place] = x;
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
    c[i] = middle(lo[i]!, hi[i]!);
    r[i] = halfWidth(lo[i]!, hi[i]!, c[i]!);
    margin[i] = (Math.abs(c[i]!) + r[i]!) * factor;
    wide[i] = r[i]! + margin[i]!;
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
    const v = data[at + R + i]!;
    k[i]! += v * offset;
    if (slope === 0) continue;
    for (let n = 0; n < R; n++) M[i * R + n]! += v * slope * data[at + n]!;
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
    const v = data[at + R + i]!;
    const t = v * slope;
    const w = v * width;
    weighted[to + i] = w;
    G[i]! += v * value;
    Q[i]! += Math.abs(w);
    for (let n = 0; n < R; n++) A[i * R + n]! += t * data[at + n]!;
    for (let n = 0; n <= i; n++) W[i * R + n]! += w * weighted[to + n]!;
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
  let value = G[i]! + k[i]!;
  let spread = Q[i]!;
  let error = constantError[i]!;
  for (let n = 0; n < R; n++) {
    const m = M[i * R + n]!;
    const a = A[i * R + n]! + m;
    A[i * R + n] = a;
    value += m * c[n]!;
    spread += Math.abs(a) * r[n]!;
    error += matrixError[i * R + n]! * (Math.abs(c[n]!) + r[n]!);
  }
  G[i] = value;
  E[i] = error;
  return Math.abs(value) > spread + error;
}
