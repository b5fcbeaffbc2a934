import type { Result } from "../base/result.ts";
import { isCyclesResult } from "../check/orbits/cycles-claim.ts";
import { proveCycles } from "../cycles/proof/prove-cycles.ts";
import { type ProvedCycles, withCyclesProof } from "../cycles/proof/proved-cycles.ts";
import type { CyclesResult } from "../cycles/result.ts";
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
 * Makes the proof that a complete result lists all fixed points of a model, or all cycles of its complete periods: a
 * file that `checkProofFile` and python/stillpoint/check_proof.py, or for cycles check_cycles_proof.py, accept
 * (docs/proof.md). Needs nothing of how the result was found. The same model and result give the same bytes, whatever
 * the number of threads.
 * @throws ModelError, OptionError.
 */
export async function proveResult(
  model: ModelInput | Model,
  result: unknown,
  options: ProveOptions = {},
): Promise<ProveOutcome> {
  if (isCyclesResult(result)) return proveCycles(model, result, options);
  return withThreads(options, (control) => prove(model, result, { ...control, tryPatterns: true }));
}

/** A result with its proof, or with the reason why there is none. */
export async function addProof(model: Model, result: Result, options: ProveOptions = {}): Promise<ProvedResult> {
  return withThreads(options, (control) => withProof(model, result, control));
}

/** A result of cycles with its proof, or with the reason why there is none. */
export async function addCyclesProof(
  model: Model,
  result: CyclesResult,
  { deadline, signal, onProgress }: ProveOptions = {},
): Promise<ProvedCycles> {
  return withCyclesProof(model, result, { deadline, signal, onProgress });
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
