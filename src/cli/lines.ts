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
export type Beginning =
  | { readonly lines: AsyncGenerator<Uint8Array> }
  | { readonly chunks: () => AsyncIterable<Uint8Array> };

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
  const lines = linesOf(again(), name);
  const first = await lines.next();
  if (first.done) return { chunks: again };
  const second = await lines.next();
  if (second.done || !isModelLine(first.value)) return { chunks: again };
  // from here on the lines are all that is kept
  read.length = 0;
  return { lines: continued([first.value, second.value], lines) };
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

async function* continued(first: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

/** The lines that are not blank. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length = 0;
  const whole = (): Uint8Array => {
    const line = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      pending.push(chunk.subarray(from, end));
      from = end + 1;
      const line = whole();
      if (line.some((byte) => byte > SPACE)) yield line;
    }
    if (from === chunk.length) continue;
    pending.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > MAX_LINE_BYTES) {
      throw new FileError(name, `has a line of more than ${MAX_LINE_BYTES} bytes`, "Save large models as .npz.");
    }
  }
  const last = whole();
  if (last.some((byte) => byte > SPACE)) yield last;
}

/** The model of each line. @param read a line that takes long to parse is handed to it */
export async function* modelsOfLines(
  lines: AsyncIterable<Uint8Array>,
  file: string,
  name: string,
  read: (line: Uint8Array, raw: RawModel) => Promise<RawModel>,
  memory?: number,
): AsyncGenerator<RawModel> {
  let index = 0;
  for await (const line of lines) {
    const raw = modelOfLine({ bytes: line, file, name, index: index++ }, memory);
    yield await read(line, raw);
  }
}
