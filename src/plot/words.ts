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

function hiddenNote(places: readonly (readonly [number, number])[]): string[] {
  const cells = new Map<string, (readonly [number, number])[]>();
  const cell = (at: number): number => Math.floor(at / NEAR);
  let hidden = 0;
  for (const place of [...places].reverse()) {
    const [i, j] = [cell(place[0]), cell(place[1])];
    const near = [-1, 0, 1].flatMap((a) => [-1, 0, 1].flatMap((b) => cells.get(`${i + a},${j + b}`) ?? []));
    if (near.some(([x, y]) => Math.hypot(x - place[0], y - place[1]) < NEAR)) hidden++;
    const own = cells.get(`${i},${j}`);
    if (own) own.push(place);
    else cells.set(`${i},${j}`, [place]);
  }
  return hidden === 0 ? [] : [`${plural(hidden, "mark")} under others.`];
}
