import { binomial } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend } from "../stages/backend.ts";
import type { ExpandMode } from "../stages/batch.ts";
import { takeAllSteps } from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { estimateCost } from "./method.ts";

/** What a run over regions asks of a backend. */
export interface RegionsWork {
  readonly system: PiecewiseLinearSystem;
  /** Generic number of regions of this run. */
  readonly regions: bigint;
  readonly mode: ExpandMode;
  /** Whether every mask is wanted. */
  readonly keepAll: boolean;
}

/** The time that a backend takes for n subsets of a shape: a fixed part, and one for each. */
export interface Speed {
  readonly fixedSeconds: number;
  readonly itemsPerSecond: number;
  /** Whether it is surely no quicker, and was not measured further. */
  readonly isBound?: boolean | undefined;
}

export function secondsAt({ fixedSeconds, itemsPerSecond }: Speed, items: number): number {
  return fixedSeconds + items / itemsPerSecond;
}

/** Calls of a backend by which its speed is measured. */
export interface MeasuredCalls {
  /** Fewest items of a call that are done as in a long run, and most items of a call. */
  readonly least: number;
  readonly most: number;
  run(items: number): Promise<unknown>;
}

/** A call that takes so long tells the speed. */
const TELLING_SECONDS = 0.004;
/** Items of the call that tells the fixed part, and how fast calls grow. */
const FEW_ITEMS = 128;
const GROWTH = 4;

/**
 * Measures a speed: after a first call, which compiles what has to be compiled, a call of few items tells the fixed
 * part, and growing ones the time for each.
 * @param atLeast items per second. A slower speed is of no use: once it is clear that it is slower nothing more is
 *   measured or compiled.
 * @param now seconds; tests state the time.
 */
export async function measureSpeed(
  { least, most, run }: MeasuredCalls,
  atLeast = 0,
  now: () => number = () => performance.now() / 1000,
): Promise<Speed> {
  const timed = async (items: number): Promise<number> => {
    const begun = now();
    await run(items);
    return now() - begun;
  };
  const few = Math.min(FEW_ITEMS, most);
  await run(few);
  const ofFew = await timed(few);
  const speedBy = (items: number, seconds: number): Speed => {
    // clocks of pages are coarse, so that a difference of two times may be anything
    const differs = items > few && seconds > ofFew;
    const itemsPerSecond = differs ? (items - few) / (seconds - ofFew) : items / Math.max(seconds, 1e-6);
    return { fixedSeconds: Math.max(0, seconds - items / itemsPerSecond), itemsPerSecond };
  };
  let items = Math.min(GROWTH * few, most);
  let seconds = await timed(items);
  while (seconds < TELLING_SECONDS && items < most) {
    items = Math.min(most, GROWTH * items);
    seconds = await timed(items);
  }
  const speed = speedBy(items, seconds);
  const enough = Math.min(least, most);
  if (items >= enough) return speed;
  // larger calls do more for each item
  if (speed.itemsPerSecond < atLeast) return { ...speed, isBound: true };
  await run(enough);
  return speedBy(enough, await timed(enough));
}

/** The speed of a backend at such work, as `measureSpeed` has it; undefined where it refuses the model. */
export type SpeedOf = (backend: StageBackend, work: RegionsWork, atLeast?: number) => Promise<Speed | undefined>;

/** Speeds that this process has measured, by backend and shape. */
const measured = new Map<string, Speed>();

/** Measures on subsets of the very model, from the middle of all that have ρ hyperplanes, once for each shape. */
export const measuredSpeed: SpeedOf = async (backend, { system, mode, keepAll }, atLeast = 0) => {
  const reduced = reduceSystem(system);
  await takeAllSteps(reduced.sums.making());
  const model = backend.prepare(reduced, 0);
  if (backend.refusal(model, mode) !== undefined) return undefined;
  const { rank, latentDim, count } = model;
  const key = [backend.adapter ?? backend.name, mode, keepAll, rank, latentDim, count].join();
  const known = measured.get(key);
  if (known !== undefined && !(known.isBound && known.itemsPerSecond >= atLeast)) return known;
  const models = [model];
  try {
    const speed = await measureSpeed(callsOn(backend, models, mode, keepAll), atLeast);
    measured.set(key, speed);
    return speed;
  } finally {
    backend.release(models);
  }
};

/** Most items of a measured call that is done in several batches. */
const MOST_ITEMS = 2 ** 20;

/** Calls on one subset after the other, so that none is met again in branch mode. */
function callsOn(
  backend: StageBackend,
  models: readonly StageModel[],
  mode: ExpandMode,
  keepAll: boolean,
): MeasuredCalls {
  const { rank: size, count } = models[0]!;
  const subsets = binomial(count, size);
  const batch = backend.batchSize(models, mode);
  const limit = BigInt(backend.runNow !== undefined ? Math.max(batch, MOST_ITEMS) : batch);
  let next = subsets / 2n;
  return {
    least: backend.leastTelling?.(models, mode) ?? 1,
    most: Number(subsets < limit ? subsets : limit),
    run: async (items) => {
      for (let left = items; left > 0; left -= batch) {
        const length = Math.min(left, batch);
        if (next + BigInt(length) > subsets) next = 0n;
        await backend.run(models, [{ model: 0, size, firstRank: next, length }], mode, keepAll);
        next += BigInt(length);
      }
    },
  };
}

/** Seconds that opening a GPU and compiling the shaders of a shape take at least. */
export const SECONDS_TO_OPEN_GPU = 0.5;
/**
 * With less estimated time on the CPU its speed is not measured: the estimate is good to an order of magnitude, and
 * measuring takes some milliseconds.
 */
const LEAST_ESTIMATED_SECONDS = 0.1;
/** More dimensions than this are never a GPU's. */
const MOST_DIMENSIONS = 30;

/** Whether the work may take the CPU's threads so long that speeds are worth measuring. */
export function mayTakeLong({ system, regions }: RegionsWork, threads: number): boolean {
  const { latentDim, columns } = reduceSystem(system);
  if (latentDim > MOST_DIMENSIONS) return false;
  const size = { latentDim, rank: columns.length, regions, allMasks: false };
  return estimateCost(size).regions >= LEAST_ESTIMATED_SECONDS * threads;
}
