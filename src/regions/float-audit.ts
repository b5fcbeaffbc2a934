import { ownerDirections } from "../arrangement/directions.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { float64s, int32s } from "../base/small-arrays.ts";

/**
 * More than sums of products lose to underflow, and more than `F64.tiny`: systems that are `fit` have rows of U near 1.
 */
const TINY = 2 ** -900;
const UNIT = 2 ** -53;
/** Most numbers in all terms that are kept: 8 MiB. */
const MOST_NUMBERS = 2 ** 20;
/** An inverse is used where ‖I − YB‖ is at most this. */
const WELL_CONDITIONED = 0.25;

/**
 * The first look of an audit at a subset: the subset's mask by the owner rule, and whether the mask's closed region can
 * hold a fixed point, in float64 with bounds of its own. The code shares nothing with the kernels of the stages: every
 * subset is solved from its rows alone, by Gauss–Jordan elimination with pivots, where the kernels walk along lines and
 * update inverses.
 *
 * Let Y ≈ B⁻¹ be as computed and q ≥ ‖I − YB‖∞ with all roundings in q. As B⁻¹ − Y = (I − YB)B⁻¹ and B⁻¹ = Σ_k
 * (I − YB)^k Y, entries of column j of B⁻¹ − Y are at most q/(1 − q)·max_k |Y_kj|. The bounds on vertices, signs and
 * solutions follow from this one. The caller decides exactly where these bounds decide nothing.
 */
export class FloatAudit {
  readonly #reduced: ReducedSystem;
  readonly #directions: Float64Array;
  /** n×ρ, rows of U in the chosen columns. */
  readonly #rows: Float64Array;
  /** n: Σ_k |u_jk| of these rows, and of whole rows. */
  readonly #sizes: Float64Array;
  readonly #wholeSizes: Float64Array;
  readonly #corner: Inverse;
  readonly #region: Inverse;
  readonly #bits: Uint8Array;
  /** n + 1: where the terms of hyperplanes with a bit begin. */
  readonly #on: Int32Array;
  /** n: h, rounded. */
  readonly #offsets: Float64Array;
  readonly #z: Float64Array;
  /** R×R and R: `#region.B` and b, in one array, whose length is a multiple of four. */
  readonly #sums: Float64Array;
  readonly #b: Float64Array;
  /** The sums over no hyperplane, and the terms of each, as far as there is room for them. */
  readonly #constants: Float64Array;
  readonly #terms: Float64Array | undefined;

  /** @param reduced a system that is `fit`. @param attempt owner directions. */
  constructor(reduced: ReducedSystem, attempt: number) {
    const { count: n, latentDim: R, columns, U } = reduced;
    const rho = columns.length;
    this.#reduced = reduced;
    this.#offsets = reduced.h.rounded;
    this.#directions = ownerDirections(rho, attempt);
    this.#rows = float64s(n * rho);
    this.#sizes = float64s(n);
    this.#wholeSizes = float64s(n);
    for (let j = 0; j < n; j++) {
      columns.forEach((c, k) => {
        this.#rows[j * rho + k] = U[j * R + c]!;
        this.#sizes[j]! += Math.abs(U[j * R + c]!);
      });
      for (let k = 0; k < R; k++) this.#wholeSizes[j]! += Math.abs(U[j * R + k]!);
    }
    this.#corner = new Inverse(rho);
    this.#sums = float64s(4 * Math.ceil((R * (R + 1)) / 4));
    this.#region = new Inverse(R, this.#sums.subarray(0, R * R));
    this.#b = this.#sums.subarray(R * R, R * (R + 1));
    this.#constants = float64s(this.#sums.length);
    this.#constants.set(reduced.sums.now.M);
    this.#constants.set(reduced.sums.now.g, R * R);
    const size = this.#sums.length;
    if (n * size <= MOST_NUMBERS) {
      this.#terms = new Float64Array(n * size);
      for (let j = 0; j < n; j++) this.#addTerm(j, this.#terms, j * size);
    }
    this.#bits = new Uint8Array(n);
    this.#on = int32s(n + 1);
    this.#z = float64s(Math.max(R, rho));
  }

  /**
   * @param subset ascending merged hyperplanes.
   * @returns true if the subset's region surely holds no fixed point, false where float64 does not tell.
   */
  surelyEmpty(subset: ArrayLike<number>): boolean {
    return this.#findMask(subset) && this.#excludes();
  }

  /**
   * @param mask over the merged hyperplanes, at most 32 of them.
   * @returns true if the mask's region surely holds no fixed point, false where float64 does not tell.
   */
  surelyEmptyMask(mask: number): boolean {
    for (let j = 0; j < this.#bits.length; j++) this.#bits[j] = (mask >>> j) & 1;
    return this.#excludes();
  }

  /** The mask of a subset, one entry per merged hyperplane; undefined where float64 does not tell. */
  maskOf(subset: ArrayLike<number>): Uint8Array | undefined {
    return this.#findMask(subset) ? this.#bits : undefined;
  }

  #findMask(subset: ArrayLike<number>): boolean {
    const inverse = this.#corner;
    const { dim: rho, B, Y } = inverse;
    const rows = this.#rows;
    const offsets = this.#offsets;
    const k = subset.length;
    for (let i = 0; i < k; i++) for (let c = 0; c < rho; c++) B[i * rho + c] = rows[subset[i]! * rho + c]!;
    for (let at = k * rho; at < rho * rho; at++) B[at] = this.#directions[at - k * rho]!;
    if (!inverse.invert()) return false;
    const { spread, columnMost } = inverse;
    const z = this.#z;
    // a vertex, or for fewer hyperplanes the far end of the line that the directions choose among theirs: there offsets
    // do not count
    const far = k < rho;
    let error = TINY;
    if (far) {
      for (let i = 0; i < rho; i++) z[i] = -Y[i * rho + rho - 1]!;
      error += spread * columnMost[rho - 1]!;
    } else {
      let size = 0;
      for (let j = 0; j < rho; j++) size += columnMost[j]! * Math.abs(offsets[subset[j]!]!);
      for (let i = 0; i < rho; i++) {
        let sum = 0;
        for (let j = 0; j < rho; j++) sum += Y[i * rho + j]! * offsets[subset[j]!]!;
        z[i] = sum;
      }
      error += (spread + (rho + 4) * UNIT) * size;
    }
    let largest = 0;
    for (let i = 0; i < rho; i++) largest = Math.max(largest, Math.abs(z[i]!));
    const relative = 1.01 * (error + (rho + 4) * UNIT * largest);
    return this.#findSigns(subset, far ? 0 : 1, relative) && this.#findOwnBits(subset);
  }

  /**
   * The signs of u_j·z − h_j, with `offsets` for h where `share` is 1 and 0 where it is 0.
   * @returns false if one that is not the subset's is not clear.
   */
  #findSigns(subset: ArrayLike<number>, share: 0 | 1, relative: number): boolean {
    const { dim: rho } = this.#corner;
    const rows = this.#rows;
    const sizes = this.#sizes;
    const offsets = this.#offsets;
    const bits = this.#bits;
    const z = this.#z;
    const rounding = 1.01 * (rho + 4) * UNIT;
    const first = rho > 0 ? z[0]! : 0;
    const second = rho > 1 ? z[1]! : 0;
    const third = rho > 2 ? z[2]! : 0;
    for (let j = 0, at = 0; j < bits.length; j++, at += rho) {
      const offset = share * offsets[j]!;
      let s = -offset;
      // most systems have few dimensions, and a loop for them takes twice as long
      if (rho === 3) s += rows[at]! * first + rows[at + 1]! * second + rows[at + 2]! * third;
      else if (rho === 2) s += rows[at]! * first + rows[at + 1]! * second;
      else for (let c = 0; c < rho; c++) s += rows[at + c]! * z[c]!;
      // a number and not a choice: signs are hard to foresee
      bits[j] = Number(s > 0);
      // a comparison that NaN fails
      if (!(Math.abs(s) > relative * sizes[j]! + rounding * Math.abs(offset)) && !includes(subset, j)) return false;
    }
    return true;
  }

  /** (B⁻ᵀ c_{ρ−k+1})_t > 0 for each t of the subset. */
  #findOwnBits(subset: ArrayLike<number>): boolean {
    const { dim: rho, Y, spread, columnMost } = this.#corner;
    const k = subset.length;
    const directions = this.#directions;
    const row = (rho - k) * rho;
    for (let t = 0; t < k; t++) {
      let sum = 0;
      for (let i = 0; i < rho; i++) sum += Y[i * rho + t]! * directions[row + i]!;
      // entries of the directions are below 1 in magnitude
      const bound = 1.01 * rho * (spread + (rho + 4) * UNIT) * columnMost[t]! + TINY;
      if (!(Math.abs(sum) > bound)) return false;
      this.#bits[subset[t]!] = sum > 0 ? 1 : 0;
    }
    return true;
  }

  /**
   * Whether the region of `#bits` surely holds no fixed point: its system has one solution, on the wrong side of some
   * hyperplane.
   */
  #excludes(): boolean {
    const { latentDim: R, U, terms, sums } = this.#reduced;
    const { matrixMagnitude, rhsMagnitude } = sums.now;
    const inverse = this.#region;
    const { Y } = inverse;
    const b = this.#b;
    const bits = this.#bits;
    const offsets = this.#offsets;
    this.#form();
    // γ_m with m = `terms`, twice over
    const gamma = 2 * (terms + 4) * UNIT;
    if (!inverse.invert(matrixMagnitude, gamma)) return false;
    const { spread, columnMost } = inverse;
    let error = TINY;
    for (let j = 0; j < R; j++) {
      const wrong = gamma * rhsMagnitude[j]! + TINY;
      error += columnMost[j]! * ((spread + (R + 4) * UNIT) * (Math.abs(b[j]!) + wrong) + wrong);
    }
    const z = this.#z;
    let largest = 0;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let j = 0; j < R; j++) sum += Y[i * R + j]! * b[j]!;
      z[i] = sum;
      largest = Math.max(largest, Math.abs(sum));
    }
    const relative = 1.01 * (error + (R + 4) * UNIT * largest);
    const rounding = 1.01 * (R + 4) * UNIT;
    for (let j = 0, at = 0; j < bits.length; j++) {
      let s = -offsets[j]!;
      for (let c = 0; c < R; c++, at++) s += U[at]! * z[c]!;
      if (s > 0 === (bits[j] === 1)) continue;
      if (Math.abs(s) > relative * this.#wholeSizes[j]! + rounding * Math.abs(offsets[j]!)) return true;
    }
    return false;
  }

  /** M + VᵀDU and VᵀDh + g of the region of `#bits`, hyperplane by hyperplane. */
  #form(): void {
    const bits = this.#bits;
    const sums = this.#sums;
    const terms = this.#terms;
    sums.set(this.#constants);
    if (terms === undefined) {
      for (let j = 0; j < bits.length; j++) if (bits[j] === 1) this.#addTerm(j, sums, 0);
      return;
    }
    const on = this.#on;
    let count = 0;
    for (let j = 0; j < bits.length; j++) {
      on[count] = j * sums.length;
      count += bits[j]!;
    }
    // four sums at a time, which need not wait for each other
    for (let at = 0; at < sums.length; at += 4) {
      let first = sums[at]!;
      let second = sums[at + 1]!;
      let third = sums[at + 2]!;
      let fourth = sums[at + 3]!;
      for (let q = 0; q < count; q++) {
        const from = on[q]! + at;
        first += terms[from]!;
        second += terms[from + 1]!;
        third += terms[from + 2]!;
        fourth += terms[from + 3]!;
      }
      sums[at] = first;
      sums[at + 1] = second;
      sums[at + 2] = third;
      sums[at + 3] = fourth;
    }
  }

  /** Adds v_j u_jᵀ, then v_j h_j, to numbers from a place on. */
  #addTerm(j: number, to: Float64Array, from: number): void {
    const { latentDim: R, U, sums } = this.#reduced;
    const { V } = sums.now;
    let at = from;
    for (let i = j * R; i < (j + 1) * R; i++) for (let c = j * R; c < (j + 1) * R; c++) to[at++]! += V[i]! * U[c]!;
    for (let i = j * R; i < (j + 1) * R; i++) to[at++]! += V[i]! * this.#offsets[j]!;
  }
}

/** An inverse by Gauss and Jordan, with what it may be wrong by. */
class Inverse {
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

function includes(subset: ArrayLike<number>, j: number): boolean {
  for (let i = 0; i < subset.length; i++) if (subset[i] === j) return true;
  return false;
}

function swapRows(matrix: Float64Array, n: number, a: number, b: number): void {
  for (let c = 0; c < n; c++) {
    const kept = matrix[a * n + c]!;
    matrix[a * n + c] = matrix[b * n + c]!;
    matrix[b * n + c] = kept;
  }
}
