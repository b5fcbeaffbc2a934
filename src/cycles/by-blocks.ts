import { genericRegionCount, rangeOfPart } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import { blockSystem } from "../model/block.ts";
import type { Model } from "../model/types.ts";
import type { Engine } from "../run/engine.ts";
import { estimateCost, type ModelSize } from "../run/method.ts";
import { Run } from "../run/run.ts";
import { runMethod } from "../run/solver.ts";
import type { CandidateSink, MethodOutcome } from "../stages/run.ts";
import { wordOfMask } from "./block.ts";
import type { Division, Share, WordControl } from "./task-queue.ts";
import type { PeriodOutcome, WordSink } from "./word.ts";

/**
 * The words of one period as regions of the block system, found by the methods for fixed points
 * (docs/design.md#cycles).
 * @param method "auto" takes the cheaper one.
 */
export async function searchBlocks(
  model: Model,
  period: number,
  method: "auto" | "regions" | "search",
  sink: WordSink,
  control: WordControl,
  engine: Engine,
): Promise<PeriodOutcome & { readonly method: "regions" | "search" }> {
  const block = { ...model, system: blockSystem(model.system, period), units: period * model.units };
  const seconds = control.deadline === undefined ? undefined : (control.deadline - performance.now()) / 1000;
  const { signal, onProgress, share } = control;
  const maxSeconds = seconds && Math.max(seconds, Number.MIN_VALUE);
  const run = await Run.begin(block, { method, maxSeconds, signal, onProgress }, share?.of);
  const N = model.system.hyperplanes;
  const words: CandidateSink = {
    add: (mask) => sink.add(wordOfMask(mask, N, period)),
    settle: (limits) => sink.settle(limits),
    get found() {
      return sink.found;
    },
  };
  const part = share && partOf(block.system, share);
  const { outcome, method: taken = run.method } = await runMethod(
    run,
    words,
    engine,
    share && { range: part?.range, ownerDirections: share.ownerDirections, share },
  );
  await sink.settle(control);
  const { complete, incompleteBecause, counts } = outcome;
  return {
    period,
    complete,
    ...(incompleteBecause === undefined ? {} : { incompleteBecause }),
    ...(part && complete ? { division: divisionOf(outcome, part.total) } : {}),
    counts,
    method: taken,
  };
}

function partOf(system: Model["system"], share: Share): ReturnType<typeof rangeOfPart> {
  const { count, columns } = reduceSystem(system);
  return rangeOfPart(count, columns.length, share);
}

/** What a share of a search is one of; of regions, of all subsets. */
function divisionOf({ queue, ownerDirections = 0 }: MethodOutcome, subsets: bigint): Division {
  if (queue !== undefined) return { tasks: queue.boxes, digest: queue.digest };
  return { tasks: Number(subsets), digest: `${subsets} subsets`, ownerDirections };
}

/** Estimated seconds of `searchBlocks`. @param size of the model itself; @param merged its distinct hyperplanes. */
export function blockSeconds(size: ModelSize, merged: number, period: number): number {
  const rank = period * size.rank;
  const cost = estimateCost({
    latentDim: period * size.latentDim,
    rank,
    regions: genericRegionCount(period * merged, rank),
    allMasks: size.allMasks && period * merged <= MOST_MASKS,
  });
  return Math.min(cost.regions, cost.search);
}

/** The most hyperplanes of a block system all of whose masks are tried. */
const MOST_MASKS = 24;
