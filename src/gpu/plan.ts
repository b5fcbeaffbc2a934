import type { ExpandMode } from "../stages/batch.ts";
import { MOST_INTEGER_DIMENSIONS } from "../stages/integer-model.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { type Shape, strides } from "./specialise.ts";

/** Sizes that tests and benches may set; all have defaults. */
export interface Knobs {
  /** Invocations per workgroup, at most 256. */
  readonly workgroup: number;
  /** Most items of a batch. */
  readonly batchItems: number;
  /** Most workgroups per dimension: the device's limit, or less to force dispatches of two dimensions. */
  readonly workgroups: number;
  /** Most undecided bits that are branched on; items with more go to the CPU. */
  readonly maxUndecided: number;
  /** Records behind the homes, as a share of the records in the homes. */
  readonly extraShare: number;
  /** Fewest table slots per record; the table is rounded up to a power of two. */
  readonly slotsPerRecord: number;
  readonly maxProbes: number;
  /** About how many "no" verdicts are audited in each batch. */
  readonly audits: number;
  /**
   * Fewest multiplications of a batch, for each of its models, of which open items and masks get a second look, in
   * integers: what a smaller batch leaves open takes the host less time than it takes to make integers of models and to
   * compile two more shaders.
   */
  readonly refineFrom: number;
  /**
   * Most items and masks of a batch that get a second look, as a share of its items and its records; what is past them
   * goes to the CPU.
   */
  readonly refineShare: number;
  /** Records of candidates and escalated subsets that the one readback of a batch has room for. */
  readonly readbackRecords: number;
}

export const DEFAULT_KNOBS: Knobs = {
  workgroup: 64,
  batchItems: 2 ** 20,
  workgroups: 65535,
  maxUndecided: 4,
  extraShare: 0.25,
  slotsPerRecord: 2,
  maxProbes: 64,
  audits: 16,
  refineFrom: 2 ** 28,
  refineShare: 1,
  readbackRecords: 2 ** 14,
};

/** Device memory for the buffers of one batch. */
const BATCH_BYTES = 2 ** 28;
/**
 * Multiplications of one batch in all its dispatches: less than half a second at 10^10 a second, the speed of a small
 * integrated GPU. Drivers and browsers end work that takes 2 to 10 seconds.
 */
export const BATCH_WORK = 2 ** 32;
/**
 * Multiplications of one batch on an adapter that computes on the CPU, at 10^7 to 10^8 a second: a batch can't be
 * cancelled.
 */
export const SOFTWARE_BATCH_WORK = 2 ** 26;
/** Multiplications of one invocation, one after another: half a second at the slow end, 50 cycles each at 1 GHz. */
export const INVOCATION_WORK = 2 ** 23;

/** Sizes of one batch's buffers. */
export interface Capacity {
  readonly items: number;
  /** Records of `masks` per item. */
  readonly home: number;
  readonly extra: number;
  /** Records of `masks`: items·home + extra. */
  readonly records: number;
  /** Masks and items that may get a second look; 0 if none does. */
  readonly open: number;
  readonly openItems: number;
}

/** The share of masks that float32 is likely to leave open, for which a batch is planned: it may be any. */
const OPEN_SHARE = 1 / 8;

function mostHyperplanes(models: readonly StageModel[]): number {
  return models.reduce((most, { count }) => Math.max(most, count), 0);
}

function homeRecords(shape: Shape, mode: ExpandMode): number {
  return mode === "branch" ? 2 ** shape.rank : 1;
}

/** @param models of one shape. @param batchWork multiplications of one batch. */
export function capacityOf(
  items: number,
  models: readonly StageModel[],
  mode: ExpandMode,
  knobs: Knobs,
  batchWork: number,
): Capacity {
  const shape = models[0]!;
  const n = mostHyperplanes(models);
  const home = homeRecords(shape, mode);
  const extra = Math.ceil(items * home * knobs.extraShare) + 2 ** knobs.maxUndecided;
  const records = items * home + extra;
  const work = (items / models.length) * workOf(shape, n, mode, knobs).item;
  const looksAgain = refines(shape, n, knobs) && work >= knobs.refineFrom;
  const most = (count: number, each: number) => {
    return looksAgain ? Math.ceil(Math.min(knobs.refineShare * count, batchWork / each)) : 0;
  };
  return {
    items,
    home,
    extra,
    records,
    open: most(records, refineWork(shape, n).usual),
    openItems: most(items, reintersectWork(shape, n)),
  };
}

/** Whether what `solve` leaves open of models of a shape gets a second look in large batches. */
function refines(shape: Shape, n: number, knobs: Knobs): boolean {
  if (knobs.refineFrom === Number.POSITIVE_INFINITY || shape.latentDim > MOST_INTEGER_DIMENSIONS) return false;
  return Math.max(refineWork(shape, n).most, reintersectWork(shape, n)) <= INVOCATION_WORK;
}

/** Fewest items of a batch in which open items and masks get a second look; 1 where none gets one. */
export function itemsToRefine(models: readonly StageModel[], mode: ExpandMode, knobs: Knobs): number {
  const shape = models[0]!;
  const n = mostHyperplanes(models);
  if (!refines(shape, n, knobs)) return 1;
  return Math.ceil((models.length * knobs.refineFrom) / workOf(shape, n, mode, knobs).item);
}

/**
 * Multiplications that take as long as a second look: three for a sum of two words, twenty for a product that is added
 * to 96 bits. Usually a hyperplane of the mask's own subset ends it.
 */
function refineWork({ rank, latentDim: R }: Shape, n: number): { usual: number; most: number } {
  const system = 3 * n * R * (R + 1) + 120 * R ** 3;
  return { usual: system + 20 * rank * R, most: system + 20 * n * R };
}

/** The same of an item: three systems at most, and every sign. */
function reintersectWork({ rank }: Shape, n: number): number {
  return 300 * rank ** 3 + 20 * n * rank;
}

/** Multiplications that models of a shape with at most n hyperplanes cost, but for a second look. */
export function workOf(shape: Shape, n: number, mode: ExpandMode, knobs: Knobs = DEFAULT_KNOBS) {
  const { rank, latentDim: R } = shape;
  // elimination, the residual and its bounds
  const inverse = (dimension: number) => 4 * dimension ** 3;
  const vertex = n * rank + inverse(rank);
  const region = n * (R * R + 2 * R) + inverse(R);
  return {
    /** One subset, with all regions that its vertex may lead to. */
    item: vertex + homeRecords(shape, mode) * (1 + knobs.extraShare) * region,
    /** The most multiplications of one invocation. */
    invocation: Math.max(vertex, region),
  };
}

/** Items that a batch takes: bounded by the knob, the size of bindings, memory, and the work of one submission. */
export function batchItems(
  models: readonly StageModel[],
  mode: ExpandMode,
  knobs: Knobs,
  limits: GPUSupportedLimits,
  batchWork = BATCH_WORK,
): number {
  const { rank, latentDim: R, words } = models[0]!;
  const shape = { rank, latentDim: R, words };
  const n = mostHyperplanes(models);
  const { item, mask } = strides(shape);
  const recordsPerItem = homeRecords(shape, mode) * (1 + knobs.extraShare);
  const largestRecord = Math.max(item, words, recordsPerItem * Math.max(mask + 1, R + 1, 4 * knobs.slotsPerRecord));
  const bytesPerItem = 4 * (item + 2 * words + recordsPerItem * (3 * mask + R + 4 + 2 * knobs.slotsPerRecord));
  const looksAgain = refines(shape, n, knobs) && batchWork >= knobs.refineFrom;
  const openWork = looksAgain ? OPEN_SHARE * refineWork(shape, n).usual : 0;
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const most = Math.min(
    knobs.batchItems,
    (0.9 * binding) / (4 * largestRecord),
    BATCH_BYTES / bytesPerItem,
    batchWork / (workOf(shape, n, mode, knobs).item + recordsPerItem * openWork),
  );
  return Math.max(1, Math.floor(most));
}
