import type { ReducedSystem } from "../arrangement/reduce.ts";
import type { ExpandMode, MaskBatch, Segment } from "./batch.ts";
import type { BoxFilter } from "./box-filter.ts";
import type { StageModel } from "./stage-model.ts";

/** Runs batches through the four stages: `cpu/backend.ts` and `gpu/`. */
export interface StageBackend {
  readonly name: "cpu" | "webgpu";
  /** Name of the GPU adapter, or null. */
  readonly adapter: string | null;
  /** What befell it so far that a result must say; undefined if nothing. */
  readonly note?: string | undefined;
  /** Items that one call takes at best. */
  batchSize(models: readonly StageModel[], mode: ExpandMode): number;
  /** Calls of `run` to have under way at a time: what comes back is worked on while the next one runs. */
  callsInFlight(mode: ExpandMode): number;
  /** Why this backend can't compute with a model, or undefined if it can. */
  refusal(model: StageModel, mode: ExpandMode): string | undefined;
  /** The view of a model that this backend computes with. */
  prepare(reduced: ReducedSystem, attempt: number): StageModel;
  /** `dedup` for masks made outside of `run`: drops those that this model has surely had in branch mode. */
  admit(model: StageModel, masks: MaskBatch, mode: ExpandMode): void;
  /** All models of one call have the same R, ρ and words; calls about the same models pass the same array. */
  run(
    models: readonly StageModel[],
    segments: readonly Segment[],
    mode: ExpandMode,
    keepAll: boolean,
  ): Promise<StageOutput>;
  /**
   * The mask that `run` gives to the one subset of a segment in owned mode, for audits; undefined where it leaves the subset open or has
   * no mask to show.
   */
  maskOf?(model: StageModel, segment: Segment): Uint32Array | "dependent" | undefined;
  /** Frees what `run` kept for these models. */
  release(models: readonly StageModel[]): void;
  /** What the search method sends boxes through first, if there is anything to gain by it. */
  readonly boxes?: BoxFilter | undefined;
}

/** What a batch comes to. */
export interface StageOutput {
  /** For each model of the batch. */
  readonly tallies: readonly StageTally[];
  readonly candidates: CandidateBatch;
  /** Subsets that the backend could not decide: to be done again in a better arithmetic. */
  readonly escalated: EscalatedSubset[];
  /** Every mask of the batch and whether its subset needed the perturbation; only on request (virtual fixed points). */
  readonly all?: { readonly model: Uint32Array; readonly masks: Uint32Array; readonly perturbed: Uint8Array };
  /** A random sample of masks whose verdict was "no", to be audited; from a GPU only. */
  readonly audit?: readonly AuditedMask[];
  /** What a GPU did for it. */
  readonly gpu?: {
    readonly dispatches: number;
    readonly readbacks: number;
    /** Masks that its table had no room to remember: their repeats are not noticed, and cost a solve each. */
    readonly forgotten: number;
  };
}

export interface StageTally {
  /** Subsets that are linearly dependent for sure. */
  dependent: number;
  /** Masks made by `expand`: one per owner, or the 2^ρ settings of each vertex. */
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

export interface AuditedMask extends EscalatedSubset {
  readonly mask: Uint32Array;
  /** Some of its bits were undecided and branched on: they need not be the signs at the subset's point. */
  readonly branched: boolean;
}
