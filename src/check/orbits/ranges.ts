import type { OrbitBox } from "./functional.ts";
import { type OrbitMap, UNKNOWN } from "./orbit-map.ts";

/** Covers R + 3 roundings of a range, and the rounding of the cover itself. */
const cover = (dim: number) => (dim + 8) * 2 ** -51;
/** Covers underflow in a sum of products with factors of at most 1. */
const TINY = 2 ** -900;

/**
 * A box of all orbits with |w_t,i| ≤ 1 and τ in [tauLow, 1]: ranges of s = u·w − h τ follow. Each stored entry errs by
 * u|entry|, and the sum of R + 1 of them by γ_{R+1} of their magnitudes.
 */
export function rootBox(map: OrbitMap, period: number, tauLow: 0 | 1): OrbitBox {
  const { dim: R, count: N, U, h, constants } = map;
  const low = new Float64Array(period * N);
  const high = new Float64Array(period * N);
  for (let j = 0; j < N; j++) {
    let reach = 0;
    for (let i = 0; i < R; i++) reach += Math.abs(U[j * R + i]!);
    const slack = (reach + Math.abs(h[j]!)) * cover(R) + TINY;
    let l = Math.min(-h[j]! * tauLow, -h[j]!) - reach - slack;
    let u = Math.max(-h[j]! * tauLow, -h[j]!) + reach + slack;
    if (constants[j] !== UNKNOWN) {
      if (constants[j]! <= 0) u = 0;
      if (constants[j]! >= 0) l = 0;
    }
    for (let t = 0; t < period; t++) {
      low[t * N + j] = l;
      high[t * N + j] = u;
    }
  }
  return {
    period,
    wLow: new Float64Array(period * R).fill(-1),
    wHigh: new Float64Array(period * R).fill(1),
    tauLow,
    tauHigh: 1,
    low,
    high,
    lead: -1,
  };
}

/** The part of a box where w at `i` = t·R + i is `side`: for t = 0, where an orbit is largest at its first point. */
export function sideOf(box: OrbitBox, i: number, side: 1 | -1): OrbitBox {
  const wLow = box.wLow.slice();
  const wHigh = box.wHigh.slice();
  wLow[i] = side;
  wHigh[i] = side;
  return { ...box, wLow, wHigh, low: box.low.slice(), high: box.high.slice() };
}

/**
 * All d with |d_t,i| ≤ 1 of a cone: s = u·d, τ = 0. The magnitudes of a row sum up with R roundings.
 * @param kinds see `OrbitBox`.
 */
export function coneBox(map: OrbitMap, period: number, kinds: Int8Array): OrbitBox {
  const { dim: R, count: N, U } = map;
  const low = new Float64Array(period * N);
  const high = new Float64Array(period * N);
  for (let j = 0; j < N; j++) {
    let reach = 0;
    for (let i = 0; i < R; i++) reach += Math.abs(U[j * R + i]!);
    reach += reach * cover(R) + TINY;
    for (let t = 0; t < period; t++) {
      low[t * N + j] = -reach;
      high[t * N + j] = reach;
    }
  }
  return { ...rootBox(map, period, 0), tauHigh: 0, low, high, kinds };
}
