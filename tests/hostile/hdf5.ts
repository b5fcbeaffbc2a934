import type { File } from "h5wasm";

/** An HDF5 file, written by the library. */
export async function hdf5Of(build: (file: File) => void): Promise<Uint8Array> {
  const h5 = await import("h5wasm");
  const { FS } = await h5.ready;
  const place = "hostile.h5";
  const file = new h5.File(place, "w");
  build(file);
  file.flush();
  file.close();
  const bytes = FS.readFile(place).slice();
  FS.unlink(place);
  return bytes;
}
