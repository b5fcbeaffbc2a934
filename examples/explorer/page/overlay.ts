import { svgElement } from "./dom.ts";
import { type Frame, toArea } from "./viewport.ts";

/** A path with its start marked; steps so long that lines would mislead get points too. */
export function orbitElements(path: Float64Array, frame: Frame): SVGElement[] {
  const points = pointsOf(path, frame);
  const d = pathData(points);
  const [cx, cy] = points[0]!;
  const steps = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i]![0], y - points[i]![1]));
  const long = steps.filter((length) => length > 6).length > 0.02 * steps.length;
  const dots = long ? points.slice(1, 400) : [];
  return [
    svgElement("path", { d, class: "orbit-halo" }),
    svgElement("path", { d, class: "orbit" }),
    ...dots.map(([x, y]) => svgElement("circle", { cx: clamped(x), cy: clamped(y), r: 1.7, class: "orbit-step" })),
    svgElement("circle", { cx: clamped(cx), cy: clamped(cy), r: 3.2, class: "orbit-start" }),
  ];
}

/** The polygon of a cycle that is selected. */
export function cycleElements(path: Float64Array, frame: Frame): SVGElement[] {
  const points = pointsOf(path, frame);
  const d = pathData(points);
  return [
    svgElement("path", { d, class: "cycle-halo" }),
    svgElement("path", { d, class: "cycle" }),
    ...points.map(([x, y]) => svgElement("circle", { cx: clamped(x), cy: clamped(y), r: 3, class: "cycle-point" })),
  ];
}

/** A ring round a place. */
export function ringElements([cx, cy]: readonly [number, number]): SVGElement[] {
  return ["halo", "ring"].map((name) => svgElement("circle", { cx: clamped(cx), cy: clamped(cy), r: 9, class: name }));
}

/** A frame round a row, from y down over one unit. */
export function rowElements([, y]: readonly [number, number], frame: Frame): SVGElement[] {
  const height = frame.height / Math.abs(frame.view.y.to - frame.view.y.from);
  return ["halo", "ring"].map((name) => svgElement("rect", { x: 1, y, width: frame.width - 2, height, class: name }));
}

/** Where the keyboard's Enter starts a trajectory. */
export function crosshair({ width, height }: Frame): SVGElement {
  const [x, y] = [width / 2, height / 2];
  return svgElement("path", { d: `M${x - 8} ${y}h16M${x} ${y - 8}v16`, class: "crosshair" });
}

function pointsOf(path: Float64Array, frame: Frame): [number, number][] {
  return Array.from({ length: path.length / 2 }, (_, i) => toArea(frame, [path[2 * i]!, path[2 * i + 1]!]));
}

function pathData(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${clamped(x)} ${clamped(y)}`).join("");
}

/** A place far outside, kept within what an SVG renderer takes. */
function clamped(x: number): string {
  return Math.min(1e5, Math.max(-1e5, x)).toFixed(2);
}
