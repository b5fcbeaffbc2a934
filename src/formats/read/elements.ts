import { FileError } from "../../model/errors.ts";

/** Number formats of arrays in binary files, with their sizes in bytes. */
export const ELEMENT_SIZES = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
};

export type ElementType = keyof typeof ELEMENT_SIZES;

/** The formats whose numbers are float32 numbers. */
const SINGLE: ReadonlySet<ElementType> = new Set(["f32", "f16", "bf16"]);

/**
 * The same numbers, exactly: f32, f16 and bf16 as float32, all others as float64. Throws FileError for integers beyond
 * float64.
 */
export function decodeElements(
  bytes: Uint8Array,
  type: ElementType,
  file: string,
  littleEndian = true,
): Float64Array | Float32Array {
  const size = ELEMENT_SIZES[type];
  const out = elementArray(type, Math.floor(bytes.length / size));
  const at = elementReader(bytes, type, file, littleEndian);
  for (let i = 0; i < out.length; i++) out[i] = at(i * size);
  return out;
}

/** Zeros in the array that numbers of this format are kept in. */
export function elementArray(type: ElementType, count: number): Float64Array | Float32Array {
  return SINGLE.has(type) ? new Float32Array(count) : new Float64Array(count);
}

/** Reads the number at a byte, exactly. The reader throws FileError for integers beyond float64. */
export function elementReader(
  bytes: Uint8Array,
  type: ElementType,
  file: string,
  littleEndian = true,
): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "f32":
      return (at) => view.getFloat32(at, littleEndian);
    case "f16":
      return (at) => halfToNumber(view.getUint16(at, littleEndian));
    case "bf16":
      return (at) => brainToNumber(view.getUint16(at, littleEndian));
    case "f64":
      return (at) => view.getFloat64(at, littleEndian);
    case "i64":
      return (at) => exactInteger(view.getBigInt64(at, littleEndian), file);
    case "u64":
      return (at) => exactInteger(view.getBigUint64(at, littleEndian), file);
    case "i32":
      return (at) => view.getInt32(at, littleEndian);
    case "u32":
      return (at) => view.getUint32(at, littleEndian);
    case "i16":
      return (at) => view.getInt16(at, littleEndian);
    case "u16":
      return (at) => view.getUint16(at, littleEndian);
    case "i8":
      return (at) => view.getInt8(at);
    case "u8":
      return (at) => view.getUint8(at);
  }
}

/** A 64-bit integer as a number. Throws FileError for an integer that is no float64 number. */
export function exactInteger(x: bigint, file: string): number {
  const value = Number(x);
  if (BigInt(value) !== x) throw new FileError(file, `holds ${x}, which is no float64`, "Save it as float64.");
  return value;
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/**
 * The transpose of a row-major rows×cols array; equally, the row-major form of a cols×rows array that was written
 * column by column.
 */
export function transposed<T extends Float64Array | Float32Array>(data: T, rows: number, cols: number): T {
  const out = data.slice() as T;
  for (let i = 0; i < rows; i++) for (let k = 0; k < cols; k++) out[k * rows + i] = data[i * cols + k]!;
  return out;
}

/** The row-major form of an array of this shape that was written column by column (first index fastest). */
export function rowMajor<T extends Float64Array | Float32Array>(data: T, shape: readonly number[]): T {
  const axes = shape.length;
  if (axes < 2) return data;
  if (axes === 2) return transposed(data, shape[1]!, shape[0]!);
  const out = data.slice() as T;
  const index = new Array<number>(axes).fill(0);
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, extent) => product * extent, 1));
  for (let i = 0, at = 0; i < out.length; i++) {
    out[i] = data[at]!;
    // the next index in row-major order
    for (let d = axes - 1; d >= 0; d--) {
      at += strides[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= shape[d]! * strides[d]!;
      index[d] = 0;
    }
  }
  return out;
}

/** Types of NumPy without their byte order. */
export const NUMPY_TYPES: Readonly<Record<string, ElementType>> = {
  f8: "f64",
  f4: "f32",
  f2: "f16",
  i8: "i64",
  i4: "i32",
  i2: "i16",
  i1: "i8",
  u8: "u64",
  u4: "u32",
  u2: "u16",
  u1: "u8",
};
