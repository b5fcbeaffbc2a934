import type { List } from "../../base/list.ts";
import type { ListedResult } from "../../base/listed-result.ts";
import type { FixedPoint, Found, KnifeEdge, Result } from "../../base/result.ts";
import { formatCount, plural } from "../../base/words.ts";
import { printable } from "../read/printable.ts";
import { countContinua, describeContinua, formatNumber, SHOWN_COORDINATES } from "./continua-text.ts";

/** The mark-up of text for a terminal; the plain style adds none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const same = (text: string): string => text;
export const PLAIN: Style = { bold: same, dim: same, green: same, yellow: same, red: same };

const SHOWN_TIES = 6;
const SHOWN_VIRTUAL = 20;

/**
 * A result as a table for people: one row for each fixed point, then the verdict on completeness. Ends with a line
 * feed.
 */
export function writeText(result: ListedResult, style: Style = PLAIN): string {
  return [...textLines(result, style)].join("");
}

/** `writeText` in lines, each with its line feed. */
export function* textLines(result: ListedResult, style: Style = PLAIN): Generator<string> {
  for (const line of linesOf(result, style)) yield `${line}\n`;
}

function* linesOf(result: ListedResult, style: Style): Generator<string> {
  const { model, fixedPoints, continua, virtualFixedPoints } = result;
  const most = Math.min(model.latentDim, model.hyperplanes);
  yield `${style.bold(printable(model.name))}  ${style.dim(
    `${model.kind}, R = ${model.latentDim}, ${plural(model.units, "unit")}` +
      (model.hyperplanes === model.units ? "" : `, ${plural(model.hyperplanes, "hyperplane")}`) +
      ((model.rank ?? most) === most ? "" : `, rank ${model.rank}`),
  )}`;
  if (fixedPoints.length > 0) {
    yield "";
    yield* fixedPointTable(fixedPoints, style);
  }
  for (const line of knifeEdge(fixedPoints)) yield style.yellow(line);
  if (continua.length > 0) yield* ["", ...describeContinua(result)];
  if (model.latentDim > SHOWN_COORDINATES && fixedPoints.length + continua.length > 0) {
    const note = `z has ${model.latentDim} coordinates, the first ${SHOWN_COORDINATES} are shown; --format json has all.`;
    yield* ["", style.dim(note)];
  }
  if (virtualFixedPoints !== undefined) {
    yield* ["", `${plural(virtualFixedPoints.length, "virtual fixed point")}`];
    const shown = virtualFixedPoints.slice(0, SHOWN_VIRTUAL);
    const z = coordinateColumns(shown.map((point) => point.z));
    const rows = shown.map((point, i) => [...z[i]!, `${point.region.length}`]);
    if (rows.length > 0) yield* tableLines([...coordinateHeads(model.latentDim), "active"], rows, style);
    const more = virtualFixedPoints.length - SHOWN_VIRTUAL;
    if (more > 0) yield style.dim(`  … and ${formatCount(more)} more; --format json has all.`);
  }
  yield* ["", verdict(result, style)];
  yield* proofText(result, style);
  if (result.backendNote !== undefined) yield style.yellow(`Note: ${printable(result.backendNote)}.`);
}

/** What the columns of a table of fixed points depend on. */
interface Columns {
  readonly latentDim: number;
  readonly isContinuous: boolean;
  readonly withTies: boolean;
  readonly withDirections: boolean;
  /** Of each shown coordinate, and of the spectral radii. */
  readonly z: readonly NumberFormat[];
  readonly spectral: NumberFormat;
}

function columnsOf(points: List<FixedPoint>): Columns {
  const largest = new Array<number>(SHOWN_COORDINATES).fill(0);
  let [latentDim, spectral] = [0, 0];
  let [isContinuous, withTies, withDirections] = [false, false, false];
  for (const { z, ties, directions, spectralAbscissa, spectralRadius } of points) {
    latentDim = z.length;
    for (let k = 0; k < SHOWN_COORDINATES; k++) largest[k] = Math.max(largest[k]!, Math.abs(z[k] ?? 0));
    spectral = Math.max(spectral, Math.abs(spectralAbscissa ?? spectralRadius ?? 0));
    isContinuous ||= spectralAbscissa !== undefined;
    withTies ||= ties.length > 0;
    withDirections ||= directions !== undefined;
  }
  const z = largest.slice(0, latentDim).map(numberFormat);
  return { latentDim, isContinuous, withTies, withDirections, z, spectral: numberFormat(spectral) };
}

function* fixedPointTable(points: List<FixedPoint>, style: Style): Generator<string> {
  const columns = columnsOf(points);
  const { latentDim, isContinuous, withTies, withDirections } = columns;
  const head = [
    "#",
    ...coordinateHeads(latentDim),
    "stability",
    ...(withDirections ? ["directions"] : []),
    isContinuous ? "max Re λ" : "max |λ|",
    "active",
    ...(withTies ? ["on hyperplanes"] : []),
  ];
  const rows = {
    *[Symbol.iterator]() {
      let i = 0;
      for (const point of points) yield cellsOf(point, i++, columns);
    },
  };
  yield* tableLines(head, rows, style);
}

function cellsOf(point: FixedPoint, i: number, { z, spectral, withDirections, withTies }: Columns): string[] {
  const shown = z.map((format, k) => format(point.z[k]));
  return [
    `${i}`,
    ...(point.z.length > SHOWN_COORDINATES ? [...shown, "…"] : shown),
    point.stability,
    ...(withDirections ? [directionsText(point)] : []),
    spectral(point.spectralAbscissa ?? point.spectralRadius),
    `${point.active.length}`,
    ...(withTies ? [listed(point.ties)] : []),
  ];
}

/** A line on the proof file, where one was asked for. */
function proofText({ proof, noProofBecause, proofFile }: ListedResult, style: Style): string[] {
  if (proof === "none") return [style.yellow(`No proof file: ${printable(noProofBecause ?? "no reason given")}.`)];
  if (proofFile === undefined) return [];
  const { sha256, bytes } = proofFile;
  return [style.dim(`Proof file: by ${proof}, ${plural(bytes, "byte")}, SHA-256 ${printable(sha256)}.`)];
}

const SHOWN_NEAR = 12;

/** A line that names the nearly degenerate points, or nothing. */
function knifeEdge(points: List<FixedPoint>): string[] {
  const named: string[] = [];
  const because = new Set<KnifeEdge>();
  let [i, count, margin] = [0, 0, Number.POSITIVE_INFINITY];
  let precision = "";
  for (const { nearlyDegenerate } of points) {
    const name = `#${i++}`;
    if (nearlyDegenerate === undefined) continue;
    if (++count <= SHOWN_NEAR) named.push(name);
    for (const kind of nearlyDegenerate.because) because.add(kind);
    margin = Math.min(margin, nearlyDegenerate.margin);
    precision ||= nearlyDegenerate.precision;
  }
  if (count === 0) return [];
  if (count > SHOWN_NEAR) named.push("…");
  const roundings = margin === 1 ? "1 rounding error" : `${formatNumber(margin)} rounding errors`;
  return [
    "",
    `Nearly degenerate: ${plural(count, "point")} (${named.join(" ")}), within ${roundings} of the model's ${precision} numbers of another answer (${[...because].join(", ")}).`,
  ];
}

/**
 * "1u 1n 2s": one unstable direction, one neutral, two stable; "1s 2?" where two are undecided; empty where sides
 * differ.
 */
export function directionsText({ directions }: Pick<FixedPoint, "directions">): string {
  if (directions === undefined) return "";
  const { unstable, neutral, stable, undecided = 0 } = directions;
  const counts: [number, string][] = [
    [unstable, "u"],
    [neutral, "n"],
    [stable, "s"],
    [undecided, "?"],
  ];
  return counts.flatMap(([count, letter]) => (count === 0 ? [] : [`${count}${letter}`])).join(" ");
}

export function coordinateHeads(latentDim: number): string[] {
  const heads = Array.from({ length: Math.min(latentDim, SHOWN_COORDINATES) }, (_, k) => `z${k}`);
  return latentDim > SHOWN_COORDINATES ? [...heads, "…"] : heads;
}

/** The cells of the shown coordinates, one row for each point. */
export function coordinateColumns(points: readonly (readonly number[])[]): string[][] {
  const latentDim = points[0]?.length ?? 0;
  const columns = Array.from({ length: Math.min(latentDim, SHOWN_COORDINATES) }, (_, k) =>
    formatColumn(points.map((z) => z[k])),
  );
  return points.map((_, i) => {
    const cells = columns.map((column) => column[i]!);
    return latentDim > SHOWN_COORDINATES ? [...cells, "…"] : cells;
  });
}

function listed(hyperplanes: readonly number[]): string {
  const shown = hyperplanes.slice(0, SHOWN_TIES).join(" ");
  return hyperplanes.length > SHOWN_TIES ? `${shown} … (${hyperplanes.length})` : shown;
}

/**
 * ", 58,456 boxes"; ", 147,537 regions"; ", 1,024 masks" if the run did not tell regions from other masks; or nothing.
 */
export function workText({ counts, complete }: Pick<Result, "counts" | "complete">): string {
  if (counts.boxes !== undefined) return `, ${plural(counts.boxes, "box", "boxes")}`;
  // the number of all masks; a run that was cut off has not decided all of them
  if (counts.allMasks !== undefined) return complete ? `, ${plural(counts.allMasks, "mask")}` : "";
  return counts.masks === undefined ? "" : `, ${plural(counts.masks, "region")}`;
}

/**
 * The number of fixed points found, and whether the list is complete. The text never claims more than what is proved.
 */
function verdict(result: ListedResult, style: Style): string {
  const { fixedPoints, continua, method, backend, adapter, seconds } = result;
  const found = [
    plural(fixedPoints.length, "fixed point"),
    ...(continua.length > 0 ? [countContinua(result)] : []),
  ].join(" and ");
  const how = style.dim(
    `(${method} on ${backend}${adapter === null ? "" : ` ${printable(adapter)}`}${workText(result)}, ${formatSeconds(seconds.total ?? 0)})`,
  );
  if (result.complete) {
    const others = fixedPoints.length + continua.length > 0 ? "no others" : "none";
    return `${style.bold(found)}. ${style.green(`Complete: proved that there are ${others}.`)} ${how}`;
  }
  const reason = printable(result.incompleteBecause ?? "no reason given");
  const unseen = result.found === undefined ? "" : ` ${capitalised(foundText(result.found))}.`;
  return `${style.bold(found)}. ${style.yellow(`INCOMPLETE, there may be more: ${reason}.${unseen}`)} ${how}`;
}

/**
 * "1,617 points on 900 curves, none met only once; no proof that these are all", or how many are missing at least where
 * the degrees show it.
 */
export function foundText({ curves, points, singletons, chao1, degreeSum, degreeMustBe }: Found): string {
  const once = singletons === 0 ? "none" : formatCount(singletons);
  const seen = `${plural(points, "point")} on ${plural(curves, "curve")}, ${once} met only once`;
  const estimate = chao1 > points ? `, which suggests ${formatCount(chao1)} or more` : "";
  const missing = Math.abs((degreeMustBe ?? 0) - (degreeSum ?? 0));
  const rest = missing > 0 ? `at least ${formatCount(missing)} more exist` : "no proof that these are all";
  return `${seen}${estimate}; ${rest}`;
}

function capitalised(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

/**
 * Columns padded to equal width: the numbers right-aligned, the last column left-aligned if it is text.
 * @param rows walked twice.
 */
function* tableLines(
  head: readonly string[],
  rows: Iterable<readonly string[]>,
  style: Style,
): Generator<string, void, void> {
  const widths = head.map((title) => title.length);
  for (const row of rows) for (const [c, cell] of row.entries()) widths[c] = Math.max(widths[c]!, cell.length);
  const leftAligned = head.map(
    (title) => title === "stability" || title === "directions" || title === "on hyperplanes" || title === "model",
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, c) => (leftAligned[c] ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join("  ")}`.trimEnd();
  yield style.dim(line(head));
  for (const row of rows) yield line(row);
}

/** `tableLines` as one text, without a line feed at its end. */
export function table(head: readonly string[], rows: Iterable<readonly string[]>, style: Style): string {
  return [...tableLines(head, rows, style)].join("\n");
}

type NumberFormat = (x: number | undefined) => string;

/**
 * A column of numbers with a common number of decimals, chosen so that the largest number shows six digits; numbers too
 * small for that are written with exponents.
 */
export function formatColumn(values: readonly (number | undefined)[]): string[] {
  return values.map(numberFormat(values.reduce<number>((most, x) => Math.max(most, Math.abs(x ?? 0)), 0)));
}

/** The numbers of such a column. @param largest of their magnitudes. */
function numberFormat(largest: number): NumberFormat {
  const decimals = Math.min(6, Math.max(0, 5 - Math.floor(Math.log10(largest || 1))));
  return (x) => {
    if (x === undefined) return "";
    const hidden = x !== 0 && Math.abs(x) < 100 * 10 ** -decimals * 0.5 && Math.abs(x) < 1e-3;
    return largest >= 1e6 || hidden ? x.toExponential(5) : x.toFixed(decimals);
  };
}

/** 0.21 s, 34 s, 3 min 20 s, 2 h 5 min, 3 d 4 h */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "ages";
  if (seconds < 10) return `${seconds.toPrecision(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const units: [number, string][] = [
    [86400 * 365, "years"],
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => whole >= size);
  const [size, unit] = units[first]!;
  const count = Math.floor(whole / size);
  if (first === 0) return `${formatCount(count)} ${unit}`;
  const [nextSize, nextUnit] = units[first + 1]!;
  const rest = Math.floor((whole - count * size) / nextSize);
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${nextUnit}`;
}
