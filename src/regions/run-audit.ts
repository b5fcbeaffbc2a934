import { OwnerTie } from "../arrangement/owner.ts";
import { expandMask, type ReducedSystem } from "../arrangement/reduce.ts";
import { unrankSubset } from "../arrangement/subsets.ts";
import { StillpointError } from "../model/errors.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { StageBackend } from "../stages/backend.ts";
import type { Segment } from "../stages/batch.ts";
import { SeededSample } from "../stages/sample.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { ExactDecision } from "./exact-decision.ts";
import { ExactMasks } from "./exact-mask.ts";
import { FloatAudit } from "./float-audit.ts";

/**
 * One subset in this many is audited exactly alone. An exact audit costs 0.15 ms and more, as much as two thousand
 * other subsets, and hardly any small run has a subset in the sample.
 */
export const AUDIT_EVERY = 2 ** 19;
/**
 * This many subsets are audited for each that is audited exactly alone, so one in 1,024 of all. They are audited in
 * float64 first, which costs some microseconds, and exactly where float64 does not decide.
 */
const PER_EXACT = 512;

/** A run in owned mode that is audited. */
export interface AuditedRun {
  readonly system: PiecewiseLinearSystem;
  readonly reduced: ReducedSystem;
  /** SHA-256 of the model: the sample follows from it, and errors name it. */
  readonly sha256: string;
}

/**
 * Does a sample of a run's subsets again (docs/design.md#count-and-audit): whether the subset is independent, its mask,
 * and whether the mask's closed region holds a fixed point. The code shares nothing with the stages' kernels. The count
 * of masks, which every run checks, can't see a wrong mask or a wrong "no". A part of the sample is done in exact
 * arithmetic, and its masks are compared with those of the stages. The rest is done in float64 with bounds
 * (`FloatAudit`), and exactly where these leave something open.
 *
 * The sample depends on the model and on places in the whole enumeration. So it is the same for every backend, division
 * into batches and number of threads, and a part has its share of it. A subset is audited before the stages do it: a
 * fixed point in its region is then owed when the candidates come.
 */
export class RunAudit {
  /** The number of subsets audited. */
  audited = 0;
  readonly #run: AuditedRun;
  readonly #backend: StageBackend;
  readonly #stage: StageModel;
  /** Where float64 comes first, and where the audit is exact. */
  readonly #floatSample: SeededSample | undefined;
  readonly #exactSample: SeededSample;
  /** The next place of either sample; before the first segment not known. Most segments of small runs end before it. */
  #next: bigint | undefined;
  readonly #attempt: number;
  /** Made for the first subset of the sample: most small runs have no subset there. */
  #lazy: { readonly masks: ExactMasks; readonly decision: ExactDecision } | undefined;
  #lazyFloat: FloatAudit | undefined;
  /** Regions that hold a fixed point and have not been handed over, with their subsets. */
  readonly #owed = new Map<string, readonly number[]>();

  /**
   * @param attempt owner directions of `stage`.
   * @param every one in `every` subsets is audited exactly, a power of two.
   */
  constructor(run: AuditedRun, backend: StageBackend, stage: StageModel, attempt: number, every = AUDIT_EVERY) {
    this.#run = run;
    this.#backend = backend;
    this.#stage = stage;
    this.#attempt = attempt;
    this.#exactSample = new SeededSample(run.sha256, every);
    if (run.reduced.fit && every > PER_EXACT) this.#floatSample = new SeededSample(run.sha256, every / PER_EXACT);
  }

  /**
   * Audits the subsets of the sample in a segment that is about to be handed out. Segments ascend.
   * @param place of its first subset in the whole enumeration.
   * @throws StillpointError INTERNAL (on a GPU, GPU_FAILED) for a wrong mask.
   */
  handOut(place: bigint, segment: Omit<Segment, "model">): void {
    const { size, length } = segment;
    const end = place + BigInt(length);
    this.#next ??= this.#nextFrom(place);
    if (end <= this.#next) return;
    this.#next = this.#nextFrom(end);
    const exact = this.#exactSample.offsets(place, length);
    const { count } = this.#run.reduced;
    const subset = new Uint32Array(size);
    for (const offset of this.#floatSample?.offsets(place, length) ?? []) {
      if (exact.includes(offset)) continue;
      const firstRank = segment.firstRank + BigInt(offset);
      unrankSubset(count, size, firstRank, subset);
      this.#auditInFloat(subset, { size, firstRank, length: 1 });
    }
    for (const offset of exact) {
      const firstRank = segment.firstRank + BigInt(offset);
      unrankSubset(count, size, firstRank, subset);
      this.#auditExactly(Array.from(subset), { size, firstRank, length: 1 });
    }
  }

  #auditInFloat(subset: Uint32Array, one: Omit<Segment, "model">): void {
    const float = this.#float;
    if (float.surelyEmpty(subset)) this.audited++;
    else if (float.surelyDependent(subset)) {
      this.audited++;
      this.#compare(Array.from(subset), undefined, this.#maskOfStages(one));
    } else this.#auditExactly(Array.from(subset), one);
  }

  /** The mask that the stages give, or undefined if they have no mask to show. */
  #maskOfStages(one: Omit<Segment, "model">): Uint32Array | "dependent" | undefined {
    return this.#backend.maskOf?.(this.#stage, { model: 0, ...one });
  }

  #nextFrom(place: bigint): bigint {
    const exact = this.#exactSample.next(place);
    const float = this.#floatSample?.next(place) ?? exact;
    return float < exact ? float : exact;
  }

  get #float(): FloatAudit {
    this.#lazyFloat ??= new FloatAudit(this.#run.reduced, this.#attempt);
    return this.#lazyFloat;
  }

  #auditExactly(names: readonly number[], one: Omit<Segment, "model">): void {
    this.audited++;
    const { system, reduced } = this.#run;
    this.#lazy ??= { masks: new ExactMasks(reduced, this.#attempt), decision: new ExactDecision(system) };
    let mask: Uint32Array | undefined;
    try {
      mask = this.#lazy.masks.of(names);
    } catch (error) {
      // the run meets the same tie, and begins anew
      if (error instanceof OwnerTie) return;
      throw error;
    }
    this.#compare(names, mask, this.#maskOfStages(one));
    if (mask === undefined) return;
    const whole = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
    expandMask(reduced, mask, 0, whole);
    if (this.#lazy.decision.holdsFixedPoint(whole)) this.#owed.set(whole.join(), names);
  }

  /** @param given the mask that the stages give; undefined if they have no mask to show. */
  #compare(subset: readonly number[], exact: Uint32Array | undefined, given: Uint32Array | "dependent" | undefined) {
    if (given === undefined) return;
    if (given === "dependent" || exact === undefined) {
      if ((given === "dependent") !== (exact === undefined)) {
        this.#fail(
          subset,
          `is ${exact === undefined ? "dependent" : "independent"}, and the stages took it for the other`,
        );
      }
      return;
    }
    const wrong = Array.from({ length: this.#run.reduced.count }, (_, j) => j).filter(
      (j) => (((exact[j >>> 5]! ^ given[j >>> 5]!) >>> (j & 31)) & 1) === 1,
    );
    if (wrong.length > 0)
      this.#fail(subset, `has a mask that the stages had wrong at the hyperplanes [${wrong.join(", ")}]`);
  }

  /** Notes that a region, over the original hyperplanes, has been handed over. */
  handed(mask: Uint32Array): void {
    if (this.#owed.size > 0) this.#owed.delete(mask.join());
  }

  /**
   * Checks that every owed region was handed over, once all subsets that were handed out have come back and are
   * decided.
   * @throws StillpointError INTERNAL (on a GPU, GPU_FAILED) for a region that holds a fixed point and was discarded.
   */
  settle(): void {
    for (const subset of this.#owed.values())
      this.#fail(subset, "owns a region with a fixed point, and it was discarded");
  }

  #fail(subset: readonly number[], what: string): never {
    const { name, adapter } = this.#backend;
    throw auditFailure(
      `the subset [${subset.join(", ")}] of the merged hyperplanes ${what}`,
      this.#run.sha256,
      name === "cpu" ? undefined : (adapter ?? name),
    );
  }
}

/**
 * The error of a failed audit: a defect of Stillpoint, or of the GPU that the run was on. Where the GPU was not asked
 * for, the run is done anew without it; a defect of Stillpoint then shows again.
 */
export function auditFailure(what: string, sha256: string, adapter?: string): StillpointError {
  return new StillpointError(
    adapter === undefined ? "INTERNAL" : "GPU_FAILED",
    `the exact audit contradicts the run${adapter === undefined ? "" : ` on the adapter "${adapter}"`}: ${what}. ` +
      `Nothing that this run found is to be relied on. ` +
      `Please report this model (SHA-256 ${sha256})`,
  );
}
