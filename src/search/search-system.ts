import { add, bitLength, type Dyadic, multiply, negate, ZERO } from "../model/dyadic.ts";
import { powerOfTwo } from "../model/power-of-two.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";

/**
 * A system that boxes are searched in: G(y) = M y + Σ_j v_j relu(u_j·y − h_j) − g with as many equations as coordinates.
 *
 * Unlike a `PiecewiseLinearSystem` its U need not be float64: it is an original system in other coordinates (scaled, on a face of
 * the cube of all of space, reduced to the rank of U, about a point), always exactly.
 */
export interface SearchSystem {
  /** Coordinates and equations. */
  readonly dim: number;
  /** Hyperplanes. */
  readonly count: number;
  /** dim×dim, row-major. */
  readonly M: ExactArray;
  /** dim. */
  readonly g: ExactArray;
  /** count×dim. */
  readonly U: ExactArray;
  /** count×dim: row j is v_j. */
  readonly V: ExactArray;
  /** count. */
  readonly h: ExactArray;
}

export function searchSystem(system: PiecewiseLinearSystem): SearchSystem {
  return {
    dim: system.latentDim,
    count: system.hyperplanes,
    M: system.M,
    g: system.g,
    U: ExactArray.ofNumbers(system.U),
    V: system.V,
    h: system.h,
  };
}

/** The rows of a matrix that are named. */
export function rowsOf(matrix: ExactArray, columns: number, rows: readonly number[]): ExactArray {
  return ExactArray.of(rows.flatMap((j) => Array.from(matrix.numbers(j * columns, j * columns + columns))));
}

function columnOf(matrix: ExactArray, columns: number, k: number): ExactArray {
  const count = matrix.length / columns;
  if (!matrix.allExact) return ExactArray.of(Array.from({ length: count }, (_, j) => matrix.get(j * columns + k)));
  const numbers = new Float64Array(count);
  for (let j = 0; j < count; j++) numbers[j] = matrix.rounded[j * columns + k];
  return ExactArray.ofNumbers(numbers);
}

/** A matrix with `values` in the place of column k. */
function withColumn(matrix: ExactArray, columns: number, k: number, values: ExactArray): ExactArray {
  if (!matrix.allExact || !values.allExact) {
    return ExactArray.of(
      Array.from({ length: matrix.length }, (_, at) =>
        at % columns === k ? values.get(Math.floor(at / columns)) : matrix.get(at),
      ),
    );
  }
  const numbers = matrix.rounded.slice();
  for (let j = 0; j < values.length; j++) numbers[j * columns + k] = values.rounded[j];
  return ExactArray.ofNumbers(numbers);
}

function negated(values: ExactArray): ExactArray {
  if (!values.allExact) return ExactArray.ofDyadics(values.toDyadics().map(negate));
  return ExactArray.ofNumbers(values.rounded.map((x) => -x));
}

/** A matrix of so many columns with its rows, or its columns, times 2^(sign·exponents[n]), exactly. */
function shifted(
  values: ExactArray,
  columns: number,
  each: "row" | "column",
  exponents: Readonly<Int32Array>,
  sign: 1 | -1 = 1,
): ExactArray {
  const { rounded, allExact } = values;
  const numbers = rounded.slice();
  let exact = true;
  let moved = false;
  for (let n = 0; n < exponents.length && exact; n++) {
    const e = sign * exponents[n];
    if (e === 0) continue;
    moved = true;
    const power = powerOfTwo(e);
    const inverse = powerOfTwo(-e);
    const end = each === "row" ? (n + 1) * columns : numbers.length;
    for (let at = each === "row" ? n * columns : n; at < end; at += each === "row" ? 1 : columns) {
      numbers[at] *= power;
      // what leaves the range, by its power too, does not come back
      exact &&= numbers[at] * inverse === rounded[at];
    }
  }
  if (!moved) return values;
  if (allExact && exact) return ExactArray.ofNumbers(numbers);
  const exponentOf = (at: number) => sign * exponents[each === "row" ? Math.floor(at / columns) : at % columns];
  return ExactArray.ofDyadics(
    values.toDyadics().map(({ m, e }, at) => (m === 0n ? ZERO : { m, e: e + exponentOf(at) })),
  );
}

/**
 * ⌊log2⌋ of the largest magnitude of entries from, from + step, … below `to`, −Infinity for none; those beyond the range of float64
 * are read exactly.
 */
export function exponentOfLargest(values: ExactArray, from: number, to: number, step = 1): number {
  const { rounded, allExact } = values;
  let largest = 0;
  let beyond = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i += step) {
    const size = Math.abs(rounded[i]);
    if (size > 0 && size < Number.POSITIVE_INFINITY) largest = Math.max(largest, size);
    else if (!allExact && !values.isExact(i)) {
      const { m, e } = values.at(i);
      beyond = Math.max(beyond, bitLength(m) - 1 + e);
    }
  }
  return largest > 0 ? Math.max(beyond, Math.floor(Math.log2(largest))) : beyond;
}

/**
 * The same system in coordinates y with z_k = 2^exponents[k] y_k, then with every row (u_j, h_j) and every equation scaled by a
 * power of two to a largest |u_jk|, and a largest coefficient, in [1, 2). Masks stay as they are.
 */
export function scaleSystem(system: SearchSystem, exponents: ArrayLike<number>): SearchSystem {
  const { dim: R, count: N } = system;
  const coordinates = Int32Array.from(exponents);
  const U = shifted(system.U, R, "column", coordinates);
  const rows = new Int32Array(N);
  for (let j = 0; j < N; j++) rows[j] = finiteOr0(exponentOfLargest(U, j * R, j * R + R));
  const M = shifted(system.M, R, "column", coordinates);
  const V = shifted(system.V, R, "row", rows);
  const equations = new Int32Array(R);
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
  };
}

/** The exponent of no number at all is 0. */
function finiteOr0(exponent: number): number {
  return Number.isFinite(exponent) ? exponent : 0;
}

/**
 * The side face w_k = 1 of the cube |w_i| ≤ 1, 0 ≤ τ ≤ 1 of homogeneous coordinates z = w/τ (DESIGN.md section 4, "All of space"):
 *
 *     M w + Σ v_j relu(u_j·w − h_j τ) − g τ = 0
 *
 * Coordinate k of the face's system is τ; the others are the w_i as they were.
 */
export function sideFace(system: SearchSystem, k: number): SearchSystem {
  const { dim: R, M, g, U, h } = system;
  return {
    ...system,
    M: withColumn(M, R, k, negated(g)),
    g: negated(columnOf(M, R, k)),
    U: withColumn(U, R, k, negated(h)),
    h: negated(columnOf(U, R, k)),
  };
}

/** The face w_k = −1 for the face w_k = 1, scaled or not: what w_k is a factor of has the other sign. */
export function oppositeFace(face: SearchSystem): SearchSystem {
  return { ...face, g: negated(face.g), h: negated(face.h) };
}

/** A y + b = M y + Σ v_j (u_j·y − h_j) − g, exactly, summed over the hyperplanes that are `positive` and not `kept`. */
export function foldExactly(
  system: SearchSystem,
  positive: (j: number) => boolean,
  kept: ReadonlySet<number> = new Set(),
): { A: Dyadic[]; b: Dyadic[] } {
  const { dim: R, count: N, M, g, U, V, h } = system;
  const A = M.toDyadics();
  const b = g.toDyadics().map(negate);
  for (let j = 0; j < N; j++) {
    if (kept.has(j) || !positive(j)) continue;
    const offset = h.at(j);
    for (let i = 0; i < R; i++) {
      const v = V.at(j * R + i);
      if (v.m === 0n) continue;
      for (let k = 0; k < R; k++) A[i * R + k] = add(A[i * R + k], multiply(v, U.at(j * R + k)));
      b[i] = add(b[i], negate(multiply(v, offset)));
    }
  }
  return { A, b };
}
