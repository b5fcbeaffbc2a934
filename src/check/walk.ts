import { clearBit, setBit } from "../model/mask.ts";
import { Boxes } from "./boxes.ts";
import type { RootArrays } from "./proof.ts";
import { require } from "./refusal.ts";
import { type RootTable, regionsMeeting } from "./root.ts";

/** Most hyperplanes that may be undecided where a box is tried by patterns. */
export const MOST_FEW = 12;

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
      requirePatterns(table, level.centre, level.half, listed);
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

function requirePatterns(
  table: RootTable,
  centre: Float64Array,
  half: Float64Array,
  listed: (mask: Uint32Array) => boolean,
): void {
  const meeting = regionsMeeting(table, centre, half, MOST_FEW);
  require(meeting !== undefined, `a box is to be tried by patterns, but more than ${MOST_FEW} hyperplanes meet it`);
  for (const mask of masksOf(meeting)) {
    require(listed(mask), "a region holds fixed points that are not listed");
  }
}

/** A mask with every setting of the bits that are unsure; the same array each time. */
export function* masksOf({
  unsure,
  mask,
}: {
  readonly unsure: readonly number[];
  readonly mask: Uint32Array;
}): Generator<Uint32Array> {
  const current = mask.slice();
  for (let pattern = 0; pattern < 2 ** unsure.length; pattern++) {
    unsure.forEach((j, bit) => {
      if ((pattern >> bit) & 1) setBit(current, j);
      else clearBit(current, j);
    });
    yield current;
  }
}
