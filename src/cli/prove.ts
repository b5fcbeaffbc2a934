import { availableParallelism } from "node:os";
import { proveResult } from "../api/prove.ts";
import { formatCount, plural } from "../base/words.ts";
import { notProved } from "../cycles/proof/prove-cycles.ts";
import { printable } from "../formats/read/printable.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { FileError } from "../model/errors.ts";
import type { ParseOptions } from "../model/parse.ts";
import { endingOf, wrongEnding } from "./endings.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { stopOnSignal } from "./interrupt.ts";
import { writeWhole } from "./replace.ts";
import { resultsOfModels } from "./result-pairs.ts";
import { type Log, makeLog } from "./terminal.ts";

export interface ProveCommandOptions extends ReadOptions {
  readonly input?: ParseOptions["input"];
  readonly output: string;
  readonly maxSeconds?: number;
  readonly threads?: number;
  readonly trees?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/**
 * `stillpoint prove MODEL RESULT -o PROOF`: writes the proof that the one result in RESULT is complete, of cycles that
 * of each period that it calls complete. 3 if it, or some period, can't be proved; where there is nothing else no file
 * is written then. Throws FileError and ModelError.
 */
export async function proveCommand(
  modelPath: string,
  resultPath: string,
  options: ProveCommandOptions,
): Promise<ExitCode> {
  if (endingOf(options.output) !== ".npz") throw wrongEnding("-o", options.output, [".npz"]);
  const log = makeLog(options);
  const results = await resultsOfModels(modelPath, resultPath, options, log.warn);
  if (results.length !== 1) {
    throw new FileError(resultPath, `holds ${plural(results.length, "result")}`, "A proof is of one: give that alone.");
  }
  const { model, value } = results[0]!;
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const started = performance.now();
  const { maxSeconds, trees, threads = availableParallelism() } = options;
  try {
    const outcome = await proveResult(model, value, {
      ...{ trees, threads, signal: stop.signal },
      deadline: maxSeconds === undefined ? undefined : started + 1000 * maxSeconds,
    });
    if (outcome.proof === undefined) {
      tellNoProof(model.name, outcome.because, log);
      return EXIT.incomplete;
    }
    await saveProof(options.output, outcome.proof, { ...outcome, milliseconds: performance.now() - started }, log);
    const missing = outcome.by === "signs" ? notProved(outcome.periods) : "";
    if (missing === "") return EXIT.complete;
    tellNoProof(model.name, missing, log);
    return EXIT.incomplete;
  } finally {
    release();
  }
}

/** Warns why there is no proof. */
export function tellNoProof(name: string, because: string, log: Log): void {
  log.warn(`${printable(name)}: no proof: ${printable(because)}`);
}

/** Writes a proof file, and says what was done for it. Throws FileError. */
export async function saveProof(
  file: string,
  proof: Uint8Array,
  {
    by,
    boxes,
    milliseconds,
  }: { readonly by: "patterns" | "trees" | "signs"; readonly boxes: number; readonly milliseconds: number },
  log: Log,
): Promise<void> {
  await writeWhole(file, proof);
  const how = {
    trees: plural(boxes, "box", "boxes"),
    signs: plural(boxes, "node"),
    patterns: "all patterns are to be tried",
  }[by];
  log.summary(`proof of ${formatCount(proof.length)} bytes, ${how}, ${(milliseconds / 1000).toFixed(2)} s`, true, file);
}
