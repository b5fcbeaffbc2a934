import { findCycles, findFixedPoints } from "../api/find.ts";
import type { Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { CyclesResult } from "../cycles/result.ts";
import { OptionError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { type PlotOptions, plotModel } from "../plot/index.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { type PictureSize, sized } from "./images.ts";
import { stopOnSignal } from "./interrupt.ts";
import { PictureWriter } from "./pictures.ts";
import { ProgressLine } from "./progress.ts";
import { refuseToOverwrite, resolveModels } from "./sources.ts";
import {
  answersOf,
  type Run,
  rawModels,
  refusePeriods,
  type SweepChoice,
  type SweepCommandOptions,
  solveOptionsOf,
  sweepPicture,
  tell,
  tellAbsent,
} from "./sweep.ts";
import { makeLog, openSink } from "./terminal.ts";

export interface PlotCommandOptions extends Omit<SweepCommandOptions, "sweep" | "format" | "plot">, PlotOptions {
  readonly sweep?: SweepChoice;
  readonly width?: PictureSize;
}

/** `stillpoint plot MODEL…`: a file, a folder of SVG, or SVG to standard output. Throws OptionError and FileError. */
export async function plot(patterns: readonly string[], options: PlotCommandOptions): Promise<ExitCode> {
  refuseOptions(options);
  refusePeriods(options);
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const run: Run = { stop, log, progress: new ProgressLine(options.quiet), codes: [] };
  const sources = options.output === undefined ? [] : await resolveModels(patterns, () => {});
  if (options.output !== undefined) await refuseToOverwrite(options.output, sources);
  const drawnOf = options.sweep === "files" ? 1 : sources.length;
  const pictures =
    options.output === undefined
      ? undefined
      : await PictureWriter.open(options.output, { option: "-o", sources: drawnOf, size: options.width });
  const sink = pictures === undefined ? await openSink(undefined) : undefined;
  let drawn = 0;
  try {
    for await (const { name, svg } of drawings(patterns, options, run)) {
      run.progress.clear();
      if (drawn++ > 0 && sink !== undefined) {
        throw new OptionError(
          "-o",
          "is needed for more than one picture",
          undefined,
          "Name a folder, such as figures/.",
        );
      }
      await pictures?.write(name, svg);
      await sink?.writeData(sized(svg, options.width));
    }
  } finally {
    run.progress.clear();
    release();
  }
  if (options.output !== undefined) summarise(drawn, options.output, run);
  if (stop.signal.aborted) run.codes.push(EXIT.incomplete);
  return gravest(run.codes);
}

/** Throws an OptionError for what another option excludes. */
function refuseOptions({ coordinate, sweep, view }: PlotCommandOptions): void {
  if (coordinate !== undefined && sweep === undefined) {
    throw new OptionError(
      "--coordinate",
      "is of a sweep, and none is asked for",
      coordinate,
      "Add --sweep, or use --plane.",
    );
  }
  if (coordinate !== undefined && sweep !== "files" && (sweep?.length ?? 0) > 1) {
    throw new OptionError(
      "--coordinate",
      "is of a sweep of one input; over two, points are counted",
      coordinate,
      "Leave it out.",
    );
  }
  if (view !== undefined && sweep !== undefined) {
    throw new OptionError("--view", "is of a state space, and a sweep shows branches", undefined, "Leave it out.");
  }
}

function summarise(drawn: number, output: string, { codes, log, stop }: Run): void {
  const cancelled = stop.signal.aborted;
  const cut = codes.filter((code) => code === EXIT.incomplete).length;
  const failed = codes.filter((code) => code !== EXIT.incomplete && code !== EXIT.complete).length;
  const text = [
    plural(drawn, "picture"),
    ...(cut > 0 ? [`${cut} of what is incomplete`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(", ");
  log.summary(cancelled ? `${text}, cancelled` : text, cut + failed === 0 && !cancelled, output);
}

async function* drawings(
  patterns: readonly string[],
  options: PlotCommandOptions,
  run: Run,
): AsyncGenerator<{ name: string; svg: string }> {
  const { sweep, picture, plane, view, caveats, input } = options;
  if (sweep !== undefined) {
    for await (const { name, answer } of answersOf(patterns, { ...options, sweep }, run)) {
      run.codes.push(answer.complete ? EXIT.complete : EXIT.incomplete);
      yield { name, svg: sweepPicture(answer, options) };
    }
    return;
  }
  for await (const raw of rawModels(patterns, options, run)) {
    if (run.stop.signal.aborted) return;
    run.progress.start(raw.name);
    try {
      const model = parseValue(raw.value, { name: raw.name, input });
      tellAbsent(model.absentBiases, raw.name, run);
      const result = await findFixedPoints(model, solveOptionsOf(options, run));
      const cycles = await cyclesFor(model, result, options, run);
      run.codes.push(result.complete && cycles?.complete !== false ? EXIT.complete : EXIT.incomplete);
      if (cycles?.complete === false) run.log.warn(`${model.name}: cycles: incomplete: ${cycles.incompleteBecause}`);
      const shown = { picture, plane, view, caveats, cycles };
      yield { name: model.name, svg: plotModel(model, result, shown) };
    } catch (error) {
      tell(error, raw.name, run);
    }
  }
}

/** The cycles that are drawn, too, in the time that the fixed points left. */
async function cyclesFor(
  model: Model,
  { seconds }: Result,
  { maxPeriod, maxSeconds, threads }: PlotCommandOptions,
  { stop: { signal }, progress }: Run,
): Promise<CyclesResult | undefined> {
  if (maxPeriod === undefined) return undefined;
  const left = maxSeconds === undefined ? undefined : Math.max(maxSeconds - (seconds.total ?? 0), Number.MIN_VALUE);
  return findCycles(model, { maxPeriod, maxSeconds: left, threads, signal, onProgress: progress.update });
}
