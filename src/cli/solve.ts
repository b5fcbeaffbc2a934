import { availableParallelism } from "node:os";
import { findFixedPointsInPart, listFixedPointsOfMany } from "../api/find.ts";
import type { ListedOutcome } from "../api/many.ts";
import { withAllPoints } from "../base/listed-result.ts";
import { plural, share, were } from "../base/words.ts";
import { modelDefinition } from "../formats/read/definition.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { FileError, isStillpointError, OptionError, type StillpointError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { checkOptions, type FindOptions, plainOptions } from "../run/options.ts";
import { Batch } from "./batch.ts";
import { FORMATS, type Format, formatOf } from "./endings.ts";
import { failureOf, type PartRecord } from "./entry.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { gpuProbe } from "./gpu-probe.ts";
import { stopOnSignal } from "./interrupt.ts";
import { LineThreads } from "./line-threads.ts";
import { openOutput } from "./output.ts";
import type { PictureWriter } from "./pictures.ts";
import { ProgressLine } from "./progress.ts";
import type { ProofWriter } from "./proofs.ts";
import { ModelReader } from "./reading.ts";
import { planShard, type ShardChoice } from "./shard.ts";
import { solveLines } from "./solve-lines.ts";
import { SolveRecords } from "./solve-records.ts";
import {
  readingOf,
  readSource,
  refuseProof,
  refuseToOverwrite,
  resolveModels,
  type Source,
  type SourceReading,
} from "./sources.ts";
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
  const { output: file, resume, shard: choice, ownerDirections, quiet } = options;
  const shard = choice && { ...choice, ownerDirections };
  const findOptions = findOptionsOf(options);
  checkOptions(findOptions);
  const format = outputFormat(options);
  const progress = new ProgressLine(quiet);
  const sources = await resolveModels(patterns, log.warn);
  if (file !== undefined) await refuseToOverwrite(file, sources);
  await refuseProof(options, sources);
  const reading = readingOf(options, signal, log, reader);
  const single = shard === undefined ? undefined : await singleModel(sources, reading);
  refuseParts(options, single !== undefined);
  const extras = await openExtras(options, sources.length, log);
  const { output, earlier } = await openOutput(file, format, resume === true);
  if (earlier.unsealed > 0)
    log.warn(`without a digest in ${file}, so made anew: ${plural(earlier.unsealed, "result")}`);
  const lineThreads = lineThreadsOf(options, findOptions, signal);
  const batch = new Batch(sources, {
    reading,
    input: findOptions.input,
    shard: shard === undefined ? undefined : planShard(shard, sources, single !== undefined),
    signal,
    log,
    progress,
    writeInterludes: (): Promise<void> => records.addBefore(Number.POSITIVE_INFINITY),
    earlier: (model, mark) => earlier.take(model, findOptions, mark),
    lineThreads,
  });
  const isText = format === "text";
  const records: SolveRecords = new SolveRecords({ log, progress, batch, output, isText, verbose: options.verbose });
  const runOptions: FindOptions = { ...findOptions, gpuProbe: gpuProbe(options), signal, onProgress: progress.update };
  const outcomesOf = (models: AsyncIterable<Model>) =>
    shard === undefined || single === undefined
      ? listFixedPointsOfMany(watched(models, extras.pictures, extras.proofs), runOptions)
      : partOfSingle(models, shard, modelDefinition(single), runOptions);
  const take = (outcome: ListedOutcome | PartOutcome) => takeOutcome(outcome, records, extras, limitsOf(runOptions));
  let solved: number;
  try {
    solved = await solveBatch(batch, records, outcomesOf, take, lineThreads && { lineThreads, options: runOptions });
  } catch (error) {
    output.abandon();
    throw error;
  } finally {
    batch.close();
    await lineThreads?.close();
  }
  progress.clear();
  const left = notDone(batch, signal.aborted ? batch.modelsLeft + batch.begun - solved : 0, records);
  const written = await output.end(signal.aborted);
  const dropped = signal.aborted ? 0 : earlier.left().length;
  tellEnd(records, left, dropped, { file, written, isText });
  return gravest(records.codes);
}

/** Says what a batch came to. @param left what was not done. @param dropped earlier results that were left out. */
function tellEnd(
  { log, tally }: SolveRecords,
  left: ReturnType<typeof notDone>,
  dropped: number,
  { file, written, isText }: { readonly file: string | undefined; readonly written: boolean; readonly isText: boolean },
): void {
  if (dropped > 0)
    log.warn(`${were(dropped, "earlier result")} of no model here, or made with other options: left out`);
  // the table of a single model already says everything
  if (file !== undefined || !isText || tally.models > 1) {
    log.summary(tally.text(left.text), tally.isGood(left.count), written ? file : undefined);
  }
}

/**
 * All models of a batch in their order: on this thread and those that it shares a model with, and long runs of lines on
 * threads of their own.
 * @param take writes an outcome. @returns how many models were done.
 */
async function solveBatch(
  batch: Batch,
  records: SolveRecords,
  outcomesOf: (models: AsyncIterable<Model>) => AsyncIterable<ListedOutcome | PartOutcome>,
  take: (outcome: ListedOutcome | PartOutcome) => Promise<void>,
  threads: { readonly lineThreads: LineThreads; readonly options: FindOptions } | undefined,
): Promise<number> {
  let solved = 0;
  do {
    const first = batch.begun;
    for await (const outcome of outcomesOf(batch.models())) {
      solved++;
      await take({ ...outcome, index: first + outcome.index });
      batch.finished();
    }
    // what comes before a line is written before it
    await records.addBefore(Number.POSITIVE_INFINITY);
    if (batch.isHolding && threads !== undefined)
      solved += await solveLines(batch, threads.lineThreads, records, threads.options);
  } while (batch.isHolding);
  await records.addBefore(Number.POSITIVE_INFINITY);
  const trouble = threads?.lineThreads.trouble;
  if (trouble !== undefined) records.log.warn(trouble);
  return solved;
}

/** The format of the output. Throws an OptionError for one that merge can't read, where it would have to. */
function outputFormat({ format, output, shard }: SolveOptions): Format {
  const chosen = format ?? formatOf(output, FORMATS);
  if (shard !== undefined && chosen !== "json" && chosen !== "ndjson") {
    throw new OptionError("--shard", "needs a format that merge can read", chosen, "Use --format ndjson or json.");
  }
  return chosen;
}

/** The options of each run: without those of the command line and of reading. */
function findOptionsOf(options: SolveOptions): FindOptions & { readonly threads: number } {
  const { format, output, resume, plot, proof, shard, ownerDirections, quiet, verbose, ...rest } = options;
  const { layout, map, set, prefix, guess, columnMajor, maxMemory, ...given } = rest;
  return { ...given, threads: given.threads ?? availableParallelism() };
}

/** Undefined where a model of a line is wanted on this thread, or all of them on a GPU. */
function lineThreadsOf(
  { shard, resume, plot, proof, maxMemory }: SolveOptions,
  options: FindOptions & { readonly threads: number },
  signal: AbortSignal,
): LineThreads | undefined {
  const wantsModels = [shard, plot, proof].some((each) => each !== undefined) || resume === true;
  if (wantsModels || options.threads === 1 || options.backend === "webgpu") return undefined;
  return new LineThreads(options.threads, signal, { options: plainOptions(options), memory: maxMemory });
}

/** Throws an OptionError where a picture or a proof needs more than the run gives. */
function refuseParts({ plot, proof, resume }: SolveOptions, isPartOfSingle: boolean): void {
  if (plot !== undefined && isPartOfSingle) {
    throw new OptionError("--plot", "needs the whole answer", "a shard of one model", "Solve it in one piece.");
  }
  if (proof !== undefined && (resume === true || isPartOfSingle)) {
    throw new OptionError(
      "--proof",
      "needs the answers of a run in one piece",
      resume === true ? "--resume" : "a shard of one model",
      "Use stillpoint prove afterwards.",
    );
  }
}

/** What is written beside the results. */
interface Extras {
  readonly proofs: ProofWriter | undefined;
  readonly pictures: PictureWriter | undefined;
}

async function openExtras({ plot, proof }: SolveOptions, sources: number, log: Log): Promise<Extras> {
  const proofs = proof === undefined ? undefined : new (await import("./proofs.ts")).ProofWriter(proof, sources, log);
  const pictures =
    plot === undefined
      ? undefined
      : await (await import("./pictures.ts")).PictureWriter.open(plot, { option: "--plot", sources });
  return { proofs, pictures };
}

function limitsOf({ signal, threads, maxSeconds }: FindOptions): Parameters<ProofWriter["prove"]>[2] {
  return { signal, threads, maxSeconds };
}

/** Writes the outcome of one model, with its proof and its picture. */
async function takeOutcome(
  outcome: ListedOutcome | PartOutcome,
  records: SolveRecords,
  { proofs, pictures }: Extras,
  limits: Parameters<ProofWriter["prove"]>[2],
): Promise<void> {
  await records.addBefore(outcome.index);
  const { label, mark } = records.takePlace(outcome.index);
  const needsAll = proofs !== undefined || pictures !== undefined;
  const hasPoints = needsAll && "result" in outcome && "fixedPoints" in outcome.result;
  const whole = hasPoints ? withAllPoints(outcome.result) : undefined;
  const proved = await records.beside(async () => proofs?.prove(outcome.index, whole, limits));
  if ("result" in outcome) await records.add(proved?.result ?? outcome.result, mark);
  else await records.add(failureOf(outcome.name, label, outcome.error), mark, outcome.error);
  await records.beside(async () => proved?.save());
  if (proved?.result.proof === "none") records.codes.add(EXIT.incomplete);
  await records.beside(async () => pictures?.draw(outcome.index, whole));
}

/** Says what a cancelled run has left. @returns that in short, and how much it is. */
function notDone(batch: Batch, modelsLeft: number, { log, codes }: SolveRecords): { text: string; count: number } {
  const { notBegun, cut } = batch;
  const parts: string[] = [];
  if (notBegun > 0) log.warn(`cancelled: ${share(notBegun, batch.files, "file")} not begun`);
  if (cut !== undefined) log.warn(`cancelled: the rest of ${cut} was not read`);
  if (modelsLeft > 0) {
    log.warn(`cancelled: ${were(modelsLeft, "model")} read and not solved`);
    parts.push(`${plural(modelsLeft, "model")} not solved`);
  }
  if (cut !== undefined) parts.push("the rest not read");
  if (notBegun > 0) parts.push(`${plural(notBegun, "file")} not begun`);
  if (parts.length > 0) codes.add(EXIT.incomplete);
  return { text: parts.join(", "), count: modelsLeft + notBegun + (cut === undefined ? 0 : 1) };
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
