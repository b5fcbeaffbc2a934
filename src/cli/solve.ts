import { availableParallelism } from "node:os";
import { findFixedPointsInPart, listFixedPointsOfMany } from "../api/find.ts";
import { type ListedResult, withAllPoints } from "../base/listed-result.ts";
import { formatCount, plural, share, were } from "../base/words.ts";
import { modelDefinition } from "../formats/read/definition.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { foundText } from "../formats/write/write-text.ts";
import { FileError, isStillpointError, OptionError, type StillpointError } from "../model/errors.ts";
import { sealed } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { checkOptions, type FindOptions } from "../run/options.ts";
import { Batch } from "./batch.ts";
import { FORMATS, type Format, formatOf } from "./endings.ts";
import { type Entry, failureOf, isFailure, isResult, type PartRecord } from "./entry.ts";
import { EXIT, type ExitCode, exitCodeOf, gravest } from "./exit.ts";
import { gpuProbe } from "./gpu-probe.ts";
import { stopOnSignal } from "./interrupt.ts";
import { openOutput } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { ModelReader } from "./reading.ts";
import { planShard, type ShardChoice, type ShardMark } from "./shard.ts";
import { readSource, refuseToOverwrite, resolveModels, type Source, type SourceReading } from "./sources.ts";
import { foundOf, Tally } from "./summary.ts";
import { type Log, makeLog } from "./terminal.ts";

export interface SolveOptions extends Omit<FindOptions, "signal" | "onProgress" | "device">, ReadOptions {
  readonly format?: Format;
  readonly output?: string;
  readonly resume?: boolean;
  readonly plot?: string;
  readonly proof?: string;
  readonly shard?: ShardChoice;
  readonly ownerDirections?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `stillpoint solve MODEL…` Throws OptionError and FileError. */
export async function solve(patterns: readonly string[], options: SolveOptions): Promise<ExitCode> {
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const reader = new ModelReader(stop.signal);
  try {
    return await solveAll(patterns, options, log, stop.signal, reader);
  } finally {
    await reader.close();
    release();
  }
}

async function solveAll(
  patterns: readonly string[],
  options: SolveOptions,
  log: Log,
  signal: AbortSignal,
  reader: ModelReader,
): Promise<ExitCode> {
  const {
    format: _,
    output: file,
    resume,
    plot,
    proof,
    shard: choice,
    ownerDirections,
    quiet,
    verbose: __,
    ...rest
  } = options;
  const tally = new Tally();
  const shard = choice && { ...choice, ownerDirections };
  const { layout, map, set, prefix, guess, columnMajor, maxMemory, ...given } = rest;
  const findOptions = { ...given, threads: given.threads ?? availableParallelism() };
  checkOptions(findOptions);
  const format = options.format ?? formatOf(file, FORMATS);
  if (shard !== undefined && format !== "json" && format !== "ndjson") {
    throw new OptionError("--shard", "needs a format that merge can read", format, "Use --format ndjson or json.");
  }
  const progress = new ProgressLine(quiet);
  const sources = await resolveModels(patterns, log.warn);
  if (file !== undefined) await refuseToOverwrite(file, sources);
  const read: ReadOptions = { layout, map, set, prefix, guess, columnMajor, maxMemory };
  const reading: SourceReading = { options: read, reader, signal, onWait: log.warn, onNote: log.warn };
  const single = shard === undefined ? undefined : await singleModel(sources, reading);
  if (plot !== undefined && shard !== undefined && single !== undefined) {
    throw new OptionError("--plot", "needs the whole answer", "a shard of one model", "Solve it in one piece.");
  }
  if (proof !== undefined && (resume === true || single !== undefined)) {
    const why = resume === true ? "--resume" : "a shard of one model";
    throw new OptionError(
      "--proof",
      "needs the answers of a run in one piece",
      why,
      "Use stillpoint prove afterwards.",
    );
  }
  const proofs =
    proof === undefined ? undefined : new (await import("./proofs.ts")).ProofWriter(proof, sources.length, log);
  const pictures =
    plot === undefined
      ? undefined
      : await (await import("./pictures.ts")).PictureWriter.open(plot, { option: "--plot", sources: sources.length });
  const { output, earlier } = await openOutput(file, format, resume === true);
  if (earlier.unsealed > 0)
    log.warn(`without a digest in ${file}, so made anew: ${plural(earlier.unsealed, "result")}`);
  const codes = new Set<ExitCode>();
  const batch = new Batch(sources, {
    reading,
    input: findOptions.input,
    shard: shard === undefined ? undefined : planShard(shard, sources, single !== undefined),
    signal,
    log,
    progress,
    writeInterludes: () => emitBefore(Number.POSITIVE_INFINITY),
    earlier: (model, mark) => earlier.take(model, findOptions, mark),
  });

  const emit = async (entry: Entry, mark: ShardMark | undefined, error?: StillpointError): Promise<void> => {
    progress.clear();
    tally.add(foundOf(entry));
    if (isFailure(entry)) {
      log.error(entry.error.message);
      codes.add(error === undefined ? EXIT.error : exitCodeOf(error));
    } else {
      codes.add(entry.complete ? EXIT.complete : EXIT.incomplete);
      if (options.verbose) describeRun(entry, log);
      if (!entry.complete && format !== "text") {
        const unseen = isResult(entry) && entry.found !== undefined ? `; ${foundText(entry.found)}` : "";
        log.warn(`${entry.model.name}: incomplete: ${entry.incompleteBecause ?? "no reason given"}${unseen}`);
      }
    }
    // a result has a digest already; the digest of a shard's record also covers its place in the batch
    if (mark === undefined) await output.add(isResult(entry) ? entry : sealed(entry));
    else await output.add(sealed({ ...entry, shard: mark }));
  };
  const emitBefore = async (index: number): Promise<void> => {
    for (const interlude of batch.before(index)) {
      if ("slot" in interlude) {
        tally.add(interlude.found, true);
        codes.add(interlude.found.fate === "complete" ? EXIT.complete : EXIT.incomplete);
        output.reuse(interlude.slot);
      } else await emit(interlude.failure, interlude.mark, interlude.error);
    }
  };

  /** A proof or a picture: where it can't be written, the results go on. */
  const beside = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      const code = exitCodeOf(error);
      // that one file was named for several models is said once
      if (code !== EXIT.usage || !codes.has(code)) log.error(error.message);
      codes.add(code);
      return undefined;
    }
  };

  const runOptions: FindOptions = {
    ...findOptions,
    gpuProbe: gpuProbe(options),
    signal,
    onProgress: progress.update,
  };
  const outcomes =
    shard === undefined || single === undefined
      ? listFixedPointsOfMany(watched(batch.models(), pictures, proofs), runOptions)
      : partOfSingle(batch.models(), shard, modelDefinition(single), runOptions);
  let solved = 0;
  for await (const outcome of outcomes) {
    solved++;
    await emitBefore(outcome.index);
    const { label, mark } = batch.takePlace(outcome.index);
    const needsAll = proofs !== undefined || pictures !== undefined;
    const hasPoints = needsAll && "result" in outcome && "fixedPoints" in outcome.result;
    const whole = hasPoints ? withAllPoints(outcome.result) : undefined;
    const { threads, maxSeconds } = findOptions;
    const proved = await beside(async () => proofs?.prove(outcome.index, whole, { signal, threads, maxSeconds }));
    if ("result" in outcome) await emit(proved?.result ?? outcome.result, mark);
    else await emit(failureOf(outcome.name, label, outcome.error), mark, outcome.error);
    await beside(async () => proved?.save());
    if (proved?.result.proof === "none") codes.add(EXIT.incomplete);
    await beside(async () => pictures?.draw(outcome.index, whole));
    batch.finished();
  }
  await emitBefore(Number.POSITIVE_INFINITY);
  progress.clear();
  if (batch.notBegun > 0) {
    log.warn(`cancelled: ${share(batch.notBegun, batch.files, "file")} not begun`);
    codes.add(EXIT.incomplete);
  }
  if (batch.cut !== undefined) {
    log.warn(`cancelled: the rest of ${batch.cut} was not read`);
    codes.add(EXIT.incomplete);
  }
  const modelsLeft = signal.aborted ? batch.modelsLeft + batch.begun - solved : 0;
  if (modelsLeft > 0) {
    log.warn(`cancelled: ${were(modelsLeft, "model")} read and not solved`);
    codes.add(EXIT.incomplete);
  }
  const written = await output.end(signal.aborted);
  const dropped = signal.aborted ? 0 : earlier.left().length;
  if (dropped > 0)
    log.warn(`${were(dropped, "earlier result")} of no model here, or made with other options: left out`);
  // the table of a single model already says everything
  if (file !== undefined || format !== "text" || tally.models > 1) {
    const left = [
      ...(modelsLeft > 0 ? [`${plural(modelsLeft, "model")} not solved`] : []),
      ...(batch.cut === undefined ? [] : ["the rest not read"]),
      ...(batch.notBegun > 0 ? [`${plural(batch.notBegun, "file")} not begun`] : []),
    ].join(", ");
    const isGood = tally.isGood(modelsLeft + batch.notBegun + (batch.cut === undefined ? 0 : 1));
    log.summary(tally.text(left), isGood, written ? file : undefined);
  }
  return gravest(codes);
}

/** Models on their way to the solver, remembered by those who need them afterwards. */
function watched(
  models: AsyncIterable<Model>,
  ...watchers: readonly ({ watch(models: AsyncIterable<Model>): AsyncIterable<Model> } | undefined)[]
): AsyncIterable<Model> {
  return watchers.reduce((passing, watcher) => watcher?.watch(passing) ?? passing, models);
}

/**
 * The raw model of a batch that is a single model. The model stays in its source, because standard input can be read
 * only once.
 */
async function singleModel(sources: Source[], reading: SourceReading): Promise<unknown> {
  const source = sources[0]!;
  if (sources.length !== 1 || "error" in source) return undefined;
  try {
    const raws = await readSource(source, reading);
    sources[0] = { ...source, raws };
    return raws.length === 1 && "value" in raws[0]! ? raws[0].value : undefined;
  } catch (error) {
    // reported at its place in the batch
    if (error instanceof FileError) sources[0] = { error };
    else throw error;
    return undefined;
  }
}

type PartOutcome =
  | { readonly index: number; readonly name: string; readonly result: PartRecord }
  | { readonly index: number; readonly name: string; readonly error: StillpointError };

/** A shard of a batch of one model is a part of the work on it. */
async function* partOfSingle(
  models: AsyncIterable<Model>,
  shard: ShardChoice,
  definition: PartRecord["definition"],
  options: FindOptions,
): AsyncGenerator<PartOutcome> {
  for await (const model of models) {
    const { name } = model;
    try {
      yield { index: 0, name, result: { ...(await findFixedPointsInPart(model, shard, options)), definition } };
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      yield { index: 0, name, error };
    }
  }
}

function describeRun(result: ListedResult | PartRecord, log: Log): void {
  const { model, counts, seconds, method, backend, adapter } = result;
  const list = (values: Readonly<Record<string, number>>, digits?: number): string =>
    Object.entries(values)
      .map(([key, n]) => `${key} ${digits === undefined ? formatCount(n) : n.toFixed(digits)}`)
      .join(", ");
  log.detail(`${model.name}: sha256 ${model.sha256}`);
  log.detail(`${model.name}: ${method} on ${backend}${adapter === null ? "" : ` (${adapter})`}: ${list(counts)}`);
  log.detail(`${model.name}: seconds: ${list(seconds, 4)}`);
}
