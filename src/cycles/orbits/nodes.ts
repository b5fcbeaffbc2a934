import type { OrbitBox } from "../../check/orbits/functional.ts";

/** A node that is still to be visited, as data that can be cloned. */
export interface OpenNode {
  readonly box: OrbitBox;
  /** Share of the whole tree. */
  readonly share: number;
}

/** Counts of a search: `nodes` visited, `programs` solved, `pivots`, `unproved` claims of emptiness,
 * `coneNodes`. */
export interface Tally {
  nodes: number;
  programs: number;
  pivots: number;
  unproved: number;
  coneNodes: number;
}

/** Whether a box decides the sign of unit n = t·N + j, or has no use for it. */
export function isDecided({ low, high, kinds }: OrbitBox, n: number): boolean {
  return low[n]! >= 0 || high[n]! <= 0 || (kinds !== undefined && kinds[n] !== 0);
}
