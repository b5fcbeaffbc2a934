export const MAT5_HEADER_BYTES = 128;

const TITLE = [..."MATLAB 5.0"].map((c) => c.charCodeAt(0));

/** Where the version and the marks of the byte order stand. */
const VERSION_AT = 124;
const ORDER_AT = 126;

/** Whether bytes begin as a file of MATLAB 5 to 7 (-v6, -v7) does; v7.3 is HDF5. */
export function isMat5(bytes: Uint8Array): boolean {
  return TITLE.every((byte, i) => bytes[i] === byte) || byteOrderOfMat5(bytes) !== undefined;
}

/** Whether numbers are little-endian; undefined if the header of such a file is not there. */
export function byteOrderOfMat5(bytes: Uint8Array): boolean | undefined {
  if (bytes.length < MAT5_HEADER_BYTES) return undefined;
  const marks = String.fromCharCode(bytes[ORDER_AT]!, bytes[ORDER_AT + 1]!);
  const littleEndian = marks === "IM";
  if (!littleEndian && marks !== "MI") return undefined;
  return bytes[VERSION_AT + (littleEndian ? 1 : 0)] === 1 ? littleEndian : undefined;
}
