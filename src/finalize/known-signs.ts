import type { ExactSigns } from "./exact-region.ts";

/** A text of more characters is made piece by piece. */
const MOST_CHARACTERS = 2 ** 14;
/** The bits that an integer of float64 can have. */
const BITS_OF_NUMBER = 52;

/** What tells masks apart: a number where it has room for all bits, else a text. */
type Key = string | number;

/** The signs of known fixed points, by the hyperplanes that they lie on. */
export class KnownSigns {
  readonly #byTies = new Map<Key, { readonly ties: Uint32Array; readonly positive: Set<Key> }>();
  readonly #isShort: boolean;
  readonly #characters: number[] = [];

  /** @param hyperplanes the number of bits of a mask. */
  constructor(hyperplanes: number) {
    this.#isShort = hyperplanes <= BITS_OF_NUMBER;
  }

  /** @returns false if the signs were known. */
  add({ positive, ties }: ExactSigns): boolean {
    const key = this.#key(ties);
    let known = this.#byTies.get(key);
    if (known === undefined) {
      known = { ties, positive: new Set() };
      this.#byTies.set(key, known);
    }
    const signs = this.#key(positive);
    if (known.positive.has(signs)) return false;
    known.positive.add(signs);
    return true;
  }

  /** Whether a mask agrees with the nonzero signs of a known point. */
  hold(mask: Uint32Array): boolean {
    for (const { ties, positive } of this.#byTies.values()) if (positive.has(this.#key(mask, ties))) return true;
    return false;
  }

  /** @param without bits that count as 0. */
  #key(mask: Uint32Array, without?: Uint32Array): Key {
    if (this.#isShort) {
      let number = 0;
      for (let w = mask.length - 1; w >= 0; w--) {
        number = number * 2 ** 32 + ((without === undefined ? mask[w] : mask[w] & ~without[w]) >>> 0);
      }
      return number;
    }
    const characters = this.#characters;
    let text = "";
    for (let w = 0; w < mask.length; w++) {
      const word = without === undefined ? mask[w] : mask[w] & ~without[w];
      characters.push(word & 0xffff, word >>> 16);
      if (characters.length < MOST_CHARACTERS && w < mask.length - 1) continue;
      text += String.fromCharCode.apply(null, characters);
      characters.length = 0;
    }
    return text;
  }
}
