import { BOX_BLOCK, BOX_KINK, boxProjection } from "../float/boxes.ts";
import { F32 } from "../float/precision.ts";
import {
  type BoxFilter,
  type BoxUnits,
  BoxVerdict,
  FILTER_BLUR,
  FILTER_REGULARISER,
  FILTER_RIDGE,
  type FilteredBoxes,
  LARGEST_FUNCTIONAL,
  SMALLEST_ROW,
  unitStride,
} from "../stages/box-filter.ts";

const { fround, abs, max, min } = Math;

/** The twin of shaders/boxes.wgsl in float32: parity tests, and the audit of each batch, compare the shader with it. */
export class TwinBoxFilter implements BoxFilter {
  readonly #batch: number;

  constructor(batch = 1024) {
    this.#batch = batch;
  }

  batchSize(): number {
    return this.#batch;
  }

  async filter(units: BoxUnits, boxes: Float32Array): Promise<FilteredBoxes> {
    const { dim: R } = units;
    const count = boxes.length / (2 * R);
    const out = {
      verdicts: new Uint32Array(count),
      undecided: new Uint32Array(count),
      nearness: new Float32Array(count),
      spread: new Float32Array(count * R),
    };
    const one = new OneBox(units);
    for (let i = 0; i < count; i++) {
      out.verdicts[i] = one.filter(boxes.subarray(2 * R * i, 2 * R * (i + 1)));
      out.undecided[i] = one.undecided;
      out.nearness[i] = one.nearness;
      out.spread.set(one.spread, i * R);
    }
    return out;
  }

  release(): void {}
}

const SLACK = fround(F32.slack);

/** Filters one box after another. Float32 arrays round numbers when they are stored, `fround` rounds the others. */
class OneBox {
  undecided = 0;
  nearness = 1;
  readonly spread: Float32Array;
  readonly #units: BoxUnits;
  readonly #projection: number;
  /** Â, Ĝ, W, the factors that scale W, and y. */
  readonly #A: Float32Array;
  readonly #G: Float32Array;
  readonly #W: Float32Array;
  readonly #scale: Float32Array;
  readonly #y: Float32Array;
  /** Sums over all units: of t·value, |t|·width and T·m, and of t·slope·u; and the same sums over one block. */
  readonly #sums = { value: 0, width: 0, magnitude: 0, blockValue: 0 };
  readonly #slopes: Float32Array;
  readonly #blockSlopes: Float32Array;
  /** The last band. */
  readonly #band = { slope: 0, value: 0, width: 0, magnitude: 0, open: false };

  constructor(units: BoxUnits) {
    const { dim: R } = units;
    this.#units = units;
    this.#projection = fround(boxProjection(R));
    this.spread = new Float32Array(R);
    this.#A = new Float32Array(R * R);
    this.#G = new Float32Array(R);
    this.#W = new Float32Array(R * R);
    this.#scale = new Float32Array(R);
    this.#y = new Float32Array(R);
    this.#slopes = new Float32Array(R);
    this.#blockSlopes = new Float32Array(R);
  }

  /** @param box centre and half-widths. @returns the verdict. */
  filter(box: Float32Array): number {
    const { dim: R, count: L } = this.#units;
    const c = box.subarray(0, R);
    const r = box.subarray(R);
    for (const sums of [this.#A, this.#G, this.#W, this.spread]) sums.fill(0);
    this.undecided = 0;
    this.nearness = 1;
    for (let j = 0; j < L; j++) this.#add(j, c, r);
    const found = this.#functional(c, r);
    if (found === "found") return this.#judge(c, r);
    // without a functional float32 can tell nothing more
    return found === "zero" ? 0 : BoxVerdict.blurred;
  }

  /** The band of unit j on the box. */
  #bandOf(j: number, c: Float32Array, r: Float32Array): void {
    const { dim: R, rows } = this.#units;
    const at = j * unitStride(R);
    let x = 0;
    let p = 0;
    let size = 0;
    for (let k = 0; k < R; k++) {
      const u = rows[at + k];
      x = fround(x + fround(u * c[k]));
      p = fround(p + fround(abs(u) * r[k]));
      size = fround(size + fround(abs(u) * fround(abs(c[k]) + r[k])));
    }
    const [b0, b1, kinks] = [rows[at + 2 * R], rows[at + 2 * R + 1], rows[at + 2 * R + 2]];
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
    const band = this.#band;
    band.slope = slope;
    band.width = half;
    band.value = fround(above + fround(fround(slope * fround(x - bottom)) + half));
    band.magnitude = fround(fround(above + fround(slope * size)) + fround(half + (high > b0 ? kinks : 0)));
    band.open = (low < b0 && high > b0) || (low < b1 && high > b1);
  }

  #add(j: number, c: Float32Array, r: Float32Array): void {
    const { dim: R, rows } = this.#units;
    this.#bandOf(j, c, r);
    const { slope, value, width, open } = this.#band;
    if (open) this.undecided++;
    const at = j * unitStride(R);
    let weight = 0;
    for (let i = 0; i < R; i++) {
      const v = rows[at + R + i];
      const t = fround(v * slope);
      const w = fround(v * width);
      weight = fround(weight + abs(w));
      this.#G[i] += fround(v * value);
      for (let n = 0; n < R; n++) this.#A[i * R + n] += fround(t * rows[at + n]);
      for (let n = 0; n <= i; n++) this.#W[i * R + n] += fround(w * fround(rows[at + R + n] * width));
    }
    for (let k = 0; k < R; k++) this.spread[k] += fround(weight * abs(rows[at + k]));
  }

  /**
   * Computes y = W⁻¹Ĝ, scaled to a largest component of 1, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal
   * scaled to 1, except in rows of zeros. The proof holds with any other y too.
   * @returns "zero" where Ĝ is zero.
   */
  #functional(c: Float32Array, r: Float32Array): "found" | "zero" | "failed" {
    const { dim: R, base } = this.#units;
    for (let i = 0; i < R; i++) {
      this.#G[i] += base[R * R + i];
      for (let n = 0; n < R; n++) {
        this.#A[i * R + n] += base[i * R + n];
        this.#G[i] += fround(base[i * R + n] * c[n]);
      }
    }
    const W = this.#W;
    const y = this.#y;
    const scale = this.#scale;
    for (let i = 0; i < R; i++) {
      for (let n = 0; n <= i; n++) {
        let sum = fround(FILTER_RIDGE * W[i * R + n]);
        for (let a = 0; a < R; a++) {
          const one = fround(this.#A[i * R + a] * r[a]);
          sum = fround(sum + fround(one * fround(this.#A[n * R + a] * r[a])));
        }
        W[i * R + n] = sum;
      }
      scale[i] = W[i * R + i] >= SMALLEST_ROW ? fround(1 / fround(Math.sqrt(W[i * R + i]))) : 0;
    }
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < i; n++) W[i * R + n] = fround(fround(W[i * R + n] * scale[i]) * scale[n]);
      W[i * R + i] = 1 + FILTER_REGULARISER;
    }
    // L of W = L Lᵀ below the diagonal, which keeps 1/l
    for (let k = 0; k < R; k++) {
      let pivot = W[k * R + k];
      for (let n = 0; n < k; n++) pivot = fround(pivot - fround(W[k * R + n] * W[k * R + n]));
      if (!(pivot >= 0.25 * FILTER_REGULARISER)) return "failed";
      const inverse = fround(1 / fround(Math.sqrt(pivot)));
      W[k * R + k] = inverse;
      for (let i = k + 1; i < R; i++) {
        let sum = W[i * R + k];
        for (let n = 0; n < k; n++) sum = fround(sum - fround(W[i * R + n] * W[k * R + n]));
        W[i * R + k] = fround(sum * inverse);
      }
    }
    for (let i = 0; i < R; i++) {
      let sum = fround(this.#G[i] * scale[i]);
      for (let n = 0; n < i; n++) sum = fround(sum - fround(W[i * R + n] * y[n]));
      y[i] = fround(sum * W[i * R + i]);
      if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) return "failed";
    }
    let largest = 0;
    for (let i = R - 1; i >= 0; i--) {
      let sum = y[i];
      for (let n = i + 1; n < R; n++) sum = fround(sum - fround(W[n * R + i] * y[n]));
      y[i] = fround(sum * W[i * R + i]);
      if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) return "failed";
    }
    for (let i = 0; i < R; i++) {
      y[i] *= scale[i];
      largest = max(largest, abs(y[i]));
    }
    if (!(largest >= SMALLEST_ROW)) return "zero";
    for (let i = 0; i < R; i++) y[i] /= largest;
    return "found";
  }

  /** Adds unit j's part of y·G to the block's sums. */
  #addAlong(j: number, c: Float32Array, r: Float32Array): void {
    const { dim: R, rows } = this.#units;
    this.#bandOf(j, c, r);
    const band = this.#band;
    const sums = this.#sums;
    const at = j * unitStride(R);
    let t = 0;
    let size = 0;
    for (let i = 0; i < R; i++) {
      const one = fround(this.#y[i] * rows[at + R + i]);
      t = fround(t + one);
      size = fround(size + abs(one));
    }
    sums.blockValue = fround(sums.blockValue + fround(t * band.value));
    sums.width = fround(sums.width + fround(abs(t) * band.width));
    sums.magnitude = fround(sums.magnitude + fround(size * band.magnitude));
    const slope = fround(t * band.slope);
    for (let n = 0; n < R; n++) this.#blockSlopes[n] += fround(slope * rows[at + n]);
  }

  /** Decides by the bounds of float/boxes.ts whether y shows that the box holds no zero. */
  #judge(c: Float32Array, r: Float32Array): number {
    const { dim: R, count: L, base } = this.#units;
    const [slopes, blockSlopes, sums, y] = [this.#slopes, this.#blockSlopes, this.#sums, this.#y];
    Object.assign(sums, { value: 0, width: 0, magnitude: 0, blockValue: 0 });
    slopes.fill(0);
    for (let first = 0; first < L; first += BOX_BLOCK) {
      blockSlopes.fill(0);
      sums.blockValue = 0;
      for (let j = first; j < min(first + BOX_BLOCK, L); j++) this.#addAlong(j, c, r);
      sums.value = fround(sums.value + sums.blockValue);
      for (let n = 0; n < R; n++) slopes[n] += blockSlopes[n];
    }
    const square = R * R;
    let spread = sums.width;
    let error = fround(base[2 * square + 2 * R] * sums.magnitude);
    let rest = 0;
    for (let k = 0; k < R; k++) {
      let size = base[2 * square + R + k];
      for (let n = 0; n < R; n++) {
        size = fround(size + fround(base[square + R + k * R + n] * fround(abs(c[n]) + r[n])));
      }
      error = fround(error + fround(abs(y[k]) * size));
      rest = fround(rest + fround(y[k] * base[square + k]));
    }
    for (let n = 0; n < R; n++) {
      let slope = 0;
      for (let k = 0; k < R; k++) slope = fround(slope + fround(y[k] * base[k * R + n]));
      rest = fround(rest + fround(slope * c[n]));
      spread = fround(spread + fround(abs(fround(slopes[n] + slope)) * r[n]));
    }
    const value = fround(sums.value + rest);
    error = fround(fround(error + fround(base[2 * square + 2 * R + 1] * spread)) * SLACK);
    const all = fround(spread + error);
    this.nearness = fround(abs(value) / all);
    const empty = abs(value) > all ? BoxVerdict.empty : 0;
    return empty | (error > fround(FILTER_BLUR * spread) ? BoxVerdict.blurred : 0);
  }
}
