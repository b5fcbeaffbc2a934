import type { ReducedSystem } from "../../src/arrangement/reduce.ts";
import { dedup, MaskSet } from "../../src/cpu/dedup.ts";
import { expand, maskBatch } from "../../src/cpu/expand.ts";
import { intersect } from "../../src/cpu/intersect.ts";
import { PointRefiner } from "../../src/cpu/refine/point-refiner.ts";
import { Refiner } from "../../src/cpu/refine/refiner.ts";
import { solve } from "../../src/cpu/solve.ts";
import { F32 } from "../../src/float/precision.ts";
import { GpuBackend, type GpuOptions } from "../../src/gpu/backend.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import type { Knobs } from "../../src/gpu/plan.ts";
import type { BatchBuffer, Slot } from "../../src/gpu/slot.ts";
import { Flag, strides, Tag } from "../../src/gpu/specialise.ts";
import {
  type ExpandMode,
  ItemStatus,
  type MaskBatch,
  type Segment,
  type SignBatch,
  signBatch,
  Verdict,
  type VerdictBatch,
} from "../../src/stages/batch.ts";
import { type StageModel, stageModel } from "../../src/stages/stage-model.ts";
import { HostStages, type Twins } from "../support/host-stages.ts";

/** The stages' CPU twins, as the stage switch takes them. */
export const twins: Twins = {
  intersect,
  expand,
  maskBatch,
  dedup: (batch, seen) => dedup(batch, seen as MaskSet),
  seenSet: (words) => new MaskSet(words, 2 ** 24),
  solve,
};

/**
 * Seven items cross workgroups, rows of workgroups, batches; every list overflows its readback; the table is nearly
 * full; what is open is looked at again, as far as there is room.
 */
export const TINY: Partial<Knobs> = {
  workgroup: 2,
  workgroups: 3,
  batchItems: 7,
  readbackRecords: 1,
  slotsPerRecord: 0.5,
  maxProbes: 2,
  extraShare: 0.05,
  refineFrom: 0,
  refineShare: 0.2,
};

/** One stage after another, on data that a test gives: the same body runs on every implementation. */
export interface StageImplementation {
  readonly name: string;
  intersect(model: StageModel, segments: readonly Segment[], mode: ExpandMode): Promise<SignBatch>;
  /** The second look at every item, whatever `intersect` would say. */
  reintersect(model: StageModel, signs: SignBatch, mode: ExpandMode): Promise<SignBatch>;
  /** Also sets `signs.status` of items that have too many undecided bits. */
  expand(model: StageModel, signs: SignBatch, mode: ExpandMode, maxUndecided: number): Promise<MaskBatch>;
  dedup(model: StageModel, masks: MaskBatch): Promise<MaskBatch>;
  solve(model: StageModel, masks: MaskBatch, subsets: Uint32Array): Promise<VerdictBatch>;
  /** The second look at every mask, whatever `solve` would say. */
  refine(model: StageModel, masks: MaskBatch, subsets: Uint32Array): Promise<RefinedBatch>;
}

/** Verdicts, and of each mask's point the low words in integers: R for each mask, 0 where it was not located. */
export interface RefinedBatch {
  readonly verdicts: Uint8Array;
  readonly points: Uint32Array;
}

export function f32Model(reduced: ReducedSystem): StageModel {
  return stageModel(reduced, F32, 0);
}

export const cpuImplementation: StageImplementation = {
  name: "CPU twins in float32",
  async intersect(model, segments, mode) {
    const length = segments.reduce((sum, segment) => sum + segment.length, 0);
    const signs = signBatch(length, model.rank, model.words);
    let first = 0;
    for (const segment of segments) {
      intersect(model, segment, mode, signs, first);
      first += segment.length;
    }
    return signs;
  },
  async reintersect(model, given, mode) {
    const signs = copyOf(given);
    const refiner = new PointRefiner(model);
    for (let item = 0; item < signs.status.length; item++) refiner.look(signs, item, mode);
    return signs;
  },
  async expand(model, signs, mode, maxUndecided) {
    const masks = maskBatch(model.words);
    expand(signs, model.rank, signs.status.length, mode, maxUndecided, masks);
    return masks;
  },
  async dedup(model, masks) {
    const kept = { ...masks, masks: masks.masks.slice(), items: masks.items.slice() };
    dedup(kept, new MaskSet(model.words, 2 ** 24));
    return kept;
  },
  async solve(model, masks, subsets) {
    const out = { verdicts: new Uint8Array(masks.count), z: new Float64Array(masks.count * model.latentDim) };
    solve(model, masks, subsets, out);
    return out;
  },
  async refine(model, masks, subsets) {
    const { rank, latentDim: R } = model;
    const refiner = new Refiner(model);
    const out = { verdicts: new Uint8Array(masks.count), points: new Uint32Array(masks.count * R) };
    for (let i = 0; i < masks.count; i++) {
      const own = masks.items[i]! * rank;
      out.verdicts[i] = refiner.verdict(masks.masks, i * masks.words, subsets, own, rank);
      out.points.set(
        refiner.equations.point.map(({ x }) => x),
        i * R,
      );
    }
    return out;
  },
};

function copyOf({ words, subsets, positive, undecided, status, perturbed }: SignBatch): SignBatch {
  return {
    words,
    subsets: subsets.slice(),
    positive: positive.slice(),
    undecided: undecided.slice(),
    status: status.slice(),
    perturbed: perturbed.slice(),
  };
}

/** A backend, and the contents of the buffers of its last batch. */
function inspected(gpu: Gpu, options: GpuOptions) {
  let last: Slot | undefined;
  const onBatch = (slot: Slot) => {
    last = slot;
  };
  const inspect = (name: BatchBuffer, words: number) => gpu.fetch(last!.get(name), 0, words);
  return { backend: new GpuBackend(gpu, { ...options, onBatch }), inspect };
}

/** The shaders, each fed through the stage switch and read back from the device. */
export function gpuImplementation(gpu: Gpu, sizes: Partial<Knobs> = {}): StageImplementation {
  // made-up items have no rank to be audited by; a second look changes the verdicts of solve
  const knobs = { ...sizes, audits: 0, refineFrom: Number.POSITIVE_INFINITY };
  const whole = (length: number): Segment[] => [{ model: 0, size: 0, firstRank: 0n, length }];
  const copySigns = (from: SignBatch) => (_: StageModel, segment: Segment, __: ExpandMode, out: SignBatch) => {
    out.subsets.set(from.subsets.subarray(0, out.subsets.length));
    out.positive.set(from.positive);
    out.undecided.set(from.undecided);
    out.status.set(from.status.subarray(0, segment.length));
    out.perturbed.set(from.perturbed);
  };
  const copyMasks =
    (from: MaskBatch) => (_: SignBatch, __: number, ___: number, ____: ExpandMode, _____: number, out: MaskBatch) => {
      out.count = from.count;
      out.masks = from.masks;
      out.items = from.items;
    };
  /** Items that masks may name, with the subsets that `solve` tries first. */
  const itemsOf = (model: StageModel, masks: MaskBatch, subsets?: Uint32Array): SignBatch => {
    const length = masks.items.subarray(0, masks.count).reduce((most, item) => Math.max(most, item), 0) + 1;
    const signs = signBatch(length, model.rank, model.words);
    signs.subsets.set(subsets?.subarray(0, length * model.rank) ?? new Uint32Array(length * model.rank));
    return signs;
  };
  /** Stages before `solve` that give the device these masks. */
  const givenMasks = (signs: SignBatch, masks: MaskBatch): Twins => ({
    ...twins,
    intersect: copySigns(signs),
    expand: copyMasks({ ...masks, masks: masks.masks.slice(), items: masks.items.slice() }),
    dedup: () => {},
  });
  return {
    name: `GPU ${JSON.stringify(sizes)}`,
    async intersect(model, segments, mode) {
      const { backend, inspect } = inspected(gpu, { knobs });
      const models = [model];
      await backend.run(models, segments, mode, false);
      const length = segments.reduce((sum, segment) => sum + segment.length, 0);
      const signs = await readSigns(model, length, inspect);
      backend.release(models);
      backend.freeBatches();
      return signs;
    },
    async reintersect(model, signs, mode) {
      const openItems = ({ status }: SignBatch) => Uint32Array.from(status, (_, item) => item);
      const first = new HostStages(1, { ...twins, intersect: copySigns(signs), openItems });
      const { backend, inspect } = inspected(gpu, { knobs: { ...knobs, refineFrom: 0 }, firstStages: first });
      const models = [model];
      await backend.run(models, whole(signs.status.length), mode, false);
      const read = await readSigns(model, signs.status.length, inspect);
      backend.release(models);
      backend.freeBatches();
      return read;
    },
    async expand(model, signs, mode, maxUndecided) {
      const feed = { ...twins, intersect: copySigns(signs) };
      const { backend, inspect } = inspected(gpu, {
        knobs: { ...knobs, maxUndecided, extraShare: 2 },
        firstStages: new HostStages(1, feed),
      });
      const models = [model];
      const length = signs.status.length;
      const { tallies } = await backend.run(models, whole(length), mode, false);
      const home = mode === "branch" ? 2 ** model.rank : 1;
      const stride = strides(model).mask;
      const items = await inspect("items", length * strides(model).item);
      for (let i = 0; i < length; i++) {
        if (items[i * strides(model).item]! >= 0x80000000) signs.status[i] = ItemStatus.escalate;
      }
      const records = await inspect("masks", (length * home + tallies[0]!.branched) * stride);
      backend.release(models);
      backend.freeBatches();
      return unpackMasks(records, model);
    },
    async dedup(model, masks) {
      const signs = itemsOf(model, masks);
      const feed = { ...twins, intersect: copySigns(signs), expand: copyMasks(masks) };
      const { backend, inspect } = inspected(gpu, { knobs, firstStages: new HostStages(2, feed) });
      const models = [model];
      const { tallies } = await backend.run(models, whole(signs.status.length), "owned", false);
      const records = await inspect("unique", tallies[0]!.unique * strides(model).mask);
      backend.release(models);
      backend.freeBatches();
      return unpackMasks(records, model);
    },
    async solve(model, masks, subsets) {
      const signs = itemsOf(model, masks, subsets);
      const { backend, inspect } = inspected(gpu, { knobs, firstStages: new HostStages(3, givenMasks(signs, masks)) });
      const models = [model];
      await backend.run(models, whole(signs.status.length), "owned", false);
      const stride = model.latentDim + 1;
      const results = await inspect("results", masks.count * stride);
      const floats = new Float32Array(results.buffer);
      const out = { verdicts: new Uint8Array(masks.count), z: new Float64Array(masks.count * model.latentDim) };
      for (let i = 0; i < masks.count; i++) {
        out.verdicts[i] = results[i * stride]!;
        out.z.set(floats.subarray(i * stride + 1, (i + 1) * stride), i * model.latentDim);
      }
      backend.release(models);
      backend.freeBatches();
      return out;
    },
    async refine(model, masks, subsets) {
      const signs = itemsOf(model, masks, subsets);
      const allOpen: Twins["solve"] = (_, __, ___, out) => void out.verdicts.fill(Verdict.singular);
      const first = new HostStages(4, { ...givenMasks(signs, masks), solve: allOpen });
      const { backend, inspect } = inspected(gpu, { knobs: { ...knobs, refineFrom: 0 }, firstStages: first });
      const models = [model];
      await backend.run(models, whole(signs.status.length), "owned", false);
      const R = model.latentDim;
      const results = await inspect("results", masks.count * (R + 1));
      const out = { verdicts: new Uint8Array(masks.count), points: new Uint32Array(masks.count * R) };
      for (let i = 0; i < masks.count; i++) {
        out.verdicts[i] = results[i * (R + 1)]!;
        out.points.set(results.subarray(i * (R + 1) + 1, (i + 1) * (R + 1)), i * R);
      }
      backend.release(models);
      backend.freeBatches();
      return out;
    },
  };
}

/** What the buffers of a batch say of its items. */
async function readSigns(
  model: StageModel,
  length: number,
  inspect: (name: BatchBuffer, words: number) => Promise<Uint32Array>,
): Promise<SignBatch> {
  const stride = strides(model).item;
  const signs = signBatch(length, model.rank, model.words);
  const items = await inspect("items", length * stride);
  signs.positive.set(await inspect("positive", length * model.words));
  signs.undecided.set(await inspect("undecided", length * model.words));
  for (let i = 0; i < length; i++) {
    signs.status[i] = items[i * stride]! & Flag.status;
    signs.perturbed[i] = (items[i * stride]! & Flag.perturbed) !== 0 ? 1 : 0;
    signs.subsets.set(items.subarray(i * stride + 2, (i + 1) * stride), i * model.rank);
  }
  return signs;
}

/** The masks of records, without those that hold none. */
function unpackMasks(records: Uint32Array, model: StageModel): MaskBatch {
  const { words } = model;
  const stride = strides(model).mask;
  const kept = Array.from({ length: records.length / stride }, (_, i) => i * stride).filter(
    (at) => records[at + words] === 0,
  );
  return {
    words,
    count: kept.length,
    masks: Uint32Array.from(kept.flatMap((at) => Array.from(records.subarray(at, at + words)))),
    items: Uint32Array.from(kept, (at) => records[at + words + 1]! & Tag.item),
  };
}
