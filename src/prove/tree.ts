import { MOST_CORNERS } from "../check/cells.ts";
import { type RootTable, sidesOfBox } from "../check/root.ts";
import { halfWidth } from "../check/rounding.ts";
import { mostFew, regionsMeeting } from "../check/walk.ts";
import type { Cover } from "./covers.ts";
import { type Box, type Decisions, Enclosure } from "./enclosure.ts";
import type { Functional } from "./functional.ts";
import { TreeOutput } from "./output.ts";
import { Stuck, Unproved } from "./unproved.ts";

/**
 * Where a functional comes less near than this to emptying a box between parallel lines, none empties it by the
 * tighter hulls. Measured.
 */
const WORTH_TRYING = 0.7;
/**
 * A box whose functional comes no nearer than that to emptying it is halved twice at once, or three times. Measured.
 */
const NEARNESS_FOR_HALVES = 0.75;
const NEARNESS_FOR_QUARTERS = 0.5;
/** Halvings of a box, per coordinate, that leave its undecided units as they are before its regions are tried. */
const STALE_PER_COORDINATE = 2;
/** Undecided hyperplanes of such a box; all that the checkers allow once that has failed so often. */
const FEW_HYPERPLANES = 6;
/** Undecided units of a box whose regions are tried at once where it is far from empty. */
const QUICK_UNITS = 3;
const ATTEMPTS_BEFORE_MOST = 4;
/**
 * A box with more hyperplanes is cut by them into parts: so many hyperplanes with each attempt, twice as
 * many corners at each attempt, and in vain only so often in a branch.
 */
const HYPERPLANES_PER_ATTEMPT = 64;
const FIRST_CORNERS = 1024;
const MOST_VAIN = 8;
/** Attempts on one path, each after as many halvings again. */
const MOST_ATTEMPTS = 60;
/** Each time so many boxes of a branch are done, the largest of what is left of it is split off, for others to do. */
const BOXES_BEFORE_SPLIT = 2048;

/** A part of a box that was halved, perhaps several times. */
interface Part extends Box {
  /** Coordinates that are halved just before this part, in preorder. */
  readonly halved: readonly number[];
  /** What shows it empty, if its parent saw it. */
  known: Functional | undefined;
}

/** Parts of a box that are proved by themselves, one after the other in preorder; data that can be cloned. */
export interface Branch {
  readonly parts: readonly Readonly<Part>[];
  /** Of the root's volume, that of each part. */
  readonly share: number;
  /** As in `Frame`. */
  readonly stale: number;
  readonly attempts: number;
}

/** The branch that is all of a root. */
export function wholeBranch({ lo, hi }: Box): Branch {
  return { parts: [{ halved: [], lo, hi, known: undefined }], share: 1, stale: 0, attempts: 0 };
}

/** Which regions hold listed fixed points only. */
export interface Listing {
  readonly hasContinua: boolean;
  listed(mask: Uint32Array): boolean;
}

/** A box that was halved, and what its parts need of it. */
interface Frame {
  readonly decisions: Decisions;
  parts: readonly Readonly<Part>[];
  next: number;
  /** Of the root's volume, that of each part. */
  share: number;
  covers: readonly number[];
  /** Halvings since the undecided units changed, those into `parts` included. */
  stale: number;
  attempts: number;
}

/**
 * Proves branches of one root: halves boxes until each part has a reason to hold no zero that is not listed. Depth
 * first, in the order in which it is written. What a branch gives depends on nothing but itself: not on who does it,
 * nor on what was done before.
 */
export class TreeProver {
  /** Of the branch at hand: what is written of it, boxes looked at, and the share of the root's volume settled. */
  output = new TreeOutput();
  done = 0;
  settled = 0;
  /** Branches split off from it, in preorder: they come after all that `output` holds. */
  split: Branch[] = [];
  readonly #enclosure: Enclosure;
  readonly #covers: readonly Cover[];
  readonly #regions: Listing;
  readonly #frames: Frame[];
  readonly #weights: Float64Array;
  #depth = 0;
  /** Boxes until it is time to look at the clock. */
  #left = 0;
  /** Hyperplanes that cut a box of the branch at hand into too many parts. */
  readonly #vain = new Set<string>();

  constructor(table: RootTable, covers: readonly Cover[], regions: Listing) {
    this.#enclosure = new Enclosure(table);
    this.#covers = covers;
    this.#regions = regions;
    this.#weights = new Float64Array(table.dim);
    const decisions = this.#enclosure.firstDecisions();
    const all = covers.map((_, c) => c);
    this.#frames = [{ decisions, parts: [], next: 0, share: 0, covers: all, stale: 0, attempts: 0 }];
  }

  /** Takes a branch up, in place of the one at hand. */
  begin({ parts, share, stale, attempts }: Branch): void {
    this.output = new TreeOutput();
    this.done = 0;
    this.settled = 0;
    this.split = [];
    this.#vain.clear();
    this.#depth = 0;
    Object.assign(this.#frames[0]!, { parts, next: 0, share, stale, attempts });
  }

  /**
   * Does so many boxes, fewer where some take long.
   * @returns true once the branch is proved, but for those split off. Throws Unproved.
   */
  step(budget: number): boolean {
    this.#left = budget;
    while (this.#left-- > 0) {
      let frame = this.#frames[this.#depth]!;
      while (frame.next === frame.parts.length) {
        if (this.#depth === 0) return true;
        frame = this.#frames[--this.#depth]!;
      }
      const part = frame.parts[frame.next++]!;
      for (const coordinate of part.halved) this.output.halve(coordinate);
      this.done++;
      const isLeaf = part.known !== undefined || this.#visit(part, frame);
      if (part.known !== undefined) this.output.empty(part.known);
      if (isLeaf) this.settled += frame.share;
      if (this.done % BOXES_BEFORE_SPLIT === 0) this.#splitOff();
    }
    return false;
  }

  /** Splits off what is left of the outermost box, if something is left of another one. */
  #splitOff(): void {
    const open = this.#frames.slice(0, this.#depth + 1).filter(({ parts, next }) => next < parts.length);
    const [frame] = open;
    if (frame === undefined || open.length < 2) return;
    const { parts, next, share, stale, attempts } = frame;
    this.split.unshift({ parts: parts.slice(next), share, stale, attempts });
    frame.next = parts.length;
  }

  /** Writes a box as a leaf, or cuts it. @returns whether it is a leaf. */
  #visit(box: Box, parent: Frame): boolean {
    const covers = parent.covers.filter((c) => meets(this.#covers[c]!, box));
    const cover = covers.find((c) => isWithin(box, this.#covers[c]!));
    if (cover !== undefined) {
      this.output.covered(cover);
      return true;
    }
    const enclosure = this.#enclosure;
    enclosure.enclose(box, parent.decisions);
    enclosure.weights(this.#weights);
    const { count, nearness } = enclosure;
    const own = enclosure.functional(false);
    const sharper = nearness > 1 || count === 0 ? enclosure.functional(true) : undefined;
    const shown = this.#shown(own, sharper);
    if (shown !== undefined) {
      this.output.empty(shown);
      return true;
    }
    let { stale, attempts } = parent;
    if (count < parent.decisions.count) {
      stale = 0;
      attempts = 0;
    }
    // a box that is far from empty and has few regions: a continuum runs through it, as a rule
    const isQuick = this.#regions.hasContinua && count > 0 && count <= QUICK_UNITS && nearness < WORTH_TRYING;
    if (isQuick && this.#isFew(box, 0)) return true;
    if (count === 0 || stale >= STALE_PER_COORDINATE * this.#enclosure.table.dim) {
      if (this.#isFew(box, attempts)) return true;
      stale = 0;
      attempts++;
    }
    if (attempts > MOST_ATTEMPTS) throw new Stuck(describe(box, "is not shown to hold no other fixed point"));
    if (this.#cut(box, own, { ...parent, covers, stale, attempts })) return false;
    if (this.#isFew(box, MOST_ATTEMPTS)) return true;
    throw new Stuck(describe(box, "can't be halved and is not shown to hold no other fixed point"));
  }

  /** A functional that shows the box at hand empty: one used lately takes fewer bytes than the box's own. */
  #shown(own: Functional | undefined, sharper: Functional | undefined): Functional | undefined {
    const { nearness } = this.#enclosure;
    if (!(nearness > WORTH_TRYING)) return undefined;
    this.#enclosure.whole();
    const shows = (known: Functional): boolean => this.#enclosure.shows(known, 1) !== 0;
    const byKnown = (): Functional | undefined =>
      this.output.recent.find((known) => this.#enclosure.mayShow(known) !== 0 && shows(known));
    if (nearness > 1) {
      return byKnown() ?? [own, sharper].find((each) => each !== undefined && shows(each));
    }
    if (own !== undefined && shows(own)) return byKnown() ?? own;
    return sharper !== undefined && shows(sharper) ? sharper : undefined;
  }

  /** Whether few regions meet the box, and all that do hold listed fixed points only. */
  #isFew(box: Box, attempts: number): boolean {
    const { table } = this.#enclosure;
    const centre = box.lo.map((lo, n) => 0.5 * (lo + box.hi[n]!));
    const half = centre.map((c, n) => halfWidth(box.lo[n]!, box.hi[n]!, c));
    const sides = sidesOfBox(table, centre, half);
    const { length } = sides.unsure;
    let meeting: Iterable<Uint32Array> | undefined;
    if (length > mostFew(table.dim)) meeting = this.#parts(box, sides, attempts);
    else if (length <= FEW_HYPERPLANES || attempts >= ATTEMPTS_BEFORE_MOST) meeting = regionsMeeting(table, box, sides);
    if (meeting === undefined) return false;
    for (const mask of meeting) {
      this.#left--;
      if (!this.#regions.listed(mask))
        throw new Unproved(describe(box, "meets a region with a fixed point that is not listed"));
    }
    this.output.few();
    return true;
  }

  /** The parts into which many hyperplanes cut the box; the more attempts, the more of both. */
  #parts(box: Box, sides: ReturnType<typeof sidesOfBox>, attempts: number): Iterable<Uint32Array> | undefined {
    if (sides.unsure.length > HYPERPLANES_PER_ATTEMPT * attempts) return undefined;
    const most = Math.min(MOST_CORNERS, FIRST_CORNERS * 2 ** attempts);
    const name = `${most} ${sides.unsure}`;
    if (this.#vain.has(name) || this.#vain.size >= MOST_VAIN) return undefined;
    const meeting = regionsMeeting(this.#enclosure.table, box, sides, most);
    if (meeting !== undefined) return meeting;
    this.#vain.add(name);
    this.#left = 0;
    return undefined;
  }

  /**
   * Cuts the box at hand into parts, once or more often, and sees which of them functionals at hand show empty.
   * @returns false if it can't be halved.
   */
  #cut(box: Box, own: Functional | undefined, { share, covers, stale, attempts }: Omit<Frame, "parts">): boolean {
    const enclosure = this.#enclosure;
    const parts = this.#halves(box);
    if (parts.length === 1) return false;
    const depth = ++this.#depth;
    this.#show(parts, own);
    const decisions = this.#frames[depth]?.decisions ?? enclosure.newDecisions();
    enclosure.keep(decisions);
    this.#frames[depth] = {
      decisions,
      parts,
      next: 0,
      share: share / parts.length,
      covers,
      stale: stale + Math.log2(parts.length),
      attempts,
    };
    return true;
  }

  /**
   * Which parts the box's own functional shows empty. For these one used lately is tried first, as it takes fewer
   * bytes; others hardly have one.
   */
  #show(parts: readonly Part[], own: Functional | undefined): void {
    if (own === undefined) return;
    const enclosure = this.#enclosure;
    enclosure.cut(parts);
    let left = enclosure.shows(own, 2 ** parts.length - 1);
    const mark = (functional: Functional, bits: number): void => {
      for (let p = 0; p < parts.length; p++) if ((bits >> p) & 1) parts[p]!.known = functional;
      left &= ~bits;
    };
    for (const known of this.output.recent) {
      if (left === 0) break;
      const hopeful = enclosure.mayShow(known) & left;
      if (hopeful !== 0) mark(known, enclosure.shows(known, hopeful));
    }
    mark(own, left);
  }

  /** Halves a box as often as its functional is far from showing it empty; one part if it can't be halved. */
  #halves(box: Box): Part[] {
    let parts: Part[] = [{ halved: [], lo: box.lo, hi: box.hi, known: undefined }];
    const wanted = halvingsFor(this.#enclosure.nearness);
    for (let halving = 0; halving < wanted; halving++) {
      const n = this.#coordinate(parts[0]!);
      if (n < 0) break;
      const halves: Part[] = [];
      for (const { halved, lo, hi } of parts) {
        const middle = 0.5 * (lo[n]! + hi[n]!);
        halves.push({ halved: [...halved, n], lo, hi: moved(hi, n, middle), known: undefined });
        halves.push({ halved: [], lo: moved(lo, n, middle), hi, known: undefined });
      }
      parts = halves;
    }
    return parts;
  }

  /** The coordinate that most of the bands' widths come from, or the widest; −1 if none can be halved. */
  #coordinate({ lo, hi }: Box): number {
    let best = -1;
    let most = -1;
    for (const weighted of [true, false]) {
      for (let n = 0; n < lo.length; n++) {
        const middle = 0.5 * (lo[n]! + hi[n]!);
        if (!(middle > lo[n]! && middle < hi[n]!)) continue;
        const weight = (hi[n]! - lo[n]!) * (weighted ? this.#weights[n]! : 1);
        if (weight > most) {
          most = weight;
          best = n;
        }
      }
      if (best >= 0 && most > 0) return best;
    }
    return best;
  }
}

/** A corner with another coordinate n; copied number by number, which takes less time than slice does for a few. */
function moved(corner: Float64Array, n: number, to: number): Float64Array {
  const copy = new Float64Array(corner.length);
  for (let k = 0; k < corner.length; k++) copy[k] = corner[k]!;
  copy[n] = to;
  return copy;
}

function halvingsFor(nearness: number): number {
  if (nearness < NEARNESS_FOR_QUARTERS) return 3;
  return nearness < NEARNESS_FOR_HALVES ? 2 : 1;
}

function isWithin({ lo, hi }: Box, cover: Box): boolean {
  for (let n = 0; n < lo.length; n++) if (cover.lo[n]! > lo[n]! || hi[n]! > cover.hi[n]!) return false;
  return true;
}

function meets(cover: Box, { lo, hi }: Box): boolean {
  for (let n = 0; n < lo.length; n++) if (cover.lo[n]! > hi[n]! || cover.hi[n]! < lo[n]!) return false;
  return true;
}

function describe({ lo, hi }: Box, why: string): string {
  const sides = Array.from(lo, (from, n) => `[${from}, ${hi[n]}]`);
  return `the box ${sides.join(" × ")} ${why}`;
}
