import { plural, share } from "../base/words.ts";
import type { SweepGrid } from "../sweep/sweep.ts";
import { coverageNote, inputName } from "./branch-picture.ts";
import { areaWidth, type FigureOptions, type Panel, panel } from "./panel.ts";
import type { Scale } from "./scale.ts";
import { COLOURS, fillEntry, text } from "./style.ts";
import { element, line } from "./svg.ts";

const WIDTH = 420;
const HEIGHT = 340;
const MAX_LEGEND = 10;
/** The size that a strip needs for its number: the width of each digit, a margin, and the height. */
const ROOM_FOR_NUMBER = { digit: 6, margin: 7, height: 10 };

/**
 * The number of fixed points over two inputs: strips, exact along the first input, one for each sample of the second,
 * and the folds between them.
 */
export function countMapPicture({ parameters, rows }: SweepGrid, figure: FigureOptions = {}): Panel {
  const [along, across] = parameters;
  const strips = rows.map((row) => runsOf(row, along));
  const counts = [...new Set(strips.flat().map(({ count }) => count))].sort((a, b) => a - b);
  const shade = (count: number): string => grey(counts.indexOf(count), counts.length);
  const step = (across.to - across.from) / (across.samples - 1);
  return panel(
    {
      title: "Number of fixed points",
      x: along,
      y: { from: across.from - step / 2, to: across.to + step / 2 },
      width: areaWidth(WIDTH, figure),
      height: HEIGHT,
      xLabel: inputName(along.parameter),
      yLabel: inputName(across.parameter),
    },
    ({ x, y }) => {
      const height = Math.abs(y(step) - y(0));
      const middles = strips.map((_, i) => y(across.from + i * step));
      const cells = strips.flatMap((runs, i) =>
        runs.map(({ from, to, count }) =>
          element("rect", {
            x: x(from),
            y: middles[i]! - height / 2,
            width: x(to) - x(from) + 0.2,
            height: height + 0.2,
            fill: shade(count),
          }),
        ),
      );
      const edges = strips.flatMap((runs, i) =>
        runs
          .slice(1)
          .map(({ from }) => line(x(from), middles[i]! - height / 2, x(from), middles[i]! + height / 2, EDGE)),
      );
      const every = Math.max(1, Math.ceil(ROOM_FOR_NUMBER.height / height), Math.round(strips.length / 8));
      const numbers = strips.flatMap((runs, i) =>
        i % every === Math.floor(every / 2) && hasRoom(middles[i]!) ? numbersOf(runs, x, middles[i]!) : [],
      );
      return { inside: [...cells, ...edges, ...numbers].join("") };
    },
    counts.slice(0, MAX_LEGEND).map((count) => fillEntry(`${count}`, { fill: shade(count) })),
    [
      `For ${plural(across.samples, "value")} of ${inputName(across.parameter)}: ${mapNote(rows)}`,
      ...(rows.some(({ continua }) => continua.length > 0) ? ["Points of continua are not counted."] : []),
      ...(counts.length > MAX_LEGEND
        ? [`${plural(counts.length - MAX_LEGEND, "more shade")}, up to ${plural(counts.at(-1)!, "point")}.`]
        : []),
    ],
  );
}

/** A part of a strip with one number of fixed points. */
interface Run {
  readonly from: number;
  to: number;
  readonly count: number;
}

function runsOf({ events, branches }: SweepGrid["rows"][number], along: SweepGrid["parameters"][0]): Run[] {
  const stops = [...new Set([along.from, ...events.map(({ s }) => s), along.to])].sort((a, b) => a - b);
  const runs: Run[] = [];
  stops.slice(1).forEach((to, i) => {
    const s = (stops[i]! + to) / 2;
    const count = branches.filter(({ pieces }) => pieces[0]!.from < s && s < pieces.at(-1)!.to).length;
    const last = runs.at(-1);
    if (last?.count === count) last.to = to;
    else runs.push({ from: stops[i]!, to, count });
  });
  return runs;
}

/** The numbers in the runs of a strip that have room for them. */
function numbersOf(runs: readonly Run[], x: Scale, middle: number): string[] {
  return runs
    .filter(({ from, to, count }) => {
      return x(to) - x(from) >= ROOM_FOR_NUMBER.digit * `${count}`.length + ROOM_FOR_NUMBER.margin;
    })
    .map(({ from, to, count }) =>
      text((x(from) + x(to)) / 2, middle + 3.5, `${count}`, { anchor: "middle", size: 10, halo: true }),
    );
}

/** A note on the completeness of the strips: the worst strip decides. */
function mapNote(rows: SweepGrid["rows"]): string {
  const cut = rows.filter(({ complete }) => !complete);
  const first = cut[0];
  if (first !== undefined) {
    const { incompleteBecause = "no reason given" } = first;
    return `INCOMPLETE, there may be more: ${share(cut.length, rows.length, "strip")} not complete, the first because: ${incompleteBecause}.`;
  }
  return coverageNote(rows.find(({ coverage }) => coverage === "samples") ?? rows[0]!);
}

/** Whether a number at this height is not cut by the frame. */
function hasRoom(y: number): boolean {
  return y >= ROOM_FOR_NUMBER.height / 2 && y <= HEIGHT - ROOM_FOR_NUMBER.height / 2;
}

const EDGE = { stroke: COLOURS.ink, "stroke-width": 0.6 };

/** A grey that is lighter for fewer points. */
function grey(rank: number, of: number): string {
  // small numbers cover most of the map, so they get most of the steps
  const level = of <= 1 ? 250 : Math.round(252 - 150 * (rank / (of - 1)) ** 0.6);
  return `rgb(${level - 22},${level - 8},${level})`;
}
