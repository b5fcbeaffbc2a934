import { FileError } from "../model/errors.ts";

/** "GCOL", version 1, three reserved bytes. */
const COLLECTION = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0];

/** Of a collection and of each object in it, with 8-byte lengths. */
const HEADER_BYTES = 16;

/** Objects are padded to multiples of this. */
const ALIGNMENT = 8;

/**
 * The global heap collections of an HDF5 file, which hold its texts of variable length (HDF5 format specification, III.E). The library
 * walks a collection object by object, in 32-bit numbers, and never ends where one claims to be no bytes long. Throws FileError where an
 * object is that short or reaches beyond its collection.
 *
 * @param superblock where the superblock starts
 */
export function checkGlobalHeaps(bytes: Uint8Array, superblock: number, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.indexOf(COLLECTION[0]); at >= 0; at = bytes.indexOf(COLLECTION[0], at + 1)) {
    if (!COLLECTION.every((byte, i) => bytes[at + i] === byte) || at + HEADER_BYTES > bytes.length) continue;
    // older superblocks have their sizes further behind
    const lengthSize = bytes[superblock + (bytes[superblock + 8] < 2 ? 14 : 10)];
    const end = at + Number(view.getBigUint64(at + 8, true));
    if (lengthSize !== 8 || end > bytes.length || !isWalkable(view, at + HEADER_BYTES, end)) {
      throw new FileError(file, "has a damaged heap of texts", "Write the file again, or save the arrays as .npz.");
    }
  }
}

function isWalkable(view: DataView, start: number, end: number): boolean {
  let at = start;
  while (at + HEADER_BYTES <= end) {
    const isFreeSpace = view.getUint16(at, true) === 0;
    const size = Number(view.getBigUint64(at + 8, true));
    // the size of free space counts its header
    const step = isFreeSpace ? size : HEADER_BYTES + Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    if (step < HEADER_BYTES || at + step > end) return false;
    at += step;
  }
  return true;
}
