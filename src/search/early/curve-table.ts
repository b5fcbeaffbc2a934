import { bit } from "../../model/mask.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { searchSystem } from "../roots/search-system.ts";
import { directionsOf, parallelGroups } from "../units/directions.ts";

/**
 * A system as curves are followed in it, in plain float64:
 *
 *     G(z) = M z + k + Σ_d Σ_n w_dn relu(u_d·z − κ_dn)
 *
 * with one u for all parallel hyperplanes (a direction) and one w for all of them that lie in one place. So each
 * crossing changes G's matrix by w uᵀ, and a unit of any kind is a few kinks. The **place** of a point in direction d
 * is the number of kinks below u_d·z; the places of all directions are a region.
 */
export interface CurveTable {
  /** R. */
  readonly dim: number;
  /** D: the number of directions. */
  readonly count: number;
  /** N. */
  readonly hyperplanes: number;
  /** D×R. */
  readonly U: Float64Array;
  /** Kinks of all directions, one direction after the other, ascending. */
  readonly kinks: Float64Array;
  /** D + 1: direction d has the kinks from starts[d] to starts[d + 1] − 1. */
  readonly starts: Int32Array;
  /** R for each kink: w. */
  readonly jumps: Float64Array;
  /** R×R and R: G's matrix and constant where all places are 0. */
  readonly M: Float64Array;
  readonly k: Float64Array;
  /**
   * N: the kink of each hyperplane, −1 for a hyperplane whose row is zero, and whether its bit is set below the kink
   * (of a row of zeros: whether it is set).
   */
  readonly kinkOf: Int32Array;
  readonly below: Uint8Array;
  /** Whether G − M z is bounded: no direction changes the matrix from one end to the other. */
  readonly bounded: boolean;
  /** A hash of the system's numbers. */
  readonly seed: number;
}

export function curveTable(system: PiecewiseLinearSystem): CurveTable {
  const { latentDim: R, hyperplanes: N } = system;
  const V = system.V.rounded;
  const h = system.h.rounded;
  const parallel = parallelGroups(searchSystem(system));
  const directions = directionsOf(searchSystem(system), parallel);
  const D = directions.length;
  const starts = new Int32Array(D + 1);
  directions.forEach(({ kinks }, d) => {
    starts[d + 1] = starts[d]! + kinks.length;
  });
  const table = {
    dim: R,
    count: D,
    hyperplanes: N,
    U: new Float64Array(D * R),
    kinks: new Float64Array(starts[D]!),
    starts,
    jumps: new Float64Array(starts[D]! * R),
    M: system.M.rounded.slice(),
    k: system.g.rounded.map((x) => 0 - x),
    kinkOf: new Int32Array(N).fill(-1),
    below: new Uint8Array(N),
    seed: hashOf(system),
  };
  for (const j of parallel.constants) {
    if (!(h[j]! < 0)) continue;
    table.below[j] = 1;
    for (let i = 0; i < R; i++) table.k[i]! -= h[j]! * V[j * R + i]!;
  }
  let bounded = system.V.allExact;
  directions.forEach(({ hyperplanes, scales, places, kinks }, d) => {
    const row = hyperplanes[0]! * R;
    for (let i = 0; i < R; i++) table.U[d * R + i] = system.U[row + i]!;
    table.kinks.set(kinks, starts[d]);
    hyperplanes.forEach((j, n) => {
      const kink = starts[d]! + places[n]!;
      table.kinkOf[j] = kink;
      for (let i = 0; i < R; i++) {
        const w = Math.abs(scales[n]!) * V[j * R + i]!;
        table.jumps[kink * R + i]! += w;
        if (scales[n]! > 0) continue;
        // relu(−x) = relu(x) − x
        table.k[i]! += w * kinks[places[n]!]!;
        for (let c = 0; c < R; c++) table.M[i * R + c]! -= w * system.U[row + c]!;
      }
      if (scales[n]! < 0) table.below[j] = 1;
    });
    for (let i = 0; i < R; i++) {
      let change = 0;
      for (let kink = starts[d]!; kink < starts[d + 1]!; kink++) change += table.jumps[kink * R + i]!;
      if (change !== 0) bounded = false;
    }
  });
  return { ...table, bounded };
}

/** The mask of the region with these places, written into `mask`. */
export function maskAt({ kinkOf, below, starts }: CurveTable, places: Int32Array, mask: Uint32Array): void {
  mask.fill(0);
  // kinks below their direction's place
  const passed = new Uint8Array(starts[starts.length - 1]!);
  for (let d = 0; d < places.length; d++) passed.fill(1, starts[d], starts[d]! + places[d]!);
  for (let j = 0; j < kinkOf.length; j++) {
    const above = kinkOf[j]! < 0 ? 0 : passed[kinkOf[j]!]!;
    mask[j >>> 5]! |= (above ^ below[j]!) << (j & 31);
  }
}

/** The places of a mask's region. */
export function placesIn({ count, kinkOf, below, starts }: CurveTable, mask: Uint32Array): Int32Array {
  const passed = new Uint8Array(starts[count]!);
  for (let j = 0; j < kinkOf.length; j++) {
    if (kinkOf[j]! >= 0) passed[kinkOf[j]!] = bit(mask, j) ^ below[j]!;
  }
  return Int32Array.from({ length: count }, (_, d) => {
    let place = 0;
    for (let kink = starts[d]!; kink < starts[d + 1]!; kink++) place += passed[kink]!;
    return place;
  });
}

/** FNV-1a over the 32-bit words of the system's rounded numbers. */
function hashOf({ M, g, U, V, h }: PiecewiseLinearSystem): number {
  let hash = 0x811c9dc5;
  for (const numbers of [M.rounded, g.rounded, U, V.rounded, h.rounded]) {
    // a copy begins at a multiple of four bytes
    for (const word of new Uint32Array(numbers.slice().buffer)) hash = Math.imul(hash ^ word, 0x01000193);
  }
  return hash >>> 0;
}
