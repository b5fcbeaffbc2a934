import { genericRegionCount } from "../arrangement/counts.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { F32 } from "../float/precision.ts";
import { StillpointError } from "../model/errors.ts";
import type { StageBackend, StageOutput } from "../stages/backend.ts";
import type { ExpandMode, MaskBatch, Segment } from "../stages/batch.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { GpuStacks, type StackKnobs } from "./box-stack.ts";
import { Gpu, type GpuSource } from "./device.ts";
import { encode } from "./encode.ts";
import { HostStages, type Twins } from "./host-stages.ts";
import { layouts, Params, SegmentRecord, type StageName } from "./layouts.ts";
import { ModelSet, refusal, type SeenMasks } from "./model-set.ts";
import { readAll, readCandidates, readCounts, readEscalated, readTallies } from "./output.ts";
import { type EntryPoint, entryPoints, Pipelines } from "./pipelines.ts";
import {
  BATCH_WORK,
  batchItems,
  type Capacity,
  capacityOf,
  DEFAULT_KNOBS,
  type Knobs,
  SOFTWARE_BATCH_WORK,
} from "./plan.ts";
import { selfTest } from "./self-test.ts";
import { type BatchBuffer, readbackLayout, Slot } from "./slot.ts";
import { strides } from "./specialise.ts";
import { BatchTimer } from "./timing.ts";

export interface GpuOptions {
  readonly knobs?: Partial<Knobs> | undefined;
  /** Sizes of stacks of boxes. */
  readonly stack?: Partial<StackKnobs> | undefined;
  /** Runs the first stages on the CPU, to find a fault by bisection. */
  readonly hostStages?: { readonly count: 1 | 2 | 3; readonly twins: Twins } | undefined;
  /** Measures the GPU time of each dispatch, into `gpuSeconds`; needs the feature timestamp-query. */
  readonly timestamps?: boolean | undefined;
}

const ORDER = Object.keys(entryPoints) as EntryPoint[];
/** Dispatches of a batch that the first 0, 1, 2, 3 stages stand for. */
const DISPATCHES_OF_HOST_STAGES = [0, 1, 2, 4] as const;
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
  readonly #pipelines: Pipelines;
  readonly #host: HostStages | undefined;
  readonly #sets = new Map<readonly StageModel[], ModelSet>();
  readonly #freeSlots: Slot[] = [];
  #slotsMade = 0;
  /** The table of masks in owned mode: every batch leaves it empty. */
  #table: { buffer: GPUBuffer; slots: number } | undefined;
  #batches = 0;
  #lastSlot: Slot | undefined;
  readonly #timestamps: boolean;
  /** GPU seconds of each entry point so far, if they are measured. */
  readonly gpuSeconds: Partial<Record<EntryPoint, number>> = {};

  constructor(gpu: Gpu, { knobs, stack, hostStages, timestamps }: GpuOptions = {}) {
    this.#timestamps = timestamps === true && gpu.device.features.has("timestamp-query");
    this.#gpu = gpu;
    const { limits } = gpu;
    const wanted = { ...DEFAULT_KNOBS, ...knobs };
    this.#knobs = {
      ...wanted,
      workgroup: Math.min(wanted.workgroup, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX),
      workgroups: Math.min(wanted.workgroups, limits.maxComputeWorkgroupsPerDimension),
    };
    this.#pipelines = Pipelines.of(gpu, this.#knobs.workgroup);
    this.stacks = new GpuStacks(gpu, stack);
    this.#host = hostStages === undefined ? undefined : new HostStages(hostStages.count, hostStages.twins);
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
    const work = this.software ? SOFTWARE_BATCH_WORK : BATCH_WORK;
    return batchItems(models, mode, this.#knobs, this.#gpu.limits, work);
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
      return await this.#runBatch(models, segments, mode, keepAll, slot);
    } finally {
      this.#lastSlot = slot;
      this.#freeSlots.push(slot);
    }
  }

  async #runBatch(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
    slot: Slot,
  ): Promise<StageOutput> {
    const gpu = this.#gpu;
    const knobs = this.#knobs;
    const { rank, latentDim, words } = models[0]!;
    const shape = { rank, latentDim, words };
    const pipelines = await this.#pipelinesOf(shape);

    const items = segments.reduce((sum, { length }) => sum + length, 0);
    const maxUndecided = keepAll ? 0 : knobs.maxUndecided;
    let capacity = capacityOf(items, shape, mode, knobs);
    const host = this.#host?.run(models, segments, mode, maxUndecided, capacity.home);
    if (host !== undefined && host.extra > capacity.extra) {
      capacity = { ...capacity, extra: host.extra, records: items * capacity.home + host.extra };
    }
    const readback = readbackLayout(capacity, shape, models.length, knobs);

    let bytes: Promise<ArrayBuffer> | undefined;
    let seen: SeenMasks | undefined;
    let remember = false;
    let base = 0;
    let uniqueBuffer: GPUBuffer | undefined;
    let timer: BatchTimer | undefined;
    const dispatches = ORDER.slice(DISPATCHES_OF_HOST_STAGES[this.#host?.count ?? 0]);
    await gpu.scoped(`batch of ${items} subsets, ρ = ${rank}, R = ${latentDim}`, () => {
      const set = this.#setOf(models);
      slot.fit(capacity, shape, segments.length, models.length, readback.words, mode === "owned");
      if (mode === "branch") {
        seen = this.#seenOf(set, capacity);
        remember = seen.count + 2 * capacity.records <= seen.capacity;
        base = seen.count;
      }
      const table = seen ?? this.#tableOf(capacity);
      const slotCount = "slotCount" in table ? table.slotCount : table.slots;
      const tableBuffer = "slotCount" in table ? table.slots : table.buffer;
      uniqueBuffer = seen?.unique ?? slot.get("unique");
      gpu.write(
        slot.get("params"),
        encode(Params, [
          {
            items,
            segments: segments.length,
            home: capacity.home,
            branch: mode === "branch" ? 1 : 0,
            maxUndecided,
            extraCapacity: capacity.extra,
            slotMask: slotCount - 1,
            maxProbes: knobs.maxProbes,
            base,
            remember: remember ? 1 : 0,
            auditThreshold: Math.min(2 ** 32 - 1, Math.floor((knobs.audits * 2 ** 32) / (items * capacity.home))),
            auditSeed: Math.imul(this.#batches++, 0x9e3779b9) >>> 0,
          },
        ]),
      );
      gpu.write(slot.get("segments"), encode(SegmentRecord, segmentRecords(segments)));
      const bindings: Record<string, GPUBuffer> = {
        models: set.records,
        arrangement: set.arrangement,
        regions: set.regions,
        binomials: set.binomials,
        slots: tableBuffer,
        unique: uniqueBuffer,
      };
      const encoder = gpu.device.createCommandEncoder({ label: "stillpoint batch" });
      encoder.clearBuffer(slot.get("counters"));
      encoder.clearBuffer(slot.get("tallies"));
      if (host !== undefined) {
        gpu.submit(encoder);
        for (const name of ["items", "positive", "undecided", "masks", "escalated", "counters", "tallies"] as const) {
          if (host[name] !== undefined) gpu.write(slot.get(name), host[name]);
        }
        if (host.unique !== undefined) gpu.write(uniqueBuffer, host.unique, 4 * base * strides(shape).mask);
      }
      const commands = host === undefined ? encoder : gpu.device.createCommandEncoder({ label: "stillpoint batch" });
      timer = this.#timestamps ? new BatchTimer(gpu, dispatches) : undefined;
      let pass: GPUComputePassEncoder | undefined;
      dispatches.forEach((entryPoint, i) => {
        // a timestamp belongs to a pass, so each dispatch has a pass of its own
        if (timer !== undefined) pass?.end();
        if (timer !== undefined || pass === undefined) {
          const timestampWrites = timer?.writes(i);
          const label = "stillpoint stages";
          pass = commands.beginComputePass(timestampWrites === undefined ? { label } : { label, timestampWrites });
        }
        pass.setPipeline(pipelines.get(entryPoint)!);
        pass.setBindGroup(0, this.#bindGroup(entryPoints[entryPoint], slot, bindings));
        const [x, y] = this.#grid(invocations(entryPoint, capacity));
        pass.dispatchWorkgroups(x, y);
      });
      pass?.end();
      timer?.resolve(commands);
      const copy = (name: BatchBuffer, to: number, length: number) =>
        commands.copyBufferToBuffer(slot.get(name), 0, slot.get("readback"), 4 * to, 4 * length);
      copy("counters", readback.counters, readback.tallies - readback.counters);
      copy("tallies", readback.tallies, readback.candidates - readback.tallies);
      copy("candidates", readback.candidates, readback.escalated - readback.candidates);
      copy("escalated", readback.escalated, readback.words - readback.escalated);
      gpu.submit(commands);
      bytes = gpu.read(slot.get("readback"), 4 * readback.words);
      // awaited below; if the error scopes report first, the rejection must not count as unhandled
      bytes.catch(() => {});
    });

    const result = new Uint32Array(await bytes!);
    if (timer !== undefined) await this.#takeTimes(timer);
    const counts = readCounts(result, readback);
    let readbacks = 1;
    const rest = async (buffer: GPUBuffer, from: number, length: number) => {
      readbacks++;
      return this.#fetch(buffer, from, length);
    };
    const candidateWords = counts.candidates * (strides(shape).mask + 1);
    const candidateRecords =
      counts.candidates <= readback.candidateRecords
        ? result.subarray(readback.candidates)
        : await rest(slot.get("candidates"), 0, candidateWords);
    const escalatedRecords =
      counts.escalated <= readback.escalatedRecords
        ? result.subarray(readback.escalated)
        : await rest(slot.get("escalated"), 0, counts.escalated * (rank + 1));
    const stride = strides(shape).mask;
    const all = keepAll
      ? readAll(await rest(uniqueBuffer!, base * stride, counts.unique * stride), counts.unique, shape)
      : undefined;
    if (seen !== undefined && remember) seen.count += counts.unique;
    const escalated = readEscalated(escalatedRecords, counts.escalated, rank);
    const { candidates, audit } = readCandidates(candidateRecords, counts.candidates, shape, models, segments);
    return {
      tallies: readTallies(result, readback, models.length, segments, escalated, capacity),
      candidates,
      escalated,
      audit,
      ...(all === undefined ? {} : { all }),
      gpu: { dispatches: dispatches.length, readbacks, forgotten: counts.forgotten },
    };
  }

  async #takeTimes(timer: BatchTimer): Promise<void> {
    const times = await timer.read();
    timer.release();
    for (const [name, seconds] of Object.entries(times) as [EntryPoint, number][]) {
      this.gpuSeconds[name] = (this.gpuSeconds[name] ?? 0) + seconds;
    }
  }

  async #pipelinesOf(shape: { rank: number; latentDim: number; words: number }) {
    const entries = await Promise.all(
      ORDER.map(async (entryPoint) => [entryPoint, await this.#pipelines.get(entryPoint, shape)] as const),
    );
    return new Map(entries);
  }

  #setOf(models: readonly StageModel[]): ModelSet {
    let set = this.#sets.get(models);
    if (set === undefined) {
      set = new ModelSet(this.#gpu, models);
      this.#sets.set(models, set);
    }
    return set;
  }

  /** Room for all masks that the models can have, if a binding can be that large. */
  #seenOf(set: ModelSet, { records }: Capacity): SeenMasks {
    if (set.seen !== undefined && set.seen.count + records <= set.seen.capacity) return set.seen;
    const { mask } = strides(set.shape);
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#gpu.limits;
    const most = Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / (4 * mask));
    const regions = set.models.reduce((sum, { count, rank }) => sum + Number(genericRegionCount(count, rank)), 0);
    const capacity = Math.min(most, Math.ceil(regions * 1.1) + 3 * records);
    const slotCount = tableSlots(capacity * this.#knobs.slotsPerRecord, this.#gpu.limits);
    if (set.seen !== undefined) this.#gpu.release(set.seen.slots, set.seen.unique);
    set.seen = {
      slots: this.#gpu.storage("stillpoint seen slots", 4 * slotCount),
      slotCount,
      unique: this.#gpu.storage("stillpoint seen masks", 4 * mask * capacity),
      capacity,
      count: 0,
    };
    return set.seen;
  }

  #tableOf({ records }: Capacity): { buffer: GPUBuffer; slots: number } {
    const slots = tableSlots(records * this.#knobs.slotsPerRecord, this.#gpu.limits);
    if (this.#table === undefined || this.#table.slots < slots) {
      if (this.#table !== undefined) this.#gpu.release(this.#table.buffer);
      this.#table = { buffer: this.#gpu.storage("stillpoint table", 4 * slots), slots };
    }
    return this.#table;
  }

  #bindGroup(stage: StageName, slot: Slot, bindings: Record<string, GPUBuffer>): GPUBindGroup {
    return this.#gpu.device.createBindGroup({
      label: `stillpoint ${stage}`,
      layout: this.#pipelines.groupLayout(stage),
      entries: Object.keys(layouts[stage].entries).map((name, binding) => ({
        binding,
        resource: { buffer: bindings[name] ?? slot.get(name as BatchBuffer) },
      })),
    });
  }

  /** The workgroups in two dimensions, as neither dimension may exceed the limit. */
  #grid(threads: number): [number, number] {
    const groups = Math.ceil(threads / this.#knobs.workgroup);
    const x = Math.min(groups, this.#knobs.workgroups);
    return [x, Math.ceil(groups / x)];
  }

  /** Reads words of a device buffer, in a readback of their own. */
  async #fetch(buffer: GPUBuffer, from: number, length: number): Promise<Uint32Array> {
    if (length === 0) return new Uint32Array(0);
    const gpu = this.#gpu;
    let bytes: Promise<ArrayBuffer> | undefined;
    const staging: GPUBuffer[] = [];
    try {
      await gpu.scoped(`reading ${buffer.label}`, () => {
        const target = gpu.buffer(`${buffer.label} readback`, 4 * length, 1 | 8);
        staging.push(target);
        const encoder = gpu.device.createCommandEncoder({ label: "stillpoint readback" });
        encoder.copyBufferToBuffer(buffer, 4 * from, target, 0, 4 * length);
        gpu.submit(encoder);
        bytes = gpu.read(target, 4 * length);
        bytes.catch(() => {});
      });
      return new Uint32Array(await bytes!);
    } finally {
      gpu.release(...staging);
    }
  }

  /** Contents of a buffer of the last batch that came back: for parity tests and bisection. */
  async inspect(name: BatchBuffer, words: number): Promise<Uint32Array> {
    if (this.#lastSlot === undefined) throw new RangeError("no batch has run");
    return this.#fetch(this.#lastSlot.get(name), 0, words);
  }

  release(models: readonly StageModel[]): void {
    this.#sets.get(models)?.release();
    this.#sets.delete(models);
  }

  /** Frees the buffers that batches use again. */
  freeBatches(): void {
    for (const slot of this.#freeSlots.splice(0)) slot.release();
    if (this.#table !== undefined) this.#gpu.release(this.#table.buffer);
    this.#table = undefined;
    this.#lastSlot = undefined;
  }

  /** Frees every buffer, and the device unless it is the caller's. */
  destroy(): void {
    this.#sets.clear();
    this.#freeSlots.length = 0;
    this.#gpu.destroy();
  }
}

function invocations(entryPoint: EntryPoint, { items, home, records }: Capacity): number {
  if (entryPoint === "intersect") return items;
  return entryPoint === "expand" ? items * home : records;
}

function segmentRecords(segments: readonly Segment[]) {
  let firstItem = 0;
  return segments.map(({ model, size, firstRank, length }) => {
    const record = {
      model,
      size,
      firstItem,
      firstRank: [Number(BigInt.asUintN(32, firstRank)), Number(firstRank >> 32n)] as const,
    };
    firstItem += length;
    return record;
  });
}

/** The slots of a table: a power of two, at least as large as wanted if a binding can be that large. */
function tableSlots(wanted: number, limits: GPUSupportedLimits): number {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4;
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(16, wanted))), 2 ** Math.floor(Math.log2(most)));
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
