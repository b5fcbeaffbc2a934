import { isLong, LazyList, type List } from "../../base/list.ts";

const LINE_WIDTH = 100;

/** JSON over several lines. A value that fits a line stays on one line, and so does every list of numbers. */
export function prettyJson(value: unknown, indent = ""): string {
  if (value instanceof LazyList) return prettyJson(value.slice(), indent);
  const flat = JSON.stringify(value);
  if (value === null || typeof value !== "object" || flat.length + indent.length <= LINE_WIDTH) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((item) => item === null || typeof item !== "object")) return flat;
    return `[\n${value.map((item) => inner + prettyJson(item, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${inner}${JSON.stringify(key)}: ${prettyJson(item, inner)}`);
  return `{\n${members.join(",\n")}\n${indent}}`;
}

/**
 * `prettyJson` of a record in pieces, where a list of its own is long: a million points have no text that fits a
 * string.
 */
export function* prettyPieces(record: object): Generator<string> {
  const members = Object.entries(record).filter(([, item]) => item !== undefined);
  if (!members.some(([, item]) => isLongList(item))) {
    yield prettyJson(record);
    return;
  }
  const inner = "  ";
  let before = "{\n";
  for (const [key, item] of members) {
    const start = `${before}${inner}${JSON.stringify(key)}: `;
    before = ",\n";
    if (!isLongList(item)) {
      yield start + prettyJson(item, inner);
      continue;
    }
    yield start;
    yield* listPieces(item, inner);
  }
  yield "\n}";
}

/** Whether a value is a long list of objects. */
function isLongList(value: unknown): value is List<object> {
  if (!(Array.isArray(value) || value instanceof LazyList) || !isLong(value)) return false;
  const [first] = value.slice(0, 1);
  return typeof first === "object" && first !== null;
}

function* listPieces(list: List<object>, indent: string): Generator<string> {
  const inner = `${indent}  `;
  let before = "[\n";
  for (const item of list) {
    yield `${before}${inner}${prettyJson(item, inner)}`;
    before = ",\n";
  }
  yield `\n${indent}]`;
}

/** JSON of a batch, written value by value: a single value as it is, several values (or none) as an array. */
export class JsonDocument {
  #count = 0;
  /** The first value is held back, because it is written without an array if no other value comes. */
  #held: object | undefined;

  /** The text to write after this value has come, in pieces. */
  *add(value: object): Generator<string> {
    this.#count++;
    if (this.#count === 1) {
      this.#held = value;
      return;
    }
    if (this.#held !== undefined) {
      yield "[\n";
      yield* prettyPieces(this.#held);
      this.#held = undefined;
    }
    yield ",\n";
    yield* prettyPieces(value);
  }

  /** The text to write at the end, in pieces. */
  *end(): Generator<string> {
    if (this.#held !== undefined) yield* prettyPieces(this.#held);
    yield ["[]\n", "\n"][this.#count] ?? "\n]\n";
  }
}
