/**
 * λ ≥ 0 of the P constraints a_i that meet at a vertex with Σ λ_i a_i = −sign·f in float64, those below 0 set to 0.
 * Which numbers they are is no matter of truth: `Polytope.lowerBound` holds for any λ ≥ 0.
 */
export class Multipliers {
  /** P. */
  readonly dim: number;
  readonly lambda: Float64Array;
  /** Whether the last multipliers had one below 0. */
  clamped = false;
  readonly #G: Float64Array;

  constructor(dim: number) {
    this.dim = dim;
    this.lambda = new Float64Array(dim);
    this.#G = new Float64Array(dim * (dim + 1));
  }

  /**
   * Finds λ for vertex v.
   * @param rows constraints, P numbers each. @param meets P constraints for each vertex. @param f P numbers from `at`
   *   on.
   * @returns false if there are none.
   */
  find(rows: Float64Array, meets: Int32Array, v: number, f: Float64Array, at: number, sign: 1 | -1): boolean {
    const { dim: P, lambda } = this;
    if (P === 2) {
      const a = meets[2 * v]! * 2;
      const b = meets[2 * v + 1]! * 2;
      const determinant = rows[a]! * rows[b + 1]! - rows[a + 1]! * rows[b]!;
      const x = -sign * f[at]!;
      const y = -sign * f[at + 1]!;
      const first = (x * rows[b + 1]! - y * rows[b]!) / determinant;
      const second = (y * rows[a]! - x * rows[a + 1]!) / determinant;
      lambda[0] = first > 0 ? first : 0;
      lambda[1] = second > 0 ? second : 0;
      this.clamped = first < 0 || second < 0;
      return first < Number.POSITIVE_INFINITY && second < Number.POSITIVE_INFINITY;
    }
    const G = this.#G;
    const W = P + 1;
    for (let i = 0; i < P; i++) {
      const row = meets[v * P + i]! * P;
      for (let p = 0; p < P; p++) G[p * W + i] = rows[row + p]!;
    }
    for (let p = 0; p < P; p++) G[p * W + P] = -sign * f[at + p]!;
    for (let i = 0; i < P; i++) {
      let pivot = i;
      for (let p = i + 1; p < P; p++) if (Math.abs(G[p * W + i]!) > Math.abs(G[pivot * W + i]!)) pivot = p;
      if (!(Math.abs(G[pivot * W + i]!) > 0)) return false;
      if (pivot !== i) {
        for (let q = i; q < W; q++) {
          const kept = G[i * W + q]!;
          G[i * W + q] = G[pivot * W + q]!;
          G[pivot * W + q] = kept;
        }
      }
      for (let p = i + 1; p < P; p++) {
        const factor = G[p * W + i]! / G[i * W + i]!;
        if (factor === 0) continue;
        for (let q = i + 1; q < W; q++) G[p * W + q]! -= factor * G[i * W + q]!;
      }
    }
    for (let i = P - 1; i >= 0; i--) {
      let sum = G[i * W + P]!;
      for (let q = i + 1; q < P; q++) sum -= G[i * W + q]! * lambda[q]!;
      lambda[i] = sum / G[i * W + i]!;
    }
    this.clamped = false;
    for (let i = 0; i < P; i++) {
      if (!(lambda[i]! < Number.POSITIVE_INFINITY)) return false;
      if (lambda[i]! < 0) this.clamped = true;
      if (!(lambda[i]! > 0)) lambda[i] = 0;
    }
    return true;
  }
}
