import { add, type Dyadic, multiply, negate } from "../../model/dyadic.ts";
import type { ExactSystem } from "../../model/exact-system.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";

/**
 * A system that boxes are searched in: G(y) = M y + Σ_j v_j relu(u_j·y − h_j) − g with as many equations as
 * coordinates.
 *
 * Its U need not be float64, unlike that of a `PiecewiseLinearSystem`: a search system is an original system in other
 * coordinates (scaled, on a face of the homogeneous cube, reduced to the rank of U, about a point), always exactly.
 */
export type SearchSystem = ExactSystem;

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

/** The named rows of a matrix. */
export function rowsOf(matrix: ExactArray, columns: number, rows: readonly number[]): ExactArray {
  return ExactArray.of(rows.flatMap((j) => Array.from(matrix.numbers(j * columns, j * columns + columns))));
}

function columnOf(matrix: ExactArray, columns: number, k: number): ExactArray {
  const count = matrix.length / columns;
  if (!matrix.allExact) return ExactArray.of(Array.from({ length: count }, (_, j) => matrix.get(j * columns + k)));
  const numbers = new Float64Array(count);
  for (let j = 0; j < count; j++) numbers[j] = matrix.rounded[j * columns + k]!;
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
  for (let j = 0; j < values.length; j++) numbers[j * columns + k] = values.rounded[j]!;
  return ExactArray.ofNumbers(numbers);
}

function negated(values: ExactArray): ExactArray {
  if (!values.allExact) return ExactArray.ofDyadics(values.toDyadics().map(negate));
  return ExactArray.ofNumbers(values.rounded.map((x) => -x));
}

/**
 * The side face w_k = 1 of the cube |w_i| ≤ 1, 0 ≤ τ ≤ 1 of homogeneous coordinates z = w/τ (docs/design.md#roots):
 *
 *     M w + Σ v_j relu(u_j·w − h_j τ) − g τ = 0
 *
 * Coordinate k of the face's system is τ; the other coordinates are the w_i.
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

/** The face w_k = −1 from the face w_k = 1, scaled or not: terms with the factor w_k change their sign. */
export function oppositeFace(face: SearchSystem): SearchSystem {
  return { ...face, g: negated(face.g), h: negated(face.h) };
}

/**
 * A and b with A y + b = M y + Σ v_j (u_j·y − h_j) − g, exactly, summed over the hyperplanes that are `positive` and
 * not `kept`.
 */
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
      for (let k = 0; k < R; k++) A[i * R + k] = add(A[i * R + k]!, multiply(v, U.at(j * R + k)));
      b[i] = add(b[i]!, negate(multiply(v, offset)));
    }
  }
  return { A, b };
}
