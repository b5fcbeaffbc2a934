import type { Box } from "./enclosure.ts";
import type { Functional } from "./functional.ts";

/** Parts of a box that are proved by themselves, one after the other in preorder; data that can be cloned. */
export interface Branch {
  /** Coordinates in which the box was halved, one after the other, each time with all of its parts. */
  readonly halvings: readonly number[];
  /** 2^halvings × 2R: the lower and the upper corner of each part. */
  readonly corners: Float64Array;
  /** Of each part what shows it empty, if that is known. */
  readonly known: readonly (Functional | undefined)[];
  /** The first part that is to be proved. */
  readonly next: number;
  /** Of the root's volume, that of each part. */
  readonly share: number;
  /** As in `Frame`. */
  readonly stale: number;
  readonly attempts: number;
}

/** The branch that is all of a root. */
export function wholeBranch({ lo, hi }: Box): Branch {
  const corners = Float64Array.of(...lo, ...hi);
  return { halvings: [], corners, known: [undefined], next: 0, share: 1, stale: 0, attempts: 0 };
}

/** Of the halvings of a box, how many come just before a part in preorder: those of which it is the lowest part. */
export function halvingsBefore(part: number, halvings: number): number {
  return part === 0 ? halvings : 31 - Math.clz32(part & -part);
}

/** Writes the halves of part p, in one coordinate, in the places of parts 2p and 2p + 1. */
export function halvePart(corners: Float64Array, R: number, part: number, coordinate: number): void {
  const from = part * 2 * R;
  const middle = 0.5 * (corners[from + coordinate]! + corners[from + R + coordinate]!);
  corners.copyWithin(2 * from + 2 * R, from, from + 2 * R);
  corners.copyWithin(2 * from, from, from + 2 * R);
  corners[2 * from + R + coordinate] = middle;
  corners[2 * from + 2 * R + coordinate] = middle;
}
