import { memo } from "../base/memo.ts";
import { float64s, int32s, uint8s, uint32s } from "../base/small-arrays.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { sign } from "../model/dyadic.ts";
import { bit } from "../model/mask.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../model/system.ts";
import { compareProducts } from "./products.ts";
import { groupProportional } from "./proportional.ts";
import { findingColumns } from "./rank.ts";
import { type ScaledSystem, scaleSystem } from "./scaling.ts";
import { fold, LaterSums, unknownSums } from "./sums.ts";

/**
 * A system in the form that enumeration works on, exactly (docs/design.md#reduction): zero rows of U are constants,
 * hyperplanes that coincide are merged (relu(−x) = relu(x) − x), and rows and columns are equilibrated by powers of
 * two.
 *
 * In scaled coordinates z'_k = 2^{e_k} z_k, with row i of the equations times 2^{f_i}. Masks have one bit per *merged*
 * hyperplane.
 */
export interface ReducedSystem {
  /**
   * Whether powers of two bring the model into the range where the bounds of the float stages hold: U exactly, with
   * rows of a largest entry in [1, 2), and the rest without products that lose more to underflow than `F64.tiny`. Where
   * not, U and h are those of the model, the other numbers mean nothing, and all is decided exactly.
   */
  readonly fit: boolean;
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
  /**
   * For each original hyperplane: 1 if its bit is the complement of the merged one's; for a constant unit, the bit
   * itself.
   */
  readonly flipped: Uint8Array;
  /** e_k: exponents of the column scaling. */
  readonly columnExponents: Int32Array;
  readonly sums: LaterSums;
}

/** For each row of U a number that parallel ones share, counted in the order of their first; −1 for a row of zeros. */
function directionClasses(normals: ExactArray, N: number, R: number): Int32Array {
  const rows = new Array<number>(N);
  let count = 0;
  for (let j = 0; j < N; j++) if (pivotOf(normals.rounded, R, j) >= 0) rows[count++] = j;
  rows.length = count;
  const { groupOf } = groupProportional(normals, R, rows);
  if (count === N) return groupOf;
  const classes = int32s(N).fill(-1);
  for (let at = 0; at < count; at++) classes[rows[at]!] = groupOf[at]!;
  return classes;
}

const done = memo<PiecewiseLinearSystem, ReducedSystem>();

/**
 * The reduced form of a system, computed once: summary, estimate and run of a small model would else spend a tenth of
 * their time on it.
 */
export function reduceSystem(system: PiecewiseLinearSystem): ReducedSystem {
  return done.get(system) ?? allOf(reducing(system));
}

/** `reduceSystem` in steps: whoever asks after them has it at once. */
export function* reducing(system: PiecewiseLinearSystem): Steps<ReducedSystem> {
  let reduced = done.get(system);
  if (reduced === undefined) {
    reduced = yield* reduceInSteps(system);
    done.set(system, reduced);
  }
  return reduced;
}

function* reduceInSteps(system: PiecewiseLinearSystem): Steps<ReducedSystem> {
  const { latentDim: R, hyperplanes: N, U } = system;
  const normals = ExactArray.keeping(U);
  const classes = directionClasses(normals, N, R);
  const equal = firstEqual(system, normals, classes);
  yield;
  const { source, flipped, heads, later } = mergeHyperplanes(system, classes, equal);
  const n = heads.length;
  const rawU = rowsAt(U, R, heads);
  const columnExponents = columnScaling(rawU, n, R);
  const scaled = scaleSystem(
    { dim: R, count: N, M: system.M, g: system.g, U: normals, V: system.V, h: system.h },
    columnExponents.map((e) => -e),
  );
  const fit = isFit(scaled);
  const headU = fit ? rowsAt(scaled.U.rounded, R, heads) : rawU;
  const h = offsetsAt(fit ? scaled.h : system.h, heads);
  yield;
  const columns = yield* findingColumns(headU, n, R);
  const { direction, orientation, place } = parallelPlaces(system, normals, heads, classes);
  return {
    fit,
    latentDim: R,
    count: n,
    words: Math.max(1, Math.ceil(n / 32)),
    U: headU,
    h,
    terms: N + 10,
    columns,
    direction,
    orientation,
    place,
    source,
    flipped,
    columnExponents: fit ? columnExponents : new Int32Array(R),
    sums: new LaterSums(() => (fit ? fold(scaled, heads, later) : unknownSums(n, R))),
  };
}

/** Hyperplanes with those that they are merged with, and constants. */
interface Merged extends Pick<ReducedSystem, "source" | "flipped"> {
  /** The first of each merged hyperplane. */
  readonly heads: number[];
  /** The next member of the same hyperplane, or 0: no head is a later member. */
  readonly later: Int32Array;
}

function mergeHyperplanes(system: PiecewiseLinearSystem, classes: Int32Array, equal: Int32Array): Merged {
  const { latentDim: R, hyperplanes: N, U, h } = system;
  const source = int32s(N).fill(-1);
  const flipped = uint8s(N);
  const heads: number[] = [];
  const later = int32s(N);
  /** Of each head the last member so far. */
  const last = int32s(N);
  for (let j = 0; j < N; j++) {
    const first = equal[j]!;
    if (classes[j]! < 0) flipped[j] = sign(h.at(j)) < 0 ? 1 : 0;
    else if (first !== j) {
      source[j] = source[first]!;
      flipped[j] = pointsAlike(U, R, first, j) ? 0 : 1;
      later[last[first]!] = j;
      last[first] = j;
    } else {
      last[j] = j;
      source[j] = heads.length;
      heads.push(j);
    }
  }
  return { source, flipped, heads, later };
}

/**
 * For each row that is not zero the first that cuts the same hyperplane, exactly: parallel ones are sorted by their
 * place.
 */
function firstEqual(system: PiecewiseLinearSystem, normals: ExactArray, classes: Int32Array): Int32Array {
  const equal = int32s(classes.length);
  for (let j = 0; j < equal.length; j++) equal[j] = j;
  for (const group of parallelGroups(classes)) {
    // of equal ones the first comes first, as sorting is stable
    group.sort((a, b) => compareOffsets(system, normals, a, b));
    for (let at = 1; at < group.length; at++) {
      const before = group[at - 1]!;
      if (compareOffsets(system, normals, before, group[at]!) === 0) equal[group[at]!] = equal[before]!;
    }
  }
  return equal;
}

/** The places of each class, not negative, that comes more than once. */
function parallelGroups(classes: ArrayLike<number>): number[][] {
  const firsts: number[] = [];
  const groups: number[][] = [];
  const groupOf = new Map<number, number[]>();
  for (let at = 0; at < classes.length; at++) {
    const direction = classes[at]!;
    if (direction < 0) continue;
    const first = firsts[direction];
    if (first === undefined) firsts[direction] = at;
    else {
      const known = groupOf.get(direction);
      if (known !== undefined) known.push(at);
      else {
        const group = [first, at];
        groupOf.set(direction, group);
        groups.push(group);
      }
    }
  }
  return groups;
}

/** Column of the first entry of row j that is not zero, or −1. */
function pivotOf(U: Float64Array, R: number, j: number): number {
  for (let k = 0; k < R; k++) if (U[j * R + k] !== 0) return k;
  return -1;
}

function pointsAlike(U: Float64Array, R: number, i: number, j: number): boolean {
  const p = pivotOf(U, R, i);
  return U[i * R + p]! > 0 === U[j * R + p]! > 0;
}

/** Sign of h_j/c_j − h_i/c_i along a common normal, where u = c·(a row whose first non-zero entry is positive). */
function compareOffsets(system: PiecewiseLinearSystem, normals: ExactArray, i: number, j: number): -1 | 0 | 1 {
  const { U, latentDim: R, h } = system;
  const p = pivotOf(U, R, i);
  const order = compareProducts(h, j, normals, i * R + p, i, j * R + p);
  return U[i * R + p]! > 0 === U[j * R + p]! > 0 ? order : ((-order || 0) as -1 | 0 | 1);
}

function parallelPlaces(system: PiecewiseLinearSystem, normals: ExactArray, heads: number[], classes: Int32Array) {
  const { U, latentDim: R } = system;
  const n = heads.length;
  const direction = uint32s(n);
  const orientation = new Int8Array(n);
  const place = uint32s(n);
  for (let i = 0; i < n; i++) {
    const j = heads[i]!;
    direction[i] = classes[j]!;
    orientation[i] = U[j * R + pivotOf(U, R, j)]! > 0 ? 1 : -1;
  }
  for (const group of parallelGroups(direction)) {
    group.sort((a, b) => -compareOffsets(system, normals, heads[a]!, heads[b]!));
    for (let at = 0; at < group.length; at++) place[group[at]!] = at;
  }
  return { direction, orientation, place };
}

/** Entries of an array, in the order given; −0 is 0. */
function offsetsAt(offsets: ExactArray, rows: readonly number[]): ExactArray {
  if (!offsets.allExact)
    return ExactArray.of(rows.map((j) => offsets.get(j)).map((x) => (typeof x === "number" ? x + 0 : x)));
  const out = float64s(rows.length);
  for (let i = 0; i < out.length; i++) out[i] = offsets.rounded[rows[i]!]! + 0;
  return ExactArray.keeping(out);
}

/** Ascending rows of a matrix: the matrix itself where these are all. */
function rowsAt(matrix: Float64Array, columns: number, rows: readonly number[]): Float64Array {
  if (rows.length * columns === matrix.length) return matrix;
  const out = float64s(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * columns;
    for (let k = 0; k < columns; k++) out[i * columns + k] = matrix[from + k]!;
  }
  return out;
}

/** e_k with a largest |U_jk| of column k in [2^{e_k}, 2^{e_k + 1}), or 0 for none. */
function columnScaling(U: Float64Array, n: number, R: number): Int32Array {
  const exponents = int32s(R);
  for (let k = 0; k < R; k++) {
    let largest = 0;
    for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(U[j * R + k]!));
    if (largest > 0) exponents[k] = Math.floor(Math.log2(largest));
  }
  return exponents;
}

/** Above this |h_j| a v_j that has lost digits to underflow loses more in v_j h_j than `F64.tiny`. */
const LARGEST_OFFSET = 2 ** 60;

function isFit({ dim: R, count: N, U, V, h }: ScaledSystem): boolean {
  if (!U.allExact) return false;
  for (let j = 0; j < N; j++) {
    const offset = Math.abs(h.rounded[j]!);
    // an inverse may magnify what an offset has lost
    if (h.mayHaveUnderflowed(j)) return false;
    if (offset <= LARGEST_OFFSET) continue;
    for (let at = j * R; at < (j + 1) * R; at++) {
      if (V.mayHaveUnderflowed(at)) return false;
    }
  }
  return true;
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
    const i = source[j]!;
    const side = i < 0 ? 0 : bit(mask, i, offset);
    out[j >>> 5]! |= (side ^ flipped[j]!) << (j & 31);
  }
}
