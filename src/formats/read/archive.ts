import { FileError } from "../../model/errors.ts";
import { Budget } from "./budget.ts";
import type { Entries } from "./entries.ts";
import { isHdf5 } from "./hdf5/hdf5-header.ts";
import { type LayerNames, layerNames } from "./hdf5/keras.ts";
import { EXPORT } from "./json/foreign.ts";
import { readNpz } from "./numpy/npz.ts";
import { isTorchArchive, readTorch } from "./pickle/torch.ts";
import { readZipDirectory, type ZipEntry } from "./zip.ts";

/** The weights in a .keras file: an HDF5 file, and the names of the layers that they belong to. */
export interface KerasWeights {
  readonly hdf5: Uint8Array;
  readonly layers: LayerNames;
}

const WEIGHTS = "model.weights.h5";

/** Files that are zip archives of other things, by a file that they hold, with a remedy for each. */
const FOREIGN: readonly { readonly holds: RegExp; readonly what: string; readonly remedy: string }[] = [
  {
    holds: /^xl\/workbook\.xml$/,
    what: "a spreadsheet",
    remedy: EXPORT,
  },
  { holds: /^word\/document\.xml$|^content\.xml$/, what: "an Office document", remedy: EXPORT },
  { holds: /^saved_model\.pb$|\/saved_model\.pb$/, what: "a zipped SavedModel of TensorFlow", remedy: EXPORT },
];

/** What a zip archive holds: a PyTorch checkpoint, weights of Keras, or else arrays of numpy. Throws FileError. */
export function readArchive(
  bytes: Uint8Array,
  file: string,
  budget: Budget,
): { readonly entries: Entries } | KerasWeights {
  const archive = readZipDirectory(bytes, file, budget);
  if (isTorchArchive(archive)) return { entries: readTorch(archive, file, budget) };
  const weights = archive.find(({ name }) => name === WEIGHTS);
  if (weights !== undefined) {
    const hdf5 = weights.read();
    if (!isHdf5(hdf5)) throw new FileError(file, `holds a ${WEIGHTS} that is no HDF5`, "Save the model again.");
    const config = archive.find(({ name }) => name === "config.json");
    return { hdf5, layers: config === undefined ? new Map() : layerNames(config.read()) };
  }
  const foreign = FOREIGN.find(({ holds }) => archive.some(({ name }) => holds.test(name)));
  if (foreign !== undefined) throw new FileError(file, `is ${foreign.what}`, foreign.remedy);
  return { entries: readNpz(archive, file, budget) };
}

/** The bytes that all entries of an archive claim to unpack to; 0 of one that is refused anyway. */
export function claimedBytes(bytes: Uint8Array): number {
  try {
    const archive = readZipDirectory(bytes, "", new Budget(""));
    return archive.some(isHdf5File) ? Number.POSITIVE_INFINITY : archive.reduce((total, { size }) => total + size, 0);
  } catch {
    return 0;
  }
}

function isHdf5File({ name }: ZipEntry): boolean {
  return name === WEIGHTS;
}
