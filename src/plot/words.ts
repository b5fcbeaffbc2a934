import type { FixedPoint, Stability } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { inDrawingOrder, type LegendEntry, type Mark, marker, markerEntry, STABILITIES } from "./style.ts";

/** A legend entry for each stability class among the points, with its count. */
export function stabilityEntries(points: readonly Pick<FixedPoint, "stability">[]): LegendEntry[] {
  return STABILITIES.flatMap((stability: Stability) => {
    const count = points.filter((point) => point.stability === stability).length;
    return count === 0 ? [] : [markerEntry(stability, `${stability} (${count})`)];
  });
}

/** A mark at most this far from a later mark, in drawing units, is hidden by it. */
const NEAR = 2.5;

/**
 * Marks in an order in which they hide each other little, and a note on the marks that later ones hide nevertheless.
 */
export function drawMarks(marks: readonly Mark[], size?: number): { body: string; notes: string[] } {
  const ordered = inDrawingOrder(marks);
  return {
    body: ordered.map(({ stability, at: [x, y] }) => marker(stability, x, y, size)).join(""),
    notes: hiddenNote(ordered.map(({ at }) => at)),
  };
}

/** The side of a cell: marks of one cell are nearer than `NEAR`, and those nearer than that within two cells. */
const CELL = NEAR / 2;
const CELLS_AWAY = [-2, -1, 0, 1, 2];

/**
 * Of each cell only the first mark is compared with others, so that any number of marks on one spot is counted at once.
 */
function hiddenNote(places: readonly (readonly [number, number])[]): string[] {
  const cells = new Map<string, (readonly [number, number])[]>();
  const cell = (at: number): number => Math.floor(at / CELL);
  let hidden = 0;
  for (const place of [...places].reverse()) {
    const [i, j] = [cell(place[0]), cell(place[1])];
    const own = cells.get(`${i},${j}`);
    if (own) {
      own.push(place);
      hidden++;
      continue;
    }
    const near = CELLS_AWAY.flatMap((a) => CELLS_AWAY.flatMap((b) => cells.get(`${i + a},${j + b}`) ?? []));
    if (near.some(([x, y]) => Math.hypot(x - place[0], y - place[1]) < NEAR)) hidden++;
    cells.set(`${i},${j}`, [place]);
  }
  return hidden === 0 ? [] : [`${plural(hidden, "mark")} under others.`];
}
