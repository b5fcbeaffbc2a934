import { describe, expect, it } from "vitest";
import { escaped, escapedJson, printable } from "../../src/formats/read/printable.ts";

/** What terminals obey: C0 with ANSI, DEL, C1, marks of direction, invisible and separating characters. */
const OBEYED = "\u0000\u0007\u001b[31m\u007f\u009b\u200b\u202e\u2066\u2028\ufeff\u{e0001}\ud800";
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("text from a file", () => {
  it("is shown with what a terminal obeys escaped", () => {
    expect(escaped(OBEYED)).toBe("\\x00\\x07\\x1b[31m\\x7f\\x9b\\u200b\\u202e\\u2066\\u2028\\ufeff\\u{e0001}\\ud800");
    expect(OBEYED).toMatch(UNSAFE);
    expect(escaped(OBEYED)).not.toMatch(UNSAFE);
  });
  it("is left alone where it is harmless", () => {
    for (const text of ["net", "größe 3", "模型", "a\\b", "ג", "😀"]) expect(escaped(text)).toBe(text);
  });
  it("is one line of a moderate length, and says that it was cut", () => {
    expect(printable(`a\nb${"x".repeat(1000)}`)).toMatch(/^a\\x0abx{397}…$/);
  });
  it("in JSON means the same", () => {
    const value = { name: OBEYED, list: ["\u202e", 1] };
    const text = `${JSON.stringify(value, null, 1)}\n`;
    expect(text).toMatch(/[\u009b\u202e]/);
    expect(escapedJson(text).replaceAll("\n", "")).not.toMatch(UNSAFE);
    expect(JSON.parse(escapedJson(text))).toEqual(value);
    expect(escapedJson(text).split("\n")).toHaveLength(text.split("\n").length);
  });
});
