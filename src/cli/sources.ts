import { createReadStream, type Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import type { RawModel } from "../io/raw.ts";
import { MODEL_EXTENSIONS, type ReadOptions, readModels } from "../io/read.ts";
import { FileError, isStillpointError } from "../model/errors.ts";

/** Largest model file that is read. */
const MAX_FILE_BYTES = 2 ** 30;

/** A file to read models from, perhaps already read; or an argument that names none. */
export type Source = { readonly path: string; readonly raws?: readonly RawModel[] } | { readonly error: FileError };

const natural = new Intl.Collator("en", { numeric: true });

/** Order of files as people number them: epoch_2 before epoch_10. */
export function naturalOrder(a: string, b: string): number {
  return natural.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** The files that MODEL arguments name: a file, a directory (its model files, not those of folders inside), a glob, or `-`. */
export async function resolveSources(patterns: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const pattern of patterns) sources.push(...(await resolve(pattern)));
  return sources;
}

async function resolve(pattern: string): Promise<Source[]> {
  if (pattern === "-") return [{ path: "-" }];
  const stats = await statOrUndefined(pattern);
  if (stats?.isDirectory()) {
    const files = (await readdir(pattern, { withFileTypes: true }))
      .filter((entry) => !entry.isDirectory() && hasModelExtension(entry.name))
      .map((entry) => join(pattern, entry.name));
    if (files.length === 0) {
      return [{ error: new FileError(pattern, "holds no model files", `Looked for ${MODEL_EXTENSIONS.join(", ")}.`) }];
    }
    return files.sort(naturalOrder).map((path) => ({ path }));
  }
  if (stats !== undefined) return [{ path: pattern }];
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

/** What a path is after all symbolic links, or undefined if there is nothing. */
export async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

/** The journal of an interrupted run is no model. */
function hasModelExtension(name: string): boolean {
  return (
    !name.endsWith(".journal.ndjson") && MODEL_EXTENSIONS.includes(name.slice(name.lastIndexOf(".") + 1).toLowerCase())
  );
}

/** The models of one file (`-` is stdin). Throws FileError. */
export async function readSource(path: string, options: ReadOptions = {}): Promise<RawModel[]> {
  const name = path === "-" ? "stdin" : path;
  return readModels(await readBytes(path, name), name, options);
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

/** Pipes and devices have no size to look at first. */
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
  return new FileError(name, `is larger than the limit of ${MAX_FILE_BYTES} bytes`, "Split it into several files.");
}
