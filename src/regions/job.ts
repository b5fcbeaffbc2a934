import { binomial, subsetCount } from "../arrangement/counts.ts";
import { expandMask, type ReducedSystem, reduceSystem } from "../arrangement/reduce.ts";
import { filled } from "../base/filled.ts";
import { plural, share } from "../base/words.ts";
import { MaskSet } from "../cpu/dedup.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { AuditedMask, StageBackend, StageTally } from "../stages/backend.ts";
import { type ExpandMode, type Segment, Verdict } from "../stages/batch.ts";
import type { WorkerPool } from "../stages/pool.ts";
import { type CandidateSink, type MethodOutcome, type RunControl, stopReason } from "../stages/run.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { auditNo } from "./audit.ts";
import type { Admit, Decision } from "./decider.ts";
import { OpenDecisions } from "./open-decisions.ts";
import { RunAudit } from "./run-audit.ts";
import { checkOwners, newTally } from "./tally.ts";

/** One model of a run over regions. */
export interface RegionsJob {
  readonly system: PiecewiseLinearSystem;
  /** Takes the candidates that are not surely outside their region. */
  readonly sink: CandidateSink;
  /**
   * Called with every region: its mask over the original hyperplanes (the array is reused), and whether the region may
   * be a phantom.
   */
  readonly visit?: ((mask: Uint32Array, perturbed: boolean) => void) | undefined;
  /** Called when owner directions failed and all regions will be visited anew. */
  readonly restarted?: (() => void) | undefined;
  /** The subsets to visit, by places in the enumeration; default all. */
  readonly range?: SubsetRange | undefined;
  /** The number of the owner directions to begin with; default 0. */
  readonly ownerDirections?: number | undefined;
  /** SHA-256 of the model. Where given, a sample of the subsets is audited in owned mode. */
  readonly sha256?: string | undefined;
  /** One in `auditEvery` subsets is audited, a power of two; for tests. */
  readonly auditEvery?: number | undefined;
}

/**
 * A range of places in the enumeration, `to` not included. The enumeration has all subsets of ρ hyperplanes by rank,
 * then those of ρ − 1, and so on.
 */
export interface SubsetRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Masks of one model, one after the other, with their verdicts. */
export interface Candidates {
  readonly masks: Uint32Array;
  readonly verdicts: Uint8Array;
}

/** The output of one batch for one model. */
export interface JobOutput {
  readonly tally: StageTally;
  readonly escalated: (readonly number[])[];
  readonly candidates: Candidates;
  readonly all: { readonly masks: ArrayLike<number>; readonly perturbed: ArrayLike<number> };
  readonly audit: readonly AuditedMask[];
}

/** The note on a model that is not fit (`ReducedSystem`). */
const DECIDED_EXACTLY =
  "all decisions were made in exact arithmetic, as no powers of two bring the model's numbers together into the range of float64";

const NO_MASKS = new Uint32Array(0);

/** Memory that the visited masks of one model may take in branch mode. */
const MAX_MASK_BYTES = 2 ** 29;

/** The enumeration of one model: hands out the next subsets, and takes what a backend makes of them. */
export class JobRun {
  readonly reduced: ReducedSystem;
  /** Subsets of this run. */
  readonly total: bigint;
  readonly #from: bigint;
  readonly #job: RegionsJob;
  readonly #mode: ExpandMode;
  readonly #mask: Uint32Array<ArrayBuffer>;
  #attempt: number;
  #backend!: StageBackend;
  #stage!: StageModel;
  #open!: OpenDecisions;
  #visited: MaskSet | undefined;
  #audit: RunAudit | undefined;
  /**
   * The place of the enumeration: the current size (vertices first), the next rank of this size, and the number of
   * subsets left to hand out.
   */
  #size = 0;
  #nextRank = 0n;
  #left = 0n;
  #tally = newTally();
  /** Subsets that were handed out and have not come back. */
  #underWay = 0;
  #stopped: string | undefined;
  #tied = false;
  #refusal: string | undefined;
  seconds = { regions: 0, escalation: 0 };

  constructor(job: RegionsJob, mode: ExpandMode) {
    this.#job = job;
    this.#mode = mode;
    this.reduced = reduceSystem(job.system);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(job.system.hyperplanes / 32)));
    const range = job.range ?? {
      from: 0n,
      to: subsetCount(this.reduced.count, this.reduced.columns.length, mode),
    };
    this.#from = range.from;
    this.total = range.to - range.from;
    this.#attempt = job.ownerDirections ?? 0;
  }

  /** Not to be begun: it is too late. */
  decline(backend: StageBackend, reason: string): void {
    this.#backend = backend;
    this.#stopped = reason;
  }

  /** Begins an attempt: on `backend`, or on `fallback` if that refuses the model. */
  start(backend: StageBackend, fallback: StageBackend): void {
    const { reduced } = this;
    this.#backend = backend;
    this.#stage = backend.prepare(reduced, this.#attempt);
    this.#refusal = backend.refusal(this.#stage, this.#mode);
    if (this.#refusal !== undefined) {
      this.#backend = fallback;
      this.#stage = fallback.prepare(reduced, this.#attempt);
    }
    this.#open = new OpenDecisions(
      { system: this.#job.system, reduced, stage: this.#stage, attempt: this.#attempt, mode: this.#mode },
      this.#admit,
      this.#spent,
    );
    const filters = this.#mode === "branch" && this.#job.visit !== undefined && this.#backend.name !== "cpu";
    this.#visited = filters ? new MaskSet(reduced.words, MAX_MASK_BYTES) : undefined;
    const { sha256, system, auditEvery } = this.#job;
    this.#audit =
      sha256 === undefined || this.#mode === "branch"
        ? undefined
        : new RunAudit({ system, reduced, sha256 }, this.#backend, this.#stage, this.#attempt, auditEvery);
    this.#size = reduced.columns.length;
    this.#nextRank = this.#from;
    this.#left = this.total;
    this.#tally = newTally();
    this.#underWay = 0;
    this.#tied = false;
  }

  /**
   * Whether workers may decide open items: not where every mask is wanted, and not where the next batch depends on the
   * count of masks.
   */
  #maySend(control: RunControl): boolean {
    return this.#mode === "owned" && !this.visits && control.maxRegions === undefined;
  }

  get backend(): StageBackend {
    return this.#backend;
  }

  get stage(): StageModel {
    return this.#stage;
  }

  get visits(): boolean {
    return this.#job.visit !== undefined;
  }

  get subsets(): number {
    return this.#tally.subsets;
  }

  get masks(): number {
    return this.#tally.unique;
  }

  get found(): number {
    return this.#job.sink.found;
  }

  /** Lets the sink decide the candidates that were handed over. */
  settle(control: RunControl): Promise<void> | undefined {
    return this.#job.sink.settle?.(control);
  }

  /** Waits for audits that workers do. A promise only where there are some. @throws what an audit threw. */
  settleAudit(): Promise<void> | undefined {
    return this.#audit?.settling();
  }

  /** Ends the enumeration early. */
  stop(reason: string): void {
    if (this.#left > 0n) this.#stopped ??= reason;
  }

  /** Subsets that are under way are not waited for. */
  abandon(reason: string): void {
    if (this.#left > 0n || this.#underWay > 0) this.#stopped ??= reason;
  }

  /**
   * The next subsets, at most `limit`.
   * @param maxRegions budget of masks. @param pool workers that audit the sample in them.
   * @returns undefined if there are no more; "wait" if the budget is known only after the subsets under way have come
   *   back.
   */
  next(limit: number, maxRegions?: number, pool?: WorkerPool): Omit<Segment, "model"> | "wait" | undefined {
    if (this.#stopped !== undefined || this.#tied) return undefined;
    if (this.#left === 0n) return undefined;
    let ofSize = binomial(this.reduced.count, this.#size);
    while (this.#nextRank >= ofSize) {
      this.#nextRank -= ofSize;
      ofSize = binomial(this.reduced.count, --this.#size);
    }
    const ofThisSize = ofSize - this.#nextRank;
    let length = Math.min(limit, Number(ofThisSize < this.#left ? ofThisSize : this.#left));
    if (maxRegions !== undefined && this.#tally.unique + this.#underWay + length > maxRegions) {
      if (this.#underWay > 0) return "wait";
      this.stop(`the budget of ${plural(maxRegions, "region")} ended`);
      // the rest of a budget is spent too, even if it is smaller than a batch
      length = Math.min(length, maxRegions - this.#tally.unique);
      if (length <= 0) return undefined;
    }
    const segment = { size: this.#size, firstRank: this.#nextRank, length };
    this.#audit?.handOut(this.#from + this.total - this.#left, segment, pool);
    this.#nextRank += BigInt(length);
    this.#left -= BigInt(length);
    this.#underWay += length;
    return segment;
  }

  /**
   * Takes the output of `length` subsets. Undecided items are decided on this thread, in float64 and then exactly, or
   * by workers.
   * @returns the decisions to come, to be given to `takeDecision` in the order of the calls.
   */
  take(length: number, output: JobOutput, control: RunControl, pool: WorkerPool | undefined): Promise<Decision>[] {
    this.#underWay -= length;
    if (this.#tied) return [];
    const tally = this.#tally;
    tally.subsets += length;
    tally.masks += output.tally.masks;
    tally.unique += output.tally.unique;
    tally.dependent += output.tally.dependent;
    tally.escalated += output.escalated.length;
    const { words } = this.reduced;
    const { masks, perturbed } = output.all;
    if (perturbed.length > 0) {
      const all = Uint32Array.from(masks);
      for (let i = 0; i < perturbed.length; i++) this.#visit(all, i * words, perturbed[i] === 1);
    }
    const before = performance.now();
    for (const audited of output.audit) {
      tally.audited++;
      auditNo(this.#open.stage64, audited, this.#mode, this.#backend.adapter ?? this.#backend.name);
    }
    const open = { masks: this.#confirm(output.candidates), subsets: output.escalated };
    this.#spent(performance.now() - before);
    if (pool !== undefined && this.#maySend(control)) return this.#open.send(open, pool, control);
    return open.masks.length + open.subsets.length > 0 ? [this.#open.decide(open, control)] : [];
  }

  /** Takes a decision on open items. */
  takeDecision({ masks, regular, ofSubsets, admitted, counts, tied, left }: Decision, control: RunControl): void {
    if (tied) this.#tied = true;
    if (this.#tied) return;
    const tally = this.#tally;
    if (left > 0) {
      tally.undecided += left;
      this.#stopped ??= stopReason(control) ?? "the time budget ended";
    }
    tally.masks += ofSubsets;
    tally.unique += admitted;
    tally.candidates += regular.length;
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) tally.decided[name] += counts[name];
    const { words } = this.reduced;
    const list = Uint32Array.from(masks);
    regular.forEach((surely, i) => {
      this.#hand(list, i * words, surely === 1);
    });
  }

  /** Whether the owner directions failed. If so, the next `start` takes other ones. */
  restart(): boolean {
    if (!this.#tied) return false;
    this.#attempt++;
    this.#job.restarted?.();
    return true;
  }

  readonly #spent = (milliseconds: number): void => {
    this.seconds.escalation += milliseconds / 1000;
  };

  readonly #admit: Admit = (masks, perturbed) => {
    this.#backend.admit(this.#stage, masks, this.#mode);
    for (let i = 0; i < masks.count; i++) this.#visit(masks.masks, i * this.reduced.words, perturbed);
  };

  /**
   * Hands the candidates of a float64 backend to the sink. @returns the candidates of a backend in lower precision,
   * which are open.
   */
  #confirm({ masks, verdicts }: Candidates): Uint32Array {
    if (this.#stage.precision.name !== "f64") {
      this.#tally.f64Decisions += verdicts.length;
      return masks;
    }
    this.#tally.candidates += verdicts.length;
    verdicts.forEach((verdict, i) => {
      this.#hand(masks, i * this.reduced.words, verdict !== Verdict.singular);
    });
    return NO_MASKS;
  }

  #hand(masks: Uint32Array, from: number, regular: boolean): void {
    expandMask(this.reduced, masks, from, this.#mask);
    this.#audit?.handed(this.#mask);
    this.#job.sink.add(this.#mask, regular);
  }

  #visit(masks: Uint32Array, from: number, perturbed: boolean): void {
    const { visit } = this.#job;
    if (visit === undefined || this.#visited?.add(masks, from) === false) return;
    expandMask(this.reduced, masks, from, this.#mask);
    visit(this.#mask, perturbed);
  }

  /** A note for the result on where and how the model was solved. */
  get note(): string | undefined {
    if (!this.reduced.fit) return DECIDED_EXACTLY;
    return this.#refusal === undefined ? this.#backend.note : `solved on the CPU: ${this.#refusal}`;
  }

  finish(): MethodOutcome {
    const tally = this.#tally;
    const { exactDecisions, structuralDecisions, dependent } = tally.decided;
    const dependentSubsets = tally.dependent + dependent;
    const complete = this.#stopped === undefined;
    const owned = this.#mode === "owned";
    if (complete && owned) checkOwners(this.total, dependentSubsets, tally.masks);
    // of a run that stopped, a region that is owed may be among those that it did not come to
    if (this.#underWay === 0 && tally.undecided === 0) this.#audit?.settle();
    const { note } = this;
    const { name, adapter } = this.#backend;
    const counts: Record<string, number> = {
      subsets: tally.subsets,
      dependentSubsets,
      masks: owned ? tally.masks : tally.unique,
      candidates: tally.candidates,
      undecided: tally.escalated,
      f64Decisions: tally.f64Decisions,
      structuralDecisions,
      exactDecisions,
    };
    if (this.#audit !== undefined) counts.audited = this.#audit.audited;
    if (name !== "cpu") counts.gpuAudited = tally.audited;
    const left = (): string => share(this.total - BigInt(tally.subsets - tally.undecided), this.total, "subset");
    const outcome = {
      complete,
      backend: filled<{ readonly note?: string }, Pick<StageBackend, "name" | "adapter">>({ note }, { name, adapter }),
      ownerDirections: this.#attempt,
      counts,
      seconds: { regions: this.seconds.regions, escalation: this.seconds.escalation },
    };
    const incompleteBecause = complete ? undefined : `${this.#stopped}: ${left()} not visited`;
    return filled<Pick<MethodOutcome, "incompleteBecause">, typeof outcome>({ incompleteBecause }, outcome);
  }
}
