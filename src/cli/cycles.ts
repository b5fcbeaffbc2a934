import { availableParallelism } from "node:os";
import { CycleFinder } from "../api/find.ts";
import { addCyclesProof } from "../api/prove.ts";
import { plural } from "../base/words.ts";
import type { CycleOptions } from "../cycles/options.ts";
import { periodsOf } from "../cycles/options.ts";
import type { CyclesResult } from "../cycles/result.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { formatSeconds } from "../formats/write/write-text.ts";
import { isStillpointError, OptionError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import { sealed } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { modelsOfShard } from "./cycle-shards.ts";
import { CYCLES_FORMATS, CyclesOutput } from "./cycles-output.ts";
import { type Format, formatOf } from "./endings.ts";
import { failureOf } from "./entry.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { stopOnSignal } from "./interrupt.ts";
import { ModelFiles } from "./model-files.ts";
import { ProgressLine } from "./progress.ts";
import { saveProof, tellNoProof } from "./prove.ts";
import { ModelReader } from "./reading.ts";
import type { ShardChoice, ShardMark } from "./shard.ts";
import { refuseToOverwrite, resolveModels } from "./sources.ts";
import { type Run, rawModels, readingOf, tell, tellAbsent } from "./sweep.ts";
import { type Log, makeLog } from "./terminal.ts";

export interface CyclesCommandOptions extends Omit<CycleOptions, "signal" | "onProgress" | "onCycle">, ReadOptions {
  readonly format?: Format;
  /** Where proofs go: a file, or a folder of several. */
  readonly proof?: string;
  readonly output?: string;
  readonly shard?: ShardChoice;
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
  proofs?.expect((await resolveModels(patterns, () => {})).length);
  if (options.output !== undefined) await refuseToOverwrite(options.output, await resolveModels(patterns, () => {}));
  const output = await CyclesOutput.open(options.output, format);
  const progress = new ProgressLine(options.quiet);
  const run: Run = { stop, log, progress, codes: [] };
  const started = performance.now();
  const finder = new CycleFinder(asked);
  try {
    for await (const { raw, mark } of placedModels(patterns, options, run)) {
      if (stop.signal.aborted) break;
      progress.start(raw.name);
      try {
        if ("error" in raw) throw raw.error;
        const model = parseValue(raw.value, { name: raw.name, input: asked.input });
        tellAbsent(model.absentBiases, raw.name, run);
        const control = { signal: stop.signal, onProgress: progress.update };
        const searched = await finder.find(model, { ...asked, ...control });
        // a shard that was stopped is to be run again
        if (mark !== undefined && stop.signal.aborted) break;
        const { maxSeconds } = asked;
        const proved = proofs && (await proving(model, searched, proofs, { ...control, maxSeconds, log }));
        const result = proved?.result ?? searched;
        progress.clear();
        await proved?.save();
        run.codes.push(result.complete ? EXIT.complete : EXIT.incomplete);
        if (options.verbose) for (const line of workOf(result)) log.detail(line);
        await output.add(mark === undefined ? result : sealed({ ...result, shard: mark }));
      } catch (error) {
        tell(error, raw.name, run);
        if (mark !== undefined && isStillpointError(error))
          await output.addLine(sealed({ ...failureOf(raw.name, raw.name, error), shard: mark }));
      }
    }
    await output.end();
  } finally {
    progress.clear();
    release();
    await finder.close();
  }
  if (stop.signal.aborted) run.codes.push(EXIT.incomplete);
  const { models, cycles: found } = output;
  // the table of a single model already says everything
  if (options.output !== undefined || format !== "text" || models > 1) {
    const complete = run.codes.filter((code) => code === EXIT.complete).length;
    const seconds = formatSeconds((performance.now() - started) / 1000);
    const text = `${plural(models, "model")}, ${complete} complete, ${plural(found, "cycle")}, ${seconds}`;
    log.summary(text, gravest(run.codes) === EXIT.complete, options.output);
  }
  return gravest(run.codes);
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

/** The models of a run; those of a shard with their places in the whole batch. */
async function* placedModels(
  patterns: readonly string[],
  options: CyclesCommandOptions,
  run: Run,
): AsyncGenerator<{ readonly raw: RawModel; readonly mark?: ShardMark }> {
  if (options.shard === undefined) {
    for await (const raw of rawModels(patterns, options, run)) yield { raw };
    return;
  }
  const reader = new ModelReader(run.stop.signal);
  try {
    yield* modelsOfShard(await resolveModels(patterns, run.log.warn), readingOf(options, run, reader), options.shard);
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
function workOf({ model, periods }: CyclesResult): string[] {
  return periods.map(({ period, method, counts, seconds }) => {
    const done = Object.entries(counts).map(([key, n]) => `${key} ${n}`);
    return `${model.name}: period ${period}: ${method}, ${done.join(", ")}, ${seconds.toFixed(3)} s`;
  });
}
