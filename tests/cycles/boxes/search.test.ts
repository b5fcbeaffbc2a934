import { describe, expect, it } from "vitest";
import { searchBoxes } from "../../../src/cycles/boxes/search.ts";
import type { Word, WordSink } from "../../../src/cycles/word.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { ExactMap, isCovered, orbitsByWords } from "../../support/cycles-words.ts";
import { Random } from "../../support/random.ts";
import { mapOf, randomMap, scaled } from "./systems.ts";

/** Keeps all words. */
class Words implements WordSink {
  readonly words: Word[] = [];
  found = 0;
  add(word: Word): void {
    this.words.push(word.map((mask) => mask.slice()));
  }
  async settle(): Promise<void> {}
}

async function wordsOf(system: PiecewiseLinearSystem, periods: readonly number[], maxBoxes = 200_000) {
  const sink = new Words();
  const outcomes = await searchBoxes(system, periods, sink, {}, { maxBoxes });
  return { words: sink.words, outcomes };
}

describe("words from boxes", () => {
  it("cover every orbit of random small maps that brute force over all words finds", async () => {
    const random = Random.of(1, "cycles over boxes");
    let orbits = 0;
    let incomplete = 0;
    const continua = { count: 0 };
    for (let n = 0; n < 150; n++) {
      const R = random.integer(1, 3);
      const N = random.integer(1, 4);
      const system = randomMap(random, R, N);
      const map = new ExactMap(system);
      const most = Math.min(4, Math.floor(9 / N));
      const periods = Array.from({ length: most }, (_, i) => i + 1);
      const { words, outcomes } = await wordsOf(system, periods, 20_000);
      for (const { period, complete } of outcomes) {
        if (!complete) incomplete++;
        else {
          for (const z of orbitsByWords(map, period, continua)) {
            orbits++;
            if (!isCovered(map, z, period, words)) expect.fail(`map ${n}: an orbit of period ${period} is not covered`);
          }
        }
      }
    }
    console.log({ orbits, incomplete, continua: continua.count });
    expect(orbits).toBeGreaterThan(500);
    expect(continua.count).toBeGreaterThan(20);
  });
});
