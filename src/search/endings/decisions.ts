import { setBit } from "../../model/mask.ts";
import { accumulation, kinkError, TINY } from "../kernel/bounds.ts";
import { centre } from "../kernel/kernel.ts";
import type { Box } from "../roots/problem.ts";
import { magnitudesOf, type UnitTable } from "../units/units.ts";

/** What a box decides, computed from the table alone: for the rare endings, not for the inner loops. */
export interface Decisions {
  /** Units that have more than one piece on the box. */
  readonly undecided: readonly number[];
  /** M with the decided units folded in, and entrywise bounds on its error, in which undecided units count too. */
  readonly M: Float64Array;
  readonly errors: Float64Array;
  /** The bits of all hyperplanes that do not meet the box. Bits of hyperplanes that may meet it are clear. */
  readonly mask: Uint32Array;
  /** Hyperplanes that may meet the box; undefined if two of them are parallel and apart. */
  readonly tied: readonly number[] | undefined;
}

export function decide(table: UnitTable, { lo, hi }: Box): Decisions {
  const { dim: R, data, stride, directions, flipped, unitOf } = table;
  const [c, r, wide, margin] = [new Float64Array(R), new Float64Array(R), new Float64Array(R), new Float64Array(R)];
  centre({ lo, hi, c, r, wide, margin }, R);
  const mask = new Uint32Array(Math.max(1, Math.ceil(unitOf.length / 32)));
  unitOf.forEach((unit, i) => {
    if (unit < 0 && flipped[i]) setBit(mask, i);
  });
  let tied: number[] | undefined = [];
  const undecided: number[] = [];
  const M = table.M.slice();
  for (const { kinks, units, unitKinks, hyperplanes } of directions) {
    const at = units[0]! * stride;
    let x = 0;
    let p = 0;
    for (let i = 0; i < R; i++) {
      x += data[at + i]! * c[i]!;
      p += Math.abs(data[at + i]!) * wide[i]!;
    }
    const largest = Math.max(Math.abs(kinks[0]!), Math.abs(kinks[kinks.length - 1]!));
    p += data[at + 2 * R + 2]! + kinkError(largest);
    let first = 0;
    while (first < kinks.length && kinks[first]! <= x - p) first++;
    let last = first;
    while (last < kinks.length && kinks[last]! < x + p) last++;
    if (last - first > 1) tied = undefined;
    else if (last > first) tied?.push(...hyperplanes[first]!);
    for (let place = 0; place < hyperplanes.length; place++) {
      if (place >= first && place < last) continue;
      const side = place < first ? 1 : 0;
      for (const i of hyperplanes[place]!) if (side !== flipped[i]) setBit(mask, i);
    }
    for (let u = 0; u < units.length; u++) {
      const unit = units[u]!;
      const own = unitKinks[u]!;
      let from = 0;
      while (from < own.length && own[from]! < first) from++;
      let to = from;
      while (to < own.length && own[to]! < last) to++;
      if (to > from) undecided.push(unit);
      else addPiece(table, unit, from, M);
    }
  }
  const factor = accumulation(table.terms, R);
  return { undecided, M, errors: errorsOf(table).map((x) => x * factor + TINY), mask, tied };
}

/** Adds a piece of a unit to M. */
function addPiece(table: UnitTable, unit: number, piece: number, M: Float64Array): void {
  const { dim: R, data, stride } = table;
  if (piece !== 1) return;
  const at = unit * stride;
  for (let i = 0; i < R; i++) {
    for (let n = 0; n < R; n++) M[i * R + n]! += data[at + R + i]! * data[at + n]!;
  }
}

const errors = new WeakMap<UnitTable, Float64Array>();

/** Ā of bounds.ts over all units, computed once for each table. */
function errorsOf(table: UnitTable): Float64Array {
  const known = errors.get(table) ?? magnitudesOf(table).matrix;
  errors.set(table, known);
  return known;
}
