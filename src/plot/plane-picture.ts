import type { FixedPoint, Result, Stability } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { rounded } from "../exact/matrix.ts";
import { eigen } from "../float/eigen.ts";
import { evaluate, type PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { jacobian } from "../stability/linearisation.ts";
import { continuumSpans } from "./continua.ts";
import { CyclePaths } from "./cycles.ts";
import { movingAttractors, startingPoints } from "./dynamics.ts";
import {
  clipPolygon,
  hasEqualUnits,
  type Point,
  rectangle,
  regionSides,
  simplified,
  type View,
  zeroCurve,
} from "./geometry.ts";
import { type Area, areaWidth, type FigureOptions, type Panel, panel } from "./panel.ts";
import { type ColouredRegions, colouredRegions } from "./plane-regions.ts";
import type { ProjectionOptions } from "./projection-picture.ts";
import { type Extent, extentOf, padded } from "./scale.ts";
import { COLOURS, fillEntry, type LegendEntry, lineEntry, STABILITIES, STABILITY_STYLE } from "./style.ts";
import { dots, element, line, polygon, polyline } from "./svg.ts";
import { drawMarks, stabilityEntries } from "./words.ts";

const SIZE = 420;
/** The largest number of hyperplanes that are drawn; of more, some are left out. */
const MAX_LINES = 64;
const ARROWS = 15;
const CURVE_GRID = 211;
const DIRECTION_LENGTH = 34;
/** Above this ratio of height and width the picture does not use equal units on the axes. */
const MAX_ASPECT = 5;

/**
 * A network of two latent dimensions: regions by the stability of their candidate, hyperplanes, the vector field,
 * nullclines, fixed points, the stable and unstable directions of saddles, continua, and an orbit that does not settle.
 * The view is by default a part that holds all of these.
 */
export function planePicture(
  { system }: Model,
  result: Result,
  { view: given, cycles: drawn, ...figure }: Omit<ProjectionOptions, "plane"> & FigureOptions = {},
): Panel {
  const cycles = new CyclePaths(drawn);
  const attractors = attractorsOf(system, result);
  const wanted = given ?? viewOf(system, result, [...attractors.flat(), ...cycles.places]);
  const equal = hasEqualUnits(wanted, MAX_ASPECT);
  const view = given ?? (equal ? squared(wanted) : wanted);
  const inView = linesInView(system, view);
  const plane: Plane = {
    system,
    result,
    view,
    equal,
    cycles,
    orbit: attractors[0],
    regions: colouredRegions(system, view),
    inView: inView.length,
    lines: thinned(inView),
    spans: result.continua.flatMap((continuum) => continuumSpans(system, continuum, reachOf(view))),
    directions: result.fixedPoints.flatMap((point) => directionsOf(system, point)),
  };
  const size = areaWidth(SIZE, figure);
  const frame = { x: view.x, y: view.y, width: size, height: size, xLabel: "z₀", yLabel: "z₁", title: "The plane" };
  return panel(frame, (area) => drawPlane(plane, area), legendOf(plane), notesOf(plane));
}

/** What the picture shows. */
interface Plane {
  readonly system: PiecewiseLinearSystem;
  readonly result: Result;
  readonly view: View;
  readonly equal: boolean;
  readonly cycles: CyclePaths;
  readonly orbit: readonly Float64Array[] | undefined;
  readonly regions: ColouredRegions;
  /** The number of hyperplanes in view, and those that are drawn. */
  readonly inView: number;
  readonly lines: readonly number[];
  readonly spans: ReturnType<typeof continuumSpans>;
  readonly directions: readonly Direction[];
}

function drawPlane({ system, result, view, cycles, orbit, regions, lines, spans, directions }: Plane, area: Area) {
  const marks = drawMarks(result.fixedPoints.map(({ z, stability }) => ({ stability, at: toPage(area, z) })));
  const inside = [
    regions.draw(area),
    ...lines.map((j) => hyperplane(system, j, area, view)),
    ...nullclines(system, area, view),
    field(system, area, view),
    ...(orbit === undefined ? [] : [orbitPath(orbit, area, system.time === "discrete")]),
    ...result.continua
      .filter(({ dimension }) => dimension === 2)
      .map(({ regions }) => filled(system, regions, area, view)),
    ...spans.map(([from, to]) => polyline([toPage(area, from), toPage(area, to)], CONTINUUM)),
    cycles.draw((z) => toPage(area, z)),
    ...directions.map((direction) => directionLine(area, direction, directions.length > 20 ? 22 : DIRECTION_LENGTH)),
    marks.body,
  ].join("");
  return { inside, notes: marks.notes };
}

function legendOf({ system, result, cycles, orbit, regions, lines, directions }: Plane): LegendEntry[] {
  const discrete = system.time === "discrete";
  return [
    ...STABILITIES.filter((s) => regions.classes.has(s)).map((s) =>
      fillEntry(REGION_LABELS[s], { fill: STABILITY_STYLE[s].fill }),
    ),
    ...(lines.length > 0 ? [lineEntry("hyperplane", HYPERPLANE)] : []),
    lineEntry(discrete ? "z₀′ = z₀" : "ż₀ = 0", FIRST_NULLCLINE),
    lineEntry(discrete ? "z₁′ = z₁" : "ż₁ = 0", SECOND_NULLCLINE),
    { sample: (x, y) => arrow(x - 8, y, x + 8, y), label: discrete ? "z′ − z" : "ż" },
    ...(directions.some(({ unstable }) => unstable) ? [lineEntry("unstable direction", UNSTABLE)] : []),
    ...(directions.some(({ unstable }) => !unstable) ? [lineEntry("stable direction", STABLE)] : []),
    ...(orbit === undefined ? [] : [lineEntry("an orbit, transient left out", ORBIT)]),
    ...(result.continua.length > 0 ? [lineEntry("continuum of fixed points", CONTINUUM)] : []),
    ...cycles.legend,
    ...stabilityEntries(result.fixedPoints),
  ];
}

function notesOf({ system: { hyperplanes }, equal, cycles, regions, inView, lines }: Plane): string[] {
  return [
    ...cycles.notes,
    ...(lines.length < inView ? [`${lines.length} of the ${plural(inView, "hyperplane")} in view are drawn.`] : []),
    ...(inView < hyperplanes
      ? [`${plural(hyperplanes - inView, "hyperplane")} of ${hyperplanes} outside the view.`]
      : []),
    ...regions.notes,
    ...(equal ? [] : ["The axes have different units of length: angles are not true."]),
    "Arrows: direction true, length by the logarithm of the size.",
  ];
}

const HYPERPLANE = { stroke: "#8f8f8f", "stroke-width": 0.7 };
const FIRST_NULLCLINE = { stroke: COLOURS.first, "stroke-width": 1.5 };
const SECOND_NULLCLINE = { stroke: COLOURS.second, "stroke-width": 1.5, "stroke-dasharray": "7 3" };
const UNSTABLE = { stroke: COLOURS.ink, "stroke-width": 1.8 };
const STABLE = { stroke: COLOURS.ink, "stroke-width": 1.8, "stroke-dasharray": "3 2" };
const ORBIT = { stroke: COLOURS.trajectory, "stroke-width": 4, "stroke-opacity": 0.4, "stroke-linejoin": "round" };
const CONTINUUM = { stroke: COLOURS.marginal, "stroke-width": 5, "stroke-linecap": "round", "stroke-opacity": 0.75 };

const REGION_LABELS: Readonly<Record<Stability, string>> = {
  stable: "region with a stable candidate",
  saddle: "region with a saddle candidate",
  unstable: "region with an unstable candidate",
  semistable: "region with a semistable candidate",
  marginal: "region with a marginal candidate, none or a continuum",
  undetermined: "region with an undetermined candidate",
};

function toPage(area: Area, z: ArrayLike<number>): Point {
  return [area.x(z[0]!), area.y(z[1]!)];
}

function reachOf({ x, y }: View): number {
  return 4 * Math.max(x.to - x.from, y.to - y.from, Math.abs(x.from), Math.abs(x.to), Math.abs(y.from), Math.abs(y.to));
}

/** Orbits that move for ever, from starting points round the fixed points. */
function attractorsOf(system: PiecewiseLinearSystem, { fixedPoints }: Result): Float64Array[][] {
  const boxes = [0, 1].map((k) => padded(extentOf(fixedPoints.map(({ z }) => z[k]!)) ?? { from: -1, to: 1 }, 0.5));
  const middle = boxes.map(({ from, to }) => (from + to) / 2);
  const radius = boxes.map(({ from, to }) => (to - from) / 2);
  return movingAttractors(system, startingPoints(middle, radius, 6), 400);
}

/** The fixed points, the ends of continua, the orbits, and enough of the hyperplanes round them. */
function viewOf(
  system: PiecewiseLinearSystem,
  { fixedPoints, continua }: Result,
  orbits: readonly ArrayLike<number>[],
): View {
  const spans = continua.flatMap((continuum) => continuumSpans(system, continuum, 1));
  const points: ArrayLike<number>[] = [
    ...fixedPoints.map(({ z }) => z),
    ...continua.map(({ point }) => point),
    ...spans.flat(),
    ...orbits,
  ];
  const boxes = [0, 1].map((k) => extentOf(points.map((z) => z[k]!)) ?? { from: 0, to: 0 });
  const middle = boxes.map(({ from, to }) => (from + to) / 2);
  const core = Math.max(...boxes.map(({ from, to }) => (to - from) / 2));
  const distances = Array.from({ length: system.hyperplanes }, (_, j) => {
    const [a, b] = [system.U[2 * j]!, system.U[2 * j + 1]!];
    const length = Math.hypot(a, b);
    return length === 0 ? Number.NaN : Math.abs(a * middle[0]! + b * middle[1]! - system.h.rounded[j]!) / length;
  })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const round = 1.3 * (distances[Math.floor(distances.length * 0.6)] ?? 0);
  const reach = core > 0 ? Math.min(round, 2 * core) : round || Math.max(...middle.map(Math.abs)) || 1;
  const [x, y] = boxes.map((box, k): Extent => {
    const wide = { from: Math.min(box.from, middle[k]! - reach), to: Math.max(box.to, middle[k]! + reach) };
    // a cloud that is much longer than wide is not shown in a square
    const thin = box.to - box.from > 0 && core / ((box.to - box.from) / 2) > MAX_ASPECT;
    return padded(thin ? box : wide, 0.12);
  }) as [Extent, Extent];
  return { x, y };
}

function squared({ x, y }: View): View {
  const half = Math.max(x.to - x.from, y.to - y.from) / 2;
  const about = ({ from, to }: Extent): Extent => ({ from: (from + to) / 2 - half, to: (from + to) / 2 + half });
  return { x: about(x), y: about(y) };
}

/** Hyperplanes that cross the view. */
function linesInView({ hyperplanes, U, h }: PiecewiseLinearSystem, view: View): number[] {
  return Array.from({ length: hyperplanes }, (_, j) => j).filter((j) => {
    const sides = rectangle(view).map(([x, y]) => U[2 * j]! * x + U[2 * j + 1]! * y > h.rounded[j]!);
    return sides.some((side) => side !== sides[0]);
  });
}

function thinned(list: readonly number[]): number[] {
  if (list.length <= MAX_LINES) return [...list];
  return Array.from({ length: MAX_LINES }, (_, i) => list[Math.floor((i * list.length) / MAX_LINES)]!);
}

function hyperplane({ U, h }: PiecewiseLinearSystem, j: number, area: Area, view: View): string {
  const [a, b, c] = [U[2 * j]!, U[2 * j + 1]!, h.rounded[j]!];
  const corners = rectangle(view);
  const ends: Point[] = [];
  for (let i = 0; i < 4; i++) {
    const [p, q] = [corners[i]!, corners[(i + 1) % 4]!];
    const [vp, vq] = [a * p[0] + b * p[1] - c, a * q[0] + b * q[1] - c];
    if (vp > 0 === vq > 0) continue;
    const t = vp / (vp - vq);
    ends.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
  }
  if (ends.length < 2) return "";
  const [from, to] = ends.map((p) => toPage(area, p)) as [Point, Point];
  return line(...from, ...to, HYPERPLANE);
}

function gridValues(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

function nullclines(system: PiecewiseLinearSystem, area: Area, { x, y }: View): string[] {
  const xs = gridValues(x.from, x.to, CURVE_GRID);
  const ys = gridValues(y.from, y.to, CURVE_GRID);
  const values = [new Float64Array(CURVE_GRID * CURVE_GRID), new Float64Array(CURVE_GRID * CURVE_GRID)];
  ys.forEach((b, j) => {
    xs.forEach((a, i) => {
      const G = evaluate(system, [a, b]);
      for (const k of [0, 1]) values[k]![j * CURVE_GRID + i] = G[k]!;
    });
  });
  return [FIRST_NULLCLINE, SECOND_NULLCLINE].flatMap((style, k) =>
    zeroCurve(values[k]!, xs, ys).map((curve) =>
      polyline(
        simplified(
          curve.map((p) => toPage(area, p)),
          0.15,
        ),
        style,
      ),
    ),
  );
}

function field(system: PiecewiseLinearSystem, area: Area, { x, y }: View): string {
  const cell = area.width / ARROWS;
  const places = Array.from(
    { length: ARROWS * ARROWS },
    (_, at): Point => [
      area.x.invert(((at % ARROWS) + 0.5) * cell),
      area.y.invert((Math.floor(at / ARROWS) + 0.5) * cell),
    ],
  );
  const unit = [area.width / (x.to - x.from), -area.height / (y.to - y.from)];
  const arrows = places.map((z): Point => {
    const G = evaluate(system, z);
    return [G[0]! * unit[0]!, G[1]! * unit[1]!];
  });
  const sizes = arrows.map(([a, b]) => Math.hypot(a, b));
  const middle = [...sizes].sort((a, b) => a - b)[Math.floor(sizes.length / 2)] || 1;
  return arrows
    .map(([a, b], i) => {
      const size = sizes[i]!;
      if (!(size > 0) || !Number.isFinite(size)) return "";
      // a decade is a fifth of the longest arrow
      const length = cell * 0.8 * Math.min(1, Math.max(0.15, 0.6 + 0.2 * Math.log10(size / middle)));
      const [px, py] = toPage(area, places[i]!);
      const [dx, dy] = [(a / size) * (length / 2), (b / size) * (length / 2)];
      return arrow(px - dx, py - dy, px + dx, py + dy);
    })
    .join("");
}

function arrow(x1: number, y1: number, x2: number, y2: number): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const head = Math.min(4, length * 0.45);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const side = (sign: number): string =>
    `${(x2 - head * (ux + sign * 0.5 * uy)).toFixed(1)} ${(y2 - head * (uy - sign * 0.5 * ux)).toFixed(1)}`;
  const d = `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}M${side(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}L${side(-1)}`;
  return element("path", { d, fill: "none", stroke: COLOURS.soft, "stroke-width": 0.8, "stroke-opacity": 0.8 });
}

function orbitPath(orbit: readonly Float64Array[], area: Area, discrete: boolean): string {
  const points = orbit.map((z) => toPage(area, z));
  // a discrete orbit jumps, so its points say more than the lines between them
  const jumps = discrete && points.slice(1).some((p, i) => Math.hypot(p[0] - points[i]![0], p[1] - points[i]![1]) > 25);
  if (!jumps) return polyline(simplified(points, 0.2), ORBIT);
  return dots(points, 1.2, COLOURS.trajectory);
}

interface Direction {
  readonly point: FixedPoint;
  readonly direction: Point;
  readonly unstable: boolean;
}

/** Real eigenvectors at a saddle, and the unstable ones at an unstable point. */
function directionsOf(system: PiecewiseLinearSystem, point: FixedPoint): Direction[] {
  if (point.ties.length > 0 || (point.stability !== "saddle" && point.stability !== "unstable")) return [];
  const decomposition = eigen(rounded(jacobian(system, point.active)), 2);
  if (!decomposition.ok) return [];
  return decomposition.values.flatMap(([re, im], k): Direction[] => {
    if (im !== 0) return [];
    const unstable = system.time === "discrete" ? Math.abs(re) > 1 : re > 0;
    if (!unstable && point.stability !== "saddle") return [];
    return [{ point, direction: [decomposition.right.re[2 * k]!, decomposition.right.re[2 * k + 1]!], unstable }];
  });
}

function directionLine(area: Area, { point: { z }, direction: [dx, dy], unstable }: Direction, length: number): string {
  const [px, py] = toPage(area, z);
  // computed from the direction, because two near places far from the origin are equal in float64
  const [qx, qy] = [(dx * area.width) / (area.x.to - area.x.from), (-dy * area.height) / (area.y.to - area.y.from)];
  const factor = length / Math.hypot(qx, qy);
  const [ux, uy] = [qx * factor, qy * factor];
  return line(px - ux, py - uy, px + ux, py + uy, unstable ? UNSTABLE : STABLE);
}

/** A plane of fixed points: the parts of its regions in view. */
function filled(
  system: PiecewiseLinearSystem,
  regions: readonly (readonly number[])[],
  area: Area,
  view: View,
): string {
  return regions
    .map((active) => {
      let corners = rectangle(view);
      for (const { normal, bound } of regionSides(system, active))
        corners = clipPolygon(corners, normal[0]!, normal[1]!, bound);
      return corners.length === 0
        ? ""
        : polygon(
            corners.map((p) => toPage(area, p)),
            { fill: COLOURS.marginal, "fill-opacity": 0.3 },
          );
    })
    .join("");
}
