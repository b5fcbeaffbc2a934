import { bitLength, compare, sign, ZERO } from "../../model/dyadic.ts";
import type { ExactSystem } from "../../model/exact-system.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";

/**
 * Two units with parallel rows and neighbouring hyperplanes: u_b = ±ratio·u_a, s_b = ±ratio·s_a + shift·τ. So with
 * e = relu(s_a), or relu(−s_a) where the rows are opposite,
 *
 *     min(0, shift) τ ≤ relu(s_b) − ratio·e ≤ max(0, shift) τ,
 *
 * which bounds what a clipped unit adds, whatever its range.
 */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly opposite: boolean;
  /** Positive, with an error of at most 2^-51 of itself. */
  readonly ratio: number;
  /** Errs by at most 2^-50(|h_b| + ratio·|h_a|). */
  readonly shift: number;
}

/**
 * A map z ↦ z + M z + Vᵀ relu(U z − h) − g in scaled coordinates w, z_i = 2^{e_i} w_i, and in homogeneous ones, z =
 * w/τ:
 *
 *     w_{t+1} = w_t + M w_t + Vᵀ p_t − g τ,    p_t = relu(s_t),    s_t = U w_t − h τ.
 *
 * Rows (u_j, h_j) are scaled by powers of two to a largest |u_jk| in [1, 2), so a sign of s is that of the model's
 * unit. All arrays are row-major, as in `PiecewiseLinearSystem`; an entry x̂ as stored errs by at most 2^-53|x̂| +
 * 2^-1075.
 */
export interface OrbitMap {
  /** R. */
  readonly dim: number;
  /** N. */
  readonly count: number;
  /** R×R. */
  readonly M: Float64Array;
  /** R. */
  readonly g: Float64Array;
  /** N×R. */
  readonly U: Float64Array;
  /** N×R: row j is v_j. */
  readonly V: Float64Array;
  /** N. */
  readonly h: Float64Array;
  /** N: the exact sign of s_j at τ > 0 for a row u_j of zeros, else UNKNOWN. */
  readonly constants: Int8Array;
  /** The same entries, exactly. */
  readonly exact: ExactSystem;
  readonly parallels: {
    readonly pairs: readonly Pair[];
    /** Decides signs that follow from decided ones at the same step: low and high are bounds of s at n = t·N + j. */
    propagate(low: Float64Array, high: Float64Array, count: number): void;
  };
  /** Whether all entries are small enough for the bounds of functional.ts. */
  readonly fit: boolean;
}

export const UNKNOWN = 2;

/**
 * Largest entry of a map that is fit: sums of products of entries and multipliers of at most 1 stay far from overflow.
 */
const LARGEST_ENTRY = 2 ** 150;

/** A map in coordinates z_i = 2^exponents[i] w_i. What is said of parallel units is that of `Chains`. */
export function orbitMap(system: PiecewiseLinearSystem, exponents: ArrayLike<number>): OrbitMap {
  const { latentDim: R, hyperplanes: N } = system;
  const U = shifted(ExactArray.ofNumbers(system.U), (at) => exponents[at % R]!);
  const rows = Int32Array.from({ length: N }, (_, j) => exponentOfRow(U, R, j));
  const row = (at: number) => Math.floor(at / R);
  const exact: ExactSystem = {
    dim: R,
    count: N,
    M: shifted(system.M, (at) => exponents[at % R]! - exponents[row(at)]!),
    g: shifted(system.g, (at) => -exponents[at]!),
    U: shifted(U, (at) => -rows[row(at)]!),
    V: shifted(system.V, (at) => rows[row(at)]! - exponents[at % R]!),
    h: shifted(system.h, (at) => -rows[at]!),
  };
  const constants = new Int8Array(N).fill(UNKNOWN);
  for (let j = 0; j < N; j++) {
    if (system.U.subarray(j * R, (j + 1) * R).every((x) => x === 0)) constants[j] = -sign(system.h.at(j));
  }
  const { M, g, U: rowsOfU, V, h } = exact;
  const fit = [M, g, rowsOfU, V, h].every(({ rounded }) => rounded.every((x) => Math.abs(x) <= LARGEST_ENTRY));
  return {
    dim: R,
    count: N,
    M: M.rounded,
    g: g.rounded,
    U: rowsOfU.rounded,
    V: V.rounded,
    h: h.rounded,
    constants,
    exact,
    parallels: new Chains(exact),
    fit,
  };
}

/** ⌊log2⌋ of the largest magnitude in row j; 0 if all its entries are 0. */
function exponentOfRow(U: ExactArray, R: number, j: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < R; k++) {
    const { m, e } = U.at(j * R + k);
    if (m !== 0n) most = Math.max(most, bitLength(m) - 1 + e);
  }
  return Number.isFinite(most) ? most : 0;
}

/** Entry `at` times 2^exponent(at), exactly. */
function shifted(values: ExactArray, exponent: (at: number) => number): ExactArray {
  return ExactArray.ofDyadics(values.toDyadics().map(({ m, e }, at) => (m === 0n ? ZERO : { m, e: e + exponent(at) })));
}

/**
 * Hyperplanes with equal rows u ≠ 0 in ascending order of h, then of their numbers: neighbours a, b are pairs with
 * s_a ≥ s_b, and h_a τ − h_b τ ≤ relu(s_b) − relu(s_a) ≤ 0. All that proof files know of parallel units.
 */
class Chains {
  readonly pairs: readonly Pair[];
  readonly #chains: readonly (readonly number[])[];

  constructor({ dim: R, count: N, U, h }: ExactSystem) {
    const chains = new Map<string, number[]>();
    for (let j = 0; j < N; j++) {
      const row = Array.from({ length: R }, (_, k) => U.at(j * R + k));
      if (row.every(({ m }) => m === 0n)) continue;
      const name = row.map(({ m, e }) => `${m}e${e}`).join();
      const chain = chains.get(name);
      if (chain === undefined) chains.set(name, [j]);
      else chain.push(j);
    }
    const offsets = h.toDyadics();
    this.#chains = [...chains.values()]
      .filter((chain) => chain.length > 1)
      .map((chain) => chain.sort((a, b) => compare(offsets[a]!, offsets[b]!) || a - b));
    this.pairs = this.#chains.flatMap((chain) =>
      chain.slice(1).map((b, i) => {
        const a = chain[i]!;
        return { a, b, opposite: false, ratio: 1, shift: h.rounded[a]! - h.rounded[b]! };
      }),
    );
  }

  propagate(low: Float64Array, high: Float64Array, count: number): void {
    for (let from = 0; from < low.length; from += count) {
      for (const chain of this.#chains) {
        for (let i = 1; i < chain.length; i++) {
          const [before, here] = [from + chain[i - 1]!, from + chain[i]!];
          if (high[before]! <= 0 && high[here]! > 0) high[here] = 0;
        }
        for (let i = chain.length - 1; i > 0; i--) {
          const [before, here] = [from + chain[i - 1]!, from + chain[i]!];
          if (low[here]! >= 0 && low[before]! < 0) low[before] = 0;
        }
      }
    }
  }
}
