import { ownerDirections, perturbation } from "../arrangement/directions.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { float64s, int32s } from "../base/small-arrays.ts";
import { Inverse, TINY, UNIT } from "./audit-inverse.ts";

/** Most numbers in all terms that are kept: 8 MiB. */
const MOST_NUMBERS = 2 ** 20;

/**
 * The first look of an audit at a subset: the subset's mask by the owner rule, and whether the mask's closed region can
 * hold a fixed point, in float64 with bounds of its own. The code shares nothing with the kernels of the stages: every
 * subset is solved from its rows alone, by Gauss–Jordan elimination with pivots, where the kernels walk along lines and
 * update inverses.
 *
 * Let Y ≈ B⁻¹ be as computed and q ≥ ‖I − YB‖∞ with all roundings in q. As B⁻¹ − Y = (I − YB)B⁻¹ and B⁻¹ = Σ_k
 * (I − YB)^k Y, entries of column j of B⁻¹ − Y are at most q/(1 − q)·max_k |Y_kj|. The bounds on vertices, signs and
 * solutions follow from this one. The caller decides exactly where these bounds decide nothing.
 *
 * Clipped networks have many hyperplanes through one point, or parallel to others, whose signs no bound tells. Three
 * cases are known in float64 even so. Rows that are equal or opposite are dependent. On one of two such hyperplanes the
 * sign at the other is that of the difference of their offsets. And where a subset's offsets are all zero, its vertex
 * is the origin: a hyperplane that is not through the origin has the sign of −h there, and the others have that of the
 * perturbed vertex, with δ for h (docs/design.md#symbolic-perturbation).
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
  /** n: δ, for subsets whose vertex is the origin. */
  #lazyDeltas: Float64Array | undefined;
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

  /**
   * Whether a subset is surely dependent: two of its rows are equal or opposite. Other dependent rows are not told.
   */
  surelyDependent(subset: ArrayLike<number>): boolean {
    for (let i = 0; i < subset.length; i++) if (this.#twin(subset, subset[i]!, i) !== 0) return true;
    return false;
  }

  /** The mask of a subset, one entry per merged hyperplane; undefined where float64 does not tell. */
  maskOf(subset: ArrayLike<number>): Uint8Array | undefined {
    return this.#findMask(subset) ? this.#bits : undefined;
  }

  #findMask(subset: ArrayLike<number>): boolean {
    const inverse = this.#corner;
    const { dim: rho, B, Y } = inverse;
    const rows = this.#rows;
    const k = subset.length;
    for (let i = 0; i < k; i++) for (let c = 0; c < rho; c++) B[i * rho + c] = rows[subset[i]! * rho + c]!;
    for (let at = k * rho; at < rho * rho; at++) B[at] = this.#directions[at - k * rho]!;
    if (!inverse.invert()) return false;
    const { spread, columnMost } = inverse;
    const z = this.#z;
    // a vertex, or for fewer hyperplanes the far end of the line that the directions choose among theirs: there offsets
    // do not count
    const far = k < rho;
    const isCentral = !far && this.#isCentral(subset);
    const offsets = isCentral ? this.#deltas : this.#offsets;
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
    return this.#findSigns(subset, offsets, relative) && this.#findOwnBits(subset);
  }

  /** Whether the hyperplanes of a subset all go through the origin. */
  #isCentral(subset: ArrayLike<number>): boolean {
    const { h } = this.#reduced;
    for (let i = 0; i < subset.length; i++) {
      if (this.#offsets[subset[i]!] !== 0 || !h.isExact(subset[i]!)) return false;
    }
    return true;
  }

  get #deltas(): Float64Array {
    if (this.#lazyDeltas === undefined) {
      this.#lazyDeltas = float64s(this.#bits.length);
      for (let j = 0; j < this.#bits.length; j++) this.#lazyDeltas[j] = perturbation(0, j);
    }
    return this.#lazyDeltas;
  }

  /**
   * The signs at the subset's point, of u_j·z − h_j.
   * @param heights `#offsets`, or `#deltas` where the vertex is the origin.
   * @returns false if one that is not the subset's is not clear.
   */
  #findSigns(subset: ArrayLike<number>, heights: Float64Array, relative: number): boolean {
    const { dim: rho } = this.#corner;
    const rows = this.#rows;
    const sizes = this.#sizes;
    const isCentral = heights !== this.#offsets;
    // far out offsets do not count
    const share = Number(subset.length === rho);
    const bits = this.#bits;
    const z = this.#z;
    const rounding = 1.01 * (rho + 4) * UNIT;
    const first = rho > 0 ? z[0]! : 0;
    const second = rho > 1 ? z[1]! : 0;
    const third = rho > 2 ? z[2]! : 0;
    for (let j = 0, at = 0; j < bits.length; j++, at += rho) {
      const offset = share * heights[j]!;
      let s = -offset;
      // most systems have few dimensions, and a loop for them takes twice as long
      if (rho === 3) s += rows[at]! * first + rows[at + 1]! * second + rows[at + 2]! * third;
      else if (rho === 2) s += rows[at]! * first + rows[at + 1]! * second;
      else for (let c = 0; c < rho; c++) s += rows[at + c]! * z[c]!;
      // a number and not a choice: signs are hard to foresee
      bits[j] = Number(s > 0);
      // a comparison that NaN fails
      const isClear = Math.abs(s) > relative * sizes[j]! + rounding * Math.abs(offset);
      if ((!isClear || isCentral) && !includes(subset, j) && !this.#decide(subset, j, isClear, isCentral)) return false;
    }
    return true;
  }

  /**
   * Sets the bit of a hyperplane whose sign the bounds do not tell, or that may not go through a central vertex.
   * @returns whether its sign is known.
   */
  #decide(subset: ArrayLike<number>, j: number, isClear: boolean, isCentral: boolean): boolean {
    const h = this.#offsets[j]!;
    if (isCentral) {
      if (h === 0) return isClear && this.#reduced.h.isExact(j);
      this.#bits[j] = Number(h < 0);
      return true;
    }
    const twin = this.#twin(subset, j, subset.length);
    if (twin === 0) return false;
    const height = this.#offsets[subset[Math.abs(twin) - 1]!]!;
    const difference = (twin > 0 ? height : -height) - h;
    this.#bits[j] = Number(difference > 0);
    return difference !== 0;
  }

  /**
   * Looks for the row of j among the first `count` of a subset.
   * @returns place + 1 of an equal row, −(place + 1) of an opposite one, 0 where there is neither.
   */
  #twin(subset: ArrayLike<number>, j: number, count: number): number {
    const { dim: rho } = this.#corner;
    const rows = this.#rows;
    for (let i = 0; i < count; i++) {
      let equal = 0;
      let opposite = 0;
      for (let c = 0; c < rho; c++) {
        const u = rows[j * rho + c]!;
        const v = rows[subset[i]! * rho + c]!;
        equal += Number(u === v);
        opposite += Number(u === -v);
      }
      if (equal === rho) return i + 1;
      if (opposite === rho) return -i - 1;
    }
    return 0;
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

function includes(subset: ArrayLike<number>, j: number): boolean {
  for (let i = 0; i < subset.length; i++) if (subset[i] === j) return true;
  return false;
}
