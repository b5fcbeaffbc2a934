import { approximateInverse, inverseDefect, solutionError } from "../bounds/inverse.ts";
import { gamma } from "../bounds/precision.ts";
import type { StageModel } from "../stages/stage-model.ts";
import {
  Code,
  fillWorkspace,
  type LineShape,
  type LineWorkspace,
  lineWorkspace,
  roomFor,
  rowStride,
  systemEntry,
  systemLength,
  tiedStride,
} from "./line-workspace.ts";
import { laplace } from "./minors.ts";

/** Above this the inverse of B is sought anew with pivots: far above what rounding makes of almost all lines, and too little to harm. */
export const LARGEST_DEFECT = 2 ** -30;
const LARGEST_DEFECT_WITH_PIVOTS = 0.25;

/** More crossings than this in one bucket, and they are sorted by comparison. */
export const MOST_IN_BUCKET = 32;

/** The arithmetic along one line, in a workspace that the caller fills and reads (`lines.ts`). */
export interface LineKernel {
  readonly shape: LineShape;
  readonly workspace: LineWorkspace;
  /**
   * The line on which the hyperplanes of L meet, with its errors: reads subset; writes p, y, x, lineErrors, defect. Eliminates in the order that
   * L has.
   * @returns 1 if the defect is at most `LARGEST_DEFECT` and all is in the range of safe products, else 0: then pivots may help.
   */
  parametrise(): number;
  /** Where the line meets each hyperplane: reads the line; writes t, error, beta, codes, moments. Numbers of L itself mean nothing. */
  cross(): void;
  /**
   * The bits of L at the vertices with hyperplanes from ≤ j < to, and maybe others beside them, into codes. Reads the line, beta. Only where
   * `shape.dismisses`.
   */
  tie(from: number, to: number): void;
  /**
   * Orders the crossings of hyperplanes that are neither `FLAT` nor `OWN`: writes order, boundary.
   * @returns their number; that less one, negated, if they are in `unsorted` and still to be ordered.
   */
  sort(): number;
  /**
   * Which vertices' candidates are not surely outside their region, or whose bits or order are not decided: places into `open`, unordered. Reads
   * order, boundary, codes, base, subset; writes tied, open, dismissed. Only where `shape.dismisses`.
   * @param crossings from `sort`. @param from @param to the hyperplanes whose vertices are looked at.
   * @returns the number of open places.
   */
  dismiss(crossings: number, from: number, to: number): number;
  /**
   * Is the candidate of the region before the first crossing surely outside it? Reads codes, base, subset. Only where `shape.dismisses`.
   * @param setting of the bits of L.
   * @returns 1 or 0; 0 also if a hyperplane besides L is `FLAT`.
   */
  dismissEnd(setting: number): number;
}

/** The minors of one more row: `length` of them with `size` products each, of which the places in the system and among the minors before. */
interface FlatRow {
  readonly length: number;
  readonly size: number;
  readonly entries: Uint16Array;
  readonly minors: Uint16Array;
}

const flatRows = new Map<number, readonly FlatRow[]>();

function flatLaplace(R: number): readonly FlatRow[] {
  let rows = flatRows.get(R);
  if (rows === undefined) {
    rows = laplace(R).map((row, at) => ({
      length: row.length,
      size: at + 2,
      entries: Uint16Array.from(row.flatMap(({ columns }) => columns.map((column) => systemEntry(R, at + 1, column)))),
      minors: Uint16Array.from(row.flatMap(({ minors }) => minors)),
    }));
    flatRows.set(R, rows);
  }
  return rows;
}

/** The kernel as plain loops. `line-kernel-writer.ts` does the same operations in the same order. */
export class LoopLineKernel implements LineKernel {
  readonly shape: LineShape;
  readonly workspace: LineWorkspace;
  #model!: StageModel;
  readonly #laplace: readonly FlatRow[];
  /** B and its inverse. */
  readonly #B: Float64Array;
  readonly #X: Float64Array;
  /** Room for the minors of one row and of the next. */
  readonly #work: [Float64Array, Float64Array];
  #minors: Float64Array;
  /** The system of a line's place without the terms of L, and with them. */
  readonly #sums: Float64Array;
  readonly #system: Float64Array;
  readonly #sides: Float64Array;

  constructor(model: StageModel, shape: LineShape, buffer: ArrayBuffer) {
    this.shape = shape;
    this.workspace = lineWorkspace(shape, buffer);
    this.#B = new Float64Array(shape.rank * shape.rank);
    this.#X = new Float64Array(shape.rank * shape.rank);
    const R = shape.dismisses ? shape.latentDim : 0;
    this.#laplace = flatLaplace(R);
    const most = this.#laplace.reduce((length, row) => Math.max(length, row.length), R + 1);
    this.#work = [new Float64Array(most), new Float64Array(most)];
    this.#minors = this.#work[0];
    this.#sums = new Float64Array(systemLength(R));
    this.#system = new Float64Array(systemLength(R));
    this.#sides = new Float64Array(shape.rank);
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
      const inverse = 1 / B[c * rank + c];
      for (let k = c + 1; k < rank; k++) B[c * rank + k] *= inverse;
      for (let k = 0; k < c; k++) X[c * rank + k] *= inverse;
      X[c * rank + c] = inverse;
      for (let i = 0; i < rank; i++) {
        if (i === c) continue;
        const factor = B[i * rank + c];
        for (let k = c + 1; k < rank; k++) B[i * rank + k] -= factor * B[c * rank + k];
        for (let k = 0; k < c; k++) X[i * rank + k] -= factor * X[c * rank + k];
        X[i * rank + c] = -(factor * inverse);
      }
    }
    return this.#takeInverse(LARGEST_DEFECT) ? 1 : 0;
  }

  /** `parametrise` with pivots. @returns whether the line is one for sure. */
  parametriseByPivots(): boolean {
    this.#fillB();
    return approximateInverse(this.#B, this.#X, this.shape.rank) && this.#takeInverse(LARGEST_DEFECT_WITH_PIVOTS);
  }

  /** The rows U_L, c_1. */
  #fillB(): void {
    const { rank } = this.shape;
    const { columns, direction, subset } = this.workspace;
    const stride = roomFor(this.shape);
    for (let t = 0; t < rank; t++) {
      for (let i = 0; i < rank; i++) {
        this.#B[t * rank + i] = t < rank - 1 ? columns[i * stride + subset[t]] : direction[i];
      }
    }
  }

  /** @param most that the defect may be. @returns whether it is, and all is in range. */
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
        const entry = X[i * rank + t];
        if (t < rank - 1) x[t * rank + i] = entry;
        else y[i] = entry;
        size = Math.max(size, Math.abs(entry));
      }
      if (t < rank - 1) lineErrors[2 + t] = bitError * size;
      else lineErrors[1] = solutionError(size, 0, q, relative, precision);
    }
    lineErrors[0] = this.combine(h, p);
    return lineErrors[0] < precision.huge && lineErrors[1] < precision.huge;
  }

  /**
   * The point of the line where u_t·z = values_t for all t ∈ L and c_1·z = 0, into `point`.
   * @returns its error bound per ‖u‖₁.
   */
  combine(values: ArrayLike<number>, point: Float64Array): number {
    const { rank } = this.shape;
    const { precision } = this.#model;
    const { x, subset, defect } = this.workspace;
    const relative = gamma(rank + 4, precision);
    let size = 0;
    let spread = 0;
    for (let i = 0; i < rank; i++) {
      let sum = 0;
      let absolute = 0;
      for (let t = 0; t < rank - 1; t++) {
        const term = x[t * rank + i] * values[subset[t]];
        sum += term;
        absolute += Math.abs(term);
      }
      point[i] = sum;
      size = Math.max(size, Math.abs(sum));
      spread = Math.max(spread, absolute);
    }
    return solutionError(size, relative * spread, defect[0], relative, precision);
  }

  cross(): void {
    const { p, h, hError, lineErrors, moments } = this.workspace;
    moments.fill(0);
    for (let j = 0; j < this.#model.count; j++) {
      const a = this.crossing(j, p, lineErrors[0], -h[j], hError[j]);
      const b = this.workspace.beta[j];
      const lane = j & 1;
      moments[lane] += a * a;
      moments[2 + lane] += a * b;
      moments[4 + lane] += b * b;
    }
  }

  /**
   * Where the line meets hyperplane j, whose value at the line's point is a = u_j·point + constant.
   * @returns a.
   */
  crossing(j: number, point: Float64Array, pointError: number, constant: number, constantError: number): number {
    const { rank } = this.shape;
    const { columns, uNorm, y, lineErrors, t, error, beta, codeWords } = this.workspace;
    const { slack, tiny, huge } = this.#model.precision;
    const stride = roomFor(this.shape);
    let a = constant;
    for (let i = 0; i < rank; i++) a += columns[i * stride + j] * point[i];
    let b = columns[j] * y[0];
    for (let i = 1; i < rank; i++) b += columns[i * stride + j] * y[i];
    const slopeError = uNorm[j] * lineErrors[1];
    const offsetError = uNorm[j] * pointError + constantError;
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
        let alpha = columns[j] * x[s * rank];
        for (let i = 1; i < rank; i++) alpha += columns[i * stride + j] * x[s * rank + i];
        if (!(Math.abs(alpha) > uNorm[j] * lineErrors[2 + s] + tiny)) codeWords[2 * j] |= Code.UNDECIDED;
        if (alpha > 0 !== beta[j] > 0) codeWords[2 * j] |= 1 << (Code.TIED_SHIFT + s);
      }
    }
  }

  sort(): number {
    const { moments } = this.workspace;
    const crossings = this.list();
    const centre = centreOf(moments[0] + moments[1], moments[2] + moments[3], moments[4] + moments[5]);
    this.#order(0, crossings, centre);
    return crossings;
  }

  /** The crossings into `unsorted`, ascending. @returns their number. */
  list(): number {
    const { count: n } = this.#model;
    const { unsorted, codeWords } = this.workspace;
    let crossings = 0;
    for (let j = 0; j < n; j++) if ((codeWords[2 * j] & (Code.FLAT | Code.OWN)) === 0) unsorted[crossings++] = j;
    return crossings;
  }

  /** `sort` for a part of `unsorted`; the boundaries at its ends say nothing of what is beyond them. */
  sortRange(first: number, end: number): void {
    const { unsorted, t, beta } = this.workspace;
    const moments = [0, 0, 0];
    for (let s = first; s < end; s++) {
      const b = beta[unsorted[s]];
      const a = -t[unsorted[s]] * b;
      moments[0] += a * a;
      moments[1] += a * b;
      moments[2] += b * b;
    }
    this.#order(first, end, centreOf(moments[0], moments[1], moments[2]));
  }

  #order(first: number, end: number, centre: Centre): void {
    if (this.#distribute(first, end, centre)) {
      this.#insert(first, end);
      this.#bound(first, end);
    } else this.sortByComparison(first, end);
  }

  /**
   * From `unsorted` into `order`, in buckets of about one crossing: d/(|d| + c) with d = t − t_0 spreads over (−1, 1) evenly enough.
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
      const j = unsorted[s];
      const d = t[j] - t0;
      const bucket = Math.min(count - 1, Math.trunc((d / (Math.abs(d) + scale) + 1) * half));
      bucketOf[j] = bucket;
      const size = buckets[bucket + 1] + 1;
      buckets[bucket + 1] = size;
      most = Math.max(most, size);
    }
    if (most > MOST_IN_BUCKET) return false;
    for (let b = 1; b < count; b++) buckets[b] += buckets[b - 1];
    for (let s = first; s < end; s++) {
      const j = unsorted[s];
      const place = first + buckets[bucketOf[j]]++;
      order[place] = j;
      starts[place] = t[j];
    }
    return true;
  }

  /** What is left to do after `#distribute`. */
  #insert(first: number, end: number): void {
    const { order, starts } = this.workspace;
    for (let s = first + 1; s < end; s++) {
      const at = starts[s];
      const j = order[s];
      let place = s;
      for (; place > first && starts[place - 1] > at; place--) {
        starts[place] = starts[place - 1];
        order[place] = order[place - 1];
      }
      starts[place] = at;
      order[place] = j;
    }
  }

  sortByComparison(first: number, end: number): void {
    const { unsorted, order, t } = this.workspace;
    const range = order.subarray(first, end);
    range.set(unsorted.subarray(first, end));
    range.sort((i, j) => t[i] - t[j] || i - j);
    this.#bound(first, end);
  }

  /** Which neighbours are surely in order, into `boundary`. */
  #bound(first: number, end: number): void {
    const { order, t, error, starts, boundary } = this.workspace;
    let highest = Number.NEGATIVE_INFINITY;
    let clear = true;
    for (let s = first; s < end; s++) {
      const j = order[s];
      boundary[s] = 1;
      if (!(highest < t[j] - error[j])) clear = false;
      highest = Math.max(highest, t[j] + error[j]);
    }
    boundary[end] = 1;
    if (clear) return;
    starts[end] = Number.POSITIVE_INFINITY;
    for (let s = end - 1; s >= first; s--) {
      const j = order[s];
      starts[s] = Math.min(starts[s + 1], t[j] - error[j]);
    }
    highest = Number.NEGATIVE_INFINITY;
    for (let s = first; s < end; s++) {
      const j = order[s];
      boundary[s] = highest < starts[s] ? 1 : 0;
      highest = Math.max(highest, t[j] + error[j]);
    }
  }

  dismiss(crossings: number, from: number, to: number): number {
    const { latentDim: R, rank } = this.shape;
    const { order, boundary, codeWords, rows, tied, open, dismissed } = this.workspace;
    dismissed[0] = 0;
    this.#tie();
    const length = systemLength(R);
    const stride = rowStride(R);
    const system = this.#system;
    const sums = this.#start();
    const sides = this.#sides;
    let count = 0;
    for (let s = 0; s < crossings; s++) {
      const j = order[s];
      const code = codeWords[2 * j];
      const row = j * stride;
      const side = (code & Code.POSITIVE) !== 0 ? 1 : -1;
      for (let i = 0; i < length; i++) sums[i] += side * rows[row + i];
      if (j < from || j >= to) continue;
      if ((boundary[s] & boundary[s + 1]) === 0 || (code & Code.UNDECIDED) !== 0) {
        open[count++] = s;
        continue;
      }
      const setting = (code >>> Code.TIED_SHIFT) * tiedStride(R, rank);
      for (let i = 0; i < length; i++) system[i] = sums[i] + tied[setting + i];
      for (let i = 0; i < rank - 1; i++) sides[i] = tied[setting + length + i];
      sides[rank - 1] = side;
      if (this.#isOutside(s, crossings)) dismissed[0]++;
      else open[count++] = s;
    }
    return count;
  }

  dismissEnd(setting: number): number {
    const { latentDim: R, rank } = this.shape;
    const { count: n } = this.#model;
    const { subset, codeWords, rows } = this.workspace;
    for (let j = 0; j < n; j++) if ((codeWords[2 * j] & Code.FLAT) !== 0) return 0;
    const system = this.#system;
    system.set(this.#start());
    const sides = this.#sides;
    for (let i = 0; i < rank - 1; i++) {
      const bit = (setting >>> i) & 1;
      sides[i] = 2 * bit - 1;
      const row = subset[i] * rowStride(R);
      for (let c = 0; c < system.length; c++) system[c] += bit * rows[row + c];
    }
    const sign = this.#expand();
    if (sign === 0) return 0;
    if (this.#isBeyondOwn(sign)) return 1;
    for (let j = 0; j < n; j++) {
      const code = codeWords[2 * j];
      if ((code & Code.OWN) !== 0) continue;
      if (this.#isBeyond(j, (code & Code.POSITIVE) !== 0 ? -1 : 1, sign)) return 1;
    }
    return 0;
  }

  /** The system before the first crossing, without the terms of L. */
  #start(): Float64Array {
    const { latentDim: R } = this.shape;
    const { count: n } = this.#model;
    const { base, codeWords, rows } = this.workspace;
    const sums = this.#sums;
    sums.set(base);
    for (let j = 0, row = 0; j < n; j++, row += rowStride(R)) {
      const bit = (codeWords[2 * j] & (Code.POSITIVE | Code.FLAT | Code.OWN)) === 0 ? 1 : 0;
      for (let i = 0; i < sums.length; i++) sums[i] += bit * rows[row + i];
    }
    return sums;
  }

  /** The sums of L's terms for each setting of its bits, and the sides they stand for. */
  #tie(): void {
    const { latentDim: R, rank } = this.shape;
    const { subset, rows, tied } = this.workspace;
    const length = systemLength(R);
    const stride = tiedStride(R, rank);
    tied.fill(0, 0, length);
    tied.fill(-1, length, stride);
    for (let setting = 1; setting < 1 << (rank - 1); setting++) {
      const to = setting * stride;
      const before = (setting & (setting - 1)) * stride;
      const bit = 31 - Math.clz32(setting & -setting);
      const row = subset[bit] * rowStride(R);
      for (let i = 0; i < length; i++) tied[to + i] = tied[before + i] + rows[row + i];
      for (let i = length; i < stride; i++) tied[to + i] = tied[before + i];
      tied[to + length + bit] = 1;
    }
  }

  /** Is the system regular, and its candidate surely on the wrong side of the vertex's own hyperplanes or of others met by the line? */
  #isOutside(s: number, crossings: number): boolean {
    const { order, codeWords } = this.workspace;
    const sign = this.#expand();
    if (sign === 0) return false;
    if (this.#isBeyond(order[s], this.#sides[this.shape.rank - 1], sign) || this.#isBeyondOwn(sign)) return true;
    // the nearest crossings bound the region best
    for (let d = 1; s - d >= 0 || s + d < crossings; d++) {
      if (s - d >= 0) {
        const j = order[s - d];
        if (this.#isBeyond(j, (codeWords[2 * j] & Code.POSITIVE) !== 0 ? 1 : -1, sign)) return true;
      }
      if (s + d < crossings) {
        const j = order[s + d];
        if (this.#isBeyond(j, (codeWords[2 * j] & Code.POSITIVE) !== 0 ? -1 : 1, sign)) return true;
      }
    }
    return false;
  }

  #isBeyondOwn(sign: number): boolean {
    const { subset } = this.workspace;
    for (let i = 0; i < this.shape.rank - 1; i++) if (this.#isBeyond(subset[i], this.#sides[i], sign)) return true;
    return false;
  }

  /** Is the candidate of `#minors` surely on the other side of hyperplane j? */
  #isBeyond(j: number, side: number, sign: number): boolean {
    const { latentDim: R } = this.shape;
    const { rows } = this.workspace;
    const minors = this.#minors;
    const at = j * rowStride(R) + systemLength(R);
    let q = rows[at] * minors[0];
    for (let c = 1; c <= R; c++) q += rows[at + c] * minors[c];
    return q * side * sign < rows[at + R + 1];
  }

  /** The R + 1 minors of the system. @returns the sign of the determinant, 0 if it is not decided. */
  #expand(): number {
    const { latentDim: R } = this.shape;
    const system = this.#system;
    let [before, now] = this.#work;
    for (let c = 0; c < R; c++) before[c] = system[c];
    before[R] = system[R * R];
    for (const { length, size, entries, minors } of this.#laplace) {
      for (let place = 0, at = 0; place < length; place++) {
        let sum = system[entries[at]] * before[minors[at]];
        for (let i = 1; i < size; i++) {
          const product = system[entries[at + i]] * before[minors[at + i]];
          sum = (i & 1) === 0 ? sum + product : sum - product;
        }
        now[place] = sum;
        at += size;
      }
      [before, now] = [now, before];
    }
    this.#minors = before;
    const determinant = before[R];
    if (!(Math.abs(determinant) > this.workspace.determinantError[0])) return 0;
    return determinant > 0 ? 1 : -1;
  }
}

/** Where the crossings of a line are: the t where Σ (a + bt)² is least, and how far t strays from there. */
interface Centre {
  readonly t0: number;
  readonly scale: number;
}

/** t_0 = −Σab/Σb², and the root of Σ(a + bt_0)²/Σb²; not a number where nothing can be said. */
function centreOf(aa: number, ab: number, bb: number): Centre {
  const t0 = -ab / bb;
  return { t0, scale: Math.sqrt((aa + t0 * ab) / bb) };
}
