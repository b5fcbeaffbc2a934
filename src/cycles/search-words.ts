import { reduceSystem, reducing } from "../arrangement/reduce.ts";
import type { Model } from "../model/types.ts";
import type { Engine } from "../run/engine.ts";
import { summarise } from "../run/summary.ts";
import { takeAllSteps } from "../stages/run.ts";
import { blockSeconds, searchBlocks } from "./by-blocks.ts";
import { PointSearch, type Searched } from "./by-points.ts";
import { searchShare } from "./by-shares.ts";
import type { CycleOptions } from "./options.ts";
import type { WordControl } from "./task-queue.ts";
import type { WordSink } from "./word.ts";

/** Before a block system that takes longer, cycles that are easy to find are looked for, of so many periods. */
const LEAST_SECONDS_TO_LOOK_FIRST = 1;
const MOST_PERIODS_TO_LOOK_FIRST = 16;
/** Where the block system takes less, its methods are not compared with others. */
const LEAST_SECONDS_TO_CHOOSE = 0.01;

/** How words are sought, and how far. */
export interface WordOptions {
  readonly method?: CycleOptions["method"];
  /** As of `PointSearch.search`. */
  readonly mostEffort?: number;
}

/**
 * Hands words that hold every orbit of the periods to a sink (docs/design.md#cycles): each period by the method that
 * was asked for, or by the one that is likely to be the quickest.
 * @param model in discrete time. @param periods ascending.
 */
export async function searchWords(
  model: Model,
  periods: readonly number[],
  sink: WordSink,
  control: WordControl,
  engine: Engine,
  { method = "auto", mostEffort }: WordOptions = {},
): Promise<Map<number, Searched>> {
  await takeAllSteps(reducing(model.system));
  const { size } = summarise(model);
  const merged = reduceSystem(model.system).count;
  const byBlocks = async (period: number, how: "auto" | "regions" | "search"): Promise<Searched> => {
    const started = performance.now();
    const { onProgress } = control;
    const named: WordControl = {
      ...control,
      onProgress: onProgress && ((progress) => onProgress({ ...progress, phase: `period ${period}` })),
    };
    const { method: taken, ...outcome } = await searchBlocks(model, period, how, sink, named, engine);
    return { outcome, method: taken, seconds: (performance.now() - started) / 1000 };
  };
  const { share } = control;
  const search = new PointSearch(model.system, sink, { ...control, share: undefined });
  const asksBlocks = method === "regions" || method === "search";
  const block = asksBlocks ? periods[periods.length - 1]! : method === "auto" && periods[0] === 1 ? 1 : 0;
  if (block > 0 && (share?.index ?? 1) === 1 && blockSeconds(size, merged, block) > LEAST_SECONDS_TO_LOOK_FIRST)
    await search.lookEarly(periods.slice(0, MOST_PERIODS_TO_LOOK_FIRST));
  const searched = new Map<number, Searched>();
  const left: number[] = [];
  for (const period of periods) {
    if (asksBlocks) searched.set(period, await byBlocks(period, method));
    else if (method === "auto" && (period === 1 || blockSeconds(size, merged, period) < LEAST_SECONDS_TO_CHOOSE))
      searched.set(period, await byBlocks(period, "auto"));
    else left.push(period);
  }
  if (left.length === 0) return searched;
  const asked = method === "auto" || asksBlocks ? undefined : method;
  const sought =
    share === undefined
      ? await search.search(left, asked, mostEffort)
      : await searchShare(
          { whole: search, shared: new PointSearch(model.system, sink, control), share },
          left,
          asked,
          control,
        );
  for (const [period, done] of sought) searched.set(period, done);
  return searched;
}
