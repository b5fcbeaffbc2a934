import { rm } from "node:fs/promises";
import { readArchive } from "../../formats/read/archive.ts";
import { Budget } from "../../formats/read/budget.ts";
import { decodeElements, ELEMENT_SIZES } from "../../formats/read/elements.ts";
import { type Entry, valueEntry } from "../../formats/read/entries.ts";
import { nameModels } from "../../formats/read/names/naming.ts";
import { FileError, ModelError, OptionError } from "../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../model/matrix.ts";
import { parseValue } from "../../model/parse.ts";
import type { Model } from "../../model/types.ts";
import type { FindOptions } from "../../run/options.ts";
import { isStdin, readBytes } from "../bytes.ts";
import { ModelReader } from "../reading.ts";
import { readSource, resolveSources } from "../sources.ts";
import { isObject, type Json, readNaming } from "./options.ts";

/** Number formats of arrays in requests. */
const FORMATS: Readonly<Record<string, "f64" | "f32">> = { f8: "f64", f4: "f32" };

/** What a model of a request is called in messages. */
const PLACE = "model";

/** A model that is not yet validated, and a name for it where it has none. */
export interface RequestedModel {
  readonly value: unknown;
  readonly name?: string;
}

/**
 * The model of a request: `model` (keys and values; arrays as nested lists, or as bytes in base64), with `npz` for
 * large arrays; or `file`.
 * @throws ModelError, OptionError, FileError
 */
export async function requestedModel(request: Json, signal: AbortSignal): Promise<RequestedModel> {
  return request.file === undefined ? { value: await givenModel(request) } : modelOfFile(request, signal);
}

/** `requestedModel`, validated. Throws as `requestedModel`. */
export async function readModel(request: Json, input: FindOptions["input"], signal: AbortSignal): Promise<Model> {
  const { value, name } = await requestedModel(request, signal);
  return parseValue(value, { name, input });
}

/** The values of a model under its keys, not yet validated. */
async function givenModel(request: Json): Promise<unknown> {
  const { model, npz, naming } = request;
  if (!isObject(model)) throw new ModelError(PLACE, "must be an object", model, "Give its arrays under their keys.");
  const entries = new Map<string, Entry>();
  for (const [key, value] of Object.entries(model)) entries.set(key, valueEntry(decoded(value, key)));
  const budget = new Budget(PLACE);
  if (npz !== undefined) {
    const archive = readArchive(await temporaryBytes(npz), PLACE, budget);
    if (!("entries" in archive))
      throw new OptionError("npz", "must hold arrays", "a Keras model", "Give its path as file.");
    for (const [key, entry] of archive.entries) entries.set(key, entry);
  }
  const names = readNaming(naming);
  if (naming === undefined || naming === null) {
    return Object.fromEntries([...entries].map(([key, entry]) => [key, entry.read()]));
  }
  const [raw, ...others] = nameModels(entries, names, { file: PLACE, name: PLACE, several: false, budget });
  if (others.length > 0) {
    throw new ModelError(PLACE, "must be one model", `a stack of ${others.length + 1}`, "Ask for each of them.");
  }
  if ("error" in raw!) throw raw.error;
  return raw!.value;
}

/** The bytes of a file that a client wrote for this request; it is removed, whoever of the two dies. */
async function temporaryBytes(npz: unknown): Promise<Uint8Array> {
  if (!isObject(npz) || typeof npz.path !== "string") {
    throw new OptionError("npz", "must be an object with a path", npz, 'For example {"path": "/tmp/arrays.npz"}.');
  }
  refuseStdin(npz.path);
  try {
    return await readBytes(npz.path);
  } finally {
    if (npz.remove === true) await rm(npz.path, { force: true });
  }
}

function decoded(value: unknown, field: string): unknown {
  return isObject(value) && "base64" in value ? readArray(value, field) : value;
}

/** An array of numbers: its bytes, little-endian and row by row, in base64. Throws ModelError. */
export function readArray({ base64, dtype, shape }: Json, field: string): NumericArray {
  const type = typeof dtype === "string" && Object.hasOwn(FORMATS, dtype) ? FORMATS[dtype] : undefined;
  if (type === undefined) throw new ModelError(field, "has no known dtype", dtype, "Use f8 or f4.");
  if (typeof base64 !== "string") throw new ModelError(field, "has no base64", base64, "Give its bytes as a text.");
  const isShape = Array.isArray(shape) && shape.length <= 32 && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isShape) throw new ModelError(field, "has no shape", shape, "Give a list of whole numbers.");
  const count = (shape as number[]).reduce((product, n) => product * n, 1);
  if (count > MAX_ENTRIES)
    throw new ModelError(field, `has more than ${MAX_ENTRIES} entries`, count, "Use a smaller model.");
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== count * ELEMENT_SIZES[type]) {
    const needed = `${count * ELEMENT_SIZES[type]} bytes, as its shape and dtype say`;
    throw new ModelError(field, `must have ${needed}`, `${bytes.length} bytes`, "Encode all of its bytes.");
  }
  return { data: decodeElements(bytes, type, field), shape: shape as number[] };
}

/** Throws FileError for the standard input of the server: whoever reads it takes requests away. */
export function refuseStdin(path: string): void {
  if (isStdin(path)) throw new FileError(path, "is standard input, which holds the requests", "Give a file.");
}

async function modelOfFile({ file, naming }: Json, signal: AbortSignal): Promise<RequestedModel> {
  if (typeof file !== "string") throw new OptionError("file", "must be a path", file, "Give it as a text.");
  refuseStdin(file);
  const reader = new ModelReader(signal);
  try {
    const sources = await resolveSources([file]);
    const [source] = sources;
    if ("error" in source!) throw source.error;
    const raws = sources.length === 1 ? await readSource(source!, { options: readNaming(naming), reader, signal }) : [];
    if (raws.length !== 1) {
      const what = sources.length > 1 ? `names ${sources.length} files` : `holds ${raws.length} models`;
      throw new FileError(file, `${what}, and one model is asked for`, "Ask for the answers to many.");
    }
    const [raw] = raws;
    if ("error" in raw!) throw raw.error;
    return { value: raw!.value, name: raw!.name };
  } finally {
    await reader.close();
  }
}
