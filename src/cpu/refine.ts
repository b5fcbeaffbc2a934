import { type MaskBatch, Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { Refiner } from "./refine/refiner.ts";

const refiners = new WeakMap<StageModel, Refiner>();

/**
 * The second look, in integers, at masks that `solve` has left open (docs/design.md#a-second-look-in-integers).
 * @param subsets ρ hyperplanes for each batch item, as for `solve`.
 * @param verdicts those of `solve`; `undecided` and `singular` ones become what the second look says.
 */
export function refine(model: StageModel, batch: MaskBatch, subsets: Uint32Array, verdicts: Uint8Array): void {
  if (model.integers[0] === 0) return;
  let refiner = refiners.get(model);
  if (refiner === undefined) {
    refiner = new Refiner(model);
    refiners.set(model, refiner);
  }
  const { rank } = model;
  for (let i = 0; i < batch.count; i++) {
    if (verdicts[i] !== Verdict.undecided && verdicts[i] !== Verdict.singular) continue;
    verdicts[i] = refiner.verdict(batch.masks, i * batch.words, subsets, batch.items[i]! * rank, rank);
  }
}
