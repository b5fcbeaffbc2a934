import { sha256 } from "./sha256.ts";

/** What a record's digest says about it: it fits, it does not, or there is none. */
export type Seal = "whole" | "broken" | "missing";

/** How a digest is made, in front of its hex digits. */
const PREFIX = "sha256:";
const DIGEST = "digest";
const LINE_FEED = 10;

/** Shapes of objects whose keys are kept sorted: a batch of many small models has a few, thousands of times. */
const MOST_SHAPES = 256;
/** Room for numbers, and for bytes, that is kept from one record to the next. */
const KEPT_NUMBERS = 2 ** 14;
const KEPT_BYTES = 2 ** 17;

const UTF8 = new TextEncoder();

interface Shape {
  readonly keys: readonly string[];
  readonly sorted: readonly string[];
  /** The sorted keys as JSON, with a colon. */
  readonly labels: readonly string[];
}

const shapes = new Map<string, Shape>();

function shapeOf(record: object): Shape {
  const keys = Object.keys(record);
  const name = keys.join();
  const known = shapes.get(name);
  // keys with commas may share a name
  if (known?.keys.length === keys.length && known.keys.every((key, i) => key === keys[i])) return known;
  const sorted = [...keys].sort();
  const shape = { keys, sorted, labels: sorted.map((key) => `${JSON.stringify(key)}:`) };
  if (shapes.size < MOST_SHAPES) shapes.set(name, shape);
  return shape;
}

let numbers = new Float64Array(1024);
let count = 0;
const scratch = new Uint8Array(KEPT_BYTES);

function note(x: number): void {
  if (count === numbers.length) {
    const larger = new Float64Array(2 * count);
    larger.set(numbers);
    numbers = larger;
  }
  // −0 is 0, as JSON writes it
  numbers[count++] = x + 0;
}

/** The value as JSON without blanks, keys of objects ascending, each number replaced by # and noted. What JSON can't hold is left out or null. */
function outlineOf(value: unknown, leftOut?: string): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return "null";
    note(value);
    return "#";
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) text += i === 0 ? outlineOf(value[i]) : `,${outlineOf(value[i])}`;
    return `${text}]`;
  }
  const record = value as Readonly<Record<string, unknown>>;
  const { sorted, labels } = shapeOf(record);
  let text = "";
  for (let k = 0; k < sorted.length; k++) {
    const item = record[sorted[k]];
    if (item === undefined || sorted[k] === leftOut) continue;
    text += `${text === "" ? "{" : ","}${labels[k]}${outlineOf(item)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

/**
 * `sha256:` and the hex SHA-256 of all of a record but its own `digest`: canonical JSON in UTF-8 with # in place of each number, a line
 * feed, and the numbers in their order as little-endian float64.
 *
 * It is that of the values and not of a text: neither indentation, nor the order of keys, nor how a number is written changes it, and it is
 * the same before and after the record went through a file. (Numbers as bytes, because to write them as text takes three times as long.)
 */
export function digestOf(record: object): string {
  count = 0;
  const outline = outlineOf(record, DIGEST);
  // a UTF-16 unit takes at most three bytes
  const room = 3 * outline.length + 1 + 8 * count;
  const bytes = room <= KEPT_BYTES ? scratch : new Uint8Array(room);
  const { written } = UTF8.encodeInto(outline, bytes);
  bytes[written] = LINE_FEED;
  // as every machine that runs JavaScript today has them in memory
  bytes.set(new Uint8Array(numbers.buffer, 0, 8 * count), written + 1);
  const length = written + 1 + 8 * count;
  if (numbers.length > KEPT_NUMBERS) numbers = new Float64Array(KEPT_NUMBERS);
  return PREFIX + sha256([bytes.subarray(0, length)]);
}

/**
 * The record with its digest, in place of one that it may have. The digest tells a record that was altered by accident, or by someone who
 * did not know of it. It is no signature: whoever alters a record can seal it anew.
 */
export function sealed<T extends object>(record: T): T & { readonly digest: string } {
  return { ...record, digest: digestOf(record) };
}

/** Whether a value that was read is as it was sealed. Never throws. */
export function sealOf(value: unknown): Seal {
  if (typeof value !== "object" || value === null) return "missing";
  const { digest } = value as { readonly digest?: unknown };
  if (digest === undefined) return "missing";
  try {
    return digest === digestOf(value) ? "whole" : "broken";
  } catch {
    // nested deeper than the stack, or no JSON at all: nothing that was ever sealed
    return "broken";
  }
}
