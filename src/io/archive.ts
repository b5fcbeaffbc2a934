import type { Entries } from "./entries.ts";
import { readNpz } from "./npz.ts";
import { isTorchArchive, readTorch } from "./torch.ts";
import { readZipDirectory } from "./zip.ts";

/** The entries of a zip archive: a PyTorch checkpoint, else numpy's arrays. Throws FileError. */
export function readArchive(bytes: Uint8Array, file: string): Entries {
  const archive = readZipDirectory(bytes, file);
  return isTorchArchive(archive) ? readTorch(archive, file) : readNpz(archive, file);
}
