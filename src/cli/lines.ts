import { isObjectLine, modelOfLine } from "../formats/read/json/json.ts";
import type { RawModel } from "../formats/read/json/raw.ts";
import { QUICK_BYTES } from "../formats/read/read.ts";
import { FileError } from "../model/errors.ts";
import type { Opened } from "./bytes.ts";

/** The longest line, in bytes. */
const MAX_LINE_BYTES = 2 ** 28;

const LINE_FEED = 10;
/** The largest code of a blank or a control character. */
const SPACE = 32;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The first byte of a byte order mark. */
const BYTE_ORDER_MARK = 0xef;

/** What the beginning of a file shows: one model a line, or anything else, with all chunks that were read. */
export type Beginning = { readonly lines: Lines } | { readonly chunks: () => AsyncIterable<Uint8Array> };

/**
 * Reads as much of a file as it takes to see whether it has one model a line: its first line is an object, and there is
 * another line. Of such a file one line at a time is in memory. Throws FileError.
 */
export async function beginningOf(opened: Opened, name: string): Promise<Beginning> {
  const source = opened.chunks()[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  const next = async (): Promise<boolean> => {
    const { value, done } = await source.next();
    if (!done) read.push(value);
    return !done;
  };
  const again = () => resumed(read, source);
  if (!(await hasText(read, next)) || !beginsObject(read)) return { chunks: again };
  const lines = new Lines(again(), name);
  const first = await lines.next();
  const second = first && (await lines.next());
  if (second === undefined || !isModelLine(first!)) return { chunks: again };
  // from here on the lines are all that is kept
  read.length = 0;
  lines.giveAgain(first!, second);
  return { lines };
}

/** Whether a line is an object; a line that takes long to parse is only looked at from both ends. */
function isModelLine(line: Uint8Array): boolean {
  if (line.length <= QUICK_BYTES) return isObjectLine(line);
  return line[line.findLastIndex((byte) => byte > SPACE)] === CLOSE_OBJECT;
}

/** Reads until there is something that is no blank; false if there is nothing. */
async function hasText(read: readonly Uint8Array[], next: () => Promise<boolean>): Promise<boolean> {
  do if (!(await next())) return false;
  while (!read.at(-1)!.some((byte) => byte > SPACE));
  return true;
}

function beginsObject(read: readonly Uint8Array[]): boolean {
  const first = read.at(-1)!.find((byte) => byte > SPACE);
  return first === OPEN_OBJECT || first === BYTE_ORDER_MARK;
}

/** The chunks from the beginning: those that were read, and then the others, which are remembered as they come. */
async function* resumed(read: Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    while (at < read.length) yield read[at++]!;
    const { value, done } = await source.next();
    if (done) return;
    // a list that was emptied is not filled again
    if (at === read.length) read.push(value);
    else yield value;
  }
}

/** The lines that are not blank. Most are there at once: a promise for each takes as long as a part of a small model. */
export class Lines {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #name: string;
  #again: Uint8Array[] = [];
  /** The chunk whose lines are being given, and the place in it. */
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The beginning of a line, from chunks before. */
  #pending: Uint8Array[] = [];
  #length = 0;

  constructor(chunks: AsyncIterable<Uint8Array>, name: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#name = name;
  }

  /** Lines that come before all others. */
  giveAgain(...lines: Uint8Array[]): void {
    this.#again = lines;
  }

  /** The next line; undefined at the end. Throws FileError. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const line = this.now();
      if (line !== undefined) return line;
      this.#keepRest();
      const { value, done } = await this.#chunks.next();
      if (done) break;
      // a buffer finds a line feed ten times as soon as another array
      this.#chunk = Buffer.from(value.buffer, value.byteOffset, value.length);
      this.#at = 0;
    }
    const last = this.#whole();
    return isBlank(last) ? undefined : last;
  }

  /** The next line, if it is there. */
  now(): Uint8Array | undefined {
    if (this.#again.length > 0) return this.#again.shift();
    const chunk = this.#chunk;
    for (let end = chunk.indexOf(LINE_FEED, this.#at); end >= 0; end = chunk.indexOf(LINE_FEED, this.#at)) {
      this.#pending.push(chunk.subarray(this.#at, end));
      this.#at = end + 1;
      const line = this.#whole();
      if (!isBlank(line)) return line;
    }
    return undefined;
  }

  #whole(): Uint8Array {
    const line = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#length = 0;
    return line;
  }

  #keepRest(): void {
    const rest = this.#chunk.subarray(this.#at);
    this.#at = this.#chunk.length;
    if (rest.length === 0) return;
    this.#pending.push(rest);
    this.#length += rest.length;
    if (this.#length > MAX_LINE_BYTES) {
      throw new FileError(this.#name, `has a line of more than ${MAX_LINE_BYTES} bytes`, "Save large models as .npz.");
    }
  }
}

function isBlank(line: Uint8Array): boolean {
  for (let i = 0; i < line.length; i++) if (line[i]! > SPACE) return false;
  return true;
}

/**
 * The model of each line.
 * @param read a line that takes long to parse is handed to it
 * @param opened is closed at the end
 */
export async function* modelsOfLines(
  lines: Lines,
  file: string,
  name: string,
  read: (line: Uint8Array, raw: RawModel) => RawModel | Promise<RawModel>,
  opened: Pick<Opened, "close">,
  memory?: number,
): AsyncGenerator<RawModel> {
  let index = 0;
  try {
    for (let line = await lines.next(); line !== undefined; line = lines.now() ?? (await lines.next()))
      yield read(line, modelOfLine({ bytes: line, file, name, index: index++ }, memory));
  } finally {
    await opened.close();
  }
}
