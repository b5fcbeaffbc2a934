import type { ExactSigns } from "./exact-region.ts";

/** A text of more characters is made piece by piece. */
const MOST_CHARACTERS = 2 ** 14;
/** The bits that an integer of float64 can have. */
const BITS_OF_NUMBER = 52;

/** What tells masks apart: a number where it has room for all bits, else a text. */
type Key = string | number;

/** A point whose signs are known. */
export interface KnownPoint {
  /** Whether the method has not come upon it yet: it was found on the way. */
  isEarly: boolean;
}

/** The signs of known fixed points, by the hyperplanes that they lie on. */
export class KnownSigns {
  readonly #byTies = new Map<Key, { readonly ties: Uint32Array; readonly positive: Map<Key, KnownPoint> }>();
  readonly #isShort: boolean;
  readonly #characters: number[] = [];

  /** @param hyperplanes the number of bits of a mask. */
  constructor(hyperplanes: number) {
    this.#isShort = hyperplanes <= BITS_OF_NUMBER;
  }

  /** Makes signs known. @returns their point, and whether it is new. */
  add({ positive, ties }: ExactSigns, isEarly: boolean): { readonly point: KnownPoint; readonly isNew: boolean } {
    const key = this.#key(ties);
    let known = this.#byTies.get(key);
    if (known === undefined) {
      known = { ties, positive: new Map() };
      this.#byTies.set(key, known);
    }
    const signs = this.#key(positive);
    const before = known.positive.get(signs);
    const point = before ?? { isEarly };
    if (before === undefined) known.positive.set(signs, point);
    return { point, isNew: before === undefined };
  }

  /** The known point with whose nonzero signs a mask agrees. */
  at(mask: Uint32Array): KnownPoint | undefined {
    for (const { ties, positive } of this.#byTies.values()) {
      const point = positive.get(this.#key(mask, ties));
      if (point !== undefined) return point;
    }
    return undefined;
  }

  /** @param without bits that count as 0. */
  #key(mask: Uint32Array, without?: Uint32Array): Key {
    if (this.#isShort) {
      let number = 0;
      for (let w = mask.length - 1; w >= 0; w--) {
        number = number * 2 ** 32 + ((without === undefined ? mask[w]! : mask[w]! & ~without[w]!) >>> 0);
      }
      return number;
    }
    const characters = this.#characters;
    let text = "";
    for (let w = 0; w < mask.length; w++) {
      const word = without === undefined ? mask[w]! : mask[w]! & ~without[w]!;
      characters.push(word & 0xffff, word >>> 16);
      if (characters.length < MOST_CHARACTERS && w < mask.length - 1) continue;
      text += String.fromCharCode.apply(null, characters);
      characters.length = 0;
    }
    return text;
  }
}
