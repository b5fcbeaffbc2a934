import { after } from "../base/after.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { clearDenominators } from "../exact/affine.ts";
import { solvingAffine } from "../exact/elimination.ts";
import { fitFloat64, type Rational } from "../exact/rational.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type CandidateSink, type RunControl, type Taken, takeSteps } from "../stages/run.ts";
import type { ExactConnectedSet } from "./connected.ts";
import { ContinuumCollector, type ExactContinuum } from "./continua.ts";
import { type ExactCandidate, ExactRegions } from "./exact-region.ts";
import { type CertifiedPoint, CertifiedPoints, PointTable, roundedPoint } from "./point-table.ts";

export interface FinalAnswer {
  /**
   * The fixed points in ascending exact lexicographic order; if there was no time for that, in the order of their
   * rounded coordinates. Each is made when it is asked for.
   */
  readonly fixedPoints: CertifiedPoints;
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
  /** The number of the point. */
  readonly point: number | undefined;
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
  readonly #points: PointTable;
  readonly #singularKeys = new Set<string>();
  /** Those that the method has not come upon. */
  readonly #earlySingularKeys = new Set<string>();
  #exactSolves = 0;
  #repeats = 0;

  constructor(system: PiecewiseLinearSystem, hooks: FinalizerHooks = {}) {
    this.#hooks = hooks;
    this.#system = system;
    this.#points = new PointTable(system, () => this.#exact);
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
    return this.#points.count;
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
   * Whether the point of a region with a regular matrix is known. If it was found early the method has found it now:
   * the region counts as the one that was solved.
   */
  #isRepeat(mask: Uint32Array): boolean {
    const known = this.#points.at(mask);
    if (known === undefined) return false;
    if (this.#points.isEarly(known)) this.#exactSolves++;
    else this.#repeats++;
    this.#points.confirm(known);
    return true;
  }

  settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void> | undefined {
    if (this.#queue.length === 0) return undefined;
    const settled = takeSteps(this.#settling(), control);
    return "value" in settled ? undefined : this.#settled(settled);
  }

  async #settled(taken: Taken<void> | Promise<Taken<void>>): Promise<void> {
    const settled = await taken;
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
        const { onFound, describing } = this.#hooks;
        if (point !== undefined && (onFound ?? describing) !== undefined) {
          const found = this.#points.point(point);
          onFound?.(found);
          if (describing !== undefined) yield* describing(found);
        }
        yield;
      }
    }
  }

  /** @returns the number of the point that was found, if it is new and can be listed. */
  *#deciding({ mask, regular, isEarly }: Queued): Steps<number | undefined> {
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
    const { number, isNew } = this.#points.add(candidate, rounded, signs, mask, isEarly);
    if (isNew) return { isNew, point: this.#points.isFinite(number) ? number : undefined };
    if (isEarly) return NOTHING;
    if (!this.#points.isEarly(number)) this.#repeats++;
    this.#points.confirm(number);
    return NOTHING;
  }

  /** @returns whether the region holds new fixed points, and the point, if there is one that can be listed. */
  *#addingSingular(mask: Uint32Array, J: readonly bigint[], b: readonly bigint[], isEarly: boolean): Steps<Added> {
    const key = mask.join();
    if (!isEarly) this.#earlySingularKeys.delete(key);
    if (this.#singularKeys.has(key)) return NOTHING;
    const R = this.#system.latentDim;
    const solutions = yield* solvingAffine(J, R, R, b);
    const before = this.pieces;
    const piece = solutions === undefined ? undefined : yield* this.#continua.addingPiece(mask, solutions);
    // together, as a deadline may end the steps before
    this.#singularKeys.add(key);
    if (isEarly) this.#earlySingularKeys.add(key);
    if (piece === undefined) return NOTHING;
    if (piece.kind !== "point") return { isNew: this.pieces > before, point: undefined };
    const { denominator, origin } = clearDenominators({ point: piece.z, basis: [] });
    return this.#addCandidate({ numerators: origin, denominator }, isEarly);
  }

  /**
   * The candidate of a mask, correctly rounded, if its matrix is regular and it lies outside the closed region: a
   * virtual fixed point. Coordinates past the largest float64 are infinite.
   */
  virtualCandidate(mask: Uint32Array): readonly number[] | undefined {
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

  /** The number of the point with whose nonzero signs a mask agrees. */
  pointAt(mask: Uint32Array): number | undefined {
    return this.#points.at(mask);
  }

  /**
   * The answer from all regions that were added. Regions that are not settled are decided first, however long this
   * takes.
   */
  finish(): FinalAnswer {
    allOf(this.#settling());
    allOf(this.#continuaInSteps());
    return allOf(this.#answering());
  }

  /** The answer from the regions that there is time for. Regions that are not settled are decided first. */
  conclude(control: Pick<RunControl, "signal" | "deadline">): FinalAnswer | Promise<FinalAnswer> {
    return after(this.settle(control), () =>
      after(this.#lazyContinua === undefined ? undefined : takeSteps(this.#continuaInSteps(), control), () =>
        after(takeSteps(this.#answering(), control), (answer) =>
          "value" in answer ? answer.value : allOf(this.#answering(false)),
        ),
      ),
    );
  }

  /** Whether a point lies on a continuum, listed or not. */
  isOnContinuum(z: readonly Rational[]): boolean {
    return this.#lazyContinua?.contains(z) ?? false;
  }

  *#continuaInSteps(): Steps<void> {
    if (this.#lazyContinua !== undefined) yield* this.#lazyContinua.finishing();
  }

  /** @param hasTime whether to make sure of the points' order, and to find the connected sets. */
  *#answering(hasTime = true): Steps<FinalAnswer> {
    const points = this.#points;
    const collector = this.#lazyContinua;
    const all = collector?.described ?? [];
    const continua = all.filter(({ point, basis }) => fitFloat64(point) && basis.every(fitFloat64));
    const listed = new Uint32Array(points.count);
    let [count, outOfRange, missed] = [0, 0, 0];
    for (let number = 0; number < points.count; number++) {
      if (this.pieces > 0) yield;
      if (this.pieces > 0 && collector!.contains(points.point(number).exact)) continue;
      if (points.isEarly(number)) missed++;
      if (points.isFinite(number)) listed[count++] = number;
      else outOfRange++;
    }
    const numbers = listed.slice(0, count);
    yield* points.sorting(numbers, hasTime);
    const undescribed = collector?.undescribed ?? 0;
    const tells = hasTime && undescribed === 0;
    return {
      fixedPoints: new CertifiedPoints(points, numbers),
      continua,
      connectedSets: continua.length === 0 ? [] : tells ? yield* collector!.connecting(continua) : undefined,
      outOfRange: { fixedPoints: outOfRange, continua: all.length - continua.length },
      undescribed,
      missed,
      counts: {
        exactSolves: this.#exactSolves,
        repeats: this.#repeats,
        singularRegions: this.#singularKeys.size - this.#earlySingularKeys.size,
      },
    };
  }
}
