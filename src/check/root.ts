import { type Dyadic, toNumber } from "../model/dyadic.ts";
import { setBit } from "../model/mask.ts";
import { type ExactRoot, pairsOf } from "./exact-root.ts";
import { require } from "./refusal.ts";
import { gammaOf, halfWidth, LIMIT, projectionShare, TINY } from "./rounding.ts";

/**
 * G in the coordinates of a root box in float64, equation i times 2^scale_i, as M y + c + Σ_j v_j φ_j(u_j·y) with
 * φ(x) = min(max(x − b0, 0), b1 − b0), b1 = ∞ for a unit of one hyperplane.
 */
export interface RootTable {
  /** The same, exactly, unit by unit as hyperplanes, and without scale. */
  readonly exact: ExactRoot;
  readonly dim: number;
  /** L units. */
  readonly count: number;
  /** N hyperplanes. */
  readonly hyperplanes: number;
  readonly M: Float64Array;
  readonly c: Float64Array;
  /** L×R, L×R, L, L. */
  readonly U: Float64Array;
  readonly V: Float64Array;
  readonly b0: Float64Array;
  readonly b1: Float64Array;
  /** L: the margin of a unit's projection. */
  readonly margin: Float64Array;
  /** Of each unit the hyperplane of its first kink, and of its second or −1. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** N×R and N: all hyperplanes, for the regions that a box meets. */
  readonly planes: Float64Array;
  readonly offsets: Float64Array;
  /** R: the largest |y_k| on the root. */
  readonly reach: Float64Array;
  /** R×R and R: bounds on the terms of S = M + Σ s_j v_j u_jᵀ, |s| ≤ 1, and of G (rounding.ts). */
  readonly slopes: Float64Array;
  readonly beta: Float64Array;
  readonly gamma: number;
}

/** Throws a Refusal where a number is past LIMIT. */
export function rootTable(
  root: ExactRoot,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  scale: ArrayLike<number>,
): RootTable {
  const { dim: R, count: N } = root;
  const pairs = pairsOf(root);
  const L = pairs.length;
  const rounded = (x: Dyadic, e = 0): number => (x.m === 0n ? 0 : toNumber({ m: x.m, e: x.e + e }));
  const M = Float64Array.from(root.M, (x, at) => rounded(x, scale[Math.floor(at / R)]));
  const c = Float64Array.from(root.c, (x, i) => rounded(x, scale[i]));
  const planes = Float64Array.from(root.U, (x) => rounded(x));
  const offsets = Float64Array.from(root.h, (x) => rounded(x));
  const U = new Float64Array(L * R);
  const V = new Float64Array(L * R);
  const low = Int32Array.from(pairs, ([i]) => i);
  const high = Int32Array.from(pairs, ([, j]) => j);
  const b0 = Float64Array.from(pairs, ([i]) => offsets[i]!);
  const b1 = Float64Array.from(pairs, ([, j]) => (j < 0 ? Number.POSITIVE_INFINITY : offsets[j]!));
  const reach = Float64Array.from({ length: R }, (_, k) => Math.max(Math.abs(lo[k]!), Math.abs(hi[k]!)));
  const margin = new Float64Array(L);
  const slopes = M.map(Math.abs);
  const beta = c.map(Math.abs);
  for (let i = 0; i < R; i++) for (let k = 0; k < R; k++) beta[i]! += slopes[i * R + k]! * reach[k]!;
  let largest = 0;
  for (let j = 0; j < L; j++) {
    let span = Math.abs(b0[j]!);
    for (let k = 0; k < R; k++) {
      U[j * R + k] = planes[low[j]! * R + k]!;
      span += Math.abs(U[j * R + k]!) * reach[k]!;
      largest = Math.max(largest, Math.abs(U[j * R + k]!));
    }
    margin[j] = projectionShare(R) * span + TINY;
    largest = Math.max(largest, span);
    for (let i = 0; i < R; i++) {
      const v = rounded(root.V[low[j]! * R + i]!, scale[i]);
      V[j * R + i] = v;
      largest = Math.max(largest, Math.abs(v));
      beta[i]! += Math.abs(v) * span;
      for (let k = 0; k < R; k++) slopes[i * R + k]! += Math.abs(v) * Math.abs(U[j * R + k]!);
    }
  }
  for (const values of [M, c, reach, slopes, beta]) for (const x of values) largest = Math.max(largest, Math.abs(x));
  require(largest <= LIMIT, "numbers too large for float64");
  const gamma = gammaOf(L, R);
  return {
    ...{ exact: root, dim: R, count: L, hyperplanes: N, M, c, U, V, b0, b1, margin, low, high, planes, offsets, reach },
    ...{ slopes, beta, gamma },
  };
}

/**
 * Whether every hyperplane that does not pass through a point has on all of a box the side that it has at the point.
 *
 * @param signs of all hyperplanes at the point.
 */
export function keepsSides(
  { dim: R, hyperplanes: N, planes, offsets }: RootTable,
  signs: ArrayLike<number>,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
): boolean {
  for (let j = 0; j < N; j++) {
    if (signs[j] === 0) continue;
    let gap = -offsets[j]!;
    let width = 0;
    let span = Math.abs(offsets[j]!);
    for (let k = 0; k < R; k++) {
      const u = planes[j * R + k]!;
      const centre = 0.5 * (lo[k]! + hi[k]!);
      gap += u * centre;
      width += Math.abs(u) * halfWidth(lo[k]!, hi[k]!, centre);
      span += Math.abs(u) * Math.max(Math.abs(lo[k]!), Math.abs(hi[k]!));
    }
    if (!(signs[j]! * gap > (width + projectionShare(R) * span) * (1 + 2 ** -40) + TINY)) return false;
  }
  return true;
}

/** The hyperplanes whose side of a box float64 does not tell, and the bits of all others there. */
export function sidesOfBox(
  table: RootTable,
  centre: ArrayLike<number>,
  half: ArrayLike<number>,
): { readonly unsure: readonly number[]; readonly mask: Uint32Array } {
  const { dim: R, hyperplanes: N, planes, offsets, reach } = table;
  const mask = new Uint32Array(Math.max(1, Math.ceil(N / 32)));
  const unsure: number[] = [];
  for (let j = 0; j < N; j++) {
    let gap = -offsets[j]!;
    let width = 0;
    let span = Math.abs(offsets[j]!);
    for (let k = 0; k < R; k++) {
      const u = planes[j * R + k]!;
      gap += u * centre[k]!;
      width += Math.abs(u) * half[k]!;
      span += Math.abs(u) * reach[k]!;
    }
    if (!(Math.abs(gap) > (width + projectionShare(R) * span) * (1 + 2 ** -40) + TINY)) {
      unsure.push(j);
    } else if (gap > 0) setBit(mask, j);
  }
  return { unsure, mask };
}
