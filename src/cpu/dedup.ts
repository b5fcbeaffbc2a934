import { StillpointError } from "../model/errors.ts";
import type { MaskBatch } from "../stages/batch.ts";

/** A growing set of masks: open addressing over one flat array of words. */
export class MaskSet {
  readonly #words: number;
  readonly #maxBytes: number;
  #keys: Uint32Array;
  /** 1 + index of the key in a slot, 0 for none. */
  #slots: Uint32Array;
  #size = 0;

  /** @param maxBytes most memory that the set may take; beyond it `add` throws TOO_LARGE. */
  constructor(words: number, maxBytes: number) {
    this.#words = words;
    this.#maxBytes = maxBytes;
    this.#keys = new Uint32Array(1024 * words);
    this.#slots = new Uint32Array(4096);
  }

  get size(): number {
    return this.#size;
  }

  /** @returns true if the mask at `masks[from …]` was not there yet. */
  add(masks: Uint32Array, from: number): boolean {
    const words = this.#words;
    const wrap = this.#slots.length - 1;
    let slot = hashMask(masks, from, words) & wrap;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#same((entry - 1) * words, masks, from)) return false;
      slot = (slot + 1) & wrap;
    }
    if ((this.#size + 1) * words > this.#keys.length) this.#keys = this.#grown(this.#keys, 2 * this.#keys.length);
    for (let w = 0; w < words; w++) this.#keys[this.#size * words + w] = masks[from + w]!;
    this.#slots[slot] = ++this.#size;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return true;
  }

  #same(key: number, masks: Uint32Array, from: number): boolean {
    for (let w = 0; w < this.#words; w++) if (this.#keys[key + w] !== masks[from + w]) return false;
    return true;
  }

  #grown(old: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
    const bytes = 4 * (length + this.#slots.length);
    if (bytes > this.#maxBytes) {
      throw new StillpointError(
        "TOO_LARGE",
        `the set of unique masks needs ${bytes} bytes after ${this.#size} masks, the limit is ${this.#maxBytes}. Use --expand owned, whose memory does not grow`,
      );
    }
    const grown = new Uint32Array(length);
    grown.set(old);
    return grown;
  }

  #rehash(): void {
    const slots = this.#grown(new Uint32Array(0), 2 * this.#slots.length);
    const wrap = slots.length - 1;
    for (let i = 0; i < this.#size; i++) {
      let slot = hashMask(this.#keys, i * this.#words, this.#words) & wrap;
      while (slots[slot] !== 0) slot = (slot + 1) & wrap;
      slots[slot] = i + 1;
    }
    this.#slots = slots;
  }
}

/** murmur3's mixing over the words of a mask. */
export function hashMask(masks: Uint32Array, from: number, words: number): number {
  let hash = 0x9747b28c;
  for (let w = 0; w < words; w++) {
    let k = Math.imul(masks[from + w]!, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    hash ^= k;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Stage 3: keeps the first of equal masks, in place and in order; `seen` remembers those of earlier batches of the same
 * model.
 */
export function dedup(batch: MaskBatch, seen: MaskSet): void {
  const { words, masks, items } = batch;
  let kept = 0;
  for (let i = 0; i < batch.count; i++) {
    if (!seen.add(masks, i * words)) continue;
    if (kept !== i) {
      masks.copyWithin(kept * words, i * words, (i + 1) * words);
      items[kept] = items[i]!;
    }
    kept++;
  }
  batch.count = kept;
}
