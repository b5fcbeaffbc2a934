import type { OrbitMap } from "../../check/orbits/orbit-map.ts";
import { approximateInverse } from "../../float/inverse.ts";
import { strideOf } from "./dual-simplex.ts";

/*
 * The points of an orbit in terms of its units. With B = I + M + Σ v_j u_jᵀ over the folded units, w_{t+1} = B w_t +
 * f_t for f_t = Σ_j v_j e_tj + c τ, where e is relu(s), or relu(−s) for a folded unit, as relu(s) = s + relu(−s). So
 *
 *     w_t = Σ_{m<k} H_m f_{t−1−m},    H_m = B^m (I − B^k)⁻¹.
 */

/** Foldings that are tried: none, all, and by the bits of a hash. */
const FOLDINGS = 6;
/** Products of powers of B beyond which only the first folding that serves is made. */
const MOST_PRODUCTS = 2 ** 24;
/**
 * Where no folding leaves I − B^k regular, B is shrunk by so much: the program is heuristic, and a little wrong then.
 */
const SHRINK = 1 - 2 ** -20;

/** The folding of units for which the program's numbers are smallest, and its H. */
export function bestFolding(map: OrbitMap, k: number, signs: Int8Array): { folded: Uint8Array; H: Float64Array } {
  const { count: N } = map;
  for (const shrink of [1, SHRINK]) {
    let best: { folded: Uint8Array; H: Float64Array } | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < FOLDINGS; attempt++) {
      const folded = new Uint8Array(N);
      for (let j = 0; j < N; j++) {
        if (signs[j] !== 0) folded[j] = signs[j]! > 0 ? 1 : 0;
        else if (attempt > 0)
          folded[j] = attempt === 1 ? 1 : (Math.imul(j * FOLDINGS + attempt, 0x9e3779b1) >>> 13) & 1;
      }
      const H = powers(map, folded, k, shrink);
      if (H === undefined) continue;
      const size = H.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      // none folded, unless it is much worse
      if (!(size * (attempt === 0 ? 1 / 16 : 1) < least)) continue;
      least = size * (attempt === 0 ? 1 / 16 : 1);
      best = { folded, H };
      if (k * map.dim ** 3 > MOST_PRODUCTS) return best;
    }
    if (best !== undefined && (least < 2 ** 24 || shrink < 1)) return best;
  }
  return { folded: new Uint8Array(N), H: new Float64Array(k * map.dim * map.dim) };
}

/** H_m = B^m (I − B^k)⁻¹ for m < k, or undefined. */
function powers(map: OrbitMap, folded: Uint8Array, k: number, shrink: number): Float64Array | undefined {
  const { dim: R, count: N, M, U, V } = map;
  const B = M.slice();
  for (let i = 0; i < R; i++) B[i * R + i]! += 1;
  for (let j = 0; j < N; j++) {
    if (!folded[j]) continue;
    for (let i = 0; i < R; i++) for (let l = 0; l < R; l++) B[i * R + l]! += V[j * R + i]! * U[j * R + l]!;
  }
  for (let i = 0; i < R * R; i++) B[i]! *= shrink;
  let power = B;
  for (let m = 1; m < k; m++) power = product(power, B, R);
  const defect = power.map((x, at) => (at % (R + 1) === 0 ? 1 : 0) - x);
  const inverse = new Float64Array(R * R);
  if (!approximateInverse(defect, inverse, R)) return undefined;
  const H = new Float64Array(k * R * R);
  let next = inverse;
  for (let m = 0; m < k; m++) {
    H.set(next, m * R * R);
    next = product(B, next, R);
  }
  return H.every(Number.isFinite) ? H : undefined;
}

function product(A: Float64Array, B: Float64Array, R: number): Float64Array<ArrayBuffer> {
  const C = new Float64Array(R * R);
  for (let i = 0; i < R; i++) {
    for (let l = 0; l < R; l++) {
      const a = A[i * R + l]!;
      if (a !== 0) for (let n = 0; n < R; n++) C[i * R + n]! += a * B[l * R + n]!;
    }
  }
  return C;
}

/** Rows of the first basis: partners of the e, lines (filled when they are loaded), the w, and leads. */
export function fillTableau(
  map: OrbitMap,
  k: number,
  kept: readonly number[],
  folded: Uint8Array,
  H: Float64Array,
  T: Float64Array,
): void {
  const { dim: R, count: N, g, U, V, h } = map;
  const K = kept.length;
  const n = k * K;
  const columns = n + 1;
  const stride = strideOf(columns);
  const c = g.map((x) => -x);
  for (let j = 0; j < N; j++) if (folded[j]) for (let i = 0; i < R; i++) c[i]! -= h[j]! * V[j * R + i]!;
  // responses of w to each e, and to τ
  const responses = new Float64Array(k * R * K);
  const constant = new Float64Array(R);
  for (let m = 0; m < k; m++) {
    for (let i = 0; i < R; i++) {
      for (let l = 0; l < R; l++) {
        const x = H[(m * R + i) * R + l]!;
        constant[i]! += x * c[l]!;
        for (let a = 0; a < K; a++) responses[(m * R + i) * K + a]! += x * V[kept[a]! * R + l]!;
      }
    }
  }
  const points = 2 * n;
  for (let t = 0; t < k; t++) {
    for (let i = 0; i < R; i++) {
      const row = (points + t * R + i) * stride;
      for (let m = 0; m < k; m++) {
        const from = ((t - 1 - m + 2 * k) % k) * K;
        for (let a = 0; a < K; a++) T[row + from + a] = responses[(m * R + i) * K + a]!;
      }
      T[row + n] = constant[i]!;
    }
    for (let a = 0; a < K; a++) {
      const j = kept[a]!;
      // the partner is p = s + q, or q = p − s
      const sign = folded[j] ? 1 : -1;
      const row = (t * K + a) * stride;
      for (let i = 0; i < R; i++) {
        const u = sign * U[j * R + i]!;
        const from = (points + t * R + i) * stride;
        if (u !== 0) for (let at = 0; at < columns; at++) T[row + at]! += u * T[from + at]!;
      }
      T[row + n]! -= sign * h[j]!;
      T[row + t * K + a]! += 1;
    }
  }
}
