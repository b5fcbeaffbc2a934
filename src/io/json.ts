import { FileError } from "../model/errors.ts";
import type { RawModel } from "./raw.ts";

/** Largest JSON text that is read, in bytes: what a JavaScript string can surely hold. */
const MAX_TEXT_BYTES = 2 ** 28;

/** Most arrays and objects, values, and lines of NDJSON in one text: what is built of a few bytes each could exhaust memory. */
const MAX_CONTAINERS = 2 ** 22;
const MAX_VALUES = 2 ** 26;
const MAX_LINES = 2 ** 22;

/**
 * Models of a JSON text: one object, an array of objects, or one object a line (NDJSON). Several are named `name[0]`,
 * `name[1]`, …; a line that is no JSON becomes an entry with an error. Throws FileError when nothing can be read.
 *
 * @param name of the models that have none themselves
 */
export function readJson(bytes: Uint8Array, file: string, name: string): RawModel[] {
  const text = decode(bytes, file);
  const count = countBytes(bytes);
  checkCount(count("[") + count("{"), "arrays and objects", MAX_CONTAINERS, file);
  checkCount(count(",") + 1, "values", MAX_VALUES, file);
  if (text.trim() === "") throw new FileError(file, "is empty", "Give a JSON object, an array of them, or one a line.");
  const whole = tryParse(text);
  if (!("problem" in whole)) {
    if (!Array.isArray(whole.value)) return [{ name, value: whole.value }];
    if (whole.value.length === 0) throw new FileError(file, "is an empty array", "Give at least one model.");
    return whole.value.map((value, i) => ({ name: `${name}[${i}]`, value }));
  }
  checkCount(count("\n") + 1, "lines that together are no JSON", MAX_LINES, file);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const problems = lines.map(problemOf);
  // one broken object over several lines is not a file of broken lines
  if (lines.length < 2 || !problems.includes(undefined)) throw jsonError(file, text, whole.problem);
  return lines.map((line, i) => {
    const own = `${name}[${i}]`;
    const problem = problems[i];
    if (problem !== undefined) return { name: own, error: jsonError(`${file}, model ${i}`, line, problem) };
    return new LineOfModels(own, line);
  });
}

/** A line of NDJSON, parsed when it is asked for: a batch need not be in memory as a whole. */
class LineOfModels {
  readonly name: string;
  readonly #line: string;

  constructor(name: string, line: string) {
    this.name = name;
    this.#line = line;
  }

  get value(): unknown {
    return JSON.parse(this.#line);
  }
}

/** Why a line holds no object. */
function problemOf(line: string): string | undefined {
  const parsed = tryParse(line);
  if ("problem" in parsed) return parsed.problem;
  return isObject(parsed.value) ? undefined : "a line must hold an object";
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    throw new FileError(
      file,
      `is a text of ${bytes.length} bytes; the limit is ${MAX_TEXT_BYTES}`,
      "Split it, or save large models as .npz.",
    );
  }
  try {
    // drops a byte order mark
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FileError(file, "is neither a known binary format nor UTF-8 text", "Save it as JSON or .npz.", { cause });
  }
}

/** How often each byte occurs: says what a text holds, or seems to, before anything is built of it. */
function countBytes(bytes: Uint8Array): (char: string) => number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte]++;
  return (char) => counts[char.charCodeAt(0)];
}

function checkCount(count: number, what: string, limit: number, file: string): void {
  if (count <= limit) return;
  throw new FileError(file, `holds ${count} ${what}; the limit is ${limit}`, "Split it, or save large models as .npz.");
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
