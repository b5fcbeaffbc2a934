import { figure, type Panel, panel } from "../src/plot/panel.ts";
import { type Extent, extentOf, type Scale } from "../src/plot/scale.ts";
import { COLOURS, type LegendEntry, lineEntry } from "../src/plot/style.ts";
import { type Attributes, element, line, polyline } from "../src/plot/svg.ts";
import { duration, quantity, spread, whole } from "./format.ts";
import {
  type Column,
  type Failure,
  failureList,
  markdownReport,
  markdownTable,
  type Provenance,
  type Section,
} from "./report.ts";
import type { Measurement } from "./tasks.ts";

/** What a series varies. */
export type Variable = "N" | "R" | "models" | "threads";

export interface SeriesPoint {
  readonly x: number;
  readonly measurement: Measurement;
}

/** Measurements that differ in one thing. */
export interface Series {
  readonly name: string;
  readonly variable: Variable;
  readonly points: readonly SeriesPoint[];
}

export interface ScalingReport {
  readonly schema: "stillpoint/bench-scaling@1";
  readonly provenance: Provenance;
  readonly series: readonly Series[];
  readonly failures: readonly Failure[];
}

const VARIABLES: Readonly<Record<Variable, string>> = {
  N: "hyperplanes N",
  R: "dimensions R",
  models: "models in one run",
  threads: "threads",
};

/** With fewer regions than this, what a solve does once shows in the cost of a region. */
const FIT_REGIONS = 30_000;

/** Seconds of one region: the median, and the extremes of the runs. */
function perRegion({ work, seconds }: Measurement): { median: number; least: number; most: number } {
  return { median: seconds.median / work, least: seconds.least / work, most: seconds.most / work };
}

/**
 * The exponent k of cost ∝ x^k, by least squares on logarithms; undefined for fewer than two different x.
 * @throws RangeError for a value that is not positive.
 */
export function powerLaw(points: readonly (readonly [x: number, cost: number])[]): number | undefined {
  if (!points.every(([x, cost]) => x > 0 && cost > 0)) throw new RangeError("a power law needs positive values");
  const logs = points.map(([x, cost]) => [Math.log(x), Math.log(cost)] as const);
  const mean = (k: 0 | 1) => logs.reduce((sum, each) => sum + each[k], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const variance = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return variance === 0 ? undefined : logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / variance;
}

function columns(variable: Variable, first: Measurement | undefined): Column<SeriesPoint>[] {
  return [
    { label: VARIABLES[variable], cell: ({ x }) => whole(x), number: true },
    { label: "regions", cell: ({ measurement }) => whole(measurement.work), number: true },
    { label: "seconds: median (least – most)", cell: ({ measurement }) => spread(measurement.seconds) },
    { label: "a region", cell: ({ measurement }) => duration(perRegion(measurement).median), number: true },
    { label: "regions per second", cell: ({ measurement }) => quantity(measurement.perSecond), number: true },
    ...(variable === "threads" && first !== undefined
      ? [
          {
            label: "speed-up",
            cell: ({ measurement }: SeriesPoint) =>
              `×${(first.seconds.median / measurement.seconds.median).toFixed(2)}`,
            number: true,
          },
        ]
      : []),
    { label: "complete", cell: ({ measurement }) => (measurement.complete ? "yes" : "no: cut off") },
    {
      label: "peak MB",
      cell: ({ measurement: { peakMegabytes } }) => (peakMegabytes === null ? "" : whole(peakMegabytes)),
      number: true,
    },
  ];
}

/** @param picture file name of the picture, beside the report. */
export function scalingMarkdown({ provenance, series, failures }: ScalingReport, picture: string): string {
  const measured = series.filter(({ points }) => points.length > 0);
  const sections: Section[] = measured.map(({ name, variable, points }) => {
    const table = markdownTable(columns(variable, points[0]?.measurement), points);
    const large = points.filter(({ measurement }) => measurement.work >= FIT_REGIONS);
    const exponent = powerLaw(large.map(({ x, measurement }) => [x, perRegion(measurement).median]));
    const fit =
      exponent === undefined || large.length < 3 || variable === "threads"
        ? ""
        : `\n\nFrom ${whole(FIT_REGIONS)} regions on, the cost of a region grows like ${VARIABLES[variable]} to the power ${exponent.toFixed(2)} (least squares on logarithms).`;
    return { title: `${VARIABLES[variable]}: ${name}`, body: `${table}${fit}` };
  });
  if (failures.length > 0) sections.push({ title: "Not measured", body: failureList(failures) });
  return markdownReport("Scaling: the cost of a region", provenance, [
    {
      title: "How",
      body: "The time of a whole solve over its regions: what is done once (reduction of the model, the exact finish) is in it, and shows where there are few regions. All N of R = 2 are measured in one process, a twentieth of a second each in turn, so that a slow moment of the machine meets all of them.",
    },
    { title: "Picture", body: `![the cost of a region against N, R, models and threads](${picture})` },
    ...sections,
  ]);
}

const STYLES: readonly { readonly colour: string; readonly dash: string | undefined }[] = [
  { colour: COLOURS.stable, dash: undefined },
  { colour: COLOURS.saddle, dash: "6 3" },
  { colour: COLOURS.first, dash: "2 2.5" },
  { colour: COLOURS.second, dash: "8 2 2 2" },
];
const WIDTH = 320;
const HEIGHT = 210;

/** One panel for each thing that is varied, both axes logarithmic. @returns a whole SVG document. */
export function scalingPicture({ provenance, series }: ScalingReport): string {
  const { version, runtime, machine, date, adapter } = provenance;
  const used = series.some(({ points }) => points.some(({ measurement }) => measurement.adapter !== null));
  const software = series.some(({ points }) => points.some(({ measurement }) => measurement.software));
  const subtitle = [
    `Stillpoint ${version}, ${runtime}, ${machine.processor}, ${machine.cores} cores, ${date.slice(0, 10)}.`,
    used ? `Adapter: ${adapter}${software ? " (software: no GPU speed)" : ""}.` : "",
    "Median of the runs; bars from the least to the most.",
  ];
  const panels = (["N", "R", "models", "threads"] as const).flatMap((variable) => {
    const shown = series.filter((each) => each.variable === variable && each.points.length > 0);
    return shown.length === 0 ? [] : [picture(variable, shown)];
  });
  const half = Math.ceil(panels.length / 2);
  const placed = [panels.slice(0, half), panels.slice(half)].filter((column) => column.length > 0);
  return figure("The cost of a region", placed, subtitle.filter((part) => part !== "").join(" "));
}

function picture(variable: Variable, series: readonly Series[]): Panel {
  const points = series.flatMap((each) => each.points);
  const x = logExtent(points.map((point) => point.x));
  const y = logExtent(points.flatMap(({ measurement }) => Object.values(perRegion(measurement))));
  const xs = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const legend: LegendEntry[] = series.map(({ name }, i) => lineEntry(name, strokeOf(i)));
  return panel(
    {
      title: `Against ${VARIABLES[variable]}`,
      x,
      y,
      xLabel: VARIABLES[variable],
      yLabel: "time of a region",
      width: WIDTH,
      height: HEIGHT,
      grid: true,
      xTicks: xs.map((at) => ({ at: Math.log10(at), label: whole(at) })),
      yTicks: decadeTicks(y).map((at) => ({ at: Math.log10(at), label: duration(at) })),
    },
    (area) => ({ inside: series.map((each, i) => curve(each, i, area.x, area.y)).join("") }),
    legend,
  );
}

function strokeOf(i: number): Attributes {
  const { colour, dash } = STYLES[i % STYLES.length]!;
  return { stroke: colour, "stroke-width": 1.6, "stroke-dasharray": dash };
}

function curve({ points }: Series, i: number, x: Scale, y: Scale): string {
  const { colour } = STYLES[i % STYLES.length]!;
  const at = (point: SeriesPoint) => x(Math.log10(point.x));
  const heights = points.map(({ measurement }) => {
    const { median, least, most } = perRegion(measurement);
    return { median: y(Math.log10(median)), least: y(Math.log10(least)), most: y(Math.log10(most)) };
  });
  return [
    polyline(
      points.map((point, k) => [at(point), heights[k]!.median]),
      strokeOf(i),
    ),
    ...points.map((point, k) => line(at(point), heights[k]!.least, at(point), heights[k]!.most, { stroke: colour })),
    ...points.map((point, k) => element("circle", { cx: at(point), cy: heights[k]!.median, r: 3, fill: colour })),
  ].join("");
}

/** Of positive values, in powers of ten, with room at both ends. */
function logExtent(values: readonly number[]): Extent {
  const { from, to } = extentOf(values.map(Math.log10)) ?? { from: 0, to: 0 };
  const room = Math.max(0.05, 0.08 * (to - from));
  return { from: from - room, to: to + room };
}

/** 1, 2 and 5 times powers of ten within an extent given in powers of ten; powers alone where there would be many. */
export function decadeTicks({ from, to }: Extent): number[] {
  const steps = to - from > 3 ? [1] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(from); power <= Math.ceil(to); power++) {
    for (const step of steps) {
      const value = Number(`${step}e${power}`);
      if (Math.log10(value) >= from && Math.log10(value) <= to) found.push(value);
    }
  }
  return found;
}
