import type { OrbitProblem } from "./maps.ts";

/** What is known of the orbits from one box: for each step which units are decided, and the map with these folded. */
export interface OrbitBox {
  /** D: the box of z_0. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  /** Steps t = 0, 1, … with decisions of their own; at later steps no unit is decided. */
  steps: number;
  /** For each step: A (R×D) and b (R). */
  readonly A: Float64Array;
  readonly b: Float64Array;
  /** For each step: a list of L undecided units, simple ones first, and how many these are. */
  readonly undecided: Int32Array;
  readonly counts: Int32Array;
  /** alive[k] is 1 while z_k = z_0 is possible and not settled otherwise. */
  readonly alive: Uint8Array;
  /** The largest period that is alive, 0 if none is. */
  longest: number;
}

/** @param most the largest period. */
export function orbitBox({ table, rows: R }: OrbitProblem, most: number): OrbitBox {
  const { dim: D, count: L } = table;
  return {
    lo: new Float64Array(D),
    hi: new Float64Array(D),
    steps: 0,
    A: new Float64Array(most * R * D),
    b: new Float64Array(most * R),
    undecided: new Int32Array(most * L),
    counts: new Int32Array(most),
    alive: new Uint8Array(most + 1),
    longest: 0,
  };
}

/** Recomputes `longest` after periods were settled. */
export function updateLongest(box: OrbitBox): void {
  while (box.longest > 0 && box.alive[box.longest] === 0) box.longest--;
}

/** A unit's piece at one step that is assumed on the path to a box, not proved. */
export interface Assumption {
  readonly step: number;
  readonly unit: number;
  readonly piece: number;
}
