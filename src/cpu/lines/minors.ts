import { float64s } from "../../base/small-arrays.ts";
import { gamma, type Precision } from "../../float/precision.ts";
import { scratchBySize } from "../scratch.ts";

/**
 * One minor of the first k rows: Σ ± (entry of row k)·(minor of the first k − 1 rows), from the last column to the
 * first, with signs + − + ….
 */
export interface Expansion {
  readonly columns: readonly number[];
  /** For each column, the place of the minor of the other columns among the minors of the row before. */
  readonly minors: readonly number[];
}

/**
 * The R + 1 minors of size R of an R × (R + 1) matrix by Laplace expansion, row by row. The minors of the first rows,
 * one for each subset of columns, are shared by all larger minors. About R·2^R products, no division, no choice of
 * pivots.
 *
 * The minors of row 0 are its entries. Those of the last row are in the order of the missing column.
 */
export const laplace = scratchBySize((R): readonly (readonly Expansion[])[] => {
  const key = (columns: readonly number[]) => columns.reduce((bits, column) => bits | (1 << column), 0);
  let before = Array.from({ length: R + 1 }, (_, column) => [column]);
  const rows: Expansion[][] = [];
  for (let k = 1; k < R; k++) {
    const places = new Map(before.map((columns, place) => [key(columns), place]));
    const now = subsets(R + 1, k + 1);
    if (k === R - 1) now.reverse();
    rows.push(
      now.map((columns) => {
        const reversed = columns.toReversed();
        return { columns: reversed, minors: reversed.map((column) => places.get(key(columns) ^ (1 << column))!) };
      }),
    );
    before = now;
  }
  return rows;
});

/** All subsets of size k of 0 … n − 1, ascending, in lexicographic order; for k = n − 1 the last one lacks 0. */
function subsets(n: number, k: number, first = 0): number[][] {
  if (k === 0) return [[]];
  const found: number[][] = [];
  for (let column = first; column <= n - k; column++) {
    for (const rest of subsets(n, k - 1, column + 1)) found.push([column, ...rest]);
  }
  return found;
}

/**
 * Bounds on the magnitude and on the error of each of R + 1 minors, for all matrices within the magnitudes and errors
 * of their entries.
 */
export interface MinorBounds {
  readonly sizes: Float64Array;
  readonly errors: Float64Array;
}

/**
 * @param sizes R × (R + 1): bounds on the magnitudes of the entries, exact and as stored. @param errors their
 *   differences.
 *
 * With |x̃ − x| ≤ e, |x̃| ≤ X, |m̃ − m| ≤ E and |m| ≤ M, the product x̃m̃ errs by at most eM + XE. A sum of k rounded
 * products errs by γ_k of their magnitudes more.
 */
export function minorBounds(
  sizes: ArrayLike<number>,
  errors: ArrayLike<number>,
  R: number,
  precision: Precision,
): MinorBounds {
  const { slack, tiny } = precision;
  let before: MinorBounds = {
    sizes: firstOf(sizes, R + 1),
    errors: firstOf(errors, R + 1),
  };
  laplace(R).forEach((row, at) => {
    const k = at + 1;
    const relative = gamma(k + 1, precision);
    const now: MinorBounds = { sizes: float64s(row.length), errors: float64s(row.length) };
    row.forEach(({ columns, minors }, place) => {
      columns.forEach((column, i) => {
        const [entry, error] = [sizes[k * (R + 1) + column]!, errors[k * (R + 1) + column]!];
        const size = before.sizes[minors[i]!]!;
        now.sizes[place]! += entry * size;
        now.errors[place]! += error * size + entry * before.errors[minors[i]!]!;
      });
      now.errors[place] = (now.errors[place]! + relative * now.sizes[place]!) * slack + tiny;
      now.sizes[place] = now.sizes[place]! * slack + now.errors[place];
    });
    before = now;
  });
  return before;
}

function firstOf(numbers: ArrayLike<number>, count: number): Float64Array {
  const first = float64s(count);
  for (let i = 0; i < count; i++) first[i] = numbers[i]!;
  return first;
}
