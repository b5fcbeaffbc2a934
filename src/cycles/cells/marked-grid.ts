/**
 * A regular grid over a box with the same number n of cells along each of R coordinates, some of which are marked, and
 * how many marked ones a range of cells has: by sums over all cells below a corner, with 2^R of them for a range.
 *
 * Cells are closed, and their ends are the float64 numbers in `ends`, so that no rounding moves a cell.
 */
export class MarkedGrid {
  /** R. */
  readonly dim: number;
  /** n. */
  readonly count: number;
  /** R lists of n + 1 numbers, strictly ascending. */
  readonly ends: readonly Float64Array[];
  /** (n + 1)^R: marked cells with every index below those of an entry. */
  readonly #sums: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;

  constructor(ends: readonly Float64Array[]) {
    this.dim = ends.length;
    this.count = ends[0]!.length - 1;
    this.ends = ends;
    this.#sums = new Int32Array((this.count + 1) ** this.dim);
    this.#first = new Int32Array(this.dim);
    this.#last = new Int32Array(this.dim);
  }

  /** Marks cells, and no others. @param cells Σ index_i n^i each. */
  mark(cells: Int32Array): void {
    this.#sums.fill(0);
    for (const cell of cells) this.#sums[entryOf(cell, this.count, this.dim, 1)] = 1;
    sumUp(this.#sums, this.count + 1, this.dim);
  }

  /**
   * Writes the first and the last index of the cells that meet [lo, hi], R numbers each; NaN is no bound.
   * @returns false if none does.
   */
  rangeOf(lo: Float64Array, hi: Float64Array, first: Int32Array, last: Int32Array, at: number): boolean {
    const n = this.count;
    for (let i = 0; i < this.dim; i++) {
      const ends = this.ends[i]!;
      if (lo[i]! > ends[n]! || hi[i]! < ends[0]!) return false;
      const low = lo[i]! > ends[0]! ? lo[i]! : ends[0]!;
      const high = hi[i]! < ends[n]! ? hi[i]! : ends[n]!;
      // guesses, which the ends themselves make right
      const scale = n / (ends[n]! - ends[0]!);
      let a = Math.min(n - 1, Math.floor((low - ends[0]!) * scale) || 0);
      let b = Math.min(n - 1, Math.floor((high - ends[0]!) * scale) || 0);
      while (a > 0 && ends[a]! >= low) a--;
      while (a < n - 1 && ends[a + 1]! < low) a++;
      while (b < n - 1 && ends[b + 1]! <= high) b++;
      while (b > 0 && ends[b]! > high) b--;
      first[at + i] = a;
      last[at + i] = b;
    }
    return true;
  }

  /** The number of marked cells in a range. */
  countIn(first: Int32Array, last: Int32Array, at: number): number {
    const { dim: R } = this;
    const base = this.count + 1;
    let total = 0;
    for (let corner = 0; corner < 1 << R; corner++) {
      let entry = 0;
      let sign = 1;
      for (let i = R - 1; i >= 0; i--) {
        const isLast = ((corner >> i) & 1) === 1;
        entry = entry * base + (isLast ? last[at + i]! + 1 : first[at + i]!);
        if (!isLast) sign = -sign;
      }
      total += sign * this.#sums[entry]!;
    }
    return total;
  }

  /**
   * Narrows a box to the hull of what it shares with marked cells.
   * @returns false if that is nothing.
   */
  narrow(lo: Float64Array, hi: Float64Array): boolean {
    const first = this.#first;
    const last = this.#last;
    if (!this.rangeOf(lo, hi, first, last, 0) || this.countIn(first, last, 0) === 0) return false;
    for (let i = 0; i < this.dim; i++) {
      const end = last[i]!;
      let a = first[i]!;
      // the least index up to which there are marked cells, then the greatest from which on there are
      for (let b = end; a < b; ) {
        last[i] = (a + b) >> 1;
        if (this.countIn(first, last, 0) > 0) b = last[i]!;
        else a = last[i]! + 1;
      }
      first[i] = a;
      let b = end;
      last[i] = end;
      for (let low = a; low < b; ) {
        first[i] = (low + b + 1) >> 1;
        if (this.countIn(first, last, 0) > 0) low = first[i]!;
        else b = first[i]! - 1;
      }
      first[i] = a;
      last[i] = b;
      const low = this.ends[i]![a]!;
      const high = this.ends[i]![b + 1]!;
      if (!(lo[i]! > low)) lo[i] = low;
      if (!(hi[i]! < high)) hi[i] = high;
    }
    return true;
  }
}

/** The place of a cell in an array of (n + 1)^R numbers. @param by added to each index. */
export function entryOf(cell: number, count: number, dim: number, by: number): number {
  let entry = 0;
  let factor = 1;
  for (let i = 0; i < dim; i++) {
    entry += ((cell % count) + by) * factor;
    cell = Math.floor(cell / count);
    factor *= count + 1;
  }
  return entry;
}

/** Replaces each number by the sum of all whose indices are at most its own. @param base numbers along a coordinate. */
export function sumUp(sums: Int32Array, base: number, dim: number): void {
  for (let i = 0, step = 1; i < dim; i++, step *= base) {
    for (let block = 0; block < sums.length; block += step * base) {
      for (let at = block + step; at < block + step * base; at++) sums[at]! += sums[at - step]!;
    }
  }
}
