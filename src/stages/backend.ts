import type { ReducedSystem } from "../arrangement/reduce.ts";
import type { ExpandMode, MaskBatch, Segment } from "./batch.ts";
import type { DeviceStacks } from "./box-stack.ts";
import type { StageModel } from "./stage-model.ts";

/** Runs batches through the four stages: `cpu/backend.ts` and `gpu/`. */
export interface StageBackend {
  readonly name: "cpu" | "webgpu";
  /** Name of the GPU adapter, or null. */
  readonly adapter: string | null;
  /** What a result must say about failures of the backend so far; undefined if there was none. */
  readonly note?: string | undefined;
  /** The best number of items for one call. */
  batchSize(models: readonly StageModel[], mode: ExpandMode): number;
  /** Fewest items of a call that is done as those of a long run are, where smaller calls leave a stage out; default 1. */
  leastTelling?(models: readonly StageModel[], mode: ExpandMode): number;
  /** The number of calls of `run` to have under way: the output of one call is worked on while the next one runs. */
  callsInFlight(mode: ExpandMode): number;
  /** Why this backend can't compute with a model; undefined if it can. */
  refusal(model: StageModel, mode: ExpandMode): string | undefined;
  /** The view of a model that this backend computes with. */
  prepare(reduced: ReducedSystem, attempt: number): StageModel;
  /** `dedup` for masks made outside of `run`: drops masks that this model has surely had already, in branch mode. */
  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void;
  /**
   * Runs segments of models through the four stages. All models of one call have the same R, ρ and words; calls for the
   * same models pass the same array.
   */
  run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput>;
  /** `run` of a backend that works on this thread, so that there is nothing to wait for. */
  runNow?(models: readonly StageModel[], segments: readonly Segment[], mode: ExpandMode, keepAll: boolean): StageOutput;
  /**
   * The mask that `run` gives to the one subset of a segment in owned mode, for audits; undefined where the backend
   * leaves the subset open, or does not keep the mask.
   */
  maskOf?(model: StageModel, segment: Segment): Uint32Array | "dependent" | undefined;
  /** Frees what `run` has kept for these models. */
  release(models: readonly StageModel[]): void;
  /** Stacks that the search method sends its boxes to, if the backend has them. */
  readonly stacks?: DeviceStacks | undefined;
}

/** The output of a batch. */
export interface StageOutput {
  /** One tally for each model of the batch. */
  readonly tallies: readonly StageTally[];
  readonly candidates: CandidateBatch;
  /** Subsets that the backend could not decide: to be decided in a sharper arithmetic. */
  readonly escalated: EscalatedSubset[];
  /**
   * Every mask of the batch, and whether its subset needed the perturbation; only on request (virtual fixed points).
   */
  readonly all?: { readonly model: Uint32Array; readonly masks: Uint32Array; readonly perturbed: Uint8Array };
  /** A random sample of masks with the verdict "no", to be audited; only from a GPU. */
  readonly audit?: readonly AuditedMask[];
  /** What a GPU did for the batch. */
  readonly gpu?: {
    readonly dispatches: number;
    readonly readbacks: number;
    /** Masks that the table had no room for: each of their repeats is solved again. */
    readonly forgotten: number;
  };
}

export interface StageTally {
  /** Subsets that are linearly dependent for sure. */
  dependent: number;
  /** Masks made by `expand`: one for each owner, or the 2^ρ settings of each vertex. */
  masks: number;
  /** Further masks made by branching on undecided bits. */
  branched: number;
  /** Masks left after `dedup`. */
  unique: number;
}

/** Masks whose candidate is not surely outside its region. */
export interface CandidateBatch {
  readonly count: number;
  readonly words: number;
  /** `count`: the index of each mask's model in the batch. */
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

export interface AuditedMask extends EscalatedSubset {
  readonly mask: Uint32Array;
  /** Whether bits were undecided and branched on: these need not be the signs at the subset's point. */
  readonly branched: boolean;
}
