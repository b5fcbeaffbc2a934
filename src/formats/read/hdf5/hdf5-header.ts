const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function isHdf5(bytes: Uint8Array): boolean {
  return superblockOf(bytes) >= 0;
}

/**
 * The position of an HDF5 file's signature: 0, or the end of a user block of 512, 1024, … bytes (HDF5 format
 * specification, II.A). −1 if there is no signature.
 */
export function superblockOf(bytes: Uint8Array): number {
  for (let at = 0; at + 8 <= Math.min(bytes.length, 2 ** 20); at = at === 0 ? 512 : 2 * at) {
    if (SIGNATURE.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}

/**
 * Whether MATLAB (v7.3) or Julia's JLD2 wrote the file, as its user block tells. Both store arrays column by column, so
 * HDF5 sees the dimensions of each array reversed.
 */
export function isColumnMajor(bytes: Uint8Array): boolean {
  return beginningOf(bytes).startsWith("MATLAB 7.3 MAT-file") || isJld2(bytes);
}

export function isJld2(bytes: Uint8Array): boolean {
  return beginningOf(bytes).startsWith("HDF5-based Julia Data Format");
}

function beginningOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 128));
}
