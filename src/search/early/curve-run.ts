import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { sentSystem } from "../../model/transfer.ts";
import { Helpers } from "../../stages/helpers.ts";
import type { WorkerPool } from "../../stages/pool.ts";
import type { CandidateSink, MethodOutcome, RunControl } from "../../stages/run.ts";
import { CurveFollower, type CurvePoint } from "./curve.ts";
import { type CurvePayload, CurveWorker, type FollowedSlice, productsOfEdge, SliceTask } from "./curve-slices.ts";
import { curveTable, maskAt, placesIn } from "./curve-table.ts";
import { uniform } from "./early-points.ts";

/** Curves that are followed side by side: a round takes one slice of each. */
const SIDE_BY_SIDE = 16;
const FEWEST_SIDE_BY_SIDE = 4;
/** Edges between two fresh inverses on a curve that is done again. */
const BETWEEN_INVERSES_AGAIN = 4;
/** In larger systems a single edge, or the table, takes long. */
const MOST_NUMBERS = 2 ** 20;
/** Products of a region's matrix and its inverse, between two looks at the clock. */
const MOST_PRODUCTS_OF_MATRIX = 2 ** 23;

/** What a run of curves asks of the search that it is a part of. */
export interface CurveHost {
  readonly sink: CandidateSink;
  readonly control: Pick<RunControl, "deadline">;
  /** Worker threads, where there are any by now. */
  pool(): WorkerPool | undefined;
  /** Decides the candidates that were handed over, and gives the event loop its turn. */
  settle(): Promise<void> | undefined;
  isStopped(): boolean;
}

/** One of the curves that are followed side by side. */
interface Curve {
  readonly index: number;
  readonly again: boolean;
  readonly next: () => number;
  /** From a known zero, and where that was. */
  readonly zero: { readonly places: Int32Array; readonly d: Float64Array; readonly isSecondWay: boolean } | undefined;
  point: CurvePoint;
  /** Zeros on it so far. */
  readonly met: string[];
}

/** A region with a zero, and the number of curves that met it. */
interface Met {
  readonly mask: Uint32Array;
  curves: number;
}

/** While workers have the last slices: how often to look whether the run has to stop. */
const MILLISECONDS_BETWEEN_LOOKS = 5;

/**
 * Looks for fixed points along curves G(z) = t d (docs/design.md#curves), and hands the regions of the zeros that they
 * meet to the sink. Every other curve comes from infinity; the rest begin at points that are known, so that closed
 * curves are met too. Work is done in rounds that depend on the system alone: curve i is drawn by its number and the
 * system's numbers, and what a round found is merged in the order of the curves. So after a number of rounds the same
 * has been found on any number of threads. Proves nothing.
 */
export class CurveRun {
  /** Edges followed so far. */
  edges = 0;
  /** Curves that have ended since one met a zero that was new. */
  idle = 0;
  readonly #system: PiecewiseLinearSystem;
  readonly #host: CurveHost;
  readonly #helpers: Helpers;
  readonly #follower: CurveFollower;
  readonly #curves: (Curve | undefined)[] = new Array(SIDE_BY_SIDE).fill(undefined);
  readonly #met = new Map<string, Met>();
  readonly #list: Met[] = [];
  #begun = 0;
  #ended = 0;
  #crossings = 0;

  private constructor(system: PiecewiseLinearSystem, host: CurveHost) {
    this.#system = system;
    this.#host = host;
    this.#helpers = new Helpers(() => host.pool(), host.control);
    this.#follower = new CurveFollower(curveTable(system));
  }

  /** @returns undefined for systems in which an edge takes too long. */
  static of(system: PiecewiseLinearSystem, host: CurveHost): CurveRun | undefined {
    const { latentDim: R, hyperplanes: N, U } = system;
    if (N * R > MOST_NUMBERS || N * R * R + R ** 3 > MOST_PRODUCTS_OF_MATRIX) return undefined;
    return U.some((x) => x !== 0) ? new CurveRun(system, host) : undefined;
  }

  /** The approximate number of products of all edges so far. */
  get products(): number {
    return this.edges * productsOfEdge(this.#follower.table);
  }

  /** Curves that have ended. */
  get ended(): number {
    return this.#ended;
  }

  /** Whether G is a linear map and bounded terms, and a zero was met: then curves find what Newton's method does. */
  get meets(): boolean {
    return this.#follower.table.bounded && this.#list.length > 0;
  }

  /** What the outcome says of the curves. */
  get report(): NonNullable<MethodOutcome["curves"]> {
    const running = this.#curves.filter((curve) => curve !== undefined && curve.met.length > 0).length;
    const { table } = this.#follower;
    const mask = new Uint32Array(Math.max(1, Math.ceil(table.hyperplanes / 32)));
    maskAt(table, new Int32Array(table.count), mask);
    const far = { mask, isBounded: table.bounded };
    return { curves: this.#ended + running, crossings: this.#crossings, met: this.#list, far };
  }

  /** Takes a slice of each curve, on this thread and on workers. @returns whether a zero was met that was new. */
  async round(): Promise<boolean> {
    const slots: number[] = [];
    // few at first, as curves from known points need points
    const used = Math.min(SIDE_BY_SIDE, Math.max(FEWEST_SIDE_BY_SIDE, this.#begun));
    for (let slot = 0; slot < used && !this.#host.isStopped(); slot++) {
      this.#curves[slot] ??= this.#begin(this.#begun++, false);
      if (this.#curves[slot] !== undefined) slots.push(slot);
      // in many dimensions a curve takes long to begin
      await this.#host.settle();
    }
    const followed = await this.#follow(slots);
    const before = this.#list.length;
    for (const [at, slot] of slots.entries()) {
      const slice = followed[at];
      if (slice === undefined) continue;
      this.#take(slot, slice);
      await this.#host.settle();
    }
    return this.#list.length > before;
  }

  /** @returns for each slot its slice, undefined for slices that were not begun. */
  async #follow(slots: readonly number[]): Promise<(FollowedSlice | undefined)[]> {
    const results: (FollowedSlice | undefined)[] = slots.map(() => undefined);
    let next = 0;
    while (next < slots.length && !this.#host.isStopped()) {
      this.#helpers.send(() => {
        // half of the rest at most, as nobody knows how much work a slice is
        if (slots.length - next < 2) return undefined;
        const at = next++;
        return {
          job: "curves",
          payload: { ...sentSystem(this.#system), slice: sliceOf(this.#curves[slots[at]!]!) },
          here: (payload: CurvePayload) => new CurveWorker().run(payload),
          take: (followed: FollowedSlice) => {
            results[at] = followed;
          },
        };
      });
      const at = next++;
      const task = new SliceTask(this.#follower, sliceOf(this.#curves[slots[at]!]!));
      while (task.advance()) {
        await this.#host.settle();
        if (this.#host.isStopped()) break;
      }
      results[at] = task.followed;
      await this.#host.settle();
    }
    // no answer of a worker is waited for once the run has to stop
    while (this.#helpers.areBusy && !this.#host.isStopped()) {
      this.#helpers.check();
      await this.#helpers.wait(MILLISECONDS_BETWEEN_LOOKS);
    }
    this.#helpers.check();
    return results;
  }

  /** Curve i; undefined where its first region is singular. */
  #begin(index: number, again: boolean): Curve | undefined {
    const { table } = this.#follower;
    const next = uniform(table.seed ^ Math.imul(index + 1, 0x9e3779b1));
    const direction = unitVector(table.dim, next);
    const curve = { index, again, next, met: [] };
    if (index % 2 === 1 && this.#list.length > 0) {
      const { mask } = this.#list[Math.floor(next() * this.#list.length)]!;
      const places = placesIn(table, mask);
      const point = this.#follower.fromZero(places, direction, 1);
      return point && { ...curve, point, zero: { places, d: direction, isSecondWay: false } };
    }
    const point = this.#follower.fromFar(direction);
    return point && { ...curve, point, zero: undefined };
  }

  #take(slot: number, { end, point, masks, crossed, edges }: FollowedSlice): void {
    const curve = this.#curves[slot]!;
    curve.point = point;
    this.edges += edges;
    const words = masks.length / Math.max(1, crossed.length);
    for (let i = 0; i < crossed.length; i++)
      this.#meet(curve, masks.slice(i * words, (i + 1) * words), crossed[i] === 1);
    if (end === "further") return;
    if (end === "far" && curve.zero !== undefined && !curve.zero.isSecondWay) {
      const { places, d } = curve.zero;
      const back = this.#follower.fromZero(places, d, -1);
      this.#curves[slot] = back && { ...curve, point: back, zero: { places, d, isSecondWay: true } };
      if (back !== undefined) return;
    }
    this.#curves[slot] = undefined;
    if (this.#isSound(curve, end)) {
      this.#ended++;
      this.idle++;
      return;
    }
    this.#forget(curve);
    this.idle++;
    if (!curve.again && curve.zero === undefined) this.#curves[slot] = this.#begin(curve.index, true);
  }

  /**
   * Whether a curve may be what it should: one from infinity does not come back to where it began, and where G is M z
   * and bounded terms it meets an odd number of zeros.
   */
  #isSound({ zero, met }: Curve, end: FollowedSlice["end"]): boolean {
    if (end === "slipped") return false;
    if (zero !== undefined) return true;
    return end === "far" && (!this.#follower.table.bounded || met.length % 2 === 1);
  }

  #meet(curve: Curve, mask: Uint32Array, crosses: boolean): void {
    const key = String.fromCharCode(...new Uint16Array(mask.buffer));
    let met = this.#met.get(key);
    if (met === undefined) {
      met = { mask, curves: 0 };
      this.#met.set(key, met);
      this.#list.push(met);
      this.idle = 0;
      const { sink } = this.#host;
      if (sink.addEarly !== undefined) sink.addEarly(mask);
      else sink.add(mask, false);
    }
    if (!crosses) return;
    met.curves++;
    this.#crossings++;
    curve.met.push(key);
  }

  /** Takes back what a curve that is not sound counted; the regions themselves stay known. */
  #forget({ met }: Curve): void {
    this.#crossings -= met.length;
    for (const key of met) this.#met.get(key)!.curves--;
  }
}

function sliceOf({ point, again }: Curve): CurvePayload["slice"] {
  return { from: point, between: again ? BETWEEN_INVERSES_AGAIN : undefined };
}

/** A direction without preference, from normally distributed coordinates. */
function unitVector(R: number, next: () => number): Float64Array {
  const e = Float64Array.from(
    { length: R },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
  const length = Math.hypot(...e);
  // all zero only by a chance that has not happened yet
  return length > 0 ? e.map((x) => x / length) : e.fill(1);
}
