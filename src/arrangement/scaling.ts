import { copyOf64, int32s } from "../base/small-arrays.ts";
import { bitLength, ZERO } from "../model/dyadic.ts";
import type { ExactSystem } from "../model/exact-system.ts";
import { powerOfTwo } from "../model/power-of-two.ts";
import { ExactArray } from "../model/system.ts";

/** A matrix with its rows, or its columns, times 2^(sign·exponents[n]), exactly. */
function shifted(
  values: ExactArray,
  columns: number,
  each: "row" | "column",
  exponents: Readonly<Int32Array>,
  sign: 1 | -1 = 1,
): ExactArray {
  const { rounded } = values;
  const numbers = copyOf64(rounded);
  let exact = true;
  let moved = false;
  for (let n = 0; n < exponents.length && exact; n++) {
    const e = sign * exponents[n]!;
    if (e === 0) continue;
    moved = true;
    const power = powerOfTwo(e);
    const inverse = powerOfTwo(-e);
    const end = each === "row" ? (n + 1) * columns : numbers.length;
    for (let at = each === "row" ? n * columns : n; at < end; at += each === "row" ? 1 : columns) {
      numbers[at]! *= power;
      // a number that leaves the range, or whose power of two does, does not come back the same
      exact &&= numbers[at]! * inverse === rounded[at];
    }
  }
  if (!moved) return values;
  const exponentOf = (at: number) => sign * exponents[each === "row" ? Math.floor(at / columns) : at % columns]!;
  return (exact ? values.moved(numbers, exponentOf) : undefined) ?? shiftedExactly(values, exponentOf);
}

function shiftedExactly(values: ExactArray, exponentOf: (at: number) => number): ExactArray {
  return ExactArray.ofDyadics(
    values.toDyadics().map(({ m, e }, at) => (m === 0n ? ZERO : { m, e: e + exponentOf(at) })),
  );
}

/**
 * ⌊log2⌋ of the largest magnitude among the entries from, from + step, … below `to`; −Infinity if all are zero. Entries
 * beyond the range of float64 are read exactly.
 */
export function exponentOfLargest(values: ExactArray, from: number, to: number, step = 1): number {
  const { rounded, allExact } = values;
  let largest = 0;
  let beyond = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i += step) {
    const size = Math.abs(rounded[i]!);
    if (size > 0 && size < Number.POSITIVE_INFINITY) largest = Math.max(largest, size);
    else if (!allExact && !values.isExact(i)) {
      const { m, e } = values.at(i);
      beyond = Math.max(beyond, bitLength(m) - 1 + e);
    }
  }
  return largest > 0 ? Math.max(beyond, Math.floor(Math.log2(largest))) : beyond;
}

/** A system after `scaleSystem`, with the exponents of its rows. */
export interface ScaledSystem extends ExactSystem {
  /** count: (u_j, h_j) are those of the original times 2^-rows[j]. */
  readonly rows: Int32Array;
}

/**
 * The same system in coordinates y with z_k = 2^exponents[k] y_k, then with every row (u_j, h_j) and every equation
 * scaled by a power of two to a largest |u_jk|, and a largest coefficient, in [1, 2). Masks stay as they are. Every
 * entry is exact: one that leaves the range of float64 is kept as a dyadic number beside its rounded value.
 */
export function scaleSystem(system: ExactSystem, exponents: ArrayLike<number>): ScaledSystem {
  const { dim: R, count: N } = system;
  const coordinates = exponents instanceof Int32Array ? exponents : Int32Array.from(exponents);
  const U = shifted(system.U, R, "column", coordinates);
  const rows = int32s(N);
  for (let j = 0; j < N; j++) rows[j] = finiteOr0(exponentOfLargest(U, j * R, j * R + R));
  const M = shifted(system.M, R, "column", coordinates);
  const V = shifted(system.V, R, "row", rows);
  const equations = int32s(R);
  for (let i = 0; i < R; i++) {
    const ofMatrix = exponentOfLargest(M, i * R, i * R + R);
    equations[i] = finiteOr0(Math.max(ofMatrix, exponentOfLargest(V, i, N * R, R)));
  }
  return {
    dim: R,
    count: N,
    M: shifted(M, R, "row", equations, -1),
    g: shifted(system.g, 1, "row", equations, -1),
    U: shifted(U, R, "row", rows, -1),
    V: shifted(V, R, "column", equations, -1),
    h: shifted(system.h, 1, "row", rows, -1),
    rows,
  };
}

/**
 * The same map in coordinates y with z_k = 2^exponents[k] y_k, where G is a map's value: so value i is in units of
 * 2^exponents[i], too. Rows (u_j, h_j) are scaled as by `scaleSystem`, and every entry is exact.
 */
export function scaleMap(system: ExactSystem, exponents: ArrayLike<number>): ScaledSystem {
  const { dim: R, count: N } = system;
  const coordinates = Int32Array.from(exponents);
  const U = shifted(system.U, R, "column", coordinates);
  const rows = int32s(N);
  for (let j = 0; j < N; j++) rows[j] = finiteOr0(exponentOfLargest(U, j * R, j * R + R));
  return {
    dim: R,
    count: N,
    M: shifted(shifted(system.M, R, "column", coordinates), R, "row", coordinates, -1),
    g: shifted(system.g, 1, "row", coordinates, -1),
    U: shifted(U, R, "row", rows, -1),
    V: shifted(shifted(system.V, R, "row", rows), R, "column", coordinates, -1),
    h: shifted(system.h, 1, "row", rows, -1),
    rows,
  };
}

/** The exponent, or 0 where all numbers are zero. */
function finiteOr0(exponent: number): number {
  return Number.isFinite(exponent) ? exponent : 0;
}

/**
 * The column of a row's largest rounded entry, the first of equally large ones; −1 where all entries round to 0. Ratios
 * of rows are taken in this column, since a smaller entry may have lost its digits to underflow.
 */
export function largestColumn({ rounded }: ExactArray, row: number, columns: number): number {
  let column = -1;
  let largest = 0;
  for (let k = 0; k < columns; k++) {
    const size = Math.abs(rounded[row * columns + k]!);
    if (size > largest) {
      largest = size;
      column = k;
    }
  }
  return column;
}
