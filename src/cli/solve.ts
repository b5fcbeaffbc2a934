import { findFixedPointsOfMany, type Outcome } from "../index.ts";
import { writeCsv } from "../io/write-csv.ts";
import { prettyJson } from "../io/write-json.ts";
import { formatCount, writeText } from "../io/write-text.ts";
import { isStillpointError, OptionError, type StillpointError } from "../model/errors.ts";
import { parseModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { checkOptions, type FindOptions } from "../options.ts";
import type { Result } from "../result.ts";
import { EXIT, type ExitCode, exitCodeOf, gravest } from "./exit.ts";
import { type Format, formatOf } from "./formats.ts";
import { ProgressLine } from "./progress.ts";
import { readSource, realPath, resolveSources, type Source } from "./sources.ts";
import { type Log, makeLog, openSink, type Sink } from "./terminal.ts";

export interface SolveOptions extends Omit<FindOptions, "signal" | "onProgress"> {
  readonly format?: Format;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** A model that gave no result, as json and ndjson write it: every model gives one value. */
interface Failure {
  readonly schema: "stillpoint/error@1";
  readonly model: { readonly name: string };
  readonly error: { readonly code: string; readonly message: string };
}

type Entry = { readonly result: Result } | { readonly failure: Failure };

/** `stillpoint solve MODEL…` */
export async function solve(patterns: readonly string[], options: SolveOptions): Promise<ExitCode> {
  const { format: _, output, quiet, verbose, ...findOptions } = options;
  checkOptions(findOptions);
  const log = makeLog({ quiet, verbose });
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const progress = new ProgressLine(quiet);
  const sources = await resolveSources(patterns);
  if (output !== undefined) await refuseToOverwrite(output, sources);
  const sink = await openSink(output);
  const writer = makeWriter(options.format ?? formatOf(output), sink);
  const codes: ExitCode[] = [];
  const batch = new Batch(sources, findOptions.input, stop.signal, log, progress);

  const emit = async (entry: Entry, error?: StillpointError): Promise<void> => {
    progress.clear();
    if ("failure" in entry) {
      log.error(entry.failure.error.message);
      codes.push(error === undefined ? EXIT.error : exitCodeOf(error));
    } else {
      codes.push(entry.result.complete ? EXIT.complete : EXIT.incomplete);
      describeRun(entry.result, options, log);
    }
    await writer.add(entry);
  };
  const emitOutcome = async (outcome: Outcome): Promise<void> => {
    if ("result" in outcome) await emit({ result: outcome.result });
    else await emit({ failure: failureOf(outcome.name, batch.labelOf(outcome.index), outcome.error) }, outcome.error);
  };

  const runOptions: FindOptions = { ...findOptions, signal: stop.signal, onProgress: progress.update };
  for await (const outcome of findFixedPointsOfMany(batch.models(), runOptions)) {
    for (const { failure, error } of batch.failuresBefore(outcome.index)) await emit({ failure }, error);
    await emitOutcome(outcome);
  }
  for (const { failure, error } of batch.failuresBefore(Number.POSITIVE_INFINITY)) await emit({ failure }, error);
  progress.clear();
  if (batch.notBegun > 0) {
    log.warn(`cancelled: ${formatCount(batch.notBegun)} of ${formatCount(sources.length)} files not begun`);
    codes.push(EXIT.incomplete);
  }
  await writer.end();
  await sink.close();
  release();
  return gravest(codes);
}

/** Throws OptionError if the output file is one of the models. */
async function refuseToOverwrite(output: string, sources: readonly Source[]): Promise<void> {
  const target = await realPath(output);
  for (const source of sources) {
    if (target === undefined || "error" in source || (await realPath(source.path)) !== target) continue;
    throw new OptionError("--output", "is one of the models to be read", output, "Choose another file.");
  }
}

/** The models of all sources in order, and those that could not be read, in their places between them. */
class Batch {
  readonly #sources: readonly Source[];
  readonly #input: FindOptions["input"];
  readonly #signal: AbortSignal;
  readonly #log: Log;
  readonly #progress: ProgressLine;
  /** Where each model yielded so far came from, by index. */
  readonly #labels: string[] = [];
  /** Failures not yet emitted, each with the index of the model that comes after it. */
  #failures: { readonly before: number; readonly failure: Failure; readonly error: StillpointError }[] = [];
  notBegun = 0;

  constructor(
    sources: readonly Source[],
    input: FindOptions["input"],
    signal: AbortSignal,
    log: Log,
    progress: ProgressLine,
  ) {
    this.#sources = sources;
    this.#input = input;
    this.#signal = signal;
    this.#log = log;
    this.#progress = progress;
    this.notBegun = sources.length;
  }

  async *models(): AsyncGenerator<Model> {
    for (const source of this.#sources) {
      if (this.#signal.aborted) return;
      this.notBegun--;
      if ("error" in source) {
        this.#fail(source.error.file, undefined, source.error);
        continue;
      }
      try {
        const raws = await readSource(source.path);
        for (const raw of raws) {
          if (this.#signal.aborted) return;
          const label = raws.length > 1 ? raw.name : source.path;
          const model = await this.#parse(raw, label);
          if (model !== undefined) yield model;
        }
      } catch (error) {
        if (!isStillpointError(error)) throw error;
        this.#fail(source.path, undefined, error);
      }
    }
  }

  async #parse(raw: Awaited<ReturnType<typeof readSource>>[number], label: string): Promise<Model | undefined> {
    if ("error" in raw) {
      this.#fail(raw.name, undefined, raw.error);
      return undefined;
    }
    try {
      const model = await parseModel(raw.value, { name: raw.name, input: this.#input });
      if (model.ignoredKeys.length > 0) this.#log.detail(`${label}: ignored keys: ${model.ignoredKeys.join(", ")}`);
      const place =
        this.#sources.length > 1 ? `[${this.#sources.length - this.notBegun}/${this.#sources.length}] ` : "";
      this.#progress.start(`${place}${model.name}`);
      this.#labels.push(label);
      return model;
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      this.#fail(raw.name, label, error);
      return undefined;
    }
  }

  #fail(name: string, label: string | undefined, error: StillpointError): void {
    this.#failures.push({ before: this.#labels.length, failure: failureOf(name, label, error), error });
  }

  labelOf(index: number): string {
    return this.#labels[index]!;
  }

  /** Takes the failures that come before the model of this index. */
  failuresBefore(index: number): { readonly failure: Failure; readonly error: StillpointError }[] {
    const due = this.#failures.filter(({ before }) => before <= index);
    this.#failures = this.#failures.filter(({ before }) => before > index);
    return due;
  }
}

/** @param label put in front of messages that do not name the file themselves */
function failureOf(name: string, label: string | undefined, error: StillpointError): Failure {
  const message = label === undefined ? error.message : `${label}: ${error.message}`;
  return { schema: "stillpoint/error@1", model: { name }, error: { code: error.code, message } };
}

/** The first signal ends the run with what was found so far, the second ends the process. */
function stopOnSignal(stop: AbortController, log: Log): () => void {
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    log.warn("stopping; once more to quit at once");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}

function describeRun(result: Result, options: SolveOptions, log: Log): void {
  const { model, counts, seconds, method, backend, adapter } = result;
  const list = (values: Readonly<Record<string, number>>, digits?: number): string =>
    Object.entries(values)
      .map(([key, n]) => `${key} ${digits === undefined ? formatCount(n) : n.toFixed(digits)}`)
      .join(", ");
  log.detail(`${model.name}: sha256 ${model.sha256}`);
  log.detail(`${model.name}: ${method} on ${backend}${adapter === null ? "" : ` (${adapter})`}: ${list(counts)}`);
  log.detail(`${model.name}: seconds: ${list(seconds, 4)}`);
  if (!result.complete && (options.format ?? formatOf(options.output)) !== "text") {
    log.warn(`${model.name}: incomplete: ${result.incompleteBecause ?? ""}`);
  }
}

interface Writer {
  add(entry: Entry): Promise<void>;
  end(): Promise<void>;
}

function makeWriter(format: Format, sink: Sink): Writer {
  switch (format) {
    case "text":
      return textWriter(sink);
    case "json":
      return jsonWriter(sink);
    case "ndjson":
      return { add: (entry) => sink.write(`${JSON.stringify(toJsonValue(entry))}\n`), end: async () => {} };
    case "csv":
      return csvWriter(sink);
  }
}

function toJsonValue(entry: Entry): Result | Failure {
  return "result" in entry ? entry.result : entry.failure;
}

function textWriter(sink: Sink): Writer {
  let first = true;
  return {
    add: async (entry) => {
      if ("failure" in entry) return;
      await sink.write(`${first ? "" : "\n"}${writeText(entry.result, sink.style)}`);
      first = false;
    },
    end: async () => {},
  };
}

/** One object for one model, an array for several; written as results come. */
function jsonWriter(sink: Sink): Writer {
  let held: string | undefined;
  let count = 0;
  return {
    add: async (entry) => {
      const text = prettyJson(toJsonValue(entry));
      count++;
      if (count === 1) held = text;
      else {
        if (count === 2) await sink.write(`[\n${held}`);
        await sink.write(`,\n${text}`);
      }
    },
    end: async () => {
      if (count === 1) await sink.write(`${held}\n`);
      else if (count > 1) await sink.write("\n]\n");
    },
  };
}

/** Written at the end, when the number of columns is known. */
function csvWriter(sink: Sink): Writer {
  const results: Result[] = [];
  return {
    add: async (entry) => {
      if ("result" in entry) results.push(entry.result);
    },
    end: () => sink.write(writeCsv(results)),
  };
}
