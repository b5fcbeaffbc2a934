import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { WordControl } from "../task-queue.ts";
import type { TreeKind } from "../tree-tasks.ts";
import { searchTrees } from "../trees.ts";
import type { PeriodOutcome, WordSink } from "../word.ts";
import { WordTree } from "./word-tree.ts";

/** Limits of a search over polytopes. */
export interface PolytopeLimits {
  /** Most polytopes in all. */
  readonly maxPolytopes?: number;
}

/** Trees of polytopes of z_0, for `searchTrees`. */
export const POLYTOPES: TreeKind = {
  parts: "polytopes",
  make: (system, problem, most, events, bits) => new WordTree(system, problem, most, events, bits),
  roundGrowth: 1.4,
  partsOfTask: 5_000,
  partsToDivide: 16,
  tasksOfShare: 128,
  partsOfShort: 0,
};

/**
 * Finds words that hold every cycle of the given periods, by all words that orbits have
 * (docs/design.md#cycles-over-polytopes).
 * @param periods positive whole numbers.
 */
export function searchPolytopes(
  system: PiecewiseLinearSystem,
  periods: readonly number[],
  sink: WordSink,
  control: WordControl,
  { maxPolytopes }: PolytopeLimits = {},
): Promise<PeriodOutcome[]> {
  return searchTrees(system, periods, sink, control, POLYTOPES, maxPolytopes);
}
