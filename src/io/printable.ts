/** Longest text of a file that is shown whole where one line is wanted. */
const MAX_NAME = 400;

/**
 * Control characters (C0, DEL, C1), those that no one sees or that turn the direction of writing (format characters), line and paragraph
 * separators, and halves of surrogate pairs: what a terminal obeys, or shows as something else.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text with what is unsafe on a terminal shown escaped: \x1b, \u202e, \u{e0001}. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** JSON likewise, in its own escapes, so that it means the same: the characters stand inside texts only. Line feeds stay. */
export function escapedJson(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === "\n") return character;
    const units = character.split("").map((each) => each.charCodeAt(0));
    return units.map(unit).join("");
  });
}

/** A text from a file (a name, a reason, an adapter) as one line of a moderate length for people: all such texts go through here. */
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
