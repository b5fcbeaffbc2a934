/**
 * A sample of numbered pieces of work (subsets by place, boxes by number) that are done again to check a run: one in
 * each block of `every` numbers, at a place that depends on a seed and the block. So the sample depends on the model
 * alone and not on threads, batches, shards or clocks, and any range of the work has a known part of it.
 */
export class SeededSample {
  readonly every: number;
  readonly #words: readonly number[];

  /**
   * @param seed a text, such as the SHA-256 of the model.
   * @param every a power of two up to 2^31.
   */
  constructor(seed: string, every: number) {
    if (!Number.isInteger(Math.log2(every)) || every < 1 || every > 2 ** 31) {
      throw new RangeError(`a sample takes one in a power of two up to 2^31, got ${every}`);
    }
    this.every = every;
    if (seed !== last.seed) last = { seed, words: seedWords(seed) };
    this.#words = last.words;
  }

  /** The numbers of the sample with from ≤ number < to, ascending. */
  *within(from: bigint, to: bigint): Generator<bigint> {
    const every = BigInt(this.every);
    for (let block = from / every; block * every < to; block++) {
      const number = block * every + BigInt(this.#placeIn(...wordsOf(block)));
      if (number >= from && number < to) yield number;
    }
  }

  /** The numbers of the sample from ≤ number < from + length, less `from`: with few long integers. */
  offsets(from: bigint, length: number): number[] {
    const every = BigInt(this.every);
    const first = from / every;
    const offsets: number[] = [];
    let [low, high] = wordsOf(first);
    for (let start = Number(first * every - from); start < length; start += this.every) {
      const offset = start + this.#placeIn(low, high);
      if (offset >= 0 && offset < length) offsets.push(offset);
      low = (low + 1) >>> 0;
      if (low === 0) high = (high + 1) >>> 0;
    }
    return offsets;
  }

  /** The first number of the sample that is not below `from`. */
  next(from: bigint): bigint {
    if (from < SMALL) {
      const start = Number(from);
      for (let block = Math.floor(start / this.every); ; block++) {
        const number = block * this.every + this.#placeIn(block >>> 0, Math.floor(block / 2 ** 32));
        if (number >= start) return BigInt(number);
      }
    }
    for (const number of this.within(from, from + 2n * BigInt(this.every))) return number;
    throw new RangeError(`a sample has a number in each ${this.every}, and none was found from ${from} on`);
  }

  /** @param low @param high the two lowest words of a block's number. */
  #placeIn(low: number, high: number): number {
    const word = mixed(this.#words[0]! ^ low) ^ this.#words[1]! ^ high;
    return mixed(mixed(word) ^ this.#words[2]!) & (this.every - 1);
  }
}

/** Below this numbers, and the next ones of a sample, are integers that float64 holds. */
const SMALL = 2n ** 52n;

/** A run makes several samples with one seed. */
let last: { readonly seed: string; readonly words: readonly number[] } = { seed: "", words: seedWords("") };

/** The two lowest words of a number. */
function wordsOf(number: bigint): [number, number] {
  return [Number(number & 0xffffffffn), Number((number >> 32n) & 0xffffffffn)];
}

/** FNV-1a hashes of a text, from three start values. */
function seedWords(seed: string): readonly number[] {
  let [a, b, c] = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b];
  for (let i = 0; i < seed.length; i++) {
    const code = seed.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193);
    c = Math.imul(c ^ code, 0x01000193);
  }
  return [mixed(a), mixed(b), mixed(c)];
}

/** The finish of MurmurHash3 (Appleby 2011): every bit of x moves every bit of it. @returns an unsigned word. */
export function mixed(x: number): number {
  let z = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
