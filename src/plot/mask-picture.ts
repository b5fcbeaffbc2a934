import type { FixedPoint, Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { areaWidth, type FigureOptions, type Panel, panel } from "./panel.ts";
import { COLOURS, fillEntry, marker } from "./style.ts";
import { element, line } from "./svg.ts";
import { stabilityEntries } from "./words.ts";

const WIDTH = 420;
const MAX_ROWS = 120;
const MAX_COLUMNS = 210;
/** The height from which a row has room for the mark of its point. */
const MARKED_ROW = 7;

/**
 * The masks of the fixed points: a row for each point, a column for each hyperplane, dark where its bit is 1. Rows and
 * columns are sorted so that similar ones lie together. Hyperplanes with the same bit at all points, and repeats of a
 * column, are left out.
 */
export function maskPicture(result: Result, figure: FigureOptions = {}): Panel {
  const width = areaWidth(WIDTH, figure);
  const points = result.fixedPoints.slice(0, MAX_ROWS);
  const sorted = sortedColumns(points, result.model.hyperplanes);
  const shown = evenly(sorted.columns, MAX_COLUMNS);
  const order = sortedRows(points, shown);
  const height = Math.max(60, Math.min(320, order.length * 14));
  const bits = shown.length;
  const marked = height / Math.max(1, order.length) >= MARKED_ROW;
  return panel(
    {
      title: "Masks",
      x: { from: 0, to: Math.max(1, bits) },
      y: { from: Math.max(1, order.length), to: 0 },
      width,
      height,
      xLabel: bits <= 40 ? "hyperplane" : "hyperplanes, sorted",
      yLabel: "fixed point",
      xTicks:
        bits <= 40 ? shown.map(({ hyperplane }, i) => ({ at: i + 0.5, label: thinLabel(hyperplane, i, bits) })) : [],
      yTicks: order.flatMap((i, row) =>
        labelled(row, order.length, height) ? [{ at: row + 0.5, label: `${i}` }] : [],
      ),
    },
    ({ x, y }) => {
      const [w, h] = [x(1) - x(0), y(1) - y(0)];
      const cells = order.flatMap((i, row) =>
        runsOf(shown.map(({ values }) => values[i]!)).map(({ letter, from, to }) => {
          const place = { x: x(from), y: y(row), width: (to - from) * w + 0.2, height: h + 0.2 };
          return element("rect", { ...place, ...(letter === "1" ? ON : TIE) });
        }),
      );
      const rules = h >= 6 ? order.slice(1).map((_, row) => line(0, y(row + 1), width, y(row + 1), RULE)) : [];
      const columnRules = w >= 5 ? shown.slice(1).map((_, c) => line(x(c + 1), 0, x(c + 1), height, RULE)) : [];
      return {
        inside: [...cells, ...rules, ...columnRules].join(""),
        outside: marked
          ? order.map((i, row) => marker(points[i]!.stability, width + 7, y(row + 0.5), Math.min(4, h / 3))).join("")
          : "",
      };
    },
    [
      fillEntry("bit 1", ON),
      fillEntry("bit 0", { fill: "#ffffff" }),
      ...(points.some(({ ties }) => ties.length > 0) ? [fillEntry("point on the hyperplane", TIE)] : []),
      ...(marked ? stabilityEntries(points) : []),
    ],
    notesOf(result, points.length, sorted, bits),
  );
}

function notesOf(
  { fixedPoints, model }: Result,
  points: number,
  { columns, constant, repeated }: ReturnType<typeof sortedColumns>,
  shown: number,
): string[] {
  return [
    ...(points === 0 ? ["No fixed point is listed."] : []),
    ...(points === 1 ? ["One fixed point: there is no other to tell it from."] : []),
    ...(points > 1 && shown === 0 ? ["No hyperplane tells these points apart."] : []),
    ...(points > 1 && constant > 0
      ? [`${plural(constant, "hyperplane")} of ${model.hyperplanes} with the same bit at all points left out.`]
      : []),
    ...(repeated > 0 ? [`${plural(repeated, "hyperplane")} with the bits of another one left out.`] : []),
    ...(shown < columns.length ? [`${MAX_COLUMNS} of ${plural(columns.length, "column")}, evenly chosen.`] : []),
    ...(points < fixedPoints.length ? [`The first ${MAX_ROWS} of ${plural(fixedPoints.length, "fixed point")}.`] : []),
  ];
}

/** The fixed points in the order of the rows of their picture, from the top: row r takes y from r to r + 1. */
export function maskRows({ fixedPoints, model }: Result): number[] {
  const points = fixedPoints.slice(0, MAX_ROWS);
  return sortedRows(points, evenly(sortedColumns(points, model.hyperplanes).columns, MAX_COLUMNS));
}

const ON = { fill: "#3b3b3b" };
const TIE = { fill: COLOURS.marginal, "fill-opacity": 0.55 };
const RULE = { stroke: COLOURS.faint, "stroke-width": 0.5 };

/** At most `count` of a list, evenly spaced. */
function evenly<T>(list: readonly T[], count: number): readonly T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** Runs of equal letters, without runs of "0". */
function runsOf(letters: readonly string[]): { letter: string; from: number; to: number }[] {
  const runs: { letter: string; from: number; to: number }[] = [];
  letters.forEach((letter, at) => {
    const last = runs.at(-1);
    if (last?.letter === letter && last.to === at) last.to = at + 1;
    else if (letter !== "0") runs.push({ letter, from: at, to: at + 1 });
  });
  return runs;
}

interface Column {
  readonly hyperplane: number;
  /** "1", "0" or "t" for each point. */
  readonly values: string;
}

/**
 * The distinct columns that tell points apart, those with the most bits 1 first. With one point, all columns in their
 * order.
 */
function sortedColumns(
  points: readonly FixedPoint[],
  hyperplanes: number,
): { columns: Column[]; constant: number; repeated: number } {
  const letters = Array.from({ length: hyperplanes }, () => new Array<string>(points.length).fill("0"));
  points.forEach(({ active, ties }, i) => {
    for (const j of active) letters[j]![i] = "1";
    for (const j of ties) letters[j]![i] = "t";
  });
  if (points.length < 2) {
    return { columns: letters.map(([values = "0"], hyperplane) => ({ hyperplane, values })), constant: 0, repeated: 0 };
  }
  const seen = new Set<string>();
  const columns: Column[] = [];
  let constant = 0;
  let repeated = 0;
  letters.forEach((list, hyperplane) => {
    const values = list.join("");
    if (list.every((letter) => letter === list[0])) constant++;
    else if (seen.has(values)) repeated++;
    else {
      seen.add(values);
      columns.push({ hyperplane, values });
    }
  });
  const ones = ({ values }: Column): number => values.split("1").length;
  return { columns: columns.sort((a, b) => ones(b) - ones(a) || a.hyperplane - b.hyperplane), constant, repeated };
}

/** The order of the rows: first the row with the most bits 1, then always the most similar of the remaining rows. */
function sortedRows(points: readonly FixedPoint[], columns: readonly Column[]): number[] {
  const rows = points.map((_, i) => columns.map(({ values }) => values[i]));
  const left = new Set(points.keys());
  const count = (i: number): number => rows[i]!.filter((letter) => letter === "1").length;
  const order: number[] = [];
  let current = [...left].sort((a, b) => count(b) - count(a))[0];
  while (current !== undefined) {
    order.push(current);
    left.delete(current);
    const here = rows[current]!;
    const differing = (i: number): number => rows[i]!.filter((letter, c) => letter !== here[c]).length;
    let best: number | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const i of left) {
      const d = differing(i);
      if (d < least) [best, least] = [i, d];
    }
    current = best!;
  }
  return order;
}

function labelled(row: number, rows: number, height: number): boolean {
  const every = Math.max(1, Math.ceil((rows * 11) / height));
  return row % every === 0;
}

function thinLabel(hyperplane: number, i: number, columns: number): string {
  return columns <= 20 || i % 2 === 0 ? `${hyperplane}` : "";
}
