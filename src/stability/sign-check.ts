import type { Model } from "../model/types.ts";

/** A margin for the rounding errors of the row sums that decide the check's condition. */
const MARGIN = 2 ** -40;

/** The part of a fixed point that the check uses. */
export interface OrientedPoint {
  /** Sign of det(M + VᵀDU) in its region; undefined for a tied point. */
  readonly determinantSign?: -1 | 1 | undefined;
}

/**
 * The a-priori check on a complete list of fixed points: for z' = A z + (something bounded) with ‖A‖ < 1 the signs of
 * det(I − J) over all of them add up to +1, the degree of z − F(z) on a large ball.
 *
 * A clipped model has that form. The check does not apply if a fixed point is tied.
 * @returns the sum; undefined where the check does not apply.
 */
export function signSum({ kind, system }: Model, points: Iterable<OrientedPoint>): number | undefined {
  if (kind !== "clippedShPLRNN" || !contracts(system.M.rounded, system.latentDim)) return undefined;
  let sum = 0;
  for (const { determinantSign } of points) {
    if (determinantSign === undefined) return undefined;
    // det(I − J) = det(−(M + VᵀDU))
    sum += system.latentDim % 2 === 0 ? determinantSign : -determinantSign;
  }
  return sum;
}

/** ‖M + I‖ < 1 in the ∞- or the 1-norm. */
function contracts(M: Float64Array, R: number): boolean {
  let rows = 0;
  let columns = 0;
  for (let i = 0; i < R; i++) {
    let row = 0;
    let column = 0;
    for (let k = 0; k < R; k++) {
      const one = i === k ? 1 : 0;
      row += Math.abs(M[i * R + k]! + one);
      column += Math.abs(M[k * R + i]! + one);
    }
    rows = Math.max(rows, row);
    columns = Math.max(columns, column);
  }
  return Math.min(rows, columns) < 1 - MARGIN;
}
