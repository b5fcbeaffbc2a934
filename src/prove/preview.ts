import type { BoxLevel } from "../check/boxes.ts";
import type { RootTable } from "../check/root.ts";

/**
 * G and its Jacobian at a box's centre: a cheap guess whether a functional is positive on all of the box. It spares
 * trying most of those that are not, and decides nothing.
 */
export class Preview {
  readonly #table: RootTable;
  readonly #G: Float64Array;
  readonly #J: Float64Array;
  #half: Float64Array;

  constructor(table: RootTable) {
    this.#table = table;
    this.#G = new Float64Array(table.dim);
    this.#J = new Float64Array(table.dim ** 2);
    this.#half = this.#G;
  }

  /** Looks at a box. */
  look({ centre, half, M, k, undecided, x, count }: BoxLevel): void {
    const { dim: R, U, V, b0, b1 } = this.#table;
    const G = this.#G;
    const J = this.#J;
    this.#half = half;
    for (let i = 0; i < R; i++) {
      G[i] = k[i];
      for (let n = 0; n < R; n++) {
        J[i * R + n] = M[i * R + n];
        G[i] += M[i * R + n] * centre[n];
      }
    }
    for (let q = 0; q < count; q++) {
      const j = undecided[q];
      if (x[q] <= b0[j]) continue;
      const above = x[q] >= b1[j];
      const value = (above ? b1[j] : x[q]) - b0[j];
      const at = j * R;
      for (let i = 0; i < R; i++) {
        const v = V[at + i];
        G[i] += v * value;
        if (above) continue;
        for (let n = 0; n < R; n++) J[i * R + n] += v * U[at + n];
      }
    }
  }

  /** Whether y·G may be positive on all of the box last looked at. */
  isHopeful(y: Float64Array): boolean {
    const R = y.length;
    const G = this.#G;
    const J = this.#J;
    const half = this.#half;
    let value = 0;
    for (let i = 0; i < R; i++) value += y[i] * G[i];
    if (!(value > 0)) return false;
    for (let n = 0; n < R; n++) {
      let slope = 0;
      for (let i = 0; i < R; i++) slope += y[i] * J[i * R + n];
      value -= Math.abs(slope) * half[n];
    }
    return value > 0;
  }
}
