import { Inflate, inflateSync } from "fflate";
import { FileError } from "../../model/errors.ts";

/** DEFLATE can't shrink data by a larger factor: a larger claim is false. */
export const MAX_RATIO = 1032;

/** Bytes of packed data that are unpacked at a time where only the first ones are wanted. */
const HEAD_STEP = 1024;

/** At least the first `length` bytes that DEFLATE packed, or all that there are, unchecked. Throws FileError. */
export function unpackHead(packed: Uint8Array, length: number, file: string, remedy: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const inflate = new Inflate((piece) => {
    pieces.push(piece);
    size += piece.length;
  });
  try {
    for (let at = 0; at < packed.length && size < length; at += HEAD_STEP) {
      inflate.push(packed.subarray(at, at + HEAD_STEP), at + HEAD_STEP >= packed.length);
    }
  } catch (cause) {
    throw new FileError(file, "holds damaged compressed data", remedy, { cause });
  }
  const head = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    head.set(piece, at);
    at += piece.length;
  }
  return head;
}

/** Header and checksum of the zlib format (RFC 1950), which stand round what DEFLATE packed. */
const ZLIB_HEAD = 2;
const ZLIB_TAIL = 4;

/**
 * What DEFLATE packed, out of its zlib wrapper (RFC 1950). Throws FileError for another method or a preset dictionary.
 */
export function insideZlib(bytes: Uint8Array, file: string, remedy: string): Uint8Array {
  const isZlib =
    bytes.length >= ZLIB_HEAD + ZLIB_TAIL &&
    (bytes[0]! & 15) === 8 &&
    (256 * bytes[0]! + bytes[1]!) % 31 === 0 &&
    (bytes[1]! & 32) === 0;
  if (!isZlib) throw new FileError(file, "holds compressed data of an unknown kind", remedy);
  return bytes.subarray(ZLIB_HEAD, bytes.length - ZLIB_TAIL);
}

/** Unpacks zlib data of a known size and checks its Adler-32. Throws FileError. */
export function unpackZlib(bytes: Uint8Array, size: number, file: string, remedy: string): Uint8Array {
  const packed = insideZlib(bytes, file, remedy);
  let data: Uint8Array;
  try {
    data = inflateSync(packed, { out: new Uint8Array(size) });
  } catch (cause) {
    throw new FileError(file, "holds damaged compressed data", remedy, { cause });
  }
  const tail = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - ZLIB_TAIL, ZLIB_TAIL);
  if (data.length !== size || adler32(data) !== tail.getUint32(0)) {
    throw new FileError(file, "is damaged: its checksum is wrong", remedy);
  }
  return data;
}

/** RFC 1950, 8.2. */
function adler32(data: Uint8Array): number {
  let a = 1;
  let b = 0;
  // sums of so many bytes stay below 2^32
  const step = 5552;
  for (let from = 0; from < data.length; from += step) {
    const to = Math.min(from + step, data.length);
    for (let i = from; i < to; i++) {
      a += data[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
