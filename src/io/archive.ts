import type { Entries } from "./entries.ts";
import { readNpz } from "./npz.ts";
import { isTorchArchive, readTorch } from "./torch.ts";
import { readZipDirectory } from "./zip.ts";

/** The entries of a zip archive, read as a PyTorch checkpoint or else as an .npz archive of numpy. Throws FileError. */
export function readArchive(bytes: Uint8Array, file: string): Entries {
  const archive = readZipDirectory(bytes, file);
  return isTorchArchive(archive) ? readTorch(archive, file) : readNpz(archive, file);
}
