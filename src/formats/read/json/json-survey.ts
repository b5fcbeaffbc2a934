/** What a JSON text holds, by its bytes. */
export interface JsonSurvey {
  /** Arrays and objects. */
  readonly containers: number;
  /** At least as many as there are values in them. */
  readonly values: number;
  /** The deepest nesting. */
  readonly depth: number;
  /** Items of the outermost array or object. */
  readonly items: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Counts what a JSON text holds before it is parsed, since each container takes two bytes of text but far more memory.
 * Of a text that is no JSON the counts are right up to the place where a parser stops.
 */
export function surveyJson(bytes: Uint8Array): JsonSurvey {
  let containers = 0;
  let commas = 0;
  let level = 0;
  let depth = 0;
  let outer = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    // most bytes are of numbers
    if (byte > COMMA && byte < OPEN_ARRAY) continue;
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    } else if (byte === COMMA) {
      commas++;
      if (level === 1) outer++;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      containers++;
      if (++level > depth) depth = level;
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) level--;
  }
  return { containers, values: commas + containers + 1, depth, items: outer + 1 };
}
