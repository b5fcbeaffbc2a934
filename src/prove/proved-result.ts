import type { Result } from "../base/result.ts";
import { sealed } from "../model/seal.ts";
import { sha256 } from "../model/sha256.ts";
import type { Model } from "../model/types.ts";
import { type ProverOptions, prove } from "./prove.ts";

/** A result, and a proof file that it lists every fixed point, or why there is none. */
export interface ProvedResult extends Result {
  readonly proof: "patterns" | "trees" | "none";
  /** The bytes of the proof file. Not enumerable: they are no part of the result's JSON. */
  readonly proofBytes?: Uint8Array;
}

/** Proves a result. It is sealed anew. */
export async function withProof(model: Model, result: Result, options: ProverOptions): Promise<ProvedResult> {
  const outcome = await prove(model, result, options);
  if (outcome.proof === undefined) {
    return sealed({ ...result, proof: "none" as const, noProofBecause: outcome.because });
  }
  const { proof: bytes, by, boxes } = outcome;
  const proofFile = { sha256: sha256([bytes]), bytes: bytes.length, boxes };
  return Object.defineProperty(sealed({ ...result, proof: by, proofFile }), "proofBytes", { value: bytes });
}
