import { constants, open as openCallback, type Stats } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { addAbortSignal, type Readable } from "node:stream";
import { promisify } from "node:util";
import { MAX_FILE_BYTES } from "../formats/read/budget.ts";
import { FileError, isStillpointError } from "../model/errors.ts";

/** How long a pipe may be silent before a message says what is waited for. */
const SILENCE_MS = 500;

const CHUNK_BYTES = 2 ** 18;

/** Folders of the operating system, whose files may have no end or wait for ever; /dev/shm holds ordinary files. */
const SYSTEM = /^\/(?:proc|sys|dev(?!\/shm(?:\/|$)))(?:\/|$)/;

/** Other names of standard input. */
const STDIN: ReadonlySet<string> = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

export interface Reading {
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for. */
  readonly onWait?: ((text: string) => void) | undefined;
}

/** An opened file, or a pipe. */
export interface Opened {
  /** Bytes, if it is a file. */
  readonly size: number | undefined;
  /** Its bytes in order, once. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export function isStdin(path: string): boolean {
  return STDIN.has(path);
}

/** Whether a path, with its links followed, leads into a folder of the operating system. */
export function isOfSystem(real: string): boolean {
  return SYSTEM.test(real);
}

/**
 * Opens a regular file, a pipe or standard input (`-`). Nothing else is opened: a device may have no end. A pipe
 * without a writer is waited for, until the signal. Throws FileError.
 */
export async function openPath(path: string, name: string, reading: Reading = {}): Promise<Opened> {
  try {
    if (isStdin(path)) return pipe(process.stdin, name, reading);
    const stats = await stat(path);
    if (stats.isFIFO()) return pipe(await openPipe(path), name, reading);
    if (!stats.isFile()) throw new FileError(name, `is ${whatItIs(stats)}`, "Give a file, a folder or a pipe.");
    if (isOfSystem(await realpath(path))) {
      throw new FileError(name, "is a file of the operating system", "Give a file of models.");
    }
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { size: (await file.stat()).size, chunks: () => pieces(file), close: () => file.close() };
  } catch (cause) {
    throw readable(cause, name);
  }
}

/** A file's bytes (`-` is stdin). Throws FileError, also for a file larger than the limit. */
export async function readBytes(path: string, name = path, reading: Reading = {}): Promise<Uint8Array> {
  const opened = await openPath(path, name, reading);
  try {
    return await allOf(opened, name);
  } finally {
    await opened.close();
  }
}

/** Throws FileError for what is no regular file: results are read from more than one place. */
export async function checkFile(path: string): Promise<void> {
  const opened = await openPath(path, path);
  await opened.close();
  if (opened.size === undefined) throw new FileError(path, "is a pipe", "Give the file of results.");
}

/** All bytes that are left, behind those that were read already. Throws FileError. */
export async function allOf(opened: Opened, name: string, chunks = opened.chunks()): Promise<Uint8Array> {
  const { size } = opened;
  if (size !== undefined && size > MAX_FILE_BYTES) throw tooLarge(name);
  let bytes = new Uint8Array(size ?? CHUNK_BYTES);
  let length = 0;
  try {
    for await (const chunk of chunks) {
      const needed = length + chunk.length;
      if (needed > MAX_FILE_BYTES) throw tooLarge(name);
      if (needed > bytes.length) {
        const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(chunk, length);
      length = needed;
    }
  } catch (cause) {
    throw readable(cause, name);
  }
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

/** An error of the file system as a FileError. */
export function readable(cause: unknown, name: string): Error {
  if (isStillpointError(cause)) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const problem = PROBLEMS[code] ?? `can't be read (${cause instanceof Error ? cause.message : String(cause)})`;
  return new FileError(name, problem, "Check the path.", { cause });
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EISDIR: "is a directory",
  EACCES: "may not be read",
  EPERM: "may not be read",
  ABORT_ERR: "was not read: cancelled",
};

function tooLarge(name: string): FileError {
  return new FileError(
    name,
    `is larger than the limit of ${MAX_FILE_BYTES} bytes`,
    "Split it, or give one model a line (NDJSON).",
  );
}

function whatItIs(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return "a device, which may have no end";
  return stats.isSocket() ? "a socket" : "no file";
}

async function* pieces(file: FileHandle): AsyncGenerator<Uint8Array> {
  const read = (at: number) => file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, at);
  let next = read(0);
  for (let at = 0; ; ) {
    const { buffer, bytesRead } = await next;
    if (bytesRead === 0) return;
    at += bytesRead;
    // the disk works while the models of this piece are solved
    next = read(at);
    // an error is seen where it is awaited; until then it must not count as unhandled
    next.catch(() => {});
    yield buffer.subarray(0, bytesRead);
  }
}

/** Without blocking: a thread that waits for a writer could not be stopped. */
async function openPipe(path: string): Promise<Readable> {
  // loaded for pipes alone, as that takes some milliseconds
  const { Socket } = await import("node:net");
  const fd = await promisify(openCallback)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

function pipe(stream: Readable, name: string, { signal, onWait }: Reading): Opened {
  if (signal !== undefined) addAbortSignal(signal, stream);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const silence = setTimeout(() => {
      if (stream !== process.stdin) onWait?.(`${name}: waiting for something to be written into this pipe`);
    }, SILENCE_MS);
    try {
      for await (const chunk of stream) {
        clearTimeout(silence);
        yield chunk;
      }
    } finally {
      clearTimeout(silence);
    }
  }
  return { size: undefined, chunks, close: async () => void stream.destroy() };
}
