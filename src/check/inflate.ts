/** Extra bits and the least length of the length symbols 257 … 285, and of distances of the symbols 0 … 29. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BITS = [0, 0, 0, 0, ...Array.from({ length: 26 }, (_, i) => 1 + (i >> 1))];
const LENGTHS = leastOf(LENGTH_BITS.slice(0, -1), 3).concat(258);
const DISTANCES = leastOf(DISTANCE_BITS, 1);

/** The order in which the lengths of codes of lengths are given. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const LONGEST_CODE = 15;

function leastOf(extraBits: readonly number[], first: number): number[] {
  let next = first;
  return extraBits.map((bits) => {
    const least = next;
    next += 1 << bits;
    return least;
  });
}

/** A Huffman code. For the next `bits` bits, the first one lowest: 16·symbol + length of its code; 0 for no symbol. */
interface Code {
  readonly bits: number;
  readonly table: Uint16Array;
}

const FIXED = {
  symbols: codeOf(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)))!,
  distances: codeOf(new Uint8Array(32).fill(5))!,
};

/**
 * A canonical code of given lengths, 0 for symbols that have none. Undefined unless every sequence of bits is one of
 * codes, or there is just one code, of one bit, or none.
 */
function codeOf(lengths: Uint8Array): Code | undefined {
  const count = new Uint16Array(LONGEST_CODE + 1);
  for (const length of lengths) count[length]!++;
  const first = new Uint16Array(LONGEST_CODE + 2);
  let free = 1;
  let bits = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    free = 2 * free - count[length]!;
    if (free < 0) return undefined;
    first[length + 1] = (first[length]! + count[length]!) << 1;
    if (count[length]! > 0) bits = length;
  }
  if (free > 0 && bits > 1) return undefined;
  const table = new Uint16Array(1 << bits);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    let start = 0;
    for (let code = first[length]!++, bit = length - 1; bit >= 0; bit--, code >>= 1) start |= (code & 1) << bit;
    for (let i = start; i < table.length; i += 1 << length) table[i] = 16 * symbol + length;
  });
  return { bits, table };
}

/**
 * What DEFLATE packed (RFC 1951), if that is a whole stream of just these bytes which unpacks to `size` bytes; else
 * undefined.
 *
 * A proof is refused or accepted by the same rules everywhere, and libraries differ in what they make of a damaged
 * stream: some take codes that are incomplete, wrong lengths of stored blocks, or bytes that are left over. All rules
 * are here those of zlib, which the checker in Python has.
 */
export function inflate(packed: Uint8Array, size: number): Uint8Array | undefined {
  return new Inflater(packed, size).run();
}

class Inflater {
  readonly #packed: Uint8Array;
  readonly #out: Uint8Array;
  /** Bits that are read, and bytes that are written. */
  #at = 0;
  #length = 0;

  constructor(packed: Uint8Array, size: number) {
    this.#packed = packed;
    this.#out = new Uint8Array(size);
  }

  run(): Uint8Array | undefined {
    for (let isLast = false; !isLast; ) {
      isLast = this.#take(1) === 1;
      const kind = this.#take(2);
      const isWhole = kind === 0 ? this.#stored() : kind === 1 ? this.#coded(FIXED) : kind === 2 && this.#dynamic();
      if (!isWhole || this.#isPastEnd()) return undefined;
    }
    return Math.ceil(this.#at / 8) === this.#packed.length && this.#length === this.#out.length ? this.#out : undefined;
  }

  #isPastEnd(): boolean {
    return this.#at > 8 * this.#packed.length;
  }

  /** The next `count` ≤ 16 bits, the first one lowest, which stay to be read. Past the end bits are 0. */
  #peek(count: number): number {
    const byte = this.#at >> 3;
    const three = this.#packed[byte]! | (this.#packed[byte + 1]! << 8) | (this.#packed[byte + 2]! << 16);
    return (three >> (this.#at & 7)) & ((1 << count) - 1);
  }

  #take(count: number): number {
    const bits = this.#peek(count);
    this.#at += count;
    return bits;
  }

  /** The next symbol; undefined where no code begins so. */
  #symbol({ bits, table }: Code): number | undefined {
    const found = table[this.#peek(bits)]!;
    this.#at += found & 15;
    return found === 0 ? undefined : found >> 4;
  }

  #stored(): boolean {
    const from = Math.ceil(this.#at / 8) + 4;
    this.#at = 8 * (from - 4);
    const length = this.#take(16);
    if (this.#take(16) !== (length ^ 0xffff)) return false;
    if (from + length > this.#packed.length || this.#length + length > this.#out.length) return false;
    this.#out.set(this.#packed.subarray(from, from + length), this.#length);
    this.#length += length;
    this.#at += 8 * length;
    return true;
  }

  #dynamic(): boolean {
    const [symbols, distances, given] = [this.#take(5) + 257, this.#take(5) + 1, this.#take(4) + 4];
    if (symbols > 286 || distances > 30) return false;
    const ofLengths = new Uint8Array(ORDER.length);
    for (let i = 0; i < given; i++) ofLengths[ORDER[i]!] = this.#take(3);
    const lengthCode = codeOf(ofLengths);
    // a code of lengths must use all its bits
    if (lengthCode === undefined || lengthCode.table.includes(0)) return false;
    const lengths = new Uint8Array(symbols + distances);
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.#symbol(lengthCode)!;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) return false;
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (i + times > lengths.length) return false;
      lengths.fill(symbol === 16 ? lengths[i - 1]! : 0, i, i + times);
      i += times;
    }
    const code = { symbols: codeOf(lengths.subarray(0, symbols)), distances: codeOf(lengths.subarray(symbols)) };
    if (lengths[256] === 0 || code.symbols === undefined || code.distances === undefined) return false;
    return this.#coded({ symbols: code.symbols, distances: code.distances });
  }

  /** Symbols up to the end of the block. */
  #coded(code: { readonly symbols: Code; readonly distances: Code }): boolean {
    const out = this.#out;
    while (!this.#isPastEnd()) {
      const symbol = this.#symbol(code.symbols);
      if (symbol === undefined || symbol > 285) return false;
      if (symbol === 256) return true;
      if (symbol < 256) {
        if (this.#length === out.length) return false;
        out[this.#length++] = symbol;
        continue;
      }
      const length = LENGTHS[symbol - 257]! + this.#take(LENGTH_BITS[symbol - 257]!);
      const by = this.#symbol(code.distances);
      if (by === undefined || by > 29) return false;
      const distance = DISTANCES[by]! + this.#take(DISTANCE_BITS[by]!);
      if (distance > this.#length || this.#length + length > out.length) return false;
      for (const end = this.#length + length; this.#length < end; this.#length++) {
        out[this.#length] = out[this.#length - distance]!;
      }
    }
    return false;
  }
}
