import { expandMask, type ReducedSystem, reduceSystem } from "../arrangement/reduce.ts";
import { after, takeUntilLast } from "../base/after.ts";
import { filled } from "../base/filled.ts";
import { share } from "../base/words.ts";
import { Judge } from "../cpu/judge.ts";
import { MaskFilter } from "../cpu/mask-filter.ts";
import { MaskTree } from "../cpu/mask-tree.ts";
import { F64 } from "../float/precision.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { Verdict } from "../stages/batch.ts";
import { type CandidateSink, type MethodOutcome, type RunControl, stopReason, Turns } from "../stages/run.ts";
import { SeededSample } from "../stages/sample.ts";
import { type StageModel, stageModel } from "../stages/stage-model.ts";
import { ExactDecision } from "./exact-decision.ts";
import { FloatAudit } from "./float-audit.ts";
import { FEWEST_HYPERPLANES, hasAllMasks } from "./independent.ts";
import { auditFailure } from "./run-audit.ts";

/**
 * Where the tree leaves more masks than this open, by far most of them are no regions: then it is quicker to know the
 * regions.
 */
const MOST_OPEN = 256;
/** One mask in this many is audited: in float64 with bounds of its own, and exactly where these leave it open. */
const AUDIT_EVERY = 1024;
const NO_HINTS = new Uint32Array(0);

/**
 * The regions method for a model of few hyperplanes (docs/design.md#all-masks): all 2^n masks are excluded or handed to
 * `sink`, in less time than it takes to know which masks are regions. The candidate of a mask without a region lies on
 * the wrong side of a hyperplane, or is also the candidate of a region.
 * @param sha256 of the model: decides which masks are audited (`RunAudit`).
 * @param every one in `every` masks is audited, a power of two.
 * @returns undefined, with nothing handed over, for other models.
 * @throws StillpointError INTERNAL for a mask with a fixed point that was excluded.
 */
export function runAllMasks(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  sha256: string,
  control: RunControl = {},
  every = AUDIT_EVERY,
): MethodOutcome | undefined | Promise<MethodOutcome | undefined> {
  const { count, columns } = reduceSystem(system);
  if (count < FEWEST_HYPERPLANES) return undefined;
  const filters = MaskFilter.pays(count, columns.length);
  if (!filters && !hasAllMasks(system)) return undefined;
  const started = performance.now();
  const run = new AllMasks(system, sink);
  return after(filters ? run.judgeFiltered(control) : run.judgeTree(control), (judged) => {
    if (judged === undefined) return undefined;
    const { stopped } = judged;
    return after(stopped === undefined ? run.audit(sha256, every, control) : 0, (audited) =>
      filled<MethodOutcome>({
        complete: stopped === undefined,
        incompleteBecause: stopped,
        counts: { allMasks: 2 ** count, candidates: run.handed.size, audited },
        seconds: { regions: (performance.now() - started) / 1000 },
      }),
    );
  });
}

/** All masks are excluded or handed over; or why this stopped before, and how much was left. */
interface Judged {
  readonly stopped?: string;
}

const ALL: Judged = {};

class AllMasks {
  readonly stage: StageModel;
  /** Masks over the merged hyperplanes that were handed over. */
  readonly handed = new Set<number>();
  readonly #system: PiecewiseLinearSystem;
  readonly #reduced: ReducedSystem;
  readonly #sink: CandidateSink;
  readonly #judge: Judge;
  readonly #mask: Uint32Array<ArrayBuffer>;
  /** Both made for the first mask of the sample that needs them. */
  #float: FloatAudit | undefined;
  #exact: ExactDecision | undefined;

  constructor(system: PiecewiseLinearSystem, sink: CandidateSink) {
    this.#system = system;
    this.#reduced = reduceSystem(system);
    this.#sink = sink;
    this.stage = stageModel(this.#reduced, F64, 0);
    this.#judge = new Judge(this.stage);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  }

  /** Judges the masks that a filter leaves open. @returns undefined where it does not pay. */
  judgeFiltered(control: RunControl): Judged | undefined | Promise<Judged> {
    const open = MaskFilter.of(this.stage, true)?.openMasks();
    if (open === undefined || (open.length > MOST_OPEN && this.stage.count !== this.stage.rank)) return undefined;
    for (const mask of open) this.#judgeMask(mask);
    return after(this.#sink.settle?.(control), () => ALL);
  }

  /** Judges the masks that the tree does not exclude, in pieces. @returns undefined where there is no tree. */
  judgeTree(control: RunControl): Judged | undefined | Promise<Judged> {
    const tree = MaskTree.of(this.stage, true, true);
    if (tree === undefined) return undefined;
    const all = 2 ** this.stage.count;
    const turns = new Turns();
    let judged = ALL;
    let open: number[] = [];
    const pieces = tree.pieces((mask) => open.push(mask));
    const step = (): boolean | Promise<boolean> => {
      const { done, value: looked } = pieces.next();
      if (done) return false;
      for (const mask of open) this.#judgeMask(mask);
      open = [];
      return after(this.#sink.settle?.(control), () => {
        if (!turns.due) return true;
        const { found } = this.#sink;
        control.onProgress?.({ phase: "regions", fraction: looked / all, done: looked, fixedPoints: found });
        return turns.give().then(() => {
          const stop = stopReason(control);
          if (stop === undefined || looked === all) return true;
          judged = { stopped: `${stop}: ${share(all - looked, all, "region")} not visited` };
          return false;
        });
      });
    };
    return after(takeUntilLast(step), () => judged);
  }

  /** Hands a mask over unless float64 shows that its candidate is outside the region. */
  #judgeMask(bits: number): void {
    const own = Uint32Array.of(bits);
    this.#judge.form(own, 0);
    const verdict = this.#judge.verdict(own, 0, NO_HINTS, 0, 0);
    if (verdict === Verdict.no) return;
    this.handed.add(bits);
    expandMask(this.#reduced, own, 0, this.#mask);
    this.#sink.add(this.#mask, verdict !== Verdict.singular);
  }

  /** @returns how many masks were audited: the whole sample, unless it is time to stop. */
  audit(sha256: string, every: number, control: RunControl): number | Promise<number> {
    const sample = new SeededSample(sha256, every).within(0n, 2n ** BigInt(this.stage.count));
    const turns = new Turns();
    let audited = 0;
    const step = (): boolean | Promise<boolean> => {
      const { done, value } = sample.next();
      if (done) return false;
      audited++;
      if (this.#isClear(Number(value))) return true;
      this.#audit(Number(value), sha256);
      return after(turns.due ? turns.give() : undefined, () => stopReason(control) === undefined);
    };
    return after(takeUntilLast(step), () => audited);
  }

  /** Whether a mask was handed over, or float64 by other code shows that its region holds no fixed point. */
  #isClear(bits: number): boolean {
    if (this.handed.has(bits)) return true;
    if (!this.#reduced.fit) return false;
    this.#float ??= new FloatAudit(this.#reduced, 0);
    return this.#float.surelyEmptyMask(bits);
  }

  #audit(bits: number, sha256: string): void {
    this.#exact ??= new ExactDecision(this.#system);
    expandMask(this.#reduced, Uint32Array.of(bits), 0, this.#mask);
    if (this.#exact.holdsFixedPoint(this.#mask)) {
      throw auditFailure(`mask ${bits} of the merged hyperplanes holds a fixed point, and it was excluded`, sha256);
    }
  }
}
