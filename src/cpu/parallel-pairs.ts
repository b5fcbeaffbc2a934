import type { StageModel } from "../stages/stage-model.ts";

/** Whether hyperplane j is parallel to one of the first k of a subset. */
export function isParallelToOne({ direction }: StageModel, subset: Uint32Array, k: number, j: number): boolean {
  for (let s = 0; s < k; s++) if (direction[subset[s]!] === direction[j]) return true;
  return false;
}

/** Whether two of the first k hyperplanes of a subset are parallel: the subset is linearly dependent then. */
export function hasParallelPair(model: StageModel, subset: Uint32Array, k: number): boolean {
  for (let t = 1; t < k; t++) if (isParallelToOne(model, subset, t, subset[t]!)) return true;
  return false;
}
