import { FileError } from "../model/errors.ts";
import { readJson } from "./json.ts";
import { readNpz } from "./npz.ts";
import type { RawModel } from "./raw.ts";

/** File endings that a directory is searched for. */
export const MODEL_EXTENSIONS: readonly string[] = ["json", "ndjson", "jsonl", "npz"];

const ZIP = [0x50, 0x4b];

/** Formats that are known by their first bytes but not read, and what to do about each. */
const FOREIGN: readonly { first: readonly number[]; what: string; remedy: string }[] = [
  {
    first: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59],
    what: "a single numpy array",
    remedy: "Save all arrays with numpy.savez.",
  },
  { first: [0x1f, 0x8b], what: "a gzip file", remedy: "Decompress it first." },
  {
    first: [0x89, 0x48, 0x44, 0x46],
    what: "an HDF5 file, which is not supported yet",
    remedy: "Save it as JSON or .npz.",
  },
  { first: [0x80], what: "a Python pickle", remedy: "Save the arrays with numpy.savez." },
];

/**
 * The models in a file, by its content: JSON, NDJSON or .npz. Nothing is validated yet. Throws FileError, and never
 * anything else, whatever the bytes are.
 *
 * @param fileName for messages, and for the names of models that have none
 */
export function readModels(bytes: Uint8Array, fileName: string): RawModel[] {
  const name = baseName(fileName);
  if (startsWith(bytes, ZIP)) return readNpz(bytes, fileName, name);
  for (const { first, what, remedy } of FOREIGN) {
    if (startsWith(bytes, first)) throw new FileError(fileName, `is ${what}`, remedy);
  }
  return readJson(bytes, fileName, name);
}

function startsWith(bytes: Uint8Array, first: readonly number[]): boolean {
  return first.every((byte, i) => bytes[i] === byte);
}

/** `dir/model.v2.json` → `model.v2`. */
function baseName(fileName: string): string {
  const last = fileName.split(/[/\\]/).pop()!;
  return last.replace(/\.(json|ndjson|jsonl|npz)$/i, "") || last;
}
