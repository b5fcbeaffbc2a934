import { type AffineSet, clearDenominators } from "../exact/affine.ts";
import { determinantSign, nullSpace, solveAffine } from "../exact/elimination.ts";
import { scaleToIntegers } from "../exact/integers.ts";
import { integerDot } from "../exact/polyhedron.ts";
import type { Rational } from "../exact/rational.ts";
import { type IntegerHyperplanes, integerHyperplanes } from "../exact/region.ts";
import { MAX_SIDES, type PointSigns, type Sides, sidesOf } from "../exact/sides.ts";
import { add, type Dyadic, fromNumber, multiply, ONE } from "../model/dyadic.ts";
import { setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";

/** The rows of an R×R matrix, each times a power of two that makes it integer. */
function rowsInIntegers(matrix: readonly Dyadic[], R: number): bigint[] {
  return Array.from({ length: R }, (_, i) => scaleToIntegers(matrix.slice(i * R, (i + 1) * R)).values).flat();
}

function signOf(x: bigint): -1 | 0 | 1 {
  return x > 0n ? 1 : x < 0n ? -1 : 0;
}

/**
 * A system in exact arithmetic, straight from its definition (docs/design.md#the-problem): slow and plain on purpose.
 */
export class ExactModel {
  readonly system: PiecewiseLinearSystem;
  readonly hyperplanes: IntegerHyperplanes;
  #last: { readonly key: string; readonly matrix: readonly Dyadic[] } | undefined;

  constructor(system: PiecewiseLinearSystem) {
    this.system = system;
    this.hyperplanes = integerHyperplanes(system);
  }

  /**
   * M + VᵀDU with D_j = 1 for the units given: R×R row-major. Kept, because several checks of a point use the same
   * matrix.
   */
  matrix(active: readonly number[]): readonly Dyadic[] {
    const key = active.join();
    if (this.#last?.key !== key) this.#last = { key, matrix: this.#sum(active) };
    return this.#last.matrix;
  }

  #sum(active: readonly number[]): Dyadic[] {
    const { latentDim: R, M, U, V } = this.system;
    const out = M.toDyadics();
    for (const j of active) {
      const u = Array.from({ length: R }, (_, k) => fromNumber(U[j * R + k]!));
      for (let i = 0; i < R; i++) {
        const v = V.at(j * R + i);
        if (v.m === 0n) continue;
        for (let k = 0; k < R; k++) out[i * R + k] = add(out[i * R + k]!, multiply(v, u[k]!));
      }
    }
    return out;
  }

  /**
   * The Jacobian of the dynamics: M + VᵀDU, plus I in discrete time. The sum is exact, so a small A is not lost in
   * A − I.
   */
  jacobian(active: readonly number[]): readonly Dyadic[] {
    const { latentDim: R, time } = this.system;
    const field = this.matrix(active);
    return time === "continuous" ? field : field.map((entry, at) => (at % (R + 1) === 0 ? add(entry, ONE) : entry));
  }

  /** Sign of det(M + VᵀDU). */
  determinantSign(active: readonly number[]): -1 | 0 | 1 {
    const { latentDim: R } = this.system;
    return determinantSign(rowsInIntegers(this.matrix(active), R), R);
  }

  /** Basis of all d with (M + VᵀDU) d = 0. */
  nullSpace(active: readonly number[]): readonly (readonly Rational[])[] {
    const { latentDim: R } = this.system;
    return nullSpace(rowsInIntegers(this.matrix(active), R), R, R);
  }

  /** The regions that meet at a point of these signs, at most `MAX_SIDES` of them, in the order of results. */
  sides(signs: PointSigns): Sides {
    return sidesOf(this.system.latentDim, (j) => this.hyperplanes.normals[j]!, signs, MAX_SIDES);
  }

  /** VᵀDh + g: R. */
  rightSide(active: readonly number[]): Dyadic[] {
    const { latentDim: R, g, h, V } = this.system;
    const out = g.toDyadics();
    for (const j of active) {
      const offset = h.at(j);
      for (let i = 0; i < R; i++) out[i] = add(out[i]!, multiply(V.at(j * R + i), offset));
    }
    return out;
  }

  /**
   * All z with (M + VᵀDU) z = VᵀDh + g that lie on the hyperplanes in `ties`, exactly and canonical; undefined if there
   * are none.
   */
  solutions(active: readonly number[], ties: readonly number[]): AffineSet | undefined {
    const { latentDim: R } = this.system;
    const matrix = this.matrix(active);
    const right = this.rightSide(active);
    const rows: bigint[] = [];
    const bounds: bigint[] = [];
    for (let i = 0; i < R; i++) {
      const { values } = scaleToIntegers([...matrix.slice(i * R, (i + 1) * R), right[i]!]);
      bounds.push(values[R]!);
      rows.push(...values.slice(0, R));
    }
    for (const j of ties) {
      rows.push(...this.hyperplanes.normals[j]!);
      bounds.push(this.hyperplanes.offsets[j]!);
    }
    return solveAffine(rows, R + ties.length, R, bounds);
  }

  /** The sign of u_j·z − h_j for every hyperplane. */
  signs(z: readonly Rational[]): (-1 | 0 | 1)[] {
    const { denominator, origin } = clearDenominators({ point: z, basis: [] });
    const { normals, offsets } = this.hyperplanes;
    return normals.map((normal, j) => signOf(integerDot(normal, origin) - offsets[j]! * denominator));
  }

  /** The signs at z as lists of hyperplanes. */
  signsAt(z: readonly Rational[]): PointSigns {
    const signs = this.signs(z);
    const all = [...signs.keys()];
    return { active: all.filter((j) => signs[j]! > 0), ties: all.filter((j) => signs[j] === 0) };
  }

  /** The sign of u_j·d for every hyperplane. */
  slopes(direction: readonly Rational[]): (-1 | 0 | 1)[] {
    const { origin } = clearDenominators({ point: direction, basis: [] });
    return this.hyperplanes.normals.map((normal) => signOf(integerDot(normal, origin)));
  }

  /** One bit for each hyperplane, set for those given. */
  mask(active: readonly number[]): Uint32Array {
    const mask = new Uint32Array(Math.max(1, Math.ceil(this.system.hyperplanes / 32)));
    for (const j of active) setBit(mask, j);
    return mask;
  }
}
