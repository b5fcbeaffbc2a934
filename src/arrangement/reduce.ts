import { timesPowerOfTwo } from "../bounds/power-of-two.ts";
import { F64, gamma } from "../bounds/precision.ts";
import { compare, fromNumber, multiply, sign } from "../model/dyadic.ts";
import type { ExactNumber } from "../model/exact-number.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";
import { groupProportional } from "./proportional.ts";
import { independentColumns } from "./rank.ts";

/**
 * A system with what makes enumeration wasteful taken out, exactly: zero rows of U are constants, hyperplanes that coincide are one
 * (relu(−x) = relu(x) − x), and rows and columns are equilibrated by powers of two.
 *
 * In scaled coordinates z'_k = 2^{e_k} z_k, with row i of the equations times 2^{f_i}. Masks have one bit per *merged* hyperplane.
 */
export interface ReducedSystem {
  /** R. */
  readonly latentDim: number;
  /** Merged hyperplanes n. */
  readonly count: number;
  /** 32-bit words of a mask, at least 1. */
  readonly words: number;
  /** n×R row-major, scaled, exact. */
  readonly U: Float64Array;
  /** n, scaled. */
  readonly h: ExactArray;
  /** n×R: summed |c|·v over the members of each hyperplane, scaled, rounded. */
  readonly V: Float64Array;
  /** R×R and R, scaled, rounded: with constant units and flipped members folded in. */
  readonly M: Float64Array;
  readonly g: Float64Array;
  /**
   * Entrywise bounds on the error of M + VᵀDU and VᵀDh + g as summed in f64 in any order over any mask: one bound per model,
   * γ_m(|M| + Σ|v_j||u_j|ᵀ) with m above the number of roundings of any term.
   */
  readonly matrixError: Float64Array;
  readonly rhsError: Float64Array;
  /** The same without γ_m: |M| + Σ|v_j||u_j|ᵀ and |g| + Σ|v_j||h_j|; other precisions scale them themselves. */
  readonly matrixMagnitude: Float64Array;
  readonly rhsMagnitude: Float64Array;
  /** Terms that a sum over a mask may have, with the roundings of each: the m of γ_m. */
  readonly terms: number;
  /** ρ columns that are independent and span: zeroing the other coordinates still visits every region. */
  readonly columns: readonly number[];
  /** n: hyperplanes with the same number are parallel. */
  readonly direction: Uint32Array;
  /** n: ±1, the side of its direction's first hyperplane that u_i points to. */
  readonly orientation: Int8Array;
  /** n: place among the parallel ones, counted along that first hyperplane's normal. */
  readonly place: Uint32Array;
  /** For each original hyperplane: its merged one, or −1 for a constant unit. */
  readonly source: Int32Array;
  /** For each original hyperplane: 1 if its bit is the complement of the merged one's; for a constant unit, the bit itself. */
  readonly flipped: Uint8Array;
  /** e_k: exponents of the column scaling. */
  readonly columnExponents: Int32Array;
}

/** For each row of U a number that parallel ones share, counted in the order of their first; −1 for a row of zeros. */
function directionClasses(U: Float64Array, N: number, R: number): Int32Array {
  const rows: number[] = [];
  for (let j = 0; j < N; j++) if (pivotOf(U, R, j) >= 0) rows.push(j);
  const classes = new Int32Array(N).fill(-1);
  groupProportional(ExactArray.ofNumbers(U), R, rows).groupOf.forEach((direction, at) => {
    classes[rows[at]] = direction;
  });
  return classes;
}

/** floor(log2 |x|) of the largest magnitude, or 0 for none. */
function exponentOf(largest: number): number {
  return largest > 0 ? Math.floor(Math.log2(largest)) : 0;
}

interface Scaling {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** Power-of-two exponents that bring each column, then each row, of U to a largest magnitude in [1, 2); zeros if that would round. */
function equilibrate(U: Float64Array, n: number, R: number): Scaling {
  const columns = new Int32Array(R);
  const rows = new Int32Array(n);
  for (let k = 0; k < R; k++) {
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(U[j * R + k]));
    columns[k] = exponentOf(largest);
  }
  for (let j = 0; j < n; j++) {
    let largest = 0;
    for (let k = 0; k < R; k++) largest = Math.max(largest, Math.abs(timesPowerOfTwo(U[j * R + k], -columns[k])));
    rows[j] = exponentOf(largest);
  }
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < R; k++) {
      const e = -columns[k] - rows[j];
      const x = U[j * R + k];
      const scaled = timesPowerOfTwo(x, e);
      if (!Number.isFinite(scaled) || timesPowerOfTwo(scaled, -e) !== x) {
        return { rows: new Int32Array(n), columns: new Int32Array(R) };
      }
    }
  }
  return { rows, columns };
}

/** x times 2^-e, exact. */
function scaleExact(x: ExactNumber, e: number): ExactNumber {
  if (typeof x === "number") {
    const scaled = timesPowerOfTwo(x, -e);
    // −0 is 0
    if (timesPowerOfTwo(scaled, e) === x) return scaled + 0;
  }
  const { m, e: own } = typeof x === "number" ? fromNumber(x) : x;
  return { m, e: own - e };
}

const done = new WeakMap<PiecewiseLinearSystem, ReducedSystem>();

/** The reduced form of a system, worked out once: summary, estimates and runs of a small model would spend a tenth of their time on it. */
export function reduceSystem(system: PiecewiseLinearSystem): ReducedSystem {
  let reduced = done.get(system);
  if (reduced === undefined) {
    reduced = reduce(system);
    done.set(system, reduced);
  }
  return reduced;
}

function reduce(system: PiecewiseLinearSystem): ReducedSystem {
  const { latentDim: R, hyperplanes: N, U } = system;
  const classes = directionClasses(U, N, R);
  const source = new Int32Array(N).fill(-1);
  const flipped = new Uint8Array(N);
  const members: number[][] = [];
  const membersByDirection = new Map<number, number[]>();

  // constants and merged hyperplanes
  for (let j = 0; j < N; j++) {
    if (classes[j] < 0) {
      flipped[j] = sign(system.h.at(j)) < 0 ? 1 : 0;
      continue;
    }
    const peers = membersByDirection.get(classes[j]);
    const same = peers?.find((i) => sameHyperplane(system, members[i][0], j));
    if (same !== undefined) {
      const first = members[same][0];
      source[j] = same;
      flipped[j] = pointsAlike(U, R, first, j) ? 0 : 1;
      members[same].push(j);
    } else {
      source[j] = members.length;
      if (peers) peers.push(members.length);
      else membersByDirection.set(classes[j], [members.length]);
      members.push([j]);
    }
  }

  const n = members.length;
  const heads = members.map((list) => list[0]);
  const rawU = new Float64Array(n * R);
  heads.forEach((j, i) => {
    rawU.set(U.subarray(j * R, j * R + R), i * R);
  });
  const scaling = equilibrate(rawU, n, R);
  const scaledU = new Float64Array(n * R);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < R; k++) {
      scaledU[i * R + k] = timesPowerOfTwo(rawU[i * R + k], -scaling.columns[k] - scaling.rows[i]);
    }
  }
  const h = ExactArray.of(heads.map((j, i) => scaleExact(system.h.get(j), scaling.rows[i])));

  const folded = fold(system, members, scaling);
  const columns = independentColumns(scaledU, n, R);
  const { direction, orientation, place } = parallelPlaces(system, heads, classes);
  const terms = N + 10;
  const factor = gamma(terms, F64) * F64.slack;
  return {
    latentDim: R,
    count: n,
    words: Math.max(1, Math.ceil(n / 32)),
    U: scaledU,
    h,
    ...folded,
    matrixError: folded.matrixMagnitude.map((x) => x * factor),
    rhsError: folded.rhsMagnitude.map((x) => x * factor),
    terms,
    columns,
    direction,
    orientation,
    place,
    source,
    flipped,
    columnExponents: scaling.columns,
  };
}

/** For parallel rows i and j: do they cut the same hyperplane? h_j·u_i = h_i·u_j, exactly. */
function sameHyperplane(system: PiecewiseLinearSystem, i: number, j: number): boolean {
  return compareOffsets(system, i, j) === 0;
}

/** Column of the first entry of row j that is not zero, or −1. */
function pivotOf(U: Float64Array, R: number, j: number): number {
  for (let k = 0; k < R; k++) if (U[j * R + k] !== 0) return k;
  return -1;
}

function pointsAlike(U: Float64Array, R: number, i: number, j: number): boolean {
  const p = pivotOf(U, R, i);
  return U[i * R + p] > 0 === U[j * R + p] > 0;
}

/** Sign of h_j/c_j − h_i/c_i along a common normal, where u = c·(a row whose first non-zero entry is positive). */
function compareOffsets(system: PiecewiseLinearSystem, i: number, j: number): -1 | 0 | 1 {
  const { U, latentDim: R, h } = system;
  const p = pivotOf(U, R, i);
  const ui = U[i * R + p];
  const uj = U[j * R + p];
  const order = compare(multiply(h.at(j), fromNumber(ui)), multiply(h.at(i), fromNumber(uj)));
  return ui > 0 === uj > 0 ? order : ((-order || 0) as -1 | 0 | 1);
}

function parallelPlaces(system: PiecewiseLinearSystem, heads: number[], classes: Int32Array) {
  const { U, latentDim: R } = system;
  const n = heads.length;
  const direction = new Uint32Array(n);
  const orientation = new Int8Array(n);
  const place = new Uint32Array(n);
  const groups = new Map<number, number[]>();
  heads.forEach((j, i) => {
    direction[i] = classes[j];
    orientation[i] = U[j * R + pivotOf(U, R, j)] > 0 ? 1 : -1;
    const group = groups.get(classes[j]);
    if (group) group.push(i);
    else groups.set(classes[j], [i]);
  });
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    group.sort((a, b) => -compareOffsets(system, heads[a], heads[b]));
    group.forEach((i, at) => {
      place[i] = at;
    });
  }
  return { direction, orientation, place };
}

/** M, g, V in scaled coordinates with constants and flipped members folded in, and the magnitudes that bound their rounding. */
function fold(system: PiecewiseLinearSystem, members: number[][], scaling: Scaling) {
  const { latentDim: R, hyperplanes: N, U } = system;
  const M = system.M.rounded.slice();
  const g = system.g.rounded.slice();
  const v = system.V.rounded;
  const h = system.h.rounded;
  const matrixMagnitude = M.map(Math.abs);
  const rhsMagnitude = g.map(Math.abs);
  const V = new Float64Array(members.length * R);
  const merged = new Uint8Array(N);

  const addOuter = (j: number, always: boolean) => {
    for (let i = 0; i < R; i++) {
      const vi = v[j * R + i];
      rhsMagnitude[i] += Math.abs(vi * h[j]);
      if (always) g[i] += vi * h[j];
      for (let k = 0; k < R; k++) {
        const term = vi * U[j * R + k];
        matrixMagnitude[i * R + k] += Math.abs(term);
        if (always) M[i * R + k] += term;
      }
    }
  };
  members.forEach((list, i) => {
    const head = list[0];
    const p = pivotOf(U, R, head);
    for (const j of list) {
      merged[j] = 1;
      const c = U[j * R + p] / U[head * R + p];
      addOuter(j, c < 0);
      // folding a flipped member and adding its |c|·v counts it twice
      if (c < 0) addOuter(j, false);
      for (let k = 0; k < R; k++) V[i * R + k] += Math.abs(c) * v[j * R + k];
    }
  });
  for (let j = 0; j < N; j++) if (!merged[j]) addOuter(j, h[j] < 0);

  // scaled coordinates: columns of M by 2^-e_k, v_j by its head row's 2^f_j, then each equation to a magnitude near 1
  for (let i = 0; i < R; i++) {
    for (let k = 0; k < R; k++) {
      M[i * R + k] = timesPowerOfTwo(M[i * R + k], -scaling.columns[k]);
      matrixMagnitude[i * R + k] = timesPowerOfTwo(matrixMagnitude[i * R + k], -scaling.columns[k]);
    }
  }
  for (let i = 0; i < members.length; i++) {
    for (let k = 0; k < R; k++) V[i * R + k] = timesPowerOfTwo(V[i * R + k], scaling.rows[i]);
  }
  for (let i = 0; i < R; i++) {
    let largest = 0;
    for (let k = 0; k < R; k++) largest = Math.max(largest, matrixMagnitude[i * R + k]);
    const e = -exponentOf(largest);
    for (let k = 0; k < R; k++) {
      M[i * R + k] = timesPowerOfTwo(M[i * R + k], e);
      matrixMagnitude[i * R + k] = timesPowerOfTwo(matrixMagnitude[i * R + k], e);
    }
    g[i] = timesPowerOfTwo(g[i], e);
    rhsMagnitude[i] = timesPowerOfTwo(rhsMagnitude[i], e);
    for (let j = 0; j < members.length; j++) V[j * R + i] = timesPowerOfTwo(V[j * R + i], e);
  }
  // what scaling may have flushed to zero is below 2^-1000 of an equilibrated system
  for (let i = 0; i < R * R; i++) matrixMagnitude[i] += F64.tiny;
  for (let i = 0; i < R; i++) rhsMagnitude[i] += F64.tiny;
  return { M, g, V, matrixMagnitude, rhsMagnitude };
}

/** The mask over the original hyperplanes of a mask over the merged ones. */
export function expandMask(
  reduced: ReducedSystem,
  mask: Uint32Array,
  offset: number,
  out: Uint32Array<ArrayBuffer>,
): void {
  const { source, flipped } = reduced;
  out.fill(0);
  for (let j = 0; j < source.length; j++) {
    const i = source[j];
    const bit = i < 0 ? 0 : (mask[offset + (i >>> 5)] >>> (i & 31)) & 1;
    out[j >>> 5] |= (bit ^ flipped[j]) << (j & 31);
  }
}
