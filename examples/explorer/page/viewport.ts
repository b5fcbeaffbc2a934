import type { View } from "../../../src/plot/index.ts";

/** The plotting area of a picture in its own units, and what a drawing of it shows. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly view: View;
}

/** Where a place of the data is in the area that shows `view`. */
export function toArea({ width, height, view: { x, y } }: Frame, [a, b]: readonly [number, number]): [number, number] {
  return [((a - x.from) / (x.to - x.from)) * width, ((y.to - b) / (y.to - y.from)) * height];
}

/** The inverse of `toArea`. */
export function toData({ width, height, view: { x, y } }: Frame, [p, q]: readonly [number, number]): [number, number] {
  return [x.from + (p / width) * (x.to - x.from), y.to - (q / height) * (y.to - y.from)];
}

/** Narrower than this share of its numbers' size a view has no float64 left to tell its places apart. */
const NARROWEST = 1e-10;

/**
 * The view enlarged `factor` times about a place of the data that stays where it is; the same view where numbers end.
 */
export function zoomed(view: View, factor: number, [a, b]: readonly [number, number]): View {
  const x = { from: a + (view.x.from - a) / factor, to: a + (view.x.to - a) / factor };
  const y = { from: b + (view.y.from - b) / factor, to: b + (view.y.to - b) / factor };
  return [x, y].every(isWide) ? { x, y } : view;
}

function isWide({ from, to }: View["x"]): boolean {
  const size = Math.max(Math.abs(from), Math.abs(to));
  return to - from > NARROWEST * size && size < 1e100;
}

/** The view after its contents have been dragged by so many units of the area. */
export function panned({ width, height, view: { x, y } }: Frame, right: number, down: number): View {
  const dx = (-right / width) * (x.to - x.from);
  const dy = (down / height) * (y.to - y.from);
  return { x: { from: x.from + dx, to: x.to + dx }, y: { from: y.from + dy, to: y.to + dy } };
}

export function middle({ x, y }: View): [number, number] {
  return [(x.from + x.to) / 2, (y.from + y.to) / 2];
}

/** The part of a drawing of `drawn` that `now` shows, as an SVG viewBox: x y width height in the drawing's units. */
export function viewBoxOf(drawn: Frame, now: View): [number, number, number, number] {
  const [left, top] = toArea(drawn, [now.x.from, now.y.to]);
  const [right, bottom] = toArea(drawn, [now.x.to, now.y.from]);
  return [left, top, right - left, bottom - top];
}
