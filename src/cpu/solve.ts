import type { MaskBatch, VerdictBatch } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { regionSolver } from "./region-solver.ts";

/**
 * Stage 4: the candidate of each mask, and whether it lies in its own closed region.
 * @param subsets ρ hyperplanes for each batch item, from `intersect`: the hyperplanes of a mask's own subset are tried
 *   first.
 */
export function solve(model: StageModel, batch: MaskBatch, subsets: Uint32Array, out: VerdictBatch): void {
  const solver = regionSolver(model);
  const { rank } = model;
  for (let i = 0; i < batch.count; i++) {
    const from = i * batch.words;
    out.verdicts[i] = solver.judgeMask(batch.masks, from, subsets, batch.items[i]! * rank, rank);
    out.z.set(solver.z, i * model.latentDim);
  }
}
