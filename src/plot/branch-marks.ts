import type { SweepEvent } from "../sweep/result.ts";
import { COLOURS } from "./style.ts";
import { element } from "./svg.ts";

/** Whether a branch has another class after the event than before. */
export function isChange({ stability }: Pick<SweepEvent, "stability">): boolean {
  return stability?.[0] !== stability?.[1];
}

/** A triangle whose point shows where the pair of branches lies. */
export function foldMark(x: number, y: number, toLeft: boolean, size = 1): string {
  const d = toLeft ? "M4 -4.5L-4 0L4 4.5Z" : "M-4 -4.5L4 0L-4 4.5Z";
  return element("path", {
    d,
    transform: `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${size})`,
    fill: COLOURS.ink,
    stroke: "#ffffff",
    "stroke-width": 0.8,
  });
}

export function crossingMark(x: number, y: number): string {
  return element("circle", { cx: x, cy: y, r: 1.9, fill: "#ffffff", stroke: COLOURS.soft, "stroke-width": 0.8 });
}

export function changeMark(x: number, y: number): string {
  return element("rect", {
    x: x - 3.6,
    y: y - 3.6,
    width: 7.2,
    height: 7.2,
    fill: "#ffffff",
    stroke: COLOURS.ink,
    "stroke-width": 1.4,
  });
}

export function otherMark(x: number, y: number): string {
  return element("path", {
    d: "M0 -5V5M-4.3 -2.5L4.3 2.5M-4.3 2.5L4.3 -2.5",
    transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})`,
    fill: "none",
    stroke: COLOURS.ink,
    "stroke-width": 1.5,
  });
}
