import { accumulation, TINY } from "../kernel/bounds.ts";
import type { ErrorBounds } from "../roots/problem.ts";
import { magnitudesOf, type UnitTable } from "../units/units.ts";

/**
 * Ā and b̄ (docs/design.md#enclosure) for all boxes below a box. Units that the box has decided to be off do not count.
 * @param pieces of the decided units.
 */
export function errorBoundsBelow(table: UnitTable, undecided: Int32Array, pieces: Int32Array): ErrorBounds {
  const { dim: R, count: L } = table;
  const counted = new Uint8Array(L);
  for (let j = 0; j < L; j++) counted[j] = Number(pieces[j] !== 0);
  for (let q = 0; q < undecided.length; q++) counted[undecided[q]!] = 1;
  const { matrix, constant } = magnitudesOf(table, counted);
  const factor = accumulation(table.terms, R);
  return { matrix: matrix.map((x) => x * factor), constant: constant.map((x) => x * factor + TINY) };
}
