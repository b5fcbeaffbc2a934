import { countRegions, type RegionCount } from "../api/find.ts";
import { absentText } from "../api/prepared.ts";
import { duration, formatCount, plural } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import type { Style } from "../formats/write/write-text.ts";
import { isStillpointError } from "../model/errors.ts";
import { parseValue } from "../model/parse.ts";
import type { SearchEstimate } from "../search/queue/estimate.ts";
import { formatOf } from "./endings.ts";
import { type ExitCode, exitCodeOf, gravest } from "./exit.ts";
import { ModelReader } from "./reading.ts";
import { openSource, refuseToOverwrite, resolveModels } from "./sources.ts";
import { makeLog, openSink } from "./terminal.ts";

export interface CountOptions extends ReadOptions {
  readonly format?: "text" | "json" | "ndjson";
  readonly output?: string;
  readonly quiet?: boolean;
}

/** `stillpoint count MODEL…` */
export async function count(patterns: readonly string[], options: CountOptions): Promise<ExitCode> {
  const log = makeLog(options);
  const format = options.format ?? formatOf(options.output, ["text", "json", "ndjson"]);
  const sources = await resolveModels(patterns, log.warn);
  if (options.output !== undefined) await refuseToOverwrite(options.output, sources);
  const sink = await openSink(options.output);
  const reader = new ModelReader();
  const codes: ExitCode[] = [];
  let done = 0;
  const counts: RegionCount[] = [];
  const attempt = async (label: string | undefined, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isStillpointError(error)) throw error;
      log.error(label === undefined ? error.message : `${label}: ${error.message}`);
      codes.push(exitCodeOf(error));
    }
  };
  try {
    for (const source of sources) {
      await attempt(undefined, async () => {
        if ("error" in source) throw source.error;
        const { raws, several } = await openSource(source, { options, reader, onWait: log.warn, onNote: log.warn });
        for await (const raw of raws) {
          await attempt("error" in raw ? undefined : several ? raw.name : source.path, async () => {
            if ("error" in raw) throw raw.error;
            const model = parseValue(raw.value, { name: raw.name });
            if (model.absentBiases !== undefined) log.warn(`${raw.name}: ${absentText(model.absentBiases)}`);
            const counted = await countRegions(model);
            done++;
            if (format === "json") counts.push(counted);
            else if (format === "ndjson") await sink.writeData(`${JSON.stringify(counted)}\n`);
            else await sink.write(countText(counted, sink.style));
          });
        }
      });
    }
  } finally {
    await reader.close();
  }
  if (counts.length > 0) await sink.writeData(`${prettyJson(counts.length === 1 ? counts[0] : counts)}\n`);
  const written = await sink.close();
  if (options.output !== undefined) {
    const failed = codes.length > 0 ? `, ${codes.length} failed` : "";
    log.summary(`${plural(done, "model")} counted${failed}`, codes.length === 0, written ? options.output : undefined);
  }
  return gravest(codes);
}

function countText(counted: RegionCount, style: Style): string {
  const { model, distinctHyperplanes, subsets, regions, estimatedSeconds, auto, searchBoxes, outOfReach } = counted;
  // what is known to be too low says nothing against the formula
  const seconds =
    searchBoxes === undefined || searchBoxes.certainty === "at least" ? estimatedSeconds.search : searchBoxes.seconds;
  const lines: [string, string][] = [
    ["kind", model.kind],
    ["latent dimension", `${model.latentDim}`],
    ["rank", `${model.rank}`],
    ["units", `${model.units}`],
    ["hyperplanes", `${model.hyperplanes}`],
    ["distinct hyperplanes", `${distinctHyperplanes}`],
    ["subsets (owned)", formatCount(subsets.owned)],
    ["subsets (branch)", formatCount(subsets.branch)],
    ["regions, at most", formatCount(regions)],
    ["by regions, about", duration(estimatedSeconds.regions)],
    ["by search, about", duration(seconds)],
    ...(searchBoxes === undefined ? [] : [["boxes of a search", boxesText(searchBoxes)] as [string, string]]),
    ["auto takes", outOfReach === undefined ? auto : `${auto}, for points first: ${outOfReach}`],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  const body = lines.map(([label, value]) => `  ${style.dim(label.padEnd(width))}  ${value}\n`).join("");
  return `${style.bold(printable(model.name))}\n${body}`;
}

function boxesText({ boxes, certainty, relativeError = 0 }: SearchEstimate): string {
  if (certainty === "counted") return formatCount(boxes);
  const rough = boxes.toExponential(certainty === "estimated" ? 1 : 0).replace(/e\+?/, "·10^");
  if (certainty === "at least") return `at least about ${rough}, maybe far more`;
  return `about ${rough}, with a standard error of ${Math.max(1, Math.round(100 * relativeError))} %`;
}
