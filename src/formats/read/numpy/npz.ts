import { FileError } from "../../../model/errors.ts";
import type { Budget } from "../budget.ts";
import { type Entries, type Entry, EntryTable } from "../entries.ts";
import type { ZipEntry } from "../zip.ts";
import { claimedEntries, claimedShape, NPY_HEAD_BYTES, type NpyHeader, readNpy, readNpyHeader } from "./npy.ts";

/**
 * The arrays of a numpy .npz archive, by name; the folders of a name are joined with dots (`rnn/W` is `rnn.W`). `kind`,
 * `name` and `activation` may be numpy strings (an activation that is no plain name as its JSON text), `P` and `dt`
 * arrays of one. Throws FileError.
 */
export function readNpz(archive: readonly ZipEntry[], file: string, budget: Budget): Entries {
  const table = new EntryTable(file, budget);
  for (const entry of archive) {
    if (!entry.name.endsWith(".npy")) continue;
    const key = dottedName(entry.name.slice(0, -".npy".length));
    const place = `${file}, ${key}`;
    const header = () => readNpyHeader(entry.head(NPY_HEAD_BYTES), place);
    table.add(
      key,
      npyEntry(header, () => entry.read(), place),
    );
  }
  if (table.entries.size === 0) {
    throw new FileError(file, "holds no .npy arrays", "Save plain numeric arrays with numpy.savez.");
  }
  return table.entries;
}

/** `rnn/cell/W` → `rnn.cell.W` */
function dottedName(path: string): string {
  return path
    .split("/")
    .filter((step) => step !== "" && step !== ".")
    .join(".");
}

function npyEntry(header: () => NpyHeader, bytes: () => Uint8Array, place: string): Entry {
  return {
    shape: () => claimedShape(header()),
    claims: () => claimedEntries(header(), place),
    read: () => readNpy(bytes(), place),
  };
}

/** The arrays of single .npy files, each under its key: what an .npz archive of them would hold. Throws FileError. */
export function entriesOfNpy(files: ReadonlyMap<string, Uint8Array>, file: string): Entries {
  return new Map(
    [...files].map(([key, bytes]): [string, Entry] => {
      const place = `${file}, ${key}`;
      return [
        key,
        npyEntry(
          () => readNpyHeader(bytes, place),
          () => bytes,
          place,
        ),
      ];
    }),
  );
}
