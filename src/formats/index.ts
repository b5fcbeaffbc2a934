/**
 * Files: their bytes in, models out; results in, bytes out. What the command line reads and writes, with the same
 * limits (docs/formats.md), for pages and scripts. Nothing here opens a file.
 * @module
 */
import type { Result } from "../base/result.ts";
import { FileError, isStillpointError, type StillpointError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { wholeLine } from "../model/seal.ts";
import { MAX_FILE_BYTES } from "./read/budget.ts";
import type { RawModel } from "./read/json/raw.ts";
import type { ReadOptions } from "./read/options.ts";
import { readArrays, readModels } from "./read/read.ts";
import { csvLines } from "./write/write-csv.ts";
import { JsonDocument } from "./write/write-json.ts";
import { writeText } from "./write/write-text.ts";

export { LAYOUT_NAMES, type LayoutName } from "./read/names/layouts.ts";
export type { Naming, ReadOptions } from "./read/options.ts";

/** A model of a file, not yet validated, or why it can't be read. `name` is for models that have none themselves. */
export type ModelOfFile =
  | {
      readonly name: string;
      /** For `parseModel`, or any function that takes a model. */
      readonly model: ModelInput;
      /** How a file was read whose names left it to a guess. */
      readonly note?: string;
    }
  | { readonly name: string; readonly error: StillpointError };

/**
 * The models in a file of any format of docs/formats.md, told by its content. One model that can't be read does not
 * stop the others. All of it is read at once on this thread: to be able to end it, call it in a worker, or give
 * `maxSeconds`.
 *
 * @param content the bytes of a file, or those of the .npy files of a folder by name (`A.npy`).
 * @param fileName for messages, and for the names of models that have none.
 * @throws FileError for a file that is no model file, or beyond a limit.
 */
export async function readModelFile(
  content: Uint8Array | ReadonlyMap<string, Uint8Array>,
  fileName: string,
  options: ReadOptions = {},
): Promise<ModelOfFile[]> {
  const isFolder = content instanceof Map;
  const size = isFolder
    ? [...content.values()].reduce((total, bytes) => total + bytes.length, 0)
    : (content as Uint8Array).length;
  if (size > MAX_FILE_BYTES) {
    throw new FileError(fileName, `has ${size} bytes; the limit is ${MAX_FILE_BYTES}`, "Split it.");
  }
  const raws = isFolder
    ? await readArrays(content, fileName, fileName, options)
    : await readModels(content as Uint8Array, fileName, options);
  return raws.map(modelOfFile);
}

function modelOfFile(raw: RawModel): ModelOfFile {
  const { name } = raw;
  try {
    if ("error" in raw) return { name, error: raw.error };
    const model = raw.value as ModelInput;
    return raw.note === undefined ? { name, model } : { name, model, note: raw.note };
  } catch (error) {
    if (isStillpointError(error)) return { name, error };
    throw error;
  }
}

/** The formats that results are written in. */
export type ResultFormat = "text" | "json" | "ndjson" | "csv" | "npz";

/** The bytes of a file of results, as `stillpoint solve -o` writes it. */
export async function writeResults(results: readonly Result[], format: ResultFormat): Promise<Uint8Array> {
  if (format === "npz") {
    // its package for archives takes a while to load
    const { writeNpz } = await import("./write/write-npz.ts");
    return writeNpz(results);
  }
  return new TextEncoder().encode([...textsOf(results, format)].join(""));
}

function* textsOf(results: readonly Result[], format: Exclude<ResultFormat, "npz">): Generator<string> {
  if (format === "csv") yield* csvLines(results);
  else if (format === "ndjson") for (const result of results) yield* wholeLine(result);
  else if (format === "text") yield results.map((result) => writeText(result)).join("\n");
  else {
    const document = new JsonDocument();
    for (const result of results) yield* document.add(result);
    yield* document.end();
  }
}
