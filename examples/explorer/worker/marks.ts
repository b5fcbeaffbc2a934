import type { FixedPoint, Result } from "../../../src/index.ts";
import { maskRows } from "../../../src/plot/index.ts";
import type { Marks } from "../protocol.ts";

/** Marks at one place for each fixed point, in their order. */
export function marksAt(places: readonly (readonly [number, number])[]): Marks {
  return { points: places.map((_, i) => i), at: Float64Array.from(places.flat()), shape: "place" };
}

/** A mark for each eigenvalue of each fixed point. */
export function eigenvalueMarks({ fixedPoints }: Result): Marks {
  const marks = fixedPoints.flatMap(({ eigenvalues }, i) => eigenvalues.map((value) => [i, value] as const));
  return {
    points: marks.map(([i]) => i),
    at: Float64Array.from(marks.flatMap(([, [re, im]]) => [re, im])),
    shape: "place",
  };
}

/** The rows of the picture of the masks. */
export function rowMarks(result: Result): Marks {
  const points = maskRows(result);
  return { points, at: Float64Array.from(points.flatMap((_, row) => [0, row])), shape: "row" };
}

/** The coordinate whose values are farthest apart; 0 if there are none. */
export function livelyCoordinate(points: readonly Pick<FixedPoint, "z">[]): number {
  let best = 0;
  let widest = 0;
  for (let k = 0; k < (points[0]?.z.length ?? 0); k++) {
    const values = points.map(({ z }) => z[k]!);
    const width = values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
    if (width > widest) [best, widest] = [k, width];
  }
  return best;
}

export function placesOf({ fixedPoints }: Result): readonly (readonly number[])[] {
  return fixedPoints.map(({ z }) => z);
}
