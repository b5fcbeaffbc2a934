import { TINY } from "../../search/kernel/bounds.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { FEW_TERMS, INFLATION } from "../boxes/rounding.ts";
import type { MarkedGrid } from "../cells/marked-grid.ts";
import { recurrentCells } from "../cells/recurrent-cells.ts";
import { type AffinePoint, affinePoint, partOf, spread } from "./affine-step.ts";
import { EMPTY, Polytope, UNCHANGED, UNTAGGED } from "./polytope.ts";

/** Without cells the point with the largest coordinate comes after this share of the longest period. */
const DELAY = 1 / 3;
/** A cut to the hull of cells takes this share of a coordinate's width, or is not made. */
const WORTHWHILE = 0.1;

/** What holds a polytope of parameters that may be replaced by a part of it. */
export interface Holder {
  polytope: Polytope;
}

/**
 * Cuts polytopes of first points to where orbits that are sought can start, by where their points are.
 *
 * *Leads.* Of the shifts of a cycle that one is sought which has its largest coordinate `lead` at z_m. With m = 0 the
 * first points far out stay, where no cycle is, as they lead all that follow; so m is larger, unless cells leave none
 * of them. For a period k < m nothing is cut up to z_k.
 *
 * *Cells.* All points of cycles lie in the cells of cells/recurrent-cells.ts.
 */
export class OrbitCuts {
  readonly #problem: OrbitProblem;
  readonly #cells: MarkedGrid | undefined;
  /** m. */
  readonly #delay: number;
  /** For each step, over its parameters: coordinate `lead` of z_0 … z_m, as far as it has come. */
  readonly #leads: AffinePoint[] = [];
  readonly #row: Float64Array;
  readonly #lo: Float64Array;
  readonly #hi: Float64Array;
  #spare: Polytope;

  /** @param most the largest period. */
  constructor(problem: OrbitProblem, most: number) {
    const P = problem.free.length;
    this.#problem = problem;
    this.#cells = recurrentCells(problem, most);
    this.#delay = this.#cells === undefined ? Math.floor(most * DELAY) : 0;
    this.#row = new Float64Array(P);
    this.#lo = new Float64Array(problem.rows);
    this.#hi = new Float64Array(problem.rows);
    this.#spare = new Polytope(P);
  }

  /** Begins an orbit with z_0. */
  begin(first: AffinePoint): void {
    if (this.#problem.lead >= 0) this.#keepLead(0, 0, first);
  }

  /** Goes on to the parameters of step t, parts of those of the step before. */
  follow(t: number, shifts: Float64Array, scales: Float64Array): void {
    if (this.#problem.lead >= 0) partOf(this.#leadsOf(t - 1), shifts, scales, this.#leadsOf(t));
  }

  #leadsOf(t: number): AffinePoint {
    this.#leads[t] ??= affinePoint(this.#delay + 1, this.#row.length);
    return this.#leads[t];
  }

  /** Keeps coordinate `lead` of z_s over the parameters of step t. */
  #keepLead(t: number, s: number, { c, e, L }: AffinePoint): void {
    const { lead } = this.#problem;
    const P = this.#row.length;
    const leads = this.#leadsOf(t);
    leads.c[s] = c[lead]!;
    leads.e[s] = e[lead]!;
    for (let p = 0; p < P; p++) leads.L[s * P + p] = L[lead * P + p]!;
  }

  /** Cuts to where z_t is in the root box. @returns false if nothing is left. */
  stays(holder: Holder, image: AffinePoint): boolean {
    const { root, rows: R } = this.#problem;
    return this.#keepWithin(holder, image, root.lo, root.hi, R);
  }

  /** Cuts to where the first coordinates of a point are in [lo, hi]. */
  #keepWithin(holder: Holder, point: AffinePoint, lo: Float64Array, hi: Float64Array, coordinates: number): boolean {
    const { c, e, L } = point;
    const P = this.#row.length;
    for (let i = 0; i < coordinates; i++) {
      const reach = spread(point, i, P);
      const error = e[i]! * INFLATION + (Math.abs(c[i]!) + reach) * FEW_TERMS + TINY;
      const half = (reach + error) * INFLATION;
      if (c[i]! + half > hi[i]! && !this.#cut(holder, L, i * P, 1, hi[i]! - c[i]! + error)) return false;
      if (c[i]! - half < lo[i]! && !this.#cut(holder, L, i * P, -1, c[i]! - lo[i]! + error)) return false;
    }
    return true;
  }

  /** Cuts to where z_m has the largest coordinate `lead` of all points up to z_t, t > 0. */
  isLed(holder: Holder, t: number, image: AffinePoint): boolean {
    if (this.#problem.lead < 0) return true;
    const m = this.#delay;
    if (t <= m) this.#keepLead(t - 1, t, image);
    if (t < m) return true;
    const leads = this.#leadsOf(t - 1);
    if (t === m) {
      for (let s = 0; s < m; s++) if (!this.#isAbove(holder, leads, m, leads, s)) return false;
      return true;
    }
    return this.#isAbove(holder, leads, m, image, this.#problem.lead);
  }

  /** Cuts to where coordinate m of the leads is at least coordinate i of another point. */
  #isAbove(holder: Holder, leads: AffinePoint, m: number, other: AffinePoint, i: number): boolean {
    const P = this.#row.length;
    const row = this.#row;
    for (let p = 0; p < P; p++) row[p] = other.L[i * P + p]! - leads.L[m * P + p]!;
    const size = Math.abs(other.c[i]!) + Math.abs(leads.c[m]!) + spread(other, i, P) + spread(leads, m, P);
    const error = (other.e[i]! + leads.e[m]!) * INFLATION + size * FEW_TERMS + TINY;
    return this.#cut(holder, row, 0, 1, leads.c[m]! - other.c[i]! + error);
  }

  /** Cuts to where z_0 and z_t are in cells that cycles may have points in. */
  recurs(holder: Holder, first: AffinePoint, point: AffinePoint): boolean {
    if (this.#cells === undefined) return true;
    const { rows: R } = this.#problem;
    const P = this.#row.length;
    for (let i = 0; i < R; i++) {
      const reach = spread(first, i, P);
      const half = (reach + first.e[i]!) * INFLATION + Math.abs(first.c[i]!) * FEW_TERMS + TINY;
      this.#lo[i] = first.c[i]! - half;
      this.#hi[i] = first.c[i]! + half;
    }
    if (!this.#narrow(holder, first)) return false;
    for (let i = 0; i < R; i++) {
      const reach = spread(point, i, P);
      const error = point.e[i]! * INFLATION + (Math.abs(point.c[i]!) + reach) * FEW_TERMS + TINY;
      this.#lo[i] = point.c[i]! + this.#leastOf(holder.polytope, point.L, i * P, 1, reach) - error;
      this.#hi[i] = point.c[i]! - this.#leastOf(holder.polytope, point.L, i * P, -1, reach) + error;
    }
    return this.#narrow(holder, point);
  }

  /** A bound below of sign·a·s. @param reach Σ|a_p|. */
  #leastOf(polytope: Polytope, a: Float64Array, at: number, sign: 1 | -1, reach: number): number {
    return Math.max(-reach, polytope.lowerBound(a, at, sign, polytope.leastVertex(a, at, sign)));
  }

  /** Cuts to the hull of the cells that a box round a point meets. */
  #narrow(holder: Holder, point: AffinePoint): boolean {
    const lo = this.#lo;
    const hi = this.#hi;
    const { rows: R } = this.#problem;
    const before = hi.map((x, i) => x - lo[i]!);
    const far = { lo: lo.slice(), hi: hi.slice() };
    if (!this.#cells!.narrow(lo, hi)) return false;
    for (let i = 0; i < R; i++) {
      if (lo[i]! - far.lo[i]! < WORTHWHILE * before[i]!) lo[i] = Number.NEGATIVE_INFINITY;
      if (far.hi[i]! - hi[i]! < WORTHWHILE * before[i]!) hi[i] = Number.POSITIVE_INFINITY;
    }
    return this.#keepWithin(holder, point, lo, hi, R);
  }

  /** @returns false if nothing is left. */
  #cut(holder: Holder, a: Float64Array, at: number, sign: 1 | -1, bound: number): boolean {
    const done = this.#spare.clip(holder.polytope, a, at, sign, bound, 0, UNTAGGED);
    if (done === EMPTY) return false;
    if (done !== UNCHANGED) {
      const { polytope } = holder;
      holder.polytope = this.#spare;
      this.#spare = polytope;
    }
    return true;
  }
}
