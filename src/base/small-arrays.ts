/**
 * Typed arrays of zeros for small models. An array of more than 64 bytes costs its own block of memory, which takes V8
 * twenty times as long to make and to free as a view. So arrays of up to 1 KiB are views that share a block. Nobody may
 * detach the block of such an array, nor read beyond the array in it: so they are for arrays that no caller of the
 * library can reach. The arrays of a model have memory of their own.
 */

const BLOCK_BYTES = 2 ** 14;
/** V8 keeps arrays up to this size among its own objects. */
const MOST_ON_HEAP = 64;
const MOST_SHARED = 2 ** 10;

let block = new ArrayBuffer(BLOCK_BYTES);
let used = 0;

/** @returns the place of so many bytes in `block`; each place is given once. */
function take(bytes: number): number {
  const whole = (bytes + 7) & ~7;
  if (used + whole > BLOCK_BYTES) {
    block = new ArrayBuffer(BLOCK_BYTES);
    used = 0;
  }
  const at = used;
  used += whole;
  return at;
}

const isShared = (bytes: number): boolean => bytes > MOST_ON_HEAP && bytes <= MOST_SHARED;

export function float64s(length: number): Float64Array<ArrayBuffer> {
  if (!isShared(8 * length)) return new Float64Array(length);
  const at = take(8 * length);
  return new Float64Array(block, at, length);
}

export function int32s(length: number): Int32Array<ArrayBuffer> {
  if (!isShared(4 * length)) return new Int32Array(length);
  const at = take(4 * length);
  return new Int32Array(block, at, length);
}

export function uint32s(length: number): Uint32Array<ArrayBuffer> {
  if (!isShared(4 * length)) return new Uint32Array(length);
  const at = take(4 * length);
  return new Uint32Array(block, at, length);
}

export function uint8s(length: number): Uint8Array<ArrayBuffer> {
  if (!isShared(length)) return new Uint8Array(length);
  const at = take(length);
  return new Uint8Array(block, at, length);
}

/** A copy, or as float64 the numbers of a list. */
export function copyOf64(numbers: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const copy = float64s(numbers.length);
  for (let i = 0; i < numbers.length; i++) copy[i] = numbers[i]!;
  return copy;
}
