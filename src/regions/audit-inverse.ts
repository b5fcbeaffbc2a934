import { float64s } from "../base/small-arrays.ts";

/**
 * More than sums of products lose to underflow, and more than `F64.tiny`: systems that are `fit` have rows of U near 1.
 */
export const TINY = 2 ** -900;
export const UNIT = 2 ** -53;
/** An inverse is used where ‖I − YB‖ is at most this. */
const WELL_CONDITIONED = 0.25;

/** An inverse by Gauss and Jordan, with what it may be wrong by. */
export class Inverse {
  readonly dim: number;
  /** The matrix, row-major: to be filled in. */
  readonly B: Float64Array;
  readonly Y: Float64Array;
  /** |B⁻¹ − Y| ≤ spread·columnMost, where columnMost_j = max_k |Y_kj|. */
  spread = 0;
  readonly columnMost: Float64Array;
  readonly #work: Float64Array;

  constructor(dim: number, B: Float64Array = float64s(dim * dim)) {
    this.dim = dim;
    this.B = B;
    this.Y = float64s(dim * dim);
    this.columnMost = float64s(dim);
    this.#work = float64s(dim * dim);
  }

  /**
   * @param magnitude entrywise: what is to be inverted differs from B by at most `relative` of it, and by `TINY`.
   * @returns false where float64 gives no inverse that can be relied on.
   */
  invert(magnitude?: Float64Array, relative = 0): boolean {
    const { dim: n, B, Y, columnMost } = this;
    this.#eliminate();
    columnMost.fill(0);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < n; j++, at++) columnMost[j] = Math.max(columnMost[j]!, Math.abs(Y[at]!));
    }
    let most = 0;
    for (let i = 0; i < n; i++) {
      let row = 0;
      for (let j = 0; j < n; j++) {
        let sum = i === j ? -1 : 0;
        let size = 0;
        let unknown = 0;
        for (let k = 0; k < n; k++) {
          const y = Y[i * n + k]!;
          const product = y * B[k * n + j]!;
          sum += product;
          size += Math.abs(product);
          if (magnitude !== undefined) unknown += Math.abs(y) * (relative * magnitude[k * n + j]! + TINY);
        }
        row += Math.abs(sum) + (n + 4) * 2 * UNIT * (size + 1) + unknown;
      }
      // a comparison that NaN fails
      if (!(row <= WELL_CONDITIONED)) return false;
      most = Math.max(most, row);
    }
    this.spread = (1.01 * most) / (1 - 1.01 * most);
    return true;
  }

  /** Y from B, by rows with the largest pivot; entries may be infinite or NaN where there is none. */
  #eliminate(): void {
    const { dim: n, Y } = this;
    const A = this.#work;
    A.set(this.B);
    Y.fill(0);
    for (let i = 0; i < n; i++) Y[i * n + i] = 1;
    for (let p = 0; p < n; p++) {
      let best = p;
      for (let i = p + 1; i < n; i++) if (Math.abs(A[i * n + p]!) > Math.abs(A[best * n + p]!)) best = i;
      if (best !== p) {
        swapRows(A, n, p, best);
        swapRows(Y, n, p, best);
      }
      const inverse = 1 / A[p * n + p]!;
      for (let c = 0; c < n; c++) {
        A[p * n + c]! *= inverse;
        Y[p * n + c]! *= inverse;
      }
      for (let i = 0; i < n; i++) {
        const factor = A[i * n + p]!;
        if (i === p || factor === 0) continue;
        for (let c = 0; c < n; c++) {
          A[i * n + c]! -= factor * A[p * n + c]!;
          Y[i * n + c]! -= factor * Y[p * n + c]!;
        }
      }
    }
  }
}

function swapRows(matrix: Float64Array, n: number, a: number, b: number): void {
  for (let c = 0; c < n; c++) {
    const kept = matrix[a * n + c]!;
    matrix[a * n + c] = matrix[b * n + c]!;
    matrix[b * n + c] = kept;
  }
}
