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
 * One subset in 2^17 is audited exactly. An exact audit costs some 0.15 ms, as much as two thousand subsets that are not audited: a long
 * run takes 2 % longer, and of small runs hardly any has a subset in the sample.
 */
export const AUDIT_EVERY = 2 ** 17;
/**
 * 32 subsets are audited for each exact one, so one in 4,096: the others in float64 first, which costs some 10 µs, and exactly only where
 * float64 does not tell. A thousandth would take a long run past 5 %.
 */
const PER_EXACT = 32;

/** What is audited of a run in owned mode. */
export interface AuditedRun {
  readonly system: PiecewiseLinearSystem;
  readonly reduced: ReducedSystem;
  /** Of the model: the sample follows from it, and errors name it. */
  readonly sha256: string;
}

/**
 * Does a sample of a run's subsets again, with code that shares nothing with the stages' kernels: whether the subset is independent, its
 * mask, and whether the mask's closed region holds a fixed point. That masks are as many as independent subsets, which every run checks,
 * can't see a wrong mask or a wrong "no". A part of the sample is done in exact arithmetic and held to the stages' own mask; the rest in
 * float64 with bounds (`FloatAudit`), and exactly where these leave something open.
 *
 * The sample depends on the model and the subset's place in the whole enumeration, so that every backend, division into batches and number
 * of threads has the same, and parts have theirs of it. A subset is done before the stages begin with it: what it owes is
 * known when its candidates come.
 */
export class RunAudit {
  /** Subsets done again. */
  audited = 0;
  readonly #run: AuditedRun;
  readonly #backend: StageBackend;
  readonly #stage: StageModel;
  readonly #sample: SeededSample;
  readonly #exactSample: SeededSample;
  readonly #attempt: number;
  /** Made for the first subset of the sample: most small runs have none. */
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
    const floats = run.reduced.fit && every > PER_EXACT;
    this.#sample = floats ? new SeededSample(run.sha256, every / PER_EXACT) : this.#exactSample;
  }

  /**
   * Audits the sample's subsets in a segment that is about to be handed out.
   * @param place of its first subset in the whole enumeration.
   * @throws StillpointError INTERNAL (of a GPU, GPU_FAILED) for a mask that is wrong.
   */
  handOut(place: bigint, segment: Omit<Segment, "model">): void {
    const { size, firstRank } = segment;
    const { count } = this.#run.reduced;
    const subset = new Uint32Array(size);
    const end = place + BigInt(segment.length);
    if (this.#sample !== this.#exactSample) {
      for (const at of this.#sample.within(place, end)) {
        if (this.#exactSample.has(at)) continue;
        this.audited++;
        unrankSubset(count, size, firstRank + at - place, subset);
        this.#lazyFloat ??= new FloatAudit(this.#run.reduced, this.#attempt);
        if (this.#lazyFloat.surelyEmpty(subset)) continue;
        this.#audit(Array.from(subset), { size, firstRank: firstRank + at - place, length: 1 });
      }
    }
    for (const at of this.#exactSample.within(place, end)) {
      this.audited++;
      unrankSubset(count, size, firstRank + at - place, subset);
      this.#audit(Array.from(subset), { size, firstRank: firstRank + at - place, length: 1 });
    }
  }

  #audit(names: readonly number[], one: Omit<Segment, "model">): void {
    const { system, reduced } = this.#run;
    this.#lazy ??= { masks: new ExactMasks(reduced, this.#attempt), decision: new ExactDecision(system) };
    let mask: Uint32Array | undefined;
    try {
      mask = this.#lazy.masks.of(names);
    } catch (error) {
      // the run finds that as well, and begins anew
      if (error instanceof OwnerTie) return;
      throw error;
    }
    this.#compare(names, mask, this.#backend.maskOf?.(this.#stage, { model: 0, ...one }));
    if (mask === undefined) return;
    const whole = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
    expandMask(reduced, mask, 0, whole);
    if (this.#lazy.decision.holdsFixedPoint(whole)) this.#owed.set(whole.join(), names);
  }

  /** @param given by the stages; undefined where they have no mask to show. */
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
      (j) => (((exact[j >>> 5] ^ given[j >>> 5]) >>> (j & 31)) & 1) === 1,
    );
    if (wrong.length > 0)
      this.#fail(subset, `has a mask that the stages had wrong at the hyperplanes [${wrong.join(", ")}]`);
  }

  /** A region over the original hyperplanes has been handed over. */
  handed(mask: Uint32Array): void {
    if (this.#owed.size > 0) this.#owed.delete(mask.join());
  }

  /**
   * After all that was handed out has come back.
   * @throws StillpointError INTERNAL (of a GPU, GPU_FAILED) for a region that holds a fixed point and was discarded.
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
 * The exact audit found what can't be: a defect of ours, or of the adapter that the run was on. Then the run is done anew without it where
 * it was not asked for, and a defect of ours shows again.
 */
export function auditFailure(what: string, sha256: string, adapter?: string): StillpointError {
  return new StillpointError(
    adapter === undefined ? "INTERNAL" : "GPU_FAILED",
    `the exact audit contradicts the run${adapter === undefined ? "" : ` on the adapter "${adapter}"`}: ${what}. ` +
      `Nothing that this run found is to be relied on. ` +
      `Please report this model (SHA-256 ${sha256})`,
  );
}
