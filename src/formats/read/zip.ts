import { inflateSync } from "fflate";
import { FileError } from "../../model/errors.ts";
import { MAX_ENTRIES } from "../../model/matrix.ts";
import type { Budget } from "./budget.ts";
import { MAX_RATIO, unpackHead } from "./deflate.ts";

/** One file of a zip archive, checked against the archive's size but not yet unpacked. */
export interface ZipEntry {
  readonly name: string;
  readonly compressedSize: number;
  readonly size: number;
  /** Unpacks the entry and checks its CRC-32. Throws FileError. */
  read(): Uint8Array;
  /** At least the first `length` bytes, or all that there are, unchecked. Throws FileError. */
  head(length: number): Uint8Array;
}

/** The largest total of unpacked bytes that the entries of one archive may claim: 1 GiB. */
export const MAX_UNPACKED_BYTES = 2 ** 30;

/** The largest entry that is unpacked: the numbers of the largest array, and its header. */
export const MAX_ENTRY_BYTES = 8 * MAX_ENTRIES + 2 ** 17;

/** The newest version of zip that an entry may ask for, times ten. */
const MOST_VERSION = 63;

const REMEDY = "Copy it again, or save it again: it is cut off or damaged, or its writer uses what can't be read here.";

/**
 * The directory of a zip archive (PKWARE APPNOTE 6.3). Every offset and size is checked before it is used. No memory is
 * allocated for an entry before the entry is read. Throws FileError for truncated, encrypted, multi-part or
 * contradictory archives.
 */
export function readZipDirectory(bytes: Uint8Array, file: string, budget: Budget): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (problem: string): never => {
    throw new FileError(file, problem, REMEDY);
  };
  const { directory, end } = findDirectory(view, fail);
  const entries: ZipEntry[] = [];
  let total = 0;
  let at = directory;
  while (at < end) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) fail("is a damaged zip archive");
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > end) fail("is a damaged zip archive");
    const version = view.getUint8(at + 6);
    if (version > MOST_VERSION) fail(`needs version ${version / 10} of zip, the last known is ${MOST_VERSION / 10}`);
    const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength);
    const name = new TextDecoder().decode(nameBytes);
    const sizes = readSizes(view, at, at + 46 + nameLength, extraLength, fail);
    const { size, compressedSize } = sizes;
    if (flags & 1) fail("is an encrypted zip archive");
    if (method !== 0 && method !== 8) fail(`uses zip compression method ${method}, which is not supported`);
    if (method === 0 ? size !== compressedSize : size > compressedSize * MAX_RATIO + 64) {
      fail(`claims that ${compressedSize} bytes unpack to ${size}`);
    }
    total += size;
    if (total > MAX_UNPACKED_BYTES) {
      fail(`would unpack to ${total} bytes or more; the limit is ${MAX_UNPACKED_BYTES}`);
    }
    const start = dataStart(view, sizes.offset, nameBytes, fail);
    if (start + compressedSize > bytes.length) fail("is a truncated zip archive");
    const packed = bytes.subarray(start, start + compressedSize);
    const place = `${file}, ${name}`;
    entries.push({
      name,
      compressedSize,
      size,
      read: () => {
        if (method === 8 && size > MAX_ENTRY_BYTES) {
          throw new FileError(place, `unpacks to ${size} bytes; the limit is ${MAX_ENTRY_BYTES}`, REMEDY);
        }
        if (method === 8) budget.passing(size);
        return unpack(packed, method, size, crc, place);
      },
      head: (length) => (method === 0 ? packed : unpackHead(packed, length, place, REMEDY)),
    });
    at = next;
  }
  return entries;
}

type Fail = (problem: string) => never;

/**
 * Where the central directory starts and ends. Its end is that of the records before the end record; the number of its
 * entries is not needed.
 */
function findDirectory(view: DataView, fail: Fail): { directory: number; end: number } {
  const length = view.byteLength;
  // the end record is the last 22 bytes, plus a comment of at most 65,535
  let last = length - 22;
  const lowest = Math.max(0, last - 0xffff);
  while (last >= lowest && view.getUint32(last, true) !== 0x06054b50) last--;
  if (last < lowest) return fail("is a truncated zip archive, or none");
  if (view.getUint16(last + 4, true) !== 0) fail("is one part of a zip archive of several");
  let end = last;
  let size = view.getUint32(last + 12, true);
  let directory = view.getUint32(last + 16, true);
  const locator = last - 20;
  // PyTorch writes the long record whatever the numbers are
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    const record = safe(view.getBigUint64(locator + 8, true));
    if (record + 56 > length || view.getUint32(record, true) !== 0x06064b50) fail("is a damaged zip archive");
    end = record;
    size = safe(view.getBigUint64(record + 40, true));
    directory = safe(view.getBigUint64(record + 48, true));
  }
  if (directory + size !== end) fail("is a damaged zip archive");
  return { directory, end };
}

/** A 64-bit field as a number; beyond 2^53 any value fails the checks against the file's length. */
function safe(x: bigint): number {
  return Number(x);
}

/**
 * The sizes and the offset of an entry. Values of 0xffffffff stand for values in the zip64 extra field, in this order.
 */
function readSizes(view: DataView, at: number, extra: number, extraLength: number, fail: Fail) {
  let size = view.getUint32(at + 24, true);
  let compressedSize = view.getUint32(at + 20, true);
  let offset = view.getUint32(at + 42, true);
  const end = extra + extraLength;
  for (let field = extra; field + 4 <= end; ) {
    const fieldEnd = field + 4 + view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1 && fieldEnd <= end) {
      let p = field + 4;
      const next = (): number => {
        if (p + 8 > fieldEnd) return fail("is a damaged zip archive");
        p += 8;
        return safe(view.getBigUint64(p - 8, true));
      };
      if (size === 0xffffffff) size = next();
      if (compressedSize === 0xffffffff) compressedSize = next();
      if (offset === 0xffffffff) offset = next();
      break;
    }
    field = fieldEnd;
  }
  return { size, compressedSize, offset };
}

/** The offset of an entry's data, which stand behind its local header; that must name the entry as the directory does. */
function dataStart(view: DataView, offset: number, name: Uint8Array, fail: Fail): number {
  if (offset + 30 > view.byteLength || view.getUint32(offset, true) !== 0x04034b50) fail("is a damaged zip archive");
  const start = offset + 30 + view.getUint16(offset + 26, true);
  const isSame = start === offset + 30 + name.length && start <= view.byteLength;
  if (!isSame || name.some((byte, i) => view.getUint8(offset + 30 + i) !== byte)) fail("is a damaged zip archive");
  return start + view.getUint16(offset + 28, true);
}

function unpack(packed: Uint8Array, method: number, size: number, crc: number, file: string): Uint8Array {
  let data = packed;
  if (method === 8) {
    try {
      data = inflateSync(packed, { out: new Uint8Array(size) });
    } catch (cause) {
      throw new FileError(file, "holds damaged compressed data", REMEDY, { cause });
    }
  }
  if (data.length !== size || crc32(data) !== crc)
    throw new FileError(file, "is damaged: its checksum is wrong", REMEDY);
  return data;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as zip uses it (ISO 3309, polynomial 0xedb88320 reflected). */
export function crc32(data: Uint8Array): number {
  let c = 0xffffffff;
  for (let i = 0; i < data.length; i++) c = CRC_TABLE[(c ^ data[i]!) & 0xff]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
