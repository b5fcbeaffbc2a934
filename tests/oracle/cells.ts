import { type Binary, NOTHING, opposite, product, signOf, sum } from "./binary.ts";
import type { Equation } from "./equation.ts";
import { compareRationals, dot, gcd, integerRow, type Rational, rational } from "./integers.ts";

/** The hyperplane where a unit's argument meets a breakpoint. */
export interface Hyperplane {
  /** (w, c) times a power of two: its product with (z, 1) has the sign of argument − breakpoint. */
  readonly row: readonly bigint[];
  /** Position of its direction, or −1 where the argument does not depend on z. */
  readonly direction: number;
  /** Whether the argument grows along the direction. */
  readonly along: boolean;
}

/** Parallel hyperplanes cut space into slabs; inside a closed slab all their units are affine. */
export interface Direction {
  /** Primitive integers, the first nonzero one positive. */
  readonly normal: readonly bigint[];
  /** Where hyperplanes cross, normal·z = cut; ascending, each once. */
  readonly cuts: readonly Rational[];
}

export interface Arrangement {
  readonly hyperplanes: readonly Hyperplane[];
  readonly directions: readonly Direction[];
}

/**
 * All hyperplanes of an equation, unit by unit and in each by breakpoint, with those that are parallel put together.
 */
export function arrangementOf({ latentDim: R, arguments: units, activation }: Equation): Arrangement {
  const directions: { normal: bigint[]; cuts: Rational[] }[] = [];
  const byNormal = new Map<string, number>();
  const hyperplanes = units.flatMap((argument) =>
    activation.breakpoints.map((breakpoint): Hyperplane => {
      const row = integerRow([...argument.z, sum(argument.one, opposite(breakpoint))]);
      const weights = row.slice(0, R);
      const content = weights.reduce(gcd, 0n);
      if (content === 0n) return { row, direction: -1, along: true };
      const along = weights.find((x) => x !== 0n)! > 0n;
      const factor = along ? content : -content;
      const normal = weights.map((x) => x / factor);
      const key = normal.join();
      const direction = byNormal.get(key) ?? directions.length;
      if (direction === directions.length) {
        byNormal.set(key, direction);
        directions.push({ normal, cuts: [] });
      }
      // factor·(normal·z) + row[R] = 0
      directions[direction]!.cuts.push(rational(-row[R]!, factor));
      return { row, direction, along };
    }),
  );
  return { hyperplanes, directions: directions.map(({ normal, cuts }) => ({ normal, cuts: distinct(cuts) })) };
}

function distinct(cuts: readonly Rational[]): Rational[] {
  const sorted = [...cuts].sort(compareRationals);
  return sorted.filter((cut, i) => i === 0 || compareRationals(cut, sorted[i - 1]!) !== 0);
}

/** Position of each hyperplane's own cut in its direction. */
function cutOf({ directions }: Arrangement, { row, direction }: Hyperplane): number {
  const { normal, cuts } = directions[direction]!;
  const leading = normal.findIndex((x) => x !== 0n);
  const own = rational(-row[row.length - 1]! * normal[leading]!, row[leading]!);
  return cuts.findIndex((cut) => compareRationals(cut, own) === 0);
}

/**
 * Which hyperplanes are on (argument above breakpoint) in each slab of each direction: slab i lies between cuts i − 1
 * and i. A constant argument is on or off everywhere; at [−1][0].
 */
export function bitsOfSlabs(arrangement: Arrangement): ReadonlyMap<number, boolean[][]> {
  const { hyperplanes, directions } = arrangement;
  const off = () => hyperplanes.map(() => false);
  const bits = new Map<number, boolean[][]>([[-1, [off()]]]);
  directions.forEach(({ cuts }, i) => {
    bits.set(i, Array.from({ length: cuts.length + 1 }, off));
  });
  hyperplanes.forEach((hyperplane, j) => {
    const { direction, along, row } = hyperplane;
    const own = direction < 0 ? 0 : cutOf(arrangement, hyperplane);
    bits.get(direction)!.forEach((slab, i) => {
      slab[j] = direction < 0 ? row[row.length - 1]! > 0n : i > own === along;
    });
  });
  return bits;
}

/** Rows whose product with (z, 1) is ≥ 0 in the closed cell. */
export function constraintsOfCell({ directions }: Arrangement, cell: readonly number[]): bigint[][] {
  return directions.flatMap((direction, i) => constraintsOfSlab(direction, cell[i]!));
}

/** The same of one slab of one direction. */
export function constraintsOfSlab({ normal, cuts }: Direction, slab: number): bigint[][] {
  const rows: bigint[][] = [];
  const at = ({ n, d }: Rational, side: bigint) => [...normal.map((x) => side * d * x), -side * n];
  if (slab > 0) rows.push(at(cuts[slab - 1]!, 1n));
  if (slab < cuts.length) rows.push(at(cuts[slab]!, -1n));
  return rows;
}

/** Which hyperplanes are on in a cell. */
export function bitsOfCell(arrangement: Arrangement, cell: readonly number[]): boolean[] {
  const bits = bitsOfSlabs(arrangement);
  const on = [...bits.get(-1)![0]!];
  for (const [i, slab] of cell.entries())
    bits.get(i)![slab]!.forEach((isOn, j) => {
      if (isOn) on[j] = true;
    });
  return on;
}

/** J z + k as rows (J | k). */
export type AffineMap = readonly (readonly Binary[])[];

/** What does not depend on any unit. */
export function linearPart({ G }: Equation): Binary[][] {
  return G.map(({ z, one }) => [...z, one]);
}

/**
 * What some of the units add to G with the given hyperplanes on: unit t runs on piece p where p of its breakpoints are.
 */
export function unitsPart(equation: Equation, units: readonly number[], bits: readonly boolean[]): Binary[][] {
  const { latentDim: R, G, activation } = equation;
  const T = activation.breakpoints.length;
  return G.map((form) => {
    const row = new Array<Binary>(R + 1).fill(NOTHING);
    for (const t of units) {
      const weight = form.units.get(t);
      if (weight === undefined) continue;
      const piece = bits.slice(t * T, (t + 1) * T).filter((on) => on).length;
      const slope = product(weight, activation.slopes[piece]!);
      const { z, one } = equation.arguments[t]!;
      for (let k = 0; k < R; k++) row[k] = sum(row[k]!, product(slope, z[k]!));
      row[R] = sum(row[R]!, sum(product(slope, one), product(weight, activation.offsets[piece]!)));
    }
    return row;
  });
}

export function addMaps(a: AffineMap, b: AffineMap): Binary[][] {
  return a.map((row, i) => row.map((x, k) => sum(x, b[i]![k]!)));
}

/** The affine map that G is with the given hyperplanes on. */
export function affineMap(equation: Equation, bits: readonly boolean[]): Binary[][] {
  const units = equation.arguments.map((_, t) => t);
  return addMaps(linearPart(equation), unitsPart(equation, units, bits));
}

/** −1, 0 or 1 for each hyperplane at the homogeneous point (z·w, w), w > 0. */
export function signsAt({ hyperplanes }: Arrangement, point: readonly bigint[]): (-1 | 0 | 1)[] {
  return hyperplanes.map(({ row }) => signOf({ m: dot(row, point), e: 0 }));
}
