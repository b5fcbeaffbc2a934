import { accumulation, projectionMargin, TINY } from "../../search/kernel/bounds.ts";
import { magnitudesOf } from "../../search/units/units.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { FEW_TERMS, INFLATION, partMargin } from "../boxes/rounding.ts";
import { firstPiece, foldUnit, lastPiece } from "../pieces.ts";

/** A point of an orbit as an affine function of P parameters: z = c + L s + δ, |δ_i| ≤ e_i. */
export interface AffinePoint {
  /** D. */
  readonly c: Float64Array;
  readonly e: Float64Array;
  /** D×P. */
  readonly L: Float64Array;
}

export function affinePoint(dim: number, parameters: number): AffinePoint {
  return { c: new Float64Array(dim), e: new Float64Array(dim), L: new Float64Array(dim * parameters) };
}

/** Σ_p |L_ip|. */
export function spread({ L }: AffinePoint, i: number, P: number): number {
  let sum = 0;
  for (let p = 0; p < P; p++) sum += Math.abs(L[i * P + p]!);
  return sum;
}

/** Writes `from` over the part s_p = shift_p + scale_p s'_p of the parameters to `to`. */
export function partOf(from: AffinePoint, shifts: Float64Array, scales: Float64Array, to: AffinePoint): void {
  const P = shifts.length;
  const margin = partMargin(P);
  for (let i = 0; i < from.c.length; i++) {
    let centre = from.c[i]!;
    let size = Math.abs(centre);
    for (let p = 0; p < P; p++) {
      const x = from.L[i * P + p]!;
      centre += x * shifts[p]!;
      to.L[i * P + p] = x * scales[p]!;
      size += Math.abs(x);
    }
    to.c[i] = centre;
    // what is fixed stays exact
    to.e[i] = size === Math.abs(from.c[i]!) ? from.e[i]! : from.e[i]! * INFLATION + size * margin + TINY;
  }
}

/** One step of the orbits of a polytope: z_0 and z_t, and which units of step t are decided for all of |s_p| ≤ 1. */
export class AffineStep {
  readonly problem: OrbitProblem;
  readonly first: AffinePoint;
  readonly point: AffinePoint;
  /** For each unit x + a·s ± error. */
  readonly x: Float64Array;
  readonly a: Float64Array;
  readonly error: Float64Array;
  /** Undecided units, with their first and last piece. */
  readonly undecided: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  count = 0;
  /** The map with the decided units: A (R×D) and b (R). */
  readonly A: Float64Array;
  readonly b: Float64Array;
  readonly #size: Float64Array;
  readonly #magnitudes: { readonly matrix: Float64Array; readonly constant: Float64Array };

  constructor(problem: OrbitProblem) {
    const { table, rows: R, free } = problem;
    const { dim: D, count: L } = table;
    const P = free.length;
    this.problem = problem;
    this.first = affinePoint(D, P);
    this.point = affinePoint(D, P);
    this.x = new Float64Array(L);
    this.a = new Float64Array(L * P);
    this.error = new Float64Array(L);
    this.undecided = new Int32Array(L);
    this.from = new Int32Array(L);
    this.to = new Int32Array(L);
    this.A = new Float64Array(R * D);
    this.b = new Float64Array(R);
    this.#size = new Float64Array(D);
    this.#magnitudes = magnitudesOf(table);
  }

  /**
   * Bounds the units at the point.
   * @param pieces those that are decided are written to it, from `at` on.
   * @returns false if no orbit can be here.
   */
  decide(pieces: Int32Array, at: number): boolean {
    const { table, free, unitLow, unitHigh } = this.problem;
    const { dim: D, count: L, stride, data } = table;
    const { c, e, L: image } = this.point;
    const P = free.length;
    const rest = this.#size;
    const margin = projectionMargin(D);
    for (let i = 0; i < D; i++) rest[i] = e[i]! + margin * (Math.abs(c[i]!) + spread(this.point, i, P) + e[i]!);
    for (let n = 0; n < this.A.length; n++) this.A[n] = table.M[n]!;
    for (let n = 0; n < this.b.length; n++) this.b[n] = table.k[n]!;
    this.count = 0;
    for (let j = 0; j < L; j++) {
      const row = j * stride;
      let x = 0;
      let error = data[row + 2 * D + 2]!;
      for (let i = 0; i < D; i++) {
        x += data[row + i]! * c[i]!;
        error += Math.abs(data[row + i]!) * rest[i]!;
      }
      let half = 0;
      for (let p = 0; p < P; p++) {
        let sum = 0;
        for (let i = 0; i < D; i++) sum += data[row + i]! * image[i * P + p]!;
        this.a[j * P + p] = sum;
        half += Math.abs(sum);
      }
      error = error * INFLATION + (Math.abs(x) + half) * FEW_TERMS;
      this.x[j] = x;
      this.error[j] = error;
      const reach = (half + error) * INFLATION;
      const low = Math.max(x - reach, unitLow[j]!);
      const high = Math.min(x + reach, unitHigh[j]!);
      if (low > high) return false;
      const first = firstPiece(table, j, low);
      const last = lastPiece(table, j, high);
      if (last > first) {
        this.from[this.count] = first;
        this.to[this.count] = last;
        this.undecided[this.count++] = j;
        continue;
      }
      // a range that is one kink may be on either piece
      pieces[at + j] = first;
      foldUnit(table, this.problem.rows, j, first, this.A, 0, this.b, 0);
    }
    return true;
  }

  /** Writes A z_t + b to `to`, whose last coordinate is τ where D > R. */
  advance(A: Float64Array, b: Float64Array, to: AffinePoint): void {
    const { table, rows: R, free } = this.problem;
    const { dim: D } = table;
    const { c, e, L } = this.point;
    const P = free.length;
    const size = this.#size;
    const { matrix, constant } = this.#magnitudes;
    const factor = accumulation(table.terms, D);
    for (let i = 0; i < D; i++) size[i] = Math.abs(c[i]!) + spread(this.point, i, P) + e[i]!;
    for (let i = 0; i < R; i++) {
      let centre = b[i]!;
      let error = 0;
      let rounding = constant[i]!;
      for (let n = 0; n < D; n++) {
        const x = A[i * D + n]!;
        centre += x * c[n]!;
        error += Math.abs(x) * e[n]!;
        rounding += matrix[i * D + n]! * size[n]!;
      }
      to.c[i] = centre;
      to.e[i] = error * INFLATION + rounding * factor + TINY;
      for (let p = 0; p < P; p++) {
        let sum = 0;
        for (let n = 0; n < D; n++) sum += A[i * D + n]! * L[n * P + p]!;
        to.L[i * P + p] = sum;
      }
    }
    for (let i = R; i < D; i++) {
      to.c[i] = c[i]!;
      to.e[i] = e[i]!;
      for (let p = 0; p < P; p++) to.L[i * P + p] = L[i * P + p]!;
    }
  }
}
