import { approximateInverse } from "../bounds/inverse.ts";
import { accumulation, HALF_WIDTH, HALF_WIDTH_CENTRE, OUTWARD, TINY } from "./bounds.ts";
import { invertPositive } from "./dense.ts";
import { type Band, genericBand, pieceAbove, pieceBelow } from "./generic-units.ts";
import { type Kernels, kernels } from "./kernels.ts";
import type { SearchSystem } from "./search-system.ts";
import { type UnitTable, unitTable, writeMask } from "./units.ts";

/** A system to search in, with what its boxes share. */
export interface SearchProblem {
  readonly system: SearchSystem;
  readonly table: UnitTable;
  readonly kernels: Kernels;
  /** The coordinate that is τ (no fixed point has τ ≤ 0), or −1. */
  readonly horizon: number;
  /** Whether the matrix of a region here is regular iff M + VᵀDU of the original system is. */
  readonly faithful: boolean;
}

export function searchProblem(system: SearchSystem, horizon: number, faithful: boolean): SearchProblem {
  return { system, table: unitTable(system), kernels: kernels(system.dim), horizon, faithful };
}

export interface Box {
  /** Coordinates with lo = hi are fixed: never split, never moved. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/** A box still to be done with what its ancestors decided: all that a worker needs to go on. */
export interface OpenBox extends Box {
  readonly M: Float64Array;
  readonly k: Float64Array;
  /** Undecided units, the simple ones first. */
  readonly undecided: Int32Array;
  readonly simple: number;
  /** Of each unit; meaningless for the undecided. */
  readonly pieces: Int32Array;
  /** Share of the whole search's volume. */
  readonly share: number;
  readonly stale: number;
  readonly attempts: number;
  readonly errors: ErrorBounds;
}

/** Ā and b̄ of bounds.ts times `accumulation`. */
export interface ErrorBounds {
  readonly matrix: Float64Array;
  readonly constant: Float64Array;
}

/** A system of few hyperplanes that boxes could not settle: left to the regions method. */
export interface Leaf {
  /** Hyperplanes of the problem that were undecided; the others have the bits of `mask`. */
  readonly hyperplanes: readonly number[];
  readonly mask: Uint32Array;
}

export interface SearchEvents {
  /** A region that may hold a fixed point, as a mask over the problem's hyperplanes (reused). */
  emit(mask: Uint32Array, regular: boolean): void;
  /** @returns false if it is not taken; the search is then incomplete. */
  leaf(leaf: Leaf): boolean;
  /**
   * Tries to end at a point that splitting does not get away from, for a box whose undecided units do not change.
   * @returns true if every zero in the box has been emitted.
   */
  special(search: BoxSearch, box: Box): boolean;
}

export interface SearchTally {
  /** Boxes enclosed, contractions counted each time. */
  boxes: number;
  /** Bands and decisions computed. */
  evaluations: number;
  /** Boxes, and those of cones, that ended in sign patterns of few units. */
  leaves: number;
  /** Special points treated: concurrency points and proved unique solutions. */
  points: number;
  /** Systems left to the regions method. */
  handedOn: number;
  /** Boxes given up: the answer is incomplete if there are any. */
  unsettled: number;
}

export function emptyTally(): SearchTally {
  return { boxes: 0, evaluations: 0, leaves: 0, points: 0, handedOn: 0, unsettled: 0 };
}

/** What is tried, and when; the defaults are measured (issue 7). */
export interface SearchTuning {
  /** Weight of the bands against the box in the ridge inverse. */
  readonly ridge: number;
  /** Contract again without splitting where the volume fell by this factor. */
  readonly shrink: number;
  /** A box with at most this many sign patterns ends in them at once. */
  readonly fewPatterns: number;
  /** A box whose undecided units do not change ends in its sign patterns if they are at most this many. */
  readonly mostPatterns: number;
}

export const DEFAULT_TUNING: SearchTuning = { ridge: 3, shrink: 0.5, fewPatterns: 8, mostPatterns: 4096 };

type Outcome = "done" | "split" | "branch";

interface Level {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly M: Float64Array;
  readonly k: Float64Array;
  readonly undecided: Int32Array;
  count: number;
  simple: number;
  share: number;
  /** Halvings since the undecided set last changed. */
  stale: number;
  /** Endings tried without success. */
  attempts: number;
  /** Halvings of boxes above. */
  splits: number;
  /** Only sign patterns are split below, no boxes. */
  branching: boolean;
  /** Whether the box itself is done and its children are being visited. */
  entered: boolean;
  next: number;
  children: number;
  /** Coordinate split at `at`, or direction branched on from state `firstState`. */
  which: number;
  at: number;
  firstState: number;
}

/** Levels beyond this are a defect: boxes end by rounding long before. */
const MOST_LEVELS = 20_000;
/** Halvings without change, per coordinate, after which other endings are tried. */
const STALE_PER_COORDINATE = 2;
/** Failed attempts at other endings, each after as many halvings again, before a box is given to the regions method. */
const MOST_ATTEMPTS = 50;

/**
 * Branch and bound over boxes, depth first, on one problem (DESIGN.md section 4).
 *
 * Invariant: when `step` has returned true and `tally.unsettled` is 0, every zero of G in the boxes started lies in the closure of
 * a region that was emitted (or in a leaf that was taken), or has τ ≤ 0.
 */
export class BoxSearch {
  readonly problem: SearchProblem;
  readonly events: SearchEvents;
  readonly tally: SearchTally;
  readonly tuning: SearchTuning;
  /** Boxes in which everything has been found. */
  readonly done: Box[] = [];
  /** Share of the volume settled. */
  settled = 0;

  readonly #pieces: Int32Array;
  readonly #mask: Uint32Array;
  readonly #levels: Level[] = [];
  #depth = -1;
  #errors: ErrorBounds;
  /** Units whose piece was assumed on the way down, not proved. */
  readonly #assumed: number[] = [];

  readonly #c: Float64Array;
  readonly #r: Float64Array;
  readonly #A: Float64Array;
  readonly #G: Float64Array;
  readonly #Q: Float64Array;
  readonly #W: Float64Array;
  readonly #E: Float64Array;
  readonly #inverse: Float64Array;
  readonly #Y: Float64Array;
  readonly #radii: Float64Array;
  readonly #widths: Float64Array;
  readonly #move: Float64Array;
  readonly #scratch: Float64Array;
  readonly #band: Band = { slope: 0, value: 0, width: 0 };
  /** Of the last enclosure: rounding decides in some coordinate. */
  #blurred = false;

  constructor(problem: SearchProblem, events: SearchEvents, tally = emptyTally(), tuning = DEFAULT_TUNING) {
    this.problem = problem;
    this.events = events;
    this.tally = tally;
    this.tuning = tuning;
    const { dim: R, count: L } = problem.table;
    this.#pieces = new Int32Array(L);
    this.#mask = new Uint32Array(Math.max(1, Math.ceil(problem.system.count / 32)));
    this.#errors = { matrix: new Float64Array(R * R), constant: new Float64Array(R) };
    this.#c = new Float64Array(R);
    this.#r = new Float64Array(R);
    this.#A = new Float64Array(R * R);
    this.#G = new Float64Array(R);
    this.#Q = new Float64Array(R);
    this.#W = new Float64Array(R * R);
    this.#E = new Float64Array(R);
    this.#inverse = new Float64Array(R * R);
    this.#Y = new Float64Array((R + 1) * R);
    this.#radii = new Float64Array(R + 1);
    this.#widths = new Float64Array(L);
    this.#move = new Float64Array(R);
    this.#scratch = new Float64Array(R * R);
  }

  /** Begins with a box of which nothing is known. */
  start(box: Box, share: number): void {
    const { dim: R, count: L, M, k, simple } = this.problem.table;
    const level = this.#begin();
    level.lo.set(box.lo);
    level.hi.set(box.hi);
    level.M.set(M);
    level.k.set(k);
    for (let j = 0; j < L; j++) level.undecided[j] = j;
    level.count = L;
    level.simple = simple;
    level.share = share;
    this.#centre(level);
    this.#restrict(level);
    this.#errors = this.#errorBounds(level, R);
  }

  /** Goes on with a box of another search over the same problem. */
  resume(open: OpenBox): void {
    const level = this.#begin();
    level.lo.set(open.lo);
    level.hi.set(open.hi);
    level.M.set(open.M);
    level.k.set(open.k);
    level.undecided.set(open.undecided);
    level.count = open.undecided.length;
    level.simple = open.simple;
    level.share = open.share;
    level.stale = open.stale;
    level.attempts = open.attempts;
    this.#pieces.set(open.pieces);
    this.#errors = open.errors;
  }

  #begin(): Level {
    this.#depth = 0;
    this.#assumed.length = 0;
    const level = this.#level(0);
    level.stale = 0;
    level.attempts = 0;
    level.splits = 0;
    level.branching = false;
    level.entered = false;
    return level;
  }

  #level(depth: number): Level {
    const existing = this.#levels[depth];
    if (existing !== undefined) return existing;
    const { dim: R, count: L } = this.problem.table;
    const level: Level = {
      lo: new Float64Array(R),
      hi: new Float64Array(R),
      M: new Float64Array(R * R),
      k: new Float64Array(R),
      undecided: new Int32Array(L),
      count: 0,
      simple: 0,
      share: 0,
      stale: 0,
      attempts: 0,
      splits: 0,
      branching: false,
      entered: false,
      next: 0,
      children: 0,
      which: 0,
      at: 0,
      firstState: 0,
    };
    this.#levels[depth] = level;
    return level;
  }

  /** Ā and b̄ for everything below a box: units decided on it count with what they added, the others with their bounds. */
  #errorBounds(level: Level, R: number): ErrorBounds {
    const { table } = this.problem;
    const matrix = table.matrixMagnitude.slice();
    const constant = table.constantMagnitude.slice();
    const open = new Uint8Array(table.count);
    for (let q = 0; q < level.count; q++) open[level.undecided[q]] = 1;
    for (let j = 0; j < table.count; j++) {
      if (!open[j] && this.#pieces[j] === 0) continue;
      for (let i = 0; i < R; i++) {
        const weight = table.weight[j * R + i];
        constant[i] += weight * table.offsetBound[j];
        const slope = weight * table.slopeBound[j];
        for (let n = 0; n < R; n++) matrix[i * R + n] += slope * Math.abs(table.data[j * table.stride + n]);
      }
    }
    const factor = accumulation(table.count, R);
    return { matrix: matrix.map((x) => x * factor), constant: constant.map((x) => x * factor + TINY) };
  }

  /**
   * Does up to `budget` more boxes.
   * @param split called for a box about to be halved; if it returns true, the box is taken over and not halved here.
   * @returns true when nothing is left.
   */
  step(budget: number, split?: (splits: number) => boolean): boolean {
    const end = this.tally.boxes + budget;
    while (this.#depth >= 0) {
      const level = this.#levels[this.#depth];
      if (!level.entered) {
        if (this.tally.boxes >= end) return false;
        const outcome = this.#process(level);
        if (outcome === "done") {
          this.#leave(level.share);
          continue;
        }
        level.entered = true;
        if (outcome === "split" && split?.(level.splits)) {
          this.#depth--;
          continue;
        }
      }
      if (level.next > 0 && level.branching) this.#assumed.length -= this.#assumedBy(level);
      if (level.next === level.children) {
        this.#depth--;
        continue;
      }
      this.#descend(level);
    }
    return true;
  }

  #leave(share: number): void {
    this.settled += share;
    this.#depth--;
  }

  /** The box at the top, for `split`; its children are not made. */
  openBox(): OpenBox {
    const level = this.#levels[this.#depth];
    return {
      lo: level.lo.slice(),
      hi: level.hi.slice(),
      M: level.M.slice(),
      k: level.k.slice(),
      undecided: level.undecided.slice(0, level.count),
      simple: level.simple,
      pieces: this.#pieces.slice(),
      share: level.share,
      stale: level.stale,
      attempts: level.attempts,
      errors: this.#errors,
    };
  }

  /** Boxes not yet done. */
  get open(): number {
    let open = 0;
    for (let d = 0; d <= this.#depth; d++) {
      const level = this.#levels[d];
      open += level.entered ? level.children - level.next : 1;
    }
    return open;
  }

  #descend(level: Level): void {
    const child = this.#level(this.#depth + 1);
    child.lo.set(level.lo);
    child.hi.set(level.hi);
    child.M.set(level.M);
    child.k.set(level.k);
    child.share = level.share / level.children;
    child.attempts = level.attempts;
    child.entered = false;
    child.branching = level.branching;
    const index = level.next++;
    if (level.branching) {
      child.stale = 0;
      child.splits = level.splits;
      this.#assume(level, child, level.firstState + index);
    } else {
      child.undecided.set(level.undecided.subarray(0, level.count));
      child.count = level.count;
      child.simple = level.simple;
      child.stale = level.stale + 1;
      child.splits = level.splits + 1;
      if (index === 0) child.hi[level.which] = level.at;
      else child.lo[level.which] = level.at;
    }
    this.#depth++;
  }

  /** Units of the direction that a level branches on. */
  #assumedBy(level: Level): number {
    let n = 0;
    const { directionOf } = this.problem.table;
    for (let q = 0; q < level.count; q++) if (directionOf[level.undecided[q]] === level.which) n++;
    return n;
  }

  /** The child with all undecided units of one direction on the pieces that a state of it says. */
  #assume(level: Level, child: Level, state: number): void {
    const { table } = this.problem;
    const { directionOf, directions } = table;
    const direction = directions[level.which];
    let n = 0;
    let simple = 0;
    for (let q = 0; q < level.count; q++) {
      const j = level.undecided[q];
      if (directionOf[j] !== level.which) {
        child.undecided[n++] = j;
        if (q < level.simple) simple++;
        continue;
      }
      const kinks = direction.unitKinks[direction.units.indexOf(j)];
      let piece = 0;
      while (piece < kinks.length && kinks[piece] < state) piece++;
      this.#pieces[j] = piece;
      this.#assumed.push(j);
      this.#fold(child.M, child.k, j, piece);
    }
    child.count = n;
    child.simple = simple;
  }

  #fold(M: Float64Array, k: Float64Array, j: number, piece: number): void {
    const { dim: R, data, stride, simple, generic } = this.problem.table;
    const at = j * stride;
    let slope = 0;
    let offset = 0;
    if (j >= simple) {
      slope = generic[j - simple].slopes[piece];
      offset = generic[j - simple].offsets[piece];
    } else if (piece === 1) {
      slope = 1;
      offset = -data[at + 2 * R];
    } else if (piece === 2) offset = data[at + 2 * R + 1] - data[at + 2 * R];
    for (let i = 0; i < R; i++) {
      const v = data[at + R + i];
      k[i] += v * offset;
      const t = v * slope;
      for (let n = 0; n < R; n++) M[i * R + n] += t * data[at + n];
    }
  }

  /** Centre and half-widths of a box, the latter rounded up. */
  #centre(level: Level): void {
    const { dim: R } = this.problem.table;
    for (let i = 0; i < R; i++) {
      const c = 0.5 * (level.lo[i] + level.hi[i]);
      this.#c[i] = c;
      this.#r[i] = 0.5 * (level.hi[i] - level.lo[i]) * HALF_WIDTH + Math.abs(c) * HALF_WIDTH_CENTRE;
    }
  }

  /** Folds what the box decides and sums the bands of the rest: A, G, widths. */
  #restrict(level: Level): void {
    const { table, kernels: loops } = this.problem;
    const { dim: R } = table;
    let reach = 0;
    for (let i = 0; i < R; i++) reach = Math.max(reach, Math.abs(this.#c[i]) + this.#r[i]);
    const { undecided } = level;
    const simple = level.simple;
    this.tally.evaluations += level.count;
    level.simple = loops.restrict(
      table.data,
      undecided,
      simple,
      this.#c,
      this.#r,
      reach,
      level.M,
      level.k,
      this.#A,
      this.#G,
      this.#widths,
      this.#pieces,
    );
    if (level.count > simple) this.#restrictGeneric(level, simple, reach);
    else level.count = level.simple;
  }

  #restrictGeneric(level: Level, from: number, reach: number): void {
    const { table } = this.problem;
    const { dim: R, data, stride, generic } = table;
    const { undecided } = level;
    const band = this.#band;
    let left = level.simple;
    for (let q = from; q < level.count; q++) {
      const j = undecided[q];
      const at = j * stride;
      let x = 0;
      let p = data[at + 2 * R + 2] * reach + data[at + 2 * R + 3];
      for (let i = 0; i < R; i++) {
        x += data[at + i] * this.#c[i];
        p += Math.abs(data[at + i]) * this.#r[i];
      }
      const f = generic[j - table.simple];
      const first = pieceAbove(f, x - p);
      const last = pieceBelow(f, x + p);
      if (last <= first) {
        this.#pieces[j] = first;
        this.#fold(level.M, level.k, j, first);
        continue;
      }
      genericBand(f, x - p, x + p, x, first, last, table.slopeBound[j], band);
      undecided[left] = j;
      this.#widths[left] = band.width;
      left++;
      for (let i = 0; i < R; i++) {
        const v = data[at + R + i];
        this.#G[i] += v * band.value;
        const t = v * band.slope;
        for (let n = 0; n < R; n++) this.#A[i * R + n] += t * data[at + n];
      }
    }
    level.count = left;
  }

  /** Encloses, discards, contracts, and says what to do with the box. */
  #process(level: Level): Outcome {
    const { dim: R } = this.problem.table;
    if (this.done.length > 0 && this.#isDone(level)) return "done";
    const before = level.count;
    let halvings = 0;
    for (;;) {
      this.tally.boxes++;
      this.#centre(level);
      this.#restrict(level);
      if (!this.#enclose(level)) return "done";
      if (level.count === 0) {
        if (this.#contractLinear(level)) this.#emit(level);
        return "done";
      }
      const volume = this.#contract(level);
      if (volume < 0) return "done";
      if (!(volume < this.tuning.shrink) || this.#blurred) break;
      halvings -= Math.log2(Math.max(volume, 2 ** -R));
    }
    if (level.count < before) {
      level.stale = 0;
      level.attempts = 0;
    } else level.stale += halvings;
    return this.#divide(level);
  }

  #isDone(level: Level): boolean {
    const { dim: R } = this.problem.table;
    for (let b = this.done.length - 1; b >= 0; b--) {
      const { lo, hi } = this.done[b];
      let i = 0;
      while (i < R && level.lo[i] >= lo[i] && level.hi[i] <= hi[i]) i++;
      if (i === R) return true;
    }
    return false;
  }

  /**
   * Completes Â, Ĝ, the weights and the error bounds E (bounds.ts).
   * @returns false if some component of G is surely not zero on the box.
   */
  #enclose(level: Level): boolean {
    const { table, kernels: loops } = this.problem;
    const { dim: R } = table;
    loops.weigh(table.data, level.undecided, level.count, this.#widths, this.#Q, this.#W);
    const { matrix, constant } = this.#errors;
    for (let i = 0; i < R; i++) {
      let centre = this.#G[i] + level.k[i];
      let spread = this.#Q[i];
      let error = constant[i];
      for (let n = 0; n < R; n++) {
        const m = level.M[i * R + n];
        const a = this.#A[i * R + n] + m;
        this.#A[i * R + n] = a;
        centre += m * this.#c[n];
        spread += Math.abs(a) * this.#r[n];
        error += matrix[i * R + n] * (Math.abs(this.#c[n]) + this.#r[n]);
      }
      this.#G[i] = centre;
      this.#E[i] = error;
      if (Math.abs(centre) > spread + error) return false;
    }
    return true;
  }

  /**
   * Discards or contracts by functionals of G. For any y, y·G(z) = 0 and the enclosure give
   *
   *     |y·Ĝ + (yÂ)(z − c)| ≤ Σ w|y·v| + |y|·E.
   *
   * With W = ρ Σ w² v vᵀ + Â diag(r²) Âᵀ, the ellipsoid round what G can vary by, y = W⁻¹Ĝ is close to the best one for discarding,
   * and the rows of diag(r²) Âᵀ W⁻¹, a ridge-regularised inverse of Â, for contracting: z − c = −YĜ + (I − YÂ)(z − c) ± …
   * @returns how much the volume shrank, or −1 if the box is empty.
   */
  #contract(level: Level): number {
    const { table, kernels: loops } = this.problem;
    const { dim: R } = table;
    const A = this.#A;
    const W = this.#W;
    const r = this.#r;
    let trace = 0;
    for (let i = 0; i < R; i++) {
      for (let n = 0; n <= i; n++) {
        let sum = this.tuning.ridge * W[i * R + n];
        for (let a = 0; a < R; a++) sum += A[i * R + a] * A[n * R + a] * r[a] * r[a];
        W[i * R + n] = sum;
        if (i === n) trace += sum;
      }
    }
    // keeps the inverse finite where the box is flat or A singular
    for (let i = 0; i < R; i++) W[i * R + i] += trace * 2 ** -44;
    if (!invertPositive(W, this.#inverse, R)) return 1;
    this.#ridge(R);
    loops.radii(table.data, level.undecided, level.count, this.#widths, this.#Y, this.#radii);
    if (this.#excluded(R)) return -1;
    return this.#intersect(level, R);
  }

  /** Y: R rows of diag(r²) Âᵀ W⁻¹, then W⁻¹Ĝ. */
  #ridge(R: number): void {
    const A = this.#A;
    const inverse = this.#inverse;
    const Y = this.#Y;
    for (let i = 0; i < R; i++) {
      const scale = this.#r[i] * this.#r[i];
      for (let n = 0; n < R; n++) {
        let sum = 0;
        for (let a = 0; a < R; a++) sum += A[a * R + i] * inverse[a * R + n];
        Y[i * R + n] = sum * scale;
      }
    }
    for (let n = 0; n < R; n++) {
      let sum = 0;
      for (let a = 0; a < R; a++) sum += inverse[n * R + a] * this.#G[a];
      Y[R * R + n] = sum;
    }
  }

  /** Whether the last row y of Y shows that G is not zero on the box. */
  #excluded(R: number): boolean {
    const Y = this.#Y;
    let centre = 0;
    let spread = this.#radii[R];
    for (let i = 0; i < R; i++) {
      centre += Y[R * R + i] * this.#G[i];
      spread += Math.abs(Y[R * R + i]) * this.#E[i];
    }
    for (let n = 0; n < R; n++) {
      let sum = 0;
      for (let i = 0; i < R; i++) sum += Y[R * R + i] * this.#A[i * R + n];
      spread += Math.abs(sum) * this.#r[n];
    }
    return Math.abs(centre) > spread;
  }

  /** The box cut down to c − YĜ ± (radii + |I − YÂ| r + |Y|E); −1 if nothing is left. */
  #intersect(level: Level, R: number): number {
    const Y = this.#Y;
    let volume = 1;
    this.#blurred = false;
    for (let i = 0; i < R; i++) {
      let move = 0;
      let error = 0;
      let spread = this.#radii[i];
      for (let n = 0; n < R; n++) {
        const y = Y[i * R + n];
        move += y * this.#G[n];
        error += Math.abs(y) * this.#E[n];
        let defect = n === i ? -1 : 0;
        for (let a = 0; a < R; a++) defect += Y[i * R + a] * this.#A[a * R + n];
        spread += Math.abs(defect) * this.#r[n];
      }
      const centre = this.#c[i] - move;
      const half = spread + error + (Math.abs(this.#c[i]) + Math.abs(move) + spread + error) * OUTWARD;
      this.#move[i] = half;
      const low = centre - half;
      const high = centre + half;
      if (low > level.hi[i] || high < level.lo[i]) return -1;
      const width = level.hi[i] - level.lo[i];
      if (width === 0) continue;
      if (error > 0.25 * this.#r[i]) this.#blurred = true;
      if (low > level.lo[i]) level.lo[i] = low;
      if (high < level.hi[i]) level.hi[i] = high;
      volume *= (level.hi[i] - level.lo[i]) / width;
    }
    return volume;
  }

  /**
   * For a box without undecided units: contracts by the inverse of Â itself.
   * @returns false if there is no zero in the box.
   */
  #contractLinear(level: Level): boolean {
    const { dim: R } = this.problem.table;
    this.#regular = false;
    this.#scratch.set(this.#A);
    this.#radii.fill(0);
    this.#Y.fill(0);
    if (approximateInverse(this.#scratch, this.#inverse, R)) {
      this.#Y.set(this.#inverse);
      if (this.#intersect(level, R) < 0) return false;
      this.#regular = this.#provedRegular(R);
    }
    this.#W.fill(0);
    if (this.#regular) return this.#consistent(level);
    // singular or nearly: the best functional may still exclude it
    return this.#contract(level) >= 0 && this.#consistent(level);
  }

  #regular = false;

  /** ‖I − Y A‖ < 1 in the maximum norm scaled by the box, for the exact matrix A: its distance from Â is within E/r. */
  #provedRegular(R: number): boolean {
    for (let i = 0; i < R; i++) {
      let spread = 0;
      for (let n = 0; n < R; n++) {
        let defect = n === i ? -1 : 0;
        for (let a = 0; a < R; a++) defect += this.#Y[i * R + a] * this.#A[a * R + n];
        spread += Math.abs(defect) * this.#r[n] + Math.abs(this.#Y[i * R + n]) * this.#E[n];
      }
      if (!(spread < this.#r[i])) return false;
    }
    return true;
  }

  /** Whether the pieces assumed on the way down can be those of a point of the box. */
  #consistent(level: Level): boolean {
    if (this.#assumed.length === 0) return true;
    const { table } = this.problem;
    this.#centre(level);
    return this.#assumed.every((j) => {
      const { low, high } = this.#range(j, 0);
      const { kinks } = table.directions[table.directionOf[j]];
      const own = this.#unitKinks(j);
      const piece = this.#pieces[j];
      return (piece === 0 || high >= kinks[own[piece - 1]]) && (piece === own.length || low <= kinks[own[piece]]);
    });
  }

  #unitKinks(j: number): Int32Array {
    const { directions, directionOf } = this.problem.table;
    const direction = directions[directionOf[j]];
    return direction.unitKinks[direction.units.indexOf(j)];
  }

  /** u_j·y over the current centre and half-widths, widened for kinks up to a magnitude. */
  #range(j: number, largestKink: number): { low: number; high: number } {
    const { dim: R, data, stride } = this.problem.table;
    const at = j * stride;
    let x = 0;
    let p = 0;
    let reach = 0;
    for (let i = 0; i < R; i++) {
      x += data[at + i] * this.#c[i];
      p += Math.abs(data[at + i]) * this.#r[i];
      reach = Math.max(reach, Math.abs(this.#c[i]) + this.#r[i]);
    }
    p += data[at + 2 * R + 2] * reach + data[at + 2 * R + 3] + largestKink * 2 ** -50;
    return { low: x - p, high: x + p };
  }

  #emit(level: Level): void {
    if (level.branching) this.tally.leaves++;
    writeMask(this.problem.table, this.#pieces, this.#mask);
    this.events.emit(this.#mask, this.#regular && this.problem.faithful);
  }

  /** Chooses between the endings of DESIGN.md section 4 and a split. */
  #divide(level: Level): Outcome {
    const { dim: R } = this.problem.table;
    if (level.branching) return this.#branch(level);
    if (this.#fewPatterns(level, this.tuning.fewPatterns)) return this.#branch(level);
    if (this.#blurred || level.stale >= STALE_PER_COORDINATE * R) {
      if (this.events.special(this, level)) return "done";
      if (this.#fewPatterns(level, this.tuning.mostPatterns)) return this.#branch(level);
      level.stale = 0;
      level.attempts++;
    }
    if (this.#blurred || level.attempts >= MOST_ATTEMPTS || this.#depth >= MOST_LEVELS || !this.#chooseSplit(level)) {
      this.#handOn(level);
      return "done";
    }
    return "split";
  }

  #fewPatterns(level: Level, limit: number): boolean {
    // at least one kink each
    if (level.count > Math.log2(limit) * 4) return false;
    const { table } = this.problem;
    this.#centre(level);
    let patterns = 1;
    const seen = new Set<number>();
    for (let q = 0; q < level.count && patterns <= limit; q++) {
      const j = level.undecided[q];
      const d = table.directionOf[j];
      if (seen.has(d)) continue;
      seen.add(d);
      const { first, last } = this.#states(j);
      patterns *= last - first + 1;
    }
    return patterns <= limit;
  }

  /** The states that the direction of unit j may take on the box of #centre. */
  #states(j: number): { first: number; last: number } {
    const { kinks } = this.problem.table.directions[this.problem.table.directionOf[j]];
    const largest = Math.max(Math.abs(kinks[0]), Math.abs(kinks[kinks.length - 1]));
    const { low, high } = this.#range(j, largest);
    let first = 0;
    while (first < kinks.length && kinks[first] <= low) first++;
    let last = first;
    while (last < kinks.length && kinks[last] < high) last++;
    return { first, last };
  }

  /** Splits by the states of the direction whose band weighs most. */
  #branch(level: Level): Outcome {
    const { table } = this.problem;
    const { dim: R, data, stride } = table;
    let best = 0;
    let most = -1;
    for (let q = 0; q < level.count; q++) {
      const at = level.undecided[q] * stride + R;
      let weight = 0;
      for (let i = 0; i < R; i++) weight += Math.abs(data[at + i]);
      if (weight * this.#widths[q] > most) {
        most = weight * this.#widths[q];
        best = level.undecided[q];
      }
    }
    this.#centre(level);
    const { first, last } = this.#states(best);
    level.branching = true;
    level.which = table.directionOf[best];
    level.firstState = first;
    level.children = last - first + 1;
    level.next = 0;
    return "branch";
  }

  /** Halves the coordinate that most of the bands' widths come from. */
  #chooseSplit(level: Level): boolean {
    const { table } = this.problem;
    const { dim: R, data, stride } = table;
    const share = this.#move.fill(0);
    for (let q = 0; q < level.count; q++) {
      const at = level.undecided[q] * stride;
      let size = 0;
      for (let i = 0; i < R; i++) size += Math.abs(data[at + R + i]);
      for (let n = 0; n < R; n++) share[n] += size * Math.abs(data[at + n]);
    }
    let best = -1;
    let most = -1;
    for (let n = 0; n < R; n++) {
      const width = level.hi[n] - level.lo[n];
      const middle = 0.5 * (level.lo[n] + level.hi[n]);
      if (!(middle > level.lo[n] && middle < level.hi[n])) continue;
      if (share[n] * width > most) {
        most = share[n] * width;
        best = n;
      }
    }
    if (best < 0) return false;
    level.which = best;
    level.at = 0.5 * (level.lo[best] + level.hi[best]);
    level.children = 2;
    level.next = 0;
    return true;
  }

  /** Gives the undecided hyperplanes to the regions method, or up. */
  #handOn(level: Level): void {
    const { table } = this.problem;
    writeMask(table, this.#pieces, this.#mask);
    const open = new Uint8Array(table.count);
    for (let q = 0; q < level.count; q++) open[level.undecided[q]] = 1;
    const hyperplanes: number[] = [];
    table.unitOf.forEach((j, i) => {
      if (j >= 0 && open[j]) hyperplanes.push(i);
    });
    if (this.events.leaf({ hyperplanes, mask: this.#mask.slice() })) this.tally.handedOn++;
    else this.tally.unsettled++;
  }
}
