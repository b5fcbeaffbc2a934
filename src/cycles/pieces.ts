import { pieceOf, type UnitTable } from "../search/units/units.ts";

/** Number of the first piece of unit j that meets x ≥ low; 0 where low is not a number. */
export function firstPiece({ dim: D, stride, data }: UnitTable, j: number, low: number): number {
  const at = j * stride + 2 * D;
  return low >= data[at + 1]! ? 2 : low >= data[at]! ? 1 : 0;
}

/** Number of the last piece of unit j that meets x ≤ high. */
export function lastPiece({ dim: D, stride, data }: UnitTable, j: number, high: number): number {
  const at = j * stride + 2 * D;
  return high <= data[at]! ? 0 : high <= data[at + 1]! ? 1 : 2;
}

/** Kinks of a unit, of which a ramp's second is Infinity. */
export const KINKS = 2;

/** The kink of unit j between pieces n and n + 1; Infinity where a ramp has none. */
export function kinkOf({ dim: D, stride, data }: UnitTable, j: number, n: number): number {
  return data[j * stride + 2 * D + n]!;
}

/**
 * Adds unit j on one of its pieces to the map z ↦ A z + b.
 * @param rows R: A has R×D numbers from atA on, b has R from atB on.
 */
export function foldUnit(
  table: UnitTable,
  rows: number,
  j: number,
  piece: number,
  A: Float64Array,
  atA: number,
  b: Float64Array,
  atB: number,
): void {
  const { dim: D, stride, data } = table;
  if (piece === 0) return;
  const { slope, offset } = pieceOf(table, j, piece);
  const at = j * stride;
  for (let i = 0; i < rows; i++) {
    const v = data[at + D + i]!;
    b[atB + i]! += v * offset;
    if (slope === 0) continue;
    for (let n = 0; n < D; n++) A[atA + i * D + n]! += v * slope * data[at + n]!;
  }
}
