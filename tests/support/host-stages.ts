import type { FirstStages, StageContents } from "../../src/gpu/batch.ts";
import { encode } from "../../src/gpu/encode.ts";
import { Counters, Tally } from "../../src/gpu/layouts.ts";
import { Flag, NO_MODEL, type Shape, strides, Tag } from "../../src/gpu/specialise.ts";
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
import type { StageModel } from "../../src/stages/stage-model.ts";

/** The CPU twins of the stages; a test may put data of its own in the place of one. */
export interface Twins {
  intersect(model: StageModel, segment: Segment, mode: ExpandMode, out: SignBatch, at: number): void;
  /** Items that `reintersect` is to look at; none if absent. */
  openItems?(signs: SignBatch): Uint32Array;
  expand(signs: SignBatch, rank: number, length: number, mode: ExpandMode, maxUndecided: number, out: MaskBatch): void;
  maskBatch(words: number): MaskBatch;
  /** Drops masks that are in `seen`; a new `seen` is empty. */
  dedup(batch: MaskBatch, seen: SeenSet): void;
  seenSet(words: number): SeenSet;
  solve(model: StageModel, batch: MaskBatch, subsets: Uint32Array, out: VerdictBatch): void;
}

export interface SeenSet {
  add(masks: Uint32Array, from: number): boolean;
}

/** Runs the first stages of a batch on the CPU and uploads their output, so that a fault can be found by bisection. */
export class HostStages implements FirstStages {
  readonly count: 1 | 2 | 3 | 4;
  readonly #twins: Twins;
  readonly #seen = new WeakMap<StageModel, SeenSet>();

  constructor(count: 1 | 2 | 3 | 4, twins: Twins) {
    this.count = count;
    this.#twins = twins;
  }

  run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    maxUndecided: number,
    home: number,
  ): StageContents {
    const { rank, latentDim, words } = models[0]!;
    const shape = { rank, latentDim, words };
    const length = segments.reduce((sum, segment) => sum + segment.length, 0);
    const signs = signBatch(length, rank, words);
    const modelOf = new Uint32Array(length);
    let first = 0;
    for (const segment of segments) {
      this.#twins.intersect(models[segment.model]!, segment, mode, signs, first);
      modelOf.fill(segment.model, first, first + segment.length);
      first += segment.length;
    }
    const positive = Uint32Array.from(signs.positive);
    const undecided = Uint32Array.from(signs.undecided);
    if (this.count === 1) {
      const open = this.#twins.openItems?.(signs) ?? new Uint32Array(0);
      const openItems = Uint32Array.of(open.length, ...open);
      return { items: packItems(signs, modelOf, shape), positive, undecided, openItems, extra: 0 };
    }

    const masks = this.#twins.maskBatch(words);
    this.#twins.expand(signs, rank, length, mode, maxUndecided, masks);
    const tallies = models.map(() => ({ dependent: 0, extra: 0, duplicates: 0 }));
    const escalated: number[] = [];
    for (let item = 0; item < length; item++) {
      const status = signs.status[item];
      if (status === ItemStatus.ok) tallies[modelOf[item]!]!.extra -= home;
      else if (status === ItemStatus.dependent) tallies[modelOf[item]!]!.dependent++;
      else escalated.push(modelOf[item]!, ...signs.subsets.subarray(item * rank, (item + 1) * rank));
    }
    for (let i = 0; i < masks.count; i++) tallies[modelOf[masks.items[i]!]!]!.extra++;
    const records = packMasks(masks, signs, modelOf, shape, length * home);
    const extra = Math.max(0, masks.count - length * home);
    const counts = { extra, unique: 0, candidates: 0, open: 0, escalated: escalated.length / (rank + 1), forgotten: 0 };
    const unique = this.count >= 3 ? this.#dedup(models, masks, signs, modelOf, shape, mode, tallies) : undefined;
    if (unique !== undefined) counts.unique = unique.length / strides(shape).mask;
    const solved = this.count === 4 ? this.#solve(models, unique!, signs, modelOf, shape) : undefined;
    counts.open = solved?.open.length ?? 0;
    counts.candidates = (solved?.candidates.length ?? 0) / (strides(shape).mask + 1);
    return {
      items: packItems(signs, modelOf, shape),
      positive,
      undecided,
      masks: records,
      escalated: Uint32Array.from(escalated),
      ...(unique === undefined ? {} : { unique }),
      ...solved,
      counters: encode(Counters, [counts]),
      tallies: encode(Tally, tallies),
      extra,
    };
  }

  #dedup(
    models: readonly StageModel[],
    masks: MaskBatch,
    signs: SignBatch,
    modelOf: Uint32Array,
    shape: Shape,
    mode: ExpandMode,
    tallies: { duplicates: number }[],
  ): Uint32Array<ArrayBuffer> {
    const unique: number[] = [];
    models.forEach((model, index) => {
      const own = Array.from({ length: masks.count }, (_, i) => i).filter((i) => modelOf[masks.items[i]!] === index);
      const batch: MaskBatch = {
        words: masks.words,
        count: own.length,
        masks: Uint32Array.from(
          own.flatMap((i) => Array.from(masks.masks.subarray(i * masks.words, (i + 1) * masks.words))),
        ),
        items: Uint32Array.from(own, (i) => masks.items[i]!),
      };
      this.#twins.dedup(batch, this.#seenOf(model, mode));
      tallies[index]!.duplicates = own.length - batch.count;
      for (const word of packMasks(batch, signs, modelOf, shape, 0)) unique.push(word);
    });
    return Uint32Array.from(unique);
  }

  /** The verdicts on records of `unique`: open ones are for `refine`, sure ones inside are candidates. */
  #solve(
    models: readonly StageModel[],
    unique: Uint32Array,
    signs: SignBatch,
    modelOf: Uint32Array,
    shape: Shape,
  ): { results: Uint32Array<ArrayBuffer>; open: Uint32Array<ArrayBuffer>; candidates: Uint32Array<ArrayBuffer> } {
    const { words, latentDim: R } = shape;
    const stride = strides(shape).mask;
    const count = unique.length / stride;
    const results = new Uint32Array(count * (R + 1));
    const open: number[] = [];
    const candidates: number[] = [];
    for (let i = 0; i < count; i++) {
      const record = unique.subarray(i * stride, (i + 1) * stride);
      const item = record[words + 1]! & Tag.item;
      const masks = { words, count: 1, masks: record.slice(0, words), items: Uint32Array.of(item) };
      const out = { verdicts: new Uint8Array(1), z: new Float32Array(R) };
      this.#twins.solve(models[modelOf[item]!]!, masks, signs.subsets, out);
      const verdict = out.verdicts[0]!;
      results[i * (R + 1)] = verdict;
      results.set(new Uint32Array(out.z.buffer), i * (R + 1) + 1);
      if (verdict === Verdict.yes) candidates.push(verdict, ...record);
      else if (verdict !== Verdict.no) open.push(i);
    }
    return { results, open: Uint32Array.from(open), candidates: Uint32Array.from(candidates) };
  }

  /** The masks seen before. In owned mode only masks of the same batch can be equal. */
  #seenOf(model: StageModel, mode: ExpandMode): SeenSet {
    let seen = mode === "owned" ? undefined : this.#seen.get(model);
    if (seen === undefined) {
      seen = this.#twins.seenSet(model.words);
      this.#seen.set(model, seen);
    }
    return seen;
  }
}

function packItems(signs: SignBatch, modelOf: Uint32Array, shape: Shape): Uint32Array<ArrayBuffer> {
  const stride = strides(shape).item;
  const out = new Uint32Array(modelOf.length * stride);
  for (let item = 0; item < modelOf.length; item++) {
    out[item * stride] = signs.status[item]! | (signs.perturbed[item] ? Flag.perturbed : 0);
    out[item * stride + 1] = modelOf[item]!;
    out.set(signs.subsets.subarray(item * shape.rank, (item + 1) * shape.rank), item * stride + 2);
  }
  return out;
}

/** Packs mask records, padded with records without a mask up to `atLeast`. */
function packMasks(
  batch: MaskBatch,
  signs: SignBatch,
  modelOf: Uint32Array,
  shape: Shape,
  atLeast: number,
): Uint32Array<ArrayBuffer> {
  const { words } = shape;
  const stride = strides(shape).mask;
  const out = new Uint32Array(Math.max(batch.count, atLeast) * stride);
  for (let i = 0; i * stride < out.length; i++) {
    const at = i * stride;
    if (i >= batch.count) {
      out[at + words] = NO_MODEL;
      continue;
    }
    const item = batch.items[i]!;
    out.set(batch.masks.subarray(i * words, (i + 1) * words), at);
    out[at + words] = modelOf[item]!;
    const branched = signs.undecided.subarray(item * words, (item + 1) * words).some((word) => word !== 0);
    out[at + words + 1] = (item | (signs.perturbed[item] ? Tag.perturbed : 0) | (branched ? Tag.branched : 0)) >>> 0;
  }
  return out;
}
