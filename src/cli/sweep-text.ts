import { largestOf } from "../base/largest.ts";
import type { Stability } from "../base/result.ts";
import { formatCount, plural, share } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import { csvLine, csvText } from "../formats/write/write-csv.ts";
import { formatSeconds, type Style, table } from "../formats/write/write-text.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import type { Sweep, SweepEvent } from "../sweep/result.ts";
import type { SweepGrid } from "../sweep/sweep.ts";
import { branchRow, cycleSweepLines, place, short } from "./cycle-sweep-text.ts";

/** The answer for one model, or for all files together. */
export type Answer = Sweep | SweepGrid | Checkpoints;

const MAX_EVENTS = 40;

/** A sweep for people: branches, and the events that change the number or the stability of points. */
export function sweepText(sweep: Sweep, style: Style): string {
  const { model, parameter, branches, events, continua } = sweep;
  const range = `${parameter.parameter} from ${parameter.from} to ${parameter.to}`;
  const lines = [
    `${style.bold(printable(model.name))}  ${style.dim(`${model.kind}, R = ${model.latentDim}, ${range}`)}`,
    "",
  ];
  const rows = branches.map(({ pieces }, i) => branchRow(i, pieces, pieces[0]!.zFrom, pieces.at(-1)!.zTo));
  if (rows.length > 0)
    lines.push(table(["branch", "from", "to", "z there", "z there", "regions", "stability"], rows, style));
  const telling = events.filter(({ kind, stability }) => kind !== "crossing" || stability?.[0] !== stability?.[1]);
  if (telling.length > 0) {
    lines.push(
      "",
      table(
        [parameter.parameter, "event", "branches", "z", "hyperplanes"],
        telling.slice(0, MAX_EVENTS).map(eventRow),
        style,
      ),
    );
  }
  if (telling.length > MAX_EVENTS)
    lines.push(style.dim(`  … and ${formatCount(telling.length - MAX_EVENTS)} more; --format json has all.`));
  const quiet = events.length - telling.length;
  if (quiet > 0) lines.push(style.dim(`  ${plural(quiet, "crossing")} of hyperplanes without change of stability`));
  for (const { dimension, from, to } of continua.slice(0, MAX_EVENTS)) {
    lines.push(
      `  continuum of dimension ${dimension} ${from === to ? `at ${short(from)}` : `from ${short(from)} to ${short(to)}`}`,
    );
  }
  if (continua.length > MAX_EVENTS)
    lines.push(style.dim(`  … and ${formatCount(continua.length - MAX_EVENTS)} more; --format json has all.`));
  lines.push(...cycleSweepLines(sweep.cycles ?? [], parameter.parameter, style));
  lines.push("", verdict(sweep, style), "");
  return lines.join("\n");
}

function eventRow({ s, kind, before, after, z, hyperplanes, stability }: SweepEvent): string[] {
  const what = stability === undefined ? kind : `${stability[0]} → ${stability[1]}`;
  const shown = hyperplanes.slice(0, 4).join(" ");
  const which = kind === "crossing" ? before.join(" ") : `${before.join(" ")} → ${after.join(" ")}`.trim();
  return [`${s}`, what, which, place(z), hyperplanes.length > 4 ? `${shown} … (${hyperplanes.length})` : shown];
}

function verdict(
  { branches, events, cycles = [], complete, coverage, incompleteBecause, seconds }: Sweep,
  style: Style,
): string {
  const folds = events.filter(({ kind }) => kind === "fold").length;
  const ofCycles = cycles.reduce((sum, each) => sum + each.branches.length, 0);
  const also = cycles.length === 0 ? "" : `, ${plural(ofCycles, "branch", "branches")} of cycles`;
  const found = style.bold(`${plural(branches.length, "branch", "branches")}, ${plural(folds, "fold")}${also}`);
  const how = style.dim(`(${formatSeconds(seconds.total ?? 0)})`);
  if (!complete)
    return `${found}. ${style.yellow(`INCOMPLETE, there may be more: ${printable(incompleteBecause ?? "no reason given")}.`)} ${how}`;
  const proved =
    coverage === "range" && cycles.every((each) => each.coverage === "range")
      ? "Complete: proved for every value in the range."
      : "Complete at the samples; branches followed exactly from there. One that lives between two samples only would not be seen.";
  return `${found}. ${style.green(proved)} ${how}`;
}

/** Counts over two inputs for people. */
export function gridText(grid: SweepGrid, style: Style): string {
  const [along, across] = grid.parameters;
  const rows = grid.rows.map((row, i) => {
    let [fewest, most] = [Number.POSITIVE_INFINITY, 0];
    for (const { points } of row.samples) {
      fewest = Math.min(fewest, points.length);
      most = Math.max(most, points.length);
    }
    const value = across.from + ((across.to - across.from) * i) / (across.samples - 1);
    return [short(value), `${fewest}`, `${most}`, `${row.branches.length}`, `${row.complete ? "yes" : "NO"}`];
  });
  const name = printable(grid.rows[0]?.model.name ?? "");
  const head = `${style.bold(name)}  ${style.dim(`${along.parameter} from ${along.from} to ${along.to}, for each ${across.parameter}`)}`;
  const heads = [across.parameter, "fewest", "most", "branches", "complete"];
  return `${[head, "", table(heads, rows, style), "", gridVerdict(grid, style), ""].join("\n")}`;
}

/** The verdict on counts over two inputs: what is proved. */
function gridVerdict({ rows, parameters: [along, across] }: SweepGrid, style: Style): string {
  const cut = rows.filter(({ complete }) => !complete);
  const first = cut[0];
  if (first !== undefined) {
    const { incompleteBecause = "no reason given" } = first;
    const which = `${share(cut.length, rows.length, "row")} not complete`;
    return style.yellow(`INCOMPLETE: ${which}, the first because: ${printable(incompleteBecause)}.`);
  }
  const atSamples = rows.filter(({ coverage }) => coverage === "samples").length;
  const values = `${formatCount(rows.length)} values of ${across.parameter}`;
  return style.green(
    atSamples === 0
      ? `Complete: proved for every value of ${along.parameter} in the range, at ${values}.`
      : `Complete at the samples of ${along.parameter}, at ${values}. A branch that lives between two samples only would not be seen.`,
  );
}

/** The tracks of the points over the checkpoints, for people. */
export function checkpointsText(
  { checkpoints, steps, rule, complete, incompleteBecause = "no reason given" }: Checkpoints,
  style: Style,
): string {
  const rows = checkpoints.map(({ model, fixedPoints, continua }, k) => {
    const step = steps[k - 1];
    const change =
      step === undefined ? ["", "", ""] : [`${step.persist.length}`, `${step.appear.length}`, `${step.vanish.length}`];
    const stable = fixedPoints.filter(({ stability }) => stability === "stable").length;
    return [printable(model.name), `${fixedPoints.length}`, `${stable}`, `${continua.length}`, ...change];
  });
  const proof = complete
    ? style.green("Complete: proved that no list lacks a point.")
    : style.yellow(`INCOMPLETE: ${printable(incompleteBecause)}.`);
  return `${[
    table(["model", "points", "stable", "continua", "persist", "appear", "vanish"], rows, style),
    "",
    `${proof} ${style.dim(`Matched by rule: ${rule}.`)}`,
    "",
  ].join("\n")}`;
}

/**
 * One row for each fixed point at each sample. Where cycles were looked for there are two columns more, `period` and
 * `point`, and a row for each point of each cycle; `index` counts the cycles of a period.
 */
export function* sweepCsv(
  sweeps: readonly Sweep[],
  across?: { readonly parameter: string; readonly values: readonly number[] },
): Generator<string> {
  const R = largestOf(sweeps, ({ model }) => model.latentDim);
  const parameter = sweeps[0]?.parameter.parameter ?? "s";
  const withCycles = sweeps.some(({ cycles }) => cycles !== undefined);
  const extra = across === undefined ? [] : [across.parameter];
  const heads = [
    "model",
    ...extra,
    parameter,
    ...(withCycles ? ["period"] : []),
    "index",
    ...(withCycles ? ["point"] : []),
  ];
  yield csvLine([...heads, "stability", "complete", ...Array.from({ length: R }, (_, k) => `z${k}`)]);
  for (const [row, sweep] of sweeps.entries()) {
    const first = [csvText(sweep.model.name), ...(across === undefined ? [] : [`${across.values[row]}`])];
    for (const { s, period, index, point, stability, complete, z } of tabulated(sweep)) {
      yield csvLine([
        ...first,
        `${s}`,
        ...(withCycles ? [`${period}`] : []),
        `${index}`,
        ...(withCycles ? [`${point}`] : []),
        stability,
        `${complete}`,
        ...Array.from({ length: R }, (_, k) => `${z[k] ?? ""}`),
      ]);
    }
  }
}

interface TabulatedPoint {
  readonly s: number;
  readonly period: number;
  readonly index: number;
  /** The number of the point on its cycle. */
  readonly point: number;
  readonly stability: Stability;
  readonly complete: boolean;
  readonly z: readonly number[];
}

/** Fixed points and then cycles by period, sample by sample. */
function* tabulated({ samples, cycles = [], complete }: Sweep): Generator<TabulatedPoint> {
  for (const [at, { s, points }] of samples.entries()) {
    for (const [index, { z, stability }] of points.entries())
      yield { s, period: 1, index, point: 0, stability, complete, z };
    for (const { period, samples: own, complete: all } of cycles)
      for (const [index, cycle] of (own[at]?.cycles ?? []).entries())
        for (const [point, z] of cycle.points.entries())
          yield { s, period, index, point, stability: cycle.stability, complete: all, z };
  }
}

/** One row for each fixed point of each checkpoint, with the track it is on. */
export function* checkpointsCsv({ checkpoints, tracks }: Checkpoints): Generator<string> {
  const R = checkpoints[0]?.model.latentDim ?? 0;
  yield csvLine([
    "checkpoint",
    "model",
    "track",
    "index",
    "stability",
    "complete",
    ...Array.from({ length: R }, (_, k) => `z${k}`),
  ]);
  for (const [k, { model, fixedPoints, complete }] of checkpoints.entries()) {
    for (const [i, { z, stability }] of fixedPoints.entries()) {
      const track = tracks.findIndex(({ first, points }) => points[k - first] === i);
      yield csvLine([`${k}`, csvText(model.name), `${track}`, `${i}`, stability, `${complete}`, ...z.map(String)]);
    }
  }
}

/** The summary of sweeps in one line: `2 sweeps, 2 complete, 7 branches, 0.31 s`. */
export function sweepSummary(
  answers: readonly Answer[],
  { failed, cancelled, seconds }: { readonly failed: number; readonly cancelled: boolean; readonly seconds: number },
): string {
  const complete = answers.filter((answer) => answer.complete).length;
  const branches = answers.reduce((sum, answer) => sum + branchesOf(answer), 0);
  const overFiles = answers.some(({ schema }) => schema === "stillpoint/checkpoints@1");
  return [
    plural(answers.length, "sweep"),
    `${complete} complete`,
    ...(complete < answers.length ? [`${answers.length - complete} incomplete`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled ? ["cancelled"] : []),
    overFiles ? plural(branches, "track") : plural(branches, "branch", "branches"),
    formatSeconds(seconds),
  ].join(", ");
}

function branchesOf(answer: Answer): number {
  if (answer.schema === "stillpoint/sweep@1") return branchesOfSweep(answer);
  if (answer.schema === "stillpoint/checkpoints@1") return answer.tracks.length;
  return answer.rows.reduce((sum, row) => sum + branchesOfSweep(row), 0);
}

function branchesOfSweep({ branches, cycles = [] }: Sweep): number {
  return cycles.reduce((sum, each) => sum + each.branches.length, branches.length);
}
