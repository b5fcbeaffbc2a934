import { genericRegionCount } from "../../arrangement/counts.ts";
import { approximateInverse } from "../../float/inverse.ts";
import type { Lines } from "../audit/lines.ts";
import { RejectionAudit } from "../audit/rejection-audit.ts";
import { consistent, fewPatterns, heaviestDirection } from "../endings/patterns.ts";
import { contract, intersect, provedRegular } from "../kernel/contraction.ts";
import { type Kernel, Verdict } from "../kernel/kernel.ts";
import type { Box, ErrorBounds, Leaf, OpenBox, SearchProblem } from "../roots/problem.ts";
import { writeMask } from "../units/units.ts";
import { assume, assumedBy } from "./branching.ts";
import { errorBoundsBelow } from "./error-bounds.ts";
import {
  CopiedUnits,
  chooseSplit,
  cut,
  fillLevel,
  isHeldByAny,
  type Level,
  load,
  makeLevel,
  openBoxOf,
  placeParts,
  store,
  undecidedHyperplanes,
} from "./level.ts";
import { SplitBox, touching } from "./split-box.ts";
import { emptyTally, type SearchTally } from "./tally.ts";

/** A box is contracted again, without a split, if its volume fell by this factor. */
const SHRINK = 0.5;
/** A box with at most this many sign patterns is split by them at once. */
const FEW_PATTERNS = 8;
/** A box whose undecided units do not change is split by its sign patterns if there are at most this many. */
const MOST_PATTERNS = 4096;
/** Else it is left to the regions method if its undecided hyperplanes cut at most this many regions. */
const FEW_REGIONS = 20_000n;
/** A box for which there is no other ending is left to the regions method with up to this many regions. */
const MOST_REGIONS = 2_000_000n;
/** Halvings without change, per coordinate, after which other endings are tried. */
const STALE_PER_COORDINATE = 2;
/** Failed attempts at other endings, each after as many further halvings, before a box is given up. */
const MOST_ATTEMPTS = 50;
/** After so many boxes so many levels are made ahead: one that is made in compiled code has that compiled again. */
const [BOXES_OF_SHORT_SEARCHES, LEVELS_AHEAD] = [256, 32];
/** More levels than this are a defect: boxes end by rounding long before. */
const MOST_LEVELS = 20_000;

type Outcome = "done" | "split" | "branch";

/** The events that a search reports to its caller. */
export interface SearchEvents {
  /** A region that may hold a fixed point, as a mask over the problem's hyperplanes. The array is reused. */
  emit(mask: Uint32Array, regular: boolean): void;
  /** @returns false if the leaf is not taken; the search is then incomplete. */
  leaf(leaf: Leaf): boolean;
  /**
   * Tries an ending at a special point, for a box whose undecided units do not change.
   * @returns true if every zero in the box has been emitted.
   */
  special(search: BoxSearch, box: Box): boolean;
  /** Whether the run has to stop: what `special` does may take long. */
  readonly isLate?: (() => boolean) | undefined;
}

/**
 * Branch and bound over boxes, depth first, on one problem (docs/design.md#the-search-method).
 *
 * Invariant: when `step` has returned true and `tally.unsettled` is 0, every zero of G in the started boxes lies in the
 * closure of an emitted region or in a leaf that was taken, or has τ ≤ 0.
 */
export class BoxSearch {
  readonly problem: SearchProblem;
  readonly tally: SearchTally;
  readonly events: SearchEvents;
  /** Boxes in which everything has been found. */
  readonly done: Box[] = [];
  /** Share of the volume settled. */
  settled = 0;

  readonly #kernel: Kernel;
  readonly #mask: Uint32Array;
  readonly #levels: Level[] = [];
  #depth = -1;
  #errors: ErrorBounds;
  /** Units whose piece is assumed on the path to the current box, not proved. */
  readonly #assumed: number[] = [];
  #regular = false;
  readonly #audit: RejectionAudit;

  /** @param kernel of the same problem; no other search may use the kernel at the same time. */
  constructor(
    problem: SearchProblem,
    kernel: Kernel,
    events: SearchEvents,
    tally = emptyTally(),
    audit = new RejectionAudit(problem),
  ) {
    this.problem = problem;
    this.#audit = audit;
    this.events = events;
    this.tally = tally;
    this.#kernel = kernel;
    const { dim: R } = problem.table;
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(problem.system.count / 32)));
    this.#errors = { matrix: new Float64Array(R * R), constant: new Float64Array(R) };
  }

  /** Starts with a box in which no unit is decided. */
  start(box: Box, share: number): void {
    const { count: L, M, k } = this.problem.table;
    const level = this.#begin([]);
    level.lo.set(box.lo);
    level.hi.set(box.hi);
    level.M.set(M);
    level.k.set(k);
    for (let j = 0; j < L; j++) level.undecided[j] = j;
    level.count = L;
    Object.assign(level, { share, nearness: 0, stale: 0, attempts: 0 });
    load(level, this.#kernel);
    this.#audit.begin(box);
    // decides the units that the box decides: the error bounds below the box depend on these alone
    this.#kernel.enclose(level.count);
    const { undecided, pieces } = this.#kernel.workspace;
    this.#useErrors(errorBoundsBelow(this.problem.table, undecided.subarray(0, this.#kernel.count), pieces));
  }

  /** Starts with an open box of another search over the same problem. */
  resume(open: OpenBox): void {
    if (this.tally.boxes >= BOXES_OF_SHORT_SEARCHES) this.#level(LEVELS_AHEAD - 1);
    const level = this.#begin(open.done);
    fillLevel(level, open);
    this.#kernel.workspace.pieces.set(open.pieces);
    this.#useErrors(open.errors);
    this.#audit.begin(open);
  }

  #begin(done: readonly Box[]): Level {
    this.#depth = 0;
    this.#assumed.length = 0;
    this.done.splice(0, this.done.length, ...done);
    const level = this.#level(0);
    level.undecided = level.ownUndecided;
    level.branching = false;
    level.entered = false;
    return level;
  }

  #level(depth: number): Level {
    while (this.#levels.length <= depth) this.#levels.push(makeLevel(this.problem.table));
    return this.#levels[depth]!;
  }

  #useErrors(errors: ErrorBounds): void {
    this.#errors = errors;
    this.#kernel.workspace.matrixError.set(errors.matrix);
    this.#kernel.workspace.constantError.set(errors.constant);
  }

  /**
   * Does about `budget` more boxes.
   * @returns true when no box is left; else `takeOpen` or another step may follow.
   */
  step(budget: number): boolean {
    const end = this.tally.boxes + budget;
    while (this.#depth >= 0) {
      const level = this.#levels[this.#depth]!;
      if (!level.entered) {
        // below a branching box pieces are assumed, which an OpenBox does not record
        if (this.tally.boxes >= end && !level.branching) return false;
        if (this.#process(level) === "done") {
          this.settled += level.share;
          this.#depth--;
          continue;
        }
        level.entered = true;
      }
      if (level.next > 0 && level.branching) this.#assumed.length -= assumedBy(this.problem.table, level);
      if (level.next === level.children) {
        this.#depth--;
        continue;
      }
      this.#descend(level);
    }
    return true;
  }

  /**
   * Ends the search and returns all boxes that are left, outermost first. A step never stops in the middle of a
   * branching box.
   */
  takeOpen(): OpenBox[] {
    const open: OpenBox[] = [];
    // those of undecided units have no meaning, so one copy serves all boxes
    const pieces = this.#kernel.workspace.pieces.slice(0, this.problem.table.count);
    const units = new CopiedUnits();
    while (this.#depth >= 0) {
      const level = this.#levels[this.#depth]!;
      if (!level.entered) {
        open.push(openBoxOf(level, units.of(level), pieces, this.#errors, touching(this.done, level)));
        this.#depth--;
      } else if (level.next === level.children) this.#depth--;
      else this.#descend(level);
    }
    return open.reverse();
  }

  /**
   * Does an open box of another search over the same problem, and no more. Sign patterns that the box is split by are
   * done to the end. @returns the parts that are left.
   */
  split(box: OpenBox): SplitBox | undefined {
    this.resume(box);
    if (this.step(1)) return undefined;
    this.#depth = -1;
    const pieces = this.#kernel.workspace.pieces.subarray(0, this.problem.table.count);
    return new SplitBox(this.#levels[0]!, pieces, this.#errors, this.done);
  }

  /** Boxes not yet done. */
  get open(): number {
    const levels = this.#levels.slice(0, this.#depth + 1);
    return levels.reduce((open, { entered, children, next }) => open + (entered ? children - next : 1), 0);
  }

  #descend(level: Level): void {
    const child = this.#level(this.#depth + 1);
    child.state.set(level.state);
    child.attempts = level.attempts;
    child.entered = false;
    child.branching = level.branching;
    const index = level.next++;
    if (level.branching) {
      child.share = level.share / level.children;
      child.stale = 0;
      const { pieces } = this.#kernel.workspace;
      this.#assumed.push(...assume(this.problem.table, level, child, level.firstState + index, pieces));
    } else {
      child.undecided = level.undecided;
      child.count = level.count;
      child.share = level.share / (1 << level.halvings);
      child.nearness = level.ownNearness;
      child.stale = level.stale + level.halvings;
      cut(child, level, level.parts[index]!);
    }
    this.#depth++;
  }

  /** Encloses, discards and contracts a box, and decides how it goes on. */
  #process(level: Level): Outcome {
    const { dim: R } = this.problem.table;
    const kernel = this.#kernel;
    const { volume, blurred } = kernel.workspace;
    if (isHeldByAny(this.done, level)) return "done";
    if (!this.problem.fit) {
      if (!this.#handOn(level, MOST_REGIONS)) this.tally.unsettled++;
      return "done";
    }
    load(level, this.#kernel);
    let { count } = level;
    let halvings = 0;
    for (;;) {
      this.tally.boxes++;
      this.tally.evaluations += count;
      const verdict = kernel.enclose(count);
      if (verdict === Verdict.LINEAR && this.#contractLinear()) {
        this.#emit(level);
        return "done";
      }
      if (verdict !== Verdict.KEPT) {
        if (this.#isAudited(level)) this.#check(kernel.workspace.c, kernel.workspace.r, this.#lines());
        return "done";
      }
      count = kernel.count;
      if (!(volume[0]! < SHRINK) || blurred[0] === 1) break;
      halvings -= Math.log2(Math.max(volume[0]!, 2 ** -R));
    }
    if (count < level.count) {
      level.stale = 0;
      level.attempts = 0;
    } else level.stale += halvings;
    store(level, kernel);
    return this.#divide(level);
  }

  /** Counts a discarded box. Boxes below a branching box are not audited, as pieces are assumed there. */
  #isAudited(level: Level): boolean {
    return !level.branching && this.#audit.isDue();
  }

  /** The lines by which the kernel has discarded its last box. */
  #lines(): Lines {
    const { swept, undecided, slopes } = this.#kernel.workspace;
    return swept[0] === 1 ? { units: undecided, slopes, count: this.#kernel.count } : "bands";
  }

  #check(c: Float64Array, r: Float64Array, lines: Lines): void {
    this.#audit.check(this.#kernel.workspace.y, c, r, lines);
    this.tally.audited++;
  }

  /**
   * Contracts a box without undecided units by the inverse of Â itself.
   * @returns false if there is no zero in the box.
   */
  #contractLinear(): boolean {
    const { table } = this.problem;
    const { dim: R } = table;
    const { workspace } = this.#kernel;
    this.#regular = false;
    workspace.radii.fill(0);
    workspace.Y.fill(0);
    if (approximateInverse(workspace.A.slice(), workspace.inverse, R)) {
      workspace.Y.set(workspace.inverse);
      if (!intersect(workspace, R)) return false;
      this.#regular = provedRegular(workspace, R);
    }
    // Â is singular or nearly so: the best functional may still exclude the box
    if (!this.#regular && !contract(workspace, R)) return false;
    return consistent(table, workspace, this.#assumed);
  }

  #emit(level: Level): void {
    if (level.branching) this.tally.leaves++;
    writeMask(this.problem.table, this.#kernel.workspace.pieces, this.#mask);
    this.events.emit(this.#mask, this.#regular && this.problem.faithful);
  }

  /** Chooses between an ending (docs/design.md#endings) and a split. */
  #divide(level: Level): Outcome {
    const { table } = this.problem;
    const { workspace } = this.#kernel;
    const blurred = workspace.blurred[0] === 1;
    if (level.branching) return this.#branch(level);
    if (fewPatterns(table, workspace, level.count, FEW_PATTERNS)) return this.#branch(level);
    if (blurred || level.stale >= STALE_PER_COORDINATE * table.dim) {
      if (this.events.special(this, level)) return "done";
      if (fewPatterns(table, workspace, level.count, MOST_PATTERNS)) return this.#branch(level);
      if (this.#handOn(level, FEW_REGIONS)) return "done";
      level.stale = 0;
      level.attempts++;
    }
    if (
      blurred ||
      level.attempts >= MOST_ATTEMPTS ||
      this.#depth >= MOST_LEVELS ||
      !chooseSplit(level, this.#level(this.#depth + 1), this.#kernel.workspace)
    ) {
      if (!this.#handOn(level, MOST_REGIONS)) this.tally.unsettled++;
      return "done";
    }
    this.#sieve(level);
    return "split";
  }

  /** Splits by the states of the direction whose band weighs most. */
  #branch(level: Level): Outcome {
    const { direction, first, last } = heaviestDirection(this.problem.table, this.#kernel.workspace, level.count);
    level.branching = true;
    level.direction = direction;
    level.firstState = first;
    level.children = last - first + 1;
    level.next = 0;
    return "branch";
  }

  /** Lists the parts of a split that the box's functional does not discard. */
  #sieve(level: Level): void {
    const { dim: R } = this.problem.table;
    const { partCentres, partHalves, nearness } = this.#kernel.workspace;
    const count = 1 << level.halvings;
    let discarded = 0;
    if (nearness[0]! < 1) {
      placeParts(level, this.#kernel.workspace);
      discarded = this.#kernel.sieve(count);
    }
    level.children = 0;
    level.next = 0;
    for (let index = 0; index < count; index++) {
      if ((discarded >> index) & 1) {
        this.tally.boxes++;
        this.tally.evaluations += level.count;
        this.settled += level.share / count;
        // a view of the part for each would take longer than the audit
        if (this.#isAudited(level)) this.#check(partCentres.subarray(index * R, (index + 1) * R), partHalves, "edges");
      } else level.parts[level.children++] = index;
    }
  }

  /** Leaves the undecided hyperplanes to the regions method, if they cut few regions. */
  #handOn(level: Level, most: bigint): boolean {
    const { table } = this.problem;
    const hyperplanes = undecidedHyperplanes(table, level);
    if (genericRegionCount(hyperplanes.length, table.dim) > most) return false;
    writeMask(table, this.#kernel.workspace.pieces, this.#mask);
    if (!this.events.leaf({ hyperplanes, mask: this.#mask.slice() })) return false;
    this.tally.handedOn++;
    return true;
  }
}
