import { type AffineSet, clearDenominators } from "../../exact/affine.ts";
import { solveAffine } from "../../exact/elimination.ts";
import { scaleToIntegers } from "../../exact/integers.ts";
import { integerDot } from "../../exact/polyhedron.ts";
import type { Rational } from "../../exact/rational.ts";
import { type IntegerHyperplanes, integerHyperplanes } from "../../exact/region.ts";
import { add, type Dyadic, fromNumber, multiply } from "../../model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";

/** A system in exact arithmetic, straight from its definition (DESIGN.md section 1): slow and plain on purpose. */
export class ExactModel {
  readonly system: PiecewiseLinearSystem;
  readonly hyperplanes: IntegerHyperplanes;

  constructor(system: PiecewiseLinearSystem) {
    this.system = system;
    this.hyperplanes = integerHyperplanes(system);
  }

  /** M + VᵀDU with D_j = 1 for the units given: R×R row-major. */
  matrix(active: readonly number[]): Dyadic[] {
    const { latentDim: R, M, U, V } = this.system;
    const out = M.toDyadics();
    for (const j of active) {
      const u = Array.from({ length: R }, (_, k) => fromNumber(U[j * R + k]));
      for (let i = 0; i < R; i++) {
        const v = V.at(j * R + i);
        if (v.m === 0n) continue;
        for (let k = 0; k < R; k++) out[i * R + k] = add(out[i * R + k], multiply(v, u[k]));
      }
    }
    return out;
  }

  /** VᵀDh + g: R. */
  #rightSide(active: readonly number[]): Dyadic[] {
    const { latentDim: R, g, h, V } = this.system;
    const out = g.toDyadics();
    for (const j of active) {
      const offset = h.at(j);
      for (let i = 0; i < R; i++) out[i] = add(out[i], multiply(V.at(j * R + i), offset));
    }
    return out;
  }

  /**
   * All z with (M + VᵀDU) z = VᵀDh + g that lie on the hyperplanes in `ties`, exactly and canonical; undefined if there are
   * none.
   */
  solutions(active: readonly number[], ties: readonly number[]): AffineSet | undefined {
    const { latentDim: R } = this.system;
    const matrix = this.matrix(active);
    const right = this.#rightSide(active);
    const rows: bigint[] = [];
    const bounds: bigint[] = [];
    for (let i = 0; i < R; i++) {
      const { values } = scaleToIntegers([...matrix.slice(i * R, (i + 1) * R), right[i]]);
      bounds.push(values[R]);
      rows.push(...values.slice(0, R));
    }
    for (const j of ties) {
      rows.push(...this.hyperplanes.normals[j]);
      bounds.push(this.hyperplanes.offsets[j]);
    }
    return solveAffine(rows, R + ties.length, R, bounds);
  }

  /** The sign of u_j·z − h_j for every hyperplane. */
  signs(z: readonly Rational[]): (-1 | 0 | 1)[] {
    const { denominator, origin } = clearDenominators({ point: z, basis: [] });
    const { normals, offsets } = this.hyperplanes;
    return normals.map((normal, j) => {
      const value = integerDot(normal, origin) - offsets[j] * denominator;
      return value > 0n ? 1 : value < 0n ? -1 : 0;
    });
  }

  /** One bit for each hyperplane, set for those given. */
  mask(active: readonly number[]): Uint32Array {
    const mask = new Uint32Array(Math.max(1, Math.ceil(this.system.hyperplanes / 32)));
    for (const j of active) mask[j >>> 5] |= 1 << (j & 31);
    return mask;
  }
}
