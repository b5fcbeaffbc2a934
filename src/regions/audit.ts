import { intersectSubset } from "../cpu/intersect.ts";
import { regionSolver } from "../cpu/region-solver.ts";
import { StillpointError } from "../model/errors.ts";
import { setBit } from "../model/mask.ts";
import type { AuditedMask } from "../stages/backend.ts";
import { type ExpandMode, ItemStatus, NO_HYPERPLANE, signBatch, Verdict } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";

/**
 * Checks in float64 a mask that a GPU called inconsistent: its bits against the signs at its subset's point, and its
 * verdict. The bounds of the GPU's arithmetic rest on the accuracy table of the WGSL specification, so a contradiction
 * means that the adapter breaks it.
 * @param stage the float64 view of the model, with the same owner directions.
 * @throws StillpointError GPU_FAILED that names the adapter.
 */
export function auditNo(stage: StageModel, audited: AuditedMask, mode: ExpandMode, adapter: string): void {
  const { mask, subset } = audited;
  const fail = (what: string): never => {
    throw new StillpointError(
      "GPU_FAILED",
      `the adapter "${adapter}" ${what} of subset [${subset.join(", ")}], which float64 contradicts: its float32 arithmetic is worse ` +
        'than the WGSL specification allows, so nothing it computed is believed. Use backend "cpu", and please report the adapter',
    );
  };
  if (!audited.branched) {
    const signs = signBatch(1, Math.max(1, stage.rank), stage.words);
    intersectSubset(stage, subset, mode, signs, 0);
    if (signs.status[0] === ItemStatus.dependent) fail("gave a mask for the dependent hyperplanes");
    if (signs.status[0] === ItemStatus.ok) {
      const free = new Uint32Array(stage.words);
      if (mode === "branch") for (const j of subset) setBit(free, j);
      for (let w = 0; w < stage.words; w++) {
        const known = ~(signs.undecided[w]! | free[w]!);
        if (((mask[w]! ^ signs.positive[w]!) & known) !== 0) fail("has a wrong sign in the mask");
      }
    }
  }
  const solver = regionSolver(stage);
  solver.form(mask, 0);
  if (solver.judge(mask, 0, NO_HINTS, 0, 1) === Verdict.yes) fail('gave the verdict "no" to the candidate');
}

const NO_HINTS = Uint32Array.of(NO_HYPERPLANE);
