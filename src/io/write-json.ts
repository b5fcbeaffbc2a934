const LINE_WIDTH = 100;

/** JSON over several lines, where everything that is a list of numbers or fits a line stays on one. */
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

/** JSON of a batch, piece by piece as values come: one value as it is, several (or none) as an array. */
export class JsonDocument {
  #count = 0;
  #held = "";

  /** What to write now. */
  add(value: unknown): string {
    const text = prettyJson(value);
    this.#count++;
    // the first one is held back: it stands alone if no other comes
    if (this.#count === 1) this.#held = text;
    if (this.#count === 1) return "";
    return `${this.#count === 2 ? `[\n${this.#held}` : ""},\n${text}`;
  }

  /** What to write at the end. */
  end(): string {
    if (this.#count === 0) return "[]\n";
    return this.#count === 1 ? `${this.#held}\n` : "\n]\n";
  }
}
