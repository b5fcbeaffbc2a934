import { boxProjection } from "../bounds/boxes.ts";
import { F32 } from "../bounds/precision.ts";
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

/** The twin of shaders/boxes.wgsl in float32: what parity tests hold the shader to. */
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

/** One box after another; float32 arrays round what is stored in them, `fround` the rest. */
class OneBox {
  undecided = 0;
  nearness = 1;
  readonly spread: Float32Array;
  readonly #units: BoxUnits;
  readonly #projection: number;
  /** ρ, Â, Ĝ, Σ w|v|, W, E and y. */
  readonly #reach: Float32Array;
  readonly #A: Float32Array;
  readonly #G: Float32Array;
  readonly #Q: Float32Array;
  readonly #W: Float32Array;
  readonly #E: Float32Array;
  readonly #y: Float32Array;
  readonly #scale: Float32Array;
  /** Slope, value and width of the last band. */
  readonly #band = new Float32Array(3);

  constructor(units: BoxUnits) {
    const { dim: R } = units;
    this.#units = units;
    this.#projection = fround(boxProjection(R));
    this.spread = new Float32Array(R);
    this.#reach = new Float32Array(R);
    this.#A = new Float32Array(R * R);
    this.#G = new Float32Array(R);
    this.#Q = new Float32Array(R);
    this.#W = new Float32Array(R * R);
    this.#E = new Float32Array(R);
    this.#y = new Float32Array(R);
    this.#scale = new Float32Array(R);
  }

  /** @param box centre and half-widths. @returns the verdict. */
  filter(box: Float32Array): number {
    const { dim: R, count: L } = this.#units;
    const c = box.subarray(0, R);
    const r = box.subarray(R);
    for (let k = 0; k < R; k++) this.#reach[k] = r[k] + fround(this.#projection * fround(abs(c[k]) + r[k]));
    for (const sums of [this.#A, this.#G, this.#Q, this.#W, this.spread]) sums.fill(0);
    this.undecided = 0;
    for (let j = 0; j < L; j++) this.#add(j, c);
    const byRows = this.#complete(c, r);
    const functional = this.#functional(r);
    let width = 0;
    if (functional) for (let j = 0; j < L; j++) width = fround(width + this.#widthAlong(j, c));
    return this.#judge(r, byRows, functional, width);
  }

  /** The band of unit j on the box. @returns whether the unit has more than one piece there. */
  #bandOf(j: number, c: Float32Array): boolean {
    const { dim: R, rows } = this.#units;
    const at = j * unitStride(R);
    let x = 0;
    let p = 0;
    for (let k = 0; k < R; k++) {
      x = fround(x + fround(rows[at + k] * c[k]));
      p = fround(p + fround(abs(rows[at + k]) * this.#reach[k]));
    }
    const low = fround(x - p);
    const high = fround(x + p);
    const b0 = rows[at + 2 * R];
    const b1 = rows[at + 2 * R + 1];
    const bottom = min(max(low, b0), b1);
    const top = max(min(high, b1), b0);
    const middle = fround(top - bottom);
    const outside = max(fround(bottom - low), fround(high - top));
    const slope = fround(middle / max(fround(middle + outside), F32.tiny));
    const width = fround(0.5 * fround(slope * outside));
    const value = fround(fround(bottom - b0) + fround(fround(slope * fround(x - bottom)) + width));
    this.#band[0] = slope;
    this.#band[1] = value;
    this.#band[2] = width;
    return (low < b0 && high > b0) || (low < b1 && high > b1);
  }

  #add(j: number, c: Float32Array): void {
    const { dim: R, rows } = this.#units;
    const open = this.#bandOf(j, c);
    if (open) this.undecided++;
    const [slope, value, width] = this.#band;
    const at = j * unitStride(R);
    let weight = 0;
    for (let i = 0; i < R; i++) {
      const v = rows[at + R + i];
      const t = fround(v * slope);
      const w = fround(v * width);
      weight = fround(weight + abs(w));
      this.#G[i] += fround(v * value);
      this.#Q[i] += abs(w);
      for (let n = 0; n < R; n++) this.#A[i * R + n] += fround(t * rows[at + n]);
      for (let n = 0; n <= i; n++) this.#W[i * R + n] += fround(w * fround(rows[at + R + n] * width));
    }
    for (let k = 0; k < R; k++) this.spread[k] += fround(weight * abs(rows[at + k]));
  }

  /** Adds M, k and the bounds E. @returns whether some component of G is surely not zero. */
  #complete(c: Float32Array, r: Float32Array): boolean {
    const { dim: R, base } = this.#units;
    const square = R * R;
    let excluded = false;
    for (let i = 0; i < R; i++) {
      let value = fround(this.#G[i] + base[square + i]);
      let spread = this.#Q[i];
      let error = base[2 * square + R + i];
      for (let n = 0; n < R; n++) {
        const m = base[i * R + n];
        const a = fround(this.#A[i * R + n] + m);
        this.#A[i * R + n] = a;
        value = fround(value + fround(m * c[n]));
        spread = fround(spread + fround(abs(a) * r[n]));
        error = fround(error + fround(base[square + R + i * R + n] * fround(abs(c[n]) + r[n])));
      }
      this.#G[i] = value;
      this.#E[i] = error;
      excluded ||= abs(value) > fround(spread + error);
    }
    return excluded;
  }

  /**
   * y = W⁻¹Ĝ, of which the largest component is 1, for W = RIDGE·Σ w² v vᵀ + Â diag(r²) Âᵀ with its diagonal scaled to 1.
   * @returns false if there is none; any other y would do as well for the proof.
   */
  #functional(r: Float32Array): boolean {
    const { dim: R } = this.#units;
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
      if (!(W[i * R + i] >= SMALLEST_ROW)) return false;
      scale[i] = fround(1 / fround(Math.sqrt(W[i * R + i])));
    }
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < i; n++) W[i * R + n] = fround(fround(W[i * R + n] * scale[i]) * scale[n]);
      W[i * R + i] = 1 + FILTER_REGULARISER;
    }
    // L of W = L Lᵀ below the diagonal, which keeps 1/l
    for (let k = 0; k < R; k++) {
      let pivot = W[k * R + k];
      for (let n = 0; n < k; n++) pivot = fround(pivot - fround(W[k * R + n] * W[k * R + n]));
      if (!(pivot >= 0.25 * FILTER_REGULARISER)) return false;
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
      if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) return false;
    }
    let largest = 0;
    for (let i = R - 1; i >= 0; i--) {
      let sum = y[i];
      for (let n = i + 1; n < R; n++) sum = fround(sum - fround(W[n * R + i] * y[n]));
      y[i] = fround(sum * W[i * R + i]);
      if (!(abs(y[i]) <= LARGEST_FUNCTIONAL)) return false;
    }
    for (let i = 0; i < R; i++) {
      y[i] *= scale[i];
      largest = max(largest, abs(y[i]));
    }
    if (!(largest >= SMALLEST_ROW)) return false;
    for (let i = 0; i < R; i++) y[i] /= largest;
    return true;
  }

  /** |y·v_j| w_j. */
  #widthAlong(j: number, c: Float32Array): number {
    const { dim: R, rows } = this.#units;
    this.#bandOf(j, c);
    const at = j * unitStride(R) + R;
    let t = 0;
    for (let i = 0; i < R; i++) t = fround(t + fround(this.#y[i] * rows[at + i]));
    return fround(abs(t) * this.#band[2]);
  }

  #judge(r: Float32Array, byRows: boolean, functional: boolean, width: number): number {
    const { dim: R } = this.#units;
    let value = 0;
    let spread = width;
    let error = 0;
    this.nearness = 1;
    let all = 0;
    if (functional) {
      for (let i = 0; i < R; i++) {
        value = fround(value + fround(this.#y[i] * this.#G[i]));
        error = fround(error + fround(abs(this.#y[i]) * this.#E[i]));
      }
      for (let n = 0; n < R; n++) {
        let sum = 0;
        for (let i = 0; i < R; i++) sum = fround(sum + fround(this.#y[i] * this.#A[i * R + n]));
        spread = fround(spread + fround(abs(sum) * r[n]));
      }
      all = fround(spread + error);
      this.nearness = fround(abs(value) / all);
    } else {
      // some row must speak for all
      for (let i = 0; i < R; i++) {
        spread = fround(spread + this.#Q[i]);
        error = fround(error + this.#E[i]);
      }
    }
    const empty = byRows || (functional && abs(value) > all);
    return (empty ? BoxVerdict.empty : 0) | (error > fround(FILTER_BLUR * spread) ? BoxVerdict.blurred : 0);
  }
}
