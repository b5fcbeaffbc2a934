import { FileError, isStillpointError, StillpointError } from "../../model/errors.ts";
import { isNumericArray, type NumericArray } from "../../model/matrix.ts";
import { parseValue } from "../../model/parse.ts";
import { MODEL_KEYS } from "../../model/schema.ts";
import type { RawModel } from "./json/raw.ts";
import { type ReadOptions, readArrays, readModels } from "./read.ts";

/** A file for a worker to read: its bytes, or the .npy files of a folder by name. */
export interface ReadPayload {
  readonly content: Uint8Array | ReadonlyMap<string, Uint8Array>;
  /** For messages. */
  readonly file: string;
  /** The name of a folder's model. */
  readonly name: string;
  readonly options: ReadOptions;
}

/**
 * A payload as a thread is sent it: in a map, since Deno looks at each byte of an array in a message to a thread, some
 * 0.1 s a megabyte, but not into maps.
 */
export type ReadRequest = ReadonlyMap<"file", ReadPayload>;

/** An error that can be sent. */
type PackedError =
  | { readonly file: string; readonly problem: string; readonly remedy: string }
  | { readonly code: StillpointError["code"]; readonly message: string };

/** A raw model that can be sent. */
export type PackedRaw =
  | {
      readonly name: string;
      readonly value: unknown;
      readonly taken: readonly string[] | undefined;
      readonly note: string | undefined;
    }
  | { readonly name: string; readonly error: PackedError };

export type ReadAnswer = readonly PackedRaw[] | PackedError;

/** The job "read": all models of a file, every value read. Never throws an error of this program's own classes. */
export async function readPacked({ content, file, name, options }: ReadPayload): Promise<ReadAnswer> {
  try {
    const raws =
      content instanceof Map
        ? await readArrays(content, file, name, options)
        : await readModels(content as Uint8Array, file, options);
    return await Promise.all(raws.map(packed));
  } catch (error) {
    if (isStillpointError(error)) return packedError(error);
    throw error;
  }
}

async function packed(raw: RawModel): Promise<PackedRaw> {
  const { name } = raw;
  try {
    if ("error" in raw) throw raw.error;
    const value = await packedValue(raw.value);
    return { name, value, taken: raw.taken === undefined ? undefined : [...raw.taken], note: raw.note };
  } catch (error) {
    if (isStillpointError(error)) return { name, error: packedError(error) };
    throw error;
  }
}

/** Keys that mean nothing keep their names, for the list of ignored ones. */
async function packedValue(value: unknown): Promise<unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const flat: Record<string, unknown> = {};
  let isOdd = false;
  for (const [key, item] of Object.entries(value)) {
    if (!MODEL_KEYS.has(key)) flat[key] = "not read";
    else if (!Array.isArray(item)) flat[key] = item;
    else {
      const array = flatArray(item);
      isOdd ||= array === undefined;
      flat[key] = array ?? item;
    }
  }
  // the error of an array that is none is found here, where the array need not be sent
  if (isOdd) parseValue(value);
  return flat;
}

/** Nested arrays of numbers as one array with its shape; undefined for what is no matrix and no vector. */
function flatArray(item: readonly unknown[]): NumericArray | undefined {
  if (item.length === 0) return undefined;
  if (!Array.isArray(item[0])) {
    return item.every((x) => typeof x === "number")
      ? { data: Float64Array.from(item), shape: [item.length] }
      : undefined;
  }
  const cols = item[0].length;
  if (cols === 0) return undefined;
  const data = new Float64Array(item.length * cols);
  for (let i = 0; i < item.length; i++) {
    const row: unknown = item[i];
    if (!Array.isArray(row) || row.length !== cols) return undefined;
    for (let k = 0; k < cols; k++) {
      const x: unknown = row[k];
      if (typeof x !== "number") return undefined;
      data[i * cols + k] = x;
    }
  }
  return { data, shape: [item.length, cols] };
}

function packedError(error: StillpointError): PackedError {
  if (error instanceof FileError) return { file: error.file, problem: error.problem, remedy: error.remedy };
  return { code: error.code, message: error.message };
}

function unpackedError(error: PackedError): StillpointError {
  if ("file" in error) return new FileError(error.file, error.problem, error.remedy);
  return new StillpointError(error.code, error.message);
}

/** The buffers of an answer that can be handed over instead of copied. */
export function buffersOf(answer: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  if (!Array.isArray(answer)) return [];
  for (const { value } of answer as readonly { readonly value?: unknown }[]) {
    if (value === null || typeof value !== "object") continue;
    for (const item of Object.values(value)) {
      if (isNumericArray(item) && item.data.buffer instanceof ArrayBuffer) buffers.add(item.data.buffer);
    }
  }
  return [...buffers];
}

/** The raw models of an answer. Throws the error that reading ended with. */
export function unpackedAnswer(answer: ReadAnswer): RawModel[] {
  if (!Array.isArray(answer)) throw unpackedError(answer as PackedError);
  return (answer as readonly PackedRaw[]).map((raw) => {
    if ("error" in raw) return { name: raw.name, error: unpackedError(raw.error) };
    const { name, value, taken, note } = raw;
    return {
      name,
      value,
      ...(taken === undefined ? {} : { taken: new Set(taken) }),
      ...(note === undefined ? {} : { note }),
    };
  });
}
