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
  covers: readonly Cover[],
  listed: (mask: Uint32Array) => boolean,
): void {
  const walk = new TreeWalk(table, recent, scaled, covers, listed);
  walk.start(lo, hi);
  do walk.visit();
  while (walk.advance());
  walk.end();
}

/** A box in which a listed point is the only zero. */
interface Cover {
  readonly lo: ArrayLike<number>;
  readonly hi: ArrayLike<number>;
}

class TreeWalk {
  readonly #table: RootTable;
  readonly #recent: number;
  readonly #arrays: RootArrays;
  readonly #covers: readonly Cover[];
  readonly #listed: (mask: Uint32Array) => boolean;
  readonly #boxes: Boxes;
  /** How much of each array is read: ops, rows of y8 and y32, refs. */
  readonly #at = { ops: 0, y8: 0, y32: 0, refs: 0 };
  /** The functionals used last, the latest first. */
  readonly #known: Float64Array[] = [];
  /** Of each depth the coordinate that is halved, and whether the upper half is under way. */
  readonly #halved: number[] = [];
  readonly #upper: boolean[] = [];
  #depth = 0;

  constructor(
    table: RootTable,
    recent: number,
    arrays: RootArrays,
    covers: readonly Cover[],
    listed: (mask: Uint32Array) => boolean,
  ) {
    this.#table = table;
    this.#recent = recent;
    this.#arrays = arrays;
    this.#covers = covers;
    this.#listed = listed;
    this.#boxes = new Boxes(table);
  }

  start(lo: ArrayLike<number>, hi: ArrayLike<number>): void {
    const first = this.#boxes.level(0);
    first.lo.set(lo);
    first.hi.set(hi);
  }

  /** Goes down from the current box to its first leaf, and checks that leaf. */
  visit(): void {
    const { ops } = this.#arrays;
    const recent = this.#recent;
    for (;;) {
      const level = this.#boxes.enter(this.#depth);
      require(this.#at.ops < ops.length, "the tree ends too early");
      const op = ops[this.#at.ops++]!;
      if (op >= recent + 5) {
        this.#halve(level, op, op - recent - 5);
        continue;
      }
      if (op < recent + 2) {
        const y = this.#functional(op);
        require(this.#boxes.isPositive(this.#boxes.lowerBound(level, y), y), "a box is not shown to be empty");
      } else if (op === recent + 2) this.#checkCover(level);
      else {
        require(op === recent + 3, `op ${op} means nothing here`);
        this.#checkRegions(level);
      }
      return;
    }
  }

  /** Goes on to the upper half of the innermost box whose lower half is done. @returns false if there is none. */
  advance(): boolean {
    while (this.#depth > 0 && this.#upper[this.#depth - 1]) this.#depth--;
    if (this.#depth === 0) return false;
    const parent = this.#boxes.level(this.#depth - 1);
    const next = this.#boxes.level(this.#depth);
    const n = this.#halved[this.#depth - 1]!;
    this.#upper[this.#depth - 1] = true;
    next.lo.set(parent.lo);
    next.hi.set(parent.hi);
    next.lo[n] = 0.5 * (parent.lo[n]! + parent.hi[n]!);
    return true;
  }

  end(): void {
    const { dim: R } = this.#table;
    const { ops, y8, y32, refs } = this.#arrays;
    require(this.#at.ops === ops.length &&
      this.#at.y8 * R === y8.length &&
      this.#at.y32 * R === y32.length &&
      this.#at.refs === refs.length, "something of the tree is left over");
  }

  /** Goes to the lower half along coordinate n. */
  #halve(level: BoxLevel, op: number, n: number): void {
    require(n < this.#table.dim, `op ${op} means nothing here`);
    this.#halved[this.#depth] = n;
    this.#upper[this.#depth] = false;
    const next = this.#boxes.level(this.#depth + 1);
    next.lo.set(level.lo);
    next.hi.set(level.hi);
    next.hi[n] = 0.5 * (level.lo[n]! + level.hi[n]!);
    this.#depth++;
  }

  #functional(op: number): Float64Array {
    const known = this.#known;
    if (op < this.#recent) {
      require(op < known.length, "a leaf names a functional that is not there");
      const [y] = known.splice(op, 1);
      known.unshift(y!);
      return y!;
    }
    const y = this.#takeRow(op === this.#recent ? "y8" : "y32");
    known.unshift(y);
    if (known.length > this.#recent) known.pop();
    return y;
  }

  #takeRow(which: "y8" | "y32"): Float64Array {
    const { dim: R } = this.#table;
    const data = this.#arrays[which];
    const from = this.#at[which]++ * R;
    require(from + R <= data.length, "too few functionals");
    return Float64Array.from({ length: R }, (_, i) => data[from + i]!);
  }

  #checkCover({ lo, hi }: BoxLevel): void {
    const { refs } = this.#arrays;
    const covers = this.#covers;
    require(this.#at.refs < refs.length &&
      refs[this.#at.refs]! < covers.length, "a leaf names a cover that is not there");
    const cover = covers[refs[this.#at.refs++]!]!;
    for (let n = 0; n < this.#table.dim; n++) {
      require(cover.lo[n]! <= lo[n]! && hi[n]! <= cover.hi[n]!, "a leaf is not inside its cover");
    }
  }

  #checkRegions(level: BoxLevel): void {
    const masks = regionsMeeting(this.#table, level, sidesOfBox(this.#table, level.centre, level.half));
    require(masks !== undefined, "a box is to be tried region by region, but too many meet it");
    for (const mask of masks) require(this.#listed(mask), "a region holds fixed points that are not listed");
  }
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
