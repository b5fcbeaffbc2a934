import { stopReason } from "../stages/run.ts";
import type { PointMethod, PointSearch, Searched } from "./by-points.ts";
import type { Share } from "./task-queue.ts";

/** Each method is tried with its first limits before the work is divided. */
const EFFORT_BEFORE_DIVISION = 1;

/**
 * A share of a search by the methods that look at the points of an orbit (docs/design.md#shares-of-cycles). What limits
 * of some seconds suffice for, every share does as a whole. Then all shares take the same method, so that together they
 * have covered all: the one that came farthest within these limits, which do not depend on clocks or threads.
 * @param whole does all of the work, and @param shared the share's.
 */
export async function searchShare(
  { whole, shared, share }: { readonly whole: PointSearch; readonly shared: PointSearch; readonly share: Share },
  periods: readonly number[],
  asked: PointMethod | undefined,
  control: Parameters<typeof stopReason>[0],
): Promise<Map<number, Searched>> {
  const searched = new Map<number, Searched>();
  if (asked === undefined) {
    for (const [period, done] of await whole.search(periods, undefined, EFFORT_BEFORE_DIVISION))
      searched.set(period, share.index === 1 ? done : { ...done, outcome: { ...done.outcome, counts: {} } });
  } else if (share.index === 1) await whole.lookEarly(periods);
  const left = periods.filter((period) => searched.get(period)?.outcome.complete !== true);
  const isStopped = searched.size > 0 && stopReason(control) !== undefined;
  if (left.length === 0 || isStopped) return searched;
  const method = asked ?? farthest(whole.tried, left);
  const done = await shared.by(method, left, Number.POSITIVE_INFINITY);
  const incompleteBecause = stopReason(control) ?? "the time budget ended";
  for (const period of left) {
    // of periods that there was no time to begin nothing is told
    const own = done.find(({ outcome }) => outcome.period === period);
    searched.set(
      period,
      own ?? { outcome: { period, complete: false, incompleteBecause, counts: {} }, method, seconds: 0 },
    );
  }
  return searched;
}

/** The method that has settled most of some periods, of those that did not give any of them up. */
function farthest(tried: ReadonlyMap<PointMethod, readonly Searched[]>, periods: readonly number[]): PointMethod {
  let best: { readonly method: PointMethod; readonly settled: number } | undefined;
  for (const [method, searched] of tried) {
    const outcomes = searched.map(({ outcome }) => outcome).filter(({ period }) => periods.includes(period));
    if (best !== undefined && outcomes.some(({ complete, limited }) => !complete && limited !== true)) continue;
    const settled = outcomes.reduce((sum, outcome) => sum + (outcome.settled ?? 0), 0);
    if (best === undefined || settled > best.settled) best = { method, settled };
  }
  // something was tried, as limits of no time came to their end
  return best!.method;
}
