import { type ExpandMode, ItemStatus, type SignBatch } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { PointRefiner } from "./refine/point-refiner.ts";

const refiners = new WeakMap<StageModel, PointRefiner>();

/**
 * The second look, in integers, at the points of subsets that `intersect` has left open
 * (docs/design.md#a-second-look-in-integers).
 * @param length items of `signs` to look at.
 * @param maxUndecided an item with more undecided bits is open.
 */
export function reintersect(
  model: StageModel,
  signs: SignBatch,
  length: number,
  mode: ExpandMode,
  maxUndecided: number,
): void {
  if (model.integers[0] === 0) return;
  let refiner = refiners.get(model);
  if (refiner === undefined) {
    refiner = new PointRefiner(model);
    refiners.set(model, refiner);
  }
  for (let item = 0; item < length; item++) {
    if (isOpen(signs, item, maxUndecided)) refiner.look(signs, item, mode);
  }
}

/** Whether `expand` would hand an item over. */
function isOpen({ status, undecided, words }: SignBatch, item: number, maxUndecided: number): boolean {
  if (status[item] !== ItemStatus.ok) return status[item] === ItemStatus.escalate;
  let count = 0;
  for (let at = item * words; at < (item + 1) * words; at++) {
    for (let rest = undecided[at]!; rest !== 0; rest &= rest - 1) count++;
  }
  return count > maxUndecided;
}
