import { FileError } from "../model/errors.ts";
import type { RawModel } from "./raw.ts";

/** The largest JSON text that is read, in bytes: every JavaScript engine can hold a string of this length. */
const MAX_TEXT_BYTES = 2 ** 28;

/**
 * The largest numbers of arrays and objects, of values, and of NDJSON lines in one text: each takes a few bytes of text
 * but far more memory.
 */
const MAX_CONTAINERS = 2 ** 22;
const MAX_VALUES = 2 ** 26;
const MAX_LINES = 2 ** 22;

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const LINE_FEED = 10;
/** The largest code of a blank or a control character. */
const SPACE = 32;

/**
 * Models of a JSON text: one object, an array of objects, or one object a line (NDJSON). Several models are named
 * `name[0]`, `name[1]`, …. The value of a line that is no object throws a FileError. Throws FileError when nothing can
 * be read.
 *
 * @param name the name of models that have none themselves
 */
export function readJson(bytes: Uint8Array, file: string, name: string): RawModel[] {
  checkText(bytes, file);
  const [first, second] = linesOf(bytes);
  if (second !== undefined && isObjectLine(first)) return modelsOfLines(bytes, file, name);
  const text = decode(bytes, file);
  if (text.trim() === "") throw new FileError(file, "is empty", "Give a JSON object, an array of them, or one a line.");
  const whole = tryParse(text);
  if (!("problem" in whole)) {
    if (!Array.isArray(whole.value)) return [{ name, value: whole.value }];
    if (whole.value.length === 0) throw new FileError(file, "is an empty array", "Give at least one model.");
    return whole.value.map((value, i) => ({ name: `${name}[${i}]`, value }));
  }
  // one broken object over several lines is not a file of broken lines
  if (second === undefined || !hasObjectLine(bytes)) throw jsonError(file, text, whole.problem);
  return modelsOfLines(bytes, file, name);
}

/** Compares the size of a text, and its numbers of containers and values, with the limits before the text is parsed. */
function checkText(bytes: Uint8Array, file: string): void {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new FileError(
      file,
      `is a text of ${bytes.length} bytes; the limit is ${MAX_TEXT_BYTES}`,
      "Split it, or save large models as .npz.",
    );
  }
  const counts = new Uint32Array(256);
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]]++;
  const count = (char: string): number => counts[char.charCodeAt(0)];
  checkCount(count("[") + count("{"), "arrays and objects", MAX_CONTAINERS, file);
  checkCount(count(",") + 1, "values", MAX_VALUES, file);
}

function checkCount(count: number, what: string, limit: number, file: string): void {
  if (count <= limit) return;
  throw new FileError(file, `holds ${count} ${what}; the limit is ${limit}`, "Split it, or save large models as .npz.");
}

/** The lines that are not blank. */
function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (line.some((byte) => byte > SPACE)) yield line;
    from += line.length + 1;
  }
}

function hasObjectLine(bytes: Uint8Array): boolean {
  for (const line of linesOf(bytes)) if (isObjectLine(line)) return true;
  return false;
}

function isObjectLine(line: Uint8Array): boolean {
  try {
    return isObject(JSON.parse(UTF8.decode(line)));
  } catch {
    return false;
  }
}

function modelsOfLines(bytes: Uint8Array, file: string, name: string): RawModel[] {
  const models: RawModel[] = [];
  for (const line of linesOf(bytes)) {
    const i = models.push(new LineOfModels(`${name}[${models.length}]`, line, `${file}, model ${models.length}`));
    checkCount(i, "lines that together are no JSON", MAX_LINES, file);
  }
  return models;
}

/** A line of NDJSON, parsed when its value is asked for, so that a batch need not be in memory as a whole. */
class LineOfModels {
  readonly name: string;
  readonly #line: Uint8Array;
  readonly #place: string;

  constructor(name: string, line: Uint8Array, place: string) {
    this.name = name;
    this.#line = line;
    this.#place = place;
  }

  get value(): unknown {
    const text = decode(this.#line, this.#place);
    const parsed = tryParse(text);
    if ("problem" in parsed) throw jsonError(this.#place, text, parsed.problem);
    if (!isObject(parsed.value)) throw jsonError(this.#place, text, "a line must hold an object");
    return parsed.value;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    // drops a byte order mark
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new FileError(file, "is neither a known binary format nor UTF-8 text", "Save it as JSON or .npz.", { cause });
  }
}

function tryParse(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === "object";
}

function jsonError(file: string, text: string, problem: string): FileError {
  const notNumbers = /[[,:]\s*(-?Infinity|NaN)\b/.exec(text);
  if (notNumbers) {
    return new FileError(
      file,
      `contains ${notNumbers[1]}, which is no JSON and no finite number`,
      "Check the training run or the export that wrote it.",
    );
  }
  return new FileError(file, `is not valid JSON (${printable(problem)})`, "Check that it was written completely.");
}

/** Error messages quote the file: keep them to one printable line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").slice(0, 200);
}
