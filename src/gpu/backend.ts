import type { ReducedSystem } from "../arrangement/reduce.ts";
import { F32 } from "../float/precision.ts";
import { StillpointError } from "../model/errors.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, MaskBatch, Segment } from "../stages/batch.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { type BatchHost, type FirstStages, GpuBatch } from "./batch.ts";
import { GpuStacks, type StackKnobs } from "./box-stack.ts";
import { Gpu, type GpuSource } from "./device.ts";
import { MaskTables } from "./mask-tables.ts";
import { ModelSet, refusal } from "./model-set.ts";
import { type EntryPoint, Pipelines } from "./pipelines.ts";
import { BATCH_WORK, batchItems, DEFAULT_KNOBS, itemsToRefine, type Knobs, SOFTWARE_BATCH_WORK } from "./plan.ts";
import { selfTest } from "./self-test.ts";
import { Slot } from "./slot.ts";

export interface GpuOptions {
  readonly knobs?: Partial<Knobs> | undefined;
  /** Sizes of stacks of boxes. */
  readonly stack?: Partial<StackKnobs> | undefined;
  readonly firstStages?: FirstStages | undefined;
  /** Sees the buffers of each batch that has come back, before another batch takes them. */
  readonly onBatch?: ((slot: Slot) => void) | undefined;
  /** Measures the GPU time of each dispatch, into `gpuSeconds`; needs the feature timestamp-query. */
  readonly timestamps?: boolean | undefined;
}

const MOST_RANKS = 2n ** 64n - 1n;

/**
 * The four stages on a GPU, in float32 with the bounds of src/float. Intermediate data stay on the device. The counts,
 * candidates and escalated subsets of a batch come back in one small readback, while the next batch runs.
 */
export class GpuBackend implements StageBackend {
  readonly name = "webgpu";
  readonly stacks: GpuStacks;
  readonly #gpu: Gpu;
  readonly #knobs: Knobs;
  readonly #tables: MaskTables;
  readonly #host: BatchHost;
  readonly #sets = new Map<readonly StageModel[], ModelSet>();
  readonly #freeSlots: Slot[] = [];
  #slotsMade = 0;
  #batches = 0;
  readonly #onBatch: GpuOptions["onBatch"];
  /** GPU seconds of each entry point so far, if they are measured. */
  readonly gpuSeconds: Partial<Record<EntryPoint, number>> = {};

  constructor(gpu: Gpu, { knobs, stack, firstStages, onBatch, timestamps }: GpuOptions = {}) {
    this.#gpu = gpu;
    this.#onBatch = onBatch;
    const { limits } = gpu;
    const wanted = { ...DEFAULT_KNOBS, ...knobs };
    this.#knobs = {
      ...wanted,
      workgroup: Math.min(wanted.workgroup, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
      workgroups: Math.min(wanted.workgroups, limits.maxComputeWorkgroupsPerDimension),
    };
    this.#tables = new MaskTables(gpu, this.#knobs.slotsPerRecord);
    this.stacks = new GpuStacks(gpu, stack);
    const isTimed = timestamps === true && gpu.device.features.has("timestamp-query");
    this.#host = {
      gpu,
      knobs: this.#knobs,
      pipelines: Pipelines.of(gpu, this.#knobs.workgroup),
      tables: this.#tables,
      batchWork: this.#batchWork,
      firstStages,
      setOf: (models) => this.#setOf(models),
      addTimes: isTimed ? (seconds) => this.#addTimes(seconds) : undefined,
    };
  }

  /**
   * Opens a device and tests its arithmetic.
   * @throws StillpointError NO_GPU; GpuError, "untrusted" if the arithmetic breaks the bounds.
   */
  static async open(source: GpuSource = {}, options: GpuOptions = {}): Promise<GpuBackend> {
    const gpu = await Gpu.open(source);
    try {
      await selfTest(gpu);
    } catch (error) {
      gpu.destroy();
      throw error;
    }
    return new GpuBackend(gpu, options);
  }

  get adapter(): string {
    return this.#gpu.name;
  }

  get software(): boolean {
    return this.#gpu.software;
  }

  get gpu(): Gpu {
    return this.#gpu;
  }

  batchSize(models: readonly StageModel[], mode: ExpandMode): number {
    return batchItems(models, mode, this.#knobs, this.#gpu.limits, this.#batchWork);
  }

  leastTelling(models: readonly StageModel[], mode: ExpandMode): number {
    return itemsToRefine(models, mode, this.#knobs);
  }

  get #batchWork(): number {
    return this.software ? SOFTWARE_BATCH_WORK : BATCH_WORK;
  }

  callsInFlight(mode: ExpandMode): number {
    // in branch mode a batch must know how many masks the batches before it left
    return mode === "owned" ? 2 : 1;
  }

  refusal(model: StageModel, mode: ExpandMode): string | undefined {
    return refusal(model, mode);
  }

  prepare(reduced: ReducedSystem, attempt: number): StageModel {
    return stageModel(reduced, F32, attempt);
  }

  /**
   * Keeps masks that were made on the CPU. Whether the device has had them is not known here; a repeat only costs a
   * solve.
   */
  admit(_model: StageModel, _masks: MaskBatch, _mode: ExpandMode): void {}

  async run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput> {
    checkRanks(segments);
    const slot = this.#freeSlots.pop() ?? new Slot(this.#gpu, this.#slotsMade++);
    try {
      const auditSeed = Math.imul(this.#batches++, 0x9e3779b9) >>> 0;
      return await new GpuBatch(this.#host, { models, segments, mode, keepAll, auditSeed }, slot).run();
    } finally {
      this.#onBatch?.(slot);
      this.#freeSlots.push(slot);
    }
  }

  #addTimes(seconds: Partial<Record<EntryPoint, number>>): void {
    for (const [name, time] of Object.entries(seconds) as [EntryPoint, number][]) {
      this.gpuSeconds[name] = (this.gpuSeconds[name] ?? 0) + time;
    }
  }

  #setOf(models: readonly StageModel[]): ModelSet {
    let set = this.#sets.get(models);
    if (set === undefined) {
      set = new ModelSet(this.#gpu, models);
      this.#sets.set(models, set);
    }
    return set;
  }

  release(models: readonly StageModel[]): void {
    this.#sets.get(models)?.release();
    this.#sets.delete(models);
  }

  /** Frees the buffers that batches use again. */
  freeBatches(): void {
    for (const slot of this.#freeSlots.splice(0)) slot.release();
    this.#tables.release();
  }

  /** Frees every buffer, and the device unless it is the caller's. */
  destroy(): void {
    this.#sets.clear();
    this.#freeSlots.length = 0;
    this.#gpu.destroy();
  }
}

function checkRanks(segments: readonly Segment[]): void {
  for (const { firstRank, length } of segments) {
    if (firstRank + BigInt(length) >= MOST_RANKS) {
      throw new StillpointError(
        "TOO_LARGE",
        `subset rank ${firstRank} is past the 2^64 that the GPU's ranks can name. Use backend "cpu"`,
      );
    }
  }
}
