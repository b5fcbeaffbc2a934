import type { Pair } from "../../check/orbits/orbit-map.ts";
import type { SearchSystem } from "../../search/roots/search-system.ts";
import { directionsOf, parallelGroups } from "../../search/units/directions.ts";

/** Hyperplanes along one direction x = u·w: sign(s_j) is that of ±(x − κ_j τ). */
interface Group {
  readonly hyperplanes: readonly number[];
  /** Whether each has the direction of the first. */
  readonly along: readonly boolean[];
  /** The rank of each κ among the distinct ones, ascending: exact. */
  readonly ranks: Int32Array;
}

/** What parallel hyperplanes say of one another. */
export class Parallels {
  readonly pairs: readonly Pair[];
  readonly #groups: readonly Group[];

  /** @param system the scaled map's, with rows of a largest entry in [1, 2). */
  constructor(system: SearchSystem) {
    const { dim: R, U, h } = system;
    const pairs: Pair[] = [];
    const groups: Group[] = [];
    for (const { hyperplanes, scales, places } of directionsOf(system, parallelGroups(system))) {
      if (hyperplanes.length < 2) continue;
      groups.push({ hyperplanes, along: Array.from(scales, (scale) => scale > 0), ranks: places });
      const order = hyperplanes.map((_, i) => i).sort((i, l) => places[i]! - places[l]!);
      for (let i = 1; i < order.length; i++) {
        const a = hyperplanes[order[i - 1]!]!;
        const b = hyperplanes[order[i]!]!;
        let column = 0;
        for (let l = 1; l < R; l++)
          if (Math.abs(U.rounded[a * R + l]!) > Math.abs(U.rounded[a * R + column]!)) column = l;
        const quotient = U.rounded[b * R + column]! / U.rounded[a * R + column]!;
        const shift = quotient * h.rounded[a]! - h.rounded[b]!;
        pairs.push({ a, b, opposite: quotient < 0, ratio: Math.abs(quotient), shift });
      }
    }
    this.pairs = pairs;
    this.#groups = groups;
  }

  /** As that of an `OrbitMap`. */
  propagate(low: Float64Array, high: Float64Array, count: number): void {
    for (let from = 0; from < low.length; from += count) {
      for (const { hyperplanes, along, ranks } of this.#groups) {
        // x ≥ κ τ up to this rank, x ≤ κ τ from that one on
        let above = -1;
        let below = hyperplanes.length;
        for (let i = 0; i < hyperplanes.length; i++) {
          const n = from + hyperplanes[i]!;
          if (along[i] ? low[n]! >= 0 : high[n]! <= 0) above = Math.max(above, ranks[i]!);
          if (along[i] ? high[n]! <= 0 : low[n]! >= 0) below = Math.min(below, ranks[i]!);
        }
        for (let i = 0; i < hyperplanes.length; i++) {
          const n = from + hyperplanes[i]!;
          const rises = ranks[i]! <= above;
          const falls = ranks[i]! >= below;
          if (along[i] ? rises : falls) low[n] = Math.max(low[n]!, 0);
          if (along[i] ? falls : rises) high[n] = Math.min(high[n]!, 0);
        }
      }
    }
  }
}
