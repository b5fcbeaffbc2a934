import { HALF_WIDTH, HALF_WIDTH_CENTRE } from "../../search/kernel/bounds.ts";
import { writeMask } from "../../search/units/units.ts";
import { recurrentCells } from "../cells/recurrent-cells.ts";
import type { Tree, TreeEvents } from "../tree-tasks.ts";
import { OrbitEnclosure } from "./enclosure.ts";
import { type OrbitBox, orbitBox, startWith, updateLongest } from "./level.ts";
import type { OrbitProblem } from "./maps.ts";

/** A box is enclosed again, without a split, if its volume fell by this factor. */
const SHRINK = 0.5;
/** A period with at most this many sign choices left is settled by branching on them at once (log2). */
const FEW_CHOICES = 2;
/** A period is settled by its sign choices, if splitting changes nothing and there are at most this many (log2). */
const MOST_CHOICES = 12;
/** Halvings without change, per coordinate, after which a box is settled otherwise. */
const STALE_PER_COORDINATE = 2;
/** Failed attempts to settle a box otherwise, before it is given up. */
const MOST_ATTEMPTS = 30;
/** A box is given up once its half-widths are so many times the rounding of one step, or less. */
const BLUR = 8;
/** A box is turned at most once in so many halvings, as each turn makes it larger. */
const HALVINGS_PER_TURN = 10;
/** A box so deep is given up: boxes end by rounding before. */
const MOST_LEVELS = 600;

interface Level extends OrbitBox {
  share: number;
  /** Halvings since the undecided units and the living periods last changed. */
  stale: number;
  /** Halvings since the box was last turned. */
  straight: number;
  attempts: number;
  /** log2 of sign choices, and the number of living periods, when last changed. */
  open: number;
  living: number;
  /** Whether the one period alive is settled by sign choices: so are all levels below. */
  branching: boolean;
  entered: boolean;
  /** Children in order: one for each period that is settled by its sign choices, then two halves or the pieces. */
  next: number;
  children: number;
  /** The first child that is not this tree's: later ones are done elsewhere. */
  end: number;
  readonly words: number[];
  /** The coordinate that is halved, −1 if none is. */
  halved: number;
  /** Where a unit's pieces are assumed. */
  step: number;
  unit: number;
  firstPiece: number;
  /** Assumptions on the path to this level. */
  assumed: number;
}

/** Branch and bound over boxes of z_0, depth first, for several periods at once (docs/design.md#cycles-over-boxes). */
export class BoxTree implements Tree {
  readonly problem: OrbitProblem;
  readonly most: number;
  /** Boxes enclosed. */
  boxes = 0;
  /** Boxes that were given up, for each period. */
  readonly givenUp: Float64Array;
  /** Share of the started boxes that is settled. */
  settled = 0;

  readonly #enclosure: OrbitEnclosure;
  readonly #events: TreeEvents;
  readonly #levels: Level[] = [];
  readonly #masks: Uint32Array[];
  readonly #smallest: number;
  #depth = -1;

  /** @param most the largest period. @param isShort whether cells of cycles take longer than they save. */
  constructor(problem: OrbitProblem, most: number, events: TreeEvents, isShort = false) {
    this.problem = problem;
    this.most = most;
    this.#events = events;
    this.#enclosure = new OrbitEnclosure(problem, most, isShort ? undefined : recurrentCells(problem, most));
    this.givenUp = new Float64Array(most + 1);
    const words = Math.max(1, Math.ceil(problem.table.unitOf.length / 32));
    this.#masks = Array.from({ length: most }, () => new Uint32Array(words));
    this.#smallest = BLUR * Math.max(...problem.stepError);
  }

  get work(): number {
    return this.boxes;
  }

  get counts() {
    return { boxes: this.boxes, unitEvaluations: this.#enclosure.units.evaluations };
  }

  start(periods: readonly number[], path?: Int32Array): void {
    this.settled = 0;
    const level = this.#level(0);
    startWith(level, this.problem.start, this.problem.free);
    level.alive.fill(0);
    for (const k of periods) level.alive[k] = 1;
    level.longest = Math.max(0, ...periods);
    Object.assign(level, { share: 1, stale: 0, attempts: 0, open: -1, living: -1, branching: false, entered: false });
    level.assumed = 0;
    level.straight = HALVINGS_PER_TURN;
    this.#enclosure.units.assumed.length = 0;
    this.#depth = 0;
    if (path !== undefined) this.#follow(path);
  }

  #follow(path: Int32Array): void {
    for (let n = 0; n < path.length; n += 2) {
      const level = this.#levels[this.#depth]!;
      level.entered = true;
      this.#process(level);
      level.next = path[n]!;
      level.end = path[n + 1]!;
      this.#descend(level);
    }
  }

  get rest(): Int32Array {
    return Int32Array.from({ length: 2 * this.#depth }, (_, n) => {
      const level = this.#levels[n >> 1]!;
      return n % 2 === 0 ? level.next - 1 : level.end;
    });
  }

  #level(depth: number): Level {
    this.#levels[depth] ??= {
      ...orbitBox(this.problem, this.most),
      share: 0,
      stale: 0,
      straight: 0,
      attempts: 0,
      open: -1,
      living: -1,
      branching: false,
      entered: false,
      next: 0,
      children: 0,
      end: 0,
      words: [],
      halved: -1,
      step: 0,
      unit: 0,
      firstPiece: 0,
      assumed: 0,
    };
    return this.#levels[depth];
  }

  /**
   * Does about `budget` more boxes.
   * @returns true when no box is left.
   */
  step(budget: number): boolean {
    const end = this.boxes + budget;
    while (this.#depth >= 0) {
      const level = this.#levels[this.#depth]!;
      if (!level.entered) {
        if (this.boxes >= end) return false;
        level.entered = true;
        this.#process(level);
        level.end = level.children;
      }
      if (level.next < level.end) this.#descend(level);
      else {
        if (level.children === 0) this.settled += level.share;
        this.#depth--;
      }
    }
    return true;
  }

  #descend(level: Level): void {
    const child = this.#level(this.#depth + 1);
    const index = level.next++;
    copyNumbers(level.shifts, child.shifts);
    copyNumbers(level.scales, child.scales);
    child.entered = false;
    child.stale = level.stale;
    child.straight = level.straight;
    child.attempts = level.attempts;
    child.open = level.open;
    child.living = level.living;
    child.share = level.share / level.children;
    child.assumed = level.assumed;
    this.#enclosure.units.assumed.length = level.assumed;
    if (!level.branching && index < level.words.length) {
      child.alive.fill(0);
      child.longest = level.words[index]!;
      child.alive[child.longest] = 1;
      child.branching = true;
    } else {
      child.alive.set(level.alive);
      child.longest = level.longest;
      child.branching = level.branching;
      if (level.branching) {
        this.#enclosure.units.assumed.push({ step: level.step, unit: level.unit, piece: level.firstPiece + index });
        child.assumed++;
      } else {
        const p = level.halved;
        const half = 0.5 * level.scales[p]!;
        const side = index === level.words.length ? -half : half;
        child.shifts[p]! += side;
        child.scales[p] = half * HALF_WIDTH + Math.abs(child.shifts[p]!) * HALF_WIDTH_CENTRE;
        child.stale++;
        child.straight++;
      }
    }
    this.#depth++;
  }

  /** Encloses a box, hands over words that are complete, and decides how it goes on. */
  #process(level: Level): void {
    const enclosure = this.#enclosure;
    enclosure.units.assumed.length = level.assumed;
    level.children = 0;
    level.next = 0;
    level.words.length = 0;
    level.halved = -1;
    let from: OrbitBox = this.#depth > 0 ? this.#levels[this.#depth - 1]! : level;
    enclosure.patient = level.branching || level.attempts > 0;
    for (;;) {
      this.boxes++;
      if (!enclosure.run(level, from)) return;
      for (const k of enclosure.completed) this.#emit(k);
      if (level.longest === 0) return;
      from = level;
      if (enclosure.volume < SHRINK) continue;
      if (enclosure.patient || !this.#isBlurred()) break;
      enclosure.patient = true;
    }
    let living = 0;
    for (let k = 1; k <= level.longest; k++) living += level.alive[k]!;
    const open = enclosure.units.choices[level.steps]!;
    if (open !== level.open || living !== level.living) {
      level.stale = 0;
      level.attempts = 0;
      level.open = open;
      level.living = living;
    }
    if (this.#depth >= MOST_LEVELS) this.#giveUp(level);
    else if (level.branching) this.#branch(level);
    else this.#divide(level);
  }

  #emit(k: number): void {
    const { table } = this.problem;
    const L = table.count;
    const masks = this.#masks.slice(0, k);
    masks.forEach((mask, t) => {
      writeMask(table, this.#enclosure.units.pieces.subarray(t * L, (t + 1) * L), mask);
    });
    this.#events.emit(masks);
  }

  #divide(level: Level): void {
    const { free } = this.problem;
    const { choices } = this.#enclosure.units;
    const blurred = this.#isBlurred();
    let limit = FEW_CHOICES;
    if (blurred || level.stale >= STALE_PER_COORDINATE * free.length) {
      limit = MOST_CHOICES;
      level.stale = 0;
      level.attempts++;
    }
    for (let k = 1; k <= level.longest && k <= level.steps; k++) {
      if (level.alive[k] === 0 || choices[k]! > limit) continue;
      level.words.push(k);
      level.alive[k] = 0;
    }
    updateLongest(level);
    level.children = level.words.length;
    if (level.longest === 0) return;
    level.halved = blurred || level.attempts > MOST_ATTEMPTS ? -1 : this.#widest();
    if (level.halved < 0) this.#giveUp(level);
    else {
      level.children += 2;
      const longer = level.straight >= HALVINGS_PER_TURN ? this.#enclosure.turn(level) : -1;
      if (longer >= 0) {
        level.halved = longer;
        level.straight = 0;
      }
    }
  }

  /** Whether the last box is so small that rounding rules. */
  #isBlurred(): boolean {
    const { boxSum } = this.#enclosure.start;
    for (const i of this.problem.free) if (boxSum[i]! > this.#smallest) return false;
    return true;
  }

  #giveUp(level: Level): void {
    for (let k = 1; k <= level.longest; k++) if (level.alive[k] === 1) this.givenUp[k]!++;
  }

  /** Assumes, one after the other, the pieces of the first step's undecided unit with the widest band. */
  #branch(level: Level): void {
    const { widest, firstPiece, lastPiece } = this.#enclosure.units;
    let t = level.prefix;
    while (t < level.longest && level.counts[t] === 0) t++;
    if (level.steps < level.longest || t === level.longest) {
      this.#giveUp(level);
      return;
    }
    level.step = t;
    level.unit = widest[t]!;
    level.firstPiece = firstPiece[t]!;
    level.children = lastPiece[t]! - firstPiece[t]! + 1;
  }

  /** The generator of the box that makes most of the spread of the bands. */
  #widest(): number {
    const { spread } = this.#enclosure.units;
    let best = 0;
    for (let p = 1; p < spread.length; p++) if (spread[p]! > spread[best]!) best = p;
    return best;
  }
}

/** Boxes are short, so that `set` would take longer. */
function copyNumbers(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i++) to[i] = from[i]!;
}
