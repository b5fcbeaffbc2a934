import { FileError } from "../../../model/errors.ts";

/** "GCOL", version 1, three reserved bytes. */
const COLLECTION = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0];

/** The size of the header of a collection, and of each object in a collection, where lengths have 8 bytes. */
const HEADER_BYTES = 16;

/** Objects are padded to multiples of this. */
const ALIGNMENT = 8;

/**
 * Checks the global heap collections of an HDF5 file, which hold its texts of variable length (HDF5 format
 * specification, III.E). The library walks a collection object by object, in 32-bit numbers, and never ends at an
 * object that claims a length of 0 bytes. The library also reads as many bytes of a text as the text claims to have.
 * Throws FileError for an object of length 0, for an object that reaches beyond its collection, and for a text longer
 * than the file.
 *
 * @param superblock where the superblock starts
 * @param texts whether the library reads texts of the file
 */
export function checkGlobalHeaps(bytes: Uint8Array, superblock: number, file: string, texts: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = new Map<number, number>();
  for (let at = bytes.indexOf(COLLECTION[0]!); at >= 0; at = bytes.indexOf(COLLECTION[0]!, at + 1)) {
    if (!COLLECTION.every((byte, i) => bytes[at + i] === byte) || at + HEADER_BYTES > bytes.length) continue;
    // older superblocks have their sizes further behind
    const lengthSize = bytes[superblock + (bytes[superblock + 8]! < 2 ? 14 : 10)];
    const end = at + Number(view.getBigUint64(at + 8, true));
    if (lengthSize !== 8 || end > bytes.length || !isWalkable(view, at + HEADER_BYTES, end)) {
      throw damaged(file);
    }
    ends.set(at, end);
  }
  if (texts && ends.size > 0 && mentionsTooLong(view, ends, superblock)) throw damaged(file);
}

function damaged(file: string): FileError {
  return new FileError(file, "has a damaged heap of texts", "Write the file again, or save the arrays as .npz.");
}

/**
 * A text is stored as its length (4 bytes), the address of its collection (8) and its index in the collection (4; the
 * library uses 16 bits). What looks so inside a collection is part of a text, or of references.
 *
 * @param ends of the collections, by where they start.
 */
function mentionsTooLong(view: DataView, ends: ReadonlyMap<number, number>, superblock: number): boolean {
  for (let at = 0; at + 16 <= view.byteLength; at++) {
    const end = ends.get(at);
    if (end !== undefined) at = end;
    if (at + 16 > view.byteLength) return false;
    if (view.getUint32(at, true) <= view.byteLength || view.getUint32(at + 12, true) >= 2 ** 16) continue;
    if (ends.has(superblock + Number(view.getBigUint64(at + 4, true)))) return true;
  }
  return false;
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
