import { float64s, int32s } from "../../base/small-arrays.ts";
import { halvingsFor, MOST_HALVINGS } from "../../stages/halving.ts";
import { halfWidth, type Kernel, middle } from "../kernel/kernel.ts";
import { type StateViews, stateLength, viewsOf } from "../kernel/workspace.ts";
import type { Box, ErrorBounds, OpenBox } from "../roots/problem.ts";
import type { UnitTable } from "../units/units.ts";

/** A box on the path from the root to the current box, with what is known there and how far its children are. */
export interface Level extends StateViews {
  /** The numbers that lo, hi, M and k are views of. */
  readonly state: Float64Array;
  /**
   * The undecided units of the box. Until the box is enclosed this may be the array of the level above, then it is
   * `ownUndecided`.
   */
  undecided: Int32Array;
  readonly ownUndecided: Int32Array;
  count: number;
  share: number;
  /** How near the functional of the box that it is a part of came to discarding that box. */
  nearness: number;
  /** How near the functional of the box itself came, once it is done. */
  ownNearness: number;
  /** Halvings since the undecided set last changed. */
  stale: number;
  /** Endings tried without success. */
  attempts: number;
  /** Whether the box is split by sign patterns, not by halving: so are all levels below. */
  branching: boolean;
  /** Whether the box itself is done and its children are being visited. */
  entered: boolean;
  next: number;
  children: number;
  /**
   * Coordinates halved one after the other. Bit k of a part's number says in which half of the k-th coordinate the part
   * is.
   */
  readonly halved: Int32Array;
  halvings: number;
  /** The numbers of the parts that the sieve did not discard: the children. */
  readonly parts: Int32Array;
  /** Direction branched on from state `firstState`. */
  direction: number;
  firstState: number;
}

/**
 * A level for any box of a problem, to be filled in. Numbers that become fractions begin with −0, which engines do not
 * take for an integer: a level that changes its form throws away all code that was compiled for the search.
 */
export function makeLevel({ dim: R, count: L }: UnitTable): Level {
  const state = float64s(stateLength(R));
  const ownUndecided = int32s(L);
  const { lo, hi, M, k } = viewsOf(state, R);
  return {
    lo,
    hi,
    M,
    k,
    state,
    undecided: ownUndecided,
    ownUndecided,
    count: 0,
    share: -0,
    nearness: -0,
    ownNearness: -0,
    stale: -0,
    attempts: 0,
    branching: false,
    entered: false,
    next: 0,
    children: 0,
    halved: int32s(MOST_HALVINGS),
    halvings: 0,
    parts: int32s(2 ** MOST_HALVINGS),
    direction: 0,
    firstState: 0,
  };
}

/**
 * A level's box for another search over the same problem, its state copied. In one piece: an object that is made of
 * others takes several times as long.
 * @param undecided @param pieces @param errors @param done are not copied.
 */
export function openBoxOf(
  level: Level,
  undecided: Int32Array,
  pieces: Int32Array,
  errors: ErrorBounds,
  done: readonly Box[],
): OpenBox {
  const { share, nearness, stale, attempts } = level;
  const { lo, hi, M, k } = viewsOf(level.state.slice(), level.lo.length);
  return { lo, hi, M, k, share, nearness, stale, attempts, undecided, pieces, errors, done };
}

/** Copies of the undecided units of levels, which the parts of one box share. */
export class CopiedUnits {
  #from: Int32Array | undefined;
  #undecided = new Int32Array();

  of({ undecided, count }: Level): Int32Array {
    if (undecided !== this.#from) this.#undecided = undecided.slice(0, count);
    this.#from = undecided;
    return this.#undecided;
  }
}

/** Fills a level with what `openBoxOf` gave. */
export function fillLevel(level: Level, open: OpenBox): void {
  level.lo.set(open.lo);
  level.hi.set(open.hi);
  level.M.set(open.M);
  level.k.set(open.k);
  level.undecided.set(open.undecided);
  level.count = open.undecided.length;
  level.share = open.share;
  level.nearness = open.nearness;
  level.stale = open.stale;
  level.attempts = open.attempts;
}

/** Puts a level's state and undecided units before the kernel. */
export function load(level: Level, { workspace }: Kernel): void {
  workspace.state.set(level.state);
  copy(level.undecided, workspace.undecided, level.count);
}

/** Keeps what the kernel has made of them. */
export function store(level: Level, { workspace, count }: Kernel): void {
  level.state.set(workspace.state);
  level.ownNearness = workspace.nearness[0]!;
  level.count = count;
  level.undecided = level.ownUndecided;
  copy(workspace.undecided, level.undecided, count);
}

/** Whether one of some boxes holds all of `inner`. In loops: a function made for each box is garbage of a long search. */
export function isHeldByAny(boxes: readonly Box[], inner: Box): boolean {
  for (const box of boxes) if (holds(box, inner)) return true;
  return false;
}

/** Whether `outer` holds all of `inner`. */
function holds(outer: Box, inner: Box): boolean {
  let i = 0;
  while (i < outer.lo.length && inner.lo[i]! >= outer.lo[i]! && inner.hi[i]! <= outer.hi[i]!) i++;
  return i === outer.lo.length;
}

/** The hyperplanes of the undecided units. */
export function undecidedHyperplanes(table: UnitTable, { undecided, count }: Level): number[] {
  const open = new Uint8Array(table.count);
  for (let q = 0; q < count; q++) open[undecided[q]!] = 1;
  const hyperplanes: number[] = [];
  table.unitOf.forEach((j, i) => {
    if (j >= 0 && open[j]) hyperplanes.push(i);
  });
  return hyperplanes;
}

/**
 * Chooses the coordinates to halve: each time the one that most of the bands' widths come from, and several where
 * halves would mostly be kept.
 * @param part becomes the first part, as a search makes it.
 * @returns whether a coordinate can be halved.
 */
export function chooseSplit(level: Level, part: Level, { spread, nearness }: Kernel["workspace"]): boolean {
  const times = halvingsFor(nearness[0]!);
  copy(level.lo, part.lo, spread.length);
  copy(level.hi, part.hi, spread.length);
  level.halvings = 0;
  while (level.halvings < times) {
    const n = mostSpread(part, spread);
    if (n < 0) break;
    level.halved[level.halvings++] = n;
    part.hi[n] = middle(part.lo[n]!, part.hi[n]!);
  }
  return level.halvings > 0;
}

/** Writes the centres of all parts of a split, and the largest half-widths, for the kernel's sieve. */
export function placeParts(
  { lo, hi, halved, halvings }: Level,
  { partCentres, partHalves, spread }: Kernel["workspace"],
): void {
  const R = spread.length;
  for (let n = 0; n < R; n++) {
    let halves = 0;
    for (let part = 0; part < 1 << halvings; part++) {
      // the side as `cut` leaves it
      let low = lo[n]!;
      let high = hi[n]!;
      for (let k = 0; k < halvings; k++) {
        if (halved[k] !== n) continue;
        if ((part >> k) & 1) low = middle(low, high);
        else high = middle(low, high);
      }
      const c = middle(low, high);
      partCentres[part * R + n] = c;
      halves = Math.max(halves, halfWidth(low, high, c));
    }
    partHalves[n] = halves;
  }
}

/**
 * The coordinate that makes most of the spread of the bands over a box, among those that can be halved; −1 if no
 * coordinate can.
 */
function mostSpread({ lo, hi }: Box, spread: Float64Array): number {
  let best = -1;
  let most = -1;
  for (let n = 0; n < spread.length; n++) {
    const width = hi[n]! - lo[n]!;
    const half = middle(lo[n]!, hi[n]!);
    if (!(half > lo[n]! && half < hi[n]!)) continue;
    if (spread[n]! * width > most) {
      most = spread[n]! * width;
      best = n;
    }
  }
  return best;
}

/** Cuts a level's box down to the part with this number. */
export function cut({ lo, hi }: Box, { halved, halvings }: Pick<Level, "halved" | "halvings">, part: number): void {
  for (let k = 0; k < halvings; k++) {
    const n = halved[k]!;
    const half = middle(lo[n]!, hi[n]!);
    if ((part >> k) & 1) lo[n] = half;
    else hi[n] = half;
  }
}

/** Copies the first entries. The lists are short, so that `set` would take longer. */
export function copy<T extends Int32Array | Float64Array>(from: T, to: T, count: number): void {
  for (let q = 0; q < count; q++) to[q] = from[q]!;
}
