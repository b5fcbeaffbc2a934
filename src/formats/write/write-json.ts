const LINE_WIDTH = 100;

/** JSON over several lines. A value that fits a line stays on one line, and so does every list of numbers. */
export function prettyJson(value: unknown, indent = ""): string {
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

/** JSON of a batch, written value by value: a single value as it is, several values (or none) as an array. */
export class JsonDocument {
  #count = 0;
  #held = "";

  /** The text to write after this value has come. */
  add(value: unknown): string {
    const text = prettyJson(value);
    this.#count++;
    // the first value is held back, because it is written without an array if no other value comes
    if (this.#count === 1) this.#held = text;
    if (this.#count === 1) return "";
    return `${this.#count === 2 ? `[\n${this.#held}` : ""},\n${text}`;
  }

  /** The text to write at the end. */
  end(): string {
    if (this.#count === 0) return "[]\n";
    return this.#count === 1 ? `${this.#held}\n` : "\n]\n";
  }
}
