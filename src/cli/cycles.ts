import { availableParallelism } from "node:os";
import { findCycles } from "../api/find.ts";
import { addCyclesProof } from "../api/prove.ts";
import { plural } from "../base/words.ts";
import type { CycleOptions } from "../cycles/options.ts";
import { periodsOf } from "../cycles/options.ts";
import type { CyclesResult } from "../cycles/result.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import { formatSeconds } from "../formats/write/write-text.ts";
import { OptionError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import { wholeLine } from "../model/seal.ts";
import type { Model } from "../model/types.ts";
import { cyclesCsv, cyclesText } from "./cycles-text.ts";
import { EXIT, type ExitCode, gravest } from "./exit.ts";
import { type Format, formatOf } from "./formats.ts";
import { stopOnSignal } from "./interrupt.ts";
import { ModelFiles } from "./model-files.ts";
import { ProgressLine } from "./progress.ts";
import { saveProof, tellNoProof } from "./prove.ts";
import { refuseToOverwrite, resolveModels } from "./sources.ts";
import { type Run, rawModels, tell, tellAbsent } from "./sweep.ts";
import { type Log, makeLog, openSink } from "./terminal.ts";

export interface CyclesCommandOptions extends Omit<CycleOptions, "signal" | "onProgress" | "onCycle">, ReadOptions {
  readonly format?: Format;
  /** Where proofs go: a file, or a folder of several. */
  readonly proof?: string;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `stillpoint cycles MODEL… --max-period K` Throws OptionError and FileError. */
export async function cycles(patterns: readonly string[], options: CyclesCommandOptions): Promise<ExitCode> {
  const format = options.format ?? formatOf(options.output, ["text", "json", "ndjson", "csv"]);
  if (format === "npz") {
    throw new OptionError("--format", "is not there for cycles", format, "Use text, json, ndjson or csv.");
  }
  const { maxPeriod, period, method, maxSeconds, input, threads = availableParallelism() } = options;
  const asked = { maxPeriod, period, method, maxSeconds, input, threads };
  if ((maxPeriod === undefined) === (period === undefined)) {
    const given = period === undefined ? "neither" : "both";
    throw new OptionError("--max-period", "and --period: exactly one is needed", given, "Add --max-period 4, say.");
  }
  periodsOf(asked);
  const log = makeLog(options);
  const stop = new AbortController();
  const release = stopOnSignal(stop, log);
  const proofs = options.proof === undefined ? undefined : new ModelFiles(options.proof, "--proof", [".npz"]);
  proofs?.expect((await resolveModels(patterns, () => {})).length);
  if (options.output !== undefined) await refuseToOverwrite(options.output, await resolveModels(patterns, () => {}));
  const sink = await openSink(options.output);
  const progress = new ProgressLine(options.quiet);
  const run: Run = { stop, log, progress, codes: [] };
  /** Results that are written at the end. */
  const kept: CyclesResult[] = [];
  let found = 0;
  let models = 0;
  const started = performance.now();
  try {
    for await (const raw of rawModels(patterns, options, run)) {
      if (stop.signal.aborted) break;
      progress.start(raw.name);
      try {
        const model = parseValue(raw.value, { name: raw.name, input });
        tellAbsent(model.absentBiases, raw.name, run);
        const control = { signal: stop.signal, onProgress: progress.update };
        const searched = await findCycles(model, { ...asked, ...control });
        const proved = proofs && (await proving(model, searched, proofs, { ...control, maxSeconds, log }));
        const result = proved?.result ?? searched;
        progress.clear();
        await proved?.save();
        run.codes.push(result.complete ? EXIT.complete : EXIT.incomplete);
        models++;
        found += result.cycles.length;
        if (options.verbose) for (const line of workOf(result)) log.detail(line);
        if (format === "text") await sink.write(`${models === 1 ? "" : "\n"}${cyclesText(result, sink.style)}`);
        else if (format === "ndjson") for (const piece of wholeLine(result)) await sink.writeData(piece);
        else kept.push(result);
      } catch (error) {
        tell(error, raw.name, run);
      }
    }
    if (format === "json" && kept.length > 0)
      await sink.writeData(`${prettyJson(kept.length === 1 ? kept[0] : kept)}\n`);
    if (format === "csv") for (const line of cyclesCsv(kept)) await sink.writeData(line);
    await sink.close();
  } finally {
    progress.clear();
    release();
  }
  if (stop.signal.aborted) run.codes.push(EXIT.incomplete);
  // the table of a single model already says everything
  if (options.output !== undefined || format !== "text" || models > 1) {
    const complete = run.codes.filter((code) => code === EXIT.complete).length;
    const seconds = formatSeconds((performance.now() - started) / 1000);
    const text = `${plural(models, "model")}, ${complete} complete, ${plural(found, "cycle")}, ${seconds}`;
    log.summary(text, gravest(run.codes) === EXIT.complete, options.output);
  }
  return gravest(run.codes);
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
