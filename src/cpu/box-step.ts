import {
  ABSOLUTE32,
  bandError,
  HALF_WIDTH32,
  outward32,
  rowDepth,
  rowError,
  STRANDS,
  spreadError,
  strandDepth,
  TILE,
} from "../float/box-step.ts";
import { BOX_KINK, boxProjection } from "../float/boxes.ts";
import { F32 } from "../float/precision.ts";
import {
  Answer,
  baseStride,
  FEW_UNDECIDED,
  Field,
  foldStride,
  joinSystems,
  LARGEST_FUNCTIONAL,
  LARGEST_ROW,
  MOST_STACK_PARTS,
  type RecordLayout,
  recordLayout,
  SMALLEST_ROW,
  SMALLEST_SIDE,
  STACK_BLUR,
  STACK_REGULARISER,
  STACK_RIDGE,
  STACK_SHRINK,
  STALE_PER_COORDINATE,
  type StackSystem,
  StepKind,
  unitStride,
} from "../stages/box-stack.ts";
import { halvingsFor } from "../stages/halving.ts";

const { abs, fround, max, min } = Math;
const SLACK = fround(F32.slack);

interface Band {
  slope: number;
  value: number;
  width: number;
  magnitude: number;
  low: number;
  high: number;
  open: boolean;
}

/**
 * One step of the search on a device (stages/box-stack.ts), as `shaders/box_step.wgsl` does it, with the same operations
 * in the same order. Float32 arrays round numbers when they are stored, `fround` rounds the others.
 */
export class BoxStep {
  readonly layout: RecordLayout;
  readonly #rows: Float32Array;
  readonly #folds: Int32Array;
  readonly #base: Float32Array;
  readonly #units: number;
  readonly #projection: number;
  readonly #rowError: number;
  readonly #outward: number;
  /** First entries of the box's system in the tables. */
  #row = 0;
  #fold = 0;
  #entry = 0;
  /** The box. */
  readonly #lo: Float32Array;
  readonly #hi: Float32Array;
  readonly #c: Float32Array;
  readonly #r: Float32Array;
  /** M′ and k′ as float32, then Â and Ĝ; B and E of float/box-step.ts. */
  readonly #M: Float32Array;
  readonly #k: Float32Array;
  readonly #A: Float32Array;
  readonly #G: Float32Array;
  readonly #magnitude: Float32Array;
  readonly #B: Float32Array;
  readonly #E: Float32Array;
  readonly #W: Float32Array;
  readonly #scale: Float32Array;
  readonly #spread: Float32Array;
  /** Rows that contract, and the functional. */
  readonly #Y: Float32Array;
  readonly #radii: Float32Array;
  readonly #y: Float32Array;
  /** The undecided units, and the widths of their bands. */
  readonly #open: Int32Array;
  readonly #widths: Float32Array;
  readonly #tile: Band[] = Array.from({ length: TILE }, newBand);
  readonly #band: Band = newBand();
  /** Lo and hi of all parts. */
  readonly #partLo: Float32Array;
  readonly #partHi: Float32Array;

  constructor(systems: readonly StackSystem[]) {
    const { dim: R } = systems[0]!;
    const joined = joinSystems(systems);
    this.#rows = joined.rows;
    this.#folds = joined.folds;
    this.#base = joined.base;
    this.#units = joined.units;
    this.layout = recordLayout(R, joined.units);
    this.#projection = fround(boxProjection(R));
    this.#rowError = fround(rowError(R));
    this.#outward = fround(outward32(R));
    const vector = () => new Float32Array(R);
    const matrix = () => new Float32Array(R * R);
    [this.#lo, this.#hi, this.#c, this.#r] = [vector(), vector(), vector(), vector()];
    [this.#M, this.#k, this.#A, this.#G] = [matrix(), vector(), matrix(), vector()];
    [this.#magnitude, this.#B, this.#E] = [vector(), vector(), vector()];
    [this.#W, this.#scale, this.#spread, this.#y] = [matrix(), vector(), vector(), vector()];
    this.#Y = new Float32Array((R + 1) * R);
    this.#radii = new Float32Array(R + 1);
    this.#open = new Int32Array(joined.units);
    this.#widths = new Float32Array(joined.units);
    this.#partLo = new Float32Array(MOST_STACK_PARTS * R);
    this.#partHi = new Float32Array(MOST_STACK_PARTS * R);
  }

  /** Words of an answer. */
  get answerStride(): number {
    return Answer.record + this.layout.stride;
  }

  /** Does the box `record`, and writes the answer. */
  run(record: Uint32Array, answer: Uint32Array): void {
    const { dim: R, lo, hi, undecided, stride, words } = this.layout;
    answer.fill(0, 0, Answer.record);
    const left = answer.subarray(Answer.record, Answer.record + stride);
    left.set(record);
    left[Field.stale] = 0;
    const system = record[Field.system]!;
    this.#row = system * this.#units * unitStride(R);
    this.#fold = system * this.#units * foldStride(R);
    this.#entry = system * baseStride(R);
    const floats = new Float32Array(left.buffer, left.byteOffset, stride);
    this.#lo.set(floats.subarray(lo, lo + R));
    this.#hi.set(floats.subarray(hi, hi + R));
    this.#centre(this.#lo, this.#hi, 0);
    const before = listUnits(left.subarray(undecided, undecided + words), this.#open);
    const count = this.#sumBands(left, before);
    left[Field.count] = count;
    answer[Answer.looked] = before;
    this.#completeRows(left, before);
    const functional = this.#functionals();
    const nearness = functional ? this.#nearness(count) : 1;
    if (nearness < 0) return;
    let blurred = !functional;
    let shrunk = false;
    if (functional) {
      const contracted = this.#contract();
      if (contracted === "empty") return;
      blurred = contracted.blurred;
      shrunk = contracted.volume < STACK_SHRINK;
    }
    floats.set(this.#lo, lo);
    floats.set(this.#hi, hi);
    const stale = count < record[Field.count]! ? 0 : record[Field.stale]!;
    left[Field.stale] = stale;
    if (shrunk && !blurred) {
      left[Field.stale] = stale + 1;
      answer[Answer.kind] = StepKind.again;
      answer[Answer.parts] = 1;
      return;
    }
    const ended = count <= FEW_UNDECIDED || stale >= STALE_PER_COORDINATE * R || blurred;
    const halvings = ended ? 0 : this.#chooseHalves(nearness, answer);
    if (halvings === 0) {
      answer[Answer.kind] = StepKind.kept;
      return;
    }
    answer[Answer.kind] = StepKind.split;
    answer[Answer.halvings] = halvings;
    answer[Answer.parts] = this.#sieve(halvings, count);
    left[Field.depth]! += halvings;
    left[Field.stale]! += halvings;
  }

  #centre(lo: Float32Array, hi: Float32Array, at: number): void {
    for (let k = 0; k < this.layout.dim; k++) {
      const c = fround(0.5 * fround(lo[at + k]! + hi[at + k]!));
      this.#c[k] = c;
      this.#r[k] = fround(max(fround(hi[at + k]! - c), fround(c - lo[at + k]!)) * HALF_WIDTH32);
    }
  }

  /** The band of unit j on c ± r. */
  #bandOf(j: number, band: Band): void {
    const { dim: R } = this.layout;
    const rows = this.#rows;
    const c = this.#c;
    const r = this.#r;
    const at = this.#row + j * unitStride(R);
    let x = 0;
    let p = 0;
    let size = 0;
    for (let k = 0; k < R; k++) {
      const u = rows[at + k]!;
      x = fround(x + fround(u * c[k]!));
      p = fround(p + fround(abs(u) * r[k]!));
      size = fround(size + fround(abs(u) * fround(abs(c[k]!) + r[k]!)));
    }
    const [b0, b1, kinks] = [rows[at + 2 * R]!, rows[at + 2 * R + 1]!, rows[at + 2 * R + 2]!];
    p = fround(p + fround(fround(this.#projection * size) + fround(BOX_KINK * kinks)));
    const low = fround(x - p);
    const high = fround(x + p);
    const bottom = min(max(low, b0), b1);
    const top = max(min(high, b1), b0);
    const middle = fround(top - bottom);
    const outside = max(fround(bottom - low), fround(high - top));
    const slope = fround(middle / max(fround(middle + outside), F32.tiny));
    const half = fround(0.5 * fround(slope * outside));
    const above = fround(bottom - b0);
    band.slope = slope;
    band.width = half;
    band.value = fround(above + fround(fround(slope * fround(x - bottom)) + half));
    band.magnitude = fround(fround(above + fround(slope * size)) + fround(half + (high > b0 ? kinks : 0)));
    band.low = low;
    band.high = high;
    band.open = (low < b0 && high > b0) || (low < b1 && high > b1);
  }

  /**
   * Decides the first `before` units of the list, folds those of one piece, and sums the bands of the others, which stay
   * on the list. @returns how many stay.
   */
  #sumBands(left: Uint32Array, before: number): number {
    const { dim: R, folded, undecided } = this.layout;
    const [A, G, W, rows] = [this.#A, this.#G, this.#W, this.#rows];
    for (const sums of [A, G, W, this.#magnitude, this.#spread]) sums.fill(0);
    const entries = new Int32Array(left.buffer, left.byteOffset + 4 * folded, R * R + R);
    let count = 0;
    for (let first = 0; first < before; first += TILE) {
      const size = min(TILE, before - first);
      let open = 0;
      for (let t = 0; t < size; t++) {
        const j = this.#open[first + t]!;
        const band = this.#tile[open]!;
        this.#bandOf(j, band);
        if (band.open) {
          this.#open[count + open] = j;
          this.#widths[count + open] = band.width;
          open++;
        } else {
          this.#foldUnit(j, band, entries);
          left[undecided + (j >> 5)]! &= ~(1 << (j & 31));
        }
      }
      // sums over the tile, each a sum of its own
      const sum = (of: (at: number, band: Band) => number): number => {
        let total = 0;
        for (let t = 0; t < open; t++) {
          total = fround(total + of(this.#row + this.#open[count + t]! * unitStride(R), this.#tile[t]!));
        }
        return total;
      };
      for (let i = 0; i < R; i++) {
        G[i]! += sum((at, { value }) => fround(rows[at + R + i]! * value));
        this.#magnitude[i]! += sum((at, { magnitude }) => fround(abs(rows[at + R + i]!) * magnitude));
        for (let n = 0; n < R; n++) {
          A[i * R + n]! += sum((at, { slope }) => fround(fround(rows[at + R + i]! * slope) * rows[at + n]!));
        }
        for (let n = 0; n <= i; n++) {
          W[i * R + n]! += sum((at, { width }) =>
            fround(fround(rows[at + R + i]! * width) * fround(rows[at + R + n]! * width)),
          );
        }
      }
      const weights = Array.from({ length: open }, (_, t) => {
        const at = this.#row + this.#open[count + t]! * unitStride(R);
        let weight = 0;
        for (let i = 0; i < R; i++) weight = fround(weight + abs(fround(rows[at + R + i]! * this.#tile[t]!.width)));
        return weight;
      });
      for (let k = 0; k < R; k++) {
        let total = 0;
        for (let t = 0; t < open; t++) {
          const at = this.#row + this.#open[count + t]! * unitStride(R);
          total = fround(total + fround(weights[t]! * abs(rows[at + k]!)));
        }
        this.#spread[k]! += total;
      }
      count += open;
    }
    return count;
  }

  /** Adds the piece of a decided unit to M′ and k′. */
  #foldUnit(j: number, { low, high }: Band, entries: Int32Array): void {
    const { dim: R } = this.layout;
    const row = this.#row + j * unitStride(R) + 2 * R;
    if (high <= this.#rows[row]!) return;
    const at = this.#fold + j * foldStride(R);
    const flat = low >= this.#rows[row + 1]!;
    if (!flat) for (let e = 0; e < R * R; e++) entries[e]! += this.#folds[at + e]!;
    const offset = at + R * R + (flat ? R : 0);
    for (let i = 0; i < R; i++) entries[R * R + i]! += this.#folds[offset + i]!;
  }

  /** Adds M′ and k′ to the rows, and bounds their errors. */
  #completeRows(left: Uint32Array, before: number): void {
    const { dim: R, folded } = this.layout;
    const entries = new Int32Array(left.buffer, left.byteOffset + 4 * folded, R * R + R);
    const [A, G, M, k, c, r, base] = [this.#A, this.#G, this.#M, this.#k, this.#c, this.#r, this.#base];
    const at = this.#entry;
    const errors = at + R * R + R;
    const bands = bandError(rowDepth(before), R);
    for (let i = 0; i < R; i++) {
      const constant = fround(fround(entries[R * R + i]!) * base[at + R * R + i]!);
      k[i] = constant;
      let value = fround(G[i]! + constant);
      let size = 0;
      let error = fround(base[errors + R * R + i]! + fround(this.#rowError * abs(constant)));
      for (let n = 0; n < R; n++) {
        const m = fround(fround(entries[i * R + n]!) * base[at + i * R + n]!);
        M[i * R + n] = m;
        const a = fround(A[i * R + n]! + m);
        A[i * R + n] = a;
        value = fround(value + fround(m * c[n]!));
        size = fround(size + fround(abs(a) * r[n]!));
        const each = fround(base[errors + i * R + n]! + fround(this.#rowError * abs(m)));
        error = fround(error + fround(each * fround(abs(c[n]!) + r[n]!)));
      }
      G[i] = value;
      this.#B[i] = error;
      const rounding = fround(this.#rowError * fround(abs(value) + size));
      this.#E[i] = fround(fround(fround(error + fround(bands * this.#magnitude[i]!)) + rounding) * SLACK);
    }
  }

  /**
   * The rows of diag(r²)ÂᵀW⁻¹ and then y = W⁻¹Ĝ, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1,
   * except for rows of zeros. The proof holds with any other numbers too. @returns false where there are none.
   */
  #functionals(): boolean {
    const { dim: R } = this.layout;
    const [A, W, r, scale, Y] = [this.#A, this.#W, this.#r, this.#scale, this.#Y];
    for (let i = 0; i < R; i++) {
      for (let n = 0; n <= i; n++) {
        let sum = fround(STACK_RIDGE * W[i * R + n]!);
        for (let a = 0; a < R; a++) {
          const one = fround(A[i * R + a]! * r[a]!);
          sum = fround(sum + fround(one * fround(A[n * R + a]! * r[a]!)));
        }
        W[i * R + n] = sum;
      }
      scale[i] = W[i * R + i]! >= SMALLEST_ROW ? fround(1 / fround(Math.sqrt(W[i * R + i]!))) : 0;
    }
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < i; n++) W[i * R + n] = fround(fround(W[i * R + n]! * scale[i]!) * scale[n]!);
      W[i * R + i] = 1 + STACK_REGULARISER;
    }
    // L of W = L Lᵀ below the diagonal, which keeps 1/l
    for (let k = 0; k < R; k++) {
      let pivot = W[k * R + k]!;
      for (let n = 0; n < k; n++) pivot = fround(pivot - fround(W[k * R + n]! * W[k * R + n]!));
      if (!(pivot >= 0.25 * STACK_REGULARISER)) return false;
      const inverse = fround(1 / fround(Math.sqrt(pivot)));
      for (let i = k + 1; i < R; i++) {
        let sum = W[i * R + k]!;
        for (let n = 0; n < k; n++) sum = fround(sum - fround(W[i * R + n]! * W[k * R + n]!));
        W[i * R + k] = fround(sum * inverse);
      }
      W[k * R + k] = inverse;
    }
    let fine = true;
    for (let row = 0; row <= R; row++) {
      const y = Y.subarray(row * R, row * R + R);
      for (let i = 0; i < R; i++) {
        let sum = fround((row < R ? fround(A[i * R + row]! * r[row]!) : this.#G[i]!) * scale[i]!);
        for (let n = 0; n < i; n++) sum = fround(sum - fround(W[i * R + n]! * y[n]!));
        y[i] = fround(sum * W[i * R + i]!);
        if (!(abs(y[i]!) <= LARGEST_FUNCTIONAL)) {
          y[i] = 0;
          fine = false;
        }
      }
      for (let i = R - 1; i >= 0; i--) {
        let sum = y[i]!;
        for (let n = i + 1; n < R; n++) sum = fround(sum - fround(W[n * R + i]! * y[n]!));
        y[i] = fround(sum * W[i * R + i]!);
        if (!(abs(y[i]!) <= LARGEST_FUNCTIONAL)) {
          y[i] = 0;
          fine = false;
        }
      }
      let largest = 0;
      for (let i = 0; i < R; i++) {
        y[i] = fround(fround(y[i]! * scale[i]!) * (row < R ? r[row]! : 1));
        largest = max(largest, abs(y[i]!));
        if (row < R && !(abs(y[i]!) <= LARGEST_ROW)) fine = false;
      }
      if (row === R) for (let i = 0; i < R; i++) this.#y[i] = largest >= SMALLEST_ROW ? fround(y[i]! / largest) : 0;
    }
    if (fine) Y.set(this.#y, R * R);
    return fine;
  }

  /** @returns |y·Ĝ| over what it must exceed; −1 where y or a row excludes the box. */
  #nearness(count: number): number {
    const { dim: R } = this.layout;
    const [A, G, E, r, Y, rows] = [this.#A, this.#G, this.#E, this.#r, this.#Y, this.#rows];
    for (let row = 0; row <= R; row++) {
      let radius = 0;
      for (let strand = 0; strand < STRANDS; strand++) {
        let sum = 0;
        for (let q = strand; q < count; q += STRANDS) {
          const at = this.#row + this.#open[q]! * unitStride(R) + R;
          let t = 0;
          for (let i = 0; i < R; i++) t = fround(t + fround(Y[row * R + i]! * rows[at + i]!));
          sum = fround(sum + fround(abs(t) * this.#widths[q]!));
        }
        radius = fround(radius + sum);
      }
      this.#radii[row] = radius;
    }
    const y = this.#y;
    let value = 0;
    let error = 0;
    let spread = this.#radii[R]!;
    for (let i = 0; i < R; i++) {
      value = fround(value + fround(y[i]! * G[i]!));
      error = fround(error + fround(abs(y[i]!) * E[i]!));
      let slope = 0;
      for (let a = 0; a < R; a++) slope = fround(slope + fround(y[a]! * A[a * R + i]!));
      spread = fround(spread + fround(abs(slope) * r[i]!));
    }
    error = fround(fround(error + fround(spreadError(count, R) * spread)) * SLACK);
    const all = fround(spread + error);
    return abs(value) > all ? -1 : fround(abs(value) / max(all, F32.tiny));
  }

  /** Cuts the box down by the rows of Y. */
  #contract(): "empty" | { readonly volume: number; readonly blurred: boolean } {
    const { dim: R } = this.layout;
    const [lo, hi, c, r, A, G, E, Y] = [this.#lo, this.#hi, this.#c, this.#r, this.#A, this.#G, this.#E, this.#Y];
    let volume = 1;
    let blurred = false;
    for (let i = 0; i < R; i++) {
      let move = 0;
      let error = 0;
      let spread = this.#radii[i]!;
      for (let n = 0; n < R; n++) {
        const y = Y[i * R + n]!;
        move = fround(move + fround(y * G[n]!));
        error = fround(error + fround(abs(y) * E[n]!));
        let defect = n === i ? -1 : 0;
        for (let a = 0; a < R; a++) defect = fround(defect + fround(Y[i * R + a]! * A[a * R + n]!));
        spread = fround(spread + fround(abs(defect) * r[n]!));
      }
      const reach = fround(fround(abs(c[i]!) + abs(move)) + fround(fround(spread + error) + r[i]!));
      // slack covers the roundings of spread and error
      const half = fround(
        fround(fround(spread + error) * SLACK) + fround(fround(reach * this.#outward) + fround(ABSOLUTE32)),
      );
      const middle = fround(c[i]! - move);
      const low = fround(middle - half);
      const high = fround(middle + half);
      if (low > hi[i]! || high < lo[i]!) return "empty";
      if (error > fround(STACK_BLUR * r[i]!)) blurred = true;
      const width = fround(hi[i]! - lo[i]!);
      const down = max(lo[i]!, low);
      const up = min(hi[i]!, high);
      const rest = fround(up - down);
      if (!(rest >= SMALLEST_SIDE)) continue;
      lo[i] = down;
      hi[i] = up;
      volume = fround(volume * fround(rest / width));
    }
    return { volume, blurred };
  }

  /**
   * Chooses the coordinates to halve one after the other: each time the coordinate that makes most of the spread of the
   * bands. Writes where all parts are cut. @returns how many; 0 if no coordinate can be halved.
   */
  #chooseHalves(nearness: number, answer: Uint32Array): number {
    const { dim: R } = this.layout;
    const [lo, hi, spread] = [this.#partLo, this.#partHi, this.#spread];
    lo.set(this.#lo);
    hi.set(this.#hi);
    const cuts = new Float32Array(answer.buffer, answer.byteOffset + 4 * Answer.cuts, MOST_STACK_PARTS - 1);
    const times = halvingsFor(nearness);
    let halvings = 0;
    for (; halvings < times; halvings++) {
      let best = -1;
      let most = -1;
      for (let n = 0; n < R; n++) {
        const width = fround(hi[n]! - lo[n]!);
        const half = fround(0.5 * fround(lo[n]! + hi[n]!));
        if (!(half > lo[n]! && half < hi[n]! && width >= SMALLEST_SIDE)) continue;
        const each = fround(spread[n]! * width);
        if (each > most) {
          most = each;
          best = n;
        }
      }
      if (best < 0) break;
      answer[Answer.axes + halvings] = best;
      const parts = 1 << halvings;
      for (let part = 0; part < parts; part++) {
        const at = part * R;
        const to = (part + parts) * R;
        const cut = fround(0.5 * fround(lo[at + best]! + hi[at + best]!));
        cuts[parts - 1 + part] = cut;
        lo.copyWithin(to, at, at + R);
        hi.copyWithin(to, at, at + R);
        lo[to + best] = cut;
        hi[at + best] = cut;
      }
    }
    return halvings;
  }

  /** @returns the bits of the parts that y does not discard. */
  #sieve(halvings: number, count: number): number {
    const { dim: R } = this.layout;
    const [c, r, y, rows, band] = [this.#c, this.#r, this.#y, this.#rows, this.#band];
    const linear = new Float32Array(R);
    let constant = 0;
    let base = 0;
    for (let i = 0; i < R; i++) {
      constant = fround(constant + fround(y[i]! * this.#k[i]!));
      base = fround(base + fround(abs(y[i]!) * this.#B[i]!));
      for (let a = 0; a < R; a++) linear[i]! += fround(y[a]! * this.#M[a * R + i]!);
    }
    const depth = strandDepth(count);
    const slopes = new Float32Array(R);
    const strandSlopes = new Float32Array(R);
    let left = 0;
    for (let part = 0; part < 1 << halvings; part++) {
      this.#centre(this.#partLo, this.#partHi, part * R);
      let [value, width, magnitude] = [0, 0, 0];
      slopes.fill(0);
      for (let strand = 0; strand < STRANDS; strand++) {
        let [strandValue, strandWidth, strandMagnitude] = [0, 0, 0];
        strandSlopes.fill(0);
        for (let q = strand; q < count; q += STRANDS) {
          const at = this.#row + this.#open[q]! * unitStride(R);
          let t = 0;
          let size = 0;
          for (let i = 0; i < R; i++) {
            const one = fround(y[i]! * rows[at + R + i]!);
            t = fround(t + one);
            size = fround(size + abs(one));
          }
          this.#bandOf(this.#open[q]!, band);
          strandValue = fround(strandValue + fround(t * band.value));
          strandWidth = fround(strandWidth + fround(abs(t) * band.width));
          strandMagnitude = fround(strandMagnitude + fround(size * band.magnitude));
          const slope = fround(t * band.slope);
          for (let n = 0; n < R; n++) strandSlopes[n]! += fround(slope * rows[at + n]!);
        }
        value = fround(value + strandValue);
        width = fround(width + strandWidth);
        magnitude = fround(magnitude + strandMagnitude);
        for (let n = 0; n < R; n++) slopes[n]! += strandSlopes[n]!;
      }
      value = fround(value + constant);
      let spread = width;
      for (let n = 0; n < R; n++) {
        value = fround(value + fround(linear[n]! * c[n]!));
        spread = fround(spread + fround(abs(fround(slopes[n]! + linear[n]!)) * r[n]!));
      }
      const error = fround(
        fround(base + fround(bandError(depth, R) * magnitude)) + fround(spreadError(count, R) * spread),
      );
      const all = fround(spread + fround(error * SLACK));
      if (!(abs(value) > all)) left |= 1 << part;
    }
    return left;
  }
}

function newBand(): Band {
  return { slope: 0, value: 0, width: 0, magnitude: 0, low: 0, high: 0, open: false };
}

/** Lists the units of a set in their order. @returns how many. */
function listUnits(bits: Uint32Array, out: Int32Array): number {
  let count = 0;
  bits.forEach((word, w) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) out[count++] = 32 * w + 31 - Math.clz32(rest & -rest);
  });
  return count;
}
