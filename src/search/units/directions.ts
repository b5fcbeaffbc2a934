import { compareProducts } from "../../arrangement/products.ts";
import { groupProportional, membersOf, pivotOf, type RowGroups } from "../../arrangement/proportional.ts";
import { largestColumn } from "../../arrangement/scaling.ts";
import type { SearchSystem } from "../roots/search-system.ts";

/** Hyperplanes with exactly parallel rows of U, as kinks along the row of the first hyperplane. */
export interface Direction {
  /** Ascending indices; the row of the first is the direction's. */
  readonly hyperplanes: readonly number[];
  /**
   * For each hyperplane: s with u = s·(the first row), rounded (two roundings and a quotient). Rows are scaled to a
   * largest entry near 1.
   */
  readonly scales: Float64Array;
  /** For each hyperplane: the index of its kink in `kinks`. */
  readonly places: Int32Array;
  /** Distinct h/s, ascending, rounded. Which kinks are distinct, and their order, is decided exactly. */
  readonly kinks: Float64Array;
}

/**
 * The scales of a direction with one hyperplane: one array for all such directions, of which there may be very many.
 */
const ONE = Float64Array.of(1);
export const FIRST = Int32Array.of(0);

/** Hyperplanes whose row is zero, and the others in groups of parallel hyperplanes. */
export interface ParallelGroups {
  readonly constants: readonly number[];
  /** Ascending. */
  readonly rows: readonly number[];
  /** Of `rows`. */
  readonly groups: RowGroups;
}

export function parallelGroups({ dim, count, U }: SearchSystem): ParallelGroups {
  const constants: number[] = [];
  const rows: number[] = [];
  for (let j = 0; j < count; j++) (pivotOf(U, j, dim) < 0 ? constants : rows).push(j);
  return { constants, rows, groups: groupProportional(U, dim, rows) };
}

/** Directions in the order of their first hyperplanes. */
export function directionsOf(system: SearchSystem, { rows, groups }: ParallelGroups): Direction[] {
  return membersOf(groups, rows).map((hyperplanes) => describe(system, hyperplanes));
}

function describe(system: SearchSystem, hyperplanes: readonly number[]): Direction {
  const { dim, U, h } = system;
  if (hyperplanes.length === 1) {
    return { hyperplanes, scales: ONE, places: FIRST, kinks: Float64Array.of(h.rounded[hyperplanes[0]!]!) };
  }
  const pivot = largestColumn(U, hyperplanes[0]!, dim);
  const lead = (j: number) => j * dim + pivot;
  const scales = Float64Array.from(hyperplanes, (j) => U.rounded[lead(j)]! / U.rounded[lead(hyperplanes[0]!)]!);
  const order = hyperplanes.map((_, i) => i);
  // sign of h_i/s_i − h_j/s_j
  const ordering = (i: number, j: number): number => {
    if (i === j) return 0;
    const a = hyperplanes[i]!;
    const b = hyperplanes[j]!;
    const cross = compareProducts(h, a, U, lead(b), b, lead(a));
    const opposed = U.rounded[lead(a)]! > 0 !== U.rounded[lead(b)]! > 0;
    const reversed = U.rounded[lead(hyperplanes[0]!)]! < 0;
    return opposed !== reversed ? -cross : cross;
  };
  order.sort(ordering);
  const places = new Int32Array(hyperplanes.length);
  const kinks: number[] = [];
  order.forEach((i, at) => {
    if (at === 0 || ordering(order[at - 1]!, i) !== 0) {
      const kink = h.rounded[hyperplanes[i]!]! / scales[i]!;
      // rounding may swap two close kinks: then the larger value serves for both
      kinks.push(kinks.length > 0 ? Math.max(kink, kinks[kinks.length - 1]!) : kink);
    }
    places[i] = kinks.length - 1;
  });
  return { hyperplanes, scales, places, kinks: Float64Array.from(kinks) };
}
