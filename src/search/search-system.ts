import { timesPowerOfTwo } from "../bounds/power-of-two.ts";
import { add, type Dyadic, multiply, negate, ZERO } from "../model/dyadic.ts";
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

/** The exact array of `length` entries, each ± an entry of another one. */
export function pick(
  length: number,
  source: (i: number) => { from: ExactArray; at: number; minus?: boolean },
): ExactArray {
  const numbers = new Float64Array(length);
  let exact = true;
  for (let i = 0; i < length && exact; i++) {
    const { from, at, minus } = source(i);
    exact = from.isExact(at);
    numbers[i] = minus ? -from.rounded[at] : from.rounded[at];
  }
  if (exact) return ExactArray.ofNumbers(numbers);
  return ExactArray.ofDyadics(
    Array.from({ length }, (_, i) => {
      const { from, at, minus } = source(i);
      return minus ? negate(from.at(at)) : from.at(at);
    }),
  );
}

/** Entry i times 2^exponent(i), exactly. */
function shifted(values: ExactArray, exponent: (i: number) => number): ExactArray {
  const { rounded } = values;
  if (values.allExact) {
    const numbers = new Float64Array(rounded.length);
    let exact = true;
    for (let i = 0; i < rounded.length && exact; i++) {
      const e = exponent(i);
      numbers[i] = timesPowerOfTwo(rounded[i], e);
      exact = Number.isFinite(numbers[i]) && timesPowerOfTwo(numbers[i], -e) === rounded[i];
    }
    if (exact) return ExactArray.ofNumbers(numbers);
  }
  return ExactArray.ofDyadics(values.toDyadics().map(({ m, e }, i) => (m === 0n ? ZERO : { m, e: e + exponent(i) })));
}

/** ⌊log2⌋ of the largest magnitude, 0 for none; entries beyond the range of float64 are read exactly. */
export function exponentOfLargest(values: ExactArray, from: number, to: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const size = Math.abs(values.rounded[i]);
    if (size > 0 && size < Number.POSITIVE_INFINITY) largest = Math.max(largest, Math.floor(Math.log2(size)));
    else if (!values.isExact(i)) {
      const { m, e } = values.at(i);
      largest = Math.max(largest, m.toString(2).replace("-", "").length - 1 + e);
    }
  }
  return largest === Number.NEGATIVE_INFINITY ? 0 : largest;
}

/**
 * The same system in coordinates y with z_k = 2^exponents[k] y_k, then with every row (u_j, h_j) and every equation scaled by a
 * power of two to a largest |u_jk|, and a largest coefficient, in [1, 2). Masks stay as they are.
 */
export function scaleSystem(system: SearchSystem, exponents: ArrayLike<number>): SearchSystem {
  const { dim: R, count: N } = system;
  const U = shifted(system.U, (at) => exponents[at % R]);
  const rows = new Int32Array(N);
  for (let j = 0; j < N; j++) rows[j] = exponentOfLargest(U, j * R, j * R + R);
  const M = shifted(system.M, (at) => exponents[at % R]);
  const V = shifted(system.V, (at) => rows[Math.floor(at / R)]);
  const equations = new Int32Array(R).fill(-(2 ** 30));
  for (let i = 0; i < R; i++) {
    for (let k = 0; k < R; k++) {
      if (M.rounded[i * R + k] !== 0)
        equations[i] = Math.max(equations[i], exponentOfLargest(M, i * R + k, i * R + k + 1));
    }
    for (let j = 0; j < N; j++) {
      if (V.rounded[j * R + i] !== 0)
        equations[i] = Math.max(equations[i], exponentOfLargest(V, j * R + i, j * R + i + 1));
    }
    if (equations[i] === -(2 ** 30)) equations[i] = 0;
  }
  return {
    dim: R,
    count: N,
    M: shifted(M, (at) => -equations[Math.floor(at / R)]),
    g: shifted(system.g, (i) => -equations[i]),
    U: shifted(U, (at) => -rows[Math.floor(at / R)]),
    V: shifted(V, (at) => -equations[at % R]),
    h: shifted(system.h, (j) => -rows[j]),
  };
}

/**
 * One side face of the cube |w_i| ≤ 1, 0 ≤ τ ≤ 1 of homogeneous coordinates z = w/τ (DESIGN.md section 4, "All of space"):
 *
 *     M w + Σ v_j relu(u_j·w − h_j τ) − g τ = 0 with w_k = side
 *
 * Coordinate k of the face's system is τ; the others are the w_i as they were.
 */
export function sideFace(system: SearchSystem, k: number, side: 1 | -1): SearchSystem {
  const { dim: R, count: N, M, g, U, V, h } = system;
  return {
    dim: R,
    count: N,
    M: pick(R * R, (at) => (at % R === k ? { from: g, at: Math.floor(at / R), minus: true } : { from: M, at })),
    g: pick(R, (i) => ({ from: M, at: i * R + k, minus: side > 0 })),
    U: pick(N * R, (at) => (at % R === k ? { from: h, at: Math.floor(at / R), minus: true } : { from: U, at })),
    V,
    h: pick(N, (j) => ({ from: U, at: j * R + k, minus: side > 0 })),
  };
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
