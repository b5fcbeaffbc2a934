import { genericRegionCount } from "../arrangement/counts.ts";
import type { Gpu } from "./device.ts";
import type { ModelSet, SeenMasks } from "./model-set.ts";
import type { Capacity } from "./plan.ts";
import { strides } from "./specialise.ts";

/** A hash table of masks on the device: places in a list of masks. */
export type MaskTable = Pick<SeenMasks, "slots" | "slotCount">;

/** The hash tables that batches find repeated masks with. */
export class MaskTables {
  readonly #gpu: Gpu;
  readonly #slotsPerRecord: number;
  /** The table of owned mode: every batch leaves it empty. */
  #ofBatch: MaskTable | undefined;

  constructor(gpu: Gpu, slotsPerRecord: number) {
    this.#gpu = gpu;
    this.#slotsPerRecord = slotsPerRecord;
  }

  /** A table for the masks of one batch. */
  ofBatch({ records }: Capacity): MaskTable {
    const slotCount = this.#slotsFor(records);
    if (this.#ofBatch === undefined || this.#ofBatch.slotCount < slotCount) {
      this.release();
      this.#ofBatch = { slots: this.#gpu.storage("stillpoint table", 4 * slotCount), slotCount };
    }
    return this.#ofBatch;
  }

  /** Room for all masks that the models of a set can have, if a binding can be that large. */
  seenOf(set: ModelSet, { records }: Capacity): SeenMasks {
    if (set.seen !== undefined && set.seen.count + records <= set.seen.capacity) return set.seen;
    const gpu = this.#gpu;
    const { mask } = strides(set.shape);
    const { maxStorageBufferBindingSize, maxBufferSize } = gpu.limits;
    const most = Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / (4 * mask));
    const regions = set.models.reduce((sum, { count, rank }) => sum + Number(genericRegionCount(count, rank)), 0);
    const capacity = Math.min(most, Math.ceil(regions * 1.1) + 3 * records);
    const slotCount = this.#slotsFor(capacity);
    if (set.seen !== undefined) gpu.release(set.seen.slots, set.seen.unique);
    set.seen = {
      slots: gpu.storage("stillpoint seen slots", 4 * slotCount),
      slotCount,
      unique: gpu.storage("stillpoint seen masks", 4 * mask * capacity),
      capacity,
      count: 0,
    };
    return set.seen;
  }

  /** A power of two, at least as large as wanted if a binding can be that large. */
  #slotsFor(records: number): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#gpu.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4;
    const wanted = Math.max(16, records * this.#slotsPerRecord);
    return Math.min(2 ** Math.ceil(Math.log2(wanted)), 2 ** Math.floor(Math.log2(most)));
  }

  /** Frees the table of batches. */
  release(): void {
    if (this.#ofBatch !== undefined) this.#gpu.release(this.#ofBatch.slots);
    this.#ofBatch = undefined;
  }
}
