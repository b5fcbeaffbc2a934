import type { PiecewiseLinearSystem } from "../model/system.ts";
import {
  type CandidateSink,
  type MethodOutcome,
  type RunControl,
  stopReason,
  yieldToEventLoop,
} from "../stages/run.ts";
import { BoxSearch, DEFAULT_TUNING, emptyTally, type SearchTuning } from "./box-search.ts";
import { endAtSpecialPoint } from "./endings.ts";
import { lowRankForm } from "./low-rank.ts";
import { rootsOf } from "./roots.ts";
import { searchSystem } from "./search-system.ts";

/** Boxes between two looks at the clock. */
const STEP = 500;
/** The event loop gets its turn at least this often. */
const YIELD_MILLISECONDS = 40;

/**
 * The search method (DESIGN.md section 4): branch and bound over boxes that cover all of space, in the ρ dimensions of U's rank where that is
 * less than R. Every region that may hold fixed points is handed to `sink`; a box is only discarded when surely empty.
 */
export async function runSearch(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: RunControl & { readonly tuning?: Partial<SearchTuning> },
): Promise<MethodOutcome> {
  const started = performance.now();
  const form = lowRankForm(system);
  const roots = rootsOf(form?.system ?? searchSystem(system));
  const tally = emptyTally();
  const setup = performance.now() - started;
  const tuning = { ...DEFAULT_TUNING, ...control.tuning };
  let stopped: string | undefined;
  let open = 0;
  let settled = 0;
  let lastYield = performance.now();
  for (const { problem, box } of roots) {
    // roots not begun are open boxes
    if (stopped !== undefined) {
      open++;
      continue;
    }
    const search = new BoxSearch(
      problem,
      {
        emit: (mask, regular) => {
          form?.reversed.forEach((r, j) => {
            if (r) mask[j >>> 5] ^= 1 << (j & 31);
          });
          sink.add(mask, regular);
        },
        leaf: () => false,
        special: endAtSpecialPoint,
      },
      tally,
      tuning,
    );
    search.start(box, 1 / roots.length);
    while (!search.step(STEP)) {
      stopped = stopReason(control);
      if (stopped !== undefined) break;
      if (performance.now() - lastYield < YIELD_MILLISECONDS) continue;
      const fraction = Math.min(1, settled + search.settled);
      control.onProgress?.({ phase: "search", fraction, done: tally.boxes, fixedPoints: sink.found });
      await yieldToEventLoop();
      lastYield = performance.now();
    }
    settled += search.settled;
    open += search.open;
  }
  const gaps = [
    ...(stopped === undefined ? [] : [`${stopped}: ${open} boxes were open`]),
    ...(tally.unsettled === 0 ? [] : [`${tally.unsettled} boxes could not be settled`]),
  ];
  return {
    complete: gaps.length === 0,
    ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
    counts: { ...tally },
    seconds: { setup: setup / 1000, search: (performance.now() - started - setup) / 1000 },
  };
}
