import { largestOf } from "../base/largest.ts";
import type { FixedPoint } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import type { BranchOptions } from "./branch-picture.ts";
import { areaHeight, areaWidth, type Panel, panel } from "./panel.ts";
import { checkCoordinate, subscript } from "./projection.ts";
import { type Extent, padded } from "./scale.ts";
import { COLOURS, entry, lineEntry, marker } from "./style.ts";
import { element, polyline } from "./svg.ts";
import { stabilityEntries } from "./words.ts";

const WIDTH = 560;
const HEIGHT = 320;
const MAX_LABELS = 14;
/** The view leaves out the outer tenth of the points if they would make it this many times as high. */
const FAR = 4;
const INNER = 0.05;

/**
 * Fixed points over the checkpoints of a training run: tracks by the rule of `compareCheckpoints`, appearances and
 * losses marked.
 */
export function checkpointPicture(training: Checkpoints, options: BranchOptions = {}): Panel {
  const { checkpoints, tracks } = training;
  checkCoordinate(options.coordinate, checkpoints[0]?.model.latentDim ?? 1);
  const k = options.coordinate ?? liveliest(checkpoints.map(({ fixedPoints }) => fixedPoints));
  const last = checkpoints.length - 1;
  const all = checkpoints.flatMap(({ fixedPoints }) => fixedPoints);
  const values = all.map(({ z }) => z[k]!);
  const y = padded(viewOf(values), 0.1);
  const outside = values.filter((value) => value < y.from || value > y.to).length;
  const every = Math.max(1, Math.ceil(checkpoints.length / MAX_LABELS));
  const crowd = largestOf(checkpoints, ({ fixedPoints }) => fixedPoints.length, Math.max(1, checkpoints.length));
  const size = Math.min(4.5, Math.max(2, 120 / crowd));
  const born = tracks.filter(({ first }) => first > 0);
  const lost = tracks.filter(({ first, points }) => first + points.length - 1 < last);
  const width = areaWidth(WIDTH, options);
  return panel(
    {
      title: "Fixed points over checkpoints",
      x: { from: -0.4, to: last + 0.4 },
      y,
      width,
      height: areaHeight(HEIGHT, width / WIDTH),
      xLabel: "checkpoint",
      yLabel: `z${subscript(k)}*`,
      grid: true,
      xTicks: checkpoints.flatMap((_, i) => (i % every === 0 ? [{ at: i, label: `${i}` }] : [])),
    },
    (area) => {
      const at = (checkpoint: number, index: number): [x: number, y: number] => [
        area.x(checkpoint),
        area.y(checkpoints[checkpoint]!.fixedPoints[index]!.z[k]!),
      ];
      return {
        inside: [
          ...tracks.map(({ first, points }) =>
            polyline(
              points.map((index, i) => at(first + i, index)),
              TRACK,
            ),
          ),
          ...born.map(({ first, points }) => ring(...at(first, points[0]!), 1.7 * size)),
          ...lost.map(({ first, points }) => cross(...at(first + points.length - 1, points.at(-1)!), 1.7 * size)),
          ...checkpoints.flatMap(({ fixedPoints }, i) =>
            fixedPoints.map(({ stability }, index) => marker(stability, ...at(i, index), size)),
          ),
        ].join(""),
      };
    },
    [
      lineEntry("persists", TRACK),
      ...entry(born.length > 0, "appears", (x, y) => ring(x, y, 6)),
      ...entry(lost.length > 0, "last seen", (x, y) => cross(x, y, 6)),
      ...stabilityEntries(all),
    ],
    notesOf(training, outside),
  );
}

function notesOf({ checkpoints, tracks, complete, incompleteBecause, rule }: Checkpoints, outside: number): string[] {
  const continua = checkpoints.reduce((sum, each) => sum + each.continua.length, 0);
  return [
    complete
      ? "All fixed points of every checkpoint."
      : `INCOMPLETE, there may be more: ${incompleteBecause ?? "no reason given"}.`,
    ...(continua > 0 ? [`${plural(continua, "continuum", "continua")} of fixed points not drawn.`] : []),
    `Matched by rule, not proved: ${rule}.`,
    `${plural(tracks.length, "track")} over ${plural(checkpoints.length, "checkpoint")}.`,
    ...(outside > 0 ? [`${plural(outside, "point")} outside the view.`] : []),
  ];
}

const TRACK = { stroke: COLOURS.soft, "stroke-width": 1.2 };

function ring(x: number, y: number, r: number): string {
  return element("circle", { cx: x, cy: y, r, fill: "none", stroke: COLOURS.ink, "stroke-width": 1.1 });
}

function cross(x: number, y: number, r: number): string {
  const d = `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`;
  return element("path", {
    d,
    transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
    stroke: COLOURS.ink,
    "stroke-width": 1.1,
  });
}

/** The extent of all values, or of the inner values if the outer ones are far away. */
function viewOf(values: readonly number[]): Extent {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return { from: -1, to: 1 };
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  const inner = { from: at(INNER), to: at(1 - INNER) };
  const all = { from: sorted[0]!, to: sorted.at(-1)! };
  const height = inner.to - inner.from;
  return height > 0 && all.to - all.from > FAR * height ? padded(inner, 0.2) : all;
}

/** The coordinate that varies most, far points left aside. */
function liveliest(lists: readonly (readonly FixedPoint[])[]): number {
  const points = lists.flat();
  const heights = (points[0]?.z ?? []).map((_, k) => {
    const { from, to } = viewOf(points.map(({ z }) => z[k]!));
    return to - from;
  });
  return Math.max(0, heights.indexOf(Math.max(...heights)));
}
