import { exponentOfLargest } from "../../arrangement/scaling.ts";
import { sign, ZERO } from "../../model/dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";
import { coordinateExponents } from "../../search/roots/roots.ts";
import { type SearchSystem, searchSystem } from "../../search/roots/search-system.ts";
import { Parallels } from "./parallels.ts";

/**
 * A map z ↦ z + M z + Vᵀ relu(U z − h) − g in scaled coordinates w, z_i = 2^{e_i} w_i, and in homogeneous ones, z = w/τ:
 *
 *     w_{t+1} = w_t + M w_t + Vᵀ p_t − g τ,    p_t = relu(s_t),    s_t = U w_t − h τ.
 *
 * Rows (u_j, h_j) are scaled by powers of two to a largest |u_jk| in [1, 2), so a sign of s is that of the model's unit.
 * All arrays are row-major, as in `PiecewiseLinearSystem`; an entry x̂ as stored errs by at most 2^-53|x̂| + 2^-1075.
 */
export interface ScaledMap {
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
  readonly exact: SearchSystem;
  readonly parallels: Parallels;
  /** Whether all entries are small enough for the bounds of functional.ts. */
  readonly fit: boolean;
}

export const UNKNOWN = 2;

/** Largest entry of a map that is fit: sums of products of entries and multipliers of at most 1 stay far from overflow. */
const LARGEST_ENTRY = 2 ** 150;

/**
 * The cube |w_i| ≤ 1 is that of the search of boxes, halved: what is outside belongs to the sides, which are quickly done,
 * and programs in a small cube are tighter.
 */
const ROOM = -1;

export function scaledMap(system: PiecewiseLinearSystem, room = ROOM): ScaledMap {
  const { latentDim: R, hyperplanes: N } = system;
  const search = searchSystem(system);
  const e = coordinateExponents(search).map((x) => x + room);
  const U = shifted(search.U, (at) => e[at % R]!);
  const rows = new Int32Array(N);
  for (let j = 0; j < N; j++) {
    const exponent = exponentOfLargest(U, j * R, j * R + R);
    rows[j] = Number.isFinite(exponent) ? exponent : 0;
  }
  const row = (at: number) => Math.floor(at / R);
  const exact: SearchSystem = {
    dim: R,
    count: N,
    M: shifted(system.M, (at) => e[at % R]! - e[row(at)]!),
    g: shifted(system.g, (at) => -e[at]!),
    U: shifted(U, (at) => -rows[row(at)]!),
    V: shifted(system.V, (at) => rows[row(at)]! - e[at % R]!),
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
    parallels: new Parallels(exact),
    fit,
  };
}

/** Entry `at` times 2^exponent(at), exactly. */
function shifted(values: ExactArray, exponent: (at: number) => number): ExactArray {
  return ExactArray.ofDyadics(values.toDyadics().map(({ m, e }, at) => (m === 0n ? ZERO : { m, e: e + exponent(at) })));
}
