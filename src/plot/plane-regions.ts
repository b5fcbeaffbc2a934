import type { Stability } from "../base/result.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { fieldAt, type Point, planarCells, planarStability, type View } from "./geometry.ts";
import type { Area } from "./panel.ts";
import type { Extent } from "./scale.ts";
import { STABILITY_STYLE } from "./style.ts";
import { element, polygon } from "./svg.ts";

/** Above this number of regions in view, they are sampled on a grid instead of being drawn as polygons. */
const MAX_CELLS = 1500;
const RASTER = 105;

export interface ColouredRegions {
  readonly classes: ReadonlySet<Stability>;
  /** What is to be said of how the colours were found. */
  readonly notes: readonly string[];
  readonly draw: (area: Area) => string;
}

/** Regions by the stability of their candidate: as polygons, or sampled on a grid if there are too many. */
export function colouredRegions(system: PiecewiseLinearSystem, view: View): ColouredRegions {
  const classOf = (z: Point): Stability => planarStability(fieldAt(system, z).J, system.time);
  const cells = planarCells(system, view, MAX_CELLS);
  if (cells !== undefined) {
    const classes = cells.map(({ middle }) => classOf(middle));
    return {
      classes: new Set(classes),
      notes: [],
      draw: (area) =>
        cells
          .map(({ corners }, i) =>
            polygon(
              corners.map(([x, y]) => [area.x(x), area.y(y)] as const),
              { fill: STABILITY_STYLE[classes[i]!].fill },
            ),
          )
          .join(""),
    };
  }
  const at = ({ from, to }: Extent, i: number): number => from + ((to - from) * (i + 0.5)) / RASTER;
  const rows = Array.from({ length: RASTER }, (_, row) =>
    Array.from({ length: RASTER }, (_, i) => classOf([at(view.x, i), at(view.y, RASTER - 1 - row)])),
  );
  const note = `More than ${MAX_CELLS} regions in view: coloured by sampling a grid of ${RASTER} × ${RASTER}.`;
  return { classes: new Set(rows.flat()), notes: [note], draw: ({ width }) => raster(rows, width) };
}

/** The sampled classes as rectangles: neighbouring squares of one class in a row form one rectangle. */
function raster(rows: readonly (readonly Stability[])[], width: number): string {
  const size = width / RASTER;
  return rows
    .flatMap((classes, row) => {
      const out: string[] = [];
      for (let i = 0; i < RASTER; ) {
        let end = i + 1;
        while (end < RASTER && classes[end] === classes[i]) end++;
        const place = { x: i * size, y: row * size, width: (end - i) * size + 0.3, height: size + 0.3 };
        out.push(element("rect", { ...place, fill: STABILITY_STYLE[classes[i]!].fill }));
        i = end;
      }
      return out;
    })
    .join("");
}
