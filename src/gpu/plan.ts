import type { ExpandMode } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { type Shape, strides } from "./specialise.ts";

/** Sizes that tests and benches may set; all have defaults. */
export interface Knobs {
  /** Invocations per workgroup, at most 256. */
  readonly workgroup: number;
  /** Items per batch at most. */
  readonly batchItems: number;
  /** Workgroups per dimension at most: the device's limit, or less to force dispatches of two dimensions. */
  readonly workgroups: number;
  /** Undecided bits that are branched on; items with more go to the CPU. */
  readonly maxUndecided: number;
  /** Records behind the homes, as a share of those in them. */
  readonly extraShare: number;
  /** Table slots per record, at least; rounded up to a power of two. */
  readonly slotsPerRecord: number;
  readonly maxProbes: number;
  /** "no" verdicts audited in each batch, about. */
  readonly audits: number;
  /** Records of candidates and escalated subsets that the one readback of a batch has room for. */
  readonly readbackRecords: number;
}

export const DEFAULT_KNOBS: Knobs = {
  workgroup: 64,
  batchItems: 2 ** 18,
  workgroups: 65535,
  maxUndecided: 4,
  extraShare: 0.25,
  slotsPerRecord: 2,
  maxProbes: 64,
  audits: 16,
  readbackRecords: 4096,
};

/** Device memory for the buffers of one batch. */
const BATCH_BYTES = 2 ** 28;
/** Multiplications of one batch: well below a second on the slowest GPU, so that no watchdog bites. */
const BATCH_WORK = 2 ** 32;

/** Sizes of one batch's buffers. */
export interface Capacity {
  readonly items: number;
  /** Records of `masks` per item. */
  readonly home: number;
  readonly extra: number;
  /** Records of `masks`: items·home + extra. */
  readonly records: number;
}

function homeRecords(shape: Shape, mode: ExpandMode): number {
  return mode === "branch" ? 2 ** shape.rank : 1;
}

export function capacityOf(items: number, shape: Shape, mode: ExpandMode, knobs: Knobs): Capacity {
  const home = homeRecords(shape, mode);
  const extra = Math.ceil(items * home * knobs.extraShare) + 2 ** knobs.maxUndecided;
  return { items, home, extra, records: items * home + extra };
}

/** Items that a batch takes: bounded by the knob, the size of bindings, memory, and the work of one submission. */
export function batchItems(
  models: readonly StageModel[],
  mode: ExpandMode,
  knobs: Knobs,
  limits: GPUSupportedLimits,
): number {
  const { rank, latentDim: R, words } = models[0];
  const shape = { rank, latentDim: R, words };
  const n = models.reduce((most, { count }) => Math.max(most, count), 0);
  const { item, mask } = strides(shape);
  const recordsPerItem = homeRecords(shape, mode) * (1 + knobs.extraShare);
  const largestRecord = Math.max(item, words, recordsPerItem * Math.max(mask + 1, R + 1, 4 * knobs.slotsPerRecord));
  const bytesPerItem = 4 * (item + 2 * words + recordsPerItem * (3 * mask + R + 3 + 2 * knobs.slotsPerRecord));
  const workPerItem = n * (rank + recordsPerItem * (R * R + 2 * R)) + rank ** 3 + recordsPerItem * R ** 3;
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  const most = Math.min(
    knobs.batchItems,
    (0.9 * binding) / (4 * largestRecord),
    BATCH_BYTES / bytesPerItem,
    BATCH_WORK / workPerItem,
  );
  return Math.max(1, Math.floor(most));
}
