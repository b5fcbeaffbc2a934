import { cutCone, type Ray } from "../exact/generators.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { integerDot } from "../exact/polyhedron.ts";
import { negate } from "../model/dyadic.ts";
import { setBit } from "../model/mask.ts";
import type { ExactRoot } from "./exact-root.ts";

/** Most corners of all parts of one box together, and most coordinates: a box has 2^R corners itself. */
export const MOST_CORNERS = 2 ** 15;
const MOST_DIMENSIONS = 6;

/** A part of a box: its corners, as rays of the cone over it, and the sides that it is on. */
interface Cell {
  readonly corners: readonly Ray[];
  readonly mask: Uint32Array;
}

/**
 * The masks of the parts into which hyperplanes cut a box, exactly. Every point of the box is in the closure of a part,
 * so a zero there is a solution in the closed region of one of these masks. Far fewer than all settings of the
 * hyperplanes' bits where there are many: k hyperplanes cut R dimensions into some k^R parts.
 *
 * A hyperplane that contains the box, which is flat then, has its upper side.
 * @param unsure the hyperplanes, ascending. @param mask the bits of all others.
 * @param most corners of all parts together. @returns undefined if there are more on the way, or too many dimensions.
 */
export function cellsOf(
  { dim: R, U, h }: ExactRoot,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  unsure: readonly number[],
  mask: Uint32Array,
  most = MOST_CORNERS,
): readonly Uint32Array[] | undefined {
  if (R > MOST_DIMENSIONS) return undefined;
  const words = Math.ceil((2 * R + unsure.length) / 32);
  let cells: Cell[] = [{ corners: cornersOf(lo, hi, R, words), mask }];
  for (const [place, j] of unsure.entries()) {
    const row = scaleToIntegers([...U.slice(j * R, (j + 1) * R), negate(h[j]!)]).values;
    const opposite = row.map((x) => -x);
    const next: Cell[] = [];
    let total = 0;
    for (const { corners, mask: sides } of cells) {
      let [above, below] = [false, false];
      for (const { x, zeros } of corners) {
        const value = integerDot(row, x);
        if (value > 0n) above = true;
        else if (value < 0n) below = true;
        else setBit(zeros, 2 * R + place);
      }
      for (const side of above && below ? [row, opposite] : [undefined]) {
        const part = side === undefined ? corners : cutCone(side, corners, 2 * R + place, R + 1, most);
        if (part === undefined) return undefined;
        const bits = sides.slice();
        if (side === row || (side === undefined && !below)) setBit(bits, j);
        next.push({ corners: part, mask: bits });
        total += part.length;
      }
      if (total > most) return undefined;
    }
    cells = next;
  }
  return cells.map((cell) => cell.mask);
}

/** The corners (y, 1) of a box, times one positive number; each lies on rows 2n, 2n + 1 where y_n = lo_n, hi_n. */
function cornersOf(lo: ArrayLike<number>, hi: ArrayLike<number>, R: number, words: number): Ray[] {
  const ends = Array.from({ length: R }, (_, n) => [lo[n]!, hi[n]!]).flat();
  const { values } = scaleToIntegers([...ends, 1]);
  const corners: Ray[] = [];
  for (let corner = 0; corner < 2 ** R; corner++) {
    const x: bigint[] = [];
    const zeros = new Uint32Array(words);
    let isNew = true;
    for (let n = 0; n < R; n++) {
      const upper = (corner >> n) & 1;
      const isFlat = values[2 * n] === values[2 * n + 1];
      if (isFlat && upper) isNew = false;
      x.push(values[2 * n + upper]!);
      if (isFlat || !upper) setBit(zeros, 2 * n);
      if (isFlat || upper) setBit(zeros, 2 * n + 1);
    }
    if (isNew) corners.push({ x: [...x, values[2 * R]!], zeros });
  }
  return corners;
}
