import { DELTA_BITS, DIRECTION_BITS } from "../arrangement/directions.ts";
import type { ReducedSystem } from "../arrangement/reduce.ts";
import { F64, gamma } from "../float/precision.ts";
import { exponentOf, scaleByPowerOfTwo } from "../model/power-of-two.ts";

/**
 * A model in integers, for `refine` and `reintersect` (docs/design.md#a-second-look-in-integers): the terms of the
 * regions' systems as integers of 64 bits, so that summing them rounds nothing, and the arrangement.
 *
 * With z = 2^s y the system of a region is B y = 2^-s b. An integer stands for 2^f B or 2^(f−s) b, the same f and s for
 * all entries, so that no sum over a mask reaches 2^58. Entries that are small against the largest lose digits, which
 * `INTEGER_ERROR` covers.
 */

/** Bits of B and b, of u, of h and of ‖u‖₁ behind the binary point. */
export const IntegerBits = { system: 58, row: 28, offset: 56, norm: 18 } as const;
/**
 * Bits of the numbers of `refine` that are no part of the model: ŷ before the refinement; what it adds; its residual;
 * the largest step; q behind the binary point; those that a row sum of |X̂| loses to fit a word; the error of the point
 * above which nothing is decided; and least and largest K, where X̂B̂ is about 2^K I.
 */
export const RefineBits = {
  point: 30,
  finer: 28,
  residual: 59,
  step: 58,
  defect: 30,
  rowShift: 4,
  error: 56,
  leastProduct: 32,
  largestProduct: 92,
} as const;
/** Bounds what an entry of a row of 56 bits, of a direction or of a perturbation errs by: half for rounding. */
export const ROW_ERROR = 1;
/** Rough numbers with a larger exponent are read as 0, so that no exponent overflows. */
export const LARGEST_EXPONENT = 4096;
/** With a larger error of the entries of B and b a model has no integers; the shifts of `refine` rest on it. */
const LARGEST_ERROR = 2 ** 20;
/** Bounds |ĥ − 2^(56−s) h|: half for rounding, 8 for h that is no float64, less than 1 for underflow. */
export const OFFSET_ERROR = 16;
/** The largest entry of U in magnitude. */
const LARGEST_ENTRY = 4;
/** The largest R: the matrices of a thread must fit in private memory, and sums of R terms in 96 bits. */
export const MOST_INTEGER_DIMENSIONS = 16;
/** Offsets below this are as good as 0, and powers of two stay in the range of float64. */
const LEAST_SCALE = -900;

/**
 * Places in the words of a model. First stand 1, if the model has integers, and the bound on the error of an entry of
 * the sums. Then the system of the empty mask, R rows [B_i1 … B_iR, b_i], two words for an entry, low word first; then
 * for each hyperplane its term, alike, then R words of u, two of h and one that is at least ‖u‖₁.
 */
export function integerLayout(latentDim: number) {
  const system = 2 * latentDim * (latentDim + 1);
  return { error: 1, base: 2, system, planes: 2 + system, row: system, stride: system + latentDim + 3 } as const;
}

/**
 * Places of the arrangement, behind the regions' terms. First stand the owner directions, times 2^14, ρ×ρ; then for each
 * hyperplane ρ words of û, the first 28 bits of u behind the point in the chosen columns, ĥ and the norm as above, ρ
 * words of what 2^56 u is more than 2^28 û, δ times 2^22, and 1 where h is exactly 0.
 */
export function arrangementLayout(rank: number) {
  const offset = rank;
  const rest = offset + 3;
  const delta = rest + rank;
  return { offset, norm: offset + 2, rest, delta, centred: delta + 1, stride: delta + 2 } as const;
}

/** Where the arrangement begins. */
export function arrangementStart(latentDim: number, count: number): number {
  const { planes, stride } = integerLayout(latentDim);
  return planes + count * stride;
}

/** What the arrangement in integers is made of, in float64. */
export interface OwnersInFloats {
  /** ρ×ρ: c_1 … c_ρ as rows. */
  readonly directions: Float64Array;
  /** n. */
  readonly delta: Float64Array;
  readonly centred: Uint8Array;
}

/** The most words of a model's integers. */
export function integerWords({ latentDim, rank, count }: Record<"latentDim" | "rank" | "count", number>): number {
  if (latentDim > MOST_INTEGER_DIMENSIONS) return integerLayout(latentDim).base;
  return arrangementStart(latentDim, count) + rank ** 2 + count * arrangementLayout(rank).stride;
}

/** The words of a model without integers. */
export const NO_INTEGERS = new Uint32Array(2);

/**
 * The words of a model's integers; `NO_INTEGERS` where there are too many dimensions, or numbers of such different size
 * that most would lose all their digits.
 */
export function integerModel(reduced: ReducedSystem, owners: OwnersInFloats): Uint32Array {
  const { latentDim: R, count: n, U } = reduced;
  const { V, M, g } = reduced.sums.now;
  const h = reduced.h.rounded;
  const scales = integerScales(reduced);
  if (scales === undefined) return NO_INTEGERS;
  const { f, s } = scales;
  const error = entryError(reduced, f, s);
  if (!(error < LARGEST_ERROR)) return NO_INTEGERS;

  const layout = integerLayout(R);
  const rank = reduced.columns.length;
  const words = new Uint32Array(integerWords({ latentDim: R, rank, count: n }));
  words.set([1, error]);
  const put = (at: number, value: number) => {
    const rounded = Math.round(value);
    const high = Math.floor(rounded / 2 ** 32);
    words[at] = rounded - high * 2 ** 32;
    words[at + 1] = high;
  };
  const putSystem = (at: number, entry: (i: number, k: number) => number, right: (i: number) => number) => {
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) put(at + 2 * (i * (R + 1) + k), scaleByPowerOfTwo(entry(i, k), f));
      put(at + 2 * (i * (R + 1) + R), scaleByPowerOfTwo(right(i), f - s));
    }
  };
  putSystem(
    layout.base,
    (i, k) => M[i * R + k]!,
    (i) => g[i]!,
  );
  for (let j = 0; j < n; j++) {
    const at = layout.planes + j * layout.stride;
    putSystem(
      at,
      (i, k) => V[j * R + i]! * U[j * R + k]!,
      (i) => V[j * R + i]! * h[j]!,
    );
    let norm = 0;
    for (let k = 0; k < R; k++) {
      words[at + layout.row + k] = Math.round(U[j * R + k]! * 2 ** IntegerBits.row);
      norm += Math.abs(U[j * R + k]!);
    }
    put(at + layout.row + R, scaleByPowerOfTwo(h[j]!, IntegerBits.offset - s));
    words[at + layout.row + R + 2] = Math.ceil(norm * F64.slack * 2 ** IntegerBits.norm) + 1;
  }
  putArrangement(words, reduced, owners);
  return words;
}

/** Writes the arrangement, behind the terms, of which it has offsets and norms. */
function putArrangement(
  words: Uint32Array,
  { latentDim: R, count: n, U, columns }: ReducedSystem,
  owners: OwnersInFloats,
) {
  const rank = columns.length;
  const terms = integerLayout(R);
  const { offset, rest, delta, centred, stride } = arrangementLayout(rank);
  const start = arrangementStart(R, n);
  owners.directions.forEach((c, i) => {
    words[start + i] = c * 2 ** DIRECTION_BITS;
  });
  for (let j = 0; j < n; j++) {
    const at = start + rank ** 2 + j * stride;
    const row = terms.planes + j * terms.stride + terms.row;
    columns.forEach((k, c) => {
      const u = U[j * R + k]!;
      const first = Math.round(u * 2 ** IntegerBits.row);
      words[at + c] = first;
      // the difference is exact, as it is one of the last bits of u
      words[at + rest + c] = Math.round((u - first * 2 ** -IntegerBits.row) * 2 ** IntegerBits.offset);
    });
    words.set(words.subarray(row + R, row + R + 3), at + offset);
    words[at + delta] = owners.delta[j]! * 2 ** DELTA_BITS;
    words[at + centred] = owners.centred[j]!;
  }
}

/** f and s; undefined where a model has no integers. */
export function integerScales(reduced: ReducedSystem): { readonly f: number; readonly s: number } | undefined {
  if (!reduced.fit || reduced.latentDim > MOST_INTEGER_DIMENSIONS) return undefined;
  const matrix = largestOf(reduced.sums.now.matrixMagnitude);
  const rhs = largestOf(reduced.sums.now.rhsMagnitude);
  const offset = largestOf(reduced.h.rounded);
  const finite = rhs + offset < Number.POSITIVE_INFINITY;
  if (!(matrix > 0 && finite && largestOf(reduced.U) <= LARGEST_ENTRY)) return undefined;
  // magnitudes stay below 2^57, which leaves room for rounding
  const f = IntegerBits.system - 2 - exponentOf(matrix);
  const ofOffsets = offset > 0 ? exponentOf(offset) + 1 : LEAST_SCALE;
  const ofRhs = rhs > 0 ? f + exponentOf(rhs) + 2 - IntegerBits.system : LEAST_SCALE;
  return { f, s: Math.max(LEAST_SCALE, ofOffsets, ofRhs) };
}

/** What an entry of 2^f B or 2^(f−s) b errs by: the error of its float64 terms, and a half for each that is rounded. */
function entryError({ sums, terms, count: n }: ReducedSystem, f: number, s: number): number {
  const { matrixMagnitude, rhsMagnitude } = sums.now;
  const relative = gamma(terms, F64) * F64.slack;
  const matrix = scaleByPowerOfTwo(largestOf(matrixMagnitude) * relative + F64.tiny, f);
  const rhs = scaleByPowerOfTwo(largestOf(rhsMagnitude) * relative + F64.tiny, f - s);
  return Math.ceil(Math.max(matrix, rhs) * F64.slack + (n + 1) / 2) + 1;
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
