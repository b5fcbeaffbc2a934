import { allOf } from "../../base/steps.ts";
import { dyadic, toNumber } from "../../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { TINY } from "../../search/kernel/bounds.ts";
import { coordinateExponents } from "../../search/roots/roots.ts";
import { searchSystem } from "../../search/roots/search-system.ts";
import type { OrbitProblem } from "../boxes/maps.ts";
import { INFLATION } from "../boxes/rounding.ts";
import { type ComposedMap, ComposedWords } from "../composed.ts";
import { type AffinePoint, spread } from "./affine-step.ts";
import { COMPOSED_MARGIN } from "./rounding.ts";

/**
 * The points of orbits of a word from their composed maps, which are exact and rounded once: so the error of z_t is
 * that of z_0 as the orbit spreads it, and not as the norms of all steps would.
 */
export class ExactSteps {
  readonly #words: ComposedWords;
  readonly #problem: OrbitProblem;
  readonly #exponents: Int32Array;

  constructor(system: PiecewiseLinearSystem, problem: OrbitProblem) {
    this.#words = new ComposedWords(system);
    this.#problem = problem;
    this.#exponents = coordinateExponents(searchSystem(system));
  }

  get identity(): ComposedMap {
    return this.#words.identity;
  }

  extend(map: ComposedMap, mask: Uint32Array): ComposedMap {
    return allOf(this.#words.extending(map, mask));
  }

  /** Writes P z_0 + q to `to`, but for its coordinates from R on. */
  apply({ steps, integers, q }: ComposedMap, first: AffinePoint, to: AffinePoint): void {
    const { rows: R, free, table } = this.#problem;
    const { dim: D } = table;
    const P = free.length;
    const own = steps * this.#words.exponent;
    const exponents = this.#exponents;
    for (let i = 0; i < R; i++) {
      const offset = toNumber(dyadic(q[i]!, own - exponents[i]!));
      let centre = D > R ? 0 : offset;
      let size = Math.abs(centre);
      let error = 0;
      for (let p = 0; p < P; p++) to.L[i * P + p] = 0;
      for (let n = 0; n < D; n++) {
        const x = n < R ? toNumber(dyadic(integers[i * R + n]!, own + exponents[n]! - exponents[i]!)) : offset;
        centre += x * first.c[n]!;
        size += Math.abs(x) * (Math.abs(first.c[n]!) + spread(first, n, P) + first.e[n]!);
        error += Math.abs(x) * first.e[n]!;
        for (let p = 0; p < P; p++) to.L[i * P + p]! += x * first.L[n * P + p]!;
      }
      to.c[i] = centre;
      to.e[i] = error * INFLATION + size * COMPOSED_MARGIN + TINY;
    }
  }
}
