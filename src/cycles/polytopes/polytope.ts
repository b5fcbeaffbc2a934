import { ABSOLUTE } from "../../search/kernel/bounds.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import { Multipliers } from "./multipliers.ts";
import { CERTIFICATE_MARGIN, CLIP_TOLERANCE, PART_MARGIN } from "./rounding.ts";

/** What `clip` did. */
export const EMPTY = 0;
export const UNCHANGED = 1;
export const CLIPPED = 2;

/** Asked whether the part of a polytope on some sides has no interior; tags tell the sides. */
export type FlatTest = (tags: Int32Array, count: number) => boolean;

/** The tag of a constraint that is no side of a hyperplane. */
export const UNTAGGED = -1;

/**
 * A polytope of parameters s, |s_p| ≤ 1, cut by constraints a·s ≤ b. Only these count: every bound is proved with
 * multipliers of theirs (`lowerBound`). The vertices are as float64 has them and say which multipliers to try, so that
 * a wrong one makes a bound worse and never false.
 *
 * Each vertex is the meeting point of P constraints; two vertices are neighbours if they share P − 1 of these. Where
 * more than P meet, rounding chooses, as if the constraints had been moved a little.
 */
export class Polytope {
  readonly dim: number;
  /** m constraints: rows a (P each) and b. */
  rows: Float64Array;
  bounds: Float64Array;
  /** m: what `FlatTest` calls the constraints. */
  tags: Int32Array;
  constraints = 0;
  /** n vertices: coordinates, and the numbers of their constraints, ascending. P each. */
  points: Float64Array;
  meets: Int32Array;
  vertices = 0;

  readonly #multipliers: Multipliers;

  /** @param dim P ≥ 1. */
  constructor(dim: number) {
    this.dim = dim;
    this.rows = new Float64Array(8 * dim * dim);
    this.bounds = new Float64Array(8 * dim);
    this.tags = new Int32Array(8 * dim);
    this.points = new Float64Array(2 ** dim * dim * 2);
    this.meets = new Int32Array(2 ** dim * dim * 2);
    this.#multipliers = new Multipliers(dim);
  }

  /** The cube |s_p| ≤ 1. */
  makeCube(): void {
    const { dim: P } = this;
    this.constraints = 0;
    this.vertices = 0;
    this.#reserve(2 * P, 2 ** P);
    this.rows.fill(0, 0, 2 * P * P);
    for (let p = 0; p < P; p++) {
      this.rows[2 * p * P + p] = -1;
      this.rows[(2 * p + 1) * P + p] = 1;
    }
    this.bounds.fill(1, 0, 2 * P);
    this.tags.fill(UNTAGGED, 0, 2 * P);
    this.constraints = 2 * P;
    for (let n = 0; n < 2 ** P; n++) {
      for (let p = 0; p < P; p++) {
        const above = (n >> p) & 1;
        this.points[n * P + p] = above === 1 ? 1 : -1;
        this.meets[n * P + p] = 2 * p + above;
      }
    }
    this.vertices = 2 ** P;
  }

  copy(from: Polytope): void {
    const { dim: P } = this;
    this.#reserve(from.constraints, from.vertices);
    for (let n = from.constraints * P - 1; n >= 0; n--) this.rows[n] = from.rows[n]!;
    this.#copyBounds(from);
    for (let n = from.vertices * P - 1; n >= 0; n--) {
      this.points[n] = from.points[n]!;
      this.meets[n] = from.meets[n]!;
    }
    this.constraints = from.constraints;
    this.vertices = from.vertices;
  }

  #copyBounds(from: Polytope): void {
    for (let n = from.constraints - 1; n >= 0; n--) {
      this.bounds[n] = from.bounds[n]!;
      this.tags[n] = from.tags[n]!;
    }
  }

  #reserve(constraints: number, vertices: number): void {
    const { dim: P } = this;
    if (this.bounds.length < constraints) {
      this.rows = begun(new Float64Array(2 * constraints * P), this.rows);
      this.bounds = begun(new Float64Array(2 * constraints), this.bounds);
      this.tags = begun(new Int32Array(2 * constraints), this.tags);
    }
    if (this.points.length < vertices * P) {
      this.points = begun(new Float64Array(2 * vertices * P), this.points);
      this.meets = begun(new Int32Array(2 * vertices * P), this.meets);
    }
  }

  /**
   * The vertex with the least f·s. @param f P numbers from `at` on. @param sign −1 for the vertex with the greatest.
   */
  leastVertex(f: Float64Array, at: number, sign: 1 | -1): number {
    const { dim: P, points, vertices } = this;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let v = 0; v < vertices; v++) {
      let sum = 0;
      for (let p = 0; p < P; p++) sum += f[at + p]! * points[v * P + p]!;
      if (sign * sum < least) {
        least = sign * sum;
        best = v;
      }
    }
    return best;
  }

  /** f·s at a vertex. */
  valueAt(v: number, f: Float64Array, at: number): number {
    let sum = 0;
    for (let p = 0; p < this.dim; p++) sum += f[at + p]! * this.points[v * this.dim + p]!;
    return sum;
  }

  /**
   * A bound below of sign·f·s over the polytope: for any λ ≥ 0, with r = sign·f + Σ λ_i a_i,
   *
   *     sign·f·s = r·s − Σ λ_i a_i·s ≥ −Σ|r_p| − Σ λ_i b_i.
   *
   * @param v the vertex whose constraints get the λ that make r = 0.
   */
  lowerBound(f: Float64Array, at: number, sign: 1 | -1, v: number): number {
    const { dim: P, rows, bounds, meets } = this;
    const { lambda } = this.#multipliers;
    if (!this.#multipliers.find(rows, meets, v, f, at, sign)) return Number.NEGATIVE_INFINITY;
    let value = 0;
    let size = 0;
    for (let i = 0; i < P; i++) {
      const l = lambda[i]!;
      if (l === 0) continue;
      const term = l * bounds[meets[v * P + i]!]!;
      value -= term;
      size += Math.abs(term);
    }
    for (let p = 0; p < P; p++) {
      let rest = sign * f[at + p]!;
      size += Math.abs(rest);
      for (let i = 0; i < P; i++) {
        if (lambda[i] === 0) continue;
        const term = lambda[i]! * rows[meets[v * P + i]! * P + p]!;
        rest += term;
        size += Math.abs(term);
      }
      value -= Math.abs(rest);
    }
    return value - (size * CERTIFICATE_MARGIN + ABSOLUTE);
  }

  /** Whether the multipliers of a vertex are all at least 0. */
  #hasMultipliers(f: Float64Array, at: number, sign: 1 | -1, v: number): boolean {
    return this.#multipliers.find(this.rows, this.meets, v, f, at, sign) && !this.#multipliers.clamped;
  }

  /**
   * Makes this the part of `from` with sign·a·s ≤ bound. What is kept reaches a little farther, so that thin parts have
   * vertices apart from each other.
   * @param a P numbers from `at` on. @param bound with all errors of a·s in it, which are at most `error`.
   * @param tag of the new constraint. @param isFlat asked where little is left, if the part may be left out then.
   * @returns EMPTY, if that is proved; UNCHANGED, and then nothing was written; CLIPPED.
   */
  clip(
    from: Polytope,
    a: Float64Array,
    at: number,
    sign: 1 | -1,
    bound: number,
    error: number,
    tag: number,
    isFlat?: FlatTest,
  ): number {
    const { dim: P } = this;
    const { vertices, constraints } = from;
    let weight = 0;
    for (let p = 0; p < P; p++) weight += Math.abs(a[at + p]!);
    const limit = bound + (Math.abs(bound) + weight) * CLIP_TOLERANCE;
    from.#measure(a, at, sign, limit);
    const { inside, best, least } = measured;
    if (inside === vertices) return UNCHANGED;
    if (inside === 0 && from.lowerBound(a, at, sign, best) > bound) return EMPTY;
    const thin = THIN * (limit - bound) + THIN_ERRORS * error;
    if (inside === 0 || -least <= thin) {
      // of vertices that are least but for rounding, those with multipliers above 0 count
      for (let v = 0; v < vertices; v++) {
        if (sides[v]! > least + thin || !from.#hasMultipliers(a, at, sign, v)) continue;
        if (inside === 0 && from.lowerBound(a, at, sign, v) > bound) return EMPTY;
        if (isFlat !== undefined && from.#isFlatAt(v, tag, isFlat)) return EMPTY;
      }
    }
    if (inside === 0 || vertices > MOST_VERTICES) return UNCHANGED;
    this.#reserve(constraints + 1, vertices + inside * P);
    for (let n = constraints * P - 1; n >= 0; n--) this.rows[n] = from.rows[n]!;
    this.#copyBounds(from);
    this.tags[constraints] = tag;
    // a power of two is an exact factor
    const scale = 2 ** -Math.floor(Math.log2(weight));
    for (let p = 0; p < P; p++) this.rows[constraints * P + p] = sign * a[at + p]! * scale;
    this.bounds[constraints] = limit * scale;
    this.constraints = constraints + 1;
    this.#keepInside(from);
    this.#cutEdges(from);
    return CLIPPED;
  }

  /** Of each vertex sign·a·s − limit into `sides`, and into `measured` what these are together. */
  #measure(a: Float64Array, at: number, sign: 1 | -1, limit: number): void {
    const { dim: P, points, vertices } = this;
    let inside = 0;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    if (sides.length < vertices) sides = new Float64Array(2 * vertices);
    for (let v = 0; v < vertices; v++) {
      let sum = 0;
      for (let p = 0; p < P; p++) sum += a[at + p]! * points[v * P + p]!;
      const side = sign * sum - limit;
      sides[v] = side;
      if (!(side > 0)) inside++;
      if (side < least) {
        least = side;
        best = v;
      }
    }
    measured.inside = inside;
    measured.best = best;
    measured.least = least;
  }

  /** Takes the vertices of `from` that are inside by `sides`. */
  #keepInside({ points, meets, vertices }: Polytope): void {
    const { dim: P } = this;
    let count = 0;
    for (let v = 0; v < vertices; v++) {
      if (sides[v]! > 0) continue;
      for (let p = 0; p < P; p++) {
        this.points[count * P + p] = points[v * P + p]!;
        this.meets[count * P + p] = meets[v * P + p]!;
      }
      count++;
    }
    this.vertices = count;
  }

  /** Adds the vertices in which the last constraint cuts edges of `from`. */
  #cutEdges({ points, meets, vertices }: Polytope): void {
    const { dim: P, vertices: kept } = this;
    const newest = this.constraints - 1;
    let count = kept;
    for (let v = 0; v < vertices; v++) {
      if (sides[v]! > 0) continue;
      for (let w = 0; w < vertices; w++) {
        if (!(sides[w]! > 0)) continue;
        // where rounding has put more than two vertices on an edge, the first pair counts
        if (!isEdge(meets, v * P, w * P, P) || this.#hasNew(kept, count, newest)) continue;
        if ((count + 1) * P > this.points.length) this.#reserve(this.constraints, count + 1);
        const part = sides[v]! / (sides[v]! - sides[w]!);
        for (let p = 0; p < P; p++) {
          const x = points[v * P + p]!;
          this.points[count * P + p] = x + part * (points[w * P + p]! - x);
          this.meets[count * P + p] = p < P - 1 ? common[p]! : newest;
        }
        count++;
      }
    }
    this.vertices = count;
  }

  /** Whether a vertex from number `from` on meets the constraints in `common`. */
  #hasNew(from: number, to: number, constraint: number): boolean {
    const { dim: P, meets } = this;
    for (let v = from; v < to; v++) {
      let same = meets[v * P + P - 1] === constraint;
      for (let p = 0; p < P - 1 && same; p++) same = meets[v * P + p] === common[p];
      if (same) return true;
    }
    return false;
  }

  /** Whether the constraints of a vertex whose multipliers are known leave no interior with a new one. */
  #isFlatAt(v: number, tag: number, isFlat: FlatTest): boolean {
    const { dim: P, meets, tags } = this;
    let count = 0;
    for (let i = 0; i < P; i++) {
      if (!(this.#multipliers.lambda[i]! > 0)) continue;
      const own = tags[meets[v * P + i]!]!;
      if (own === UNTAGGED) return false;
      asked[count++] = own;
    }
    asked[count++] = tag;
    return isFlat(asked, count);
  }

  /**
   * Finds an interval that holds each s_p, and makes s_p = shift_p + scale_p s'_p with |s'_p| ≤ 1. Constraints that
   * meet in no vertex are left out.
   */
  fit(shifts: Float64Array, scales: Float64Array): void {
    const { dim: P, rows, bounds, points, meets } = this;
    for (let p = 0; p < P; p++) {
      unit.fill(0, 0, P);
      unit[p] = 1;
      let low = this.lowerBound(unit, 0, 1, this.leastVertex(unit, 0, 1));
      let high = -this.lowerBound(unit, 0, -1, this.leastVertex(unit, 0, -1));
      if (!(low > -1)) low = -1;
      if (!(high < 1)) high = 1;
      // nothing may be left; then a point serves
      if (!(low <= high)) high = low;
      shifts[p] = middle(low, high);
      scales[p] = low === -1 && high === 1 ? 1 : halfWidth(low, high, shifts[p]!) + LEAST_SCALE;
    }
    if (renamed.length < this.constraints) renamed = new Int32Array(2 * this.constraints);
    renamed.fill(-1, 0, this.constraints);
    for (let n = this.vertices * P - 1; n >= 0; n--) renamed[meets[n]!] = 0;
    let kept = 0;
    for (let i = 0; i < this.constraints; i++) {
      if (renamed[i]! < 0) continue;
      let bound = bounds[i]!;
      let size = Math.abs(bound);
      let largest = 0;
      for (let p = 0; p < P; p++) {
        const a = rows[i * P + p]!;
        bound -= a * shifts[p]!;
        size += Math.abs(a) * (Math.abs(shifts[p]!) + scales[p]!);
        largest = Math.max(largest, Math.abs(a) * scales[p]!);
      }
      const scale = largest > 0 ? 2 ** -Math.floor(Math.log2(largest)) : 1;
      for (let p = 0; p < P; p++) rows[kept * P + p] = rows[i * P + p]! * scales[p]! * scale;
      bounds[kept] = (bound + size * PART_MARGIN) * scale;
      this.tags[kept] = this.tags[i]!;
      renamed[i] = kept++;
    }
    this.constraints = kept;
    for (let v = 0; v < this.vertices; v++) {
      for (let p = 0; p < P; p++) {
        points[v * P + p] = (points[v * P + p]! - shifts[p]!) / scales[p]!;
        meets[v * P + p] = renamed[meets[v * P + p]!]!;
      }
    }
  }
}

/** With more vertices a polytope is cut no further. */
const MOST_VERTICES = 2048;
/** A part is thin that reaches so many times farther than what clips add to it, or than the errors of the new cut. */
const THIN = 64;
const THIN_ERRORS = 16;
/** A box of s is not narrower. */
const LEAST_SCALE = 2 ** -200;

let sides = new Float64Array(64);
/** The number of vertices inside, the vertex of the least side, and its side. */
const measured = { inside: 0, best: 0, least: 0 };
let renamed = new Int32Array(64);
const asked = new Int32Array(64);
const common = new Int32Array(64);
const unit = new Float64Array(64);

/** A longer array, begun with the numbers of another. */
function begun<T extends Float64Array | Int32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

/** Whether two vertices share P − 1 constraints, which are then in `common`. @param v @param w places in `meets`. */
function isEdge(meets: Int32Array, v: number, w: number, P: number): boolean {
  let i = 0;
  let j = 0;
  let shared = 0;
  let missed = 0;
  while (i < P && j < P && missed < 2) {
    const x = meets[v + i]!;
    const y = meets[w + j]!;
    if (x === y) {
      common[shared++] = x;
      i++;
      j++;
    } else if (x < y) {
      i++;
      missed++;
    } else j++;
  }
  return shared >= P - 1;
}
