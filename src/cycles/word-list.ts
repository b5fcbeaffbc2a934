import { rotationKey, type Word } from "./word.ts";

/** Words one after the other, as data that can be cloned. */
export interface PackedWords {
  /** The period of each word. */
  readonly periods: readonly number[];
  /** All masks of all words, each of the same length. */
  readonly masks: Uint32Array;
}

/** Words in the order in which they were added, each once, whatever its first point. */
export class WordList {
  readonly #seen = new Set<string>();
  readonly #periods: number[] = [];
  readonly #masks: number[] = [];

  /** @param word copied. */
  add(word: Word): void {
    const key = rotationKey(word);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#periods.push(word.length);
    for (const mask of word) for (const bits of mask) this.#masks.push(bits);
  }

  get packed(): PackedWords {
    return { periods: this.#periods, masks: Uint32Array.from(this.#masks) };
  }
}

/** The words of a list. */
export function* unpackWords({ periods, masks }: PackedWords): Generator<Uint32Array[]> {
  const size = masks.length / periods.reduce((sum, k) => sum + k, 0);
  let at = 0;
  for (const period of periods) {
    yield Array.from({ length: period }, (_, t) => masks.slice(at + t * size, at + (t + 1) * size));
    at += period * size;
  }
}
