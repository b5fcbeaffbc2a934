import { once } from "node:events";
import { createWriteStream, existsSync, rmSync, statSync, truncateSync } from "node:fs";
import type { Writable } from "node:stream";
import type { WriteStream } from "node:tty";
import pc from "picocolors";
import { escaped, escapedJson } from "../formats/read/printable.ts";
import type { Style } from "../formats/write/write-text.ts";
import { FileError } from "../model/errors.ts";
import { EXIT } from "./exit.ts";
import { lockFile } from "./lock.ts";

/** The style of a stream: colours on a terminal, unless NO_COLOR is set or the terminal is dumb. */
function styleFor(stream: Pick<WriteStream, "isTTY">): Style {
  const { NO_COLOR, FORCE_COLOR = "", TERM } = process.env;
  const forced = !["", "0", "false"].includes(FORCE_COLOR);
  return pc.createColors(!NO_COLOR && (forced || (stream.isTTY === true && TERM !== "dumb")));
}

/** The length at which a message is cut: a name in a message may have millions of characters. */
const MAX_MESSAGE = 4000;

/** The destination of data: stdout, or a file that is opened at once, so that a bad path fails before the work. */
export interface Sink {
  readonly style: Style;
  /** Text made for a terminal, or bytes. */
  write(text: string | Uint8Array): Promise<void>;
  /**
   * JSON, CSV or SVG, which hold texts from files unchanged; on a terminal, characters that the terminal would obey are
   * escaped.
   */
  writeData(text: string): Promise<void>;
  /**
   * May be called again, after an error too.
   * @returns false where nothing was written: a file stays as it was, and a new one is removed
   */
  close(): Promise<boolean>;
}

/** Throws FileError if the file can't be written. */
export async function openSink(file: string | undefined): Promise<Sink> {
  if (file === undefined) {
    const write = (text: string | Uint8Array): Promise<void> => writeTo(process.stdout, text);
    return {
      style: styleFor(process.stdout),
      write,
      writeData: (text) => write(process.stdout.isTTY ? escapedJson(text) : text),
      close: async () => true,
    };
  }
  const isNew = !existsSync(file);
  const isDevice = !isNew && !statSync(file).isFile();
  const unlock = isDevice ? () => {} : lockFile(file);
  const stream = createWriteStream(file, { flags: "a" });
  try {
    await once(stream, "open");
  } catch (cause) {
    unlock();
    throw new FileError(file, `can't be written (${errorText(cause)})`, "Choose another file with -o.", { cause });
  }
  let failure: unknown;
  stream.on("error", (error) => {
    failure = error;
  });
  const check = (): void => {
    if (failure === undefined) return;
    throw new FileError(file, `can't be written (${errorText(failure)})`, "Check the disk.", { cause: failure });
  };
  let isOld = !isDevice;
  /** What the file held is gone with the first piece of what takes its place, and not before. */
  const empty = (): void => {
    if (isOld) truncateSync(file);
    isOld = false;
  };
  const write = async (text: string | Uint8Array): Promise<void> => {
    empty();
    await writeTo(stream, text);
    check();
  };
  const end = async (): Promise<boolean> => {
    await new Promise<void>((resolve) => {
      stream.once("close", () => resolve());
      stream.end();
    });
    if (isOld && isNew) rmSync(file, { force: true });
    unlock();
    check();
    return !isOld;
  };
  let ended: Promise<boolean> | undefined;
  const close = (): Promise<boolean> => {
    ended ??= end();
    return ended;
  };
  return { style: pc.createColors(false), write, writeData: write, close };
}

/**
 * Writes to a stream and waits only if its buffer is full. Resolves also when the stream breaks, which its error event
 * reports.
 */
function writeTo(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (stream.write(text, () => resolve())) resolve();
  });
}

function onBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(EXIT.complete);
  makeLog({}).error(`standard output: can't be written (${errorText(error)}). Check the disk, or use -o FILE.`);
  process.exit(EXIT.error);
}

/** Messages that nobody can take are lost, and the work goes on. */
function onNoMessages(): void {}

/**
 * Ends the process quietly if the reader of the data closes the pipe early (`| head`), and with a message on a full
 * disk. It goes on where nobody reads the messages.
 */
export function guardStreams(): void {
  process.stderr.off("error", onNoMessages);
  process.stderr.on("error", onNoMessages);
  process.stdout.off("error", onBrokenPipe);
  process.stdout.on("error", onBrokenPipe);
}

/**
 * Messages for people on stderr, one line each. Characters that a terminal would obey are escaped, whatever file they
 * come from.
 */
export interface Log {
  error(text: string): void;
  warn(text: string): void;
  /** A message that is shown only with --verbose. */
  detail(text: string): void;
  /**
   * The summary of a command, shown on a terminal, or if the data went to a file.
   * @param good whether all went well @param output the file
   */
  summary(text: string, good: boolean, output?: string): void;
}

export function makeLog(options: { quiet?: boolean | undefined; verbose?: boolean | undefined }): Log {
  const style = styleFor(process.stderr);
  const line = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  return {
    error: (text) => line(`${style.red("error:")} ${shown(text)}`),
    warn: (text) => {
      if (!options.quiet) line(`${style.yellow("warning:")} ${shown(text)}`);
    },
    detail: (text) => {
      if (options.verbose) line(style.dim(shown(text)));
    },
    summary: (text, good, output) => {
      if (options.quiet || (output === undefined && process.stderr.isTTY !== true)) return;
      const where = output === undefined ? "" : ` → ${output}`;
      line((good ? style.green : style.yellow)(shown(`${text}${where}`)));
    },
  };
}

function shown(text: string): string {
  return escaped(text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text);
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
