import { Boxes, type BoxLevel } from "../check/boxes.ts";
import type { Regions } from "../check/regions.ts";
import { type RootTable, regionsMeeting } from "../check/root.ts";
import { MOST_FEW, masksOf } from "../check/walk.ts";
import type { Cover } from "./covers.ts";
import { type Functional, type Proposer, quantise } from "./functional.ts";
import { TreeOutput } from "./output.ts";
import { Preview } from "./preview.ts";
import { Unproved } from "./unproved.ts";

/** Demanded of a margin, times what the checkers demand: theirs is computed in another order. */
const SAFETY = 4;
/**
 * Where a functional comes less near than this to emptying a box between parallel lines, none empties it by the
 * tighter hulls. Measured.
 */
const WORTH_TRYING = 0.7;
/** Halvings of a box, per coordinate, that leave its undecided units as they are before its regions are tried. */
const STALE_PER_COORDINATE = 2;
/** Undecided hyperplanes of such a box; all that the checkers allow once that has failed so often. */
const FEW_HYPERPLANES = 6;
/** Undecided units of a box whose regions are tried at once where it is far from empty. */
const QUICK_UNITS = 3;
const ATTEMPTS_BEFORE_MOST = 4;
/** Attempts on one path, each after as many halvings again. */
const MOST_ATTEMPTS = 60;

interface Node {
  /** From the enclosure of this box, for its parts. */
  functional: Functional | undefined;
  covers: readonly number[];
  /** Halvings since the undecided units changed. */
  stale: number;
  attempts: number;
  halved: number;
  upper: boolean;
}

/**
 * Proves one root box: halves it until each part has a reason to hold no zero that is not listed. Depth first, in the
 * order in which it is written, so that the answer does not depend on how the work is cut.
 */
export class TreeProver {
  readonly output = new TreeOutput();
  /** Boxes looked at so far. */
  done = 0;
  readonly #boxes: Boxes;
  readonly #proposer: Proposer;
  readonly #preview: Preview;
  readonly #covers: readonly Cover[];
  readonly #regions: Regions | undefined;
  readonly #nodes: Node[] = [];
  #depth = 0;

  constructor(
    table: RootTable,
    box: { readonly lo: Float64Array; readonly hi: Float64Array },
    proposer: Proposer,
    covers: readonly Cover[],
    regions: Regions | undefined,
  ) {
    this.#boxes = new Boxes(table);
    this.#proposer = proposer;
    this.#preview = new Preview(table);
    this.#covers = covers;
    this.#regions = regions;
    const { lo, hi } = this.#boxes.level(0);
    lo.set(box.lo);
    hi.set(box.hi);
    this.#nodes.push({
      functional: undefined,
      covers: covers.map((_, c) => c),
      stale: 0,
      attempts: 0,
      halved: 0,
      upper: false,
    });
  }

  /**
   * Does so many boxes.
   * @returns true once the root is proved. Throws Unproved.
   */
  step(budget: number): boolean {
    for (let n = 0; n < budget; n++) {
      this.done++;
      if (this.#visit()) {
        if (!this.#next()) return true;
      } else this.#descend(false);
    }
    return false;
  }

  /** @returns whether the box is a leaf; else `halved` of its node says where to cut it. */
  #visit(): boolean {
    const depth = this.#depth;
    const boxes = this.#boxes;
    const level = boxes.enter(depth);
    const node = this.#nodes[depth];
    if (this.#isCovered(level, node)) return true;
    const { verdict, nearness, y } = this.#proposer.propose(depth, level.lo, level.hi);
    const functional = quantise(y, false);
    const byKnown = nearness >= 1 ? this.#knownFor(level) : undefined;
    if (byKnown !== undefined) {
      this.output.empty(byKnown);
      return true;
    }
    if (nearness > WORTH_TRYING && functional !== undefined && this.#shows(level, functional)) {
      this.output.empty((nearness < 1 ? this.#knownFor(level) : undefined) ?? functional);
      return true;
    }
    if (verdict === "empty" || level.count === 0) {
      const sharper = quantise(y, true);
      if (sharper !== undefined && this.#shows(level, sharper)) {
        this.output.empty(sharper);
        return true;
      }
    }
    node.functional = functional;
    if (depth > 0 && level.count < boxes.level(depth - 1).count) {
      node.stale = 0;
      node.attempts = 0;
    }
    // a box that is far from empty and has few regions: a continuum runs through it, as a rule
    if (
      this.#regions?.hasContinua === true &&
      level.count > 0 &&
      level.count <= QUICK_UNITS &&
      nearness < WORTH_TRYING &&
      this.#isFew(level, 0)
    ) {
      return true;
    }
    if (level.count === 0 || node.stale >= STALE_PER_COORDINATE * boxes.table.dim) {
      if (this.#isFew(level, node.attempts)) return true;
      node.stale = 0;
      node.attempts++;
    }
    if (node.attempts > MOST_ATTEMPTS) throw new Unproved(describe(level, "is not shown to hold no other fixed point"));
    node.halved = this.#coordinate(level, verdict === "kept");
    this.output.halve(node.halved);
    return false;
  }

  #isCovered({ lo, hi }: BoxLevel, node: Node): boolean {
    for (const c of node.covers) {
      const cover = this.#covers[c];
      let inside = true;
      for (let n = 0; inside && n < lo.length; n++) inside = cover.lo[n] <= lo[n] && hi[n] <= cover.hi[n];
      if (!inside) continue;
      this.output.covered(c);
      return true;
    }
    return false;
  }

  /**
   * A functional that was used lately, or the parent's, if it shows that a box is empty: it takes fewer bytes than one
   * of the box's own.
   */
  #knownFor(level: BoxLevel): Functional | undefined {
    this.#preview.look(level);
    const inherited = this.#depth > 0 ? this.#nodes[this.#depth - 1].functional : undefined;
    const shows = (known: Functional): boolean => this.#preview.isHopeful(known.y) && this.#shows(level, known);
    return this.output.recent.find(shows) ?? (inherited !== undefined && shows(inherited) ? inherited : undefined);
  }

  #shows(level: BoxLevel, { y }: Functional): boolean {
    return this.#boxes.isPositive(this.#boxes.lowerBound(level, y), y, SAFETY);
  }

  /** Whether few hyperplanes meet the box, and all regions that do hold listed fixed points only. */
  #isFew(level: BoxLevel, attempts: number): boolean {
    const most = attempts < ATTEMPTS_BEFORE_MOST ? FEW_HYPERPLANES : MOST_FEW;
    const meeting = regionsMeeting(this.#boxes.table, level.centre, level.half, most);
    if (meeting === undefined || this.#regions === undefined) return false;
    for (const mask of masksOf(meeting)) {
      if (!this.#regions.listed(mask))
        throw new Unproved(describe(level, "meets a region with a fixed point that is not listed"));
    }
    this.output.few();
    return true;
  }

  /** The coordinate that most of the bands' widths come from, or the widest; of those that can be halved. */
  #coordinate(level: BoxLevel, kept: boolean): number {
    const { lo, hi } = level;
    const { spread } = this.#proposer;
    let best = -1;
    let most = -1;
    for (const weighted of kept ? [true, false] : [false]) {
      for (let n = 0; n < lo.length; n++) {
        const middle = 0.5 * (lo[n] + hi[n]);
        if (!(middle > lo[n] && middle < hi[n])) continue;
        const weight = (hi[n] - lo[n]) * (weighted ? spread[n] : 1);
        if (weight > most) {
          most = weight;
          best = n;
        }
      }
      if (best >= 0 && most > 0) return best;
    }
    if (best < 0) throw new Unproved(describe(level, "can't be halved and is not shown to hold no other fixed point"));
    return best;
  }

  /** To the lower or upper half of the box at hand. */
  #descend(upper: boolean): void {
    const depth = this.#depth;
    const level = this.#boxes.level(depth);
    const node = this.#nodes[depth];
    node.upper = upper;
    const part = this.#boxes.level(depth + 1);
    part.lo.set(level.lo);
    part.hi.set(level.hi);
    const n = node.halved;
    (upper ? part.lo : part.hi)[n] = 0.5 * (level.lo[n] + level.hi[n]);
    this.#nodes[depth + 1] = {
      functional: undefined,
      covers: node.covers.filter((c) => meets(this.#covers[c], part)),
      stale: node.stale + 1,
      attempts: node.attempts,
      halved: 0,
      upper: false,
    };
    this.#depth++;
  }

  /** @returns false if all boxes are done. */
  #next(): boolean {
    while (this.#depth > 0 && this.#nodes[this.#depth - 1].upper) this.#depth--;
    if (this.#depth === 0) return false;
    this.#depth--;
    this.#descend(true);
    return true;
  }
}

function meets(cover: Cover, { lo, hi }: BoxLevel): boolean {
  for (let n = 0; n < lo.length; n++) if (cover.lo[n] > hi[n] || cover.hi[n] < lo[n]) return false;
  return true;
}

function describe({ lo, hi }: BoxLevel, why: string): string {
  const sides = Array.from(lo, (from, n) => `[${from}, ${hi[n]}]`);
  return `the box ${sides.join(" × ")} ${why}`;
}
