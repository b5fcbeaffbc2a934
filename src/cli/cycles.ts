import { availableParallelism } from "node:os";
import { CycleFinder } from "../api/find.ts";
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
import { modelsOfShard } from "./cycle-shards.ts";
import { CYCLES_FORMATS, CyclesOutput } from "./cycles-output.ts";
import { failureOf } from "./entry.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { type Format, formatOf } from "./formats.ts";
import { stopOnSignal } from "./interrupt.ts";
import { ProgressLine } from "./progress.ts";
import { ModelReader } from "./reading.ts";
import type { ShardChoice, ShardMark } from "./shard.ts";
import { refuseToOverwrite, resolveModels } from "./sources.ts";
import { type Run, rawModels, readingOf, tell, tellAbsent } from "./sweep.ts";
import { makeLog } from "./terminal.ts";

export interface CyclesCommandOptions extends Omit<CycleOptions, "signal" | "onProgress" | "onCycle">, ReadOptions {
  readonly format?: Format;
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
        const result = await finder.find(model, { ...asked, signal: stop.signal, onProgress: progress.update });
        progress.clear();
        // a shard that was stopped is to be run again
        if (mark !== undefined && stop.signal.aborted) break;
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

/** What was done for each period, for --verbose. */
function workOf({ model, periods }: CyclesResult): string[] {
  return periods.map(({ period, method, counts, seconds }) => {
    const done = Object.entries(counts).map(([key, n]) => `${key} ${n}`);
    return `${model.name}: period ${period}: ${method}, ${done.join(", ")}, ${seconds.toFixed(3)} s`;
  });
}
