import { FileError } from "../model/errors.ts";
import { MODEL_KEYS } from "../model/schema.ts";
import { Budget } from "./budget.ts";
import { valueEntry } from "./entries.ts";
import { refuseForeign } from "./foreign.ts";
import { isHdf5, withHdf5 } from "./hdf5.ts";
import { readJson } from "./json.ts";
import { namedByLayer } from "./keras.ts";
import { isMat5 } from "./mat5-header.ts";
import { entriesOfObject, type Naming, nameModels } from "./naming.ts";
import { isOnnx, readOnnx } from "./onnx.ts";
import type { RawModel } from "./raw.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";

/** The ending of a file that holds a single array: such files of one folder together are a model. */
export const ARRAY_EXTENSION = "npy";

/** Endings of the files that are read from a directory. */
export const MODEL_EXTENSIONS: readonly string[] = [
  ...["json", "ndjson", "jsonl", "npz", "safetensors", "pt", "pth", "pkl"],
  ...["mat", "h5", "hdf5", "jld2", "keras", "onnx"],
];

export interface ReadOptions extends Naming {
  /**
   * Whether HDF5 arrays were written column by column (Julia's HDF5.jl); for MATLAB and JLD2 files the reader knows.
   */
  readonly columnMajor?: boolean | undefined;
  /** Memory that the models of one file may take, in bytes; 1 GiB unless given. */
  readonly maxMemory?: number | undefined;
}

const ZIP = [0x50, 0x4b];

/** The first opcode of a Python pickle. */
const PICKLE = 0x80;

/**
 * The models in a file, by its content: JSON, NDJSON, .npz, .safetensors, a PyTorch checkpoint, HDF5 or MATLAB.
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
    const content = readArchive(bytes, fileName, budget);
    if ("entries" in content) return nameModels(content.entries, options, place);
    return withHdf5(content.hdf5, fileName, false, budget, (entries) =>
      nameModels(namedByLayer(entries, content.layers), options, place),
    );
  }
  if (isMat5(bytes)) {
    const { readMat5 } = await import("./mat5.ts");
    return nameModels(readMat5(bytes, fileName, budget), options, { ...place, several: true });
  }
  if (isHdf5(bytes)) {
    return withHdf5(bytes, fileName, options.columnMajor === true, budget, (entries) =>
      nameModels(namedByLayer(entries), options, { ...place, several: true }),
    );
  }
  if (bytes[0] === PICKLE) {
    const { isLegacyTorch, isPickle, readBarePickle, readLegacyTorch } = await import("./torch.ts");
    if (isLegacyTorch(bytes)) return nameModels(readLegacyTorch(bytes, fileName, budget), options, place);
    if (isPickle(bytes)) return nameModels(readBarePickle(bytes, fileName, budget), options, place);
  }
  if (isOnnx(bytes)) return nameModels(readOnnx(bytes, fileName, budget), options, place);
  if (isSafetensors(bytes)) return nameModels(readSafetensors(bytes, fileName, budget), options, place);
  refuseForeign(bytes, fileName);
  const raws = readJson(bytes, fileName, name, budget);
  if (isNamed(options)) return raws.flatMap((raw) => renamed(raw, options, fileName));
  return raws.length === 1 && isStack(raws[0]) ? renamed(raws[0], options, fileName) : raws;
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

/** A model of one line of NDJSON, under the names that were given. */
export function namedLine(raw: RawModel, options: Naming, file: string): RawModel {
  if (!isNamed(options)) return raw;
  const [model, ...others] = renamed(raw, options, file);
  if (others.length === 0) return model;
  const error = new FileError(`${file}, ${raw.name}`, "is a stack of models in one line", "Give one model a line.");
  return { name: raw.name, error };
}

/** JSON objects are models as they are, unless names are given or each is a stack of models. */
function renamed(raw: RawModel, naming: Naming, file: string): RawModel[] {
  if ("error" in raw) return [raw];
  try {
    const { value, name } = raw;
    if (!isObject(value)) return [raw];
    return nameModels(entriesOfObject(value), naming, { file, name, several: false, budget: new Budget(file) });
  } catch (error) {
    if (error instanceof FileError) return [{ name: raw.name, error }];
    throw error;
  }
}

/** Whether the one object of a JSON text holds lists of matrices. */
function isStack(raw: RawModel): boolean {
  if ("error" in raw || !isObject(raw.value)) return false;
  return Object.entries(raw.value).some(
    ([key, item]) => MODEL_KEYS.has(key) && (valueEntry(item).shape()?.length ?? 0) > 2,
  );
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Bytes of a text, or numbers of an archive, that are read within some tens of milliseconds. */
export const QUICK_BYTES = 2 ** 21;

/** Packed bytes that can't unpack to more than is read soon. */
const QUICK_PACKED_BYTES = (4 * QUICK_BYTES) / 1024;

/**
 * Whether a file is read so soon that nobody would want to stop it. All else should be read where it can be stopped:
 * in a worker.
 */
export async function isQuick(bytes: Uint8Array): Promise<boolean> {
  if (startsWith(bytes, ZIP)) return (await import("./archive.ts")).claimedBytes(bytes) <= 4 * QUICK_BYTES;
  // its compressed variables don't tell how large they are before they are unpacked
  if (isMat5(bytes)) return bytes.length <= QUICK_PACKED_BYTES;
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
