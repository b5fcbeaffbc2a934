import { setBit } from "../../model/mask.ts";
import { accumulation, kinkError, TINY } from "../kernel/bounds.ts";
import { centre } from "../kernel/kernel.ts";
import type { Box } from "../roots/problem.ts";
import type { UnitTable } from "../units/units.ts";

/** What a box decides, computed from the table alone: for the rare endings, not for the inner loops. */
export interface Decisions {
  /** Units that have more than one piece on the box. */
  readonly undecided: readonly { readonly unit: number; readonly first: number; readonly last: number }[];
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
  const undecided: { unit: number; first: number; last: number }[] = [];
  const M = table.M.slice();
  const errors = table.matrixMagnitude.slice();
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
    hyperplanes.forEach((through, place) => {
      if (place >= first && place < last) return;
      for (const i of through) if ((place < first ? 1 : 0) !== flipped[i]) setBit(mask, i);
    });
    units.forEach((unit, u) => {
      const own = unitKinks[u]!;
      const from = own.findIndex((place) => place >= first);
      const to = own.findIndex((place) => place >= last);
      const pieces = { unit, first: from < 0 ? own.length : from, last: to < 0 ? own.length : to };
      const { least } = unitSlopes(table, pieces);
      for (let i = 0; i < R; i++) {
        for (let n = 0; n < R; n++) {
          const un = data[unit * stride + n]!;
          errors[i * R + n]! += table.weight[unit * R + i]! * table.slopeBound[unit]! * Math.abs(un);
          if (pieces.first === pieces.last) M[i * R + n]! += least * data[unit * stride + R + i]! * un;
        }
      }
      if (pieces.last > pieces.first) undecided.push(pieces);
    });
  }
  const factor = accumulation(table.terms, R);
  return { undecided, M, errors: errors.map((x) => x * factor + TINY), mask, tied };
}

/** The least and greatest slope of a unit over some of its pieces. */
export function unitSlopes(
  table: UnitTable,
  { unit, first, last }: { unit: number; first: number; last: number },
): { least: number; greatest: number } {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let piece = first; piece <= last; piece++) {
    const slope = unit < table.simple ? Number(piece === 1) : table.generic[unit - table.simple]!.slopes[piece]!;
    least = Math.min(least, slope);
    greatest = Math.max(greatest, slope);
  }
  return { least, greatest };
}
