import type { Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { evaluate } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { continuumSpans } from "./continua.ts";
import { movingAttractors, startingPoints } from "./dynamics.ts";
import { areaWidth, type FigureOptions, type Panel, type PanelFrame, panel } from "./panel.ts";
import { type Extent, extentOf, linearScale, padded } from "./scale.ts";
import { COLOURS, entry, type LegendEntry, lineEntry, marker } from "./style.ts";
import { element, line, polyline } from "./svg.ts";
import { stabilityEntries } from "./words.ts";

const SIZE = 340;
const STEP_HEIGHT = 150;
/** Hyperplanes nearer to each other than this on the page share one mark. */
const MARK_DISTANCE = 1.5;

/**
 * A network of one latent dimension: the map and the diagonal, and the distance between them (in continuous time ż and
 * zero), with hyperplanes as points on the axis.
 *
 * @param view the range of z to show; by default that of the points and of the hyperplanes round them.
 */
export function mapPictures({ system }: Model, result: Result, view?: Extent, figure: FigureOptions = {}): Panel[] {
  const size = areaWidth(SIZE, figure);
  const discrete = system.time === "discrete";
  const breakpoints = breakpointsOf(system.U, system.h.rounded);
  const spans = result.continua.flatMap((continuum) => continuumSpans(system, continuum, 1));
  const moving = movingAttractors(system, startsOf(result), 200);
  const ends = spans.flat().map(([z]) => z!);
  const points = [...result.fixedPoints.map(({ z }) => z[0]!), ...ends, ...moving.flat().map(([z]) => z!)];
  const x = view ?? viewOf(points, breakpoints);
  const nodes = [x.from, ...breakpoints.filter((b) => b > x.from && b < x.to), x.to];
  const inView = breakpoints.filter((b) => b >= x.from && b <= x.to);
  const marks = thinned(inView.map(linearScale(x.from, x.to, 0, size)));
  const notes = [
    ...(inView.length < breakpoints.length
      ? [`${plural(breakpoints.length - inView.length, "hyperplane")} of ${breakpoints.length} outside the view.`]
      : []),
    ...(marks.length < inView.length
      ? [`${plural(inView.length, "hyperplane")} drawn as ${plural(marks.length, "mark")}: nearer ones are one.`]
      : []),
    ...(moving.length > 0 ? ["A run that does not settle on a fixed point was seen; its range is in view."] : []),
  ];
  const step = (z: number): number => evaluate(system, [z])[0]!;
  const shown = { x, size, nodes, marks, spans, fixedPoints: result.fixedPoints };
  const zero = (): number => 0;
  const common: LegendEntry[] = [
    ...entry(marks.length > 0, "hyperplane", (px, py) => hyperplaneMark(px, py + 4)),
    ...(spans.length > 0 ? [lineEntry("continuum of fixed points", CONTINUUM)] : []),
    ...stabilityEntries(result.fixedPoints),
  ];
  const y = padded(extentOf([0, ...nodes.map(step)])!, 0.1);
  if (!discrete) {
    const legend = [lineEntry("ż = F(z)", CURVE), lineEntry("ż = 0", DIAGONAL), ...common];
    return [graph(shown, { title: "The flow", y, yLabel: "ż", height: size }, step, zero, legend, notes)];
  }
  const legend = [lineEntry("z′ = F(z)", CURVE), lineEntry("z′ = z", DIAGONAL), ...common];
  const map = { title: "The map", y: x, yLabel: "z′", height: size, equal: true };
  const distance = { title: "Its distance from the diagonal", y, yLabel: "z′ − z", height: STEP_HEIGHT };
  return [
    graph(
      shown,
      map,
      (z) => z + step(z),
      (z) => z,
      legend,
      notes,
    ),
    graph(shown, distance, step, zero, [], []),
  ];
}

/** What graphs over z show: the view, its corners, hyperplanes as places on the page, continua and points. */
interface Shown {
  readonly x: Extent;
  readonly size: number;
  readonly nodes: readonly number[];
  readonly marks: readonly number[];
  readonly spans: ReturnType<typeof continuumSpans>;
  readonly fixedPoints: Result["fixedPoints"];
}

/** A graph over z, the line on which fixed points lie, and the marks on both. */
function graph(
  { x, size, nodes, marks, spans, fixedPoints }: Shown,
  frame: Pick<PanelFrame, "title" | "y" | "yLabel" | "height" | "equal">,
  value: (z: number) => number,
  reference: (z: number) => number,
  legend: readonly LegendEntry[],
  below: readonly string[],
): Panel {
  return panel(
    { x, width: size, xLabel: "z", ...frame },
    (area) => {
      const at = (z: number, f: (z: number) => number): [number, number] => [area.x(z), area.y(f(z))];
      return {
        inside: [
          line(...at(x.from, reference), ...at(x.to, reference), DIAGONAL),
          polyline(
            nodes.map((z) => at(z, value)),
            CURVE,
          ),
          ...spans.map(([[from], [to]]) => line(...at(from!, reference), ...at(to!, reference), CONTINUUM)),
          ...fixedPoints.map(({ z, stability }) => marker(stability, ...at(z[0]!, reference))),
        ].join(""),
        outside: marks.map((place) => hyperplaneMark(place, frame.height)).join(""),
      };
    },
    legend,
    below,
  );
}

/** Ascending places without those that are too near to the last place kept. */
function thinned(places: readonly number[]): number[] {
  const kept: number[] = [];
  for (const place of places) if (kept.length === 0 || place - kept.at(-1)! >= MARK_DISTANCE) kept.push(place);
  return kept;
}

const CURVE = { stroke: COLOURS.ink, "stroke-width": 1.6 };
const DIAGONAL = { stroke: COLOURS.soft, "stroke-width": 1, "stroke-dasharray": "4 3" };
const CONTINUUM = { stroke: COLOURS.marginal, "stroke-width": 5, "stroke-linecap": "round", "stroke-opacity": 0.75 };

function hyperplaneMark(x: number, y: number): string {
  return element("path", {
    d: `M${x.toFixed(2)} ${y.toFixed(2)}l-3 -7h6Z`,
    fill: "#ffffff",
    stroke: COLOURS.soft,
    "stroke-width": 0.8,
  });
}

function breakpointsOf(U: Float64Array, h: Float64Array): number[] {
  return [...new Set(Array.from(U, (u, j) => (u === 0 ? Number.NaN : h[j]! / u)).filter(Number.isFinite))].sort(
    (a, b) => a - b,
  );
}

function startsOf({ fixedPoints }: Result): Float64Array[] {
  const { from, to } = padded(extentOf(fixedPoints.map(({ z }) => z[0]!)) ?? { from: -1, to: 1 }, 0.5);
  return startingPoints([(from + to) / 2], [(to - from) / 2], 8);
}

/**
 * The extent of the points and of the hyperplanes round them; without points that of the middle half of the
 * hyperplanes.
 */
function viewOf(points: readonly number[], breakpoints: readonly number[]): Extent {
  const core = extentOf(points);
  if (core === undefined) {
    const quarter = Math.floor(breakpoints.length / 4);
    return padded(extentOf(breakpoints.slice(quarter, breakpoints.length - quarter)) ?? { from: -1, to: 1 }, 0.3);
  }
  const middle = (core.from + core.to) / 2;
  const reach = core.to > core.from ? 1.2 * (core.to - core.from) : Math.abs(middle) || 1;
  const near = breakpoints.filter((b) => Math.abs(b - middle) <= reach);
  return padded(extentOf([...points, ...near])!, 0.12);
}
