import { scratchBySize } from "../scratch.ts";
import { laplace } from "./minors.ts";
import {
  Code,
  type LineShape,
  type LineWorkspace,
  rowStride,
  systemEntry,
  systemLength,
  tiedStride,
} from "./workspace.ts";

/**
 * The minors of one more row: `length` minors of `size` products each, with the places of the factors in the system and
 * among the minors of the row before.
 */
interface FlatRow {
  readonly length: number;
  readonly size: number;
  readonly entries: Uint16Array;
  readonly minors: Uint16Array;
}

const flatLaplace = scratchBySize((R): readonly FlatRow[] =>
  laplace(R).map((row, at) => ({
    length: row.length,
    size: at + 2,
    entries: Uint16Array.from(row.flatMap(({ columns }) => columns.map((column) => systemEntry(R, at + 1, column)))),
    minors: Uint16Array.from(row.flatMap(({ minors }) => minors)),
  })),
);

/**
 * Dismisses vertices of a line, or the region at its end, by the minors of their systems: the plain loops of
 * `LineKernel`.
 */
export class LoopDismissal {
  readonly #shape: LineShape;
  readonly #workspace: LineWorkspace;
  readonly #laplace: readonly FlatRow[];
  /** Room for the minors of one row and of the next. */
  readonly #work: [Float64Array, Float64Array];
  #minors: Float64Array;
  /** The system at a place of the line, without the terms of L and with them. */
  readonly #sums: Float64Array;
  readonly #system: Float64Array;
  readonly #sides: Float64Array;

  constructor(shape: LineShape, workspace: LineWorkspace) {
    this.#shape = shape;
    this.#workspace = workspace;
    const R = shape.dismisses ? shape.latentDim : 0;
    this.#laplace = flatLaplace(R);
    const most = this.#laplace.reduce((length, row) => Math.max(length, row.length), R + 1);
    this.#work = [new Float64Array(most), new Float64Array(most)];
    this.#minors = this.#work[0];
    this.#sums = new Float64Array(systemLength(R));
    this.#system = new Float64Array(systemLength(R));
    this.#sides = new Float64Array(shape.rank);
  }

  dismiss(crossings: number, from: number, to: number): number {
    const { latentDim: R, rank } = this.#shape;
    const { order, boundary, codeWords, rows, tied, open, dismissed } = this.#workspace;
    dismissed[0] = 0;
    this.#tie();
    const length = systemLength(R);
    const stride = rowStride(R);
    const system = this.#system;
    const sums = this.#start();
    const sides = this.#sides;
    let count = 0;
    for (let s = 0; s < crossings; s++) {
      const j = order[s]!;
      const code = codeWords[2 * j]!;
      const row = j * stride;
      const side = (code & Code.POSITIVE) !== 0 ? 1 : -1;
      for (let i = 0; i < length; i++) sums[i]! += side * rows[row + i]!;
      if (j < from || j >= to) continue;
      if ((boundary[s]! & boundary[s + 1]!) === 0 || (code & Code.UNDECIDED) !== 0) {
        open[count++] = s;
        continue;
      }
      const setting = (code >>> Code.TIED_SHIFT) * tiedStride(R, rank);
      for (let i = 0; i < length; i++) system[i] = sums[i]! + tied[setting + i]!;
      for (let i = 0; i < rank - 1; i++) sides[i] = tied[setting + length + i]!;
      sides[rank - 1] = side;
      if (this.#isOutside(s, crossings)) dismissed[0]++;
      else open[count++] = s;
    }
    return count;
  }

  dismissEnd(setting: number): number {
    const { latentDim: R, rank } = this.#shape;
    const n = this.#workspace.size[0]!;
    const { subset, codeWords, rows } = this.#workspace;
    for (let j = 0; j < n; j++) if ((codeWords[2 * j]! & Code.FLAT) !== 0) return 0;
    const system = this.#system;
    system.set(this.#start());
    const sides = this.#sides;
    for (let i = 0; i < rank - 1; i++) {
      const bit = (setting >>> i) & 1;
      sides[i] = 2 * bit - 1;
      const row = subset[i]! * rowStride(R);
      for (let c = 0; c < system.length; c++) system[c]! += bit * rows[row + c]!;
    }
    const sign = this.#expand();
    if (sign === 0) return 0;
    if (this.#isBeyondOwn(sign)) return 1;
    for (let j = 0; j < n; j++) {
      const code = codeWords[2 * j]!;
      if ((code & Code.OWN) !== 0) continue;
      if (this.#isBeyond(j, (code & Code.POSITIVE) !== 0 ? -1 : 1, sign)) return 1;
    }
    return 0;
  }

  /** Computes the system before the first crossing, without the terms of L. */
  #start(): Float64Array {
    const { latentDim: R } = this.#shape;
    const n = this.#workspace.size[0]!;
    const { base, codeWords, rows } = this.#workspace;
    const sums = this.#sums;
    sums.set(base);
    for (let j = 0, row = 0; j < n; j++, row += rowStride(R)) {
      const bit = (codeWords[2 * j]! & (Code.POSITIVE | Code.FLAT | Code.OWN)) === 0 ? 1 : 0;
      for (let i = 0; i < sums.length; i++) sums[i]! += bit * rows[row + i]!;
    }
    return sums;
  }

  /** Computes the sums of L's terms for each setting of its bits, and the sides that the setting stands for. */
  #tie(): void {
    const { latentDim: R, rank } = this.#shape;
    const { subset, rows, tied } = this.#workspace;
    const length = systemLength(R);
    const stride = tiedStride(R, rank);
    tied.fill(0, 0, length);
    tied.fill(-1, length, stride);
    for (let setting = 1; setting < 1 << (rank - 1); setting++) {
      const to = setting * stride;
      const before = (setting & (setting - 1)) * stride;
      const bit = 31 - Math.clz32(setting & -setting);
      const row = subset[bit]! * rowStride(R);
      for (let i = 0; i < length; i++) tied[to + i] = tied[before + i]! + rows[row + i]!;
      for (let i = length; i < stride; i++) tied[to + i] = tied[before + i]!;
      tied[to + length + bit] = 1;
    }
  }

  /**
   * Whether the system is regular, and its candidate surely on the wrong side of one of the vertex's own hyperplanes or
   * of a hyperplane that the line meets.
   */
  #isOutside(s: number, crossings: number): boolean {
    const { order, codeWords } = this.#workspace;
    const sign = this.#expand();
    if (sign === 0) return false;
    if (this.#isBeyond(order[s]!, this.#sides[this.#shape.rank - 1]!, sign) || this.#isBeyondOwn(sign)) return true;
    // the nearest crossings bound the region best
    for (let d = 1; s - d >= 0 || s + d < crossings; d++) {
      if (s - d >= 0) {
        const j = order[s - d]!;
        if (this.#isBeyond(j, (codeWords[2 * j]! & Code.POSITIVE) !== 0 ? 1 : -1, sign)) return true;
      }
      if (s + d < crossings) {
        const j = order[s + d]!;
        if (this.#isBeyond(j, (codeWords[2 * j]! & Code.POSITIVE) !== 0 ? -1 : 1, sign)) return true;
      }
    }
    return false;
  }

  #isBeyondOwn(sign: number): boolean {
    const { subset } = this.#workspace;
    for (let i = 0; i < this.#shape.rank - 1; i++) if (this.#isBeyond(subset[i]!, this.#sides[i]!, sign)) return true;
    return false;
  }

  /** Whether the candidate of `#minors` is surely on the other side of hyperplane j. */
  #isBeyond(j: number, side: number, sign: number): boolean {
    const { latentDim: R } = this.#shape;
    const { rows } = this.#workspace;
    const minors = this.#minors;
    const at = j * rowStride(R) + systemLength(R);
    let q = rows[at]! * minors[0]!;
    for (let c = 1; c <= R; c++) q += rows[at + c]! * minors[c]!;
    return q * side * sign < rows[at + R + 1]!;
  }

  /** Computes the R + 1 minors of the system. @returns the sign of the determinant, 0 if it is not decided. */
  #expand(): number {
    const { latentDim: R } = this.#shape;
    const system = this.#system;
    let [before, now] = this.#work;
    for (let c = 0; c < R; c++) before[c] = system[c]!;
    before[R] = system[R * R]!;
    for (const { length, size, entries, minors } of this.#laplace) {
      for (let place = 0, at = 0; place < length; place++) {
        let sum = system[entries[at]!]! * before[minors[at]!]!;
        for (let i = 1; i < size; i++) {
          const product = system[entries[at + i]!]! * before[minors[at + i]!]!;
          sum = (i & 1) === 0 ? sum + product : sum - product;
        }
        now[place] = sum;
        at += size;
      }
      [before, now] = [now, before];
    }
    this.#minors = before;
    const determinant = before[R]!;
    if (!(Math.abs(determinant) > this.#workspace.determinantError[0]!)) return 0;
    return determinant > 0 ? 1 : -1;
  }
}
