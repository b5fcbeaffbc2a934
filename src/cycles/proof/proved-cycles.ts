import { sealed } from "../../model/seal.ts";
import { sha256 } from "../../model/sha256.ts";
import type { Model } from "../../model/types.ts";
import type { RunControl } from "../../stages/run.ts";
import type { CyclesResult } from "../result.ts";
import { notProved, proveCycles } from "./prove-cycles.ts";

/** A result of cycles, and a proof file that it lists every cycle of the periods that `proofFile` names. */
export interface ProvedCycles extends CyclesResult {
  /** The bytes of the proof file. Not enumerable: they are no part of the result's JSON. */
  readonly proofBytes?: Uint8Array;
}

/** Proves the complete periods of a result. It is sealed anew. */
export async function withCyclesProof(model: Model, result: CyclesResult, control: RunControl): Promise<ProvedCycles> {
  const outcome = await proveCycles(model, result, control);
  if (outcome.proof === undefined) {
    return sealed({ ...result, proof: "none" as const, noProofBecause: outcome.because });
  }
  const { proof: bytes, by, boxes: nodes, periods } = outcome;
  const because = notProved(periods);
  const proved = periods.flatMap(({ period, proved }) => (proved ? [period] : []));
  const proofFile = { sha256: sha256([bytes]), bytes: bytes.length, nodes, periods: proved };
  const rest = { proof: by, ...(because === "" ? {} : { noProofBecause: because }), proofFile };
  return Object.defineProperty(sealed({ ...result, ...rest }), "proofBytes", { value: bytes });
}
