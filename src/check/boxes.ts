import type { RootTable } from "./root.ts";
import { halfWidth, TINY } from "./rounding.ts";

/** A box, and what is known of G on it: units that keep to one piece are folded into M and k. */
export interface BoxLevel {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly centre: Float64Array;
  readonly half: Float64Array;
  /** R×R and R. */
  readonly M: Float64Array;
  readonly k: Float64Array;
  /**
   * The first `count` are the units that may have more than one piece; of each u·centre, and |u|·half with its margin.
   */
  readonly undecided: Int32Array;
  readonly x: Float64Array;
  readonly p: Float64Array;
  count: number;
}

/** Boxes from a root down, each within the one before. */
export class Boxes {
  readonly table: RootTable;
  readonly #levels: BoxLevel[] = [];
  readonly #slopes: Float64Array;

  constructor(table: RootTable) {
    this.table = table;
    this.#slopes = new Float64Array(table.dim);
  }

  /** The level of a depth; its box is to be written, then `enter` to be called. */
  level(depth: number): BoxLevel {
    const { dim: R, count: L } = this.table;
    for (let d = this.#levels.length; d <= depth; d++) {
      this.#levels.push({
        lo: new Float64Array(R),
        hi: new Float64Array(R),
        centre: new Float64Array(R),
        half: new Float64Array(R),
        M: new Float64Array(R * R),
        k: new Float64Array(R),
        undecided: new Int32Array(L),
        x: new Float64Array(L),
        p: new Float64Array(L),
        count: 0,
      });
    }
    return this.#levels[depth]!;
  }

  /** Decides which units keep to one piece on the box of a depth, of those that its parent left open. */
  enter(depth: number): BoxLevel {
    const { table } = this;
    const { dim: R, count: L, U, V, b0, b1, margin } = table;
    const level = this.level(depth);
    const { centre, half, M, k, undecided, x, p } = level;
    const parent = depth > 0 ? this.#levels[depth - 1] : undefined;
    M.set(parent === undefined ? table.M : parent.M);
    k.set(parent === undefined ? table.c : parent.k);
    for (let n = 0; n < R; n++) {
      centre[n] = 0.5 * (level.lo[n]! + level.hi[n]!);
      half[n] = halfWidth(level.lo[n]!, level.hi[n]!, centre[n]!);
    }
    const candidates = parent === undefined ? L : parent.count;
    let count = 0;
    for (let q = 0; q < candidates; q++) {
      const j = parent === undefined ? q : parent.undecided[q]!;
      const at = j * R;
      let middle = 0;
      let width = 0;
      for (let n = 0; n < R; n++) {
        const u = U[at + n]!;
        middle += u * centre[n]!;
        width += Math.abs(u) * half[n]!;
      }
      width += margin[j]!;
      if (middle + width <= b0[j]!) continue;
      if (middle - width >= b1[j]!) {
        for (let i = 0; i < R; i++) k[i]! += V[at + i]! * (b1[j]! - b0[j]!);
      } else if (middle - width >= b0[j]! && middle + width <= b1[j]!) {
        for (let i = 0; i < R; i++) {
          const v = V[at + i]!;
          k[i]! -= v * b0[j]!;
          for (let n = 0; n < R; n++) M[i * R + n]! += v * U[at + n]!;
        }
      } else {
        undecided[count] = j;
        x[count] = middle;
        p[count] = width;
        count++;
      }
    }
    level.count = count;
    return level;
  }

  /**
   * A lower bound on y·G over the box, but for rounding (`isPositive`).
   *
   * With t = y·v, the line through two points of t φ lies below it: for t > 0 over [max(b0, lo), hi], as φ is concave
   * from b0 on, for t < 0 over [lo, min(b1, hi)], as φ is convex up to b1; or t times a constant that bounds φ does.
   * Any of them is sound, and that at the centre is tight. A line through computed points is off at both by a few
   * roundings of |x| + |b0|. The sum of all lines is linear in z: its least value over the box is that at the centre
   * minus |slopes|·half.
   */
  lowerBound(level: BoxLevel, y: ArrayLike<number>): number {
    const { dim: R, U, V, b0, b1 } = this.table;
    const { centre, half, M, k, undecided, x, p, count } = level;
    const slopes = this.#slopes;
    let value = 0;
    for (let n = 0; n < R; n++) {
      let slope = 0;
      for (let i = 0; i < R; i++) slope += y[i]! * M[i * R + n]!;
      slopes[n] = slope;
      value += slope * centre[n]! + y[n]! * k[n]!;
    }
    for (let q = 0; q < count; q++) {
      const j = undecided[q]!;
      const at = j * R;
      let t = 0;
      for (let i = 0; i < R; i++) t += y[i]! * V[at + i]!;
      const middle = x[q]!;
      const first = b0[j]!;
      const last = b1[j]!;
      let from: number;
      let to: number;
      if (t > 0) {
        if (middle <= first) continue;
        from = Math.max(first, middle - p[q]!);
        to = middle + p[q]!;
      } else {
        if (middle >= last) {
          value += t * (last - first);
          continue;
        }
        from = middle - p[q]!;
        to = Math.min(last, middle + p[q]!);
      }
      const start = Math.min(Math.max(from - first, 0), last - first);
      const end = Math.min(Math.max(to - first, 0), last - first);
      const slope = to > from ? (end - start) / (to - from) : 0;
      value += t * (start + slope * (middle - from));
      const weight = t * slope;
      for (let n = 0; n < R; n++) slopes[n]! += weight * U[at + n]!;
    }
    let spread = 0;
    for (let n = 0; n < R; n++) spread += Math.abs(slopes[n]!) * half[n]!;
    return value - spread;
  }

  /** Whether a lower bound is beyond rounding, `times` times over. */
  isPositive(bound: number, y: ArrayLike<number>, times = 1): boolean {
    const { beta, gamma } = this.table;
    let weight = 0;
    for (let i = 0; i < beta.length; i++) weight += Math.abs(y[i]!) * beta[i]!;
    return bound > times * (gamma * weight + TINY);
  }
}
