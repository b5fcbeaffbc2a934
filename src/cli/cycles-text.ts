import { largestOf } from "../base/largest.ts";
import { formatCount, plural } from "../base/words.ts";
import { periodsText } from "../cycles/gaps.ts";
import type { Cycle, CyclesResult, PeriodReport } from "../cycles/result.ts";
import { printable } from "../formats/read/printable.ts";
import { csvLine, csvText } from "../formats/write/write-csv.ts";
import {
  coordinateColumns,
  coordinateHeads,
  directionsText,
  formatColumn,
  formatSeconds,
  type Style,
  table,
} from "../formats/write/write-text.ts";

const MOST_SHOWN = 40;

/** Cycles for people: a row for each period, a row for each cycle, and what is proved. Ends with a line feed. */
export function cyclesText(result: CyclesResult, style: Style): string {
  const { model, cycles, continua, periods } = result;
  const size = `${model.kind}, R = ${model.latentDim}, ${plural(model.units, "unit")}`;
  const lines = [`${style.bold(printable(model.name))}  ${style.dim(size)}`, ""];
  lines.push(table(["period", "cycles", "continua", "proved", "method"], periods.map(periodRow), style));
  if (cycles.length > 0) lines.push("", cycleTable(cycles.slice(0, MOST_SHOWN), style));
  if (cycles.length > MOST_SHOWN)
    lines.push(style.dim(`  … and ${formatCount(cycles.length - MOST_SHOWN)} more; --format json or csv has all.`));
  for (const { period, dimension, bounded, words } of continua.slice(0, MOST_SHOWN)) {
    const extent = bounded ? "bounded" : "unbounded";
    lines.push(
      `  continuum of ${period}-cycles of dimension ${dimension}, ${extent}, through ${plural(words.length, "word")} of regions`,
    );
  }
  if (continua.length > MOST_SHOWN)
    lines.push(style.dim(`  … and ${formatCount(continua.length - MOST_SHOWN)} more continua; --format json has all.`));
  lines.push("", verdict(result, style), ...proofText(result, style), "");
  return lines.join("\n");
}

function periodRow({ period, cycles, continua, complete, method }: PeriodReport): string[] {
  return [`${period}`, formatCount(cycles), formatCount(continua), complete ? "all" : "no", method];
}

function cycleTable(cycles: readonly Cycle[], style: Style): string {
  const withTies = cycles.some(({ points }) => points.some(({ ties }) => ties.length > 0));
  const first = cycles.map(({ points }) => points[0]!.z);
  const z = coordinateColumns(first);
  const spectral = formatColumn(cycles.map(({ spectralRadius }) => spectralRadius));
  const distance = formatColumn(cycles.map((cycle) => cycle.distance));
  const head = [
    "#",
    "period",
    ...coordinateHeads(first[0]!.length),
    "stability",
    "directions",
    "max |λ|",
    "distance",
    ...(withTies ? ["touches"] : []),
  ];
  const rows = cycles.map((cycle, i) => [
    `${i}`,
    `${cycle.period}`,
    ...z[i]!,
    cycle.stability,
    directionsText(cycle),
    spectral[i]!,
    distance[i]!,
    ...(withTies ? [`${cycle.points.reduce((sum, { ties }) => sum + ties.length, 0)}`] : []),
  ]);
  return table(head, rows, style);
}

/** The number of cycles found, and whether the list is complete. The text never claims more than what is proved. */
function verdict(
  { cycles, continua, periods, complete, completeUpTo, incompleteBecause, seconds }: CyclesResult,
  style: Style,
) {
  const found = style.bold(
    [
      plural(cycles.length, "cycle"),
      ...(continua.length > 0 ? [plural(continua.length, "continuum", "continua")] : []),
    ].join(" and "),
  );
  const how = style.dim(`(${formatSeconds(seconds.total ?? 0)})`);
  const others = cycles.length + continua.length > 0 ? "no others" : "none";
  if (complete) {
    const which = periods.length === 1 && completeUpTo === 0 ? "of" : "up to";
    const period = periods.at(-1)!.period;
    return `${found}. ${style.green(`Complete: proved that there are ${others} ${which} period ${period}.`)} ${how}`;
  }
  const proved = completeUpTo > 0 ? ` Proved that there are no others up to period ${completeUpTo}.` : "";
  const reason = printable(incompleteBecause ?? "no reason given");
  return `${found}. ${style.yellow(`INCOMPLETE, there may be more: ${reason}.${proved}`)} ${how}`;
}

/** Lines on the proof file, where one was asked for. */
function proofText({ proofFile, noProofBecause }: CyclesResult, style: Style): string[] {
  const lines: string[] = [];
  if (proofFile !== undefined) {
    const { sha256, bytes, periods } = proofFile;
    lines.push(
      style.dim(`Proof file: of ${periodsText(periods)}, ${plural(bytes, "byte")}, SHA-256 ${printable(sha256)}.`),
    );
  }
  if (noProofBecause !== undefined) lines.push(style.yellow(`No proof file: ${printable(noProofBecause)}.`));
  return lines;
}

/**
 * One row for each point of each cycle: model, number of the cycle, period, number of the point, stability, spectral
 * radius, numbers of stable, neutral and unstable directions, number of active hyperplanes, ties, whether the list of
 * the period is complete, and z. Continua have no rows.
 */
export function* cyclesCsv(results: readonly CyclesResult[]): Generator<string> {
  const latentDim = largestOf(results, ({ model }) => model.latentDim);
  const columns = Array.from({ length: latentDim }, (_, k) => `z${k}`);
  const head = ["model", "cycle", "period", "point", "stability", "spectral", "stable", "neutral", "unstable"];
  yield csvLine([...head, "active", "ties", "complete", ...columns]);
  for (const { model, cycles, periods } of results) {
    const complete = new Map(periods.map((report) => [report.period, report.complete]));
    for (const [i, cycle] of cycles.entries()) {
      const { directions } = cycle;
      for (const [t, point] of cycle.points.entries()) {
        yield csvLine([
          csvText(model.name),
          `${i}`,
          `${cycle.period}`,
          `${t}`,
          cycle.stability,
          `${cycle.spectralRadius ?? ""}`,
          `${directions?.stable ?? ""}`,
          `${directions?.neutral ?? ""}`,
          `${directions?.unstable ?? ""}`,
          `${point.active.length}`,
          point.ties.join(" "),
          `${complete.get(cycle.period)}`,
          ...columns.map((_, k) => `${point.z[k] ?? ""}`),
        ]);
      }
    }
  }
}
