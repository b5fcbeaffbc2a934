import npyjs, { type NpyArray } from "npyjs";
import { FileError } from "../model/errors.ts";
import type { NumericArray } from "../model/matrix.ts";
import { exactInteger, transposed } from "./elements.ts";
import type { Entries } from "./entries.ts";
import type { ZipEntry } from "./zip.ts";

const SAVE_AGAIN = "Save plain numeric arrays with numpy.savez.";

/**
 * The arrays of a numpy .npz archive, by name without folders. `kind`, `name` and `activation` may be numpy strings (an
 * activation that is no plain name as its JSON text), `P` and `dt` arrays of one. Throws FileError.
 */
export function readNpz(archive: readonly ZipEntry[], file: string): Entries {
  const entries = new Map<string, () => unknown>();
  for (const entry of archive) {
    if (!entry.name.endsWith(".npy")) continue;
    const key = entry.name.slice(entry.name.lastIndexOf("/") + 1, -".npy".length);
    if (entries.has(key)) throw new FileError(file, `holds ${key} twice`, "Give each array once.");
    entries.set(key, () => readNpy(entry.read(), `${file}, ${key}`));
  }
  if (entries.size === 0) throw new FileError(file, "holds no .npy arrays", SAVE_AGAIN);
  return entries;
}

/** The arrays of single .npy files, each under its key: what an .npz archive of them would hold. Throws FileError. */
export function entriesOfNpy(files: ReadonlyMap<string, Uint8Array>, file: string): Entries {
  return new Map([...files].map(([key, bytes]) => [key, () => readNpy(bytes, `${file}, ${key}`)]));
}

/**
 * One .npy array: a numeric array in row-major order, or the text of a string. The claimed shape is compared with the
 * bytes that are there before anything of its size is allocated. Throws FileError.
 */
function readNpy(bytes: Uint8Array, file: string): NumericArray | string {
  let array: NpyArray<ArrayBufferView>;
  try {
    array = new npyjs().parse(alignedCopy(bytes));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new FileError(file, `can't be read as a .npy array (${problem})`, SAVE_AGAIN, { cause });
  }
  const { shape, fortranOrder } = array;
  const dtype: string = array.dtype;
  const data: unknown = array.data;
  if (dtype.startsWith("U")) {
    const texts: unknown[] = Array.isArray(data) ? data : [];
    if (texts.length !== 1) throw new FileError(file, `holds ${texts.length} texts`, "Give a single one.");
    return String(texts[0]);
  }
  const numbers = toFloats(data, dtype, file);
  let size = 1;
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) throw new FileError(file, "has a malformed shape", SAVE_AGAIN);
    size *= extent;
  }
  if (size !== numbers.length) {
    throw new FileError(
      file,
      `claims the shape (${shape.join(", ")}) but holds ${numbers.length} numbers`,
      "Write the file again: it is truncated or damaged.",
    );
  }
  return { data: fortranOrder && shape.length === 2 ? transposed(numbers, shape[1], shape[0]) : numbers, shape };
}

/**
 * The file with its header padded to a multiple of 8 bytes if necessary: npyjs views the data in place and needs that
 * alignment.
 */
function alignedCopy(bytes: Uint8Array): ArrayBuffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthBytes = bytes[6] === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) throw new RangeError("the file is too short");
  const headerLength = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + headerLength > bytes.length) throw new RangeError("the header is longer than the file");
  const padding = (8 - ((start + headerLength) % 8)) % 8;
  if (lengthBytes === 2 && headerLength + padding > 0xffff) throw new RangeError("the header is too long");
  const out = new Uint8Array(bytes.length + padding);
  out.set(bytes.subarray(0, start + headerLength));
  out.fill(0x20, start + headerLength, start + headerLength + padding);
  out.set(bytes.subarray(start + headerLength), start + headerLength + padding);
  const outView = new DataView(out.buffer);
  if (lengthBytes === 2) outView.setUint16(8, headerLength + padding, true);
  else outView.setUint32(8, headerLength + padding, true);
  return out.buffer;
}

function toFloats(data: unknown, dtype: string, file: string): Float64Array | Float32Array {
  if (data instanceof Float64Array || data instanceof Float32Array) {
    if (dtype.startsWith("c")) throw new FileError(file, "holds complex numbers", "Models are real.");
    return data;
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float64Array.from(data, (x: bigint) => exactInteger(x, file));
  }
  if (
    data instanceof Int8Array ||
    data instanceof Uint8Array ||
    data instanceof Int16Array ||
    data instanceof Uint16Array ||
    data instanceof Int32Array ||
    data instanceof Uint32Array
  ) {
    return Float64Array.from(data);
  }
  throw new FileError(file, `holds elements of type ${dtype}`, "Save numbers: float64, float32 or integers.");
}
