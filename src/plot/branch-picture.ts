import { largestOf } from "../base/largest.ts";
import type { Stability } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { Branch, Sweep, SweepEvent } from "../sweep/result.ts";
import { changeMark, crossingMark, foldMark, isChange, otherMark } from "./branch-marks.ts";
import { CycleBranchLines, periodStyle } from "./cycle-branches.ts";
import { areaHeight, areaWidth, type FigureOptions, type Panel, panel } from "./panel.ts";
import { checkCoordinate, subscript } from "./projection.ts";
import { extentOf, number, padded, ticks } from "./scale.ts";
import { COLOURS, entry, type LegendEntry, lineEntry, STABILITIES, STABILITY_STYLE } from "./style.ts";
import { type Attributes, line, polyline } from "./svg.ts";

const WIDTH = 560;
const HEIGHT = 320;
const COUNT_HEIGHT = 90;
const MAX_CROSSINGS = 80;
/** Above this number of folds the marks are smaller. */
const MANY = 20;
/** Above this number of meetings, or of changes of stability, marks would hide the lines and are left out. */
const MAX_MEETINGS = 150;
const MAX_CHANGES = 60;

/** Options of a picture of branches. */
export interface BranchOptions extends FigureOptions {
  /** The latent coordinate on the vertical axis; by default the one that varies most. */
  readonly coordinate?: number | undefined;
}

/**
 * The branches of a sweep over s, by stability, with folds and crossings marked, and below them the number of fixed
 * points. Branches of cycles are further curves, one for each point, a colour for each period; their number is below.
 * @throws OptionError for a coordinate that the model does not have.
 */
export function branchPictures(sweep: Sweep, options: BranchOptions = {}): Panel[] {
  checkCoordinate(options.coordinate, sweep.model.latentDim);
  return [
    bifurcationPicture(sweep, options),
    countPicture(sweep, options),
    ...(sweep.cycles === undefined ? [] : [cyclesCountPicture(sweep, options)]),
  ];
}

function bifurcationPicture(sweep: Sweep, { coordinate: k = liveliest(sweep), ...figure }: BranchOptions): Panel {
  const { parameter, branches, events, continua } = sweep;
  const cycles = new CycleBranchLines(sweep.cycles, k);
  const marks = marksOf(events);
  const width = areaWidth(WIDTH, figure);
  return panel(
    {
      title: "Branches",
      x: { from: parameter.from, to: parameter.to },
      y: padded(extentOf([...valuesOf(sweep, k), ...events.map(({ z }) => z[k]!)]) ?? { from: -1, to: 1 }, 0.08),
      width,
      height: areaHeight(HEIGHT, width / WIDTH),
      xLabel: inputName(parameter.parameter),
      yLabel: `z${subscript(k)}*`,
      grid: true,
    },
    (area) => {
      const at = ({ s, z }: SweepEvent): [number, number] => [area.x(s), area.y(z[k]!)];
      return {
        inside: [
          ...continua.filter(isVertical).map(({ from }) => line(area.x(from), 0, area.x(from), area.height, CONTINUUM)),
          cycles.draw((s, value) => [area.x(s), area.y(value)]),
          ...branches.flatMap((branch) =>
            runsOf(branch).map(({ stability, points }) =>
              polyline(
                points.map(([s, z]) => [area.x(s), area.y(z[k]!)] as const),
                branchStyle(stability),
              ),
            ),
          ),
          ...marks.quiet.map((event) => crossingMark(...at(event))),
          ...marks.changes.map((event) => changeMark(...at(event))),
          ...marks.meetings.map((event) =>
            event.kind === "fold"
              ? foldMark(...at(event), event.before.length > 0, marks.meetings.length > MANY ? 0.65 : 1)
              : otherMark(...at(event)),
          ),
        ].join(""),
      };
    },
    branchLegend(sweep, marks, cycles),
    branchNotes(sweep, marks, cycles),
  );
}

function isVertical({ from, to }: Sweep["continua"][number]): boolean {
  return from === to;
}

/** The events that are marked, and what is said of the others. */
interface Marks {
  readonly changes: readonly SweepEvent[];
  readonly quiet: readonly SweepEvent[];
  readonly meetings: readonly SweepEvent[];
  readonly notes: readonly string[];
}

function marksOf(events: readonly SweepEvent[]): Marks {
  const notes: string[] = [];
  const few = (list: readonly SweepEvent[], most: number, note: (count: number) => string): readonly SweepEvent[] => {
    if (list.length <= most) return list;
    notes.push(`${note(list.length)} not marked.`);
    return [];
  };
  const crossings = events.filter(({ kind }) => kind === "crossing");
  const others = events.filter(({ kind }) => kind !== "crossing");
  const meetings = few(others, MAX_MEETINGS, (n) => `${plural(n, "place")} where branches begin, end or meet`);
  const changes = few(
    crossings.filter(isChange),
    MAX_CHANGES,
    (n) => `${plural(n, "change")} of stability at a hyperplane`,
  );
  const quiet = few(
    crossings.filter((event) => !isChange(event)),
    MAX_CROSSINGS,
    (n) => `${plural(n, "crossing")} without change of stability`,
  );
  return { changes, quiet, meetings, notes };
}

function branchLegend({ branches, continua }: Sweep, marks: Marks, cycles: CycleBranchLines): LegendEntry[] {
  const isMarked = (test: (event: Omit<SweepEvent, "z" | "hyperplanes">) => boolean): boolean =>
    marks.meetings.some(test) || cycles.marks(test);
  const classes = STABILITIES.filter((stability) =>
    branches.some(({ pieces }) => pieces.some((piece) => piece.stability === stability)),
  );
  return [
    ...classes.map((stability) => lineEntry(stability, branchStyle(stability))),
    ...cycles.legend,
    ...entry(
      isMarked(({ kind, after }) => kind === "fold" && after.length > 0),
      "fold: two appear",
      (x, y) => foldMark(x, y, false),
    ),
    ...entry(
      isMarked(({ kind, before }) => kind === "fold" && before.length > 0),
      "fold: two vanish",
      (x, y) => foldMark(x, y, true),
    ),
    ...entry(
      marks.changes.length > 0 || cycles.marks(({ kind }) => kind === "crossing"),
      "stability changes at a hyperplane",
      changeMark,
    ),
    ...entry(marks.quiet.length > 0, "hyperplane crossed", crossingMark),
    ...entry(
      isMarked(({ kind }) => kind !== "fold" && kind !== "crossing"),
      cycles.marks(() => true) ? "other meeting, change of period" : "other meeting",
      otherMark,
    ),
    ...(continua.length > 0 ? [lineEntry("continuum", CONTINUUM)] : []),
  ];
}

function branchNotes(sweep: Sweep, marks: Marks, cycles: CycleBranchLines): string[] {
  const { continua, parameter, model } = sweep;
  const notDrawn = continua.filter((continuum) => !isVertical(continuum)).length;
  return [
    coverageNote(sweep),
    ...cycles.notes,
    ...marks.notes,
    ...(notDrawn > 0
      ? [
          `${plural(notDrawn, "continuum", "continua")} over an interval of ${inputName(parameter.parameter)} not drawn.`,
        ]
      : []),
    ...(model.latentDim > 1 ? [`One of ${model.latentDim} coordinates: lines that meet here need not meet.`] : []),
  ];
}

/** The number of fixed points, and of stable ones, as exact steps. */
function countPicture(sweep: Sweep, figure: FigureOptions): Panel {
  const pieces = sweep.branches.flatMap((branch) => branch.pieces);
  return stepsPanel(
    "Number of fixed points",
    sweep,
    [
      { label: "all", style: ALL, pieces },
      { label: "stable", style: STABLE, pieces: pieces.filter(({ stability }) => stability === "stable") },
    ],
    [
      ...(sweep.complete ? [] : ["INCOMPLETE: of the branches found, and there may be more."]),
      ...(sweep.continua.length > 0 ? ["Points of continua are not counted."] : []),
    ],
    figure,
  );
}

/** The number of cycles of each period, as exact steps. */
function cyclesCountPicture(sweep: Sweep, figure: FigureOptions): Panel {
  const { cycles = [] } = sweep;
  const isSampled = cycles.some(({ coverage, complete }) => !complete || coverage === "samples");
  return stepsPanel(
    "Number of cycles",
    sweep,
    cycles.map(({ period, branches }) => ({
      label: `period ${period}`,
      style: periodStyle(period, true),
      pieces: branches.flatMap((branch) => branch.pieces),
    })),
    [
      ...(isSampled ? ["Of the branches found, and there may be more."] : []),
      ...(cycles.some(({ continua }) => continua.length > 0) ? ["Cycles of continua are not counted."] : []),
    ],
    figure,
  );
}

/** What one line of steps counts. */
interface Steps {
  readonly label: string;
  readonly style: Attributes;
  readonly pieces: readonly { readonly from: number; readonly to: number }[];
}

function stepsPanel(
  title: string,
  { parameter }: Sweep,
  lines: readonly Steps[],
  notes: readonly string[],
  figure: FigureOptions,
): Panel {
  const counted = lines.map(({ pieces }) => {
    const ends = pieces.flatMap(({ from, to }) => [from, to]);
    const stops = [...new Set([parameter.from, ...ends, parameter.to])].sort((a, b) => a - b);
    return stops.slice(1).flatMap((to, i) => {
      const s = (stops[i]! + to) / 2;
      const alive = pieces.filter((piece) => piece.from < s && s < piece.to).length;
      return [[stops[i]!, alive] as const, [to, alive] as const];
    });
  });
  const most = largestOf(counted.flat(), ([, n]) => n, 1);
  return panel(
    {
      title,
      x: { from: parameter.from, to: parameter.to },
      y: { from: -0.08 * most, to: 1.12 * most },
      width: areaWidth(WIDTH, figure),
      height: COUNT_HEIGHT,
      xLabel: inputName(parameter.parameter),
      yLabel: "",
      yTicks: ticks(0, most, 4)
        .filter(Number.isInteger)
        .map((at) => ({ at, label: `${at}` })),
      grid: true,
    },
    ({ x, y }) => ({
      inside: counted
        .map((points, i) =>
          polyline(
            points.map(([s, n]) => [x(s), y(n)] as const),
            lines[i]!.style,
          ),
        )
        .join(""),
    }),
    lines.map(({ label, style }) => lineEntry(label, style)),
    notes,
  );
}

const ALL = { stroke: COLOURS.ink, "stroke-width": 1.4 };
const STABLE = { stroke: COLOURS.stable, "stroke-width": 2.2, "stroke-dasharray": "5 2" };
const CONTINUUM = { stroke: COLOURS.marginal, "stroke-width": 4, "stroke-opacity": 0.5 };

export function inputName(parameter: string): string {
  const index = /^s(\d+)$/.exec(parameter)?.[1];
  return index === undefined ? parameter : `s${subscript(Number(index))}`;
}

export function coverageNote({
  complete,
  coverage,
  incompleteBecause,
}: Pick<Sweep, "complete" | "coverage" | "incompleteBecause">): string {
  if (!complete) return `INCOMPLETE, there may be more: ${incompleteBecause ?? "no reason given"}.`;
  return coverage === "range"
    ? "Exact over the whole range: all branches are here."
    : "All fixed points at the samples, their branches followed exactly; one between two samples would not be seen.";
}

function branchStyle(stability: Stability): Readonly<Record<string, string | number | undefined>> {
  const { colour, dash } = STABILITY_STYLE[stability];
  return { stroke: colour, "stroke-width": stability === "stable" ? 2.4 : 1.5, "stroke-dasharray": dash };
}

/** Consecutive pieces of one stability as one line. */
function runsOf({ pieces }: Branch): { stability: Stability; points: [number, readonly number[]][] }[] {
  const runs: { stability: Stability; points: [number, readonly number[]][] }[] = [];
  for (const { stability, from, to, zFrom, zTo } of pieces) {
    const last = runs.at(-1);
    if (last?.stability === stability) last.points.push([to, zTo]);
    else
      runs.push({
        stability,
        points: [
          [from, zFrom],
          [to, zTo],
        ],
      });
  }
  return runs;
}

/** The values of a coordinate at the ends of all pieces of branches, and on branches of cycles. */
function valuesOf({ branches, cycles }: Sweep, k: number): number[] {
  const pieces = branches.flatMap((branch) => branch.pieces);
  return [...pieces.flatMap(({ zFrom, zTo }) => [zFrom[k]!, zTo[k]!]), ...new CycleBranchLines(cycles, k).values];
}

/** The coordinate that varies most over all branches. */
function liveliest(sweep: Sweep): number {
  let best = 0;
  let widest = -1;
  for (let k = 0; k < sweep.model.latentDim; k++) {
    const extent = extentOf(valuesOf(sweep, k));
    const width = extent === undefined ? 0 : extent.to - extent.from;
    if (width > widest) [best, widest] = [k, width];
  }
  return best;
}

/** What a sweep found, in words, for a figure's subtitle. */
export function sweepSubtitle({ branches, events, parameter, cycles = [] }: Sweep): string {
  const folds = events.filter(({ kind }) => kind === "fold").length;
  return `${inputName(parameter.parameter)} from ${number(parameter.from)} to ${number(parameter.to)}: ${plural(branches.length, "branch", "branches")}, ${plural(folds, "fold")}${cycles.map((each) => `, ${plural(each.branches.length, "branch", "branches")} of ${each.period}-cycles`).join("")}`;
}
