import { ExactArrangement } from "../arrangement/owner.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { quotient } from "../exact/rational.ts";
import { setBit } from "../model/mask.ts";

/**
 * The masks of subsets by the owner rule, exactly. Uses nothing of the stages, whose masks are compared with these.
 *
 * At a vertex almost all signs are clear in float64 from its exact coordinates, correctly rounded: u·z − h then errs
 * only by the rounding of z and of a sum of ρ + 1 terms. All other signs come from `ExactArrangement`.
 */
export class ExactMasks {
  readonly #reduced: ReducedSystem;
  readonly #exact: ExactArrangement;

  constructor(reduced: ReducedSystem, attempt: number) {
    this.#reduced = reduced;
    this.#exact = new ExactArrangement(reduced, attempt);
  }

  /**
   * @param subset ascending merged hyperplanes.
   * @returns one bit per merged hyperplane; undefined if the subset is dependent.
   * @throws OwnerTie when the owner directions must be changed.
   */
  of(subset: readonly number[]): Uint32Array | undefined {
    const { count, words } = this.#reduced;
    const point = this.#exact.at(subset);
    if (point === undefined) return undefined;
    const mask = new Uint32Array(words);
    const set = (j: number, on: boolean) => {
      if (on) setBit(mask, j);
    };
    const { vertex } = point;
    const z = vertex?.numerators.map((x) => quotient(x, vertex.denominator));
    const own = new Map(point.ownBits().map((on, i) => [subset[i], on]));
    for (let j = 0; j < count; j++) {
      set(j, own.get(j) ?? ((z === undefined ? 0 : this.#clearSign(j, z)) || point.sign(j).sign) > 0);
    }
    return mask;
  }

  /** The sign of u_j·z − h_j if rounding can't have changed it, else 0. */
  #clearSign(j: number, z: readonly number[]): -1 | 0 | 1 {
    const { U, h, latentDim: R, columns } = this.#reduced;
    let s = -h.rounded[j]!;
    let magnitude = Math.abs(s);
    let size = 0;
    for (let i = 0; i < z.length; i++) {
      const u = U[j * R + columns[i]!]!;
      s += u * z[i]!;
      magnitude += Math.abs(u * z[i]!);
      size += Math.abs(u);
    }
    // a rounded z errs by 2^-53|z|, or by 2^-1074 below the normal numbers; twice the roundings for good measure.
    // Subnormal numbers would take ten times as long
    const bound = 2 * (z.length + 4) * 2 ** -53 * magnitude + (size + 1) * 2 ** -1000;
    return s > bound ? 1 : s < -bound ? -1 : 0;
  }
}
