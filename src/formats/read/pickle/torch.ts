import { FileError } from "../../../model/errors.ts";
import type { Budget } from "../budget.ts";
import type { Entries } from "../entries.ts";
import { escaped } from "../printable.ts";
import type { ZipEntry } from "../zip.ts";
import { readPickle, readPickleAt } from "./pickle.ts";
import { entriesOfPickle } from "./pickle-entries.ts";
import { PickleDict, PickleInstance, PickleList, type PickleReaders, type PickleValue } from "./pickle-values.ts";
import { type Block, Storage, storageBytes, TORCH_READERS } from "./torch-tensors.ts";

const SAVE_STATE = "Save the parameters in Python: torch.save(model.state_dict(), file).";

const REMEDY = "Save model.state_dict() again with torch.save.";

/** The largest pickle that is read: it describes tensors, whose numbers lie elsewhere. */
const MAX_PICKLE_BYTES = 2 ** 26;

/** Whether torch.save wrote a zip archive. */
export function isTorchArchive(entries: readonly ZipEntry[]): boolean {
  return entries.some(({ name }) => name.endsWith("/data.pkl") || name === "data.pkl");
}

/**
 * The tensors, texts and numbers of a PyTorch checkpoint (torch.save since 1.6): a state_dict, any nesting of
 * dictionaries and lists, a whole module, or a TorchScript archive, whose parameters have the names that a state_dict
 * gives them. The pickle inside is read as data; none of its code is run. Throws FileError.
 */
export function readTorch(archive: readonly ZipEntry[], file: string, budget: Budget): Entries {
  const pickle = archive.find(({ name }) => name.endsWith("/data.pkl") || name === "data.pkl");
  if (pickle === undefined) throw new FileError(file, "holds no data.pkl", REMEDY);
  const root = pickle.name.slice(0, -"data.pkl".length);
  const order = archive.find(({ name }) => name === `${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order.read()).trim() !== "little") {
    throw new FileError(file, "holds big-endian numbers", "Save it on a little-endian machine.");
  }
  if (pickle.size > MAX_PICKLE_BYTES) {
    throw new FileError(file, `holds a pickle of ${pickle.size} bytes; the limit is ${MAX_PICKLE_BYTES}`, REMEDY);
  }
  const data = `${root}data/`;
  const blocks = new Map(
    archive.filter(({ name }) => name.startsWith(data)).map((entry) => [entry.name.slice(data.length), entry]),
  );
  const value = readPickle(pickle.read(), file, TORCH_READERS);
  const entries = entriesOfPickle(value, blocks, file, budget);
  if (holdsArrays(entries)) return entries;
  if (archive.some(({ name }) => name.startsWith(`${root}code/`))) {
    throw new FileError(file, "is a TorchScript archive whose parameters are frozen into its code", SAVE_STATE);
  }
  throw noTensors(value, file);
}

function holdsArrays(entries: Entries): boolean {
  return [...entries.values()].some((entry) => entry.shape() !== undefined);
}

function noTensors(value: PickleValue, file: string): FileError {
  const what = value instanceof PickleInstance ? ` (it is a pickled ${escaped(value.name.slice(0, 80))})` : "";
  return new FileError(file, `holds no tensors that can be had without running code${what}`, SAVE_STATE);
}

/** 0x1950a86a20f9469cfc6c, pickled: the beginning of what torch.save wrote before version 1.6. */
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/** Whether bytes begin as what torch.save wrote before version 1.6. */
export function isLegacyTorch(bytes: Uint8Array): boolean {
  return LEGACY.every((byte, i) => bytes[i] === byte);
}

/**
 * What torch.save wrote before version 1.6, and writes if asked: pickles of a magic number, a version, the machine, the
 * object and the keys of its storages, then each storage as its length (8 bytes) and its numbers. Throws FileError.
 */
export function readLegacyTorch(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const fail = (problem: string): never => {
    throw new FileError(file, problem, REMEDY);
  };
  const storages = new Map<string, Storage>();
  const readers: PickleReaders = {
    ...TORCH_READERS,
    persistent(id) {
      const storage = TORCH_READERS.persistent(id);
      // the sixth part is of a view of another storage, which PyTorch 0.4 was the last to write
      if (!(storage instanceof Storage) || (id instanceof PickleList && id.items[5] != null)) return undefined;
      storages.set(storage.key, storage);
      return storage;
    },
  };
  let at = LEGACY.length;
  const next = (): PickleValue => {
    const { value, end } = readPickleAt(bytes, at, file, readers);
    at = end;
    return value;
  };
  next();
  const machine = next();
  if (machine instanceof PickleDict && machine.get("little_endian") === false) fail("holds big-endian numbers");
  const value = next();
  const keys = next();
  if (!(keys instanceof PickleList)) return fail("holds no list of its storages");
  const blocks = new Map<string, Block>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined) return fail("lists a storage that no tensor is in");
    if (at + 8 > bytes.length) return fail("is cut off");
    const size = Number(view.getBigUint64(at, true)) * storageBytes(storage);
    const from = at + 8;
    if (!(from + size <= bytes.length))
      return fail(`claims a storage of ${size} bytes where ${bytes.length - from} are left`);
    blocks.set(storage.key, { size, read: () => bytes.subarray(from, from + size) });
    at = from + size;
  }
  const entries = entriesOfPickle(value, blocks, file, budget);
  if (holdsArrays(entries)) return entries;
  throw noTensors(value, file);
}

/** Whether bytes begin as a pickle of protocol 2 to 5 does. */
export function isPickle(bytes: Uint8Array): boolean {
  return bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5;
}

/** The arrays of NumPy, lists of numbers, texts and numbers of a bare Python pickle. Throws FileError. */
export function readBarePickle(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const readers: PickleReaders = { ...TORCH_READERS, persistent: () => undefined };
  const entries = entriesOfPickle(readPickle(bytes, file, readers), new Map(), file, budget, { lists: true });
  if (holdsArrays(entries)) return entries;
  throw new FileError(
    file,
    "is a Python pickle that holds no arrays by name",
    "Pickle a dictionary of arrays, or save them with numpy.savez.",
  );
}
