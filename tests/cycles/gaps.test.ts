import { describe, expect, it } from "vitest";
import { gapsText, gapText, periodsText } from "../../src/cycles/gaps.ts";

const LATE = "the time budget ended";
const words = (count: number, because = LATE) => ({ words: count, because });

describe("what is said of periods that are not complete", () => {
  it("names periods one by one, and many in a row by their ends", () => {
    expect(periodsText([3])).toBe("period 3");
    expect(periodsText([1, 2, 3])).toBe("periods 1, 2, 3");
    expect(periodsText([2, 5, 6, 7, 8, 10, 11])).toBe("periods 2, 5 to 8, 10, 11");
    expect(periodsText(Array.from({ length: 1000 }, (_, k) => k + 1))).toBe("periods 1 to 1000");
  });

  it("says each reason once, and how many words were not decided", () => {
    expect(gapText({ period: 1, reasons: [] })).toBeUndefined();
    expect(gapText({ period: 1, reasons: [LATE], undecided: words(2) })).toBe(
      "the time budget ended; 2 words that may hold a cycle were not decided",
    );
    expect(gapText({ period: 1, reasons: ["cancelled"], undecided: words(1) })).toBe(
      "cancelled; the time budget ended: 1 word that may hold a cycle was not decided",
    );
    expect(gapText({ period: 1, reasons: [], undecided: words(1) })).toBe(
      "the time budget ended: 1 word that may hold a cycle was not decided",
    );
  });

  it("puts periods with one reason together, and adds the words up", () => {
    const gaps = Array.from({ length: 6 }, (_, k) => ({
      period: k + 1,
      reasons: k === 0 ? [] : k === 3 ? ["too large"] : [LATE],
      undecided: k > 3 ? words(k) : undefined,
    }));
    expect(gapsText(gaps)).toBe(
      "periods 2, 3, 5, 6: the time budget ended; period 4: too large; 9 words that may hold a cycle were not decided",
    );
    expect(gapsText([{ period: 7, reasons: [], undecided: words(3, "cancelled") }])).toBe(
      "period 7: cancelled; 3 words that may hold a cycle were not decided",
    );
    expect(gapsText([])).toBe("");
  });
});
