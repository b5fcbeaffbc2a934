import { createReadStream, type Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, normalize, resolve as resolvePath } from "node:path";
import { naturalOrder } from "../io/natural-order.ts";
import type { RawModel } from "../io/raw.ts";
import { ARRAY_EXTENSION, MODEL_EXTENSIONS, type ReadOptions, readArrays, readModels } from "../io/read.ts";
import { FileError, isStillpointError } from "../model/errors.ts";

/** The largest model file that is read, in bytes. */
const MAX_FILE_BYTES = 2 ** 30;

/** A file of models, or a folder whose .npy files together are one model. */
export interface ModelSource {
  readonly path: string;
  /** Paths of the .npy files, if it is a folder. */
  readonly arrays?: readonly string[];
  /** Its models, if they were read already. */
  readonly raws?: readonly RawModel[];
}

/** A source of models, or the error of an argument that names none. */
export type Source = ModelSource | { readonly error: FileError };

/**
 * The sources that MODEL arguments name: a file, a directory (its model files, not those of folders inside), a glob, or
 * `-`. The .npy files of one folder are one source.
 */
export async function resolveSources(patterns: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const pattern of patterns) sources.push(...(await resolve(pattern)));
  return gatherArrays(sources);
}

/** Puts a folder in the place of the first of its .npy files, and leaves out the others. */
function gatherArrays(sources: readonly Source[]): Source[] {
  const folders = new Map<string, string[]>();
  const gathered: Source[] = [];
  for (const source of sources) {
    if ("error" in source || extensionOf(source.path) !== ARRAY_EXTENSION) {
      gathered.push(source);
      continue;
    }
    const path = normalize(source.path);
    const folder = dirname(path);
    const known = folders.get(folder);
    if (known === undefined) {
      const arrays = [path];
      folders.set(folder, arrays);
      gathered.push({ path: folder, arrays });
    } else if (!known.includes(path)) known.push(path);
  }
  return gathered;
}

async function resolve(pattern: string): Promise<Source[]> {
  if (pattern === "-") return [{ path: "-" }];
  const stats = await statOrUndefined(pattern);
  if (stats?.isDirectory()) {
    const names = (await readdir(pattern, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name);
    const models = names.filter(hasModelExtension);
    // beside model files, single arrays are likely to be something else
    const found = models.length > 0 ? models : names.filter((name) => extensionOf(name) === ARRAY_EXTENSION);
    const files = found.map((name) => join(pattern, name));
    if (files.length === 0) {
      return [{ error: new FileError(pattern, "holds no model files", `Looked for ${MODEL_EXTENSIONS.join(", ")}.`) }];
    }
    return files.sort(naturalOrder).map((path) => ({ path }));
  }
  if (stats !== undefined) return [{ path: pattern }];
  // loaded here, because a path that is neither a file nor a folder is rare and the package takes a while to load
  const { glob, isDynamicPattern } = await import("tinyglobby");
  if (isDynamicPattern(pattern)) {
    const files = await glob(pattern, { expandDirectories: false });
    if (files.length > 0) return files.sort(naturalOrder).map((path) => ({ path }));
    return [{ error: new FileError(pattern, "matches no file", "Check the pattern.") }];
  }
  return [{ error: new FileError(pattern, "does not exist", "Check the path.") }];
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

/** A path with all symbolic links resolved; undefined if it does not exist. */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** Whether a file has the ending of a model; the journal of an interrupted run has not. */
function hasModelExtension(name: string): boolean {
  return !name.endsWith(".journal.ndjson") && MODEL_EXTENSIONS.includes(extensionOf(name));
}

/** The models of a source (`-` is stdin). Throws FileError. */
export async function readSource(
  { path, arrays, raws }: ModelSource,
  options: ReadOptions = {},
): Promise<readonly RawModel[]> {
  if (raws !== undefined) return raws;
  const name = path === "-" ? "stdin" : path;
  if (arrays === undefined) return readModels(await readBytes(path, name), name, options);
  const files = new Map<string, Uint8Array>();
  let size = 0;
  for (const array of arrays) {
    const bytes = await readBytes(array);
    size += bytes.length;
    if (size > MAX_FILE_BYTES) throw tooLarge(path);
    files.set(basename(array), bytes);
  }
  return readArrays(files, path, basename(resolvePath(path)), options);
}

/** A file's bytes (`-` is stdin). Throws FileError, also for a file larger than the limit. */
export async function readBytes(path: string, name = path): Promise<Uint8Array> {
  try {
    if (path !== "-") {
      const stats = await stat(path);
      if (stats.isFile() && stats.size > MAX_FILE_BYTES) throw tooLarge(name);
      if (stats.isFile()) return await readFile(path);
    }
    return await readLimited(path === "-" ? process.stdin : createReadStream(path), name);
  } catch (cause) {
    if (isStillpointError(cause)) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const problem = PROBLEMS[code] ?? (cause instanceof Error ? cause.message : String(cause));
    throw new FileError(name, problem, "Check the path.", { cause });
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EISDIR: "is a directory",
  EACCES: "may not be read",
  EPERM: "may not be read",
};

/** Reads a pipe or a device, whose size is not known in advance. */
async function readLimited(stream: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_FILE_BYTES) throw tooLarge(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(name: string): FileError {
  return new FileError(name, `is larger than the limit of ${MAX_FILE_BYTES} bytes`, "Split it.");
}
