import { clearBit, setBit } from "../model/mask.ts";
import { Boxes, type BoxLevel } from "./boxes.ts";
import { cellsOf } from "./cells.ts";
import type { RootArrays } from "./proof.ts";
import { require } from "./refusal.ts";
import { type RootTable, sidesOfBox } from "./root.ts";

/** Hyperplanes up to which a box of R dimensions is tried with every setting of them; beyond that, part by part. */
export function mostFew(R: number): number {
  return R <= 4 ? 6 : 12;
}

/**
 * Walks one tree of halvings in preorder: its leaves cover the root box by construction, and each must hold no zero
 * that is not listed. Memory is that of the depth. Throws a Refusal.
 *
 * @param covers boxes lo, hi in which a listed point is the only zero.
 * @param listed whether all solutions in the closed region of a mask are.
 */
export function walkTree(
  table: RootTable,
  lo: ArrayLike<number>,
  hi: ArrayLike<number>,
  recent: number,
  scaled: RootArrays,
  covers: readonly { readonly lo: ArrayLike<number>; readonly hi: ArrayLike<number> }[],
  listed: (mask: Uint32Array) => boolean,
): void {
  const { dim: R } = table;
  const { ops, y8, y32, refs } = scaled;
  const boxes = new Boxes(table);
  const first = boxes.level(0);
  first.lo.set(lo);
  first.hi.set(hi);
  const known: Float64Array[] = [];
  const at = { op: 0, y8: 0, y32: 0, ref: 0 };
  // of each depth, the coordinate halved and whether the upper half is under way
  const halved: number[] = [];
  const upper: boolean[] = [];
  let depth = 0;

  const takeRow = (data: ArrayLike<number>, which: "y8" | "y32"): Float64Array => {
    const from = at[which]++ * R;
    require(from + R <= data.length, "too few functionals");
    return Float64Array.from({ length: R }, (_, i) => data[from + i]!);
  };
  const functional = (op: number): Float64Array => {
    if (op < recent) {
      require(op < known.length, "a leaf names a functional that is not there");
      const [y] = known.splice(op, 1);
      known.unshift(y!);
      return y!;
    }
    const y = op === recent ? takeRow(y8, "y8") : takeRow(y32, "y32");
    known.unshift(y);
    if (known.length > recent) known.pop();
    return y;
  };

  for (;;) {
    const level = boxes.enter(depth);
    require(at.op < ops.length, "the tree ends too early");
    const op = ops[at.op++]!;
    if (op >= recent + 5) {
      const n = op - recent - 5;
      require(n < R, `op ${op} means nothing here`);
      halved[depth] = n;
      upper[depth] = false;
      const next = boxes.level(depth + 1);
      next.lo.set(level.lo);
      next.hi.set(level.hi);
      next.hi[n] = 0.5 * (level.lo[n]! + level.hi[n]!);
      depth++;
      continue;
    }
    if (op < recent + 2) {
      const y = functional(op);
      require(boxes.isPositive(boxes.lowerBound(level, y), y), "a box is not shown to be empty");
    } else if (op === recent + 2) {
      require(at.ref < refs.length && refs[at.ref]! < covers.length, "a leaf names a cover that is not there");
      const cover = covers[refs[at.ref++]!]!;
      for (let n = 0; n < R; n++) {
        require(cover.lo[n]! <= level.lo[n]! && level.hi[n]! <= cover.hi[n]!, "a leaf is not inside its cover");
      }
    } else {
      require(op === recent + 3, `op ${op} means nothing here`);
      const masks = regionsMeeting(table, level, sidesOfBox(table, level.centre, level.half));
      require(masks !== undefined, "a box is to be tried region by region, but too many meet it");
      for (const mask of masks) require(listed(mask), "a region holds fixed points that are not listed");
    }
    // on to the next box: the upper half of the innermost one whose lower half is done
    while (depth > 0 && upper[depth - 1]) depth--;
    if (depth === 0) break;
    const parent = boxes.level(depth - 1);
    const next = boxes.level(depth);
    const n = halved[depth - 1]!;
    upper[depth - 1] = true;
    next.lo.set(parent.lo);
    next.hi.set(parent.hi);
    next.lo[n] = 0.5 * (parent.lo[n]! + parent.hi[n]!);
  }
  require(at.op === ops.length &&
    at.y8 * R === y8.length &&
    at.y32 * R === y32.length &&
    at.ref === refs.length, "something of the tree is left over");
}

/**
 * The masks of regions in one of which every zero of a box lies: with every setting of the hyperplanes that are unsure,
 * or if there are many, those of the parts into which these cut the box.
 * @param mostCorners of parts, if fewer than a checker allows.
 * @returns undefined if there are too many. The mask may be the same array each time.
 */
export function regionsMeeting(
  { exact }: RootTable,
  { lo, hi }: Pick<BoxLevel, "lo" | "hi">,
  { unsure, mask }: ReturnType<typeof sidesOfBox>,
  mostCorners?: number,
): Iterable<Uint32Array> | undefined {
  return unsure.length <= mostFew(exact.dim)
    ? masksOf(unsure, mask)
    : cellsOf(exact, lo, hi, unsure, mask, mostCorners);
}

/** A mask with every setting of the bits that are unsure; the same array each time. */
function* masksOf(unsure: readonly number[], mask: Uint32Array): Generator<Uint32Array> {
  const current = mask.slice();
  for (let pattern = 0; pattern < 2 ** unsure.length; pattern++) {
    unsure.forEach((j, bit) => {
      if ((pattern >> bit) & 1) setBit(current, j);
      else clearBit(current, j);
    });
    yield current;
  }
}
