import { largestOf } from "../base/largest.ts";
import type { FixedPoint, Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { rounded } from "../exact/matrix.ts";
import { eigen } from "../float/eigen.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { jacobian } from "../stability/linearisation.ts";
import { continuumSpans } from "./continua.ts";
import { CyclePaths, type DrawnCycles } from "./cycles.ts";
import { diameter, diverges, startingPoints, trajectory } from "./dynamics.ts";
import { hasEqualUnits, type Point, simplified, type View } from "./geometry.ts";
import { type Area, areaWidth, type Drawing, type FigureOptions, type Panel, panel } from "./panel.ts";
import { type Axis, COMPONENT, coordinateAxes, principalAxes, project, turnedAxes } from "./projection.ts";
import { type Extent, extentOf, padded } from "./scale.ts";
import { COLOURS, type LegendEntry, lineEntry, type Mark } from "./style.ts";
import { dots, line, polyline } from "./svg.ts";
import { drawMarks, stabilityEntries } from "./words.ts";

const SIZE = 420;
const RUNS = 6;
const STEPS = 400;
/** Products of all runs at most, about half a second: in hundreds of dimensions there are fewer runs, or none. */
const MOST_PRODUCTS = 3e8;
/** Evaluations of a step of a flow (Runge and Kutta). */
const EVALUATIONS = 4;
const MODE_LENGTH = 30;
/** The largest number of unstable modes that are drawn at one point. */
const MAX_MODES = 3;
/** The largest number of points whose unstable modes are drawn: the modes of more points would hide each other. */
const MAX_POINTS_WITH_MODES = 40;
const MAX_ASPECT = 6;
/** From this number of fixed points on, the part where most of them lie may be shown enlarged … */
const MANY_POINTS = 8;
const OUTER = 0.15;
/** … if half of its width is less than this share of the width of all. */
const CROWDED = 0.2;

/** Two orthonormal directions of the latent space, each of length R. */
export interface Turned {
  readonly across: readonly number[];
  readonly up: readonly number[];
}

/** The part of the state space that a picture shows, and the direction of view. */
export interface ProjectionOptions {
  /**
   * Two latent coordinates to show; or "pca" (default): the two directions of largest variance of runs of the network;
   * or any two directions, of which the picture has the same scale for all pairs.
   */
  readonly plane?: readonly [number, number] | "pca" | Turned | undefined;
  /**
   * The part of the state space to show, in the units of the axes (R = 1: only `x`); by default a part that holds
   * everything.
   */
  readonly view?: View | undefined;
  /**
   * Cycles to draw as closed polygons; not in one dimension. Of a whole result of `findCycles` it is said, too, whether
   * it is complete.
   */
  readonly cycles?: DrawnCycles | undefined;
}

/** The projection, and enlarged the part where most fixed points lie, if that part is small. */
export function projectionPictures(
  model: Model,
  result: Result,
  options: ProjectionOptions & FigureOptions = {},
): Panel[] {
  const close = options.view === undefined ? closeView(model, result, options) : undefined;
  return [
    projectionPicture(model, result, options),
    ...(close === undefined ? [] : [projectionPicture(model, result, { ...options, view: close }, ", enlarged")]),
  ];
}

/** A square round the middle fixed points if they lie close together; undefined if they do not. */
function closeView(model: Model, result: Result, options: ProjectionOptions): View | undefined {
  const { fixedPoints } = result;
  if (fixedPoints.length < MANY_POINTS) return undefined;
  const axes = projectionAxes(model, result, options);
  const middle = axes.map((axis) => {
    const sorted = fixedPoints.map(({ z }) => project(z, axis)).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
    return { all: { from: sorted[0]!, to: sorted.at(-1)! }, most: { from: at(OUTER), to: at(1 - OUTER) } };
  });
  const size = ({ from, to }: Extent): number => to - from;
  const half = 0.6 * Math.max(...middle.map(({ most }) => size(most)));
  if (half === 0 || half > CROWDED * Math.max(...middle.map(({ all }) => size(all)))) return undefined;
  const about = ({ from, to }: Extent): Extent => ({ from: (from + to) / 2 - half, to: (from + to) / 2 + half });
  const [x, y] = middle.map(({ most }) => about(most)) as [Extent, Extent];
  return { x, y };
}

/**
 * A network of three or more latent dimensions, projected on a plane: runs, fixed points, their unstable modes,
 * continua.
 * @param suffix text to add to the title.
 */
export function projectionPicture(
  { system }: Model,
  result: Result,
  options: ProjectionOptions & FigureOptions = {},
  suffix = "",
): Panel {
  const { fixedPoints } = result;
  const { plane = "pca" } = options;
  const runs = runsOf(system, fixedPoints);
  const reach = 2 * largestOf(fixedPoints, ({ z }) => Math.max(...z.map(Math.abs)), 1);
  const spans = result.continua.flatMap((continuum) => continuumSpans(system, continuum, reach));
  const moving = movingOf(runs);
  const cycles = new CyclePaths(options.cycles);
  const axes = axesOf(system, fixedPoints, moving, plane);
  const flat = (z: ArrayLike<number>): Point => [project(z, axes[0]), project(z, axes[1])];
  const all = [...fixedPoints.map(({ z }) => z), ...cycles.places, ...moving.flat(), ...spans.flat()];
  const { x, y, equal } = viewOf(isTurned(plane) ? ballOf(all, axes) : all.map(flat), options.view);
  const modes =
    fixedPoints.length > MAX_POINTS_WITH_MODES ? [] : fixedPoints.flatMap((point) => unstableModes(system, point));
  const discrete = system.time === "discrete";
  const size = areaWidth(SIZE, options);
  const title = `${titleOf(plane, axes)}${suffix}`;

  const draw = (area: Area): Drawing => {
    const at = (z: ArrayLike<number>): Point => onPage(area, flat(z));
    const inView = fixedPoints.map(({ z, stability }) => ({ stability, at: at(z) })).filter((mark) => isOn(area, mark));
    const outside = fixedPoints.length - inView.length;
    const marks = drawMarks(inView);
    const paths = moving.map((each) => each.map(at));
    return {
      inside: [
        ...paths.map(discrete && jumps(paths) ? steps : (path: Point[]) => polyline(simplified(path, 0.2), RUN)),
        ...spans.map(([from, to]) => polyline([at(from), at(to)], CONTINUUM)),
        cycles.draw(at),
        ...modes.map((mode) => modeLine(mode, at, Math.max(area.x(1) - area.x(0), area.y(0) - area.y(1)))),
        marks.body,
      ].join(""),
      notes: [...(outside > 0 ? [`${plural(outside, "fixed point")} outside the view.`] : []), ...marks.notes],
    };
  };
  return panel(
    { title, x, y, equal, width: size, height: size, xLabel: axes[0].label, yLabel: axes[1].label },
    draw,
    [
      ...(moving.length > 0 ? [runEntry(discrete)] : []),
      ...(modes.length > 0 ? [lineEntry("unstable mode", MODE)] : []),
      ...(spans.length > 0 ? [lineEntry("continuum of fixed points", CONTINUUM)] : []),
      ...cycles.legend,
      ...stabilityEntries(fixedPoints),
    ],
    [
      ...cycles.notes,
      `${system.latentDim} dimensions seen along two: what meets here need not meet. Hyperplanes are not drawn.`,
      ...modeNotes(modes.length, fixedPoints.length),
      ...(runs.length < RUNS ? [`${plural(RUNS - runs.length, "run")} of ${RUNS} left every bound.`] : []),
      ...(equal ? [] : ["The axes have different units of length."]),
    ],
  );
}

function onPage({ x, y }: Area, [first, second]: Point): Point {
  return [x(first), y(second)];
}

function modeNotes(modes: number, points: number): string[] {
  if (points > MAX_POINTS_WITH_MODES)
    return [`Unstable modes are left out: ${plural(points, "fixed point")} are too many.`];
  return modes > 0
    ? ["A mode that is drawn short points out of the plane; of a complex pair both parts are drawn."]
    : [];
}

/** The extents of a view, by default of all places with a margin, and whether they are near enough for equal units. */
function viewOf(places: readonly Point[], view: ProjectionOptions["view"]): { x: Extent; y: Extent; equal: boolean } {
  const around = (values: readonly number[]): Extent => padded(extentOf(values) ?? { from: -1, to: 1 }, 0.1);
  const x = view?.x ?? around(places.map(([first]) => first));
  const y = view?.y ?? around(places.map(([, second]) => second));
  return { x, y, equal: hasEqualUnits({ x, y }, MAX_ASPECT) };
}

function isOn({ width, height }: Area, { at: [x, y] }: Mark): boolean {
  return x >= 0 && x <= width && y >= 0 && y <= height;
}

/** The two axes of `projectionPicture`. @throws OptionError for a coordinate that is not there. */
export function projectionAxes(
  { system }: Model,
  { fixedPoints }: Result,
  { plane = "pca" }: ProjectionOptions = {},
): readonly [Axis, Axis] {
  return axesOf(system, fixedPoints, plane === "pca" ? movingOf(runsOf(system, fixedPoints)) : [], plane);
}

function axesOf(
  { latentDim }: PiecewiseLinearSystem,
  fixedPoints: readonly FixedPoint[],
  moving: readonly Float64Array[][],
  plane: NonNullable<ProjectionOptions["plane"]>,
): [Axis, Axis] {
  if (isTurned(plane)) return turnedAxes(plane, middleOf(fixedPoints, latentDim));
  if (plane !== "pca") return coordinateAxes(plane, latentDim);
  const run = moving.flat();
  return principalAxes(run.length > 0 ? run : fixedPoints.map(({ z }) => z), latentDim);
}

type Plane = NonNullable<ProjectionOptions["plane"]>;

function isTurned(plane: Plane): plane is Turned {
  return typeof plane === "object" && "across" in plane;
}

function titleOf(plane: Plane, axes: readonly [Axis, Axis]): string {
  if (isTurned(plane)) return "Projection, turned by hand";
  // a single point, from which all runs leave, has no components
  const hasComponents = plane === "pca" && axes.every(({ label }) => label.startsWith(COMPONENT));
  return hasComponents ? "Projection on principal components" : "Projection on two coordinates";
}

function middleOf(fixedPoints: readonly FixedPoint[], R: number): number[] {
  const sum = (k: number): number => fixedPoints.reduce((total, { z }) => total + z[k]!, 0);
  return Array.from({ length: R }, (_, k) => (fixedPoints.length === 0 ? 0 : sum(k) / fixedPoints.length));
}

/** Two corners of a square that holds the states however they are turned about the axes' origin. */
function ballOf(states: readonly ArrayLike<number>[], [{ origin }]: readonly [Axis, Axis]): Point[] {
  const radius = states.reduce((most, z) => Math.max(most, Math.hypot(...origin.map((x, k) => z[k]! - x))), 0) || 1;
  return [
    [-radius, -radius],
    [radius, radius],
  ];
}

/** The runs that still move at their end. */
function movingOf(runs: readonly Float64Array[][]): Float64Array[][] {
  return runs.filter((run) => diameter(run.slice(STEPS)) > 0);
}

interface UnstableMode {
  readonly z: readonly number[];
  readonly direction: readonly number[];
}

/** @param unit the length on the page of a vector of length 1 in the plane. */
function modeLine({ z, direction }: UnstableMode, at: (z: ArrayLike<number>) => Point, unit: number): string {
  const length = Math.sqrt(direction.reduce((sum, v) => sum + v * v, 0));
  const scale = MODE_LENGTH / (unit * length);
  const end = (sign: number): Point => at(z.map((value, k) => value + sign * scale * direction[k]!));
  return line(...end(-1), ...end(1), MODE);
}

const RUN = { stroke: COLOURS.trajectory, "stroke-width": 0.9, "stroke-opacity": 0.55 };
const MODE = { stroke: COLOURS.ink, "stroke-width": 1.5 };
const CONTINUUM = { stroke: COLOURS.marginal, "stroke-width": 5, "stroke-linecap": "round", "stroke-opacity": 0.75 };

function steps(path: readonly Point[]): string {
  return dots(path, 1, COLOURS.trajectory, 0.6);
}

/**
 * Runs from a box round the fixed points, without those that leave every bound: one of these would be all that the
 * picture shows.
 */
function runsOf(system: PiecewiseLinearSystem, fixedPoints: readonly FixedPoint[]): Float64Array[][] {
  const { latentDim: R, hyperplanes: N, time } = system;
  const products = 2 * STEPS * R * (R + 2 * N) * (time === "discrete" ? 1 : EVALUATIONS);
  const boxes = Array.from({ length: R }, (_, k) =>
    padded(extentOf(fixedPoints.map(({ z }) => z[k]!)) ?? { from: -1, to: 1 }, 0.2),
  );
  const starts = startingPoints(
    boxes.map(({ from, to }) => (from + to) / 2),
    boxes.map(({ from, to }) => (to - from) / 2),
    Math.min(RUNS, Math.floor(MOST_PRODUCTS / products)),
  );
  return starts
    .map((start) => trajectory(system, start, 2 * STEPS))
    .filter((run) => run !== undefined)
    .filter((run) => !diverges(run));
}

/** Whether steps are so long on the page that lines between the states would mean nothing. */
function jumps(paths: readonly (readonly Point[])[]): boolean {
  const lengths = paths.flatMap((path) =>
    path.slice(1).map((p, i) => Math.hypot(p[0] - path[i]![0], p[1] - path[i]![1])),
  );
  return (lengths.sort((a, b) => a - b)[Math.floor(lengths.length * 0.9)] ?? 0) > 40;
}

function runEntry(discrete: boolean): LegendEntry {
  const entry = lineEntry(discrete ? "runs, step by step" : "runs", RUN);
  const sample = (x: number, y: number): string => entry.sample(x, y) + steps([-8, 0, 8].map((dx) => [x + dx, y]));
  return discrete ? { ...entry, sample } : entry;
}

function unstableModes(system: PiecewiseLinearSystem, point: FixedPoint): UnstableMode[] {
  if (point.ties.length > 0 || (point.stability !== "saddle" && point.stability !== "unstable")) return [];
  const R = system.latentDim;
  const decomposition = eigen(rounded(jacobian(system, point.active)), R);
  if (!decomposition.ok) return [];
  const { values, right } = decomposition;
  const part = (rows: Float64Array, k: number): number[] => Array.from(rows.subarray(k * R, k * R + R));
  return values
    .flatMap(([re, im], k) => {
      const growth = system.time === "discrete" ? Math.hypot(re, im) - 1 : re;
      if (growth <= 0 || im < 0) return [];
      const directions = im === 0 ? [part(right.re, k)] : [part(right.re, k), part(right.im, k)];
      return directions.map((direction) => ({ z: point.z, direction, growth }));
    })
    .sort((a, b) => b.growth - a.growth)
    .slice(0, MAX_MODES);
}
