import { formatCount, plural } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { FileError } from "../model/errors.ts";
import type { ParseOptions } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { prove } from "../prove/prove.ts";
import { endingOf, wrongEnding } from "./endings.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { stopOnSignal } from "./interrupt.ts";
import { resultsOfModels } from "./result-pairs.ts";
import { type Log, makeLog, openSink } from "./terminal.ts";

export interface ProveCommandOptions extends ReadOptions {
  readonly input?: ParseOptions["input"];
  readonly output: string;
  readonly maxSeconds?: number;
  readonly trees?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/**
 * `stillpoint prove MODEL RESULT -o PROOF`: writes the proof that the one result in RESULT is complete. 3 if it can't
 * be proved; no file is written then. Throws FileError and ModelError.
 */
export async function proveCommand(
  modelPath: string,
  resultPath: string,
  options: ProveCommandOptions,
): Promise<ExitCode> {
  if (endingOf(options.output) !== ".npz") throw wrongEnding("-o", options.output, [".npz"]);
  const results = await resultsOfModels(modelPath, resultPath, options);
  if (results.length !== 1) {
    throw new FileError(resultPath, `holds ${plural(results.length, "result")}`, "A proof is of one: give that alone.");
  }
  const { model, value } = results[0]!;
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  try {
    const { maxSeconds, trees } = options;
    const written = await writeProof(options.output, model, value, { maxSeconds, trees, signal: stop.signal }, log);
    return written ? EXIT.complete : EXIT.incomplete;
  } finally {
    release();
  }
}

/**
 * Proves one result and writes the file, or warns why there is none.
 * @returns whether it was written. Throws FileError.
 */
export async function writeProof(
  file: string,
  model: Model,
  result: unknown,
  limits: { maxSeconds?: number | undefined; trees?: boolean | undefined; signal?: AbortSignal },
  log: Log,
): Promise<boolean> {
  const started = performance.now();
  const outcome = await prove(model, result, {
    deadline: limits.maxSeconds === undefined ? undefined : started + 1000 * limits.maxSeconds,
    signal: limits.signal,
    trees: limits.trees,
  });
  if (outcome.proof === undefined) {
    log.warn(`${printable(model.name)}: no proof: ${printable(outcome.because)}`);
    return false;
  }
  const sink = await openSink(file);
  await sink.write(outcome.proof);
  await sink.close();
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  const how = outcome.by === "trees" ? plural(outcome.boxes, "box", "boxes") : "all patterns are to be tried";
  log.summary(`proof of ${formatCount(outcome.proof.length)} bytes, ${how}, ${seconds} s`, true, file);
  return true;
}
