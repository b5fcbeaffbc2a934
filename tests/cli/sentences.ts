import { expect, it } from "vitest";
import { readSvg } from "../plot/svg-check.ts";

/** Tables of sentences, and a test for each row. */

/** The output, the state of the answer, the exact sentence, and what prints it. */
export type Row = readonly [output: string, state: string, sentence: string, printed: () => string];

/** All that is written in a picture, lines of one sentence joined. */
export const svg = (document: string): string =>
  readSvg(document)
    .elements.filter(({ name }) => name === "text")
    .map((each) => each.text)
    .join(" ");

export function testSentences(rows: readonly Row[]): void {
  for (const [output, state, sentence, printed] of rows) {
    it(`${output}, ${state}: ${sentence.slice(0, 60)}`, () => {
      const all = printed();
      if (all.includes("\n")) expect(all.split("\n")).toContain(sentence);
      else expect(all).toContain(sentence);
      // not even as part of another number
      expect(all).not.toMatch(
        /(^|[^\d,.])1 (models|results|regions|boxes|branches|points|problems|samples|files|crossings)/,
      );
    });
  }
}
