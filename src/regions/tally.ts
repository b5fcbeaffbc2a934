import { StillpointError } from "../model/errors.ts";
import { noCounts } from "./decider.ts";

/** The counts of a run over the regions of one model. */
export function newTally() {
  return {
    subsets: 0,
    masks: 0,
    unique: 0,
    candidates: 0,
    dependent: 0,
    escalated: 0,
    undecided: 0,
    f64Decisions: 0,
    audited: 0,
    decided: noCounts(),
  };
}

/**
 * Every linearly independent subset owns exactly one region, so any other number of masks is a defect of Stillpoint.
 * @throws StillpointError INTERNAL for another number.
 */
export function checkOwners(total: bigint, dependent: number, masks: number): void {
  const independent = total - BigInt(dependent);
  if (BigInt(masks) !== independent) {
    throw new StillpointError(
      "INTERNAL",
      `${masks} masks came from ${independent} independent subsets: a subset was lost or counted twice. Please report this model`,
    );
  }
}
