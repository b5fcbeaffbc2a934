import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import { writeMask } from "../../search/units/units.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import type { ComposedMap } from "../composed.ts";
import { firstPiece, foldUnit, KINKS, kinkOf, lastPiece } from "../pieces.ts";
import type { Tree, TreeEvents } from "../tree-tasks.ts";
import { type AffinePoint, AffineStep, affinePoint, partOf } from "./affine-step.ts";
import { AffineClosing } from "./closing.ts";
import { ExactSteps } from "./exact-steps.ts";
import { OrbitCuts } from "./orbit-cuts.ts";
import { EMPTY, type FlatTest, Polytope, UNCHANGED } from "./polytope.ts";
import { UnitSides } from "./unit-sides.ts";

/** Points come from composed maps where their errors are more than this share of the root box. */
const BLUR = 2 ** -26;

/** The orbits of one polytope up to a step, with the units of that step decided up to a place in their list. */
interface Level {
  polytope: Polytope;
  step: number;
  place: number;
  /** The map with the units decided so far: R×D and R. */
  readonly A: Float64Array;
  readonly b: Float64Array;
  /** Pieces of the next unit that are still to be tried. */
  next: number;
  last: number;
  pieces: number;
  share: number;
}

/**
 * All words that orbits have from a set of first points, depth first, each with the polytope of z_0 that has it: there
 * z_t is affine (docs/design.md#cycles-over-polytopes).
 */
export class WordTree implements Tree {
  /** Parts of polytopes made. */
  work = 0;
  settled = 0;
  /** Words of any length that were reached. */
  reached = 0;

  readonly #problem: OrbitProblem;
  readonly #constantBits: Uint32Array;
  readonly #exact: ExactSteps;
  /** The composed map of the first t steps on the path, where it is known. */
  readonly #composed: (ComposedMap | undefined)[] = [];
  readonly #sides: UnitSides;
  readonly #most: number;
  readonly #events: TreeEvents;
  readonly #wanted: Uint8Array;
  readonly #steps: AffineStep[];
  readonly #levels: Level[] = [];
  readonly #closing: AffineClosing;
  readonly #pieces: Int32Array;
  readonly #masks: Uint32Array[];
  readonly #image: AffinePoint;
  readonly #cuts: OrbitCuts;
  readonly #shifts: Float64Array;
  readonly #scales: Float64Array;
  #spare: Polytope;
  #depth = -1;

  /** @param most the largest period. @param constantBits of hyperplanes that the table leaves out. */
  constructor(
    system: PiecewiseLinearSystem,
    problem: OrbitProblem,
    most: number,
    events: TreeEvents,
    constantBits: Uint32Array,
  ) {
    const { table, free } = problem;
    this.#constantBits = constantBits;
    this.#exact = new ExactSteps(system, problem);
    this.#sides = new UnitSides(system, problem);
    const P = free.length;
    this.#problem = problem;
    this.#most = most;
    this.#events = events;
    this.#wanted = new Uint8Array(most + 1);
    this.#steps = Array.from({ length: most }, () => new AffineStep(problem));
    this.#closing = new AffineClosing(problem);
    this.#pieces = new Int32Array(most * table.count);
    const words = Math.max(1, Math.ceil(table.unitOf.length / 32));
    this.#masks = Array.from({ length: most }, () => new Uint32Array(words));
    this.#image = affinePoint(table.dim, P);
    this.#cuts = new OrbitCuts(problem, most);
    this.#shifts = new Float64Array(P);
    this.#scales = new Float64Array(P);
    this.#spare = new Polytope(P);
  }

  get counts() {
    return { polytopes: this.work, admissibleWords: this.reached, exactTests: this.#sides.tested };
  }

  start(periods: readonly number[], path?: Int32Array): void {
    this.settled = 0;
    const { start, free, table } = this.#problem;
    this.#wanted.fill(0);
    for (const k of periods) this.#wanted[k] = 1;
    const level = this.#level(0);
    level.polytope.makeCube();
    const { first, point } = this.#steps[0]!;
    const P = free.length;
    first.L.fill(0);
    for (let i = 0; i < table.dim; i++) {
      first.c[i] = start.lo[i] === start.hi[i] ? start.lo[i]! : middle(start.lo[i]!, start.hi[i]!);
      first.e[i] = 0;
    }
    for (let p = 0; p < P; p++) {
      const i = free[p]!;
      first.L[i * P + p] = halfWidth(start.lo[i]!, start.hi[i]!, first.c[i]!);
    }
    copyPoint(first, point);
    Object.assign(level, { step: 0, share: 1 });
    this.#depth = 0;
    this.work++;
    this.#cuts.begin(first);
    if (this.#cuts.recurs(level, first, point) && this.#enter(level)) this.#advance(level);
    else this.#close(level);
    if (path !== undefined) this.#follow(path);
  }

  #follow(path: Int32Array): void {
    for (let n = 0; n < path.length; n += 2) {
      const level = this.#levels[this.#depth]!;
      level.next = path[n]!;
      level.last = path[n + 1]! - 1;
      // the last one is still to be done
      if (n + 2 < path.length) this.#descend(level, level.next++);
    }
  }

  get rest(): Int32Array {
    return Int32Array.from({ length: 2 * (this.#depth + 1) }, (_, n) => {
      const { next, last } = this.#levels[n >> 1]!;
      return n % 2 === 1 ? last + 1 : n >> 1 < this.#depth ? next - 1 : next;
    });
  }

  #level(depth: number): Level {
    const { table, rows, free } = this.#problem;
    this.#levels[depth] ??= {
      polytope: new Polytope(free.length),
      step: 0,
      place: 0,
      A: new Float64Array(rows * table.dim),
      b: new Float64Array(rows),
      next: 0,
      last: -1,
      pieces: 1,
      share: 0,
    };
    return this.#levels[depth];
  }

  /**
   * Makes about `budget` more polytopes.
   * @returns true when none is left.
   */
  step(budget: number): boolean {
    const end = this.work + budget;
    while (this.#depth >= 0) {
      const level = this.#levels[this.#depth]!;
      if (level.next > level.last) this.#depth--;
      else if (this.work >= end) return false;
      else this.#descend(level, level.next++);
    }
    return true;
  }

  /** The part of a level's polytope where its next unit is on one piece. */
  #descend(level: Level, piece: number): void {
    const { table, rows } = this.#problem;
    const child = this.#level(this.#depth + 1);
    const j = this.#steps[level.step]!.undecided[level.place]!;
    this.work++;
    child.share = level.share / level.pieces;
    if (!this.#partTo(child, level, j, piece)) {
      this.settled += child.share;
      return;
    }
    for (let n = 0; n < level.A.length; n++) child.A[n] = level.A[n]!;
    for (let n = 0; n < level.b.length; n++) child.b[n] = level.b[n]!;
    foldUnit(table, rows, j, piece, child.A, 0, child.b, 0);
    this.#pieces[level.step * table.count + j] = piece;
    child.step = level.step;
    child.place = level.place + 1;
    this.#depth++;
    this.#advance(child);
  }

  /** Makes the polytope of a child where unit j is on one piece. @returns false if it may be left out. */
  #partTo(child: Level, level: Level, j: number, piece: number): boolean {
    const { table } = this.#problem;
    const step = this.#steps[level.step]!;
    const P = this.#shifts.length;
    const error = step.error[j]!;
    let from = level.polytope;
    if (piece > 0) {
      const bound = step.x[j]! - kinkOf(table, j, piece - 1) + error;
      const tag = this.#sides.tag(level.step, j, piece - 1, 1);
      const done = child.polytope.clip(from, step.a, j * P, -1, bound, error, tag, this.#isFlat);
      if (done === EMPTY) return false;
      if (done !== UNCHANGED) from = child.polytope;
    }
    const above = piece < KINKS ? kinkOf(table, j, piece) : Number.POSITIVE_INFINITY;
    if (above < Number.POSITIVE_INFINITY) {
      const tag = this.#sides.tag(level.step, j, piece, 0);
      const done = this.#spare.clip(from, step.a, j * P, 1, above - step.x[j]! + error, error, tag, this.#isFlat);
      if (done === EMPTY) return false;
      if (done !== UNCHANGED) {
        this.#swap(child);
        from = child.polytope;
      }
    }
    if (from !== child.polytope) child.polytope.copy(from);
    return true;
  }

  #swap(level: Level): void {
    const polytope = level.polytope;
    level.polytope = this.#spare;
    this.#spare = polytope;
  }

  /** Leaves nothing to be tried at a level. */
  #close(level: Level): void {
    this.settled += level.share;
    level.next = 0;
    level.last = -1;
  }

  /** Begins a step whose points are set. @returns false if no orbit is there. */
  #enter(level: Level): boolean {
    const { table } = this.#problem;
    const step = this.#steps[level.step]!;
    if (!step.decide(this.#pieces, level.step * table.count)) return false;
    for (let n = 0; n < level.A.length; n++) level.A[n] = step.A[n]!;
    for (let n = 0; n < level.b.length; n++) level.b[n] = step.b[n]!;
    level.place = 0;
    return true;
  }

  /** Decides units, step after step, up to one that may be on several pieces. */
  #advance(level: Level): void {
    const { table, rows } = this.#problem;
    for (;;) {
      const step = this.#steps[level.step]!;
      while (level.place < step.count) {
        const j = step.undecided[level.place]!;
        if (!this.#bound(level, step)) {
          this.#close(level);
          return;
        }
        if (level.last > level.next) {
          level.pieces = level.last - level.next + 1;
          return;
        }
        // a range that is one kink may be on either piece
        this.#pieces[level.step * table.count + j] = level.next;
        foldUnit(table, rows, j, level.next, level.A, 0, level.b, 0);
        level.place++;
      }
      if (this.#next(level, step)) continue;
      this.#close(level);
      return;
    }
  }

  /** Writes the pieces that the next unit may be on to the level. @returns false if there are none. */
  #bound(level: Level, step: AffineStep): boolean {
    const { table } = this.#problem;
    const { polytope } = level;
    const P = this.#shifts.length;
    const j = step.undecided[level.place]!;
    const at = j * P;
    const x = step.x[j]!;
    const error = step.error[j]!;
    level.next = step.from[level.place]!;
    level.last = step.to[level.place]!;
    let low = Number.NEGATIVE_INFINITY;
    const least = polytope.leastVertex(step.a, at, 1);
    if (firstPiece(table, j, x + polytope.valueAt(least, step.a, at)) > level.next) {
      low = x + polytope.lowerBound(step.a, at, 1, least) - error;
      level.next = Math.max(level.next, firstPiece(table, j, low));
    }
    const greatest = polytope.leastVertex(step.a, at, -1);
    if (lastPiece(table, j, x + polytope.valueAt(greatest, step.a, at)) < level.last) {
      const high = x - polytope.lowerBound(step.a, at, -1, greatest) + error;
      if (high < low) return false;
      level.last = Math.min(level.last, lastPiece(table, j, high));
    }
    return true;
  }

  /** Goes on to the next step with a word that is decided. @returns false if nothing is left to do. */
  #next(level: Level, step: AffineStep): boolean {
    const image = this.#image;
    const t = level.step + 1;
    step.advance(level.A, level.b, image);
    this.reached++;
    if (t < this.#most) this.#composed[t] = undefined;
    if (this.#isBlurred()) {
      const map = this.#exact.extend(this.#composedTo(level.step), this.#mask(level.step));
      if (t < this.#most) this.#composed[t] = map;
      this.#exact.apply(map, step.first, image);
    }
    if (!this.#cuts.stays(level, image) || !this.#cuts.isLed(level, t, image)) return false;
    if (this.#wanted[t] === 1 && this.#closing.mayClose(step.first, image, level.polytope))
      this.#events.emit(this.#word(t));
    if (t === this.#most) return false;
    level.polytope.fit(this.#shifts, this.#scales);
    const to = this.#steps[t]!;
    partOf(step.first, this.#shifts, this.#scales, to.first);
    partOf(image, this.#shifts, this.#scales, to.point);
    this.#cuts.follow(t, this.#shifts, this.#scales);
    level.step = t;
    return this.#cuts.recurs(level, to.first, to.point) && this.#enter(level);
  }

  /** Whether errors of z_t are more than a share of the root box. */
  #isBlurred(): boolean {
    const { rows: R, root } = this.#problem;
    for (let i = 0; i < R; i++) if (this.#image.e[i]! > BLUR * (root.hi[i]! - root.lo[i]!)) return true;
    return false;
  }

  /** The composed map of the first t steps on the path. */
  #composedTo(t: number): ComposedMap {
    this.#composed[t] ??=
      t === 0 ? this.#exact.identity : this.#exact.extend(this.#composedTo(t - 1), this.#mask(t - 1));
    return this.#composed[t];
  }

  readonly #isFlat: FlatTest = (tags, count) => this.#sides.isFlat(tags, count, this.#word);

  /** The masks of the first k steps on the path; used again. */
  readonly #word = (k: number): Uint32Array[] => Array.from({ length: k }, (_, t) => this.#mask(t));

  /** The mask of a step on the path; used again. */
  #mask(t: number): Uint32Array {
    const { table } = this.#problem;
    const mask = this.#masks[t]!;
    writeMask(table, this.#pieces.subarray(t * table.count, (t + 1) * table.count), mask);
    for (let w = 0; w < mask.length; w++) mask[w]! |= this.#constantBits[w]!;
    return mask;
  }
}

function copyPoint(from: AffinePoint, to: AffinePoint): void {
  to.c.set(from.c);
  to.e.set(from.e);
  to.L.set(from.L);
}
