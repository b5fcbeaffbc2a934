import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { FileError } from "../model/errors.ts";
import { Turns } from "../stages/run.ts";
import { writeAll } from "./journal.ts";
import { lockFile, realOf } from "./lock.ts";
import { errorText } from "./terminal.ts";

/** Whether a path is a pipe or a device such as /dev/stdout, which can't be continued or replaced. */
export function isDevice(file: string): boolean {
  return existsSync(file) && !statSync(file).isFile();
}

/** The permissions of a file that is there. */
export function modeOf(file: string): number | undefined {
  return existsSync(file) ? statSync(file).mode & 0o777 : undefined;
}

/**
 * Writes a file under another name and moves it into place, so that nobody sees an incomplete file. A link stays one.
 * Throws FileError.
 */
export async function replaceFile(
  file: string,
  pieces: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): Promise<void> {
  const target = realOf(file);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const mode = modeOf(file);
    const fd = openSync(temporary, "w", mode);
    try {
      // the process's mask may have taken bits away
      if (mode !== undefined) fchmodSync(fd, mode);
      const turns = new Turns();
      for await (const piece of pieces) {
        writeAll(fd, typeof piece === "string" ? Buffer.from(piece) : piece);
        if (turns.due) await turns.give();
      }
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, target);
  } catch (cause) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // what kept the file from being written keeps it from being removed
    }
    if (cause instanceof FileError) throw cause;
    throw new FileError(file, `can't be written (${errorText(cause)})`, "Check the path and the disk.", { cause });
  }
}

/**
 * Writes a file that is whole or not there, under its lock; a pipe or a device is written as it is. Throws FileError.
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  if (isDevice(file)) {
    writeFileSync(file, content);
    return;
  }
  const unlock = lockFile(file);
  try {
    await replaceFile(file, [content]);
  } finally {
    unlock();
  }
}
