import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { WordControl } from "../task-queue.ts";
import type { TreeKind } from "../tree-tasks.ts";
import { searchTrees } from "../trees.ts";
import type { PeriodOutcome, WordSink } from "../word.ts";
import { BoxTree } from "./box-tree.ts";

/** Limits of a search over boxes. */
export interface BoxLimits {
  /** Most boxes in all. */
  readonly maxBoxes?: number;
}

/** Trees of boxes of z_0, for `searchTrees`. */
export const BOXES: TreeKind = {
  parts: "boxes",
  make: (_, problem, most, events, _bits, isShort) => new BoxTree(problem, most, events, isShort),
  roundGrowth: 2,
  partsOfTask: 5_000,
  partsToDivide: 16,
  tasksOfShare: 128,
  partsOfShort: 20_000,
};

/**
 * Finds words that hold every cycle of the given periods, by branch and bound over boxes of z_0
 * (docs/design.md#cycles-over-boxes).
 * @param periods positive whole numbers.
 */
export function searchBoxes(
  system: PiecewiseLinearSystem,
  periods: readonly number[],
  sink: WordSink,
  control: WordControl,
  { maxBoxes }: BoxLimits = {},
): Promise<PeriodOutcome[]> {
  return searchTrees(system, periods, sink, control, BOXES, maxBoxes);
}
