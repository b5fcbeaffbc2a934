import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type RunControl, stopReason, Turns } from "../stages/run.ts";
import { type OrbitProblem, orbitRoots } from "./boxes/maps.ts";
import { type PeriodOutcome, rotationKey, type WordSink } from "./word.ts";

/** What a tree hands over. */
export interface TreeEvents {
  /** A word of the period, over the hyperplanes of the map: one mask for each step; the masks are used again. */
  emit(masks: readonly Uint32Array[]): void;
}

/** A search for the words of several periods in one problem, depth first. */
export interface Tree {
  /** Parts of the set of first points that were looked at. */
  readonly work: number;
  /** Share of the set that is settled. */
  readonly settled: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Parts that were given up, for each period; none if absent. */
  readonly givenUp?: Float64Array;
  start(periods: readonly number[]): void;
  /**
   * Looks at about `budget` more parts.
   * @returns true when none is left.
   */
  step(budget: number): boolean;
}

/** A kind of trees. */
export interface TreeKind {
  /** What a part is called, in the plural. */
  readonly parts: string;
  /** @param most the largest period. @param constantBits as in `Roots`. */
  make(
    system: PiecewiseLinearSystem,
    problem: OrbitProblem,
    most: number,
    events: TreeEvents,
    constantBits: Uint32Array,
  ): Tree;
  /** How much further each round reaches than the one before. */
  readonly roundGrowth: number;
}

/** Parts between two looks at the clock. */
const PARTS_AT_ONCE = 32;
/** The periods up to this are sought first. */
const FIRST_ROUND = 2;
/** The last round may reach so much further than another. */
const LAST_ROUND = 1.25;

/**
 * Finds words that hold every cycle of the given periods, all periods of a round in one tree for each problem.
 *
 * Small periods are done first, in rounds, so that they are complete if the time ends. Never throws on finite numbers.
 * @param periods positive whole numbers.
 * @param most parts in all.
 */
export async function searchTrees(
  system: PiecewiseLinearSystem,
  periods: readonly number[],
  sink: WordSink,
  control: RunControl,
  kind: TreeKind,
  mostParts = Number.POSITIVE_INFINITY,
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
  let limited: { readonly limited?: true } = {};
  let parts = 0;
  for (const round of roundsOf(sorted, kind.roundGrowth)) {
    const most = round[round.length - 1]!;
    const counts: Record<string, number> = { words: 0 };
    const givenUp = new Float64Array(most + 1);
    const seen = new Set<string>();
    let fresh = false;
    const emit = (masks: readonly Uint32Array[]) => {
      for (const mask of masks) for (let w = 0; w < mask.length; w++) mask[w]! |= roots.constantBits[w]!;
      const key = rotationKey(masks);
      if (seen.has(key)) return;
      seen.add(key);
      sink.add(masks);
      counts.words!++;
      fresh = true;
    };
    for (let n = 0; n < roots.problems.length && stopped === undefined; n++) {
      const tree = kind.make(system, roots.problems[n]!, most, { emit }, roots.constantBits);
      tree.start(round);
      let done = false;
      while (!done && stopped === undefined) {
        const before = tree.work;
        done = tree.step(PARTS_AT_ONCE);
        parts += tree.work - before;
        if (fresh) {
          fresh = false;
          await sink.settle(control);
        }
        if (done) break;
        if (parts >= mostParts) {
          stopped = `the limit of ${mostParts} ${kind.parts} was reached`;
          limited = { limited: true };
        }
        if (!turns.due) continue;
        control.onProgress?.({
          phase: round.length > 1 ? `cycles of periods ${round[0]} to ${most}` : `cycles of period ${most}`,
          fraction: (n + tree.settled) / roots.problems.length,
          done: parts,
          fixedPoints: sink.found,
        });
        await turns.give();
        stopped ??= stopReason(control);
      }
      for (const [name, count] of Object.entries(tree.counts)) counts[name] = (counts[name] ?? 0) + count;
      for (let k = 0; k <= most; k++) givenUp[k]! += tree.givenUp?.[k] ?? 0;
    }
    for (const period of round) {
      if (stopped !== undefined)
        outcomes.push({ period, complete: false, incompleteBecause: stopped, ...limited, counts });
      else if (givenUp[period]! > 0) {
        const because = `${givenUp[period]} ${kind.parts} could not be settled within the precision of float64`;
        outcomes.push({ period, complete: false, incompleteBecause: because, counts });
      } else outcomes.push({ period, complete: true, counts });
    }
  }
  return outcomes;
}

/** Ascending periods in rounds, each reaching so many times farther than the one before. */
function roundsOf(periods: readonly number[], growth: number): number[][] {
  const rounds: number[][] = [];
  const last = periods[periods.length - 1] ?? 0;
  let from = 0;
  for (let end = FIRST_ROUND; from < last; end = Math.ceil(end * growth)) {
    const to = last <= end * LAST_ROUND ? last : end;
    const round = periods.filter((k) => k > from && k <= to);
    if (round.length > 0) rounds.push(round);
    from = to;
  }
  return rounds;
}
