import {
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { FileError } from "../model/errors.ts";

/** The process that writes a file. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own ticks, so that a number that is used again is told apart. */
  readonly began: string | undefined;
}

/** Errors of a folder in which no file can be made, or of a file system without locks. */
const NO_LOCKS: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOTSUP", "ENOENT", "ENAMETOOLONG"]);

/**
 * Takes the lock of a file that is to be written, `FILE.lock` beside it: the process in it is the only one that writes
 * FILE and its journal. A lock whose process is gone is taken over, and what that process left half-written is removed.
 * @returns gives the lock back; the end of this process does so too.
 * @throws FileError if another process writes the file, or the disk is full.
 */
export function lockFile(file: string): () => void {
  const target = realOf(file);
  const path = `${target}.lock`;
  const own = JSON.stringify({ pid: process.pid, host: hostname(), began: beginningOf(process.pid) } satisfies Owner);
  try {
    if (!take(path, own)) {
      const held = readFileSync(path, "utf8");
      // a run of this process that ended with an error
      if (held !== own) refuseIfAlive(file, path, held);
      setAside(path, held);
      if (!take(path, own)) refuse(file, path, undefined);
    }
  } catch (error) {
    if (NO_LOCKS.has(codeOf(error))) return () => {};
    if (error instanceof FileError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new FileError(file, `can't be written (${why})`, "Check the path and the disk.", { cause: error });
  }
  removeLeftovers(target);
  const release = (): void => {
    process.off("exit", release);
    // a lock that somebody took over is not ours any more
    if (contentOf(path) === own) rmSync(path, { force: true });
  };
  process.on("exit", release);
  return release;
}

/** The file that a path leads to, which need not be there. */
export function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return linkedFrom(file) ?? file;
  }
}

/** What a link to nothing leads to. */
function linkedFrom(file: string): string | undefined {
  try {
    return resolve(dirname(file), readlinkSync(file));
  } catch {
    return undefined;
  }
}

/** Makes the lock in one step, with its content. @returns false if there is one */
function take(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}`;
  for (;;) {
    let isWritten = false;
    try {
      writeFileSync(draft, content);
      isWritten = true;
      linkSync(draft, path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      // a process of another machine, to which this one seems gone, has removed the draft
      if (!isWritten || codeOf(error) !== "ENOENT") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

function refuseIfAlive(file: string, path: string, held: string): void {
  let owner: Owner | undefined;
  try {
    owner = JSON.parse(held) as Owner;
  } catch {
    // no lock of this program
  }
  if (!Number.isInteger(owner?.pid) || typeof owner?.host !== "string") refuse(file, path, undefined);
  else if (owner.host !== hostname() || isAlive(owner)) refuse(file, path, owner);
}

function refuse(file: string, path: string, owner: Owner | undefined): never {
  const who = owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`;
  throw new FileError(
    file,
    `is being written by ${who}`,
    `Wait for its end, or choose another file with -o; if no such process runs, delete ${path}.`,
  );
}

function isAlive({ pid, began }: Owner): boolean {
  if (!exists(pid)) return false;
  const now = beginningOf(pid);
  return began === undefined || now === undefined || began === now;
}

/** Whether a process of this machine has this number. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user
    return codeOf(error) !== "ESRCH";
  }
}

/** Field 22 of /proc/PID/stat; undefined where there is no such file. */
function beginningOf(pid: number): string | undefined {
  const text = contentOf(`/proc/${pid}/stat`);
  // the name of the program, in parentheses, may hold spaces
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

/** Removes a lock whose process is gone, unless somebody else has just done so and taken it. */
function setAside(path: string, held: string): void {
  const aside = `${path}.${process.pid}.old`;
  renameSync(path, aside);
  if (readFileSync(aside, "utf8") !== held) linkSync(aside, path);
  rmSync(aside, { force: true });
}

/** Removes what processes left that were killed while they replaced this file, or while they took its lock. */
function removeLeftovers(target: string): void {
  const own = basename(target);
  for (const name of readdirSync(dirname(target))) {
    if (!name.startsWith(`${own}.`)) continue;
    const ending = name.slice(own.length + 1);
    const locking = /^lock\.(\d+)(\.old)?$/.exec(ending)?.[1];
    const isLeft = locking === undefined ? /^\d+\.tmp$/.test(ending) : !exists(Number(locking));
    if (isLeft) rmSync(join(dirname(target), name), { force: true });
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
