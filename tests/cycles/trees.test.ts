import { describe, expect, it } from "vitest";
import { BOXES } from "../../src/cycles/boxes/search.ts";
import { POLYTOPES } from "../../src/cycles/polytopes/search.ts";
import { searchTrees } from "../../src/cycles/trees.ts";
import type { PeriodOutcome, Word, WordSink } from "../../src/cycles/word.ts";
import { key, type Rational } from "../../src/exact/rational.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { equationOfSystem, orbitsByWords } from "../oracle/cycles.ts";
import { ExactMap, isCovered } from "../support/exact-map.ts";
import { Random } from "../support/random.ts";
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

/** The first orbit of brute force that no word covers, of a period that is said to be complete. */
function uncovered(
  system: PiecewiseLinearSystem,
  words: readonly Word[],
  outcomes: readonly PeriodOutcome[],
  tally = { orbits: 0, continua: 0, incomplete: 0 },
): string | undefined {
  const map = new ExactMap(system);
  for (const { period, complete } of outcomes) {
    if (!complete) {
      tally.incomplete++;
      continue;
    }
    const found = orbitsByWords(equationOfSystem(system), period);
    tally.continua += found.continua;
    for (const [z] of found.orbits as [Rational[]][]) {
      tally.orbits++;
      if (!isCovered(map, z, period, words)) return `an orbit of period ${period}`;
    }
  }
  return undefined;
}

/** z ↦ slope·min(z, 1 − z). */
function tent(slope: number): PiecewiseLinearSystem {
  return mapOf([[slope]], [[1]], [[-2 * slope]], [0.5], [0]);
}

/** Points of F^k(z) = z that regular words have. */
function pointsOf(system: PiecewiseLinearSystem, period: number): number {
  const texts = orbitsByWords(equationOfSystem(system), period).orbits.map((orbit) => orbit[0]!.map(key).join(" "));
  return new Set(texts).size;
}

const full = process.env.STILLPOINT_FULL === "1";

describe.each([BOXES, POLYTOPES])("words from $parts", (kind) => {
  async function wordsOf(system: PiecewiseLinearSystem, periods: readonly number[], mostParts = 200_000) {
    const sink = new Words();
    const outcomes = await searchTrees(system, periods, sink, {}, kind, mostParts);
    return { words: sink.words, outcomes };
  }

  it("cover every orbit of random small maps that brute force over all words finds", async () => {
    const random = Random.of(1, "cycles over boxes");
    const tally = { orbits: 0, continua: 0, incomplete: 0 };
    const maps = full ? 120 : 60;
    for (let n = 0; n < maps; n++) {
      const R = random.integer(1, 3);
      const N = random.integer(1, 4);
      const system = randomMap(random, R, N);
      const periods = Array.from({ length: Math.min(4, Math.floor(8 / N)) }, (_, i) => i + 1);
      const { words, outcomes } = await wordsOf(system, periods, 20_000);
      expect(uncovered(system, words, outcomes, tally), `map ${n}`).toBeUndefined();
    }
    expect(tally.orbits).toBeGreaterThan(4 * maps);
    expect(tally.continua).toBeGreaterThan(maps / 15);
    // maps with continua in three dimensions, or with ties at several steps, may take more
    if (tally.incomplete >= maps / 6) console.log(kind.parts, tally);
    expect(tally.incomplete).toBeLessThan(maps / 6);
  });

  it("that are left out are missed by the comparison", async () => {
    const system = tent(2);
    const { words, outcomes } = await wordsOf(system, [3]);
    expect(uncovered(system, words, outcomes)).toBeUndefined();
    for (let n = 0; n < words.length; n++) {
      const others = words.filter((_, i) => i !== n);
      expect(uncovered(system, others, outcomes)).toBe("an orbit of period 3");
    }
  });

  it("are those of the full tent map: 2^k points", async () => {
    const system = tent(2);
    const { words, outcomes } = await wordsOf(system, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(outcomes.map(({ complete }) => complete)).not.toContain(false);
    expect(uncovered(system, words, outcomes)).toBeUndefined();
    for (const k of [1, 2, 3, 4, 5, 6, 7, 8]) expect(pointsOf(system, k)).toBe(2 ** k);
  });

  it.each([1.5, 1.25, 3, -1.5])("cover the cycles of a tent of slope %d", async (slope) => {
    const system = tent(slope);
    const { words, outcomes } = await wordsOf(system, [1, 2, 3, 4, 5, 6]);
    expect(outcomes.map(({ complete }) => complete)).not.toContain(false);
    expect(uncovered(system, words, outcomes)).toBeUndefined();
  });

  it("cover continua: turns by a quarter, an eigenvalue −1, the identity", async () => {
    const quarter = mapOf(
      [
        [0, -1],
        [1, 0],
      ],
      [[1, 0]],
      [[0, 0]],
      [3],
      [0, 0],
    );
    const flip = mapOf([[-1]], [[1]], [[0.5]], [2], [0]);
    const identity = mapOf(
      [
        [1, 0],
        [0, 1],
      ],
      [[1, 1]],
      [[1, 0]],
      [1],
      [0, 0],
    );
    for (const system of [quarter, flip, identity]) {
      const { words, outcomes } = await wordsOf(system, [1, 2, 3, 4]);
      expect(outcomes.map(({ complete }) => complete)).not.toContain(false);
      const tally = { orbits: 0, continua: 0, incomplete: 0 };
      expect(uncovered(system, words, outcomes, tally)).toBeUndefined();
      expect(tally.continua).toBeGreaterThan(0);
    }
  });

  it("cover a fixed point on three kinks, and a permutation of coordinates", async () => {
    const tied = mapOf(
      [
        [0.5, 0.25],
        [-0.25, 0.5],
      ],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [
        [-1.5, 0.25],
        [0.5, -2],
        [0.25, -0.5],
      ],
      [0, 0, 0],
      [0, 0],
    );
    const cyclic = mapOf(
      [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      [[1, 0, 0]],
      [[0, 0, -2]],
      [0.5],
      [0, 0, -0.25],
    );
    for (const system of [tied, cyclic]) {
      const { words, outcomes } = await wordsOf(system, [1, 2, 3]);
      expect(outcomes.map(({ complete }) => complete)).not.toContain(false);
      expect(uncovered(system, words, outcomes)).toBeUndefined();
    }
  });

  it.each([
    [0, 0],
    [300, 300],
    [-300, -300],
    [30, -30],
    [-40, 25],
  ])("do not depend on units of 2^%d and 2^%d", async (a, b) => {
    const random = Random.of(5, "scales");
    for (let n = 0; n < 6; n++) {
      const system = scaled(randomMap(random, 2, 2), [a, b]);
      const { words, outcomes } = await wordsOf(system, [1, 2, 3], 20_000);
      expect(uncovered(system, words, outcomes)).toBeUndefined();
      expect(outcomes.map(({ complete }) => complete)).not.toContain(false);
    }
  });

  it("are no claim where numbers are beyond all scales, but never an error", async () => {
    const wild = [1e-320, 5e-324, 1e300, 1.7e308, 1, 2 ** -537];
    const random = Random.of(7, "beyond scales");
    for (let n = 0; n < 40; n++) {
      const draw = () => random.sign() * random.pick(wild);
      const system = mapOf(
        random.matrix(2, 2, draw),
        random.matrix(2, 2, draw),
        random.matrix(2, 2, draw),
        random.vector(2, draw),
        random.vector(2, draw),
      );
      const { words, outcomes } = await wordsOf(system, [1, 2], 3000);
      for (const { complete, incompleteBecause } of outcomes) expect(complete).toBe(incompleteBecause === undefined);
      expect(uncovered(system, words, outcomes)).toBeUndefined();
    }
  });

  it("end at the limit with what is complete, and at a signal", async () => {
    const random = Random.of(9, "limits");
    const system = randomMap(random, 3, 4);
    const all = await wordsOf(
      tent(2),
      Array.from({ length: 12 }, (_, i) => i + 1),
      300,
    );
    const complete = all.outcomes.filter((o) => o.complete).map((o) => o.period);
    expect(complete.slice(0, 2)).toEqual([1, 2]);
    expect(all.outcomes.at(-1)).toMatchObject({
      complete: false,
      incompleteBecause: `the limit of 300 ${kind.parts} was reached`,
    });
    const stop = new AbortController();
    stop.abort();
    const outcomes = await searchTrees(system, [1, 2, 3], new Words(), { signal: stop.signal }, kind);
    expect(outcomes.map(({ incompleteBecause }) => incompleteBecause)).toEqual(["cancelled", "cancelled", "cancelled"]);
  });

  it("are the same on every run, with the same counts", async () => {
    const random = Random.of(11, "again");
    const system = randomMap(random, 2, 4);
    const [a, b] = [await wordsOf(system, [1, 2, 3, 4]), await wordsOf(system, [1, 2, 3, 4])];
    expect(a).toEqual(b);
  });
});
