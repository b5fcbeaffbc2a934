import type { ModelFile } from "./model.ts";

/** The parameters of a combinatorial threshold-linear network; 0 < ε < δ/(1 + δ). */
export const EPSILON = 0.25;
export const DELTA = 0.5;

/** A 3-cycle 0 → 1 → 2 → 0, a clique 3 ↔ 4, and a vertex 5 by itself: a disjoint union of three graphs. */
export const COMPONENTS: readonly (readonly number[])[] = [[0, 1, 2], [3, 4], [5]];
const EDGES = [
  [0, 1],
  [1, 2],
  [2, 0],
  [3, 4],
  [4, 3],
] as const;

/**
 * A combinatorial threshold-linear network (Morrison, Degeratu, Itskov & Curto 2016), ẋ = −x + relu(W x + b) with
 * b = 1, W_ii = 0, W_ij = −1 + ε where the graph has an edge j → i and −1 − δ elsewhere.
 *
 * The supports of its fixed points are known from the graph (Curto, Geneson & Morrison 2019, "Fixed points of
 * competitive threshold-linear networks"): a 3-cycle, a clique and a single vertex each have one, the whole of it, and
 * those of a disjoint union are all unions of those of its components. So there are 2^3 − 1 = 7.
 */
export function ctln(): ModelFile {
  const n = COMPONENTS.flat().length;
  const W = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => {
      if (i === j) return 0;
      return EDGES.some(([from, to]) => from === j && to === i) ? -1 + EPSILON : -1 - DELTA;
    }),
  );
  return { name: "ctln-cycle-clique-vertex", kind: "TLN", W, b: new Array<number>(n).fill(1) };
}
