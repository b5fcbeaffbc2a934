import { readdir as readdirCallback, type Stats } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, normalize, resolve as resolvePath } from "node:path";
import { plural } from "../base/words.ts";
import { MAX_FILE_BYTES } from "../formats/read/budget.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import { naturalOrder } from "../formats/read/natural-order.ts";
import { beginsAsResults, resultError } from "../formats/read/own-results.ts";
import {
  ARRAY_EXTENSION,
  baseName,
  MODEL_EXTENSIONS,
  namedLine,
  QUICK_BYTES,
  type ReadOptions,
} from "../formats/read/read.ts";
import { FileError, isStillpointError, OptionError } from "../model/errors.ts";
import { allOf, isOfSystem, isStdin, type Opened, openPath, type Reading, readable, readBytes } from "./bytes.ts";
import { beginningOf, type Lines, modelsOfLines } from "./lines.ts";
import type { ModelReader } from "./reading.ts";
import type { Log } from "./terminal.ts";

/** Entries of folders that a pattern may make the program look at. */
const MAX_LOOKED_AT = 200_000;

/** Models of one file that a command keeps that needs all at once. */
const MAX_HELD = 2 ** 20;

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
  for (const pattern of patterns) for (const source of await resolve(pattern)) sources.push(source);
  return gatherArrays(sources);
}

/**
 * The same without the results of earlier runs that lie in a folder or match a pattern, which are named once; where
 * there is nothing else, that is the error.
 *
 * @param tell told what was left out
 */
export async function resolveModels(patterns: readonly string[], tell: (text: string) => void): Promise<Source[]> {
  const sources: Source[] = [];
  for (const pattern of patterns) {
    const found = await resolve(pattern);
    const isNamed = found.length === 1 && "path" in found[0]! && found[0].path === pattern;
    for (const source of isNamed ? found : await withoutResults(pattern, found, tell)) sources.push(source);
  }
  return gatherArrays(sources);
}

async function withoutResults(
  pattern: string,
  found: readonly Source[],
  tell: (text: string) => void,
): Promise<Source[]> {
  const kept: Source[] = [];
  const results: string[] = [];
  for (const source of found) {
    if ("path" in source && (await isResultFile(source.path))) results.push(source.path);
    else kept.push(source);
  }
  if (results.length === 0) return kept;
  const named = `${results.slice(0, 3).join(", ")}${results.length > 3 ? " and others" : ""}`;
  const what = `${plural(results.length, "file")} of results of Stillpoint (${named})`;
  if (kept.length === 0) return [{ error: resultError(pattern, `holds ${what}, and no models`) }];
  tell(`${pattern}: left out ${what}`);
  return kept;
}

/** Bytes from which a file of results is known. */
const HEAD_BYTES = 256;

async function isResultFile(path: string): Promise<boolean> {
  if (!["json", "ndjson", "jsonl"].includes(extensionOf(path))) return false;
  try {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return beginsAsResults(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    // told with its reason when it is read
    return false;
  }
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
  if (isStdin(pattern)) return [{ path: "-" }];
  const stats = await statOrUndefined(pattern);
  if (stats?.isDirectory()) return filesOfFolder(pattern);
  if (stats !== undefined) return [{ path: pattern }];
  // loaded here, because a path that is neither a file nor a folder is rare and the package takes a while to load
  const { isDynamicPattern } = await import("tinyglobby");
  if (!isDynamicPattern(pattern)) return [{ error: new FileError(pattern, "does not exist", "Check the path.") }];
  try {
    const files = await filesOfPattern(pattern);
    if (files.length > 0) return files.sort(naturalOrder).map((path) => ({ path }));
    return [{ error: new FileError(pattern, "matches no file", "Check the pattern.") }];
  } catch (error) {
    if (error instanceof FileError) return [{ error }];
    throw error;
  }
}

async function filesOfFolder(folder: string): Promise<Source[]> {
  const real = await realPath(folder);
  if (real !== undefined && isOfSystem(real)) {
    return [{ error: new FileError(folder, "is a folder of the operating system", "Give a folder of models.") }];
  }
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
  const names = entries.map(({ name }) => name);
  const models = names.filter(hasModelExtension);
  // beside model files, single arrays are likely to be something else
  const found = models.length > 0 ? models : names.filter((name) => extensionOf(name) === ARRAY_EXTENSION);
  const plain = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  const files: string[] = [];
  // pipes, sockets and devices are read only when they are named
  for (const name of found) {
    const path = join(folder, name);
    if (plain.has(name) || (await statOrUndefined(path))?.isFile() !== false) files.push(path);
  }
  if (files.length > 0) return files.sort(naturalOrder).map((path) => ({ path }));
  return [{ error: new FileError(folder, "holds no model files", `Looked for ${MODEL_EXTENSIONS.join(", ")}.`) }];
}

/** The regular files that a pattern matches; never those of the operating system's folders. */
async function filesOfPattern(pattern: string): Promise<string[]> {
  const { glob } = await import("tinyglobby");
  const stop = new AbortController();
  let seen = 0;
  const looked = ((path: string, options: object, done: (error: Error | null, entries: unknown[]) => void): void => {
    if (isOfSystem(resolvePath(String(path))) || stop.signal.aborted) {
      done(null, []);
      return;
    }
    readdirCallback(path, { ...options, withFileTypes: true }, (error, entries = []) => {
      seen += entries.length;
      if (seen > MAX_LOOKED_AT) stop.abort();
      done(error, entries);
    });
  }) as unknown as typeof readdirCallback;
  const files = await glob(pattern, { expandDirectories: false, fs: { readdir: looked }, signal: stop.signal }).catch(
    (error: unknown) => {
      if (stop.signal.aborted) return [];
      throw error;
    },
  );
  if (stop.signal.aborted) {
    throw new FileError(
      pattern,
      `leads to more than ${MAX_LOOKED_AT} files and folders`,
      "Give a pattern that begins deeper.",
    );
  }
  const regular: string[] = [];
  for (const file of files) if ((await statOrUndefined(file))?.isFile()) regular.push(file);
  return regular;
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

/** A path with all symbolic links resolved; undefined if it does not exist. */
async function realPath(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

/** Throws OptionError if a file that an option names is one of those to be read, under whatever name. */
export async function refuseToOverwrite(
  output: string,
  sources: readonly Source[],
  option = "--output",
): Promise<void> {
  const target = await statOrUndefined(output);
  if (!target?.isFile()) return;
  for (const source of sources) {
    if ("error" in source) continue;
    for (const path of source.arrays ?? [source.path]) {
      const stats = await statOrUndefined(path);
      if (stats?.dev !== target.dev || stats.ino !== target.ino) continue;
      throw new OptionError(option, "is one of the files to be read", output, "Choose another file.");
    }
  }
}

/** Throws OptionError if the file of a proof is one to be read, or that of the results. */
export async function refuseProof(
  { proof, output }: { readonly proof?: string; readonly output?: string },
  sources: readonly Source[],
): Promise<void> {
  if (proof === undefined) return;
  await refuseToOverwrite(proof, sources, "--proof");
  if (output !== undefined && resolvePath(proof) === resolvePath(output))
    throw new OptionError("--proof", "is the file of the results", proof, "Choose another file.");
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** Whether a file has the ending of a model; the journal of an interrupted run has not. */
function hasModelExtension(name: string): boolean {
  return !name.endsWith(".journal.ndjson") && MODEL_EXTENSIONS.includes(extensionOf(name));
}

/** What reading sources needs. */
export interface SourceReading extends Reading {
  readonly options: ReadOptions;
  /** Told how a file was read whose names left it to a guess. */
  readonly onNote?: ((text: string) => void) | undefined;
  readonly reader: ModelReader;
}

/** How the sources of a command are read. */
export function readingOf(options: ReadOptions, signal: AbortSignal, log: Log, reader: ModelReader): SourceReading {
  const { layout, map, set, prefix, guess, columnMajor, maxMemory } = options;
  const own = { layout, map, set, prefix, guess, columnMajor, maxMemory };
  return { options: own, reader, signal, onWait: log.warn, onNote: log.warn };
}

/** The models of a source: all at once, or one after the other as they are read. */
export interface OpenedSource {
  readonly raws: readonly RawModel[] | AsyncIterable<RawModel>;
  /** Bytes of a file with one model a line. */
  readonly size?: number | undefined;
  /** Whether there are several, so that each goes by its own name. */
  readonly several: boolean;
}

/**
 * Opens a source (`-` is stdin). Of files with one model a line, one model at a time is in memory. Throws FileError.
 */
export async function openSource(source: ModelSource, reading: SourceReading): Promise<OpenedSource> {
  const { path, arrays, raws } = source;
  const { options, reader } = reading;
  if (raws !== undefined) return { raws, several: raws.length > 1 };
  const name = isStdin(path) ? "stdin" : path;
  if (arrays !== undefined) return listed(await readFolder(path, arrays, reading), reading);
  const opened = await openPath(path, name, reading);
  let isOpen = false;
  try {
    const beginning = await beginningOf(opened, name);
    if ("lines" in beginning) {
      isOpen = true;
      const raws = linesAsModels(beginning.lines, name, reading, opened);
      return { raws, several: true, size: opened.size };
    }
    const bytes = await allOf(opened, name, beginning.chunks());
    return listed(await reader.read(bytes, name, name, options), reading);
  } catch (cause) {
    throw readable(cause, name);
  } finally {
    if (!isOpen) await opened.close();
  }
}

function listed(raws: readonly RawModel[], { onNote }: SourceReading): OpenedSource {
  for (const raw of raws) tellNote(raw, onNote);
  return { raws, several: raws.length > 1 };
}

function tellNote(raw: RawModel, onNote: SourceReading["onNote"]): void {
  if ("note" in raw && raw.note !== undefined) onNote?.(raw.note);
}

async function readFolder(path: string, arrays: readonly string[], reading: SourceReading): Promise<RawModel[]> {
  const files = new Map<string, Uint8Array>();
  let size = 0;
  for (const array of arrays) {
    const bytes = await readBytes(array, array, reading);
    size += bytes.length;
    if (size > MAX_FILE_BYTES) {
      throw new FileError(path, `holds more than the limit of ${MAX_FILE_BYTES} bytes`, "Split it.");
    }
    files.set(basename(array), bytes);
  }
  return reading.reader.read(files, path, basename(resolvePath(path)), reading.options);
}

function linesAsModels(
  lines: Lines,
  file: string,
  { options, reader, onNote }: SourceReading,
  opened: Opened,
): AsyncIterable<RawModel> {
  let isFirst = true;
  const readLarge = async (line: Uint8Array, { name }: RawModel): Promise<RawModel> => {
    try {
      const [large] = await reader.read(line, `${file}, ${name}`, name, options);
      return { ...large!, name };
    } catch (error) {
      if (isStillpointError(error)) return { name, error };
      throw error;
    }
  };
  const read = (line: Uint8Array, raw: RawModel): RawModel | Promise<RawModel> => {
    // of a file of answers, one message and not one a line
    if (isFirst && beginsAsResults(line)) throw resultError(file, "holds results of Stillpoint, not models");
    isFirst = false;
    if (line.length > QUICK_BYTES) return readLarge(line, raw);
    const named = namedLine(raw, options, file);
    tellNote(named, onNote);
    return named;
  };
  return modelsOfLines(lines, file, baseName(file), read, opened, options.maxMemory);
}

/** All models of a source. Throws FileError. */
export async function readSource(source: ModelSource, reading: SourceReading): Promise<readonly RawModel[]> {
  const { raws } = await openSource(source, reading);
  if (Array.isArray(raws)) return raws;
  const all: RawModel[] = [];
  for await (const raw of raws) {
    all.push(raw);
    if (all.length > MAX_HELD) {
      throw new FileError(source.path, `holds more than ${MAX_HELD} models`, "Split it.");
    }
  }
  return all;
}
