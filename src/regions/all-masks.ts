import { expandMask, type ReducedSystem, reduceSystem } from "../arrangement/reduce.ts";
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
): Promise<MethodOutcome | undefined> | undefined {
  const { count, columns } = reduceSystem(system);
  if (count < FEWEST_HYPERPLANES) return undefined;
  const filters = MaskFilter.pays(count, columns.length);
  return filters || hasAllMasks(system) ? runMasks(system, sink, sha256, control, every, filters) : undefined;
}

async function runMasks(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  sha256: string,
  control: RunControl,
  every: number,
  filters: boolean,
): Promise<MethodOutcome | undefined> {
  const started = performance.now();
  const { count, columns } = reduceSystem(system);
  const run = new AllMasks(system, sink);
  let stopped: string | undefined;
  if (filters) {
    const open = MaskFilter.of(run.stage, true)?.openMasks();
    if (open === undefined || (open.length > MOST_OPEN && count !== columns.length)) return undefined;
    for (const mask of open) run.judge(mask);
    await sink.settle?.(control);
  } else {
    const tree = MaskTree.of(run.stage, true, true);
    if (tree === undefined) return undefined;
    stopped = await run.visit(tree, control);
  }
  const audited = stopped === undefined ? await run.audit(sha256, every, control) : 0;
  return {
    complete: stopped === undefined,
    ...(stopped === undefined ? {} : { incompleteBecause: stopped }),
    counts: { allMasks: 2 ** count, candidates: run.handed.size, audited },
    seconds: { regions: (performance.now() - started) / 1000 },
  };
}

class AllMasks {
  readonly stage: StageModel;
  /** Masks over the merged hyperplanes that were handed over. */
  readonly handed = new Set<number>();
  readonly #system: PiecewiseLinearSystem;
  readonly #reduced: ReducedSystem;
  readonly #sink: CandidateSink;
  readonly #judge: Judge;
  readonly #mask: Uint32Array<ArrayBuffer>;

  constructor(system: PiecewiseLinearSystem, sink: CandidateSink) {
    this.#system = system;
    this.#reduced = reduceSystem(system);
    this.#sink = sink;
    this.stage = stageModel(this.#reduced, F64, 0);
    this.#judge = new Judge(this.stage);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  }

  /** Hands a mask over unless float64 shows that its candidate is outside the region. */
  judge(bits: number): void {
    const own = Uint32Array.of(bits);
    this.#judge.form(own, 0);
    const verdict = this.#judge.verdict(own, 0, NO_HINTS, 0, 0);
    if (verdict === Verdict.no) return;
    this.handed.add(bits);
    expandMask(this.#reduced, own, 0, this.#mask);
    this.#sink.add(this.#mask, verdict !== Verdict.singular);
  }

  /**
   * Judges all masks that the tree does not exclude, in pieces. @returns why it stopped before the end, and how much
   * was left.
   */
  async visit(tree: MaskTree, control: RunControl): Promise<string | undefined> {
    const all = 2 ** this.stage.count;
    const turns = new Turns();
    let open: number[] = [];
    for (const looked of tree.pieces((mask) => open.push(mask))) {
      for (const mask of open) this.judge(mask);
      open = [];
      await this.#sink.settle?.(control);
      if (!turns.due) continue;
      const { found } = this.#sink;
      control.onProgress?.({ phase: "regions", fraction: looked / all, done: looked, fixedPoints: found });
      await turns.give();
      const stop = stopReason(control);
      if (stop !== undefined && looked < all) return `${stop}: ${share(all - looked, all, "region")} not visited`;
    }
    return undefined;
  }

  /** @returns how many masks were audited: the whole sample, unless it is time to stop. */
  async audit(sha256: string, every: number, control: RunControl): Promise<number> {
    const sample = new SeededSample(sha256, every).within(0n, 2n ** BigInt(this.stage.count));
    const turns = new Turns();
    let float: FloatAudit | undefined;
    let exact: ExactDecision | undefined;
    let audited = 0;
    for (const number of sample) {
      const bits = Number(number);
      audited++;
      if (this.handed.has(bits)) continue;
      if (this.#reduced.fit) {
        float ??= new FloatAudit(this.#reduced, 0);
        if (float.surelyEmptyMask(bits)) continue;
      }
      exact ??= new ExactDecision(this.#system);
      expandMask(this.#reduced, Uint32Array.of(bits), 0, this.#mask);
      if (exact.holdsFixedPoint(this.#mask)) {
        throw auditFailure(`mask ${bits} of the merged hyperplanes holds a fixed point, and it was excluded`, sha256);
      }
      if (turns.due) await turns.give();
      if (stopReason(control) !== undefined) break;
    }
    return audited;
  }
}
