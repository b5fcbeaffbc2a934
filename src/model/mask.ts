/**
 * Masks: one bit a hyperplane, bit j of word ⌊j/32⌋. A mask of many may begin at word `from`.
 */

/** Bit j. */
export function bit(mask: ArrayLike<number>, j: number, from = 0): 0 | 1 {
  return ((mask[from + (j >>> 5)]! >>> (j & 31)) & 1) as 0 | 1;
}

/** Makes bit j 1. */
export function setBit(mask: Uint32Array | Int32Array, j: number, from = 0): void {
  mask[from + (j >>> 5)]! |= 1 << (j & 31);
}

/** Makes bit j 0. */
export function clearBit(mask: Uint32Array | Int32Array, j: number, from = 0): void {
  mask[from + (j >>> 5)]! &= ~(1 << (j & 31));
}

/** Turns bit j over. */
export function flipBit(mask: Uint32Array | Int32Array, j: number, from = 0): void {
  mask[from + (j >>> 5)]! ^= 1 << (j & 31);
}
