import { availableParallelism } from "node:os";
import { CycleFinder } from "../api/find.ts";
import { addCyclesProof } from "../api/prove.ts";
import { plural } from "../base/words.ts";
import type { CycleOptions } from "../cycles/options.ts";
import { periodsOf } from "../cycles/options.ts";
import type { CyclesPartResult } from "../cycles/parts.ts";
import type { CyclesResult } from "../cycles/result.ts";
import { modelDefinition } from "../formats/read/definition.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { formatSeconds } from "../formats/write/write-text.ts";
import { FileError, isStillpointError, OptionError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import { sealed } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { modelsOfShard, type ShardModel } from "./cycle-shards.ts";
import { CYCLES_FORMATS, CyclesOutput } from "./cycles-output.ts";
import { type Format, formatOf } from "./endings.ts";
import { failureOf } from "./entry.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { stopOnSignal } from "./interrupt.ts";
import { ModelFiles } from "./model-files.ts";
import { ProgressLine } from "./progress.ts";
import { saveProof, tellNoProof } from "./prove.ts";
import { ModelReader } from "./reading.ts";
import type { ShardChoice } from "./shard.ts";
import { readingOf, refuseProof, refuseToOverwrite, resolveModels } from "./sources.ts";
import { type Run, rawModels, tell, tellAbsent } from "./sweep.ts";
import { type Log, makeLog } from "./terminal.ts";

export interface CyclesCommandOptions extends Omit<CycleOptions, "signal" | "onProgress" | "onCycle">, ReadOptions {
  readonly format?: Format;
  /** Where proofs go: a file, or a folder of several. */
  readonly proof?: string;
  readonly output?: string;
  readonly shard?: ShardChoice;
  readonly ownerDirections?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `stillpoint cycles MODEL… --max-period K` Throws OptionError and FileError. */
export async function cycles(patterns: readonly string[], options: CyclesCommandOptions): Promise<ExitCode> {
  const format = options.format ?? formatOf(options.output, CYCLES_FORMATS);
  const asked = askedOf(options, format);
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const proofs = options.proof === undefined ? undefined : new ModelFiles(options.proof, "--proof", [".npz"]);
  if (options.proof !== undefined || options.output !== undefined) {
    const sources = await resolveModels(patterns, () => {});
    proofs?.expect(sources.length);
    if (options.output !== undefined) await refuseToOverwrite(options.output, sources);
    await refuseProof(options, sources);
  }
  const output = await CyclesOutput.open(options.output, format);
  const progress = new ProgressLine(options.quiet);
  const run: Run = { stop, log, progress, codes: [] };
  const started = performance.now();
  const finder = new CycleFinder(asked);
  let written = false;
  try {
    const session = { options, asked, finder, proofs, output, run };
    for await (const placed of placedModels(patterns, options, run)) {
      if (stop.signal.aborted) break;
      await addCycles(placed, session);
    }
    written = await output.end();
  } finally {
    progress.clear();
    release();
    await finder.close();
    await output.close();
  }
  if (stop.signal.aborted) run.codes.push(EXIT.incomplete);
  const { models, part } = output;
  // the table of a single model already says everything
  if (options.output !== undefined || format !== "text" || models > 1) {
    const complete = run.codes.filter((code) => code === EXIT.complete).length;
    const seconds = formatSeconds((performance.now() - started) / 1000);
    // cycles are counted when the parts are joined
    const what = part === undefined ? plural(models, "model") : `${part} of one model`;
    const found = part === undefined ? `${plural(output.cycles, "cycle")}, ` : "";
    const text = `${what}, ${complete} complete, ${found}${seconds}`;
    log.summary(text, gravest(run.codes) === EXIT.complete, written ? options.output : undefined);
  }
  return gravest(run.codes);
}

/** What all models of a run share. */
interface Session {
  readonly options: CyclesCommandOptions;
  readonly asked: CycleOptions;
  readonly finder: CycleFinder;
  readonly proofs: ModelFiles | undefined;
  readonly output: CyclesOutput;
  readonly run: Run;
}

/** Writes what is found of one model, or tells why nothing is. */
async function addCycles({ raw, mark, isPart }: Placed, session: Session): Promise<void> {
  const { options, asked, finder, proofs, output, run } = session;
  const { stop, log, progress } = run;
  const { verbose } = options;
  progress.start(raw.name);
  try {
    if ("error" in raw) throw raw.error;
    const model = parseValue(raw.value, { name: raw.name, input: asked.input });
    tellAbsent(model.absentBiases, raw.name, run);
    const control = { signal: stop.signal, onProgress: progress.update };
    const all = { ...asked, ...control };
    const searched = isPart
      ? await finder.findPart(model, { ...mark, ownerDirections: options.ownerDirections }, all)
      : await finder.find(model, all);
    if (mark !== undefined && stop.signal.aborted) {
      log.warn(`${raw.name}: cancelled, and not written: run this shard again`);
      return;
    }
    const whole = searched.schema === "stillpoint/cycles@1" ? searched : undefined;
    const { maxSeconds } = asked;
    const proved = whole && proofs && (await proving(model, whole, proofs, { ...control, maxSeconds, log }));
    const result = proved?.result ?? searched;
    progress.clear();
    await proved?.save();
    run.codes.push(result.complete ? EXIT.complete : EXIT.incomplete);
    if (verbose) for (const line of workOf(result)) log.detail(line);
    if (result.schema === "stillpoint/cycles@1")
      await output.add(mark === undefined ? result : sealed({ ...result, shard: mark }));
    else await output.addPart(sealed({ ...result, definition: modelDefinition(raw.value), shard: mark }));
  } catch (error) {
    tell(error, raw.name, run);
    if (!isStillpointError(error)) throw error;
    // a FileError names its file
    const failure = failureOf(raw.name, error instanceof FileError ? undefined : raw.name, error);
    await output.addFailure(sealed(mark === undefined ? failure : { ...failure, shard: mark }));
  }
}

/** What is asked of each model. @throws OptionError. */
function askedOf(options: CyclesCommandOptions, format: Format) {
  if (format === "npz") {
    throw new OptionError("--format", "is not there for cycles", format, "Use text, json, ndjson or csv.");
  }
  if (options.shard !== undefined && format !== "ndjson") {
    throw new OptionError("--shard", "needs a format that merge can read", format, "Use --format ndjson.");
  }
  const { maxPeriod, period, method, maxSeconds, input, threads = availableParallelism() } = options;
  if ((maxPeriod === undefined) === (period === undefined)) {
    const given = period === undefined ? "neither" : "both";
    throw new OptionError("--max-period", "and --period: exactly one is needed", given, "Add --max-period 4, say.");
  }
  const asked = { maxPeriod, period, method, maxSeconds, input, threads };
  periodsOf(asked);
  return asked;
}

/** A model of a run; one of a shard with its place in the whole batch. */
type Placed = ShardModel | { readonly raw: RawModel; readonly mark?: undefined; readonly isPart?: false };

/** @throws OptionError for a proof of a part. */
async function* placedModels(
  patterns: readonly string[],
  options: CyclesCommandOptions,
  run: Run,
): AsyncGenerator<Placed> {
  if (options.shard === undefined) {
    for await (const raw of rawModels(patterns, options, run)) yield { raw };
    return;
  }
  const reader = new ModelReader(run.stop.signal);
  const sources = await resolveModels(patterns, run.log.warn);
  try {
    for await (const placed of modelsOfShard(
      sources,
      readingOf(options, run.stop.signal, run.log, reader),
      options.shard,
    )) {
      if (placed.isPart && options.proof !== undefined)
        throw new OptionError(
          "--proof",
          "needs the answers of a run in one piece",
          "a shard of one model",
          "Use stillpoint prove afterwards.",
        );
      yield placed;
    }
  } finally {
    await reader.close();
  }
}

/** A result with what is said of its proof, and what writes the file, or warns of periods that have none. */
async function proving(
  model: Model,
  result: CyclesResult,
  files: ModelFiles,
  { maxSeconds, log, ...control }: Pick<CycleOptions, "maxSeconds" | "signal" | "onProgress"> & { readonly log: Log },
): Promise<{ readonly result: CyclesResult; readonly save: () => Promise<void> }> {
  const file = files.next(model.name);
  const started = performance.now();
  // one budget for finding and proving
  const left = maxSeconds === undefined ? undefined : Math.max(0, maxSeconds - (result.seconds.total ?? 0));
  const proved = await addCyclesProof(model, result, {
    ...control,
    deadline: left === undefined ? undefined : started + 1000 * left,
  });
  const milliseconds = performance.now() - started;
  const { proofBytes, proofFile, noProofBecause } = proved;
  const save = async (): Promise<void> => {
    if (noProofBecause !== undefined) tellNoProof(model.name, noProofBecause, log);
    if (proofBytes === undefined) return;
    await saveProof(file, proofBytes, { by: "signs", boxes: proofFile?.nodes ?? 0, milliseconds }, log);
  };
  return { result: proved, save };
}

/** What was done for each period, for --verbose. */
function workOf({ model, periods }: Pick<CyclesResult, "model"> & Pick<CyclesPartResult, "periods">): string[] {
  return periods.map(({ period, method, counts, seconds }) => {
    const done = Object.entries(counts).map(([key, n]) => `${key} ${n}`);
    return `${model.name}: period ${period}: ${[method, ...done].join(", ")}, ${seconds.toFixed(3)} s`;
  });
}
