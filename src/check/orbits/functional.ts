import type { OrbitMap } from "./orbit-map.ts";

/**
 * What is known of an orbit w_0 … w_{k−1} with w_k = w_0 in one node of the search. The search's branches, its bounds
 * and its functionals all speak of such boxes.
 */
export interface OrbitBox {
  /** k. */
  readonly period: number;
  /** k·R: bounds of w_t,i at t·R + i. */
  readonly wLow: Float64Array;
  readonly wHigh: Float64Array;
  readonly tauLow: number;
  readonly tauHigh: number;
  /** k·N: bounds of s_t,j = u_j·w_t − h_j τ at t·N + j. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** A unit j with s_0,j ≥ s_t,j for all t, or −1. */
  readonly lead: number;
  /**
   * k·N, of a cone (src/cycles/orbits/branching.ts): 1 where s itself stands for relu(s), −1 where 0 does. Then τ = 0
   * and there are no pairs of parallel units.
   */
  readonly kinds?: Int8Array;
}

/**
 * A functional over the block system of an orbit: any numbers at all. It is made from a linear program's multipliers
 * and proves what `lowerBound` says, however inexact they are.
 */
export interface Functional {
  /** k·R: λ_t, the weights of the equations w_t + M w_t + Vᵀ relu(s_t) − g τ − w_{t+1} = 0. */
  readonly lambda: Float64Array;
  /** k·N: the slopes a of the lines under the units' graphs. */
  readonly slopes: Float64Array;
  /** k: the weights μ_t ≥ 0 of s_0,lead − s_t,lead ≥ 0; that of t = 0 is not read. */
  readonly mu: Float64Array;
  /** k·P: the weights π of the P pairs of parallel units, of any sign. */
  readonly pi: Float64Array;
}

/** What is bounded from below: σ·s_n, σ·w_n (n in the order of `OrbitBox`), or nothing, i.e. 0. */
export interface Objective {
  readonly of: "unit" | "coordinate" | "nothing";
  readonly index: number;
  readonly sign: 1 | -1;
}

export const NOTHING: Objective = { of: "nothing", index: -1, sign: 1 };

const UNIT = 2 ** -53;
/** Largest multiplier and largest end of a range of s of a bound; |w| ≤ 1 and τ ≤ 1. */
const LARGEST_MULTIPLIER = 2 ** 60;
const LARGEST_RANGE = 2 ** 170;
/**
 * Covers underflow: each of fewer than 2^40 operations errs by 2^-1074, with a multiplier and an end of a range as
 * factors after it.
 */
const TINY = 2 ** -800;

/**
 * A number that objective(x) is not below for any orbit in the box; for `NOTHING`, a number > 0 shows that there is
 * none. NaN where there is no bound.
 *
 * At an orbit Σ_t λ_t·(equation t) = 0 and μ_t (s_0 − s_t) ≥ 0 (of the lead unit), so for any slopes a
 *
 *     objective ≥ Σ_t d_t·w_t − τ Σ_t (g·λ_t + h·a_t) + Σ_t Σ_j min { C relu(s) − b s : low ≤ s ≤ high } + objective,
 *
 *     d_t = λ_t + Mᵀλ_t − λ_{t−1} + Uᵀa_t,    C = v_j·λ_t,    b = a_tj − μ_t (lead, t > 0),  a_0j + Σ μ_t (lead, t = 0).
 *
 * In a cone C s, or 0, stands in the place of C relu(s) at some units. The function of s is piecewise linear with one
 * kink, so its minimum is at low, high or 0; an objective σ·s_n goes into b and σ·w_n into d. d·w and the term of τ
 * take their least value at the ends of the ranges (Neumaier and Shcherbina, Safe bounds in linear and mixed-integer
 * linear programming, 2004, for equations whose nonlinear terms stay as they are).
 *
 * A pair of parallel units (`Pair`), d = relu(s_b) − ratio·e_a in [d⁻τ, d⁺τ], adds π d − π relu(s_b) + π ratio e_a = 0:
 * C_b −= π, C_a += π·ratio, b_a += π·ratio where e_a = relu(−s_a) = relu(s_a) − s_a, and π d ≥ π d^∓ τ.
 *
 * **Rounding.** Every term of the sum is a product of an entry (stored with one rounding), a multiplier and a bound of
 * a range, that passes at most n = k(R + N + P) + 2R + N + 2P + 2k + 24 roundings: those of its inner sum (over R for
 * C, over R + N + 4 for d), of the products, of at most 2P pairs, and of the sum of all; ratio and shift err like four
 * roundings of theirs. So the computed sum errs by at most γ_n times the sum of the terms' magnitudes, whose own
 * computation errs by a factor of 1 + γ_n; 2n·u covers both as long as n·u < 2^-8. Choosing an end of a range by a
 * computed sign is no error: the value at another end of the range is only larger by what the computed coefficient
 * errs, which the magnitudes with the largest end |w| or |s| cover.
 * @param unit 2^-53, or 0 in tests, to show what the bound is worth.
 */
export function lowerBound(
  map: OrbitMap,
  box: OrbitBox,
  functional: Functional,
  objective: Objective,
  unit = UNIT,
): number {
  if (!map.fit) return Number.NaN;
  const { dim: R, count: N } = map;
  const { period: k, tauLow, tauHigh, lead, kinds } = box;
  const P = kinds === undefined ? map.parallels.pairs.length : 0;
  const ofPairs = P > 0 ? { C: new Float64Array(N), b: new Float64Array(N), size: new Float64Array(N) } : undefined;
  let leadSum = 0;
  for (let t = 1; t < k && lead >= 0; t++) leadSum += Math.max(functional.mu[t]!, 0);
  const sums = { value: 0, magnitude: 0, tau: 0, tauMagnitude: 0, largest: 0, reach: 0 };
  for (let t = 0; t < k; t++) {
    addCoordinates(sums, map, box, functional, objective, t);
    if (ofPairs !== undefined) addPairs(sums, ofPairs, map, functional, t);
    addUnits(sums, ofPairs, map, box, functional, objective, leadSum, t);
  }
  const value = sums.value + (sums.tau > 0 ? sums.tau * tauLow : sums.tau * tauHigh);
  const magnitude = sums.magnitude + sums.tauMagnitude * tauHigh;
  const roundings = k * (R + N + P) + 2 * R + N + 2 * P + 2 * k + 24;
  const bound = value - (2 * roundings * unit * magnitude + TINY);
  // a multiplier or an end that is too large, infinite or no number bounds nothing
  return sums.largest <= LARGEST_MULTIPLIER && sums.reach <= LARGEST_RANGE ? bound : Number.NaN;
}

interface Sums {
  /** The sum but for τ, and that of the magnitudes of its terms. */
  value: number;
  magnitude: number;
  /** The factor of τ. */
  tau: number;
  tauMagnitude: number;
  /** The largest multiplier and the largest end of a range. */
  largest: number;
  reach: number;
}

/** What pairs add to C and to b of the units of a point, N each, and the magnitudes of its terms. */
interface PairTerms {
  readonly C: Float64Array;
  readonly b: Float64Array;
  readonly size: Float64Array;
}

/** Adds min d_t·w_t, and −g·λ_t to the factor of τ. */
function addCoordinates(
  sums: Sums,
  { dim: R, count: N, M, g, U }: OrbitMap,
  { period: k, wLow, wHigh }: OrbitBox,
  { lambda, slopes }: Functional,
  objective: Objective,
  t: number,
): void {
  let { value, magnitude, tau, tauMagnitude, largest } = sums;
  const now = t * R;
  const before = (t === 0 ? k - 1 : t - 1) * R;
  const units = t * N;
  for (let i = 0; i < R; i++) {
    const own = lambda[now + i]!;
    const last = lambda[before + i]!;
    if (!(Math.abs(own) <= largest)) largest = Math.abs(own);
    let d = own - last;
    let size = Math.abs(own) + Math.abs(last);
    for (let l = 0; l < R; l++) {
      const term = M[l * R + i]! * lambda[now + l]!;
      d += term;
      size += Math.abs(term);
    }
    for (let j = 0; j < N; j++) {
      const term = U[j * R + i]! * slopes[units + j]!;
      d += term;
      size += Math.abs(term);
    }
    if (objective.of === "coordinate" && objective.index === now + i) {
      d += objective.sign;
      size += 1;
    }
    value += d > 0 ? d * wLow[now + i]! : d * wHigh[now + i]!;
    magnitude += size * Math.max(-wLow[now + i]!, wHigh[now + i]!, wLow[now + i]!, -wHigh[now + i]!);
    const term = g[i]! * own;
    tau -= term;
    tauMagnitude += Math.abs(term);
  }
  sums.value = value;
  sums.magnitude = magnitude;
  sums.tau = tau;
  sums.tauMagnitude = tauMagnitude;
  sums.largest = largest;
}

/** Sums what the pairs add at point t. */
function addPairs(sums: Sums, { C, b: slopes, size }: PairTerms, map: OrbitMap, { pi }: Functional, t: number): void {
  const { h, parallels } = map;
  const { pairs } = parallels;
  C.fill(0);
  slopes.fill(0);
  size.fill(0);
  for (let at = 0; at < pairs.length; at++) {
    const { a, b, opposite, ratio, shift } = pairs[at]!;
    const weight = pi[t * pairs.length + at]!;
    if (weight === 0) continue;
    if (!(Math.abs(weight) <= sums.largest)) sums.largest = Math.abs(weight);
    C[b]! -= weight;
    C[a]! += weight * ratio;
    if (opposite) slopes[a]! += weight * ratio;
    size[b]! += Math.abs(weight);
    size[a]! += 2 * Math.abs(weight) * ratio;
    sums.tau += weight * (weight > 0 ? Math.min(0, shift) : Math.max(0, shift));
    sums.tauMagnitude += Math.abs(weight) * (Math.abs(h[b]!) + ratio * Math.abs(h[a]!));
  }
}

/** Adds min C relu(s) − b s of each unit of point t, and −h·a_t to the factor of τ. */
function addUnits(
  sums: Sums,
  ofPairs: PairTerms | undefined,
  { dim: R, count: N, V, h }: OrbitMap,
  { period: k, low, high, lead, kinds }: OrbitBox,
  { lambda, slopes, mu }: Functional,
  objective: Objective,
  leadSum: number,
  t: number,
): void {
  let { value, magnitude, tau, tauMagnitude, largest, reach } = sums;
  const now = t * R;
  for (let j = 0; j < N; j++) {
    const n = t * N + j;
    let C = ofPairs === undefined ? 0 : ofPairs.C[j]!;
    let size = ofPairs === undefined ? 0 : ofPairs.size[j]!;
    for (let i = 0; i < R; i++) {
      const term = V[j * R + i]! * lambda[now + i]!;
      C += term;
      size += Math.abs(term);
    }
    let b = slopes[n]!;
    let bSize = Math.abs(b);
    const term = h[j]! * b;
    tau -= term;
    tauMagnitude += Math.abs(term);
    if (ofPairs !== undefined) b += ofPairs.b[j]!;
    if (j === lead && k > 1) {
      const weight = t === 0 ? -leadSum : Math.max(mu[t]!, 0);
      b -= weight;
      bSize += Math.abs(weight);
    }
    if (objective.of === "unit" && objective.index === n) {
      b -= objective.sign;
      bSize += 1;
    }
    const l = low[n]!;
    const u = high[n]!;
    value += leastOf(C, b, l, u, kinds === undefined ? 0 : kinds[n]!);
    if (!(bSize <= largest)) largest = bSize;
    const end = Math.max(Math.abs(l), Math.abs(u));
    if (!(end <= reach)) reach = end;
    magnitude += (size + bSize) * end;
  }
  sums.value = value;
  sums.magnitude = magnitude;
  sums.tau = tau;
  sums.tauMagnitude = tauMagnitude;
  sums.largest = largest;
  sums.reach = reach;
}

/** The least of C φ(s) − b s over low ≤ s ≤ high, where φ is relu, or by the kind of the unit s or 0. */
function leastOf(C: number, b: number, low: number, high: number, kind: number): number {
  const atLow = kind > 0 || (kind === 0 && low > 0) ? (C - b) * low : -b * low;
  const atHigh = kind > 0 || (kind === 0 && high > 0) ? (C - b) * high : -b * high;
  const least = atLow < atHigh ? atLow : atHigh;
  return kind === 0 && low < 0 && high > 0 && least > 0 ? 0 : least;
}
