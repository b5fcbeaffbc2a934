import { absentText } from "../api/prepared.ts";
import { share } from "../base/words.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import {
  compareCheckpoints,
  findFixedPointsOfMany,
  type Result,
  type SweepRange,
  sweepInput,
  sweepInputs,
} from "../index.ts";
import { isStillpointError, OptionError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { parseValue } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { type BranchOptions, plotCheckpoints, plotSweep, plotSweepGrid } from "../plot/index.ts";
import { checkCoordinate } from "../plot/projection.ts";
import type { FindOptions } from "../run/options.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import { type SweepOptions, sampleValues } from "../sweep/sweep.ts";
import { type Format, formatOf } from "./endings.ts";
import { EXIT, type ExitCode, exitCodeOf, gravest } from "./exit.ts";
import { gpuProbe } from "./gpu-probe.ts";
import { stopOnSignal } from "./interrupt.ts";
import { PictureWriter } from "./pictures.ts";
import { ProgressLine } from "./progress.ts";
import { ModelReader } from "./reading.ts";
import { openSource, readingOf, refuseToOverwrite, resolveModels } from "./sources.ts";
import {
  type Answer,
  checkpointsCsv,
  checkpointsText,
  gridText,
  sweepCsv,
  sweepSummary,
  sweepText,
} from "./sweep-text.ts";
import { type Log, makeLog, openSink, type Sink } from "./terminal.ts";

/** The argument of --sweep: the values of one input or two, or the files of a training run. */
export type SweepChoice = readonly SweepRange[] | "files";

export interface SweepCommandOptions
  extends Omit<SweepOptions, "signal" | "onProgress" | "name">,
    ReadOptions,
    BranchOptions {
  readonly sweep: SweepChoice;
  readonly format?: Format;
  readonly output?: string;
  readonly plot?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** Options of `solve` that no sweep has. */
interface OptionsOfSolve {
  readonly proof?: string;
  readonly resume?: boolean;
  readonly shard?: unknown;
  readonly virtual?: boolean;
  readonly expand?: string;
}

/** `stillpoint solve MODEL… --sweep …` Throws OptionError and FileError. */
export async function sweep(
  patterns: readonly string[],
  options: SweepCommandOptions & OptionsOfSolve,
): Promise<ExitCode> {
  refuseOthers(options);
  const format = options.format ?? formatOf(options.output, ["text", "json", "ndjson", "csv"]);
  if (format === "npz") {
    throw new OptionError("--format", "is not there for a sweep", format, "Use text, json, ndjson or csv.");
  }
  refusePeriods(options);
  const sources = await resolveModels(patterns, () => {});
  const answered = options.sweep === "files" ? 1 : sources.length;
  const pictures =
    options.plot === undefined
      ? undefined
      : await PictureWriter.open(options.plot, { option: "--plot", sources: answered });
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  if (options.output !== undefined) await refuseToOverwrite(options.output, sources);
  const sink = await openSink(options.output);
  const progress = new ProgressLine(options.quiet);
  const codes: ExitCode[] = [];
  const answers: Answer[] = [];
  const started = performance.now();
  let written = false;
  try {
    for await (const { name, answer } of answersOf(patterns, options, { stop, log, progress, codes })) {
      progress.clear();
      codes.push(answer.complete ? EXIT.complete : EXIT.incomplete);
      await pictures?.write(name, sweepPicture(answer, options));
      answers.push(answer);
      if (format === "text") await sink.write(textOf(answer, sink));
      if (format === "ndjson") await sink.writeData(`${JSON.stringify(answer)}\n`);
    }
    if (format === "json" && answers.length > 0)
      await sink.writeData(`${prettyJson(answers.length === 1 ? answers[0] : answers)}\n`);
    if (format === "csv") for (const answer of answers) for (const line of csvOf(answer)) await sink.writeData(line);
    written = await sink.close();
  } finally {
    progress.clear();
    release();
    await sink.close();
  }
  // the table of a single answer already says everything
  if (options.output !== undefined || format !== "text" || answers.length > 1) {
    const failed = codes.length - answers.length;
    const seconds = (performance.now() - started) / 1000;
    const text = sweepSummary(answers, { failed, cancelled: stop.signal.aborted, seconds });
    log.summary(text, gravest(codes) === EXIT.complete && !stop.signal.aborted, written ? options.output : undefined);
  }
  if (stop.signal.aborted) codes.push(EXIT.incomplete);
  return gravest(codes);
}

/** @throws OptionError for what would be left out without a word: a proof, or a share of the work. */
function refuseOthers({ proof, resume, shard, virtual, expand }: OptionsOfSolve): void {
  const given = Object.entries({ proof, resume, shard, virtual, expand }).filter(([, value]) => value !== undefined);
  const [first] = given;
  if (first === undefined) return;
  throw new OptionError("--sweep", "can't be had with this option", `--${first[0]}`, "Leave one of them out.");
}

/** @throws OptionError for cycles over files: no rule says which of them persist from one model to the next. */
export function refusePeriods({
  sweep: choice,
  maxPeriod,
}: Pick<SweepCommandOptions, "maxPeriod"> & Partial<Pick<SweepCommandOptions, "sweep">>): void {
  if (choice !== "files" || maxPeriod === undefined) return;
  throw new OptionError(
    "--max-period",
    "follows cycles along an input, and not over files",
    "files",
    "Use stillpoint cycles.",
  );
}

/** The objects that all functions of a run share. */
export interface Run {
  readonly stop: AbortController;
  readonly log: Log;
  readonly progress: ProgressLine;
  readonly codes: ExitCode[];
}

/** One answer for each model, or one for all files. A model that can't be read or swept is reported and left out. */
export async function* answersOf(
  patterns: readonly string[],
  options: SweepCommandOptions,
  run: Run,
): AsyncGenerator<{ name: string; answer: Answer }> {
  const { sweep: choice } = options;
  if (choice === "files") {
    yield await checkpointsOf(patterns, options, run);
    return;
  }
  for await (const raw of rawModels(patterns, options, run)) {
    if (run.stop.signal.aborted) return;
    run.progress.start(raw.name);
    try {
      const sweepOptions = sweepOptionsOf(options, run, raw.name);
      const [first, second] = choice;
      if (first === undefined) throw new OptionError("--sweep", "names no input", undefined, "Use s0=-2:2:101.");
      // an error of the model is reported before the work begins
      const { system, absentBiases } = parseValue(raw.value, { name: raw.name, input: options.input });
      tellAbsent(absentBiases, raw.name, run);
      checkCoordinate(options.coordinate, system.latentDim);
      const answer =
        second === undefined
          ? await sweepInput(raw.value as ModelInput, first, sweepOptions)
          : await sweepInputs(raw.value as ModelInput, [first, second], sweepOptions);
      yield { name: raw.name, answer };
    } catch (error) {
      tell(error, raw.name, run);
    }
  }
}

/** The options of each solve of a command; the input is put into the model when it is read. */
export function solveOptionsOf(
  options: Omit<FindOptions, "input"> & { readonly verbose?: boolean },
  { stop, progress }: Run,
): FindOptions {
  const { method, backend, threads, maxSeconds, maxRegions } = options;
  const asked = { method, backend, threads, maxSeconds, maxRegions };
  return { ...asked, gpuProbe: gpuProbe(options), signal: stop.signal, onProgress: progress.update };
}

function sweepOptionsOf(options: SweepCommandOptions, run: Run, name: string): SweepOptions {
  const { input, coverage, maxPeriod } = options;
  return { ...solveOptionsOf(options, run), input, coverage, maxPeriod, name };
}

/** Compares the checkpoints. A checkpoint that fails would leave a gap in the tracks, so it ends the run. */
async function checkpointsOf(
  patterns: readonly string[],
  options: SweepCommandOptions,
  run: Run,
): Promise<{ name: string; answer: Checkpoints }> {
  const models: Model[] = [];
  for await (const raw of rawModels(patterns, options, run, true)) {
    const model = parseValue(raw.value, { name: raw.name, input: options.input });
    tellAbsent(model.absentBiases, raw.name, run);
    models.push(model);
  }
  for (const { system } of models) checkCoordinate(options.coordinate, system.latentDim);
  const results: Result[] = [];
  for await (const outcome of findFixedPointsOfMany(models, solveOptionsOf(options, run))) {
    if ("error" in outcome) throw outcome.error;
    results.push(outcome.result);
  }
  if (results.length < models.length)
    run.log.warn(`cancelled: ${share(models.length - results.length, models.length, "checkpoint")} not solved`);
  return { name: "checkpoints", answer: compareCheckpoints(results, models.length) };
}

/**
 * The models of all sources as they are read; a model that can't be read is reported and left out, or its error is
 * thrown if `strict`.
 */
export async function* rawModels(
  patterns: readonly string[],
  options: ReadOptions,
  run: Run,
  strict = false,
): AsyncGenerator<Extract<RawModel, { value: unknown }>> {
  const { signal } = run.stop;
  const reader = new ModelReader(signal);
  const reading = readingOf(options, run.stop.signal, run.log, reader);
  try {
    for (const source of await resolveModels(patterns, run.log.warn)) {
      try {
        if ("error" in source) throw source.error;
        for await (const raw of (await openSource(source, reading)).raws) {
          if (signal.aborted) return;
          if ("value" in raw) yield raw;
          else if (strict) throw raw.error;
          // the other models of the file go on
          else tell(raw.error, source.path, run);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (strict) throw error;
        tell(error, "error" in source ? undefined : source.path, run);
      }
    }
  } finally {
    await reader.close();
  }
}

/** Says which biases of a model were taken as zero. */
export function tellAbsent(keys: Model["absentBiases"], name: string, { log, progress }: Run): void {
  if (keys === undefined) return;
  progress.clear();
  log.warn(`${name}: ${absentText(keys)}`);
}

/** Reports an error of this program's own classes; throws any other error. */
export function tell(error: unknown, label: string | undefined, { log, codes, progress }: Run): void {
  if (!isStillpointError(error)) throw error;
  progress.clear();
  log.error(label === undefined || error.message.startsWith(label) ? error.message : `${label}: ${error.message}`);
  codes.push(exitCodeOf(error));
}

function textOf(answer: Answer, { style }: Sink): string {
  if (answer.schema === "stillpoint/sweep@1") return sweepText(answer, style);
  return answer.schema === "stillpoint/sweep-grid@1" ? gridText(answer, style) : checkpointsText(answer, style);
}

function csvOf(answer: Answer): Iterable<string> {
  if (answer.schema === "stillpoint/sweep@1") return sweepCsv([answer]);
  if (answer.schema === "stillpoint/checkpoints@1") return checkpointsCsv(answer);
  const [, across] = answer.parameters;
  return sweepCsv(answer.rows, { parameter: across.parameter, values: sampleValues(across) });
}

export function sweepPicture(answer: Answer, { coordinate, caveats }: BranchOptions): string {
  if (answer.schema === "stillpoint/sweep@1") return plotSweep(answer, { coordinate, caveats });
  if (answer.schema === "stillpoint/sweep-grid@1") return plotSweepGrid(answer, { caveats });
  return plotCheckpoints(answer, { coordinate, caveats });
}
