import { expandMask, reduceSystem } from "../arrangement/reduce.ts";
import { F64 } from "../bounds/precision.ts";
import { Judge } from "../cpu/judge.ts";
import { MaskFilter } from "../cpu/mask-filter.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { Verdict } from "../stages/batch.ts";
import type { CandidateSink, MethodOutcome } from "../stages/run.ts";
import { SeededSample } from "../stages/sample.ts";
import { stageModel } from "../stages/stage-model.ts";
import { ExactDecision } from "./exact-decision.ts";
import { AUDIT_EVERY, auditFailure } from "./run-audit.ts";

/** The regions of fewer hyperplanes are known in no time. */
const FEWEST_HYPERPLANES = 8;
/** Where a filter leaves more than this over, most of it by far are no regions: then it is quicker to know the regions. */
const MOST_OPEN = 256;
const NO_HINTS = new Uint32Array(0);

/**
 * The regions method for a model of so few hyperplanes that all 2^n masks are excluded, or handed to `sink`, in less time than it takes to
 * know which of them are regions. The candidate of a mask that is none lies on the wrong side of a hyperplane, or is also that of a region.
 * @param sha256 of the model: decides which masks are audited (`RunAudit`).
 * @param every one mask in so many, a power of two.
 * @returns undefined, with nothing handed over, for other models.
 * @throws StillpointError INTERNAL for a mask with a fixed point that was excluded.
 */
export function runAllMasks(
  system: PiecewiseLinearSystem,
  sink: CandidateSink,
  sha256: string,
  every = AUDIT_EVERY,
): MethodOutcome | undefined {
  const started = performance.now();
  const reduced = reduceSystem(system);
  const { count, columns } = reduced;
  if (count < FEWEST_HYPERPLANES || !MaskFilter.pays(count, columns.length)) return undefined;
  const stage = stageModel(reduced, F64, 0);
  const filter = MaskFilter.of(stage, true);
  if (filter === undefined) return undefined;
  const open = filter.openMasks();
  if (open.length > MOST_OPEN) return undefined;
  const mask = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  const judge = new Judge(stage);
  const handed = new Set<number>();
  for (const bits of open) {
    const own = Uint32Array.of(bits);
    judge.form(own, 0);
    const verdict = judge.verdict(own, 0, NO_HINTS, 0, 0);
    if (verdict === Verdict.no) continue;
    handed.add(bits);
    expandMask(reduced, own, 0, mask);
    sink.add(mask, verdict !== Verdict.singular);
  }
  const sampled = [...new SeededSample(sha256, every).within(0n, 2n ** BigInt(count))].map(Number);
  const excluded = sampled.filter((bits) => !handed.has(bits));
  const exact = excluded.length === 0 ? undefined : new ExactDecision(system);
  for (const bits of excluded) {
    expandMask(reduced, Uint32Array.of(bits), 0, mask);
    if (exact?.holdsFixedPoint(mask)) {
      throw auditFailure(`mask ${bits} of the merged hyperplanes holds a fixed point, and it was excluded`, sha256);
    }
  }
  return {
    complete: true,
    counts: { allMasks: 2 ** count, candidates: handed.size, audited: sampled.length },
    seconds: { regions: (performance.now() - started) / 1000 },
  };
}
