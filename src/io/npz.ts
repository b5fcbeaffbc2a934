import { FileError } from "../model/errors.ts";
import type { Budget } from "./budget.ts";
import type { Entries, Entry } from "./entries.ts";
import { claimedEntries, NPY_HEAD_BYTES, readNpy, readNpyHeader } from "./npy.ts";
import type { ZipEntry } from "./zip.ts";

/**
 * The arrays of a numpy .npz archive, by name without folders. `kind`, `name` and `activation` may be numpy strings (an
 * activation that is no plain name as its JSON text), `P` and `dt` arrays of one. Throws FileError.
 */
export function readNpz(archive: readonly ZipEntry[], file: string, budget: Budget): Entries {
  const entries = new Map<string, Entry>();
  for (const entry of archive) {
    if (!entry.name.endsWith(".npy")) continue;
    const key = entry.name.slice(entry.name.lastIndexOf("/") + 1, -".npy".length);
    if (entries.has(key)) throw new FileError(file, `holds ${key} twice`, "Give each array once.");
    budget.entry(key);
    const place = `${file}, ${key}`;
    entries.set(key, {
      claims: () => claimedEntries(readNpyHeader(entry.head(NPY_HEAD_BYTES), place), place),
      read: () => readNpy(entry.read(), place),
    });
  }
  if (entries.size === 0) {
    throw new FileError(file, "holds no .npy arrays", "Save plain numeric arrays with numpy.savez.");
  }
  return entries;
}

/** The arrays of single .npy files, each under its key: what an .npz archive of them would hold. Throws FileError. */
export function entriesOfNpy(files: ReadonlyMap<string, Uint8Array>, file: string): Entries {
  return new Map(
    [...files].map(([key, bytes]): [string, Entry] => {
      const place = `${file}, ${key}`;
      const claims = () => claimedEntries(readNpyHeader(bytes, place), place);
      return [key, { claims, read: () => readNpy(bytes, place) }];
    }),
  );
}
