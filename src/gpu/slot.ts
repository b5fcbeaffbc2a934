import { BufferUsage, type Gpu } from "./device.ts";
import { wordsOf } from "./encode.ts";
import { Counters, Params, SegmentRecord, type StageName, Tally } from "./layouts.ts";
import type { Capacity, Knobs } from "./plan.ts";
import { type Shape, strides } from "./specialise.ts";

/** Buffers of one batch. `unique` is one of them only if the set of models keeps no masks. */
export type BatchBuffer =
  | "params"
  | "segments"
  | "items"
  | "positive"
  | "undecided"
  | "openItems"
  | "escalated"
  | "masks"
  | "winners"
  | "unique"
  | "results"
  | "open"
  | "candidates"
  | "counters"
  | "tallies"
  | "readback";

/** Places in the readback of a batch, in 32-bit words. */
export interface ReadbackLayout {
  readonly counters: number;
  readonly tallies: number;
  readonly candidates: number;
  readonly candidateRecords: number;
  readonly escalated: number;
  readonly escalatedRecords: number;
  readonly words: number;
}

export function readbackLayout(capacity: Capacity, shape: Shape, models: number, knobs: Knobs): ReadbackLayout {
  const candidateRecords = Math.min(knobs.readbackRecords, capacity.records);
  const escalatedRecords = Math.min(knobs.readbackRecords, capacity.items);
  const tallies = wordsOf(Counters);
  const candidates = tallies + models * wordsOf(Tally);
  const escalated = candidates + candidateRecords * (strides(shape).mask + 1);
  return {
    counters: 0,
    tallies,
    candidates,
    candidateRecords,
    escalated,
    escalatedRecords,
    words: escalated + escalatedRecords * (shape.rank + 1),
  };
}

/** The buffers of a batch under way. They grow with the batches and are used again. */
export class Slot {
  readonly #gpu: Gpu;
  readonly #buffers = new Map<BatchBuffer, GPUBuffer>();
  readonly #groups = new Map<StageName, { readonly buffers: readonly GPUBuffer[]; readonly group: GPUBindGroup }>();
  readonly #label: string;

  constructor(gpu: Gpu, number: number) {
    this.#gpu = gpu;
    this.#label = `stillpoint batch ${number}`;
  }

  /** Makes all buffers large enough. */
  fit(capacity: Capacity, shape: Shape, segments: number, models: number, readback: number, ownUnique: boolean): void {
    const { item, mask } = strides(shape);
    const words: Record<BatchBuffer, number> = {
      params: wordsOf(Params),
      segments: segments * wordsOf(SegmentRecord),
      items: capacity.items * item,
      positive: capacity.items * shape.words,
      undecided: capacity.items * shape.words,
      openItems: 1 + capacity.openItems,
      escalated: capacity.items * (shape.rank + 1),
      masks: capacity.records * mask,
      winners: capacity.records,
      unique: ownUnique ? capacity.records * mask : 0,
      results: capacity.records * (shape.latentDim + 1),
      open: Math.max(1, capacity.open),
      candidates: capacity.records * (mask + 1),
      counters: wordsOf(Counters),
      tallies: models * wordsOf(Tally),
      readback,
    };
    for (const name of Object.keys(words) as BatchBuffer[]) this.#ensure(name, 4 * words[name]);
  }

  #ensure(name: BatchBuffer, bytes: number): void {
    const old = this.#buffers.get(name);
    if (old !== undefined && old.size >= bytes) return;
    if (old !== undefined) this.#gpu.release(old);
    const label = `${this.#label} ${name}`;
    const { copySource, copyTarget, mapRead, storage, uniform } = BufferUsage;
    const usage =
      name === "readback"
        ? mapRead | copyTarget
        : name === "params"
          ? uniform | copyTarget
          : storage | copySource | copyTarget;
    this.#buffers.set(name, this.#gpu.buffer(label, bytes, usage));
  }

  get(name: BatchBuffer): GPUBuffer {
    const buffer = this.#buffers.get(name);
    if (buffer === undefined) throw new RangeError(`batch buffer ${name} was not made`);
    return buffer;
  }

  /** The bind group of a stage, kept until it has other buffers. */
  group(stage: StageName, layout: GPUBindGroupLayout, buffers: readonly GPUBuffer[]): GPUBindGroup {
    const kept = this.#groups.get(stage);
    if (kept?.buffers.every((buffer, i) => buffer === buffers[i])) return kept.group;
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = this.#gpu.device.createBindGroup({ label: `stillpoint ${stage}`, layout, entries });
    this.#groups.set(stage, { buffers, group });
    return group;
  }

  release(): void {
    this.#gpu.release(...this.#buffers.values());
    this.#buffers.clear();
    this.#groups.clear();
  }
}
