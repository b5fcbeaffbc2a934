import { approximateInverse, combineColumns, inverseDefect, solutionError } from "../../float/inverse.ts";
import { gamma } from "../../float/precision.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import type { LineKernel } from "./kernel.ts";
import { LoopDismissal } from "./loop-dismissal.ts";
import { Code, fillWorkspace, type LineShape, type LineWorkspace, lineWorkspace, roomFor } from "./workspace.ts";

/**
 * With a larger defect the inverse of B is computed anew with pivots. Rounding alone makes far smaller defects on
 * almost all lines, and a defect of this size does no harm.
 */
export const LARGEST_DEFECT = 2 ** -30;
const LARGEST_DEFECT_WITH_PIVOTS = 0.25;

/** Crossings are sorted by comparison if one bucket has more than this many. */
export const MOST_IN_BUCKET = 32;

/** The kernel as plain loops. kernel-writer.ts writes the same operations in the same order. */
export class LoopLineKernel implements LineKernel {
  readonly shape: LineShape;
  readonly workspace: LineWorkspace;
  #model!: StageModel;
  /** B and its inverse. */
  readonly #B: Float64Array;
  readonly #X: Float64Array;
  readonly #dismissal: LoopDismissal;

  constructor(model: StageModel, shape: LineShape, buffer: ArrayBuffer) {
    this.shape = shape;
    this.workspace = lineWorkspace(shape, buffer);
    this.#B = new Float64Array(shape.rank * shape.rank);
    this.#X = new Float64Array(shape.rank * shape.rank);
    this.#dismissal = new LoopDismissal(shape, this.workspace);
    this.load(model);
  }

  /** Takes another model of the same shape. */
  load(model: StageModel): void {
    this.#model = model;
    fillWorkspace(model, this.shape, this.workspace);
  }

  parametrise(): number {
    const { rank } = this.shape;
    const B = this.#B;
    const X = this.#X.fill(0);
    this.#fillB();
    for (let c = 0; c < rank; c++) {
      const inverse = 1 / B[c * rank + c]!;
      for (let k = c + 1; k < rank; k++) B[c * rank + k]! *= inverse;
      for (let k = 0; k < c; k++) X[c * rank + k]! *= inverse;
      X[c * rank + c] = inverse;
      for (let i = 0; i < rank; i++) {
        if (i === c) continue;
        const factor = B[i * rank + c]!;
        for (let k = c + 1; k < rank; k++) B[i * rank + k]! -= factor * B[c * rank + k]!;
        for (let k = 0; k < c; k++) X[i * rank + k]! -= factor * X[c * rank + k]!;
        X[i * rank + c] = -(factor * inverse);
      }
    }
    return this.#takeInverse(LARGEST_DEFECT) ? 1 : 0;
  }

  /** `parametrise` with pivots. @returns whether L's hyperplanes surely meet in a line. */
  parametriseByPivots(): boolean {
    this.#fillB();
    return approximateInverse(this.#B, this.#X, this.shape.rank) && this.#takeInverse(LARGEST_DEFECT_WITH_PIVOTS);
  }

  /** Fills B with the rows U_L, c_1. */
  #fillB(): void {
    const { rank } = this.shape;
    const { columns, direction, subset } = this.workspace;
    const stride = roomFor(this.shape);
    for (let t = 0; t < rank; t++) {
      for (let i = 0; i < rank; i++) {
        this.#B[t * rank + i] = t < rank - 1 ? columns[i * stride + subset[t]!]! : direction[i]!;
      }
    }
  }

  /**
   * Takes the line from the inverse. @param most largest defect. @returns whether the defect is at most that, and all
   * numbers are in range.
   */
  #takeInverse(most: number): boolean {
    const { rank } = this.shape;
    const { precision, h } = this.#model;
    const { p, y, x, lineErrors, defect } = this.workspace;
    const X = this.#X;
    this.#fillB();
    const q = inverseDefect(this.#B, X, rank, undefined, precision);
    defect[0] = q;
    if (!(q < most)) return false;
    const relative = gamma(rank + 4, precision);
    const bitError = (q / (1 - q) + relative) * precision.slack;
    for (let t = 0; t < rank; t++) {
      let size = 0;
      for (let i = 0; i < rank; i++) {
        const entry = X[i * rank + t]!;
        if (t < rank - 1) x[t * rank + i] = entry;
        else y[i] = entry;
        size = Math.max(size, Math.abs(entry));
      }
      if (t < rank - 1) lineErrors[2 + t] = bitError * size;
      else lineErrors[1] = solutionError(size, 0, q, relative, precision);
    }
    lineErrors[0] = this.combine(h, p);
    return lineErrors[0] < precision.huge && lineErrors[1]! < precision.huge;
  }

  /**
   * Puts into `point` the point of the line where u_t·z = values_t for all t ∈ L and c_1·z = 0.
   * @returns its error bound per ‖u‖₁.
   */
  combine(values: ArrayLike<number>, point: Float64Array): number {
    const { rank } = this.shape;
    const { precision } = this.#model;
    const { x, subset, defect } = this.workspace;
    return combineColumns(x, rank, 1, rank, values, subset, rank - 1, defect[0]!, precision, point);
  }

  cross(): void {
    const { p, h, hError, lineErrors, moments } = this.workspace;
    moments.fill(0);
    for (let j = 0; j < this.#model.count; j++) {
      const a = this.crossing(j, p, lineErrors[0]!, -h[j]!, hError[j]!);
      const b = this.workspace.beta[j]!;
      const lane = j & 1;
      moments[lane]! += a * a;
      moments[2 + lane]! += a * b;
      moments[4 + lane]! += b * b;
    }
  }

  /**
   * Finds where the line meets hyperplane j, whose value at the line's point is a = u_j·point + constant.
   * @returns a.
   */
  crossing(j: number, point: Float64Array, pointError: number, constant: number, constantError: number): number {
    const { rank } = this.shape;
    const { columns, uNorm, y, lineErrors, t, error, beta, codeWords } = this.workspace;
    const { slack, tiny, huge } = this.#model.precision;
    const stride = roomFor(this.shape);
    let a = constant;
    for (let i = 0; i < rank; i++) a += columns[i * stride + j]! * point[i]!;
    let b = columns[j]! * y[0]!;
    for (let i = 1; i < rank; i++) b += columns[i * stride + j]! * y[i]!;
    const slopeError = uNorm[j]! * lineErrors[1]!;
    const offsetError = uNorm[j]! * pointError + constantError;
    const at = -a / b;
    const size = Math.abs(at);
    const steepness = Math.abs(b);
    t[j] = at;
    beta[j] = b;
    error[j] = ((offsetError + size * slopeError) / (steepness - slopeError)) * slack + tiny;
    let code = b > 0 ? Code.POSITIVE : 0;
    if (!(steepness > 2 * slopeError && size < huge)) code |= Code.FLAT;
    codeWords[2 * j] = code;
    return a;
  }

  tie(from: number, to: number): void {
    const { rank } = this.shape;
    const { columns, uNorm, x, lineErrors, beta, codeWords } = this.workspace;
    const { tiny } = this.#model.precision;
    const stride = roomFor(this.shape);
    for (let j = from & ~1; j < to + (to & 1); j++) {
      for (let s = 0; s < rank - 1; s++) {
        let alpha = columns[j]! * x[s * rank]!;
        for (let i = 1; i < rank; i++) alpha += columns[i * stride + j]! * x[s * rank + i]!;
        if (!(Math.abs(alpha) > uNorm[j]! * lineErrors[2 + s]! + tiny)) codeWords[2 * j]! |= Code.UNDECIDED;
        if (alpha > 0 !== beta[j]! > 0) codeWords[2 * j]! |= 1 << (Code.TIED_SHIFT + s);
      }
    }
  }

  sort(): number {
    const { moments } = this.workspace;
    const crossings = this.list();
    const centre = centreOf(moments[0]! + moments[1]!, moments[2]! + moments[3]!, moments[4]! + moments[5]!);
    this.#order(0, crossings, centre);
    return crossings;
  }

  /** Lists the hyperplanes that cross in `unsorted`, ascending. @returns their number. */
  list(): number {
    const { count: n } = this.#model;
    const { unsorted, codeWords } = this.workspace;
    let crossings = 0;
    for (let j = 0; j < n; j++) if ((codeWords[2 * j]! & (Code.FLAT | Code.OWN)) === 0) unsorted[crossings++] = j;
    return crossings;
  }

  /** `sort` for a part of `unsorted`. The boundaries at its ends say nothing about the crossings beyond. */
  sortRange(first: number, end: number): void {
    const { unsorted, t, beta } = this.workspace;
    const moments = [0, 0, 0];
    for (let s = first; s < end; s++) {
      const b = beta[unsorted[s]!]!;
      const a = -t[unsorted[s]!]! * b;
      moments[0]! += a * a;
      moments[1]! += a * b;
      moments[2]! += b * b;
    }
    this.#order(first, end, centreOf(moments[0]!, moments[1]!, moments[2]!));
  }

  #order(first: number, end: number, centre: Centre): void {
    if (this.#distribute(first, end, centre)) {
      this.#insert(first, end);
      this.#bound(first, end);
    } else this.sortByComparison(first, end);
  }

  /**
   * Distributes crossings from `unsorted` into `order`, in buckets of about one crossing each: d/(|d| + c) with
   * d = t − t_0 spreads evenly enough over (−1, 1).
   * @returns whether no bucket is too full.
   */
  #distribute(first: number, end: number, { t0, scale }: Centre): boolean {
    const { unsorted, order, t, buckets, bucketOf, starts } = this.workspace;
    if (!(scale > 0)) return false;
    const count = end - first;
    const half = 0.5 * count;
    for (let b = 0; b <= count; b++) buckets[b] = 0;
    let most = 0;
    for (let s = first; s < end; s++) {
      const j = unsorted[s]!;
      const d = t[j]! - t0;
      const bucket = Math.min(count - 1, Math.trunc((d / (Math.abs(d) + scale) + 1) * half));
      bucketOf[j] = bucket;
      const size = buckets[bucket + 1]! + 1;
      buckets[bucket + 1] = size;
      most = Math.max(most, size);
    }
    if (most > MOST_IN_BUCKET) return false;
    for (let b = 1; b < count; b++) buckets[b]! += buckets[b - 1]!;
    for (let s = first; s < end; s++) {
      const j = unsorted[s]!;
      const place = first + buckets[bucketOf[j]!]!++;
      order[place] = j;
      starts[place] = t[j]!;
    }
    return true;
  }

  /** Sorts within the buckets, after `#distribute`. */
  #insert(first: number, end: number): void {
    const { order, starts } = this.workspace;
    for (let s = first + 1; s < end; s++) {
      const at = starts[s]!;
      const j = order[s]!;
      let place = s;
      for (; place > first && starts[place - 1]! > at; place--) {
        starts[place] = starts[place - 1]!;
        order[place] = order[place - 1]!;
      }
      starts[place] = at;
      order[place] = j;
    }
  }

  sortByComparison(first: number, end: number): void {
    const { unsorted, order, t } = this.workspace;
    const range = order.subarray(first, end);
    range.set(unsorted.subarray(first, end));
    range.sort((i, j) => t[i]! - t[j]! || i - j);
    this.#bound(first, end);
  }

  /** Puts into `boundary` which neighbours are surely in order. */
  #bound(first: number, end: number): void {
    const { order, t, error, starts, boundary } = this.workspace;
    let highest = Number.NEGATIVE_INFINITY;
    let clear = true;
    for (let s = first; s < end; s++) {
      const j = order[s]!;
      boundary[s] = 1;
      if (!(highest < t[j]! - error[j]!)) clear = false;
      highest = Math.max(highest, t[j]! + error[j]!);
    }
    boundary[end] = 1;
    if (clear) return;
    starts[end] = Number.POSITIVE_INFINITY;
    for (let s = end - 1; s >= first; s--) {
      const j = order[s]!;
      starts[s] = Math.min(starts[s + 1]!, t[j]! - error[j]!);
    }
    highest = Number.NEGATIVE_INFINITY;
    for (let s = first; s < end; s++) {
      const j = order[s]!;
      boundary[s] = highest < starts[s]! ? 1 : 0;
      highest = Math.max(highest, t[j]! + error[j]!);
    }
  }

  dismiss(crossings: number, from: number, to: number): number {
    return this.#dismissal.dismiss(crossings, from, to);
  }

  dismissEnd(setting: number): number {
    return this.#dismissal.dismissEnd(setting);
  }
}

/** Where the crossings of a line lie: the t where Σ (a + bt)² is least, and how far the crossings spread from there. */
interface Centre {
  readonly t0: number;
  readonly scale: number;
}

/** t_0 = −Σab/Σb², and the root of Σ(a + bt_0)²/Σb²; NaN where these are not defined. */
function centreOf(aa: number, ab: number, bb: number): Centre {
  const t0 = -ab / bb;
  return { t0, scale: Math.sqrt((aa + t0 * ab) / bb) };
}
