import type { Fan } from "./fan.ts";
import type { OrbitProblem } from "./maps.ts";
import { bandMargin, SQUARES } from "./rounding.ts";
import { columnsOf, type UnitKernel } from "./unit-loop.ts";

/**
 * The generators Σ_q g_q ε_q of an enclosure that come from bands (rounding.ts). None of them is kept: `support` bounds
 * Σ|d·g_q| for the directions d of a fan, which an image needs no more for than those of the point before, and `bound`
 * sums up a functional exactly, pulled back from step to step.
 */
export class BandSums {
  /** m, of which the first R are Σ|g_qi|. */
  readonly support: Float64Array;
  /** R×R: Σ g gᵀ, and a little more. */
  readonly W: Float64Array;
  /** 1 + P: what `bound` found. */
  readonly totals: Float64Array;
  readonly fan: Fan;
  readonly #kernel: UnitKernel;
  readonly #rows: number;
  readonly #dim: number;
  readonly #count: number;
  readonly #columns: number;
  /** The first step with bands, and the number of all bands. */
  #from = 0;
  #bands = 0;
  /** For each step: J (R×R), and the number of its bands. */
  readonly #J: Float64Array;
  readonly #counts: Int32Array;
  /** For each point: Σ|g_qi| before any coordinate was dropped, and which were. */
  readonly #sizes: Float64Array;
  readonly #dropped: Uint8Array;
  readonly #next: Float64Array;
  readonly #moved: Float64Array;
  readonly #pulled: Float64Array;
  readonly #image: Float64Array;
  readonly #errors: Float64Array;

  /** @param most steps. */
  constructor({ rows: R, table, free }: OrbitProblem, fan: Fan, kernel: UnitKernel, most: number) {
    this.fan = fan;
    this.#kernel = kernel;
    this.#rows = R;
    this.#dim = table.dim;
    this.#count = table.count;
    this.#columns = columnsOf(free.length);
    this.support = kernel.memory.support;
    this.totals = kernel.memory.totals;
    this.W = new Float64Array(R * R);
    this.#J = new Float64Array(most * R * R);
    this.#counts = new Int32Array(most);
    this.#sizes = new Float64Array((most + 1) * R);
    this.#dropped = new Uint8Array((most + 1) * R);
    this.#next = new Float64Array(fan.count);
    this.#moved = new Float64Array(R * R);
    this.#pulled = new Float64Array(R);
    this.#image = new Float64Array(R);
    this.#errors = new Float64Array(this.#columns);
  }

  /** Starts at z_t, with no bands. */
  begin(t: number): void {
    this.support.fill(0);
    this.W.fill(0);
    this.#from = t;
    this.#bands = 0;
    this.#sizes.fill(0, t * this.#rows, (t + 1) * this.#rows);
    this.#dropped.fill(0, t * this.#rows, (t + 1) * this.#rows);
  }

  /** Goes on from z_t to z_{t+1} by J (R×D) and the bands that the kernel has summed up. */
  advance(t: number, J: Float64Array, bands: number): void {
    const R = this.#rows;
    const D = this.#dim;
    const { support, W, fan } = this;
    const { sums, shape } = this.#kernel.memory;
    const own = t * R * R;
    this.#counts[t] = bands;
    this.#bands += bands;
    const n = this.#bands;
    const next = this.#next;
    const image = this.#image;
    const margin = bandMargin(R, bands);
    for (let i = 0; i < R; i++) {
      let size = 0;
      for (let k = 0; k < R; k++) {
        this.#J[own + i * R + k] = J[i * D + k]!;
        size += Math.abs(J[i * D + k]!) * support[k]!;
      }
      image[i] = size;
    }
    if (n === bands) for (let a = 0; a < R * R; a++) W[a] = sums[shape.square + a]!;
    else this.#moveSquares(own, sums, shape.square);
    const moved = this.#moved;
    const { count: m, directions } = fan;
    for (let d = 0; d < m; d++) {
      let sum = 0;
      for (let k = 0; k < R; k++) moved[k] = 0;
      for (let i = 0; i < R; i++) {
        const x = directions[d * R + i]!;
        if (x === 0) continue;
        sum += Math.abs(x) * image[i]!;
        for (let k = 0; k < R; k++) moved[k]! += x * J[i * D + k]!;
      }
      sum *= margin;
      if (n > bands) sum += this.estimate(moved);
      const value = (sum + sums[d]!) * (1 + margin);
      next[d] = value;
      if (d < R) W[d * R + d]! += R * margin * value * value;
    }
    for (let d = 0; d < m; d++) {
      let square = 0;
      let hull = 0;
      for (let i = 0; i < R; i++) {
        const x = directions[d * R + i]!;
        if (x === 0) continue;
        hull += Math.abs(x) * next[i]!;
        for (let k = 0; k < R; k++) square += x * W[i * R + k]! * directions[d * R + k]!;
      }
      let value = next[d]!;
      // by Cauchy and Schwarz, and by the axes
      const bound = Math.sqrt(Math.max(0, n * (square + SQUARES * hull * hull)));
      if (bound < value) value = bound;
      hull *= 1 + margin;
      support[d] = hull < value ? hull : value;
    }
    for (let i = 0; i < R; i++) {
      this.#sizes[(t + 1) * R + i] = next[i]!;
      this.#dropped[(t + 1) * R + i] = 0;
    }
  }

  /** W becomes J W Jᵀ and the squares of new bands. */
  #moveSquares(own: number, sums: Float64Array, square: number): void {
    const R = this.#rows;
    const { W } = this;
    const J = this.#J;
    const half = this.#moved;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k < R; k++) {
        let sum = 0;
        for (let l = 0; l < R; l++) sum += J[own + i * R + l]! * W[l * R + k]!;
        half[i * R + k] = sum;
      }
    }
    for (let i = 0; i < R; i++) {
      for (let k = 0; k <= i; k++) {
        let sum = 0;
        for (let l = 0; l < R; l++) sum += half[i * R + l]! * J[own + k * R + l]!;
        W[i * R + k] = sum + sums[square + i * R + k]!;
        W[k * R + i] = W[i * R + k]!;
      }
    }
  }

  /** A bound of Σ|y·g_q| at the last point, to some roundings. @param y R. */
  estimate(y: Float64Array): number {
    const { fan, support } = this;
    fan.split(y);
    let sum = 0;
    // a share of 0 takes nothing even of what overflowed
    for (let i = 0; i < fan.dim; i++) if (fan.shares[i] !== 0) sum += fan.shares[i]! * support[fan.places[i]!]!;
    return sum;
  }

  /** Leaves out coordinate i of all generators at z_t. */
  drop(t: number, i: number): void {
    const R = this.#rows;
    const { fan, support, W } = this;
    this.#dropped[t * R + i] = 1;
    for (let k = 0; k < R; k++) {
      W[i * R + k] = 0;
      W[k * R + i] = 0;
    }
    const y = this.#pulled;
    const next = this.#next;
    for (let d = 0; d < fan.count; d++) {
      for (let k = 0; k < R; k++) y[k] = k === i ? 0 : fan.directions[d * R + k]!;
      next[d] = this.estimate(y) * (1 + bandMargin(R, 0));
    }
    for (let d = 0; d < fan.count; d++) support[d] = next[d]!;
  }

  /**
   * Sums |y·g_q| at z_t, before coordinates are dropped there, for each of the first columns of `functionals` up to
   * `columns`, and writes bounds to `totals`. The functionals are used up.
   */
  bound(t: number, columns: number): void {
    const R = this.#rows;
    const { totals } = this;
    const kernel = this.#kernel;
    const Y = kernel.memory.functionals;
    const width = this.#columns;
    const margin = bandMargin(R, this.#bands);
    const sizes = this.#sizes;
    const J = this.#J;
    const y = this.#pulled;
    const errors = this.#errors;
    totals.fill(0);
    for (let f = 0; f < columns; f++) errors[f] = 0;
    for (let s = t - 1; s >= this.#from; s--) {
      const own = s * R * R;
      kernel.sum(s * this.#count, this.#counts[s]!);
      for (let f = 0; f < columns; f++) {
        let error = 0;
        for (let i = 0; i < R; i++) error += Math.abs(Y[i * width + f]!) * sizes[(s + 1) * R + i]!;
        for (let k = 0; k < R; k++) {
          let sum = 0;
          let size = 0;
          for (let i = 0; i < R; i++) {
            const term = J[own + i * R + k]! * Y[i * width + f]!;
            sum += term;
            size += Math.abs(term);
          }
          y[k] = this.#dropped[s * R + k] === 1 ? 0 : sum;
          error += size * sizes[s * R + k]!;
        }
        for (let k = 0; k < R; k++) Y[k * width + f] = y[k]!;
        errors[f]! += margin * error;
      }
    }
    for (let f = 0; f < columns; f++) totals[f] = totals[f]! * (1 + margin) + errors[f]!;
  }
}
