import { largestOf } from "../../base/largest.ts";

/** Texts of one length, padded with NUL, as NumPy's unicode type keeps them. */
export function texts(values: readonly string[]): Uint8Array {
  const points = values.map((value) => Array.from(value, (char) => char.codePointAt(0) ?? 0));
  const width = largestOf(points, ({ length }) => length, 1);
  const data = new Uint32Array(values.length * width);
  points.forEach((codes, i) => {
    data.set(codes, i * width);
  });
  return npy(`<U${width}`, [values.length], data);
}

/**
 * A .npy file, version 1.0 (numpy.lib.format). Numbers are written in the byte order of the machine, which is
 * little-endian on every platform that runs this program.
 */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = 10;
  const header = `${dict.padEnd(Math.ceil((start + dict.length + 1) / 64) * 64 - start - 1)}\n`;
  const out = new Uint8Array(start + header.length + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(out.buffer).setUint16(8, header.length, true);
  out.set(new TextEncoder().encode(header), start);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + header.length);
  return out;
}
