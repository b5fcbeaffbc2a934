import { Column } from "../base/column.ts";
import { uint32s } from "../base/small-arrays.ts";
import { indices } from "../exact/region.ts";
import type { ExactSigns } from "./exact-region.ts";

/** Slots of the first table; a power of two, like all. */
const FIRST_SLOTS = 16;

/**
 * The signs of known fixed points, numbered from 0 in the order in which they became known: a hash table over the words
 * of their masks, since there may be very many.
 */
export class KnownSigns {
  readonly #positive: Column<Uint32Array>;
  /** The number of the point's `#ties`. */
  readonly #tied = new Column(1, uint32s);
  /** The sets of hyperplanes that points lie on, each once. */
  readonly #ties: Uint32Array[] = [];
  readonly #tiesByHash = new Map<number, number[]>();
  readonly #none: Uint32Array;
  /** 0, or 1 + the number of a point: open addressing, at most half full. */
  #slots = new Int32Array(FIRST_SLOTS);
  #count = 0;

  /** @param hyperplanes the number of bits of a mask. */
  constructor(hyperplanes: number) {
    const words = Math.max(1, Math.ceil(hyperplanes / 32));
    this.#positive = new Column(words, uint32s);
    this.#none = new Uint32Array(words);
  }

  /** Makes signs known. @returns the number of their point, and whether it is new. */
  add({ positive, ties }: ExactSigns): { readonly number: number; readonly isNew: boolean } {
    const tied = this.#tiesNumber(ties);
    const slot = this.#slotOf(tied, positive, this.#none);
    const known = this.#slots[slot]!;
    if (known > 0) return { number: known - 1, isNew: false };
    const number = this.#count++;
    this.#positive.setRow(number, positive);
    this.#tied.set(number, 0, tied);
    this.#slots[slot] = number + 1;
    if (2 * this.#count > this.#slots.length) this.#grow();
    return { number, isNew: true };
  }

  /** The number of the known point with whose nonzero signs a mask agrees. */
  at(mask: Uint32Array): number | undefined {
    for (let tied = 0; tied < this.#ties.length; tied++) {
      const known = this.#slots[this.#slotOf(tied, mask, this.#ties[tied]!)]!;
      if (known > 0) return known - 1;
    }
    return undefined;
  }

  /** The mask of the hyperplanes above which a point lies. */
  positive(number: number): Uint32Array {
    return new Uint32Array(this.#positive.row(number));
  }

  /** The hyperplanes that a point lies on, ascending. */
  ties(number: number): number[] {
    return indices(this.#ties[this.#tied.get(number)]!);
  }

  #tiesNumber(ties: Uint32Array): number {
    const hash = hashOf(0, ties, this.#none);
    const alike = this.#tiesByHash.get(hash);
    const known = alike?.find((tied) => this.#ties[tied]!.every((word, w) => word === ties[w]));
    if (known !== undefined) return known;
    const tied = this.#ties.push(ties.slice()) - 1;
    if (alike === undefined) this.#tiesByHash.set(hash, [tied]);
    else alike.push(tied);
    return tied;
  }

  /** The slot of the point with these signs, or the free one where it would be. @param without bits that count as 0. */
  #slotOf(tied: number, mask: Uint32Array, without: Uint32Array): number {
    const last = this.#slots.length - 1;
    for (let slot = hashOf(tied, mask, without) & last; ; slot = (slot + 1) & last) {
      const known = this.#slots[slot]!;
      if (known === 0 || this.#is(known - 1, tied, mask, without)) return slot;
    }
  }

  #is(number: number, tied: number, mask: Uint32Array, without: Uint32Array): boolean {
    if (this.#tied.get(number) !== tied) return false;
    for (let w = 0; w < mask.length; w++) {
      if (this.#positive.get(number, w) !== (mask[w]! & ~without[w]!) >>> 0) return false;
    }
    return true;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#count; number++) {
      const slot = this.#slotOf(this.#tied.get(number), this.positive(number), this.#none);
      this.#slots[slot] = number + 1;
    }
  }
}

/** 32 bits of a mask and a number: multiplications and shifts of MurmurHash3. */
function hashOf(seed: number, mask: Uint32Array, without: Uint32Array): number {
  let hash = seed;
  for (let w = 0; w < mask.length; w++) {
    let word = Math.imul(mask[w]! & ~without[w]!, 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    hash ^= word;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
