import type { Result } from "../base/result.ts";
import { sealed } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { type ProveOptions, prove } from "./prove.ts";

/** A result, and a proof file that it lists every fixed point, or why there is none. */
export interface ProvedResult extends Result {
  /** What the proof goes by (docs/proof.md). `complete` does not depend on it. */
  readonly proof: "patterns" | "trees" | "none";
  /** Which box is not proved, and why, or what ended the prover. */
  readonly noProofBecause?: string;
  /** The bytes of the proof file. Not enumerable: they are no part of the result's JSON. */
  readonly proofBytes?: Uint8Array;
}

/** Proves a result. It is sealed anew. */
export async function withProof(model: Model, result: Result, options: ProveOptions): Promise<ProvedResult> {
  const outcome = await prove(model, result, options);
  if (outcome.proof === undefined) {
    return sealed({ ...result, proof: "none" as const, noProofBecause: outcome.because });
  }
  const { proof: bytes, by } = outcome;
  return Object.defineProperty(sealed({ ...result, proof: by }), "proofBytes", { value: bytes });
}
