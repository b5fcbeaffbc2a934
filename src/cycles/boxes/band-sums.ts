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
  readonly #half: Float64Array;
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
    this.#half = new Float64Array(R * R);
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
    const { support, fan } = this;
    const { sums } = this.#kernel.memory;
    const before = this.#bands;
    const margin = bandMargin(R, bands);
    this.#counts[t] = bands;
    this.#bands += bands;
    this.#keepMatrix(t, J);
    if (before > 0) this.#moveSquares(t * R * R, margin);
    const next = this.#next;
    for (let d = 0; d < fan.count; d++) {
      const moved = before > 0 ? this.#moved(t * R * R, d, before, margin) : 0;
      next[d] = (moved + sums[d]!) * (1 + margin);
    }
    for (let d = 0; d < fan.count; d++) support[d] = next[d]!;
    this.#addSquares(margin);
    for (let i = 0; i < R; i++) {
      this.#sizes[(t + 1) * R + i] = next[i]!;
      this.#dropped[(t + 1) * R + i] = 0;
    }
  }

  /** Keeps J, and bounds the sizes |J| Q of what it moves. */
  #keepMatrix(t: number, J: Float64Array): void {
    const R = this.#rows;
    for (let i = 0; i < R; i++) {
      let size = 0;
      for (let k = 0; k < R; k++) {
        const a = J[i * this.#dim + k]!;
        this.#J[(t * R + i) * R + k] = a;
        size += Math.abs(a) * this.support[k]!;
      }
      this.#image[i] = size;
    }
  }

  /** A bound of Σ|d·J g_q| over so many bands: by the axes, by Cauchy and Schwarz, or by the fan at Jᵀd. */
  #moved(own: number, d: number, bands: number, margin: number): number {
    const R = this.#rows;
    const { W } = this;
    const { directions } = this.fan;
    const J = this.#J;
    const pulled = this.#pulled;
    let hull = 0;
    let square = 0;
    for (let k = 0; k < R; k++) pulled[k] = 0;
    for (let i = 0; i < R; i++) {
      const x = directions[d * R + i]!;
      if (x === 0) continue;
      hull += Math.abs(x) * this.#image[i]!;
      let sum = 0;
      for (let k = 0; k < R; k++) {
        sum += W[i * R + k]! * directions[d * R + k]!;
        pulled[k]! += x * J[own + i * R + k]!;
      }
      square += x * sum;
    }
    const error = margin * hull;
    let least = hull + error;
    const bound = Math.sqrt(Math.max(0, bands * (square + SQUARES * hull * hull)));
    if (bound < least) least = bound;
    const value = this.estimate(pulled) + error;
    return value < least ? value : least;
  }

  /** W becomes J W Jᵀ, and a little more. */
  #moveSquares(own: number, margin: number): void {
    const R = this.#rows;
    const { W } = this;
    const J = this.#J;
    const half = this.#half;
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
        W[i * R + k] = sum;
        W[k * R + i] = sum;
      }
      W[i * R + i]! += R * margin * this.#image[i]! * this.#image[i]!;
    }
  }

  /** Adds the squares of new bands, and a little more. */
  #addSquares(margin: number): void {
    const R = this.#rows;
    const { W } = this;
    const { sums, shape } = this.#kernel.memory;
    let at = shape.square;
    for (let i = 0; i < R; i++) {
      for (let k = 0; k <= i; k++) {
        W[i * R + k]! += sums[at++]!;
        W[k * R + i] = W[i * R + k]!;
      }
      W[i * R + i]! += R * margin * sums[i]! * sums[i]!;
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
