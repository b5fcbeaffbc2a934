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

export async function runSearch(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  control: RunControl & { readonly threads?: number; readonly tuning?: Partial<SearchTuning> },
): Promise<MethodOutcome> {
  const started = performance.now();
  const form = lowRankForm(system);
  const roots = rootsOf(form?.system ?? searchSystem(system));
  const tally = emptyTally();
  const setup = performance.now() - started;
  let stopped: string | undefined;
  let open = 0;
  const tuning = { ...DEFAULT_TUNING, ...control.tuning };
  for (const { problem, box } of roots) {
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
    while (!search.step(2000)) {
      stopped = stopReason(control);
      if (stopped !== undefined) break;
    }
    open += search.open;
    if (stopped !== undefined) break;
    await yieldToEventLoop();
  }
  const complete = stopped === undefined && tally.unsettled === 0;
  return {
    complete,
    ...(complete ? {} : { incompleteBecause: `${stopped ?? "unsettled"}: ${open} open, ${tally.unsettled}` }),
    counts: { ...tally },
    seconds: { setup: setup / 1000, search: (performance.now() - started - setup) / 1000 },
  };
}
