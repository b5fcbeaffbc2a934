import { FileError } from "../model/errors.ts";
import { shapeOf, vectorLength } from "../model/forms.ts";
import { MODEL_KEYS } from "../model/schema.ts";
import { Budget } from "./budget.ts";
import { misfitOf } from "./fit.ts";
import { isHdf5, withHdf5 } from "./hdf5.ts";
import { readJson } from "./json.ts";
import { entriesOfObject, nameModels } from "./naming.ts";
import type { Naming, ReadOptions } from "./options.ts";
import { refuseResult } from "./own-results.ts";
import type { RawModel } from "./raw.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";

/** The ending of a file that holds a single array: such files of one folder together are a model. */
export const ARRAY_EXTENSION = "npy";

/** Endings of the files that are read from a directory. */
export const MODEL_EXTENSIONS: readonly string[] = [
  ...["json", "ndjson", "jsonl", "npz", "safetensors", "pt", "pth", "pkl"],
  ...["mat", "h5", "hdf5", "jld2"],
];

export type { ReadOptions } from "./options.ts";

const ZIP = [0x50, 0x4b];

/** Formats that are recognised by their first bytes but not read, with a remedy for each. */
const FOREIGN: readonly { first: readonly number[]; what: string; remedy: string }[] = [
  {
    first: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
    what: "a single numpy array",
    remedy: "Give the folder of the model's .npy files, or save all arrays in one file with numpy.savez.",
  },
  { first: [0x1f, 0x8b], what: "a gzip file", remedy: "Decompress it first." },
  {
    first: [..."MATLAB 5.0"].map((c) => c.charCodeAt(0)),
    what: "an old MATLAB file",
    remedy: "Save it with save(…, '-v7.3').",
  },
  {
    first: [0x80],
    what: "a bare Python pickle, or a PyTorch checkpoint from before version 1.6",
    remedy: "Save model.state_dict() with torch.save, or the arrays with numpy.savez.",
  },
];

/**
 * The models in a file, by its content: JSON, NDJSON, .npz, .safetensors, a PyTorch checkpoint, HDF5 or MATLAB v7.3.
 * Nothing is validated yet. Throws FileError, and never anything else, whatever the bytes are.
 *
 * @param fileName for messages, and for the names of models that have none
 */
export async function readModels(bytes: Uint8Array, fileName: string, options: ReadOptions = {}): Promise<RawModel[]> {
  const name = baseName(fileName);
  const budget = new Budget(fileName, options.maxMemory);
  const place = { file: fileName, name, several: false, budget };
  if (startsWith(bytes, ZIP)) {
    // loaded here, because the packages for archives and their arrays take a while to load
    const { readArchive } = await import("./archive.ts");
    return nameModels(readArchive(bytes, fileName, budget), options, place);
  }
  if (isHdf5(bytes)) {
    return withHdf5(bytes, fileName, options.columnMajor === true, budget, (entries) =>
      nameModels(entries, options, { ...place, several: true }),
    );
  }
  if (isSafetensors(bytes)) return nameModels(readSafetensors(bytes, fileName, budget), options, place);
  for (const { first, what, remedy } of FOREIGN) {
    if (startsWith(bytes, first)) throw new FileError(fileName, `is ${what}`, remedy);
  }
  const raws = readJson(bytes, fileName, name, budget);
  // of a file of answers, one message and not one a line
  const [first] = raws;
  if (first !== undefined && "value" in first) refuseResult(valueOrNothing(first), fileName);
  return raws.map((raw) => namedLine(raw, options, fileName));
}

function valueOrNothing(raw: { readonly value: unknown }): unknown {
  try {
    return raw.value;
  } catch {
    return undefined;
  }
}

/**
 * The model whose arrays are the .npy files of one folder. Each file has the name of its array. Throws FileError.
 * @param files bytes by file name, `A.npy`
 * @param folder for messages
 */
export async function readArrays(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  name: string,
  options: ReadOptions = {},
): Promise<RawModel[]> {
  const { entriesOfNpy } = await import("./npz.ts");
  const arrays = [...files].map(([file, bytes]) => [file.slice(0, -ARRAY_EXTENSION.length - 1), bytes] as const);
  return nameModels(entriesOfNpy(new Map(arrays), folder), options, {
    file: folder,
    name,
    several: false,
    budget: new Budget(folder, options.maxMemory),
  });
}

function isNamed({ layout, map, set, prefix }: Naming): boolean {
  return layout !== undefined || map !== undefined || set !== undefined || prefix !== undefined;
}

/** A model of a JSON text under the names that were given; its value is read when it is asked for. */
export function namedLine(raw: RawModel, options: Naming, file: string): RawModel {
  if ("error" in raw) return raw;
  return isNamed(options) || options.guess === true ? renamed(raw, options, file) : new FittingModel(raw, file);
}

/** A model whose value, where its arrays do not fit any kind, is looked for as in any other file. */
class FittingModel {
  readonly name: string;
  readonly #raw: { readonly name: string; readonly value: unknown };
  readonly #file: string;

  constructor(raw: { readonly name: string; readonly value: unknown }, file: string) {
    this.name = raw.name;
    this.#raw = raw;
    this.#file = file;
  }

  /** Throws FileError. */
  get value(): unknown {
    const { value } = this.#raw;
    if (!isRecord(value) || misfitOf(value, (length) => spareKey(value, length)) === undefined) return value;
    const found = renamed({ name: this.name, value }, {}, this.#file);
    if ("error" in found) throw found.error;
    return found.value;
  }
}

/** A vector of this length under a key that is no model's. */
function spareKey(value: Readonly<Record<string, unknown>>, length: number): string | undefined {
  return Object.keys(value).find((key) => {
    const shape = MODEL_KEYS.has(key) ? undefined : shapeOf(value[key]);
    return shape !== undefined && vectorLength(shape) === length;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A JSON object under the names that were given. */
function renamed(raw: Extract<RawModel, { value: unknown }>, naming: Naming, file: string): RawModel {
  try {
    const { value } = raw;
    if (!isRecord(value)) return raw;
    refuseResult(value, file);
    const which = raw.name === baseName(file) ? file : `${file}, ${raw.name}`;
    const place = { file: which, path: file, name: raw.name, several: false, budget: new Budget(file) };
    return nameModels(entriesOfObject(value), naming, place)[0]!;
  } catch (error) {
    if (error instanceof FileError) return { name: raw.name, error };
    throw error;
  }
}

/** Bytes of a text, or numbers of an archive, that are read within some tens of milliseconds. */
export const QUICK_BYTES = 2 ** 21;

/**
 * Whether a file is read so soon that nobody would want to stop it. All else should be read where it can be stopped:
 * in a worker.
 */
export async function isQuick(bytes: Uint8Array): Promise<boolean> {
  if (startsWith(bytes, ZIP)) return (await import("./archive.ts")).claimedBytes(bytes) <= 4 * QUICK_BYTES;
  return bytes.length <= QUICK_BYTES && !isHdf5(bytes);
}

function startsWith(bytes: Uint8Array, first: readonly number[]): boolean {
  return first.every((byte, i) => bytes[i] === byte);
}

/** `dir/model.v2.json` → `model.v2`. */
export function baseName(fileName: string): string {
  const last = fileName.split(/[/\\]/).pop() ?? fileName;
  const dot = last.lastIndexOf(".");
  return dot > 0 && MODEL_EXTENSIONS.includes(last.slice(dot + 1).toLowerCase()) ? last.slice(0, dot) : last;
}
