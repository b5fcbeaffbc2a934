import { FileError } from "../../../model/errors.ts";

/** A few lines for each program that has the numbers of a model. */
export const EXPORT = "Save its arrays as .npz, .mat or JSON: docs/formats.md#from-anything-else shows how.";

const FROM_JULIA = "Write it as JSON with the few lines of docs/formats.md#from-julia.";

interface Kind {
  readonly what: string;
  readonly remedy: string;
}

const latin = (text: string): readonly number[] => [...text].map((c) => c.charCodeAt(0));

/** Formats that are recognised by bytes at their beginning but not read. */
const SIGNATURES: readonly (Kind & { readonly bytes: readonly number[]; readonly at?: number })[] = [
  {
    bytes: [0x93, ...latin("NUMPY")],
    what: "a single numpy array",
    remedy: "Give the folder of the model's .npy files, or save all arrays in one file with numpy.savez.",
  },
  { bytes: [0x1f, 0x8b], what: "a gzip file", remedy: "Decompress it first; from R, see docs/formats.md." },
  { bytes: latin("BZh"), what: "a bzip2 file", remedy: "Decompress it first." },
  { bytes: [0xfd, ...latin("7zXZ")], what: "an xz file", remedy: "Decompress it first." },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "a zstd file", remedy: "Decompress it first." },
  { bytes: latin("7z\u00bc\u00af"), what: "a 7z archive", remedy: "Unpack it first." },
  { bytes: latin("Rar!"), what: "a RAR archive", remedy: "Unpack it first." },
  { bytes: latin("ustar"), at: 257, what: "a tar archive", remedy: "Unpack it first." },
  { bytes: latin("TFL3"), at: 4, what: "a TensorFlow Lite model", remedy: EXPORT },
  { bytes: latin("PAR1"), what: "a Parquet table", remedy: EXPORT },
  { bytes: latin("ARROW1"), what: "an Arrow table", remedy: EXPORT },
  { bytes: latin("SQLite format 3"), what: "an SQLite database", remedy: EXPORT },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: "an old Office file", remedy: EXPORT },
  { bytes: latin("\u0089PNG"), what: "a picture", remedy: EXPORT },
  { bytes: latin("%PDF"), what: "a PDF", remedy: EXPORT },
  { bytes: latin("<"), what: "XML or HTML", remedy: EXPORT },
  { bytes: latin("RDX"), what: "a file of R", remedy: EXPORT },
];

/** Types of the elements of a BSON document (bsonspec.org). */
const MAX_BSON_TYPE = 0x13;

/** Throws FileError for a file of a kind that is known and not read. */
export function refuseForeign(bytes: Uint8Array, file: string): void {
  const kind = isBson(bytes, file)
    ? { what: "a BSON file, which only Julia and the packages that defined its types can read", remedy: FROM_JULIA }
    : SIGNATURES.find(({ bytes: first, at = 0 }) => first.every((byte, i) => bytes[at + i] === byte));
  if (kind !== undefined) throw new FileError(file, `is ${kind.what}`, kind.remedy);
}

/** A document of BSON tells its length and ends with a zero; a cut one is known by its name. */
function isBson(bytes: Uint8Array, file: string): boolean {
  if (bytes.length < 5) return false;
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(0, true);
  const isWhole = claimed === bytes.length && bytes[bytes.length - 1] === 0;
  return bytes[4]! <= MAX_BSON_TYPE && (isWhole || (/\.bson$/i.test(file) && claimed > bytes.length));
}

/** The error for bytes that are neither a known format nor text. */
export function unknownBytes(file: string, cause?: unknown): FileError {
  return new FileError(file, "is in no format that is known, and no UTF-8 text", EXPORT, { cause });
}

/** A line of a table: cells between commas, semicolons or tabs. */
const ROW = /^[^{[\n]*[,;\t][^{[\n]*$/m;

/** The error for a text that does not begin as JSON does. */
export function unknownText(file: string, text: string): FileError {
  if (isNumbers(text)) return new FileError(file, "is a table of numbers, which does not say what they are", EXPORT);
  if (ROW.test(text.trimStart().split("\n", 1)[0]!)) return new FileError(file, "is a table (CSV)", EXPORT);
  return new FileError(file, "is a text, but no JSON", EXPORT);
}

function isNumbers(text: string): boolean {
  const cells = text.slice(0, 1000).split(/[\s,;]+/);
  // the last one may be cut
  return cells.slice(0, Math.max(1, cells.length - 1)).every((cell) => /^[-+]?[\d.]*(?:e[-+]?\d+)?$/i.test(cell));
}

/** Whether a text begins as an object or an array of JSON. */
export function beginsAsJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}
