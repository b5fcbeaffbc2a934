import type { ComplexPair, FixedPoint, Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { modulus } from "../float/complex.ts";
import type { Time } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { areaWidth, type FigureOptions, type Panel, panel } from "./panel.ts";
import { type Extent, extentOf, number } from "./scale.ts";
import { COLOURS, fillEntry, type LegendEntry, lineEntry } from "./style.ts";
import { element, line } from "./svg.ts";
import { drawMarks, stabilityEntries } from "./words.ts";

const SIZE = 300;
/** An eigenvalue that is this many times further out than the others (or the unit circle) is not shown. */
const FAR = 6;
const MAX_POINTS = 200;

/** If the eigenvalues lie in a square smaller than this share of the picture, a second panel shows them enlarged. */
const CROWDED = 0.2;

interface Eigenvalue {
  readonly value: ComplexPair;
  readonly point: FixedPoint;
}

/**
 * The eigenvalues of the linearisations at all fixed points, each marked by its point's stability, with the unit circle
 * (the imaginary axis).
 */
export function eigenvaluePictures({ system }: Model, { fixedPoints }: Result, figure: FigureOptions = {}): Panel[] {
  const size = areaWidth(SIZE, figure);
  const { time } = system;
  const discrete = time === "discrete";
  const shown = fixedPoints.slice(0, MAX_POINTS);
  const values = shown.flatMap((point) => point.eigenvalues.map((value) => ({ value, point })));
  const sizes = values.map(({ value }) => modulus(...value)).sort((a, b) => a - b);
  const typical = Math.max(discrete ? 1 : 0, sizes[Math.floor(sizes.length * 0.9)] ?? 0) || 1;
  const largest = sizes.at(-1) ?? 0;
  const radius = (largest > FAR * typical ? 2 * typical : Math.max(largest, discrete ? 1 : 0) || 1) * 1.15;
  const inside = values.filter(({ value: [re, im] }) => Math.abs(re) <= radius && Math.abs(im) <= radius);
  const tied = shown.filter(({ ties }) => ties.length > 0).length;
  const failed = shown.filter(({ eigenvalues }) => eigenvalues.length === 0).length;
  const whole = { from: -radius, to: radius };
  const close = closeView(inside, radius);
  return [
    complexPlane(
      "Eigenvalues",
      inside,
      time,
      size,
      whole,
      whole,
      [
        discrete ? lineEntry("unit circle", BOUNDARY) : lineEntry("imaginary axis", BOUNDARY),
        fillEntry(discrete ? "|λ| < 1" : "Re λ < 0", { fill: SHADE }),
        ...stabilityEntries(shown),
      ],
      [
        "The marks are those of the fixed points, one for each eigenvalue.",
        ...(inside.length < values.length
          ? [
              `${plural(values.length - inside.length, "eigenvalue")} outside the view, the largest of size ${number(largest)}.`,
            ]
          : []),
        ...(tied > 0 ? [`${plural(tied, "point")} on hyperplanes: the eigenvalues of one side are drawn.`] : []),
        ...(failed > 0 ? [`${plural(failed, "point")} without eigenvalues: the computation failed.`] : []),
        ...(shown.length < fixedPoints.length
          ? [`The first ${MAX_POINTS} of ${plural(fixedPoints.length, "fixed point")}.`]
          : []),
      ],
    ),
    ...(close === undefined ? [] : [complexPlane("Eigenvalues, enlarged", inside, time, size, close.re, close.im)]),
  ];
}

function complexPlane(
  title: string,
  values: readonly Eigenvalue[],
  time: Time,
  size: number,
  re: Extent,
  im: Extent,
  legend: readonly LegendEntry[] = [],
  notes: readonly string[] = [],
): Panel {
  return panel(
    { title, x: re, y: im, equal: true, width: size, height: size, xLabel: "Re λ", yLabel: "Im λ" },
    ({ x, y }) => {
      const marks = drawMarks(
        values.map(({ value: [re, im], point }) => ({ stability: point.stability, at: [x(re), y(im)] })),
        3.6,
      );
      const inside = [
        time === "discrete"
          ? element("circle", { cx: x(0), cy: y(0), r: x(1) - x(0), ...BOUNDARY })
          : element("rect", { x: 0, y: 0, width: Math.max(0, x(0)), height: size, fill: SHADE }),
        line(0, y(0), size, y(0), AXIS),
        line(x(0), 0, x(0), size, time === "discrete" ? AXIS : BOUNDARY),
        marks.body,
      ].join("");
      return { inside, notes: marks.notes };
    },
    legend,
    notes,
  );
}

/**
 * A square round the eigenvalues if they are too crowded to be told apart; undefined if they are not, or are all equal.
 */
function closeView(values: readonly Eigenvalue[], radius: number): { re: Extent; im: Extent } | undefined {
  const re = extentOf(values.map(({ value }) => value[0]));
  const im = extentOf(values.map(({ value }) => value[1]));
  if (re === undefined || im === undefined) return undefined;
  const half = 0.65 * Math.max(re.to - re.from, im.to - im.from);
  if (half === 0 || half > CROWDED * radius) return undefined;
  const about = ({ from, to }: Extent): Extent => ({ from: (from + to) / 2 - half, to: (from + to) / 2 + half });
  return { re: about(re), im: about(im) };
}

const SHADE = "#f1f6fa";
const BOUNDARY = { stroke: COLOURS.ink, "stroke-width": 1.2, fill: SHADE };
const AXIS = { stroke: COLOURS.faint, "stroke-width": 0.8 };
