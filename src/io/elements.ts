import { FileError } from "../model/errors.ts";

/** Number formats of arrays in binary files; all little-endian. */
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

/**
 * The same numbers, exactly: f32, f16 and bf16 as float32, all others as float64. Throws FileError for integers beyond
 * float64.
 */
export function decodeElements(bytes: Uint8Array, type: ElementType, file: string): Float64Array | Float32Array {
  const size = ELEMENT_SIZES[type];
  const count = Math.floor(bytes.length / size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = <T extends Float64Array | Float32Array>(out: T, at: (i: number) => number): T => {
    for (let i = 0; i < count; i++) out[i] = at(i * size);
    return out;
  };
  switch (type) {
    case "f32":
      return fill(new Float32Array(count), (i) => view.getFloat32(i, true));
    case "f16":
      return fill(new Float32Array(count), (i) => halfToNumber(view.getUint16(i, true)));
    case "bf16":
      return fill(new Float32Array(count), (i) => brainToNumber(view.getUint16(i, true)));
    case "f64":
      return fill(new Float64Array(count), (i) => view.getFloat64(i, true));
    case "i64":
      return fill(new Float64Array(count), (i) => exactInteger(view.getBigInt64(i, true), file));
    case "u64":
      return fill(new Float64Array(count), (i) => exactInteger(view.getBigUint64(i, true), file));
    case "i32":
      return fill(new Float64Array(count), (i) => view.getInt32(i, true));
    case "u32":
      return fill(new Float64Array(count), (i) => view.getUint32(i, true));
    case "i16":
      return fill(new Float64Array(count), (i) => view.getInt16(i, true));
    case "u16":
      return fill(new Float64Array(count), (i) => view.getUint16(i, true));
    case "i8":
      return fill(new Float64Array(count), (i) => view.getInt8(i));
    case "u8":
      return fill(new Float64Array(count), (i) => view.getUint8(i));
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
