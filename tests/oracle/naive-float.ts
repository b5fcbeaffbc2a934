import { LuDecomposition, Matrix } from "ml-matrix";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/** A fixed point as plain float64 finds it: for the bench and for tests, never a reference for exactness. */
export interface FloatPoint {
  /** Length R. */
  readonly z: readonly number[];
  /** Bit j = hyperplane j. */
  readonly mask: number;
}

const MOST_UNITS = 14;

/**
 * The naive way in float64: all 2^N masks, one LU solve of (M + VᵀDU) z = VᵀDh + g each, kept where the signs agree
 * within `tolerance`. What people do today; the baseline of the bench. A fixed point on k hyperplanes comes up to 2^k
 * times. Throws RangeError for more than 14 units.
 */
export function floatFixedPoints(system: PiecewiseLinearSystem, tolerance = 0): FloatPoint[] {
  const { hyperplanes: N } = system;
  if (N > MOST_UNITS) throw new RangeError(`the naive way tries 2^N masks: at most ${MOST_UNITS} units, got ${N}`);
  const found: FloatPoint[] = [];
  for (let mask = 0; mask < 2 ** N; mask++) {
    const z = floatCandidate(system, mask);
    if (z && floatConsistent(system, mask, z, tolerance)) found.push({ z, mask });
  }
  return found;
}

/** The mask's candidate in float64, or undefined where LU meets a zero pivot. */
export function floatCandidate(system: PiecewiseLinearSystem, mask: number): number[] | undefined {
  const { latentDim: R, hyperplanes: N, U } = system;
  const V = system.V.rounded;
  const matrix = Matrix.from1DArray(R, R, Array.from(system.M.rounded));
  const right = Matrix.columnVector(Array.from(system.g.rounded));
  for (let j = 0; j < N; j++) {
    if (!((mask >> j) & 1)) continue;
    const h = system.h.rounded[j]!;
    for (let i = 0; i < R; i++) {
      const v = V[j * R + i]!;
      for (let k = 0; k < R; k++) matrix.set(i, k, matrix.get(i, k) + v * U[j * R + k]!);
      right.set(i, 0, right.get(i, 0) + v * h);
    }
  }
  const lu = new LuDecomposition(matrix);
  return lu.isSingular() ? undefined : lu.solve(right).to1DArray();
}

export function floatConsistent(
  system: PiecewiseLinearSystem,
  mask: number,
  z: readonly number[],
  tolerance: number,
): boolean {
  const { latentDim: R, hyperplanes: N, U } = system;
  for (let j = 0; j < N; j++) {
    let x = -system.h.rounded[j]!;
    for (let k = 0; k < R; k++) x += U[j * R + k]! * z[k]!;
    if (((mask >> j) & 1 ? x : -x) < -tolerance) return false;
  }
  return true;
}
