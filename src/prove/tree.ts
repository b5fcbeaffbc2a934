import { MOST_CORNERS } from "../check/cells.ts";
import { type RootTable, sidesOfBox } from "../check/root.ts";
import { halfWidth } from "../check/rounding.ts";
import { mostFew, regionsMeeting } from "../check/walk.ts";
import { MOST_PARTS } from "../search/kernel/workspace.ts";
import type { Cover } from "./covers.ts";
import { type Box, type Decisions, Enclosure } from "./enclosure.ts";
import type { Functional } from "./functional.ts";
import { TreeOutput } from "./output.ts";
import { type Branch, halvePart, halvingsBefore } from "./parts.ts";
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

/** Which regions hold listed fixed points only. */
export interface Listing {
  readonly hasContinua: boolean;
  listed(mask: Uint32Array): boolean;
}

/** A box that was halved, and what its parts need of it; the arrays have room for the most parts that there are. */
interface Frame {
  readonly decisions: Decisions;
  readonly halvings: number[];
  readonly corners: Float64Array;
  readonly known: (Functional | undefined)[];
  parts: number;
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
  /** The box at hand. */
  readonly #box: Box;
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
    this.#box = { lo: new Float64Array(table.dim), hi: new Float64Array(table.dim) };
    this.#frames = [this.#newFrame(this.#enclosure.firstDecisions())];
    this.#frames[0]!.covers = covers.map((_, c) => c);
  }

  #newFrame(decisions: Decisions): Frame {
    const corners = new Float64Array(MOST_PARTS * 2 * this.#enclosure.table.dim);
    const known = new Array<Functional | undefined>(MOST_PARTS).fill(undefined);
    const none = { parts: 0, next: 0, share: 0, covers: [], stale: 0, attempts: 0 };
    return { decisions, halvings: [], corners, known, ...none };
  }

  /** Takes a branch up, in place of the one at hand. */
  begin({ halvings, corners, known, next, share, stale, attempts }: Branch): void {
    this.output = new TreeOutput();
    this.done = 0;
    this.settled = 0;
    this.split = [];
    this.#vain.clear();
    this.#depth = 0;
    const frame = this.#frames[0]!;
    frame.halvings.splice(0, Infinity, ...halvings);
    frame.corners.set(corners);
    known.forEach((functional, part) => {
      frame.known[part] = functional;
    });
    Object.assign(frame, { parts: known.length, next, share, stale, attempts });
  }

  /**
   * Does so many boxes, fewer where some take long.
   * @returns true once the branch is proved, but for those split off. Throws Unproved.
   */
  step(budget: number): boolean {
    this.#left = budget;
    while (this.#left-- > 0) {
      let frame = this.#frames[this.#depth]!;
      while (frame.next === frame.parts) {
        if (this.#depth === 0) return true;
        frame = this.#frames[--this.#depth]!;
      }
      const part = frame.next++;
      const { halvings } = frame;
      for (let h = halvings.length - halvingsBefore(part, halvings.length); h < halvings.length; h++)
        this.output.halve(halvings[h]!);
      this.done++;
      const known = frame.known[part];
      if (known !== undefined) this.output.empty(known);
      if (known !== undefined || this.#visit(part, frame)) this.settled += frame.share;
      if (this.done % BOXES_BEFORE_SPLIT === 0) this.#splitOff();
    }
    return false;
  }

  /** Splits off what is left of the outermost box, if something is left of another one. */
  #splitOff(): void {
    const open = this.#frames.slice(0, this.#depth + 1).filter(({ parts, next }) => next < parts);
    const [frame] = open;
    if (frame === undefined || open.length < 2) return;
    const { parts, next, share, stale, attempts } = frame;
    const corners = frame.corners.slice(0, parts * 2 * this.#weights.length);
    const known = frame.known.slice(0, parts);
    this.split.unshift({ halvings: [...frame.halvings], corners, known, next, share, stale, attempts });
    frame.next = parts;
  }

  /** Writes a box as a leaf, or cuts it. @returns whether it is a leaf. */
  #visit(part: number, parent: Frame): boolean {
    const box = this.#box;
    const R = this.#weights.length;
    for (let n = 0, at = part * 2 * R; n < R; n++, at++) {
      box.lo[n] = parent.corners[at]!;
      box.hi[n] = parent.corners[at + R]!;
    }
    const covers: number[] = [];
    for (const c of parent.covers) {
      if (!meets(this.#covers[c]!, box)) continue;
      if (isWithin(box, this.#covers[c]!)) {
        this.output.covered(c);
        return true;
      }
      covers.push(c);
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
    if (this.#cut(own, parent.share, covers, stale, attempts)) return false;
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
  #cut(
    own: Functional | undefined,
    share: number,
    covers: readonly number[],
    stale: number,
    attempts: number,
  ): boolean {
    const enclosure = this.#enclosure;
    let frame = this.#frames[this.#depth + 1];
    if (frame === undefined) {
      frame = this.#newFrame(enclosure.newDecisions());
      this.#frames.push(frame);
    }
    this.#halve(frame);
    const { parts } = frame;
    if (parts === 1) return false;
    this.#depth++;
    this.#show(frame, own);
    enclosure.keep(frame.decisions);
    frame.next = 0;
    frame.share = share / parts;
    frame.covers = covers;
    frame.stale = stale + frame.halvings.length;
    frame.attempts = attempts;
    return true;
  }

  /**
   * Which parts the box's own functional shows empty. For these one used lately is tried first, as it takes fewer
   * bytes; others hardly have one.
   */
  #show({ parts, halvings, corners, known }: Frame, own: Functional | undefined): void {
    known.fill(undefined);
    if (own === undefined) return;
    const enclosure = this.#enclosure;
    enclosure.cut(corners, halvings.length);
    let left = enclosure.shows(own, 2 ** parts - 1);
    for (const recent of this.output.recent) {
      if (left === 0) break;
      const hopeful = enclosure.mayShow(recent) & left;
      if (hopeful === 0) continue;
      const bits = enclosure.shows(recent, hopeful);
      mark(known, recent, bits);
      left &= ~bits;
    }
    mark(known, own, left);
  }

  /** Halves the box at hand as often as its functional is far from showing it empty; one part if it can't be halved. */
  #halve(frame: Frame): void {
    const { corners, halvings } = frame;
    const R = this.#weights.length;
    corners.set(this.#box.lo);
    corners.set(this.#box.hi, R);
    halvings.length = 0;
    frame.parts = 1;
    for (let wanted = halvingsFor(this.#enclosure.nearness); wanted > 0; wanted--) {
      const coordinate = this.#coordinate(corners);
      if (coordinate < 0) break;
      // from the last part on, as the halves of a part come to lie on it and after it
      for (let part = frame.parts - 1; part >= 0; part--) halvePart(corners, R, part, coordinate);
      frame.parts *= 2;
      halvings.push(coordinate);
    }
  }

  /** The coordinate that most of the bands' widths come from, or the widest; −1 if none of part 0 can be halved. */
  #coordinate(corners: Float64Array): number {
    const R = this.#weights.length;
    let best = -1;
    let most = -1;
    for (const weighted of [true, false]) {
      for (let n = 0; n < R; n++) {
        const lo = corners[n]!;
        const hi = corners[n + R]!;
        const middle = 0.5 * (lo + hi);
        if (!(middle > lo && middle < hi)) continue;
        const weight = (hi - lo) * (weighted ? this.#weights[n]! : 1);
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

function mark(known: (Functional | undefined)[], functional: Functional, bits: number): void {
  for (let part = 0; bits >> part !== 0; part++) if ((bits >> part) & 1) known[part] = functional;
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
