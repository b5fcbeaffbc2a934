import { strToU8, zipSync } from "fflate";

/** A .npy file, version 1.0 unless told otherwise (numpy.lib.format). */
export function makeNpy(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  options: { fortran?: boolean; version?: 1 | 2; align?: number } = {},
): Uint8Array {
  const { fortran = false, version = 1, align = 64 } = options;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${tuple}, }`;
  const start = version === 1 ? 10 : 12;
  const header = `${dict.padEnd(Math.ceil((start + dict.length + 1) / align) * align - start - 1)}\n`;
  const out = new Uint8Array(start + header.length + data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, header.length, true);
  else view.setUint32(8, header.length, true);
  out.set(strToU8(header, true), start);
  out.set(data, start + header.length);
  return out;
}

const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

export const f8 = (shape: readonly number[], values: readonly number[], options = {}): Uint8Array =>
  makeNpy("<f8", shape, bytesOf(Float64Array.from(values)), options);
export const f4 = (shape: readonly number[], values: readonly number[], options = {}): Uint8Array =>
  makeNpy("<f4", shape, bytesOf(Float32Array.from(values)), options);
export const i8 = (shape: readonly number[], values: readonly bigint[]): Uint8Array =>
  makeNpy("<i8", shape, bytesOf(BigInt64Array.from(values)));
export const text = (value: string): Uint8Array =>
  makeNpy(`<U${value.length}`, [], bytesOf(Uint32Array.from(value, (c) => c.codePointAt(0)!)));

export function makeNpz(arrays: Record<string, Uint8Array>, level: 0 | 6 = 6): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([key, npy]) => [`${key}.npy`, npy])), { level });
}

/** A two-dimensional shPLRNN of three units. */
export const ARRAYS = {
  A: f8([2], [0.5, 0.25]),
  U: f8([3, 2], [1, 2, 3, 4, 5, 6]),
  V: f8([3, 2], [1, 0, 0, 1, 1, 1]),
  hx: f8([3], [0, 1, 2]),
  hz: f8([2], [1, 1]),
};

/** The same model as nested arrays. */
export const MODEL = {
  A: [0.5, 0.25],
  U: [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  V: [
    [1, 0],
    [0, 1],
    [1, 1],
  ],
  hx: [0, 1, 2],
  hz: [1, 1],
};
