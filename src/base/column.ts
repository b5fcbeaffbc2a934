/** Rows of one block. */
const ROWS = 2 ** 12;
const ROW_BITS = 12;
/** Rows that a column begins with, as most have a few, and by how much it grows until it has a whole block. */
const FIRST_ROWS = 8;
const GROWTH = 8;

type Numbers = Float64Array | Uint32Array | Int32Array | Uint8Array | Int8Array;

/**
 * A column of a table that grows: so many numbers a row, in typed arrays. Blocks that are full never move, so a long
 * column takes no more than its numbers.
 */
export class Column<A extends Numbers> {
  readonly width: number;
  readonly #make: (length: number) => A;
  readonly #blocks: A[] = [];

  /** @param make a typed array of zeros. */
  constructor(width: number, make: (length: number) => A) {
    this.width = width;
    this.#make = make;
  }

  get(row: number, k = 0): number {
    return this.#blocks[row >>> ROW_BITS]![(row & (ROWS - 1)) * this.width + k]!;
  }

  /** Rows that were not there before are zeros. */
  set(row: number, k: number, x: number): void {
    this.#block(row)[(row & (ROWS - 1)) * this.width + k] = x;
  }

  setRow(row: number, numbers: ArrayLike<number>): void {
    const block = this.#block(row);
    const at = (row & (ROWS - 1)) * this.width;
    for (let k = 0; k < this.width; k++) block[at + k] = numbers[k]!;
  }

  row(row: number): number[] {
    const out = new Array<number>(this.width);
    for (let k = 0; k < this.width; k++) out[k] = this.get(row, k);
    return out;
  }

  #block(row: number): A {
    const b = row >>> ROW_BITS;
    const within = row & (ROWS - 1);
    // all rows before this one are there, too
    while (this.#blocks.length < b) this.#grow(this.#blocks.length, ROWS);
    if (b > 0) this.#grow(0, ROWS);
    let rows = b > 0 ? ROWS : FIRST_ROWS;
    while (rows <= within) rows *= GROWTH;
    return this.#grow(b, rows);
  }

  /** The block with room for so many rows at least. */
  #grow(b: number, rows: number): A {
    const block = this.#blocks[b];
    if (block !== undefined && block.length >= rows * this.width) return block;
    const larger = this.#make(rows * this.width);
    if (block !== undefined) larger.set(block);
    this.#blocks[b] = larger;
    return larger;
  }
}
