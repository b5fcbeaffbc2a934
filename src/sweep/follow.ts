import { compare, type Rational } from "../exact/rational.ts";
import { MAX_SIDES } from "../exact/sides.ts";
import { setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { sidesAt } from "../stability/sides.ts";
import { type ExactSigns, placeOn, type Segment, type SweepCollector } from "./collector.ts";

/**
 * Follows branches of fixed points from region to region, exactly. Where a branch leaves a region, the regions round
 * that place are looked into, until no new segment is found or the range ends.
 */
export class BranchFollower {
  readonly #extended: PiecewiseLinearSystem;
  readonly #collector: SweepCollector;
  readonly #waiting: ExactSigns[] = [];
  /** The number of places where more regions meet than are looked into. */
  crowded = 0;

  constructor(extended: PiecewiseLinearSystem, collector: SweepCollector) {
    this.#extended = extended;
    this.#collector = collector;
  }

  /** @param signs of a fixed point, over the hyperplanes of the system. */
  start(signs: ExactSigns): void {
    this.#waiting.push(signs);
  }

  /** Places that are not looked at yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Goes on from all that the collector has found by other ways. */
  startFromFound(): void {
    for (const place of [...this.#collector.places()])
      if (this.#isInside(place[0]!)) this.start(this.#collector.signs(place));
  }

  /** Does one of the waiting places. @returns false when none is waiting. */
  step(): boolean {
    const signs = this.#waiting.pop();
    if (signs === undefined) return false;
    const { sides, complete } = sidesAt(this.#extended, signs, MAX_SIDES);
    if (!complete) this.crowded++;
    for (const active of sides) this.enter(active);
    return true;
  }

  /** Looks into one region, and goes on from its segment if that is new. @param active the units with bit 1 there. */
  enter(active: readonly number[]): void {
    const segment = this.#collector.visit(this.#maskOf(active));
    if (segment !== undefined) this.#goOn(segment);
  }

  #goOn({ line, from, to }: Segment): void {
    for (const s of [from, to]) if (this.#isInside(s)) this.#waiting.push(this.#collector.signs(placeOn(line, s)));
  }

  #isInside(s: Rational): boolean {
    const { low, high } = this.#collector;
    return compare(s, low) > 0 && compare(s, high) < 0;
  }

  #maskOf(active: readonly number[]): Uint32Array {
    const mask = new Uint32Array(Math.max(1, Math.ceil(this.#extended.hyperplanes / 32)));
    for (const j of active) setBit(mask, j);
    return mask;
  }
}
