import { approximateInverse, inverseDefect, solveByInverse } from "../float/inverse.ts";
import { F64, gamma } from "../float/precision.ts";
import { bit } from "../model/mask.ts";
import type { ExactArray, PiecewiseLinearSystem } from "../model/system.ts";

const LARGEST_DEFECT = 0.25;

/**
 * Decides which regions of (s, z) space surely hold no fixed point with s in [a, b], in float64 with error bounds.
 *
 * In a region with a regular J = M + VᵀDU the candidate is z(s) = p + s q, J p = Vᵀ D h + g and J q = −(c + Vᵀ D w).
 * Its side of hyperplane j is that of f_j(s) = (u_j·p − h_j) + s (u_j·q + w_j), an affine function whose computed
 * values err by at most e_j on [a, b]; the s with ±f_j(s) ≥ −e_j make an interval, and no fixed point is left where
 * these intervals have nothing in common. Errors are bounded as in the stages (docs/design.md#error-bounds): one bound
 * for the sums of all masks, then the a-posteriori bound of the solution.
 */
export class SweepFilter {
  /**
   * Whether every number that is read errs by at most 2^-53 of itself. If not, the filter decides nothing, as any
   * factor may meet a larger error.
   */
  readonly #isRelative: boolean;
  readonly #R: number;
  readonly #N: number;
  readonly #low: number;
  readonly #high: number;
  /** Largest |s|. */
  readonly #reach: number;
  /** N×R, N, N: u, w and h. */
  readonly #u: Float64Array;
  readonly #w: Float64Array;
  readonly #h: Float64Array;
  /** N: ‖u_j‖₁. */
  readonly #uNorm: Float64Array;
  /** N × R(R + 2) and R(R + 2): the term of each hyperplane and the base of [J | b | −c], row-major J first. */
  readonly #terms: Float64Array;
  readonly #base: Float64Array;
  readonly #system: Float64Array;
  /** Entrywise bounds on the errors of J, of b and of −c. */
  readonly #matrixError: Float64Array;
  readonly #rhsError: Float64Array;
  readonly #work: Float64Array;
  readonly #X: Float64Array;
  readonly #p: Float64Array;
  readonly #q: Float64Array;

  /** @param extended the system in (s, z), as `inputFamily` makes it. */
  constructor({ latentDim: D, hyperplanes: N, M, g, U, V, h }: PiecewiseLinearSystem, low: number, high: number) {
    const R = D - 1;
    const size = R * (R + 2);
    this.#isRelative = [M, g, V, h].every(isRelative);
    this.#R = R;
    this.#N = N;
    this.#low = low;
    this.#high = high;
    this.#reach = Math.max(Math.abs(low), Math.abs(high));
    this.#u = Float64Array.from({ length: N * R }, (_, at) => U[Math.floor(at / R) * D + 1 + (at % R)]!);
    this.#w = Float64Array.from({ length: N }, (_, j) => U[j * D]!);
    this.#h = h.rounded;
    this.#uNorm = new Float64Array(N);
    this.#terms = new Float64Array(N * size);
    this.#base = new Float64Array(size);
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) this.#base[i * R + k] = M.rounded[i * D + 1 + k]!;
      this.#base[R * R + i] = g.rounded[i]!;
      this.#base[R * R + R + i] = -M.rounded[i * D]!;
    }
    const magnitude = this.#base.map(Math.abs);
    for (let j = 0; j < N; j++) {
      for (let k = 0; k < R; k++) this.#uNorm[j]! += Math.abs(this.#u[j * R + k]!);
      for (let i = 0; i < R; i++) {
        const v = V.rounded[j * D + i]!;
        for (let k = 0; k < R; k++) this.#terms[j * size + i * R + k] = v * this.#u[j * R + k]!;
        this.#terms[j * size + R * R + i] = v * this.#h[j]!;
        this.#terms[j * size + R * R + R + i] = -v * this.#w[j]!;
      }
      for (let i = 0; i < size; i++) magnitude[i]! += Math.abs(this.#terms[j * size + i]!);
    }
    // N additions, one multiplication and the rounding of each factor; a few more to be safe
    const factor = gamma(N + 10, F64) * F64.slack;
    const errors = magnitude.map((x) => x * factor + F64.tiny);
    this.#matrixError = errors.slice(0, R * R);
    this.#rhsError = errors.slice(R * R);
    this.#system = new Float64Array(size);
    this.#work = new Float64Array(R * R);
    this.#X = new Float64Array(R * R);
    this.#p = new Float64Array(R);
    this.#q = new Float64Array(R);
  }

  /** True only if the closed region of the mask holds no fixed point for any s in [a, b]. */
  surelyEmpty(mask: Uint32Array): boolean {
    if (!this.#isRelative) return false;
    this.#form(mask);
    const errors = this.#solve();
    if (errors === undefined) return false;
    const R = this.#R;
    const reach = this.#reach;
    const relative = gamma(R + 6, F64);
    let low = this.#low;
    let high = this.#high;
    for (let j = 0; j < this.#N; j++) {
      let constant = -this.#h[j]!;
      let slope = this.#w[j]!;
      for (let k = 0; k < R; k++) {
        const u = this.#u[j * R + k]!;
        constant += u * this.#p[k]!;
        slope += u * this.#q[k]!;
      }
      const size =
        Math.abs(this.#h[j]!) +
        this.#uNorm[j]! * errors.sizeP +
        reach * (Math.abs(this.#w[j]!) + this.#uNorm[j]! * errors.sizeQ);
      const error = (this.#uNorm[j]! * (errors.p + reach * errors.q) + relative * size) * F64.slack + F64.tiny;
      const active = bit(mask, j);
      // ±f_j ≥ −e_j
      const a = (active ? constant : -constant) + error;
      const b = active ? slope : -slope;
      if (b > 0) low = Math.max(low, outward(-a / b, -1));
      else if (b < 0) high = Math.min(high, outward(-a / b, 1));
      else if (a < 0) return true;
      if (low > high) return true;
    }
    return false;
  }

  #form(mask: Uint32Array): void {
    const system = this.#system;
    const size = system.length;
    system.set(this.#base);
    for (let w = 0; w < mask.length; w++) {
      for (let rest = mask[w]!; rest !== 0; rest &= rest - 1) {
        const from = ((w << 5) + 31 - Math.clz32(rest & -rest)) * size;
        for (let i = 0; i < size; i++) system[i]! += this.#terms[from + i]!;
      }
    }
  }

  /**
   * p and q, with bounds on their largest entries and on the errors of any entry; undefined if J is not surely regular.
   */
  #solve(): { sizeP: number; sizeQ: number; p: number; q: number } | undefined {
    const R = this.#R;
    this.#work.set(this.#system.subarray(0, R * R));
    if (!approximateInverse(this.#work, this.#X, R)) return undefined;
    const defect = inverseDefect(this.#system.subarray(0, R * R), this.#X, R, this.#matrixError, F64);
    if (!(defect < LARGEST_DEFECT)) return undefined;
    const first = this.#column(0, this.#p, defect);
    const second = this.#column(1, this.#q, defect);
    if (!(first.error < F64.huge) || !(second.error < F64.huge)) return undefined;
    return { sizeP: first.size, sizeQ: second.size, p: first.error, q: second.error };
  }

  /**
   * Solves for one right-hand side. @returns the largest entry of the solution, and a bound on the error of any entry.
   */
  #column(column: 0 | 1, out: Float64Array, defect: number): { size: number; error: number } {
    const R = this.#R;
    const from = column * R;
    const rhsError = this.#rhsError.subarray(from, from + R);
    const error = solveByInverse(this.#X, R, defect, this.#system, R * R + from, rhsError, F64, out);
    return { size: out.reduce((most, x) => Math.max(most, Math.abs(x)), 0), error };
  }
}

function isRelative(values: ExactArray): boolean {
  return values.allExact || !values.rounded.some((_, i) => values.mayHaveUnderflowed(i));
}

/** A quotient, moved down or up by more than its rounding error. */
function outward(x: number, side: -1 | 1): number {
  return x + side * (Math.abs(x) * 2 ** -51 + F64.tiny);
}
