import { Inflate } from "pako";

/**
 * What DEFLATE packed (RFC 1951), if that is a whole stream of just these bytes which unpacks to `size` bytes; else
 * undefined.
 *
 * A proof is refused or accepted by the same rules everywhere, and libraries differ in what they make of a damaged
 * stream: fflate takes codes that are incomplete, wrong lengths of stored blocks, and bytes that are left over. This
 * library is a port of zlib, which the checker in Python has.
 */
export function inflate(packed: Uint8Array, size: number): Uint8Array | undefined {
  // a chunk has room for one byte too many
  const stream = new Inflate({ raw: true, chunkSize: size + 1 }) as Inflate & Ended;
  let bytes: Uint8Array = new Uint8Array(0);
  stream.onData = (chunk) => {
    bytes = chunk as Uint8Array;
    if (bytes.length > size) throw new TooLong();
  };
  try {
    stream.push(packed, true);
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
  const isWhole = stream.ended && stream.err === 0 && stream.strm.avail_in === 0;
  return isWhole && bytes.length === size ? bytes : undefined;
}

/** Ends a stream that holds more than it may: a few kilobytes can hold gigabytes. */
class TooLong extends Error {}

/** What the types of pako leave out. */
interface Ended {
  readonly ended: boolean;
  /** How many bytes are left over. */
  readonly strm: { readonly avail_in: number };
}
