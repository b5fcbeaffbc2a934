import { StillpointError } from "../model/errors.ts";
import { sentSystem } from "../model/transfer.ts";
import type { StageBackend } from "../stages/backend.ts";
import type { WorkerPool } from "../stages/pool.ts";
import type { StageModel } from "../stages/stage-model.ts";
import type { AuditPayload } from "./audit-worker.ts";
import {
  AUDIT_EVERY,
  type AuditedRun,
  type Compare,
  type OwedRegion,
  type SampleAnswer,
  SampleAudit,
  type Subsets,
} from "./sample-audit.ts";

/** Messages for each worker; what is more is audited on this thread. */
const MESSAGES_PER_WORKER = 4;

/**
 * Does a sample of a run's subsets again (docs/design.md#count-and-audit): whether the subset is independent, its mask,
 * and whether the mask's closed region holds a fixed point (`SampleAudit`). The count of masks, which every run checks,
 * can't see a wrong mask or a wrong "no". Exact masks are compared with those of the stages where these have some to
 * show. A fixed point that is found is owed until its region is handed over.
 */
export class RunAudit {
  /** The number of subsets audited. */
  audited = 0;
  readonly #run: AuditedRun;
  readonly #backend: StageBackend;
  readonly #stage: StageModel;
  readonly #attempt: number;
  readonly #every: number;
  readonly #sample: SampleAudit;
  /** The next place of the sample; before the first segment not known. Most segments of small runs end before it. */
  #next: bigint | undefined;
  /** Regions that hold a fixed point and have not been handed over, with their subsets. */
  readonly #owed = new Map<string, readonly number[]>();
  /** What workers are auditing, and the regions that were handed over meanwhile. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #handedMeanwhile = new Set<string>();
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param attempt owner directions of `stage`.
   * @param every one in `every` subsets is audited exactly, a power of two.
   */
  constructor(run: AuditedRun, backend: StageBackend, stage: StageModel, attempt: number, every = AUDIT_EVERY) {
    this.#run = run;
    this.#backend = backend;
    this.#stage = stage;
    this.#attempt = attempt;
    this.#every = every;
    this.#sample = new SampleAudit(run, attempt, every, this.#compare);
  }

  /**
   * Audits the subsets of the sample in a segment that is about to be handed out. Segments ascend.
   * @param place of its first subset in the whole enumeration.
   * @param pool workers that do it; this thread compares masks, where stages show some.
   * @throws StillpointError INTERNAL (on a GPU, GPU_FAILED) for a wrong mask.
   */
  handOut(place: bigint, subsets: Subsets, pool?: WorkerPool): void {
    const end = place + BigInt(subsets.length);
    this.#next ??= this.#sample.next(place);
    if (end <= this.#next) return;
    this.#next = this.#sample.next(end);
    const isHere = pool === undefined || this.#backend.maskOf !== undefined;
    if (isHere || this.#underWay.size >= MESSAGES_PER_WORKER * pool.size)
      this.#take(this.#sample.audit(place, subsets));
    else this.#send(place, subsets, pool);
  }

  #send(place: bigint, subsets: Subsets, pool: WorkerPool): void {
    const { system, sha256 } = this.#run;
    const common = { ...sentSystem(system), sha256, attempt: this.#attempt, every: this.#every };
    const payload = { ...common, place, subsets } satisfies AuditPayload;
    const here = () => this.#sample.audit(place, subsets);
    const answer = (pool.run("audit", payload, pool.size, here) as Promise<SampleAnswer>)
      .then((sample) => this.#take(sample))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#underWay.delete(answer);
        if (this.#underWay.size === 0) this.#handedMeanwhile.clear();
      });
    this.#underWay.add(answer);
  }

  #take({ audited, owed }: SampleAnswer): void {
    this.audited += audited;
    for (const region of owed) this.#owe(region);
  }

  #owe({ mask, subset }: OwedRegion): void {
    const key = mask.join();
    if (!this.#handedMeanwhile.has(key)) this.#owed.set(key, subset);
  }

  /** Waits for what workers are auditing. A promise only where there is some. @throws what an audit threw. */
  settling(): Promise<void> | undefined {
    if (this.#underWay.size === 0 && this.#failure === undefined) return undefined;
    return Promise.all(this.#underWay).then(() => {
      if (this.#failure !== undefined) throw this.#failure.error;
    });
  }

  readonly #compare: Compare = (subset, exact, one) => {
    const given = this.#backend.maskOf?.(this.#stage, { model: 0, ...one });
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
  };

  /** Notes that a region, over the original hyperplanes, has been handed over. */
  handed(mask: Uint32Array): void {
    if (this.#owed.size > 0) this.#owed.delete(mask.join());
    if (this.#underWay.size > 0) this.#handedMeanwhile.add(mask.join());
  }

  /**
   * Checks that every owed region was handed over, once all subsets that were handed out have come back and are
   * decided, and `settling` was awaited.
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
