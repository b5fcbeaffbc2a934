import { pieceIn } from "../endings/patterns.ts";
import { foldPiece } from "../kernel/kernel.ts";
import { pieceOf, type UnitTable } from "../units/units.ts";
import type { Level } from "./level.ts";

/** The number of units that the children of a branching level assume to be on a piece. */
export function assumedBy({ directionOf }: UnitTable, { undecided, count, direction }: Level): number {
  let n = 0;
  for (let q = 0; q < count; q++) if (directionOf[undecided[q]!] === direction) n++;
  return n;
}

/**
 * Makes the child of a branching level in which the undecided units of the level's direction are on their pieces in one
 * state of the direction.
 * @param pieces of all units, changed for those.
 * @returns the units whose piece is assumed.
 */
export function assume(table: UnitTable, level: Level, child: Level, state: number, pieces: Int32Array): number[] {
  const assumed: number[] = [];
  let n = 0;
  child.undecided = child.ownUndecided;
  for (let q = 0; q < level.count; q++) {
    const j = level.undecided[q]!;
    if (table.directionOf[j] !== level.direction) {
      child.undecided[n++] = j;
      continue;
    }
    pieces[j] = pieceIn(table, j, state);
    assumed.push(j);
    const { slope, offset } = pieceOf(table, j, pieces[j]);
    foldPiece(table.data, j * table.stride, table.dim, slope, offset, child.M, child.k);
  }
  child.count = n;
  return assumed;
}
