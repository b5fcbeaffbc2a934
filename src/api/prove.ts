import type { Result } from "../base/result.ts";
import type { ModelInput } from "../model/input.ts";
import type { Model } from "../model/types.ts";
import { type ProveOutcome, type ProverOptions, prove } from "../prove/prove.ts";
import { type ProvedResult, withProof } from "../prove/proved-result.ts";
import { Engine } from "../run/engine.ts";
import { FACILITIES } from "../run/facilities.ts";
import { checkOptions, type FindOptions } from "../run/options.ts";

/** Options of `proveResult`. */
export interface ProveOptions
  extends Omit<ProverOptions, "pool" | "millisecondsBeforeThreads">,
    Pick<FindOptions, "threads" | "workerUrl"> {}

/**
 * Makes the proof that a complete result lists all fixed points of a model: a file that `checkProofFile` and
 * python/stillpoint/check_proof.py accept (docs/proof.md). Needs nothing of how the result was found. The same model and
 * result give the same bytes, whatever the number of threads.
 * @throws ModelError, OptionError.
 */
export async function proveResult(
  model: ModelInput | Model,
  result: unknown,
  options: ProveOptions = {},
): Promise<ProveOutcome> {
  return withThreads(options, (control) => prove(model, result, control));
}

/** A result with its proof, or with the reason why there is none. */
export async function addProof(model: Model, result: Result, options: ProveOptions = {}): Promise<ProvedResult> {
  return withThreads(options, (control) => withProof(model, result, control));
}

async function withThreads<T>(
  { threads, workerUrl, ...options }: ProveOptions,
  run: (options: ProverOptions) => Promise<T>,
): Promise<T> {
  checkOptions({ threads });
  const engine = new Engine({ threads, workerUrl, backend: "cpu" }, FACILITIES);
  try {
    return await run({ ...options, pool: () => engine.pool() });
  } finally {
    await engine.close();
  }
}
