import { crc32 } from "../formats/read/zip.ts";
import { FileError } from "../model/errors.ts";
import { inflate } from "./inflate.ts";

/** The largest proof that is read, and the most bytes that its arrays are unpacked: trees of a hundred million boxes. */
const MOST_BYTES = 2 ** 27;

/** DEFLATE can't shrink data by a larger factor: no memory is taken for a larger claim, which is false. */
const MAX_RATIO = 1032;

const REMEDY = "Copy the proof again, or make it again: proofs are plain .npz archives.";

/** The records of a zip archive (PKWARE APPNOTE 6.3, 4.3.7, 4.3.12 and 4.3.16): where each begins, and its length. */
const LOCAL = { mark: 0x04034b50, length: 30 };
const ENTRY = { mark: 0x02014b50, length: 46 };
const END = { mark: 0x06054b50, length: 22 };

/**
 * The files in the archive of a proof, by name. Readers of zip archives differ in what they make of damaged or unusual
 * ones, and a proof must mean the same to all: so the archive is plain, as docs/proof.md#the-file says. Entries stand
 * from byte 0 on without gaps, then a directory that says the same of them, then its end. Throws FileError.
 * @param file its name, for messages.
 */
export function readPlainArchive(bytes: Uint8Array, file: string): Map<string, Uint8Array> {
  const require = (condition: boolean, problem: string): void => {
    if (!condition) throw new FileError(file, problem, REMEDY);
  };
  require(bytes.length <= MOST_BYTES, `has ${bytes.length} bytes, the limit is ${MOST_BYTES}`);
  require(bytes.length >= END.length, "is too short for an archive");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u16 = (at: number): number => view.getUint16(at, true);
  const u32 = (at: number): number => view.getUint32(at, true);
  const areEqual = (a: number, b: number, count: number): boolean => {
    for (let i = 0; i < count; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return true;
  };
  const end = bytes.length - END.length;
  const [count, directory] = [u16(end + 10), u32(end + 16)];
  const isPlainEnd = u32(end) === END.mark && u32(end + 4) === 0 && u16(end + 8) === count && u16(end + 20) === 0;
  require(isPlainEnd && directory + u32(end + 12) === end, "does not end with the directory of a plain archive");
  const files = new Map<string, Uint8Array>();
  let [at, entry, room] = [0, directory, MOST_BYTES];
  for (let i = 0; i < count; i++) {
    require(entry + ENTRY.length <= end && at + LOCAL.length <= directory, "is a damaged archive");
    const [method, packed, size, length] = [u16(entry + 10), u32(entry + 20), u32(entry + 24), u16(entry + 28)];
    const start = at + LOCAL.length + length + u16(at + 28);
    const isInside = entry + ENTRY.length + length <= end && start + packed <= directory;
    // no flags but how hard the packer tried, and no extra fields, comments or further parts
    const isPlain =
      (u16(entry + 8) & ~6) === 0 && u32(entry + 30) === 0 && u16(entry + 34) === 0 && u32(entry + 42) === at;
    require(u32(entry) === ENTRY.mark && isInside && isPlain, "has a directory with an entry that is not plain");
    // NumPy leaves the sizes to the directory
    const isSize = areEqual(at + 18, entry + 20, 8) || (u32(at + 18) === 0xffffffff && u32(at + 22) === 0xffffffff);
    const isName = u16(at + 26) === length && areEqual(at + LOCAL.length, entry + ENTRY.length, length);
    const isSame = u32(at) === LOCAL.mark && areEqual(at + 4, entry + 6, 14) && isSize && isName;
    require(isSame, "says something else of an entry than its directory");
    room -= size;
    require(room >= 0, `unpacks to more than the limit of ${MOST_BYTES} bytes`);
    const body = bytes.subarray(start, start + packed);
    require(method === 0 || method === 8, `has an entry of the unknown method ${method}`);
    require(method === 0 ? size === packed : size <= packed * MAX_RATIO, "has an entry of a false size");
    const data = method === 0 ? body : inflate(body, size);
    if (data === undefined || crc32(data) !== u32(entry + 16)) {
      throw new FileError(file, "holds a damaged array", REMEDY);
    }
    files.set(String.fromCharCode(...bytes.subarray(entry + ENTRY.length, entry + ENTRY.length + length)), data);
    [at, entry] = [start + packed, entry + ENTRY.length + length];
  }
  require(at === directory && entry === end && files.size === count, "holds something beside its entries");
  return files;
}
