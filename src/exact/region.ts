import { bit, clearBit, setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { hasInteriorPoint } from "./hull.ts";
import { scaleToIntegers } from "./integers.ts";
import type { Polyhedron } from "./polyhedron.ts";

/**
 * The hyperplanes normals[i]·z = offsets[i], each scaled by its own power of two to integers (which keeps every sign).
 */
export interface IntegerHyperplanes {
  /** R. */
  readonly dim: number;
  /** N. */
  readonly count: number;
  readonly normals: readonly (readonly bigint[])[];
  readonly offsets: readonly bigint[];
  /** Row i of the system is (normals[i], offsets[i])·2^exponents[i]. */
  readonly exponents: readonly number[];
}

/** Row i of the system is (normal, offset)·2^exponent. */
export interface IntegerHyperplane {
  readonly normal: readonly bigint[];
  readonly offset: bigint;
  readonly exponent: number;
}

type Arrangement = Pick<PiecewiseLinearSystem, "latentDim" | "hyperplanes" | "U" | "h">;

export function integerHyperplane({ latentDim: R, U, h }: Arrangement, i: number): IntegerHyperplane {
  const { values, exponent } = scaleToIntegers([...U.subarray(i * R, (i + 1) * R), h.get(i)]);
  const offset = values.pop()!;
  return { normal: values, offset, exponent };
}

export function integerHyperplanes(system: Arrangement): IntegerHyperplanes {
  const { latentDim: R, hyperplanes: N } = system;
  const normals: (readonly bigint[])[] = [];
  const offsets: bigint[] = [];
  const exponents: number[] = [];
  for (let i = 0; i < N; i++) {
    const { normal, offset, exponent } = integerHyperplane(system, i);
    normals.push(normal);
    offsets.push(offset);
    exponents.push(exponent);
  }
  return { dim: R, count: N, normals, offsets, exponents };
}

/** The number of set bits of a word. */
export function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Ascending indices of the set bits. */
export function indices(mask: Uint32Array): number[] {
  const list: number[] = [];
  for (let w = 0; w < mask.length; w++) {
    for (let rest = mask[w]!; rest !== 0; rest &= rest - 1) list.push((w << 5) + 31 - Math.clz32(rest & -rest));
  }
  return list;
}

/** Bit `places[i]` of `mask` becomes bit i of `bits`, for all i; the others stay. */
export function writeBits(mask: Uint32Array, places: readonly number[], bits: Uint32Array): void {
  places.forEach((j, i) => {
    if (bit(bits, i) === 1) setBit(mask, j);
    else clearBit(mask, j);
  });
}

/** The lower sides of all hyperplanes, {z : u_i·z ≤ h_i}. */
export function lowerSides({ dim, count, normals, offsets }: IntegerHyperplanes): Polyhedron {
  return { dim, count, normal: (i) => normals[i]!, bound: (i) => offsets[i]! };
}

/** The polyhedron with row i reversed (normal(i)·x ≥ bound(i)) where bit i of the mask is set. */
export function reverseRows(polyhedron: Polyhedron, mask: Uint32Array): Polyhedron {
  const reversed: (bigint[] | undefined)[] = [];
  return {
    dim: polyhedron.dim,
    count: polyhedron.count,
    normal(i) {
      if (bit(mask, i) === 0) return polyhedron.normal(i);
      reversed[i] ??= polyhedron.normal(i).map((x) => -x);
      return reversed[i];
    },
    bound: (i) => (bit(mask, i) ? -polyhedron.bound(i) : polyhedron.bound(i)),
  };
}

/** The closed region of a mask, {z : (2D_i − 1)(u_i·z − h_i) ≥ 0 for all i}. */
export function closedRegion(hyperplanes: IntegerHyperplanes, mask: Uint32Array): Polyhedron {
  return reverseRows(lowerSides(hyperplanes), mask);
}

/**
 * Whether a mask names a region, i.e. there are points with u_i·z > h_i exactly where bit i is set and u_i·z < h_i
 * elsewhere. A hyperplane without normal (u_i = 0) has the bit set iff 0 > h_i.
 */
export function hasInterior(hyperplanes: IntegerHyperplanes, mask: Uint32Array): boolean {
  for (let i = 0; i < hyperplanes.count; i++) {
    if (hyperplanes.normals[i]!.every((x) => x === 0n) && bit(mask, i) !== Number(hyperplanes.offsets[i]! < 0n)) {
      return false;
    }
  }
  return hasInteriorPoint(closedRegion(hyperplanes, mask));
}
