import { allOf, type Steps } from "../base/steps.ts";
import { clearDenominators } from "../exact/affine.ts";
import { solvingAffine } from "../exact/elimination.ts";
import type { ExactMatrix } from "../exact/matrix.ts";
import { fitFloat64, type Rational, rational } from "../exact/rational.ts";
import { indices } from "../exact/region.ts";
import { roundQuotient } from "../exact/rounding.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type CandidateSink, type RunControl, takeSteps } from "../stages/run.ts";
import type { ExactConnectedSet } from "./connected.ts";
import { ContinuumCollector, type ExactContinuum } from "./continua.ts";
import { type ExactCandidate, ExactRegions, type ExactSigns } from "./exact-region.ts";
import { type KnownPoint, KnownSigns } from "./known-signs.ts";

/** A fixed point, decided exactly. */
export interface CertifiedPoint {
  readonly exact: readonly Rational[];
  /** `exact` correctly rounded. */
  readonly z: readonly number[];
  /** max |z − exact|, rounded up. */
  readonly error: number;
  /** Hyperplanes with u_j·z > h_j, ascending. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j, ascending. */
  readonly ties: readonly number[];
  /** Sign of det(M + VᵀDU) in its region; only without ties, where there is one region. */
  readonly determinantSign: -1 | 1 | undefined;
  /** M + VᵀDU in its region; only without ties, where a region led to it. */
  readonly field?: ExactMatrix | undefined;
}

export interface FinalAnswer {
  /** The fixed points in ascending exact lexicographic order. */
  readonly fixedPoints: readonly CertifiedPoint[];
  readonly continua: readonly ExactContinuum[];
  /** The connected sets that the continua form; undefined if there are too many pieces to decide. */
  readonly connectedSets: readonly ExactConnectedSet[] | undefined;
  /**
   * Fixed points that exist but lie past the largest float64, and continua whose point or basis does: they are not in
   * the lists, because no float64 gives their coordinates, and an answer without them is incomplete. (A coordinate that
   * rounds to 0 is listed as 0.)
   */
  readonly outOfRange: { readonly fixedPoints: number; readonly continua: number };
  /** The number of pieces of continua that there was no time to join and list. */
  readonly undescribed: number;
  /** Fixed points that were found on the way, and that the method has not come upon. */
  readonly missed: number;
  readonly counts: { readonly exactSolves: number; readonly repeats: number; readonly singularRegions: number };
}

/** A region that is still to be decided. */
interface Queued {
  readonly mask: Uint32Array;
  readonly regular: boolean;
  /** Whether it was found on the way and not by the method. */
  readonly isEarly: boolean;
}

/** The outcome of a region. */
interface Added {
  readonly isNew: boolean;
  readonly point: CertifiedPoint | undefined;
}

const NOTHING: Added = { isNew: false, point: undefined };

/** Listeners for the results as they are found. */
export interface FinalizerHooks {
  /** Called with each point as it is certified. */
  readonly onFound?: ((point: CertifiedPoint) => void) | undefined;
  /** Steps to take when a point is certified, before the next region is decided. */
  readonly describing?: ((point: CertifiedPoint) => Steps<void>) | undefined;
  /**
   * Called with each region that led to a new point or a new piece of a continuum; the mask belongs to the listener.
   */
  readonly onRegion?: ((mask: Uint32Array) => void) | undefined;
}

/**
 * The one finish for all methods and backends (docs/design.md#the-finish): candidates are solved exactly, kept iff they
 * lie in their own closed region, and told apart exactly. The answer does not depend on the method that found the
 * candidates, nor on their order.
 *
 * Regions are queued as they come, and decided by `settle`. `settle` looks at the deadline and the signal between any
 * two rows of an elimination, and so does `conclude`, which joins the pieces of continua.
 *
 * Repeats are recognised without coordinates. If a mask has a regular matrix and agrees with the nonzero exact signs of
 * a known fixed point, that point is its only candidate.
 */
export class Finalizer implements CandidateSink {
  readonly #system: PiecewiseLinearSystem;
  readonly #hooks: FinalizerHooks;
  /** Made for the first candidate: many small models have none. */
  #lazyExact: ExactRegions | undefined;
  #lazyContinua: ContinuumCollector | undefined;
  #queue: Queued[] = [];
  /** Of the regions that are being settled, those that are not decided. */
  #left = 0;
  #undecided: { readonly regions: number; readonly because: string } | undefined;
  readonly #points: Certified[] = [];
  readonly #known: KnownSigns;
  /** Points that were found on the way. */
  readonly #early = new Map<CertifiedPoint, KnownPoint>();
  readonly #singularKeys = new Set<string>();
  /** Those that the method has not come upon. */
  readonly #earlySingularKeys = new Set<string>();
  #exactSolves = 0;
  #repeats = 0;

  constructor(system: PiecewiseLinearSystem, hooks: FinalizerHooks = {}) {
    this.#hooks = hooks;
    this.#system = system;
    this.#known = new KnownSigns(system.hyperplanes);
  }

  get #exact(): ExactRegions {
    this.#lazyExact ??= new ExactRegions(this.#system);
    return this.#lazyExact;
  }

  get #continua(): ContinuumCollector {
    this.#lazyContinua ??= new ContinuumCollector(this.#exact.hyperplanes);
    return this.#lazyContinua;
  }

  get found(): number {
    return this.#points.length;
  }

  /** Pieces of continua found so far. */
  get pieces(): number {
    return this.#lazyContinua?.size ?? 0;
  }

  /** Regions that were given up, and why. */
  get undecided(): { readonly regions: number; readonly because: string } | undefined {
    return this.#undecided;
  }

  add(mask: Uint32Array, regular: boolean): void {
    if (!(regular && this.#isRepeat(mask))) this.#queue.push({ mask: mask.slice(), regular, isEarly: false });
  }

  addEarly(mask: Uint32Array): void {
    this.#queue.push({ mask: mask.slice(), regular: false, isEarly: true });
  }

  /**
   * Whether the point of a region with a regular matrix is known. If it was found early the method has found it now: the
   * region counts as the one that was solved.
   */
  #isRepeat(mask: Uint32Array): boolean {
    const known = this.#known.at(mask);
    if (known === undefined) return false;
    if (known.isEarly) this.#exactSolves++;
    else this.#repeats++;
    known.isEarly = false;
    return true;
  }

  async settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void> {
    if (this.#queue.length === 0) return;
    const settled = await takeSteps(this.#settling(), control);
    if (!("stopped" in settled)) return;
    const left = this.#left + this.#queue.length;
    this.#queue = [];
    if (left > 0) this.#undecided = { regions: left + (this.#undecided?.regions ?? 0), because: settled.stopped };
  }

  /** Decides what is queued: in steps without a promise for each, as there may be hundreds of thousands of regions. */
  *#settling(): Steps<void> {
    while (this.#queue.length > 0) {
      const queue = this.#queue;
      this.#queue = [];
      for (let at = 0; at < queue.length; at++) {
        this.#left = queue.length - at;
        const point = yield* this.#deciding(queue[at]!);
        this.#left--;
        if (point !== undefined && this.#hooks.describing !== undefined) yield* this.#hooks.describing(point);
        yield;
      }
    }
  }

  /** @returns the point that was found, if it is new and can be listed. */
  *#deciding({ mask, regular, isEarly }: Queued): Steps<CertifiedPoint | undefined> {
    // its point may have become known while the region was waiting
    if (regular && this.#isRepeat(mask)) return undefined;
    if (!isEarly) this.#exactSolves++;
    const { isNew, point } = yield* this.#adding(mask, isEarly);
    if (isNew) this.#hooks.onRegion?.(mask);
    return point;
  }

  *#adding(mask: Uint32Array, isEarly: boolean): Steps<Added> {
    const refined = yield* this.#exact.refining(mask);
    if (refined !== undefined) return this.#addCandidate(refined, isEarly, mask);
    const region = yield* this.#exact.forming(mask);
    const candidate = yield* this.#exact.solvingRegion(region, mask);
    if (candidate !== undefined) return this.#addCandidate(candidate, isEarly, mask);
    return yield* this.#addingSingular(mask, region.J, region.b, isEarly);
  }

  /** @returns whether the candidate is a new fixed point, and the point, if it can be listed. */
  #addCandidate(candidate: ExactCandidate, isEarly: boolean, mask?: Uint32Array): Added {
    const rounded = roundedPoint(candidate);
    const signs = this.#exact.signs(candidate, rounded.z, mask);
    if (signs === undefined) return NOTHING;
    const { point: known, isNew } = this.#known.add(signs, isEarly);
    if (!isNew) {
      if (!isEarly && !known.isEarly) this.#repeats++;
      if (!isEarly) known.isEarly = false;
      return NOTHING;
    }
    const point = new Certified(candidate, rounded, signs, this.#exact, mask);
    this.#points.push(point);
    if (known.isEarly) this.#early.set(point, known);
    if (!rounded.z.every(Number.isFinite)) return { isNew: true, point: undefined };
    this.#hooks.onFound?.(point);
    return { isNew: true, point };
  }

  /** @returns whether the region holds new fixed points, and the point, if there is one that can be listed. */
  *#addingSingular(mask: Uint32Array, J: readonly bigint[], b: readonly bigint[], isEarly: boolean): Steps<Added> {
    const key = mask.join();
    if (!isEarly) this.#earlySingularKeys.delete(key);
    if (this.#singularKeys.has(key)) return NOTHING;
    if (isEarly) this.#earlySingularKeys.add(key);
    const R = this.#system.latentDim;
    const solutions = yield* solvingAffine(J, R, R, b);
    const before = this.pieces;
    const piece = solutions === undefined ? undefined : yield* this.#continua.addingPiece(mask, solutions);
    this.#singularKeys.add(key);
    if (piece === undefined) return NOTHING;
    if (piece.kind !== "point") return { isNew: this.pieces > before, point: undefined };
    const { denominator, origin } = clearDenominators({ point: piece.z, basis: [] });
    return this.#addCandidate({ numerators: origin, denominator }, isEarly);
  }

  /**
   * The candidate of a mask, correctly rounded, if its matrix is regular and it lies outside the closed region: a
   * virtual fixed point. Coordinates past the largest float64 are infinite.
   */
  virtualCandidate(mask: Uint32Array): number[] | undefined {
    const candidate = this.#exact.candidate(this.#exact.region(mask));
    if (candidate === undefined) return undefined;
    const approximate = roundedPoint(candidate).z;
    return this.#exact.signs(candidate, approximate, mask) === undefined ? approximate : undefined;
  }

  /** The sign of det(M + VᵀDU) of a mask, exactly; 0 where it is singular. */
  determinantSign(mask: Uint32Array): -1 | 0 | 1 {
    const candidate = this.#exact.candidate(this.#exact.region(mask));
    if (candidate === undefined) return 0;
    return candidate.denominator > 0n ? 1 : -1;
  }

  get exactRegions(): ExactRegions {
    return this.#exact;
  }

  /**
   * The answer from all regions that were added. Regions that are not settled are decided first, however long this
   * takes.
   */
  finish(): FinalAnswer {
    for (const queued of this.#queue) allOf(this.#deciding(queued));
    this.#queue = [];
    allOf(this.#continuaInSteps());
    return allOf(this.#answering());
  }

  /** The answer from the regions that there is time for. Regions that are not settled are decided first. */
  async conclude(control: Pick<RunControl, "signal" | "deadline">): Promise<FinalAnswer> {
    await this.settle(control);
    await takeSteps(this.#continuaInSteps(), control);
    const answer = await takeSteps(this.#answering(), control);
    return "value" in answer ? answer.value : allOf(this.#answering(false));
  }

  *#continuaInSteps(): Steps<void> {
    if (this.#lazyContinua !== undefined) yield* this.#lazyContinua.finishing();
  }

  /** @param connects whether to find the connected sets. */
  *#answering(connects = true): Steps<FinalAnswer> {
    const collector = this.#lazyContinua;
    const all = collector?.described ?? [];
    const continua = all.filter(({ point, basis }) => fitFloat64(point) && basis.every(fitFloat64));
    const alone: Certified[] = [];
    for (const point of this.#points) {
      if (this.pieces === 0 || !collector!.contains(point.exact)) alone.push(point);
      if (this.pieces > 0) yield;
    }
    const inRange = alone.filter(({ z }) => z.every(Number.isFinite));
    const undescribed = collector?.undescribed ?? 0;
    const tells = connects && undescribed === 0;
    return {
      fixedPoints: inRange.sort(Certified.inOrder),
      continua,
      connectedSets: continua.length === 0 ? [] : tells ? yield* collector!.connecting(continua) : undefined,
      outOfRange: { fixedPoints: alone.length - inRange.length, continua: all.length - continua.length },
      undescribed,
      missed: alone.filter((point) => this.#early.get(point)?.isEarly === true).length,
      counts: {
        exactSolves: this.#exactSolves,
        repeats: this.#repeats,
        singularRegions: this.#singularKeys.size - this.#earlySingularKeys.size,
      },
    };
  }
}

/**
 * A certified point. There may be hundreds of thousands of them, so values that few callers need are computed when they
 * are read.
 */
class Certified implements CertifiedPoint {
  readonly z: readonly number[];
  readonly error: number;
  readonly active: readonly number[];
  readonly ties: readonly number[];
  readonly #candidate: ExactCandidate;
  readonly #regions: ExactRegions;
  readonly #mask: Uint32Array | undefined;

  constructor(
    candidate: ExactCandidate,
    { z, error }: { readonly z: readonly number[]; readonly error: number },
    { positive, ties }: ExactSigns,
    regions: ExactRegions,
    mask: Uint32Array | undefined,
  ) {
    this.z = z;
    this.error = error;
    this.active = indices(positive);
    this.ties = indices(ties);
    this.#candidate = candidate;
    this.#regions = regions;
    this.#mask = mask;
  }

  /** Ascending exact lexicographic order. */
  static inOrder(a: Certified, b: Certified): number {
    for (let k = 0; k < a.z.length; k++) {
      // rounding keeps the order of numbers whose rounded values differ
      if (a.z[k] !== b.z[k]) return a.z[k]! - b.z[k]!;
      const order = compareQuotients(a.#candidate, b.#candidate, k);
      if (order !== 0) return order;
    }
    return 0;
  }

  get exact(): readonly Rational[] {
    return exactPoint(this.#candidate);
  }

  get determinantSign(): -1 | 1 | undefined {
    if (this.ties.length > 0) return undefined;
    return this.#candidate.refined?.determinantSign ?? (this.#candidate.denominator > 0n ? 1 : -1);
  }

  get field(): ExactMatrix | undefined {
    if (this.ties.length > 0 || this.#mask === undefined) return undefined;
    const { J } = this.#regions.region(this.#mask);
    return { n: this.z.length, integers: J, exponent: this.#regions.exponent };
  }
}

function compareQuotients(a: ExactCandidate, b: ExactCandidate, k: number): -1 | 0 | 1 {
  const left = a.numerators[k]! * b.denominator;
  const right = b.numerators[k]! * a.denominator;
  if (left === right) return 0;
  const alike = a.denominator > 0n === b.denominator > 0n;
  return left > right === alike ? 1 : -1;
}

function exactPoint({ numerators, denominator }: ExactCandidate): Rational[] {
  return numerators.map((n) => rational(n, denominator));
}

/** z correctly rounded, and max |z − exact| rounded up. */
function roundedPoint(candidate: ExactCandidate): { z: number[]; error: number } {
  if (candidate.refined !== undefined) return candidate.refined;
  const { numerators, denominator } = candidate;
  const z = new Array<number>(numerators.length);
  const distances = new Array<number>(numerators.length);
  for (let k = 0; k < z.length; k++) roundQuotient(numerators[k]!, denominator, z, distances, k);
  return { z, error: Math.max(0, ...distances) };
}
