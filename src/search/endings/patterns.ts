import { kinkError } from "../kernel/bounds.ts";
import { centre } from "../kernel/kernel.ts";
import type { Workspace } from "../kernel/workspace.ts";
import type { UnitTable } from "../units/units.ts";

/**
 * The states that one direction may take on a box: kinks before `first` lie below the box, kinks from `last` on above.
 */
export interface States {
  readonly direction: number;
  readonly first: number;
  readonly last: number;
}

/** Whether the undecided units have at most `limit` sign patterns on the box of a workspace, counted by directions. */
export function fewPatterns(table: UnitTable, workspace: Workspace, count: number, limit: number): boolean {
  // at least one kink each
  if (count > Math.log2(limit) * 4) return false;
  centre(workspace, table.dim);
  let patterns = 1;
  const seen = new Set<number>();
  for (let q = 0; q < count && patterns <= limit; q++) {
    const j = workspace.undecided[q]!;
    if (seen.has(table.directionOf[j]!)) continue;
    seen.add(table.directionOf[j]!);
    const { first, last } = statesOf(table, workspace, j);
    patterns *= last - first + 1;
  }
  return patterns <= limit;
}

/** The states of the direction whose band weighs most. */
export function heaviestDirection(table: UnitTable, workspace: Workspace, count: number): States {
  const { dim: R, stride } = table;
  const { data, undecided, widths } = workspace;
  let best = 0;
  let most = -1;
  for (let q = 0; q < count; q++) {
    const at = undecided[q]! * stride + R;
    let weight = 0;
    for (let i = 0; i < R; i++) weight += Math.abs(data[at + i]!);
    if (weight * widths[q]! > most) {
      most = weight * widths[q]!;
      best = undecided[q]!;
    }
  }
  centre(workspace, R);
  return statesOf(table, workspace, best);
}

/** Whether some point of the box may have all the pieces of the units `assumed`. */
export function consistent(table: UnitTable, workspace: Workspace, assumed: readonly number[]): boolean {
  if (assumed.length === 0) return true;
  centre(workspace, table.dim);
  return assumed.every((j) => {
    const { low, high } = rangeOf(table, workspace, j, 0);
    const { kinks } = table.directions[table.directionOf[j]!]!;
    const own = kinksOf(table, j);
    const piece = workspace.pieces[j]!;
    return (piece === 0 || high >= kinks[own[piece - 1]!]!) && (piece === own.length || low <= kinks[own[piece]!]!);
  });
}

/** The piece of a unit when its direction is in a state. */
export function pieceIn(table: UnitTable, j: number, state: number): number {
  const kinks = kinksOf(table, j);
  let piece = 0;
  while (piece < kinks.length && kinks[piece]! < state) piece++;
  return piece;
}

function kinksOf({ directions, directionOf }: UnitTable, j: number): Int32Array {
  const direction = directions[directionOf[j]!]!;
  return direction.unitKinks[direction.units.indexOf(j)]!;
}

/** The states that the direction of unit j may take; the workspace's c and wide are the box's. */
function statesOf(table: UnitTable, workspace: Workspace, j: number): States {
  const direction = table.directionOf[j]!;
  const { kinks } = table.directions[direction]!;
  const largest = Math.max(Math.abs(kinks[0]!), Math.abs(kinks[kinks.length - 1]!));
  const { low, high } = rangeOf(table, workspace, j, largest);
  let first = 0;
  while (first < kinks.length && kinks[first]! <= low) first++;
  let last = first;
  while (last < kinks.length && kinks[last]! < high) last++;
  return { direction, first, last };
}

/** The range of u_j·y over the box, widened for the error of kinks up to a magnitude. */
function rangeOf(
  { dim: R, stride }: UnitTable,
  { data, c, wide }: Workspace,
  j: number,
  largestKink: number,
): { low: number; high: number } {
  const at = j * stride;
  let x = 0;
  let p = 0;
  for (let i = 0; i < R; i++) {
    x += data[at + i]! * c[i]!;
    p += Math.abs(data[at + i]!) * wide[i]!;
  }
  p += data[at + 2 * R + 2]! + kinkError(largestKink);
  return { low: x - p, high: x + p };
}
