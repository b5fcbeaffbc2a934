/**
 * The high word of the product of two unsigned words, from products of 16-bit halves. No product, and no sum, has more
 * than 32 bits.
 */
export function highWord(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const p = Math.imul(a0, b1) >>> 0;
  const q = Math.imul(a1, b0) >>> 0;
  const middle = (Math.imul(a0, b0) >>> 16) + (p & 0xffff) + (q & 0xffff);
  return (Math.imul(a1, b1) + (p >>> 16) + (q >>> 16) + (middle >>> 16)) >>> 0;
}

/**
 * A signed integer of 96 bits in two's complement, low word first: what `shaders/wide.wgsl` has as vec3u. Operations
 * are those of integers modulo 2^96, so nothing is rounded; who calls them shows that no number leaves ±2^95.
 */
export class Wide {
  x = 0;
  y = 0;
  z = 0;

  set(x: number, y: number, z: number): this {
    this.x = x >>> 0;
    this.y = y >>> 0;
    this.z = z >>> 0;
    return this;
  }

  copy(other: Wide): this {
    return this.set(other.x, other.y, other.z);
  }

  /** A signed integer of 64 bits. */
  setPair(low: number, high: number): this {
    return this.set(low, high, high >> 31);
  }

  get negative(): boolean {
    return this.z >>> 31 === 1;
  }

  add({ x, y, z }: Wide): this {
    const low = (this.x + x) >>> 0;
    const carry = low < x ? 1 : 0;
    const half = (this.y + y) >>> 0;
    const middle = (half + carry) >>> 0;
    const next = (half < y ? 1 : 0) + (middle < half ? 1 : 0);
    return this.set(low, middle, this.z + z + next);
  }

  negate(): this {
    const low = -this.x >>> 0;
    const carry = low === 0 ? 1 : 0;
    const middle = (~this.y + carry) >>> 0;
    return this.set(low, middle, ~this.z + (carry === 1 && middle === 0 ? 1 : 0));
  }

  magnitude(): this {
    return this.negative ? this.negate() : this;
  }

  /** a·b for a signed word a and a signed integer b of 64 bits. */
  setProduct(a: number, low: number, high: number): this {
    const reversed = a < 0 !== high >> 31 < 0;
    const size = (a < 0 ? -a : a) >>> 0;
    let x = low >>> 0;
    let y = high >>> 0;
    if (high >> 31 < 0) {
      x = -x >>> 0;
      y = (~y + (x === 0 ? 1 : 0)) >>> 0;
    }
    const product = Math.imul(size, y) >>> 0;
    const middle = (product + highWord(size, x)) >>> 0;
    this.set(Math.imul(size, x), middle, highWord(size, y) + (middle < product ? 1 : 0));
    return reversed ? this.negate() : this;
  }

  /** ⌊this / 2^by⌋, 0 ≤ by < 96. */
  shiftRight(by: number): this {
    const sign = this.negative ? 0xffffffff : 0;
    let { x, y, z } = this;
    if (by >= 64) [x, y, z] = [z, sign, sign];
    else if (by >= 32) [x, y, z] = [y, z, sign];
    const bits = by & 31;
    if (bits === 0) return this.set(x, y, z);
    const rest = 32 - bits;
    return this.set((x >>> bits) | (y << rest), (y >>> bits) | (z << rest), (z >>> bits) | (sign << rest));
  }

  /** this·2^by, 0 ≤ by < 96. */
  shiftLeft(by: number): this {
    let { x, y, z } = this;
    if (by >= 64) [x, y, z] = [0, 0, x];
    else if (by >= 32) [x, y, z] = [0, x, y];
    const bits = by & 31;
    if (bits === 0) return this.set(x, y, z);
    const rest = 32 - bits;
    return this.set(x << bits, (y << bits) | (x >>> rest), (z << bits) | (y >>> rest));
  }

  /** Bits of a number that is not negative. */
  get bits(): number {
    if (this.z !== 0) return 96 - Math.clz32(this.z);
    return this.y !== 0 ? 64 - Math.clz32(this.y) : 32 - Math.clz32(this.x);
  }
}
