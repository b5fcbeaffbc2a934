import { TINY } from "../../search/kernel/bounds.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import type { OrbitProblem, StateBox } from "./maps.ts";
import { INFLATION, partMargin, SHEAR_MARGIN } from "./rounding.ts";

/** What is known of the orbits from one box: for each step which units are decided, and the map with these folded. */
export interface OrbitBox {
  /**
   * The points of a parallelepiped of z_0 whose s_p is within scales[p] of shifts[p]: what is left of it, or a part of
   * it. P each.
   */
  readonly shifts: Float64Array;
  readonly scales: Float64Array;
  /** Steps t = 0, 1, … with decisions of their own; at later steps no unit is decided. */
  steps: number;
  /** For each step: A (R×D) and b (R). */
  readonly A: Float64Array;
  readonly b: Float64Array;
  /** For each step: a list of L undecided units, and how many these are. */
  readonly undecided: Int32Array;
  readonly counts: Int32Array;
  /** Steps at the start in which every unit is decided: so z_1, …, z_prefix are affine functions of z_0. */
  prefix: number;
  /**
   * For t = 0, …, prefix the enclosure of z_t over the parallelepiped: c, e and the box's generators, D, D and P×D
   * numbers each. That of z_0 is the parallelepiped itself, with bounds of rounding.
   */
  readonly centres: Float64Array;
  readonly errors: Float64Array;
  readonly generators: Float64Array;
  /** alive[k] is 1 while z_k = z_0 is possible and not settled otherwise. */
  readonly alive: Uint8Array;
  /** The largest period that is alive, 0 if none is. */
  longest: number;
}

/** @param most the largest period. */
export function orbitBox({ table, rows: R, free }: OrbitProblem, most: number): OrbitBox {
  const { dim: D, count: L } = table;
  return {
    shifts: new Float64Array(free.length),
    scales: new Float64Array(free.length),
    steps: 0,
    A: new Float64Array(most * R * D),
    b: new Float64Array(most * R),
    undecided: new Int32Array(most * L),
    counts: new Int32Array(most),
    prefix: 0,
    centres: new Float64Array((most + 1) * D),
    errors: new Float64Array((most + 1) * D),
    generators: new Float64Array((most + 1) * free.length * D),
    alive: new Uint8Array(most + 1),
    longest: 0,
  };
}

/** An enclosure of z_t over a parallelepiped of z_0 (rounding.ts). */
export interface Enclosed {
  /** D. */
  readonly c: Float64Array;
  readonly e: Float64Array;
  /** P×D: the box's generators. */
  readonly generators: Float64Array;
  /** D: Σ|g| over the box's generators, and over those of bands. */
  readonly boxSum: Float64Array;
  readonly Q: Float64Array;
}

/** Makes the box of all points of [lo, hi], with no decisions. */
export function startWith(box: OrbitBox, { lo, hi }: StateBox, free: Int32Array): void {
  const D = lo.length;
  box.steps = 0;
  box.prefix = 0;
  box.generators.fill(0, 0, free.length * D);
  for (let i = 0; i < D; i++) {
    box.centres[i] = lo[i] === hi[i] ? lo[i]! : middle(lo[i]!, hi[i]!);
    box.errors[i] = 0;
  }
  for (let p = 0; p < free.length; p++) {
    const i = free[p]!;
    box.generators[p * D + i] = halfWidth(lo[i]!, hi[i]!, box.centres[i]!);
  }
  box.shifts.fill(0);
  box.scales.fill(1);
}

/** Keeps an enclosure, which has no generators of bands, as that of z_t. */
export function keepPoint(box: OrbitBox, t: number, { c, e, generators }: Enclosed): void {
  const D = c.length;
  for (let i = 0; i < D; i++) {
    box.centres[t * D + i] = c[i]!;
    box.errors[t * D + i] = e[i]!;
  }
  const size = box.shifts.length * D;
  for (let n = 0; n < size; n++) box.generators[t * size + n] = generators[n]!;
}

/** Encloses z_t, t ≤ prefix of `from`, over the part of its parallelepiped that is given by shifts and scales. */
export function pointOfPart(
  from: OrbitBox,
  t: number,
  shifts: Float64Array,
  scales: Float64Array,
  { c, e, generators, boxSum }: Enclosed,
): void {
  const D = c.length;
  const P = shifts.length;
  const margin = partMargin(P);
  for (let i = 0; i < D; i++) {
    let centre = from.centres[t * D + i]!;
    let size = Math.abs(centre);
    boxSum[i] = 0;
    for (let p = 0; p < P; p++) {
      const g = from.generators[(t * P + p) * D + i]!;
      centre += g * shifts[p]!;
      const own = g * scales[p]!;
      generators[p * D + i] = own;
      boxSum[i]! += Math.abs(own);
      size += Math.abs(g);
    }
    c[i] = centre;
    // what is fixed stays exact
    e[i] =
      size === Math.abs(centre) ? from.errors[t * D + i]! : from.errors[t * D + i]! * INFLATION + size * margin + TINY;
  }
}

/**
 * Turns the parallelepiped so that s_p becomes (s_p + κ s_q)/f with f = 1 + |κ|: generators g_p f and g_q − κ g_p. It
 * grows by the factor f. Only points of the old one are meant, so all decisions stay.
 * @param most D: bounds of |c| + Σ|g| + e, within which the parallelepiped and its images have to stay.
 * @returns whether they do; if not, nothing was changed.
 */
export function shear(box: OrbitBox, p: number, q: number, kappa: number, most: Float64Array): boolean {
  const { centres, errors, generators, prefix } = box;
  const D = most.length;
  const P = box.shifts.length;
  const factor = (1 + Math.abs(kappa)) * INFLATION;
  for (let t = 0; t <= prefix; t++) {
    for (let i = 0; i < D; i++) {
      let size = Math.abs(centres[t * D + i]!) + errors[t * D + i]!;
      for (let o = 0; o < P; o++) size += Math.abs(generators[(t * P + o) * D + i]!);
      if (!(size + 2 * Math.abs(generators[(t * P + p) * D + i]!) <= most[i]!)) return false;
    }
  }
  for (let t = 0; t <= prefix; t++) {
    for (let i = 0; i < D; i++) {
      const a = (t * P + p) * D + i;
      const b = (t * P + q) * D + i;
      const g = generators[a]!;
      if (g === 0) continue;
      const h = generators[b]!;
      generators[a] = g * factor;
      generators[b] = h - kappa * g;
      errors[t * D + i]! += (Math.abs(g) + Math.abs(h)) * SHEAR_MARGIN + TINY;
    }
  }
  return true;
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
