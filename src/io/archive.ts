import { Budget } from "./budget.ts";
import type { Entries } from "./entries.ts";
import { readNpz } from "./npz.ts";
import { isTorchArchive, readTorch } from "./torch.ts";
import { readZipDirectory } from "./zip.ts";

/** The entries of a zip archive, read as a PyTorch checkpoint or else as an .npz archive of numpy. Throws FileError. */
export function readArchive(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const archive = readZipDirectory(bytes, file, budget);
  return isTorchArchive(archive) ? readTorch(archive, file, budget) : readNpz(archive, file, budget);
}

/** The bytes that all entries of an archive claim to unpack to; 0 of one that is refused anyway. */
export function claimedBytes(bytes: Uint8Array): number {
  try {
    return readZipDirectory(bytes, "", new Budget("")).reduce((total, { size }) => total + size, 0);
  } catch {
    return 0;
  }
}
