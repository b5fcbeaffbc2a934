import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { type RunControl, stopReason, Turns } from "../../stages/run.ts";
import { type PeriodOutcome, rotationKey, type WordSink } from "../word.ts";
import { BoxTree } from "./box-tree.ts";
import { orbitRoots } from "./maps.ts";

/** Limits of a search over boxes. */
export interface BoxLimits {
  /** Most boxes in all. */
  readonly maxBoxes?: number;
}

/** Boxes between two looks at the clock. */
const BOXES_AT_ONCE = 32;
/** The periods up to the first of these are sought first, then those up to the second, and so on, twice as far. */
const FIRST_ROUND = 2;
/** The last round may reach so much further than twice. */
const LAST_ROUND = 1.25;

/**
 * Finds words that hold every cycle of the given periods, by branch and bound over boxes of z_0, all periods of a round
 * in one tree (docs/design.md#cycles-over-boxes).
 *
 * Small periods are done first, in rounds, so that they are complete if the time ends. Never throws on finite numbers.
 * @param periods positive whole numbers.
 */
export async function searchBoxes(
  system: PiecewiseLinearSystem,
  periods: readonly number[],
  sink: WordSink,
  control: RunControl,
  { maxBoxes = Number.POSITIVE_INFINITY }: BoxLimits = {},
): Promise<PeriodOutcome[]> {
  const sorted = [...new Set(periods)].sort((a, b) => a - b);
  const outcomes: PeriodOutcome[] = [];
  const refuse = (period: number, incompleteBecause: string) =>
    outcomes.push({ period, complete: false, incompleteBecause, counts: {} });
  if (system.time !== "discrete") {
    for (const period of sorted) refuse(period, "a flow has no cycles of points");
    return outcomes;
  }
  const roots = orbitRoots(system);
  const turns = new Turns();
  let stopped = roots.refusal ?? stopReason(control);
  let boxes = 0;
  for (const round of roundsOf(sorted)) {
    const most = round[round.length - 1];
    const counts = { boxes: 0, words: 0, unitEvaluations: 0 };
    const givenUp = new Float64Array(most + 1);
    const seen = new Set<string>();
    let fresh = false;
    const emit = (masks: readonly Uint32Array[]) => {
      for (const mask of masks) for (let w = 0; w < mask.length; w++) mask[w] |= roots.constantBits[w];
      const key = rotationKey(masks);
      if (seen.has(key)) return;
      seen.add(key);
      sink.add(masks);
      counts.words++;
      fresh = true;
    };
    for (let n = 0; n < roots.problems.length && stopped === undefined; n++) {
      const tree = new BoxTree(roots.problems[n], most, { emit });
      tree.start(round);
      let done = false;
      while (!done && stopped === undefined) {
        const before = tree.boxes;
        done = tree.step(BOXES_AT_ONCE);
        boxes += tree.boxes - before;
        if (fresh) {
          fresh = false;
          await sink.settle(control);
        }
        if (done) break;
        if (boxes >= maxBoxes) stopped = `the limit of ${maxBoxes} boxes was reached`;
        if (!turns.due) continue;
        control.onProgress?.({
          phase: round.length > 1 ? `cycles of periods ${round[0]} to ${most}` : `cycles of period ${most}`,
          fraction: (n + tree.settled) / roots.problems.length,
          done: boxes,
          fixedPoints: sink.found,
        });
        await turns.give();
        stopped ??= stopReason(control);
      }
      counts.boxes += tree.boxes;
      counts.unitEvaluations += tree.evaluations;
      for (let k = 0; k <= most; k++) givenUp[k] += tree.givenUp[k];
    }
    for (const period of round) {
      if (stopped !== undefined) outcomes.push({ period, complete: false, incompleteBecause: stopped, counts });
      else if (givenUp[period] > 0) {
        const because = `${givenUp[period]} boxes could not be settled within the precision of float64`;
        outcomes.push({ period, complete: false, incompleteBecause: because, counts });
      } else outcomes.push({ period, complete: true, counts });
    }
  }
  return outcomes;
}

/** Ascending periods in rounds, each reaching twice as far as the one before. */
function roundsOf(periods: readonly number[]): number[][] {
  const rounds: number[][] = [];
  const last = periods[periods.length - 1] ?? 0;
  let from = 0;
  for (let end = FIRST_ROUND; from < last; end *= 2) {
    const to = last <= end * LAST_ROUND ? last : end;
    const round = periods.filter((k) => k > from && k <= to);
    if (round.length > 0) rounds.push(round);
    from = to;
  }
  return rounds;
}
