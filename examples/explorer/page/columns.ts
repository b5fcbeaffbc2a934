import type { Cycle, FixedPoint, Result, Stability } from "../../../src/index.ts";
import { marker } from "../../../src/plot/style.ts";
import { element, parseSvg } from "./dom.ts";
import { type Entry, statusText } from "./entry.ts";
import { shortNumber, vector } from "./format.ts";
import type { Column } from "./table.ts";

/** Latent coordinates in the table of points; the details have all. */
const MAX_COORDINATES = 8;
/** Significant digits in the table of points, beside which the picture needs room too; the details have all. */
const DIGITS = 5;

/** A column of numbers; nothing is shown for NaN. */
function numbers<Row>(title: string, value: (row: Row) => number | undefined, digits?: number): Column<Row> {
  return {
    title,
    value: (row) => value(row) ?? Number.NaN,
    cell: (row) => {
      const x = value(row);
      return x === undefined ? "" : shortNumber(x, digits);
    },
    numeric: true,
  };
}

export const MODEL_COLUMNS: readonly Column<Entry>[] = [
  { title: "Model", cell: ({ name }) => name, value: ({ name }) => name },
  numbers("R", ({ card }) => card?.latentDim),
  numbers("Units", ({ card }) => card?.units),
  numbers("Points", ({ result }) => result?.fixedPoints.length),
  numbers("Stable", ({ result }) => result && stableOf(result)),
  { title: "Status", cell: statusText, value: statusText },
];

function stableOf({ fixedPoints }: Result): number {
  return fixedPoints.filter(({ stability }) => stability === "stable").length;
}

export function pointColumns(points: readonly FixedPoint[], time: "discrete" | "continuous"): Column<FixedPoint>[] {
  const R = Math.min(points[0]?.z.length ?? 0, MAX_COORDINATES);
  const places = new Map(points.map((point, i) => [point, i]));
  return [
    numbers("#", (point) => places.get(point)),
    { title: "Stability", cell: stabilityCell, value: ({ stability }) => stability },
    time === "continuous"
      ? numbers("max Re λ", ({ spectralAbscissa }) => spectralAbscissa, DIGITS)
      : numbers("max |λ|", ({ spectralRadius }) => spectralRadius, DIGITS),
    numbers("Active", ({ active }) => active.length),
    numbers("Ties", ({ ties }) => ties.length),
    // last, as there may be more of them than fit
    ...Array.from({ length: R }, (_, k) => numbers<FixedPoint>(`z${k}`, ({ z }) => z[k], DIGITS)),
  ];
}

export function cycleColumns(cycles: readonly Cycle[]): Column<Cycle>[] {
  const places = new Map(cycles.map((cycle, i) => [cycle, i]));
  return [
    numbers("#", (cycle) => places.get(cycle)),
    numbers("Period", ({ period }) => period),
    { title: "Stability", cell: stabilityCell, value: ({ stability }) => stability },
    numbers("max |λ|", ({ spectralRadius }) => spectralRadius),
    { title: "From", cell: ({ points }) => vector(points[0]!.z, 3), value: ({ points }) => points[0]!.z[0]! },
    numbers("Ties", ({ points }) => points.reduce((sum, { ties }) => sum + ties.length, 0)),
  ];
}

/** The class, with the mark that the pictures have for it. */
function stabilityCell({ stability }: { readonly stability: Stability }): Node {
  const mark = `<svg xmlns="http://www.w3.org/2000/svg" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">${marker(stability, 7, 7)}</svg>`;
  return element("span", { class: "stability" }, parseSvg(mark), stability);
}
