import { FileError } from "../../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { entriesOfShape, MAX_TEXT_BYTES } from "../budget.ts";
import { decodeElements, ELEMENT_SIZES, type ElementType, NUMPY_TYPES, rowMajor } from "../elements.ts";

const SAVE_AGAIN = "Save plain numeric arrays with numpy.savez.";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** The longest header that is read; only structured types, which no model has, need longer ones. */
const MAX_HEADER_BYTES = 2 ** 16;

/** The bytes of a .npy file that hold its header, at most. */
export const NPY_HEAD_BYTES = MAX_HEADER_BYTES + 12;

/** The header of a .npy file (numpy.lib.format). */
export interface NpyHeader {
  /** "<f8", "|O", "<U5": as it stands in the file. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the data start, in bytes. */
  readonly start: number;
}

/** Reads the header at the beginning of `bytes`, which may end behind it. Throws FileError. */
export function readNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const fail = (problem: string): never => {
    throw new FileError(file, `can't be read as a .npy array (${problem})`, SAVE_AGAIN);
  };
  if (bytes.length < 12) return fail("the file is too short");
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) return fail("it begins otherwise");
  const version = bytes[6]!;
  if (version < 1 || version > 3) return fail(`its format has the version ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) return fail(`its header has ${length} bytes; the limit is ${MAX_HEADER_BYTES}`);
  if (from + length > bytes.length) return fail("the header is longer than the file");
  const header = parsedHeader(new TextDecoder().decode(bytes.subarray(from, from + length)));
  return header === undefined ? fail("its header is malformed") : { ...header, start: from + length };
}

const TOKEN = /\s*('[^']*'|"[^"]*"|\d+|True|False|[{}():,])/y;

/** The header, a Python dictionary of three keys in any order. */
function parsedHeader(text: string): Omit<NpyHeader, "start"> | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) tokens.push(match[1]!);
  let at = 0;
  const skip = (token: string): boolean => tokens[at] === token && ++at > 0;
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  if (!skip("{")) return undefined;
  while (!skip("}")) {
    const key = tokens[at++]?.slice(1, -1);
    if (!skip(":")) return undefined;
    if (key === "descr" && /^['"]/.test(tokens[at] ?? "")) descr = tokens[at++]!.slice(1, -1);
    else if (key === "fortran_order" && /^[TF]/.test(tokens[at] ?? "")) fortranOrder = tokens[at++] === "True";
    else if (key === "shape" && skip("(")) {
      shape = [];
      while (!skip(")")) {
        if (!/^\d/.test(tokens[at] ?? "")) return undefined;
        shape.push(Number(tokens[at++]));
        skip(",");
      }
    } else return undefined;
    skip(",");
  }
  if (descr === undefined || fortranOrder === undefined || shape === undefined) return undefined;
  return { descr, fortranOrder, shape };
}

/** The shape that a header claims; undefined of texts. */
export function claimedShape(header: NpyHeader): readonly number[] | undefined {
  return isText(header) ? undefined : header.shape;
}

/** The number of entries that a header claims, of texts 0. Throws FileError for what no model can use. */
export function claimedEntries(header: NpyHeader, file: string): number {
  if (isText(header)) return 0;
  elementOf(header, file);
  const count = entriesOfShape(header.shape);
  if (count === undefined) throw new FileError(file, "has a malformed shape", SAVE_AGAIN);
  if (count > MAX_ENTRIES) {
    throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, "Use a smaller model.");
  }
  return count;
}

/**
 * One .npy array: a numeric array in row-major order, or the text of a string. The claimed shape is compared with the
 * bytes that are there before anything of its size is allocated. Throws FileError.
 */
export function readNpy(bytes: Uint8Array, file: string): NumericArray | string {
  const header = readNpyHeader(bytes, file);
  const data = bytes.subarray(header.start);
  if (isText(header)) return readText(header, data, file);
  const { type, littleEndian } = elementOf(header, file);
  const { shape, fortranOrder } = header;
  const held = data.length / ELEMENT_SIZES[type];
  if (!Number.isInteger(held)) {
    throw new FileError(file, `can't be read as a .npy array (${data.length} bytes of ${header.descr})`, SAVE_AGAIN);
  }
  if (entriesOfShape(shape) !== held) {
    throw new FileError(
      file,
      `claims the shape (${shape.slice(0, 8).join(", ")}) but holds ${held} numbers`,
      "Write the file again: it is truncated or damaged.",
    );
  }
  claimedEntries(header, file);
  const numbers = decodeElements(data, type, file, littleEndian);
  return { data: fortranOrder ? rowMajor(numbers, shape) : numbers, shape };
}

function isText({ descr }: NpyHeader): boolean {
  return /^[<>|=]?[US]/.test(descr);
}

function elementOf({ descr }: NpyHeader, file: string): { type: ElementType; littleEndian: boolean } {
  const [, order = "", name = descr] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  if (/^c\d/.test(name)) throw new FileError(file, "holds complex numbers", "Models are real.");
  if (!Object.hasOwn(NUMPY_TYPES, name)) {
    const shown = name.slice(0, 20);
    throw new FileError(file, `holds elements of type ${shown}`, "Save numbers: float64, float32 or integers.");
  }
  return { type: NUMPY_TYPES[name]!, littleEndian: order !== ">" };
}

/** A single string, in UTF-32, or of bytes, which are taken as UTF-8. */
function readText({ descr, shape }: NpyHeader, data: Uint8Array, file: string): string {
  const count = entriesOfShape(shape);
  if (count !== 1) throw new FileError(file, `holds ${count ?? "no number of"} texts`, "Give a single one.");
  if (data.length > 4 * MAX_TEXT_BYTES || !/^[<>|=]?[US]\d{1,6}$/.test(descr)) {
    throw new FileError(file, `claims a text of type ${descr.slice(0, 20)} in ${data.length} bytes`, SAVE_AGAIN);
  }
  if (descr.includes("S")) return new TextDecoder().decode(data).replace(/\0+$/, "");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let at = 0; at + 4 <= data.length; at += 4) {
    const code = view.getUint32(at, !descr.startsWith(">"));
    if (code > 0x10ffff) throw new FileError(file, "holds a text that is no Unicode", SAVE_AGAIN);
    text += String.fromCodePoint(code);
  }
  // NumPy fills a text that is shorter than its type with zeros
  return text.replace(/\0+$/, "");
}
