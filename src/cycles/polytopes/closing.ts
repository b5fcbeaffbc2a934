import { approximateInverse } from "../../float/inverse.ts";
import { ABSOLUTE, TINY } from "../../search/kernel/bounds.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { closingMargin, INFLATION } from "../boxes/rounding.ts";
import { type AffinePoint, spread } from "./affine-step.ts";
import type { Polytope } from "./polytope.ts";
import { CERTIFICATE_MARGIN } from "./rounding.ts";

/**
 * Whether z_k = z_0 is possible on a polytope where both are affine: ĉ + B s + δ = 0 in R equations for P = R
 * parameters. The solution s* ≈ −B⁻¹ĉ lies outside if a constraint a·s ≤ b has a·s* > b; then y = B⁻ᵀa is a functional
 * with
 *
 *     a·s = −y·ĉ − y·δ + (a − yB)·s ≥ −y·ĉ − Σ|y_i||δ_i| − Σ|a − yB| > b,
 *
 * which holds for y as it is.
 */
export class AffineClosing {
  readonly #rows: number;
  readonly #parameters: number;
  readonly #residual: Float64Array;
  readonly #error: Float64Array;
  readonly #B: Float64Array;
  readonly #scratch: Float64Array;
  readonly #inverse: Float64Array;
  readonly #solution: Float64Array;
  readonly #y: Float64Array;
  readonly #side: Float64Array;

  constructor({ rows: R, free }: OrbitProblem) {
    const P = free.length;
    this.#rows = R;
    this.#parameters = P;
    this.#residual = new Float64Array(R);
    this.#error = new Float64Array(R);
    this.#B = new Float64Array(R * P);
    this.#scratch = new Float64Array(R * P);
    this.#inverse = new Float64Array(R * R);
    this.#solution = new Float64Array(P);
    this.#y = new Float64Array(R);
    this.#side = new Float64Array(P);
  }

  /** @returns false only if no orbit closes. */
  mayClose(first: AffinePoint, last: AffinePoint, polytope: Polytope): boolean {
    const R = this.#rows;
    const P = this.#parameters;
    const B = this.#B;
    const residual = this.#residual;
    const margin = closingMargin(R);
    for (let i = 0; i < R; i++) {
      const reach = spread(first, i, P) + spread(last, i, P);
      residual[i] = last.c[i]! - first.c[i]!;
      const size = Math.abs(last.c[i]!) + Math.abs(first.c[i]!) + reach;
      const error = (last.e[i]! + first.e[i]!) * INFLATION + margin * size + TINY;
      this.#error[i] = error;
      if (Math.abs(residual[i]!) > (reach + error) * INFLATION) return false;
      for (let p = 0; p < P; p++) B[i * P + p] = last.L[i * P + p]! - first.L[i * P + p]!;
    }
    // a map whose orbits fill no space has more equations than parameters: the finish decides
    if (P !== R || !approximateInverse(this.#copyOf(B), this.#inverse, R)) return true;
    const s = this.#solution;
    for (let p = 0; p < P; p++) {
      let sum = 0;
      for (let i = 0; i < R; i++) sum -= this.#inverse[p * R + i]! * residual[i]!;
      s[p] = sum;
    }
    const { rows, bounds, constraints } = polytope;
    let worst = 0;
    let excess = 0;
    for (let n = 0; n < constraints; n++) {
      let beyond = -bounds[n]!;
      for (let p = 0; p < P; p++) beyond += rows[n * P + p]! * s[p]!;
      if (beyond > excess) {
        excess = beyond;
        worst = n;
      }
    }
    let side = -1;
    for (let p = 0; p < P; p++) {
      if (!(Math.abs(s[p]!) - 1 > excess)) continue;
      excess = Math.abs(s[p]!) - 1;
      side = p;
    }
    if (!(excess > 0)) return true;
    const a = this.#side;
    for (let p = 0; p < P; p++) a[p] = side < 0 ? rows[worst * P + p]! : 0;
    if (side >= 0) a[side] = s[side]! > 0 ? 1 : -1;
    return !this.#excludes(a, side < 0 ? bounds[worst]! : 1);
  }

  #copyOf(B: Float64Array): Float64Array {
    for (let n = 0; n < B.length; n++) this.#scratch[n] = B[n]!;
    return this.#scratch;
  }

  /** Whether a·s is above the bound wherever orbits close. */
  #excludes(a: Float64Array, bound: number): boolean {
    const R = this.#rows;
    const y = this.#y;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let p = 0; p < R; p++) sum += this.#inverse[p * R + i]! * a[p]!;
      y[i] = sum;
    }
    let value = 0;
    let size = 0;
    for (let i = 0; i < R; i++) {
      value -= y[i]! * this.#residual[i]! + Math.abs(y[i]!) * this.#error[i]!;
      size += Math.abs(y[i]!) * (Math.abs(this.#residual[i]!) + this.#error[i]!);
    }
    for (let p = 0; p < R; p++) {
      let rest = a[p]!;
      size += Math.abs(rest);
      for (let i = 0; i < R; i++) {
        const term = y[i]! * this.#B[i * R + p]!;
        rest -= term;
        size += Math.abs(term);
      }
      value -= Math.abs(rest);
    }
    return value - (size * CERTIFICATE_MARGIN + ABSOLUTE) > bound;
  }
}
