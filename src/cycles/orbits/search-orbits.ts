import { formatCount, plural } from "../../base/words.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { type RunControl, stopReason, Turns } from "../../stages/run.ts";
import { ComposedWords } from "../composed.ts";
import type { PeriodOutcome, WordSink } from "../word.ts";
import { Branching } from "./branching.ts";
import { scaledMap } from "./scaled-map.ts";

/** Nodes after which a search of one period gives up. */
const MOST_NODES = 1_000_000;
/** Entries of a linear program's tableau; two of them are held. */
export const MOST_ENTRIES = 2 ** 24;
/** Milliseconds between two reports of progress. */
const REPORT_MILLISECONDS = 200;

export interface OrbitLimits {
  /** Nodes after which the search gives up; 1,000,000 by default. */
  readonly maxNodes?: number;
  /** Pivots after which it does, each of which takes `programEntries` products at most; none by default. */
  readonly maxPivots?: number;
}

/** How many entries the linear programs of a period have, which says what they cost: a pivot is a product for each. */
export function programEntries({ latentDim: R, hyperplanes: N }: PiecewiseLinearSystem, period: number): number {
  return (2 * period * N + period * R + period) * (period * N + 1);
}

/**
 * Finds words that cover all orbits of one period, by branch and bound over the signs of all units at all its steps
 * with linear programs over the whole orbit. Best for few units, in any number of dimensions.
 *
 * @param system of discrete time. @param period k ≥ 1.
 * @param sink takes each word once, up to shifts. @param control its signal and deadline are looked at between pivots.
 */
export async function searchOrbits(
  system: PiecewiseLinearSystem,
  period: number,
  sink: WordSink,
  control: RunControl,
  { maxNodes = MOST_NODES, maxPivots = Number.POSITIVE_INFINITY }: OrbitLimits = {},
): Promise<PeriodOutcome> {
  const entries = programEntries(system, period);
  if (!(entries <= MOST_ENTRIES)) {
    const because = `the linear programs of period ${period} would have ${formatCount(entries)} entries, more than ${formatCount(MOST_ENTRIES)}; search boxes`;
    return { period, complete: false, incompleteBecause: because, counts: {} };
  }
  let added = false;
  const words = new ComposedWords(system);
  const branching = new Branching(
    scaledMap(system),
    period,
    (word) => {
      sink.add(word);
      added = true;
    },
    (word) => words.deciding(word),
  );
  const steps = branching.searching(maxNodes, maxPivots);
  const turns = new Turns();
  let reported = performance.now();
  let incompleteBecause: string | undefined;
  let limited: { readonly limited?: true } = {};
  for (;;) {
    const { done, value } = steps.next();
    if (added) {
      added = false;
      await sink.settle(control);
    }
    if (done) {
      const { nodes, pivots } = branching.tally;
      if (!value) {
        limited = { limited: true };
        incompleteBecause = `period ${period} was left after ${plural(nodes, "node")} and ${plural(pivots, "pivot")}`;
      }
      break;
    }
    if (!turns.due) continue;
    await turns.give();
    const stopped = stopReason(control);
    if (stopped !== undefined) {
      incompleteBecause = stopped;
      break;
    }
    if (performance.now() - reported < REPORT_MILLISECONDS) continue;
    reported = performance.now();
    const { settled, tally } = branching;
    control.onProgress?.({
      phase: `period ${period}`,
      fraction: Math.min(1, settled),
      done: tally.nodes,
      fixedPoints: sink.found,
    });
  }
  const counts = { ...branching.tally };
  return incompleteBecause === undefined
    ? { period, complete: true, counts }
    : { period, complete: false, incompleteBecause, ...limited, counts };
}
