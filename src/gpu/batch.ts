import type { StageOutput } from "../stages/backend.ts";
import type { ExpandMode, Segment } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { Gpu } from "./device.ts";
import { encode } from "./encode.ts";
import { layouts, Params, SegmentRecord, type StageName } from "./layouts.ts";
import type { MaskTables } from "./mask-tables.ts";
import type { ModelSet, SeenMasks } from "./model-set.ts";
import { type ReadOutput, readAll, readCandidates, readEscalated, readTallies, takeOutput } from "./output.ts";
import { type EntryPoint, entryPoints, type Pipelines } from "./pipelines.ts";
import { type Capacity, capacityOf, type Knobs } from "./plan.ts";
import { type BatchBuffer, type ReadbackLayout, readbackLayout, type Slot } from "./slot.ts";
import { type Shape, strides } from "./specialise.ts";
import { BatchTimer } from "./timing.ts";

const ORDER = Object.keys(entryPoints) as EntryPoint[];
/** Dispatches of a batch that the first 0, 1, 2, 3, 4 stages stand for. */
const DISPATCHES_OF_FIRST_STAGES = [0, 1, 3, 5, 6] as const;

/** The contents of the device's buffers after the first stages. */
export interface StageContents {
  readonly items: Uint32Array<ArrayBuffer>;
  readonly positive: Uint32Array<ArrayBuffer>;
  readonly undecided: Uint32Array<ArrayBuffer>;
  readonly openItems?: Uint32Array<ArrayBuffer>;
  readonly masks?: Uint32Array<ArrayBuffer>;
  readonly escalated?: Uint32Array<ArrayBuffer>;
  readonly unique?: Uint32Array<ArrayBuffer>;
  readonly results?: Uint32Array<ArrayBuffer>;
  readonly open?: Uint32Array<ArrayBuffer>;
  readonly candidates?: Uint32Array<ArrayBuffer>;
  readonly counters?: Uint32Array<ArrayBuffer>;
  readonly tallies?: Uint32Array<ArrayBuffer>;
  /** Records of `masks` behind all homes. */
  readonly extra: number;
}

/** Takes the place of the first stages of each batch, so that a fault can be found by bisection. */
export interface FirstStages {
  readonly count: 1 | 2 | 3 | 4;
  run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    maxUndecided: number,
    home: number,
  ): StageContents;
}

/** Buffers of a slot that first stages may fill. */
const GIVEN = [
  "items",
  "positive",
  "undecided",
  "openItems",
  "masks",
  "escalated",
  "results",
  "open",
  "candidates",
  "counters",
  "tallies",
] as const satisfies readonly (BatchBuffer & keyof StageContents)[];

/** What all batches of a backend share. */
export interface BatchHost {
  readonly gpu: Gpu;
  readonly knobs: Knobs;
  readonly pipelines: Pipelines;
  readonly tables: MaskTables;
  /** Multiplications of one batch. */
  readonly batchWork: number;
  readonly firstStages: FirstStages | undefined;
  setOf(models: readonly StageModel[]): ModelSet;
  /** Takes the GPU seconds of each dispatch; without it none are measured. */
  readonly addTimes?: ((seconds: Partial<Record<EntryPoint, number>>) => void) | undefined;
}

/** What one batch computes. */
export interface BatchWork {
  readonly models: readonly StageModel[];
  readonly segments: readonly Segment[];
  readonly mode: ExpandMode;
  readonly keepAll: boolean;
  /** Which "no" verdicts are audited depends on it. */
  readonly auditSeed: number;
}

/** One batch of subsets on the device: its parameters, its dispatches and the output that comes back. */
export class GpuBatch {
  readonly #host: BatchHost;
  readonly #work: BatchWork;
  readonly #slot: Slot;
  readonly #shape: Shape;
  readonly #items: number;
  readonly #capacity: Capacity;
  readonly #readback: ReadbackLayout;
  /** The output of the stages that the device does not run. */
  readonly #given: StageContents | undefined;
  readonly #dispatches: readonly EntryPoint[];
  /** In branch mode the masks of earlier batches, whether those of this one are kept, and where they begin. */
  #seen: SeenMasks | undefined;
  #remembers = false;
  #base = 0;
  #timer: BatchTimer | undefined;
  #readbacks = 1;

  constructor(host: BatchHost, work: BatchWork, slot: Slot) {
    const { models, segments, mode, keepAll } = work;
    const { rank, latentDim, words } = models[0]!;
    const { knobs, firstStages } = host;
    this.#host = host;
    this.#work = work;
    this.#slot = slot;
    this.#shape = { rank, latentDim, words };
    this.#items = segments.reduce((sum, { length }) => sum + length, 0);
    const capacity = capacityOf(this.#items, models, mode, knobs, host.batchWork);
    this.#given = firstStages?.run(models, segments, mode, keepAll ? 0 : knobs.maxUndecided, capacity.home);
    const extra = Math.max(capacity.extra, this.#given?.extra ?? 0);
    const open = Math.max(capacity.open, this.#given?.open?.length ?? 0);
    const openItems = Math.max(capacity.openItems, (this.#given?.openItems?.length ?? 0) - 1);
    this.#capacity = { ...capacity, extra, open, openItems, records: capacity.records + extra - capacity.extra };
    this.#readback = readbackLayout(this.#capacity, this.#shape, models.length, knobs);
    this.#dispatches = ORDER.slice(DISPATCHES_OF_FIRST_STAGES[firstStages?.count ?? 0]).filter(
      (entryPoint) => invocations(entryPoint, this.#capacity) > 0,
    );
  }

  /** @throws GpuError */
  async run(): Promise<StageOutput> {
    const { gpu } = this.#host;
    const { rank, latentDim } = this.#shape;
    const pipelines = await this.#compiled();
    let read: Promise<ReadOutput> | undefined;
    await gpu.scoped(`batch of ${this.#items} subsets, ρ = ${rank}, R = ${latentDim}`, () => {
      this.#submit(pipelines);
      read = gpu.readPart(this.#slot.get("readback"), 4 * this.#readback.words, (bytes) =>
        takeOutput(bytes, this.#readback, this.#shape),
      );
      // awaited below; if the error scopes report first, the rejection must not count as unhandled
      read.catch(() => {});
    });
    const output = await read!;
    if (this.#timer !== undefined) {
      this.#host.addTimes?.(await this.#timer.read());
      this.#timer.release();
    }
    return this.#output(output);
  }

  async #compiled(): Promise<ReadonlyMap<EntryPoint, GPUComputePipeline>> {
    const compiled = this.#dispatches.map(
      async (entryPoint) => [entryPoint, await this.#host.pipelines.get(entryPoint, this.#shape)] as const,
    );
    return new Map(await Promise.all(compiled));
  }

  #submit(pipelines: ReadonlyMap<EntryPoint, GPUComputePipeline>): void {
    const { gpu, tables, addTimes } = this.#host;
    const { models, segments, mode } = this.#work;
    const slot = this.#slot;
    const capacity = this.#capacity;
    const set = this.#host.setOf(models);
    slot.fit(capacity, this.#shape, segments.length, models.length, this.#readback.words, mode === "owned");
    if (mode === "branch") {
      this.#seen = tables.seenOf(set, capacity);
      this.#remembers = this.#seen.count + 2 * capacity.records <= this.#seen.capacity;
      this.#base = this.#seen.count;
    }
    const { slots, slotCount } = this.#seen ?? tables.ofBatch(capacity);
    gpu.write(slot.get("params"), encode(Params, [this.#params(slotCount)]));
    gpu.write(slot.get("segments"), encode(SegmentRecord, segmentRecords(segments)));
    const bindings: Record<string, GPUBuffer> = {
      models: set.records,
      arrangement: set.arrangement,
      regions: set.regions,
      ...(capacity.open + capacity.openItems > 0 ? { integers: set.integers } : {}),
      binomials: set.binomials,
      slots,
      unique: this.#unique,
    };
    const clearing = gpu.device.createCommandEncoder({ label: "stillpoint batch" });
    clearing.clearBuffer(slot.get("counters"));
    clearing.clearBuffer(slot.get("tallies"));
    clearing.clearBuffer(slot.get("openItems"), 0, 4);
    let commands = clearing;
    if (this.#given !== undefined) {
      gpu.submit(clearing);
      this.#write(this.#given);
      commands = gpu.device.createCommandEncoder({ label: "stillpoint batch" });
    }
    this.#timer = addTimes === undefined ? undefined : new BatchTimer(gpu, this.#dispatches);
    this.#dispatch(commands, pipelines, bindings);
    this.#timer?.resolve(commands);
    this.#copyBack(commands);
    gpu.submit(commands);
  }

  #params(slotCount: number) {
    const { knobs } = this.#host;
    const { segments, mode, keepAll, auditSeed } = this.#work;
    const { home, extra, open, openItems } = this.#capacity;
    const items = this.#items;
    return {
      items,
      segments: segments.length,
      home,
      branch: mode === "branch" ? 1 : 0,
      maxUndecided: keepAll ? 0 : knobs.maxUndecided,
      extraCapacity: extra,
      slotMask: slotCount - 1,
      maxProbes: knobs.maxProbes,
      base: this.#base,
      remember: this.#remembers ? 1 : 0,
      auditThreshold: Math.min(2 ** 32 - 1, Math.floor((knobs.audits * 2 ** 32) / (items * home))),
      auditSeed,
      openCapacity: open,
      openItemCapacity: openItems,
    };
  }

  /** The list of distinct masks. */
  get #unique(): GPUBuffer {
    return this.#seen?.unique ?? this.#slot.get("unique");
  }

  #write(output: StageContents): void {
    const { gpu } = this.#host;
    for (const name of GIVEN) {
      if (output[name] !== undefined) gpu.write(this.#slot.get(name), output[name]);
    }
    if (output.unique !== undefined) gpu.write(this.#unique, output.unique, 4 * this.#base * strides(this.#shape).mask);
  }

  #dispatch(
    commands: GPUCommandEncoder,
    pipelines: ReadonlyMap<EntryPoint, GPUComputePipeline>,
    bindings: Record<string, GPUBuffer>,
  ): void {
    const label = "stillpoint stages";
    let pass: GPUComputePassEncoder | undefined;
    this.#dispatches.forEach((entryPoint, i) => {
      // a timestamp belongs to a pass, so each dispatch has a pass of its own
      if (this.#timer !== undefined) pass?.end();
      if (this.#timer !== undefined || pass === undefined) {
        const timestampWrites = this.#timer?.writes(i);
        pass = commands.beginComputePass(timestampWrites === undefined ? { label } : { label, timestampWrites });
      }
      pass.setPipeline(pipelines.get(entryPoint)!);
      pass.setBindGroup(0, this.#bindGroup(entryPoints[entryPoint], bindings));
      const [x, y] = this.#grid(invocations(entryPoint, this.#capacity));
      pass.dispatchWorkgroups(x, y);
    });
    pass?.end();
  }

  #bindGroup(stage: StageName, bindings: Record<string, GPUBuffer>): GPUBindGroup {
    const buffers = Object.keys(layouts[stage].entries).map(
      (name) => bindings[name] ?? this.#slot.get(name as BatchBuffer),
    );
    return this.#slot.group(stage, this.#host.pipelines.groupLayout(stage), buffers);
  }

  /** The workgroups in two dimensions, as neither dimension may exceed the limit. */
  #grid(threads: number): [number, number] {
    const { workgroup, workgroups } = this.#host.knobs;
    const groups = Math.ceil(threads / workgroup);
    const x = Math.min(groups, workgroups);
    return [x, Math.ceil(groups / x)];
  }

  #copyBack(commands: GPUCommandEncoder): void {
    const { counters, tallies, candidates, escalated, words } = this.#readback;
    const copy = (name: BatchBuffer, from: number, to: number) =>
      commands.copyBufferToBuffer(this.#slot.get(name), 0, this.#slot.get("readback"), 4 * from, 4 * (to - from));
    copy("counters", counters, tallies);
    copy("tallies", tallies, candidates);
    copy("candidates", candidates, escalated);
    copy("escalated", escalated, words);
  }

  /** The output, with records of further readbacks where the first one had too little room. */
  async #output({ counts, head, ...records }: ReadOutput): Promise<StageOutput> {
    const { models, segments, keepAll } = this.#work;
    const { rank } = this.#shape;
    const { mask } = strides(this.#shape);
    const candidateRecords =
      records.candidates ?? (await this.#fetch(this.#slot.get("candidates"), 0, counts.candidates * (mask + 1)));
    const escalatedRecords =
      records.escalated ?? (await this.#fetch(this.#slot.get("escalated"), 0, counts.escalated * (rank + 1)));
    const all = keepAll
      ? readAll(await this.#fetch(this.#unique, this.#base * mask, counts.unique * mask), counts.unique, this.#shape)
      : undefined;
    if (this.#seen !== undefined && this.#remembers) this.#seen.count += counts.unique;
    const escalated = readEscalated(escalatedRecords, counts.escalated, rank);
    const { candidates, audit } = readCandidates(candidateRecords, counts.candidates, this.#shape, models, segments);
    return {
      tallies: readTallies(head, this.#readback, models.length, segments, escalated, this.#capacity),
      candidates,
      escalated,
      audit,
      ...(all === undefined ? {} : { all }),
      gpu: { dispatches: this.#dispatches.length, readbacks: this.#readbacks, forgotten: counts.forgotten },
    };
  }

  #fetch(buffer: GPUBuffer, from: number, length: number): Promise<Uint32Array> {
    this.#readbacks++;
    return this.#host.gpu.fetch(buffer, from, length);
  }
}

function invocations(entryPoint: EntryPoint, { items, home, records, open, openItems }: Capacity): number {
  if (entryPoint === "intersect") return items;
  if (entryPoint === "refine") return open;
  if (entryPoint === "reintersect") return openItems;
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
