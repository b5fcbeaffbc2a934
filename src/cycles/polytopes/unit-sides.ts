import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { KINKS } from "../pieces.ts";
import type { Word } from "../word.ts";
import { FlatCells, type Side } from "./flat-cells.ts";

/**
 * The sides of units' kinks at the steps of a word as tags of constraints, and whether such sides leave an interior.
 */
export class UnitSides {
  /** Cells that were thin, and tested exactly. */
  tested = 0;
  readonly #system: PiecewiseLinearSystem;
  readonly #problem: OrbitProblem;
  #cells: FlatCells | undefined;

  constructor(system: PiecewiseLinearSystem, problem: OrbitProblem) {
    this.#system = system;
    this.#problem = problem;
  }

  /** The side of unit j's kink at a step as one number. @param above 1 or 0. */
  tag(step: number, j: number, kink: number, above: number): number {
    return ((step * this.#problem.table.count + j) * KINKS + kink) * 2 + above;
  }

  /**
   * Whether the first points on all of some sides are a set without interior, exactly.
   * @param wordOf gives the first k masks of the word.
   */
  isFlat(tags: Int32Array, count: number, wordOf: (k: number) => Word): boolean {
    const { unitOf, threshold, flipped, count: L } = this.#problem.table;
    const sides: Side[] = [];
    let most = 0;
    for (let i = 0; i < count; i++) {
      const kink = Math.floor(tags[i]! / 2) % KINKS;
      const place = Math.floor(tags[i]! / 2 / KINKS);
      const hyperplane = unitOf.findIndex((unit, n) => unit === place % L && threshold[n] === kink + 1);
      const step = Math.floor(place / L);
      most = Math.max(most, step);
      sides.push({ step, hyperplane, above: tags[i]! % 2 !== flipped[hyperplane] });
    }
    this.#cells ??= new FlatCells(this.#system, this.#problem);
    this.tested++;
    return this.#cells.isFlat(sides, wordOf(most));
  }
}
