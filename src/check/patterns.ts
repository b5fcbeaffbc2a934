import type { PiecewiseLinearSystem } from "../model/system.ts";
import { gammaOf, TINY } from "./rounding.ts";
import { inverseOf } from "./star.ts";

/** Most hyperplanes of a model all of whose patterns are tried. */
export const MOST_PATTERNS = 20;

/** Past this the numbers of a model are left to exact arithmetic. */
const LARGEST = 2 ** 100;
const LARGEST_WEIGHT = 2 ** 200;

/**
 * A float64 test over single regions: true only for a mask whose closed region surely holds no solution.
 *
 * With A z = b the region's equations and Y ≈ A⁻¹: K = |I − Y A| + rounding and w ≥ |Y b| + rounding with K w ≤ w/2
 * give |z| ≤ 2w and |z − Y b| ≤ 2 K w + rounding. Such a z is outside if the sign of a hyperplane there is surely
 * wrong. Entries of A and b sum N + 1 rounded products: γ (rounding.ts) bounds the error by the magnitudes of these.
 * All numbers are at most 2^100, Y and w at most 2^200: underflow is below TINY.
 *
 * @returns undefined where the model's numbers are too large for it.
 */
export function patternFilter(system: PiecewiseLinearSystem): ((mask: number) => boolean) | undefined {
  const filter = new PatternFilter(system);
  return filter.isFit ? (mask) => filter.surelyEmpty(mask) : undefined;
}

class PatternFilter {
  readonly #R: number;
  readonly #N: number;
  readonly #U: Float64Array;
  readonly #V: Float64Array;
  readonly #h: Float64Array;
  readonly #gamma: number;
  /** R × (R + 1): the terms of A and of −b that all regions share, and the magnitudes of all terms. */
  readonly #base: Float64Array;
  readonly #size: Float64Array;
  /** The equations of a region, and A a little off, which has an inverse. */
  readonly #A: Float64Array;
  readonly #b: Float64Array;
  readonly #jolted: Float64Array;
  /** Y b, its rounding error, w, and the bound on |z − Y b|. */
  readonly #z: Float64Array;
  readonly #slack: Float64Array;
  readonly #w: Float64Array;
  readonly #far: Float64Array;

  constructor({ latentDim: R, hyperplanes: N, U, V, h, M, g }: PiecewiseLinearSystem) {
    this.#R = R;
    this.#N = N;
    this.#U = U;
    this.#V = V.rounded;
    this.#h = h.rounded;
    this.#gamma = gammaOf(N, R);
    const width = R + 1;
    this.#base = new Float64Array(R * width);
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) this.#base[i * width + k] = M.rounded[i * R + k]!;
      this.#base[i * width + R] = -g.rounded[i]!;
    }
    this.#size = this.#base.map(Math.abs);
    for (let j = 0; j < N; j++) {
      for (let i = 0; i < R; i++) {
        const v = Math.abs(this.#V[j * R + i]!);
        for (let k = 0; k < R; k++) this.#size[i * width + k]! += v * Math.abs(U[j * R + k]!);
        this.#size[i * width + R]! += v * Math.abs(this.#h[j]!);
      }
    }
    this.#A = new Float64Array(R * R);
    this.#b = new Float64Array(R);
    this.#jolted = new Float64Array(R * R);
    this.#z = new Float64Array(R);
    this.#slack = new Float64Array(R);
    this.#w = new Float64Array(R);
    this.#far = new Float64Array(R);
  }

  get isFit(): boolean {
    return [this.#size, this.#U, this.#V, this.#h].every((values) => values.every((x) => Math.abs(x) <= LARGEST));
  }

  surelyEmpty(mask: number): boolean {
    this.#assemble(mask);
    const Y = inverseOf(this.#jolted, this.#R);
    return Y !== undefined && this.#solve(Y) && this.#enclose(Y) && this.#isOutside(mask);
  }

  #assemble(mask: number): void {
    const R = this.#R;
    const [A, b, U, V] = [this.#A, this.#b, this.#U, this.#V];
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) A[i * R + k] = this.#base[i * (R + 1) + k]!;
      b[i] = -this.#base[i * (R + 1) + R]!;
    }
    for (let j = 0; j < this.#N; j++) {
      if (((mask >> j) & 1) === 0) continue;
      for (let i = 0; i < R; i++) {
        const v = V[j * R + i]!;
        if (v === 0) continue;
        for (let k = 0; k < R; k++) A[i * R + k]! += v * U[j * R + k]!;
        b[i]! += v * this.#h[j]!;
      }
    }
    // exactly singular matrices have an approximate inverse then; what it is worth is seen from K
    this.#jolted.set(A);
    for (let i = 0; i < R; i++) {
      let most = 0;
      for (let k = 0; k < R; k++) most = Math.max(most, Math.abs(A[i * R + k]!));
      this.#jolted[i * R + i]! += 2 ** -46 * most * (1 + i / (R + 0.7));
    }
  }

  /** Y b and w. @returns false where Y or w is too large. */
  #solve(Y: Float64Array): boolean {
    const R = this.#R;
    const [z, slack] = [this.#z, this.#slack];
    let largest = 0;
    for (let i = 0; i < R; i++) {
      z[i] = 0;
      slack[i] = 0;
      for (let a = 0; a < R; a++) {
        const y = Y[i * R + a]!;
        if (!(Math.abs(y) < LARGEST_WEIGHT)) return false;
        z[i]! += y * this.#b[a]!;
        slack[i]! += this.#gamma * Math.abs(y) * this.#size[a * (R + 1) + R]!;
      }
      largest = Math.max(largest, Math.abs(z[i]!) + slack[i]!);
    }
    if (!(largest < LARGEST_WEIGHT)) return false;
    for (let i = 0; i < R; i++) this.#w[i] = Math.abs(z[i]!) + slack[i]! + 2 ** -20 * largest + TINY;
    return true;
  }

  /** Bounds |z − Y b|. @returns false where K w ≤ w/2 is not sure. */
  #enclose(Y: Float64Array): boolean {
    const R = this.#R;
    const [A, w, gamma] = [this.#A, this.#w, this.#gamma];
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < R; n++) {
        let defect = n === i ? 1 : 0;
        let terms = 1;
        for (let a = 0; a < R; a++) {
          defect -= Y[i * R + a]! * A[a * R + n]!;
          terms += Math.abs(Y[i * R + a]!) * this.#size[a * (R + 1) + n]!;
        }
        sum += (Math.abs(defect) + gamma * terms) * w[n]!;
      }
      if (!(2 * sum <= w[i]!)) return false;
      this.#far[i] = 2 * sum + this.#slack[i]! + gamma * w[i]!;
    }
    return true;
  }

  /** Whether the sign of a hyperplane is surely wrong for the mask. */
  #isOutside(mask: number): boolean {
    const R = this.#R;
    for (let j = 0; j < this.#N; j++) {
      let value = -this.#h[j]!;
      let error = 0;
      for (let k = 0; k < R; k++) {
        value += this.#U[j * R + k]! * this.#z[k]!;
        error += Math.abs(this.#U[j * R + k]!) * this.#far[k]!;
      }
      const wrong = (mask >> j) & 1 ? -value : value;
      if (wrong > error * (1 + 2 ** -20) + this.#gamma * Math.abs(this.#h[j]!) + TINY) return true;
    }
    return false;
  }
}
