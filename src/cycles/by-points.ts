import { genericRegionCount } from "../arrangement/counts.ts";
import { reduceSystem } from "../arrangement/reduce.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { stopReason, takeSteps } from "../stages/run.ts";
import { searchBoxes } from "./boxes/search.ts";
import { emitEarlyWords } from "./early-words.ts";
import { programEntries, searchOrbits } from "./orbits/search-orbits.ts";
import { searchPolytopes } from "./polytopes/search.ts";
import type { CycleMethod } from "./result.ts";
import type { WordControl } from "./task-queue.ts";
import type { PeriodOutcome, WordSink } from "./word.ts";

/** Larger linear programs are not tried. */
const MOST_ENTRIES_TO_TRY = 2 ** 21;
/** In more dimensions boxes are not tried. */
const MOST_DIMENSIONS_FOR_BOXES = 5;
/** In so few dimensions boxes are tried before polytopes, as many units make many words of a tame map. */
const DIMENSIONS_OF_FIRST_BOXES = 3;
/** The limits of a first trial, each some tenths of a second; of linear programs, products in their pivots. */
const POLYTOPES_TO_TRY = 40_000;
const BOXES_TO_TRY = 20_000;
const PRODUCTS_TO_TRY = 1e8;
/** First trials of more products than this, some seconds, begin with a look for cycles that are easy to find. */
const PRODUCTS_OF_LONG_TRIAL = 1e9;
/** Where no bound holds, as with numbers of hostile scales, nodes take no pivots. */
const NODES_TO_TRY = 20_000;
/** The factor of the limits from one trial to the next. */
const EFFORT_GROWTH = 8;

/** The methods that look at the points of an orbit, and not at the block system. */
export type PointMethod = "boxes" | "polytopes" | "orbits";

/** What a method did for one period. */
export interface Searched {
  readonly outcome: PeriodOutcome;
  readonly method: CycleMethod;
  readonly seconds: number;
}

/** Finds the words of periods by the methods that look at the points of an orbit (docs/design.md#cycles). */
export class PointSearch {
  readonly #system: PiecewiseLinearSystem;
  readonly #sink: WordSink;
  readonly #control: WordControl;
  /** Periods whose cycles were looked for early. */
  readonly #looked = new Set<number>();
  /** What each method did when it was tried last, beside other methods. */
  readonly tried = new Map<PointMethod, readonly Searched[]>();

  constructor(system: PiecewiseLinearSystem, sink: WordSink, control: WordControl) {
    this.#system = system;
    this.#sink = sink;
    this.#control = control;
  }

  /**
   * Periods by polytopes, boxes and linear programs in turn with growing limits, until each is complete or no method
   * has a limit left to raise. Polytopes grow with the number of words that orbits have, boxes with the dimension,
   * linear programs with the number of units and the period, and no formula tells which is quickest. Polytopes wait
   * until their limit is at least the number of regions, and until then one other method alone goes on without stops.
   * What the first limits do not end begins with a look for cycles that are easy to find, and so does the first trial of
   * a method that takes long.
   * @param mostEffort no limit grows to more than so many times the first one; what is left then is `limited`.
   */
  async search(
    periods: readonly number[],
    asked?: PointMethod,
    mostEffort = Number.POSITIVE_INFINITY,
  ): Promise<Map<number, Searched>> {
    const searched = new Map<number, Searched>();
    let methods = asked === undefined ? this.#methods(periods[0]!) : [asked];
    let left = periods;
    // of one method there is nothing to choose
    const growth = methods.length === 1 ? Number.POSITIVE_INFINITY : EFFORT_GROWTH;
    for (let effort = 1; ; effort = this.#nextEffort(methods, effort * growth, growth, mostEffort)) {
      const limited: PointMethod[] = [];
      for (const method of effort === 1 ? this.#firstInOrder(methods) : methods) {
        let hasMore = this.#waits(method, effort);
        if (hasMore) {
          limited.push(method);
          continue;
        }
        if (effort === 1 && this.#productsOfTrial(method, left) > PRODUCTS_OF_LONG_TRIAL) await this.lookEarly(left);
        const tried = await this.by(method, left, effort);
        this.tried.set(method, tried);
        for (const done of tried) {
          searched.set(done.outcome.period, done);
          if (done.outcome.limited) hasMore = true;
        }
        if (hasMore) limited.push(method);
        left = periods.filter((period) => searched.get(period)?.outcome.complete !== true);
        if (left.length === 0) return searched;
        if (stopReason(this.#control) !== undefined) return this.#stopped(left, searched, method);
      }
      methods = methods.filter((method) => limited.includes(method));
      if (methods.length === 0 || effort === Number.POSITIVE_INFINITY) return searched;
      if (effort * growth > mostEffort) return this.#notBegun(left, searched, methods[0]!, "the limits were reached");
      if (effort === 1) await this.lookEarly(left);
    }
  }

  /** From which factor of the limits to go on: where one method is alone, the last one before another begins. */
  #nextEffort(methods: readonly PointMethod[], next: number, growth: number, most: number): number {
    const isAlone = (effort: number) => methods.filter((method) => !this.#waits(method, effort)).length === 1;
    let effort = next;
    if (methods.length > 1 && isAlone(effort)) {
      while (effort * growth <= most && effort * growth < Number.POSITIVE_INFINITY && isAlone(effort * growth)) {
        effort *= growth;
      }
    }
    return effort;
  }

  /** The order of the first trials. */
  #firstInOrder(methods: readonly PointMethod[]): readonly PointMethod[] {
    const boxesFirst = this.#system.latentDim <= DIMENSIONS_OF_FIRST_BOXES && methods.includes("boxes");
    return boxesFirst ? ["boxes", ...methods.filter((method) => method !== "boxes")] : methods;
  }

  /** Whether a method is not tried yet. */
  #waits(method: PointMethod, effort: number): boolean {
    return method === "polytopes" && !this.#holdsOneStep(POLYTOPES_TO_TRY * effort);
  }

  /** The products of the first trial of boxes or linear programs, to an order of magnitude. */
  #productsOfTrial(method: PointMethod, periods: readonly number[]): number {
    const system = this.#system;
    const { latentDim: R, hyperplanes: N } = system;
    const last = periods[periods.length - 1]!;
    // each box takes some steps, all units once, each with bounds over the box
    if (method === "boxes") return BOXES_TO_TRY * Math.sqrt(last) * N * R * 4;
    // the first root takes two programs for each unit
    return method === "orbits" ? 2 * N * (last * N + 1) * programEntries(system, last) : 0;
  }

  /** The methods that may be the better one. */
  #methods(first: number): readonly PointMethod[] {
    const system = this.#system;
    if (programEntries(system, first) > MOST_ENTRIES_TO_TRY) return ["polytopes", "boxes"];
    return system.latentDim > MOST_DIMENSIONS_FOR_BOXES ? ["orbits"] : ["polytopes", "boxes", "orbits"];
  }

  /** Whether so many polytopes are enough for the words of one step, of which a map may have one for each region. */
  #holdsOneStep(polytopes: number): boolean {
    const { latentDim } = this.#system;
    return genericRegionCount(reduceSystem(this.#system).count, latentDim) <= polytopes;
  }

  /** Looks for cycles that are easy to find, once for each period, and proves nothing. */
  async lookEarly(periods: readonly number[]): Promise<void> {
    const left = periods.filter((period) => !this.#looked.has(period));
    for (const [n, period] of left.entries()) {
      if (stopReason(this.#control) !== undefined) return;
      this.#looked.add(period);
      this.#control.onProgress?.({
        phase: "early cycles",
        fraction: n / left.length,
        done: n,
        fixedPoints: this.#sink.found,
      });
      await takeSteps(emitEarlyWords(this.#system, period, this.#sink), this.#control);
      await this.#sink.settle(this.#control);
    }
  }

  /** Says of the periods that are not done, and not left for another reason, why. */
  #stopped(periods: readonly number[], searched: Map<number, Searched>, method: PointMethod) {
    const incompleteBecause = stopReason(this.#control) ?? "the time budget ended";
    for (const period of periods) {
      const before = searched.get(period);
      if (before !== undefined && before.outcome.limited !== true) continue;
      const { counts } = before?.outcome ?? { counts: {} };
      const outcome = { period, complete: false, incompleteBecause, counts };
      searched.set(period, { outcome, method: before?.method ?? method, seconds: before?.seconds ?? 0 });
    }
    return searched;
  }

  /** Says of the periods that were never begun why. */
  #notBegun(periods: readonly number[], searched: Map<number, Searched>, method: PointMethod, because: string) {
    for (const period of periods) {
      if (searched.has(period)) continue;
      const outcome = { period, complete: false, incompleteBecause: because, counts: {} };
      searched.set(period, { outcome, method, seconds: 0 });
    }
    return searched;
  }

  /** Periods by one method. @param effort what the limits of a first trial are multiplied by. */
  async by(method: PointMethod, periods: readonly number[], effort: number): Promise<Searched[]> {
    const system = this.#system;
    let started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    if (method !== "orbits") {
      const outcomes = await (method === "boxes"
        ? searchBoxes(system, periods, this.#sink, this.#control, { maxBoxes: BOXES_TO_TRY * effort })
        : searchPolytopes(system, periods, this.#sink, this.#control, { maxPolytopes: POLYTOPES_TO_TRY * effort }));
      return outcomes.map((outcome) => ({ outcome, method, seconds: seconds() }));
    }
    const done: Searched[] = [];
    for (const period of periods) {
      started = performance.now();
      const maxPivots = Math.ceil((PRODUCTS_TO_TRY * effort) / programEntries(system, period));
      const limits = { maxNodes: NODES_TO_TRY * effort, maxPivots };
      const outcome = await searchOrbits(system, period, this.#sink, this.#control, limits);
      done.push({ outcome, method, seconds: seconds() });
      // longer periods take longer, but without a limit to raise each of them must have an outcome
      if (!outcome.complete && (outcome.limited || stopReason(this.#control) !== undefined)) break;
    }
    return done;
  }
}
