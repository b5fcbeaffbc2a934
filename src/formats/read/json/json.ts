import { FileError } from "../../../model/errors.ts";
import { Budget } from "../budget.ts";
import { beginsAsJson, unknownBytes, unknownText } from "./foreign.ts";
import { surveyJson } from "./json-survey.ts";
import type { ModelLine, RawModel } from "./raw.ts";

/** The largest JSON text that is read, in bytes: every JavaScript engine can hold a string of this length. */
const MAX_TEXT_BYTES = 2 ** 28;

/**
 * The largest numbers of arrays and objects and of values in one text: each takes a few bytes of text but far more
 * memory.
 */
const MAX_CONTAINERS = 2 ** 21;
const MAX_VALUES = 2 ** 26;

/** The largest number of models in one array. Of one model a line there may be any number. */
const MAX_MODELS = 2 ** 17;

/** The deepest nesting that is parsed. */
const MAX_NESTING = 512;

/**
 * A text this short with no more brackets than `MAX_NESTING` is within all limits, and takes at most so much memory:
 * counting what it holds would take a third of the time that parsing takes.
 */
const SHORT_BYTES = 2 ** 16;
const MEMORY_OF_SHORT = 2 ** 22;

/** The largest number of lines that are held at once. */
const MAX_LINES = 2 ** 20;

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const LINE_FEED = 10;
/** The largest code of a blank or a control character. */
const SPACE = 32;
/** The first byte of a byte order mark. */
const BYTE_ORDER_MARK = 0xef;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Models of a JSON text: one object, an array of objects, or one object a line (NDJSON). Several models are named
 * `name[0]`, `name[1]`, …. The value of a line that is no object throws a FileError. Throws FileError when nothing can
 * be read.
 *
 * @param name the name of models that have none themselves
 */
export function readJson(bytes: Uint8Array, file: string, name: string, budget = new Budget(file)): RawModel[] {
  checkSize(bytes, file);
  const [first, second] = linesOf(bytes);
  if (second !== undefined && isObjectLine(first!)) return modelsOfLines(bytes, file, name);
  const text = checkedText(bytes, file, budget);
  if (text.trim() === "") throw new FileError(file, "is empty", "Give a JSON object, an array of them, or one a line.");
  const whole = tryParse(text);
  if (!("problem" in whole)) {
    if (!Array.isArray(whole.value)) return [{ name, value: whole.value }];
    if (whole.value.length === 0) throw new FileError(file, "is an empty array", "Give at least one model.");
    return whole.value.map((value, i) => ({ name: `${name}[${i}]`, value }));
  }
  // one broken object over several lines is not a file of broken lines
  if (second === undefined || !hasObjectLine(bytes)) {
    throw beginsAsJson(text) ? jsonError(file, text, whole.problem) : unknownText(file, text);
  }
  return modelsOfLines(bytes, file, name);
}

function checkSize(bytes: Uint8Array, file: string): void {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new FileError(
      file,
      `is a text of ${bytes.length} bytes; the limit is ${MAX_TEXT_BYTES}`,
      "Split it, or save large models as .npz.",
    );
  }
}

/** A text that is within the limits. */
function checkedText(bytes: Uint8Array, file: string, budget: Budget): string {
  const short = bytes.length <= SHORT_BYTES && budget.has(MEMORY_OF_SHORT) ? decode(bytes, file) : undefined;
  if (short !== undefined && hasFewBrackets(short)) return short;
  checkText(bytes, file, budget);
  return short ?? decode(bytes, file);
}

function hasFewBrackets(text: string): boolean {
  let left = MAX_NESTING;
  for (const bracket of ["[", "{"]) {
    for (let at = text.indexOf(bracket); at >= 0 && left >= 0; at = text.indexOf(bracket, at + 1)) left--;
  }
  return left >= 0;
}

/** Compares what a text holds with the limits, before it is parsed. */
function checkText(bytes: Uint8Array, file: string, budget: Budget): void {
  checkSize(bytes, file);
  const { containers, values, depth, items } = surveyJson(bytes);
  if (depth > MAX_NESTING) {
    throw new FileError(file, `is nested ${depth} deep; the limit is ${MAX_NESTING}`, "Give plain arrays of rows.");
  }
  if (items > MAX_MODELS && bytes.find((byte) => byte > SPACE) === OPEN_ARRAY && hasObjects(bytes)) {
    throw new FileError(
      file,
      `is an array of ${items} values; the limit is ${MAX_MODELS}`,
      "Write one model a line (NDJSON), of which there may be any number.",
    );
  }
  checkCount(containers, "arrays and objects", MAX_CONTAINERS, file);
  checkCount(values - containers, "values", MAX_VALUES, file);
  budget.passing(bytes.length);
  budget.objects(containers);
  budget.numbers(values - containers);
}

/** Whether an array's first item is an object, so that it is one of models. */
function hasObjects(bytes: Uint8Array): boolean {
  const start = bytes.indexOf(OPEN_ARRAY) + 1;
  return bytes.subarray(start).find((byte) => byte > SPACE) === OPEN_OBJECT;
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

export function isObjectLine(line: Uint8Array): boolean {
  if (line.find((byte) => byte > SPACE) !== OPEN_OBJECT && line[0] !== BYTE_ORDER_MARK) return false;
  try {
    checkText(line, "", new Budget(""));
    return isObject(JSON.parse(UTF8.decode(line)));
  } catch {
    return false;
  }
}

function modelsOfLines(bytes: Uint8Array, file: string, name: string): RawModel[] {
  const models: RawModel[] = [];
  for (const line of linesOf(bytes)) {
    const i = models.push(modelOfLine({ bytes: line, file, name, index: models.length }));
    checkCount(i, "lines that together are no JSON", MAX_LINES, file);
  }
  return models;
}

/** The model of one line of NDJSON. @param memory bytes that it may take */
export function modelOfLine(line: ModelLine, memory?: number): RawModel {
  return new LineOfModels(line, memory);
}

/** A line of NDJSON, parsed when its value is asked for, so that a batch need not be in memory as a whole. */
class LineOfModels {
  readonly name: string;
  readonly line: ModelLine;
  readonly #memory: number | undefined;

  constructor(line: ModelLine, memory: number | undefined) {
    this.name = `${line.name}[${line.index}]`;
    this.line = line;
    this.#memory = memory;
  }

  get value(): unknown {
    const { bytes, file, index } = this.line;
    const place = `${file}, model ${index}`;
    const text = checkedText(bytes, place, new Budget(place, this.#memory));
    const parsed = tryParse(text);
    if ("problem" in parsed) throw jsonError(place, text, parsed.problem);
    if (!isObject(parsed.value)) throw jsonError(place, text, "a line must hold an object");
    return parsed.value;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    // drops a byte order mark
    return UTF8.decode(bytes);
  } catch (cause) {
    throw unknownBytes(file, cause);
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
  return text
    .slice(0, 1000)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .slice(0, 200);
}
