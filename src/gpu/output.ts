import { unrankSubset } from "../arrangement/subsets.ts";
import type { AuditedMask, CandidateBatch, EscalatedSubset, StageTally } from "../stages/backend.ts";
import { NO_HYPERPLANE, type Segment, Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { wordOf, wordsOf } from "./encode.ts";
import { Counters, Tally } from "./layouts.ts";
import type { Capacity } from "./plan.ts";
import type { ReadbackLayout } from "./slot.ts";
import { type Shape, strides, Tag } from "./specialise.ts";

/** Counts of a batch over all its models. */
export interface BatchCounts {
  readonly unique: number;
  readonly candidates: number;
  readonly escalated: number;
  readonly forgotten: number;
}

export function readCounts(words: Uint32Array, layout: ReadbackLayout): BatchCounts {
  const at = (name: keyof typeof Counters.propTypes) => words[layout.counters + wordOf(Counters, name)]!;
  return {
    unique: at("unique"),
    candidates: at("candidates"),
    escalated: at("escalated"),
    forgotten: at("forgotten"),
  };
}

/** What came back of a batch: copies of the words that hold something. */
export interface ReadOutput {
  readonly counts: BatchCounts;
  /** Counters and tallies, as in the readback. */
  readonly head: Uint32Array;
  /** Records, as many as there are; undefined where the readback has too little room for them. */
  readonly candidates: Uint32Array | undefined;
  readonly escalated: Uint32Array | undefined;
}

/** Takes the output out of a readback, whose bytes are mapped for the moment. */
export function takeOutput(bytes: ArrayBuffer, layout: ReadbackLayout, shape: Shape): ReadOutput {
  const words = new Uint32Array(bytes);
  const counts = readCounts(words, layout);
  const records = (from: number, count: number, room: number, stride: number) =>
    count <= room ? words.slice(from, from + count * stride) : undefined;
  const { candidates, candidateRecords, escalated, escalatedRecords } = layout;
  return {
    counts,
    head: words.slice(0, candidates),
    candidates: records(candidates, counts.candidates, candidateRecords, strides(shape).mask + 1),
    escalated: records(escalated, counts.escalated, escalatedRecords, shape.rank + 1),
  };
}

/** The tally of each model: the counts of the device, and the number of masks that follows from them. */
export function readTallies(
  words: Uint32Array,
  layout: ReadbackLayout,
  models: number,
  segments: readonly Segment[],
  escalated: readonly EscalatedSubset[],
  capacity: Capacity,
): StageTally[] {
  const decided = new Array<number>(models).fill(0);
  for (const { model, length } of segments) decided[model]! += length;
  for (const { model } of escalated) decided[model]!--;
  return decided.map((items, model) => {
    const at = (name: keyof typeof Tally.propTypes) =>
      words[layout.tallies + model * wordsOf(Tally) + wordOf(Tally, name)]!;
    const dependent = at("dependent");
    const masks = (items - dependent) * capacity.home;
    const branched = at("extra");
    return { dependent, masks, branched, unique: masks + branched - at("duplicates") };
  });
}

/** @param records a model and ρ hyperplanes each. */
export function readEscalated(records: Uint32Array, count: number, rank: number): EscalatedSubset[] {
  return Array.from({ length: count }, (_, i) => {
    const at = i * (rank + 1);
    const subset = Array.from(records.subarray(at + 1, at + 1 + rank)).filter((j) => j !== NO_HYPERPLANE);
    return { model: records[at]!, subset };
  });
}

/** Splits candidate records into candidates and the audited sample of "no" verdicts. */
export function readCandidates(
  records: Uint32Array,
  count: number,
  shape: Shape,
  models: readonly StageModel[],
  segments: readonly Segment[],
): { candidates: CandidateBatch; audit: AuditedMask[] } {
  const { words } = shape;
  const stride = strides(shape).mask + 1;
  const kept: number[] = [];
  const audit: AuditedMask[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * stride;
    if (records[at] !== Verdict.no) {
      kept.push(at);
      continue;
    }
    const tag = records[at + stride - 1]!;
    audit.push({
      ...itemOf(segments, models, tag & Tag.item),
      mask: records.slice(at + 1, at + 1 + words),
      branched: (tag & Tag.branched) !== 0,
    });
  }
  const masks = new Uint32Array(kept.length * words);
  kept.forEach((at, i) => {
    masks.set(records.subarray(at + 1, at + 1 + words), i * words);
  });
  return {
    candidates: {
      count: kept.length,
      words,
      model: Uint32Array.from(kept, (at) => records[at + 1 + words]!),
      masks,
      verdicts: Uint8Array.from(kept, (at) => records[at]!),
    },
    audit,
  };
}

/** Model and subset of an item of a batch. */
function itemOf(segments: readonly Segment[], models: readonly StageModel[], item: number): EscalatedSubset {
  let first = 0;
  for (const segment of segments) {
    if (item < first + segment.length) {
      const subset = new Uint32Array(segment.size);
      unrankSubset(models[segment.model]!.count, segment.size, segment.firstRank + BigInt(item - first), subset);
      return { model: segment.model, subset: Array.from(subset) };
    }
    first += segment.length;
  }
  throw new RangeError(`item ${item} is past the ${first} items of the batch`);
}

/** Every mask of a batch, from records of `unique`. */
export function readAll(records: Uint32Array, count: number, shape: Shape) {
  const { words } = shape;
  const stride = strides(shape).mask;
  const masks = new Uint32Array(count * words);
  const model = new Uint32Array(count);
  const perturbed = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * stride;
    masks.set(records.subarray(at, at + words), i * words);
    model[i] = records[at + words]!;
    perturbed[i] = (records[at + words + 1]! & Tag.perturbed) !== 0 ? 1 : 0;
  }
  return { model, masks, perturbed };
}
