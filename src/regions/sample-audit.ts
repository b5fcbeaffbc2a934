import { OwnerTie } from "../arrangement/owner.ts";
import { expandMask, type ReducedSystem } from "../arrangement/reduce.ts";
import { unrankSubset } from "../arrangement/subsets.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Segment } from "../stages/batch.ts";
import { SeededSample } from "../stages/sample.ts";
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

/** Subsets of one size that follow each other. */
export type Subsets = Omit<Segment, "model">;

/** A region that holds a fixed point, so that it is to be handed over. */
export interface OwedRegion {
  /** Over the original hyperplanes. */
  readonly mask: Uint32Array;
  /** The subset of the merged hyperplanes that owns it. */
  readonly subset: readonly number[];
}

/** The sample in some subsets. */
export interface SampleAnswer {
  readonly audited: number;
  readonly owed: readonly OwedRegion[];
}

/**
 * Told of each mask that was made exactly, and of each subset that is dependent.
 * @param mask over the merged hyperplanes; undefined for a dependent subset. @param one the subset as a segment.
 */
export type Compare = (subset: readonly number[], mask: Uint32Array | undefined, one: Subsets) => void;

/**
 * The sample of a run's subsets, done again by code that shares nothing with the stages' kernels: a part in exact
 * arithmetic, the rest in float64 with bounds (`FloatAudit`), and exactly where these leave something open.
 *
 * The sample depends on the model and on places in the whole enumeration. So it is the same for every backend, division
 * into batches and number of threads, and a part has its share of it.
 */
export class SampleAudit {
  readonly #run: AuditedRun;
  readonly #attempt: number;
  readonly #compare: Compare;
  /** Where float64 comes first, and where the audit is exact. */
  readonly #floatSample: SeededSample | undefined;
  readonly #exactSample: SeededSample;
  /** Both made for the first subset of the sample: most small runs have no subset there. */
  #lazy: { readonly masks: ExactMasks; readonly decision: ExactDecision } | undefined;
  #lazyFloat: FloatAudit | undefined;

  /** @param attempt owner directions. @param every one in `every` subsets is audited exactly, a power of two. */
  constructor(run: AuditedRun, attempt: number, every = AUDIT_EVERY, compare: Compare = () => {}) {
    this.#run = run;
    this.#attempt = attempt;
    this.#compare = compare;
    this.#exactSample = new SeededSample(run.sha256, every);
    if (run.reduced.fit && every > PER_EXACT) this.#floatSample = new SeededSample(run.sha256, every / PER_EXACT);
  }

  /** The first place of the sample that is not before a place. */
  next(place: bigint): bigint {
    const exact = this.#exactSample.next(place);
    const float = this.#floatSample?.next(place) ?? exact;
    return float < exact ? float : exact;
  }

  /** Audits the sample in a segment. @param place of its first subset in the whole enumeration. */
  audit(place: bigint, { size, firstRank, length }: Subsets): SampleAnswer {
    const exact = this.#exactSample.offsets(place, length);
    const { count } = this.#run.reduced;
    const subset = new Uint32Array(size);
    const owed: OwedRegion[] = [];
    let audited = 0;
    for (const offset of this.#floatSample?.offsets(place, length) ?? []) {
      if (exact.includes(offset)) continue;
      audited++;
      const one = { size, firstRank: firstRank + BigInt(offset), length: 1 };
      unrankSubset(count, size, one.firstRank, subset);
      if (this.#float.surelyEmpty(subset)) continue;
      if (this.#float.surelyDependent(subset)) this.#compare(Array.from(subset), undefined, one);
      else this.#auditExactly(Array.from(subset), one, owed);
    }
    for (const offset of exact) {
      audited++;
      const one = { size, firstRank: firstRank + BigInt(offset), length: 1 };
      unrankSubset(count, size, one.firstRank, subset);
      this.#auditExactly(Array.from(subset), one, owed);
    }
    return { audited, owed };
  }

  get #float(): FloatAudit {
    this.#lazyFloat ??= new FloatAudit(this.#run.reduced, this.#attempt);
    return this.#lazyFloat;
  }

  #auditExactly(subset: readonly number[], one: Subsets, owed: OwedRegion[]): void {
    const { system, reduced } = this.#run;
    this.#lazy ??= { masks: new ExactMasks(reduced, this.#attempt), decision: new ExactDecision(system) };
    let mask: Uint32Array | undefined;
    try {
      mask = this.#lazy.masks.of(subset);
    } catch (error) {
      // the run meets the same tie, and begins anew
      if (error instanceof OwnerTie) return;
      throw error;
    }
    this.#compare(subset, mask, one);
    if (mask === undefined) return;
    const whole = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
    expandMask(reduced, mask, 0, whole);
    if (this.#lazy.decision.holdsFixedPoint(whole)) owed.push({ mask: whole, subset });
  }
}
