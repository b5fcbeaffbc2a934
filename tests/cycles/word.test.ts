import { expect, it } from "vitest";
import { rotationKey, type Word } from "../../src/cycles/word.ts";

const wordOf = (letters: readonly number[]): Word => letters.map((letter) => Uint32Array.of(letter, 7));
const rotated = <T>(items: readonly T[], by: number): T[] => [...items.slice(by), ...items.slice(0, by)];

it("all rotations of a word share a key, and no other word has it: all words of up to eight letters of two", () => {
  const classes = new Map<string, string>();
  for (let k = 1; k <= 8; k++) {
    for (let n = 0; n < 2 ** k; n++) {
      // 10 before 9 as texts
      const letters = Array.from({ length: k }, (_, t) => (((n >> t) & 1) === 1 ? 10 : 9));
      const turned = letters.map((_, t) => rotated(letters, t));
      const keys = new Set(turned.map((each) => rotationKey(wordOf(each))));
      expect(keys.size).toBe(1);
      const [key] = keys;
      const name = turned.map((each) => each.join()).sort()[0]!;
      expect(classes.get(key!) ?? name).toBe(name);
      classes.set(key!, name);
    }
  }
  // necklaces of two colours: 2, 3, 4, 6, 8, 14, 20, 36
  expect(classes.size).toBe(2 + 3 + 4 + 6 + 8 + 14 + 20 + 36);
});
