import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { FileError } from "../model/errors.ts";
import { wholeLine } from "../model/seal.ts";
import { Turns } from "../stages/run.ts";
import { errorText } from "./terminal.ts";

/** A record of a journal: the position of its line in the file, without the line feed. */
export interface Slot {
  readonly offset: number;
  readonly length: number;
}

/** The beginning of every record. */
const RECORD_START = '{"schema":"stillpoint/';

const LINE_FEED = 0x0a;

/** Records that are held together take at most so many bytes. */
const BUFFER_SIZE = 2 ** 16;

/** The longest time between two records that are held together, in milliseconds. */
const HOLD_MS = 20;

/** The longest time before written records are forced to the disk, in milliseconds. */
const SYNC_AFTER_MS = 1000;

/**
 * A file of JSON values, one a line, that only grows. Records that come in quick succession are handed to the operating
 * system together: at the next turn of the event loop, and at most some hundredths of a second after they came. A record
 * that comes later than that after the last is handed on at once. So a process that is killed loses no record that it
 * took long to make. Records are forced to the disk at least every second, in case the machine stops. A line that was
 * cut off in the middle is recognised by its missing line feed.
 */
export class Journal {
  readonly path: string;
  readonly #file: string;
  readonly #fd: number;
  /** The records that are held, and how many bytes they take. */
  readonly #buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  #held = 0;
  /** When held records were written last, and the turn that writes the next ones. */
  #written = Number.NEGATIVE_INFINITY;
  #turn: NodeJS.Immediate | undefined;
  /** Why held records could not be written in their turn: the next call throws it. */
  #failure: unknown;
  #size = 0;
  #synced = performance.now();
  /** Whether the file still holds what is to be replaced. */
  #isOld = false;

  /**
   * An empty journal; what the file held is gone with the first record, or with `sync`. Throws FileError.
   * @param file that messages name @param mode of a new file
   */
  static create(path: string, file = path, mode?: number): Journal {
    const journal = new Journal(path, file, "a+", mode);
    journal.#isOld = true;
    return journal;
  }

  /**
   * The journal of an earlier run, or an empty one; a line cut off at its end is removed. Throws FileError.
   * @param file that messages name
   * @param each is given every record
   */
  static open(path: string, file: string, each: (value: unknown, slot: Slot) => void): Journal {
    const journal = new Journal(path, file, "a+");
    try {
      const size = journal.#scan(each);
      if (size === 0) journal.#refuseForeign();
      journal.#guard("written", () => ftruncateSync(journal.#fd, size));
      journal.#size = size;
      return journal;
    } catch (error) {
      journal.close();
      throw error;
    }
  }

  /**
   * A finished journal, for reading. Throws FileError also if its last line was cut off.
   * @param each is given every record
   */
  static read(path: string, each: (value: unknown, slot: Slot) => void): Journal {
    const journal = new Journal(path, path, "r");
    const size = journal.#scan(each);
    if (size < fstatSync(journal.#fd).size) {
      throw new FileError(path, "ends in the middle of a line", "Finish that run with --resume.");
    }
    journal.#size = size;
    return journal;
  }

  private constructor(path: string, file: string, flags: "a+" | "r", mode?: number) {
    this.path = path;
    this.#file = file;
    this.#fd = this.#guard(flags === "r" ? "read" : "written", () => openSync(path, flags, mode));
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends a record; signals are heard while a long one is written. One record at a time. */
  async append(value: object): Promise<Slot> {
    this.#empty();
    const offset = this.#size;
    const turns = new Turns();
    for (const piece of wholeLine(value)) {
      this.#write(piece);
      if (turns.due) await turns.give();
    }
    return this.#ended(offset);
  }

  /** Appends a record that is given as its line, without a line feed. */
  appendLine(line: string): Slot {
    this.#empty();
    const offset = this.#size;
    this.#write(`${line}\n`);
    return this.#ended(offset);
  }

  /** The slot of the last record, after it is handed on or held. @param offset where it begins */
  #ended(offset: number): Slot {
    const now = performance.now();
    if (now - this.#synced > SYNC_AFTER_MS) this.sync();
    else if (now - this.#written > HOLD_MS) this.#flush();
    else this.#turn ??= setImmediate(this.#onTurn);
    return { offset, length: this.#size - offset - 1 };
  }

  #write(text: string): void {
    // a UTF-16 unit takes at most three bytes
    const most = 3 * text.length;
    if (most > this.#buffer.length - this.#held) this.#flush();
    if (most <= this.#buffer.length) {
      const count = this.#buffer.write(text, this.#held);
      this.#held += count;
      this.#size += count;
    } else {
      const bytes = Buffer.from(text);
      this.#guard("written", () => writeAll(this.#fd, bytes));
      this.#size += bytes.length;
    }
  }

  /** Hands on what is held. */
  #flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const held = this.#buffer.subarray(0, this.#held);
    this.#held = 0;
    if (held.length > 0) this.#guard("written", () => writeAll(this.#fd, held));
    this.#written = performance.now();
  }

  readonly #onTurn = (): void => {
    try {
      this.#flush();
    } catch (error) {
      this.#failure = error;
    }
  };

  read(slot: Slot): unknown {
    if (this.#held > 0) this.#flush();
    const bytes = Buffer.allocUnsafe(slot.length);
    this.#guard("read", () => readAll(this.#fd, bytes, slot.offset));
    return JSON.parse(bytes.toString());
  }

  #empty(): void {
    if (this.#isOld) this.#guard("written", () => ftruncateSync(this.#fd, 0));
    this.#isOld = false;
  }

  sync(): void {
    this.#empty();
    this.#flush();
    this.#guard("written", () => fsyncSync(this.#fd));
    this.#synced = performance.now();
  }

  close(): void {
    clearImmediate(this.#turn);
    closeSync(this.#fd);
  }

  /** All whole lines, and where the last of them ends. */
  #scan(each: (value: unknown, slot: Slot) => void): number {
    const chunk = Buffer.allocUnsafe(2 ** 16);
    let pending: Buffer[] = [];
    let start = 0;
    for (let at = 0; ; ) {
      const count = this.#guard("read", () => readSync(this.#fd, chunk, 0, chunk.length, at));
      if (count === 0) break;
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0 && end < count; end = chunk.indexOf(LINE_FEED, from)) {
        const line = Buffer.concat([...pending, chunk.subarray(from, end)]);
        pending = [];
        each(this.#parse(line.toString(), start), { offset: start, length: line.length });
        start += line.length + 1;
        from = end + 1;
      }
      pending.push(Buffer.from(chunk.subarray(from, count)));
      at += count;
    }
    return start;
  }

  /** Throws FileError for a file of a single unfinished line that no run began. */
  #refuseForeign(): void {
    const start = Buffer.alloc(RECORD_START.length);
    const length = this.#guard("read", () => readSync(this.#fd, start, 0, start.length, 0));
    if (start.toString("latin1", 0, length) === RECORD_START.slice(0, length)) return;
    throw new FileError(this.path, "is no file of results", "Give what stillpoint solve wrote, or another name.");
  }

  #parse(line: string, offset: number): unknown {
    try {
      return JSON.parse(line);
    } catch (cause) {
      throw new FileError(
        this.path,
        `is no file of results: the line at byte ${offset} is not JSON`,
        "Give what stillpoint solve wrote as NDJSON.",
        { cause },
      );
    }
  }

  #guard<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new FileError(this.#file, `can't be ${what} (${errorText(cause)})`, "Check the path and the disk.", {
        cause,
      });
    }
  }
}

/** Writes may be short. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
}

function readAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, position + at);
    if (count === 0) throw new Error("the file has become shorter");
    at += count;
  }
}
