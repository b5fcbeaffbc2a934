import { FileError } from "../../model/errors.ts";
import { shapeOf, vectorLength } from "../../model/forms.ts";
import { MODEL_KEYS } from "../../model/schema.ts";
import { Budget } from "./budget.ts";
import { valueEntry } from "./entries.ts";
import { isColumnMajor, isHdf5 } from "./hdf5/hdf5-header.ts";
import type { LayerNames } from "./hdf5/keras.ts";
import { refuseForeign } from "./json/foreign.ts";
import { readJson } from "./json/json.ts";
import type { ModelLine, RawModel } from "./json/raw.ts";
import { isMat5 } from "./matlab/mat5-header.ts";
import { misfitOf } from "./names/fit.ts";
import { entriesOfObject, type NamedFile, nameModels } from "./names/naming.ts";
import { isOnnx, readOnnx } from "./onnx.ts";
import type { Naming, ReadOptions } from "./options.ts";
import { refuseResult } from "./own-results.ts";
import { isSafetensors, readSafetensors } from "./safetensors.ts";

/** The ending of a file that holds a single array: such files of one folder together are a model. */
export const ARRAY_EXTENSION = "npy";

/** Endings of the files that are read from a directory. */
export const MODEL_EXTENSIONS: readonly string[] = [
  ...["json", "ndjson", "jsonl", "npz", "safetensors", "pt", "pth", "pkl"],
  ...["mat", "h5", "hdf5", "jld2", "keras", "onnx"],
];

export type { ReadOptions } from "./options.ts";

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
  const budget = new Budget(fileName, options.maxMemory, options.maxSeconds);
  const place = { file: fileName, name, several: false, budget };
  if (startsWith(bytes, ZIP)) {
    // loaded here, because the packages for archives and their arrays take a while to load
    const { readArchive } = await import("./archive.ts");
    const content = readArchive(bytes, fileName, budget);
    if ("entries" in content) return nameModels(content.entries, options, place);
    return readHdf5(content.hdf5, options, place, content.layers);
  }
  if (isMat5(bytes)) {
    const { readMat5 } = await import("./matlab/mat5.ts");
    return nameModels(readMat5(bytes, fileName, budget), options, { ...place, several: true });
  }
  if (isHdf5(bytes)) {
    return readHdf5(bytes, options, { ...place, several: true, maybeColumnMajor: !isColumnMajor(bytes) });
  }
  if (bytes[0] === PICKLE) {
    const { isLegacyTorch, isPickle, readBarePickle, readLegacyTorch } = await import("./pickle/torch.ts");
    if (isLegacyTorch(bytes)) return nameModels(readLegacyTorch(bytes, fileName, budget), options, place);
    if (isPickle(bytes)) return nameModels(readBarePickle(bytes, fileName, budget), options, place);
  }
  if (isOnnx(bytes)) return nameModels(readOnnx(bytes, fileName, budget), options, place);
  if (isSafetensors(bytes)) return nameModels(readSafetensors(bytes, fileName, budget), options, place);
  refuseForeign(bytes, fileName);
  const raws = readJson(bytes, fileName, name, budget);
  const [first, ...others] = raws;
  if (first === undefined || "error" in first) return raws.flatMap((raw) => namedObjects(raw, options, fileName));
  // of a file of answers, one message and not one a line
  const value = valueOrNothing(first);
  refuseResult(value, fileName);
  if (others.length === 0 && isStack(value)) return renamed(first, options, fileName);
  return raws.flatMap((raw) => namedObjects(raw, options, fileName));
}

/** The models of an HDF5 file. @param layers of the weights in a .keras file. */
async function readHdf5(
  bytes: Uint8Array,
  options: ReadOptions,
  place: NamedFile,
  layers?: LayerNames,
): Promise<RawModel[]> {
  const [{ withHdf5 }, { namedByLayer }] = await Promise.all([import("./hdf5/hdf5.ts"), import("./hdf5/keras.ts")]);
  // Keras writes row by row
  const columnMajor = layers === undefined && options.columnMajor === true;
  return withHdf5(bytes, place.file, columnMajor, place.budget, (entries) =>
    nameModels(namedByLayer(entries, layers), options, place),
  );
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
  const { entriesOfNpy } = await import("./numpy/npz.ts");
  const arrays = [...files].map(([file, bytes]) => [file.slice(0, -ARRAY_EXTENSION.length - 1), bytes] as const);
  return nameModels(entriesOfNpy(new Map(arrays), folder), options, {
    file: folder,
    name,
    several: false,
    budget: new Budget(folder, options.maxMemory, options.maxSeconds),
  });
}

/** Whether objects are more than models as they are. */
function isNamed({ layout, map, set, prefix, guess }: Naming): boolean {
  return [layout, map, set, prefix].some((each) => each !== undefined) || guess === true;
}

/** An object of a JSON text under the names that were given: one model, or those of a stack. */
function namedObjects(raw: RawModel, options: Naming, file: string): RawModel[] {
  if ("error" in raw) return [raw];
  return isNamed(options) ? renamed(raw, options, file) : [new FittingModel(raw, file)];
}

/**
 * A model of one line of NDJSON, under the names that were given; without any its value is read when it is asked for.
 */
export function namedLine(raw: RawModel, options: Naming, file: string): RawModel {
  const named = namedObjects(raw, options, file);
  return named.length === 1 ? named[0]! : { name: raw.name, error: stackError(raw.name, file) };
}

function stackError(name: string, file: string): FileError {
  return new FileError(`${file}, ${name}`, "is a stack of models in one line or list", "Give one model a line.");
}

/** A model whose value, where its arrays do not fit any kind, is looked for as in any other file. */
class FittingModel {
  readonly name: string;
  readonly line: ModelLine | undefined;
  readonly #raw: Extract<RawModel, { value: unknown }>;
  readonly #file: string;

  constructor(raw: Extract<RawModel, { value: unknown }>, file: string) {
    this.name = raw.name;
    this.line = raw.line;
    this.#raw = raw;
    this.#file = file;
  }

  /** Throws FileError. */
  get value(): unknown {
    const { value } = this.#raw;
    if (!isRecord(value) || fits(value)) return value;
    const [found, ...others] = renamed({ name: this.name, value }, {}, this.#file);
    if (found === undefined || others.length > 0) throw stackError(this.name, this.#file);
    if ("error" in found) throw found.error;
    return found.value;
  }
}

/** Whether the names and sizes of a value's arrays are those of a model. Models of a batch mostly have the same ones. */
function fits(value: Readonly<Record<string, unknown>>): boolean {
  let place = 0;
  if (tellLooks(value, (look) => look === lastFit[place++]) && place === lastFit.length) return true;
  if (misfitOf(value, (length) => spareKey(value, length)) !== undefined) return false;
  const looks: unknown[] = [];
  tellLooks(value, (look) => looks.push(look) > 0);
  lastFit = looks;
  return true;
}

let lastFit: readonly unknown[] = [];

/**
 * All that `misfitOf` and `spareKey` look at: the kind, the keys, and of what they hold the size and whether it is 0.
 * @param tell is told one after the other, and says whether to go on.
 */
function tellLooks(value: Readonly<Record<string, unknown>>, tell: (look: unknown) => boolean): boolean {
  if (!tell(typeof value.kind === "string" ? value.kind : "")) return false;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const shape = typeof item === "object" ? shapeOf(item) : undefined;
    if (!tell(key) || !tell(shape?.extents.length)) return false;
    if (shape === undefined ? !tell(typeof item) || !tell(item === 0) : !tell(shape.nested)) return false;
    for (let i = 0; i < (shape?.extents.length ?? 0); i++) if (!tell(shape!.extents[i])) return false;
  }
  return true;
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

/** A JSON object under the names that were given: one model, or those of a stack. */
function renamed(raw: Extract<RawModel, { value: unknown }>, naming: Naming, file: string): RawModel[] {
  try {
    const { value } = raw;
    if (!isRecord(value)) return [raw];
    refuseResult(value, file);
    const which = raw.name === baseName(file) ? file : `${file}, ${raw.name}`;
    const place = { file: which, path: file, name: raw.name, several: false, budget: new Budget(file) };
    return nameModels(entriesOfObject(value), naming, place);
  } catch (error) {
    if (error instanceof FileError) return [{ name: raw.name, error }];
    throw error;
  }
}

/** Whether the one object of a JSON text holds lists of matrices. */
function isStack(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).some(
    ([key, item]) => MODEL_KEYS.has(key) && (valueEntry(item).shape()?.length ?? 0) > 2,
  );
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
