import type { ReducedSystem } from "../arrangement/reduce.ts";
import type { ExpandMode, MaskBatch, Segment } from "./batch.ts";
import type { StageModel } from "./stage-model.ts";

/** Runs batches through the four stages: `cpu/backend.ts` and `gpu/`. */
export interface StageBackend {
  readonly name: "cpu" | "webgpu";
  /** Name of the GPU adapter, or null. */
  readonly adapter: string | null;
  /** Items that one call takes at best. */
  readonly batchSize: number;
  /** The view of a model that this backend computes with. */
  prepare(reduced: ReducedSystem, attempt: number): StageModel;
  /** `dedup` for masks made outside of `run`: drops those that this model has already had in branch mode. */
  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void;
  /** All models of one call have the same R, ρ and words. */
  run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput>;
}

/** What a batch comes to. */
export interface StageOutput {
  /** Subsets that are linearly dependent for sure. */
  readonly dependent: number;
  /** Masks made by `expand`, before `dedup`, and those left after it. */
  readonly masks: number;
  readonly unique: number;
  readonly candidates: CandidateBatch;
  /** Subsets that the backend could not decide: to be done again in a better arithmetic. */
  readonly escalated: EscalatedSubset[];
  /** Every mask of the batch and whether its subset needed the perturbation; only on request (virtual fixed points). */
  readonly all?: { readonly model: Uint32Array; readonly masks: Uint32Array; readonly perturbed: Uint8Array };
}

/** Masks whose candidate is not surely outside its region. */
export interface CandidateBatch {
  readonly count: number;
  readonly words: number;
  /** `count`: index into the batch's models. */
  readonly model: Uint32Array;
  /** `count`×`words`. */
  readonly masks: Uint32Array;
  /** `count`: a `Verdict`, never `no`. */
  readonly verdicts: Uint8Array;
}

export interface EscalatedSubset {
  readonly model: number;
  /** Ascending hyperplanes. */
  readonly subset: readonly number[];
}
