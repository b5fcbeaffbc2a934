import { TINY } from "../../search/bounds.ts";
import type { OrbitProblem } from "./maps.ts";
import { INFLATION, prefixMargin } from "./rounding.ts";

/** What is known of the orbits from one box: for each step which units are decided, and the map with these folded. */
export interface OrbitBox {
  /** D: the box of z_0. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  /** Steps t = 0, 1, … with decisions of their own; at later steps no unit is decided. */
  steps: number;
  /** For each step: A (R×D) and b (R). */
  readonly A: Float64Array;
  readonly b: Float64Array;
  /** For each step: a list of L undecided units, simple ones first, and how many these are. */
  readonly undecided: Int32Array;
  readonly counts: Int32Array;
  /**
   * Steps at the start in which every unit is decided. So z_1, …, z_prefix are affine functions of z_0, kept as their
   * enclosures (c, e and the box's generators, for each t D, D and P×D numbers) over the box with centre `middles` and
   * half-widths `halves`.
   */
  prefix: number;
  readonly centres: Float64Array;
  readonly errors: Float64Array;
  readonly generators: Float64Array;
  readonly middles: Float64Array;
  readonly halves: Float64Array;
  /** alive[k] is 1 while z_k = z_0 is possible and not settled otherwise. */
  readonly alive: Uint8Array;
  /** The largest period that is alive, 0 if none is. */
  longest: number;
}

/** @param most the largest period. */
export function orbitBox({ table, rows: R, free }: OrbitProblem, most: number): OrbitBox {
  const { dim: D, count: L } = table;
  return {
    lo: new Float64Array(D),
    hi: new Float64Array(D),
    steps: 0,
    A: new Float64Array(most * R * D),
    b: new Float64Array(most * R),
    undecided: new Int32Array(most * L),
    counts: new Int32Array(most),
    prefix: 0,
    centres: new Float64Array((most + 1) * D),
    errors: new Float64Array((most + 1) * D),
    generators: new Float64Array((most + 1) * free.length * D),
    middles: new Float64Array(free.length),
    halves: new Float64Array(free.length),
    alive: new Uint8Array(most + 1),
    longest: 0,
  };
}

/** Keeps an enclosure, which has no generators but the box's, as that of z_t. */
export function keepPoint(box: OrbitBox, t: number, { c, e, generators }: Enclosed): void {
  const D = c.length;
  for (let i = 0; i < D; i++) {
    box.centres[t * D + i] = c[i];
    box.errors[t * D + i] = e[i];
  }
  const size = box.middles.length * D;
  for (let n = 0; n < size; n++) box.generators[t * size + n] = generators[n];
}

/** Keeps the box that points are kept for. */
export function keepBox(box: OrbitBox, { m, r }: Enclosed, free: Int32Array): void {
  for (let p = 0; p < free.length; p++) {
    box.middles[p] = m[free[p]];
    box.halves[p] = r[free[p]];
  }
}

/** An enclosure of z_t over a box with centre m and half-widths r (rounding.ts). */
export interface Enclosed {
  /** D. */
  readonly c: Float64Array;
  readonly e: Float64Array;
  /** `count` of D numbers each, the box's first. */
  readonly generators: Float64Array;
  readonly count: number;
  /** D: Σ|g| over the box's generators, and over the others. */
  readonly boxSum: Float64Array;
  readonly Q: Float64Array;
  /** R×R: Σ g gᵀ over the generators that are not the box's. */
  readonly W: Float64Array;
  /** D. */
  readonly m: Float64Array;
  readonly r: Float64Array;
}

/**
 * Encloses z_t, t ≤ prefix, over a part of the box that it was kept for: with z_0 = m + r s and M + H S for the two
 * boxes, S = (m − M)/H + (r/H)s.
 */
export function pointOfPrefix(from: OrbitBox, t: number, rows: number, free: Int32Array, to: Enclosed): void {
  const { c, e, generators, boxSum, m, r } = to;
  const D = c.length;
  const P = free.length;
  const margin = prefixMargin(P);
  for (let i = 0; i < rows; i++) {
    let centre = from.centres[t * D + i];
    let size = Math.abs(centre);
    boxSum[i] = 0;
    for (let p = 0; p < P; p++) {
      const g = from.generators[(t * P + p) * D + i];
      centre += g * ((m[free[p]] - from.middles[p]) / from.halves[p]);
      const own = g * (r[free[p]] / from.halves[p]);
      generators[p * D + i] = own;
      boxSum[i] += Math.abs(own);
      size += Math.abs(g);
    }
    c[i] = centre;
    e[i] = from.errors[t * D + i] * INFLATION + size * margin + TINY;
  }
}

/** Recomputes `longest` after periods were settled. */
export function updateLongest(box: OrbitBox): void {
  while (box.longest > 0 && box.alive[box.longest] === 0) box.longest--;
}

/** A unit's piece at one step that is assumed on the path to a box, not proved. */
export interface Assumption {
  readonly step: number;
  readonly unit: number;
  readonly piece: number;
}
