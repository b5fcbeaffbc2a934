import { nextSubset, unrankSubset } from "../arrangement/subsets.ts";
import { float64s } from "../base/small-arrays.ts";
import { approximateInverse, combineColumns, inverseDefect, solutionError } from "../float/inverse.ts";
import { type FloatArray, gamma } from "../float/precision.ts";
import { clearBit, setBit } from "../model/mask.ts";
import { type ExpandMode, ItemStatus, NO_HYPERPLANE, type Segment, type SignBatch } from "../stages/batch.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { hasParallelPair } from "./parallel-pairs.ts";

/** ‖I − XB‖ above this is called undecided: the error bounds divide by 1 − q. */
const LARGEST_DEFECT = 0.25;

/** Scratch memory for models of one shape; nothing in it outlives a call. */
interface Scratch extends Pick<StageModel, "precision" | "rank" | "count"> {
  readonly B: FloatArray;
  readonly work: FloatArray;
  readonly X: FloatArray;
  readonly point: FloatArray;
  readonly values: Float64Array;
  /** The same bytes: the sign of values[j] is the top bit of word 2j + 1. */
  readonly signWords: Uint32Array;
  readonly subset: Uint32Array;
}

let scratch: Scratch | undefined;

function scratchOf({ precision, rank, count }: StageModel): Scratch {
  if (scratch?.precision !== precision || scratch.rank !== rank || scratch.count !== count) {
    const { array } = precision;
    const values = float64s(count);
    scratch = {
      precision,
      rank,
      count,
      B: new array(rank * rank),
      work: new array(rank * rank),
      X: new array(rank * rank),
      point: new array(rank),
      values,
      signWords: new Uint32Array(values.buffer, values.byteOffset, 2 * count),
      subset: new Uint32Array(rank),
    };
  }
  return scratch;
}

/**
 * Stage 1: for each subset of a segment, the signs of all hyperplanes at its point (docs/design.md#owners).
 *
 * A subset of ρ hyperplanes has a vertex z = B⁻¹h_T, where the sign at j is that of u_j·z − h_j. A smaller subset has
 * its point far out along −y, y = B⁻¹e_ρ, as K_ρ−k of its planes c_i·z = −K_i is the largest; there the sign at j is
 * that of −u_j·y. Signs within their error bound are marked undecided.
 * @param mode "owned" also decides the bits of the subset's own hyperplanes; "branch" leaves them to `expand`.
 * @param out written from item `at` on.
 */
export function intersect(model: StageModel, segment: Segment, mode: ExpandMode, out: SignBatch, at: number): void {
  const { rank, count: n } = model;
  const scratch = scratchOf(model);
  const { subset } = scratch;
  const k = segment.size;
  unrankSubset(n, k, segment.firstRank, subset);
  const current = subset.subarray(0, k);
  for (let i = 0; i < segment.length; i++) {
    const item = at + i;
    for (let t = 0; t < rank; t++) out.subsets[item * rank + t] = t < k ? subset[t]! : NO_HYPERPLANE;
    intersectOne(model, scratch, k, mode, out, item);
    nextSubset(n, k, current);
  }
}

/** `intersect` for one given subset: for items that come back from another precision. */
export function intersectSubset(
  model: StageModel,
  subset: readonly number[],
  mode: ExpandMode,
  out: SignBatch,
  item: number,
): void {
  const scratch = scratchOf(model);
  scratch.subset.set(subset);
  for (let t = 0; t < model.rank; t++) out.subsets[item * model.rank + t] = subset[t] ?? NO_HYPERPLANE;
  intersectOne(model, scratch, subset.length, mode, out, item);
}

function intersectOne(
  model: StageModel,
  scratch: Scratch,
  k: number,
  mode: ExpandMode,
  out: SignBatch,
  item: number,
): void {
  const { rank, count, arrangementU, directions, precision, words } = model;
  const { B, work, X, point, subset } = scratch;
  const base = item * words;
  out.perturbed[item] = 0;
  for (let t = 0; t < rank; t++) {
    const from = t < k ? subset[t]! * rank : (t - k) * rank;
    const rows = t < k ? arrangementU : directions;
    for (let c = 0; c < rank; c++) {
      B[t * rank + c] = rows[from + c]!;
      work[t * rank + c] = rows[from + c]!;
    }
  }
  const q = approximateInverse(work, X, rank)
    ? inverseDefect(B, X, rank, undefined, precision)
    : Number.POSITIVE_INFINITY;
  if (!(q < LARGEST_DEFECT)) {
    out.status[item] = hasParallelPair(model, subset, k) ? ItemStatus.dependent : ItemStatus.escalate;
    for (let w = 0; w < words; w++) {
      out.positive[base + w] = 0;
      out.undecided[base + w] = hyperplanesOfWord(count, w);
    }
    return;
  }
  out.status[item] = ItemStatus.ok;
  const vertex = k === rank;
  const pointError = vertex
    ? combineColumns(X, rank, rank, 1, model.h, subset, rank, q, precision, point)
    : farPoint(model, scratch, q);
  evaluateSigns(model, scratch, vertex ? model.h : undefined, pointError, out, base);

  if (vertex && subsetIsCentred(model, subset, k)) breakCentralTies(model, scratch, q, out, item);
  if (mode === "owned" && k > 0) ownBits(model, scratch, k, q, out, item);
  else for (let t = 0; t < k; t++) clearBit(out.undecided, subset[t]!, base);
}

/** Bits of the hyperplanes that word w of a mask is for, all on. @param count n. */
function hyperplanesOfWord(count: number, w: number): number {
  const bits = Math.min(32, count - 32 * w);
  return bits === 32 ? 0xffffffff : 2 ** Math.max(0, bits) - 1;
}

/** −B⁻¹e_ρ and its error bound. */
function farPoint({ rank, precision }: StageModel, { X, point }: Scratch, q: number): number {
  let size = 0;
  for (let i = 0; i < rank; i++) {
    point[i] = -X[i * rank + rank - 1]!;
    size = Math.max(size, Math.abs(point[i]!));
  }
  return solutionError(size, 0, q, gamma(rank + 4, precision), precision);
}

/**
 * Evaluates the signs of u_j·point − h_j (without h those of u_j·point), 32 at a time, without a branch on the sign
 * itself.
 */
function evaluateSigns(
  model: StageModel,
  scratch: Scratch,
  h: FloatArray | undefined,
  pointError: number,
  out: SignBatch,
  base: number,
): void {
  const { rank, count: n, words, arrangementU: U, uNorm, hError } = model;
  const { point, values, signWords } = scratch;
  const p0 = point[0]!;
  const p1 = rank > 1 ? point[1]! : 0;
  const p2 = rank > 2 ? point[2]! : 0;
  const p3 = rank > 3 ? point[3]! : 0;
  for (let j = 0, row = 0; j < n; j++, row += rank) {
    let s = U[row]! * p0;
    if (rank > 1) s += U[row + 1]! * p1;
    if (rank > 2) s += U[row + 2]! * p2;
    if (rank > 3) s += U[row + 3]! * p3;
    for (let c = 4; c < rank; c++) s += U[row + c]! * point[c]!;
    values[j] = h === undefined ? s : s - h[j]!;
  }
  const withH = h === undefined ? 0 : 1;
  for (let w = 0; w < words; w++) {
    let positive = 0;
    let undecided = 0;
    const first = w << 5;
    const length = Math.min(32, n - first);
    for (let b = 0; b < length; b++) {
      const j = first + b;
      positive |= ((signWords[2 * j + 1]! >>> 31) ^ 1) << b;
      if (!(Math.abs(values[j]!) > uNorm[j]! * pointError + withH * hError[j]!)) undecided |= 1 << b;
    }
    out.positive[base + w] = positive;
    out.undecided[base + w] = undecided;
  }
}

/**
 * Breaks the ties of a subset whose hyperplanes all pass through the origin. Its vertex is exactly 0, and every other
 * hyperplane with h_j = 0 ties there. The sign is that of α·δ_T − δ_j = u_j·z¹ − δ_j with z¹ = B⁻¹δ_T
 * (docs/design.md#symbolic-perturbation).
 */
function breakCentralTies(model: StageModel, scratch: Scratch, q: number, out: SignBatch, item: number): void {
  const { rank, count: n, words, arrangementU: U, uNorm, centred, delta, precision } = model;
  const { X, point, subset } = scratch;
  const base = item * words;
  const relative = gamma(rank + 4, precision);
  const error = combineColumns(X, rank, rank, 1, delta, subset, rank, q, precision, point);
  for (let j = 0; j < n; j++) {
    if (!centred[j]) continue;
    let s = -delta[j]!;
    for (let c = 0; c < rank; c++) s += U[j * rank + c]! * point[c]!;
    const word = base + (j >>> 5);
    const bit = 1 << (j & 31);
    out.perturbed[item] = 1;
    // δ_j < 1 errs by less than `relative`
    if (Math.abs(s) > uNorm[j]! * error + relative * precision.slack) {
      out.undecided[word]! &= ~bit;
      if (s > 0) out.positive[word]! |= bit;
      else out.positive[word]! &= ~bit;
    } else out.undecided[word]! |= bit;
  }
}

/**
 * Bits of the subset's own hyperplanes: unit t has its bit set iff (B⁻ᵀ c_{ρ−k+1})_t > 0. With B⁻ᵀc = Xᵀ(I − Fᵀ)⁻¹c and
 * ‖c‖∞ < 1 the error is at most Σ_i|X_it| (q/(1 − q) + γ).
 */
function ownBits(model: StageModel, scratch: Scratch, k: number, q: number, out: SignBatch, item: number): void {
  const { rank, words, directions, precision } = model;
  const { X, subset } = scratch;
  const base = item * words;
  const error = (q / (1 - q) + gamma(rank + 4, precision)) * precision.slack;
  const c = (rank - k) * rank;
  for (let t = 0; t < k; t++) {
    let sum = 0;
    let absolute = 0;
    for (let i = 0; i < rank; i++) {
      const x = X[i * rank + t]!;
      sum += x * directions[c + i]!;
      absolute += Math.abs(x);
    }
    if (!(Math.abs(sum) > absolute * error + precision.tiny)) {
      out.status[item] = ItemStatus.escalate;
      return;
    }
    const j = subset[t]!;
    clearBit(out.undecided, j, base);
    if (sum > 0) setBit(out.positive, j, base);
    else clearBit(out.positive, j, base);
  }
}

function subsetIsCentred(model: StageModel, subset: Uint32Array, k: number): boolean {
  for (let t = 0; t < k; t++) if (!model.centred[subset[t]!]) return false;
  return k > 0;
}
