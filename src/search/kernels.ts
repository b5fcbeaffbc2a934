import { UNROLLED } from "./unrolled.ts";

/** The inner loops of the search in one dimension R. All read the rows of `UnitTable.data`: u (R), v (R), b0, b1, ε₁, ε₂. */
export interface Kernels {
  /**
   * One pass over undecided ramps and clamps on a box with centre c and half-widths r. A unit with one piece on the box is folded
   * into M (R×R) and k (R) and its piece noted. The others keep a band, φ(x) ∈ λ(x − u·c) + value ± width for all x that u·y takes on
   * the box: λ v uᵀ is added up in A (R×R), value·v in G (R), `widths` takes the half-width, and `undecided` is compacted.
   *
   * The band is the narrowest between parallel lines: for a ramp the chord over [l, u]; for a clamp with both kinks inside, the
   * slope h/max(b1 − l, u − b0) that touches the hull of its graph in an edge.
   * @param reach at least max(|c| + r).
   * @param A @param G overwritten.
   * @returns how many units are left undecided.
   */
  restrict(
    data: Float64Array,
    undecided: Int32Array,
    count: number,
    c: Float64Array,
    r: Float64Array,
    reach: number,
    M: Float64Array,
    k: Float64Array,
    A: Float64Array,
    G: Float64Array,
    widths: Float64Array,
    pieces: Int32Array,
  ): number;
  /** Q_i = Σ w|v_i|, and the symmetric W = Σ w² v vᵀ (R×R), over the undecided units; both overwritten. */
  weigh(
    data: Float64Array,
    undecided: Int32Array,
    count: number,
    widths: Float64Array,
    Q: Float64Array,
    W: Float64Array,
  ): void;
  /** out_i = Σ w|Y_i·v| over the undecided units, for the rows of the (R+1)×R matrix Y. */
  radii(
    data: Float64Array,
    undecided: Int32Array,
    count: number,
    widths: Float64Array,
    Y: Float64Array,
    out: Float64Array,
  ): void;
}

/** Loops for any R; the unrolled ones do the same operations in the same order. */
export function loopKernels(R: number): Kernels {
  const stride = 2 * R + 4;
  return {
    restrict(data, undecided, count, c, r, reach, M, k, A, G, widths, pieces) {
      A.fill(0);
      G.fill(0);
      let left = 0;
      for (let q = 0; q < count; q++) {
        const j = undecided[q];
        const at = j * stride;
        let x = 0;
        let p = 0;
        for (let i = 0; i < R; i++) {
          const u = data[at + i];
          x += u * c[i];
          p += Math.abs(u) * r[i];
        }
        p += data[at + 2 * R + 2] * reach + data[at + 2 * R + 3];
        const b0 = data[at + 2 * R];
        const b1 = data[at + 2 * R + 1];
        const low = x - p;
        const high = x + p;
        if (high <= b0) {
          pieces[j] = 0;
          continue;
        }
        let slope: number;
        let value: number;
        let width: number;
        if (low >= b0) {
          if (high <= b1) {
            pieces[j] = 1;
            for (let i = 0; i < R; i++) {
              const v = data[at + R + i];
              k[i] -= v * b0;
              for (let n = 0; n < R; n++) M[i * R + n] += v * data[at + n];
            }
            continue;
          }
          if (low >= b1) {
            pieces[j] = 2;
            for (let i = 0; i < R; i++) k[i] += data[at + R + i] * (b1 - b0);
            continue;
          }
          const steep = (high - b1) / (high - low);
          slope = 1 - steep;
          value = x - b0 - 0.5 * steep * (high - b1);
          width = 0.5 * steep * (b1 - low);
        } else if (high <= b1) {
          slope = (high - b0) / (high - low);
          value = 0.5 * slope * (high - b0);
          width = 0.5 * slope * (b0 - low);
        } else {
          const rise = b1 - b0;
          if (b1 - low >= high - b0) {
            slope = rise / (b1 - low);
            value = 0.5 * slope * (p + x - b0);
            width = 0.5 * slope * (b0 - low);
          } else {
            slope = rise / (high - b0);
            value = 0.5 * (rise - slope * (b1 - x + (b0 - x)));
            width = 0.5 * (rise - slope * rise);
          }
        }
        undecided[left] = j;
        widths[left] = width;
        left++;
        for (let i = 0; i < R; i++) {
          const v = data[at + R + i];
          G[i] += v * value;
          const t = v * slope;
          for (let n = 0; n < R; n++) A[i * R + n] += t * data[at + n];
        }
      }
      return left;
    },

    weigh(data, undecided, count, widths, Q, W) {
      Q.fill(0);
      W.fill(0);
      for (let q = 0; q < count; q++) {
        const at = undecided[q] * stride + R;
        const w = widths[q];
        for (let i = 0; i < R; i++) {
          const t = w * data[at + i];
          Q[i] += Math.abs(t);
          for (let n = 0; n <= i; n++) W[i * R + n] += t * (w * data[at + n]);
        }
      }
      for (let i = 0; i < R; i++) for (let n = 0; n < i; n++) W[n * R + i] = W[i * R + n];
    },

    radii(data, undecided, count, widths, Y, out) {
      out.fill(0);
      for (let q = 0; q < count; q++) {
        const at = undecided[q] * stride + R;
        for (let i = 0; i <= R; i++) {
          let t = 0;
          for (let n = 0; n < R; n++) t += Y[i * R + n] * data[at + n];
          out[i] += Math.abs(t) * widths[q];
        }
      }
    },
  };
}

export function kernels(R: number): Kernels {
  return UNROLLED[R] ?? loopKernels(R);
}
