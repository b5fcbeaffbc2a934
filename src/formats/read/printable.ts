/** The longest text of a file that is shown whole in one line. */
const MAX_NAME = 400;

/**
 * Characters that a terminal obeys, or shows as something else: control characters (C0, DEL, C1), format characters
 * (invisible ones, and ones that turn the direction of writing), line and paragraph separators, and halves of surrogate
 * pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text with every character that is unsafe on a terminal escaped: \x1b, \u202e, \u{e0001}. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/**
 * JSON with the same characters in JSON's own escapes. The value stays the same, because these characters stand only
 * inside texts. Line feeds stay.
 */
export function escapedJson(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return character;
    const units = character.split("").map((each) => each.charCodeAt(0));
    return units.map(unit).join("");
  });
}

/**
 * A text from a file (a name, a reason, an adapter) as one line of a moderate length for people: all such texts go
 * through here.
 */
export function printable(text: string): string {
  const shown = text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}…` : text;
  return escaped(shown);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code > 0xff ? unit(code) : `\\x${code.toString(16).padStart(2, "0")}`;
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
