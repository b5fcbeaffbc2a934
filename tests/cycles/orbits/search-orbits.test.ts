import { describe, expect, it } from "vitest";
import { searchOrbits } from "../../../src/cycles/orbits/search-orbits.ts";
import type { Word, WordSink } from "../../../src/cycles/word.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { equationOfSystem, orbitsByWords } from "../../oracle/cycles.ts";
import { ExactMap, isCovered } from "../../support/exact-map.ts";
import { drawMap, plainMapOf, rescaled } from "../../support/maps.ts";
import { Random } from "../../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

/** A sink that keeps words. */
function keeping(): WordSink & { words: Word[] } {
  const words: Word[] = [];
  return {
    words,
    add: (word) => {
      words.push(word.map((mask) => mask.slice()));
    },
    settle: async () => {},
    found: 0,
  };
}

/** Shapes with N·k ≤ 12, and how many words each has at most. */
const SHAPES = [
  { R: 1, N: 1, k: 6 },
  { R: 1, N: 2, k: 4 },
  { R: 1, N: 3, k: 3 },
  { R: 2, N: 2, k: 3 },
  { R: 2, N: 1, k: 8 },
  { R: 2, N: 3, k: 2 },
  { R: 2, N: 4, k: 2 },
  { R: 3, N: 2, k: 2 },
  { R: 3, N: 4, k: 1 },
  { R: 2, N: 2, k: 4 },
  { R: 2, N: 3, k: 3 },
  { R: 2, N: 2, k: 5 },
  { R: 1, N: 4, k: 3 },
  { R: 2, N: 6, k: 2 },
] as const;

/** Orbits of the oracle that no word of the search covers. */
async function missed(system: PiecewiseLinearSystem, k: number, drop = false) {
  const sink = keeping();
  const outcome = await searchOrbits(system, k, sink, {});
  const oracle = orbitsByWords(equationOfSystem(system), k);
  const words = drop ? sink.words.slice(1) : sink.words;
  const map = new ExactMap(system);
  const lost = oracle.orbits.filter(([z]) => !isCovered(map, z!, k, words));
  return { outcome, oracle, lost, words: sink.words };
}

describe("words of a period by linear programs", () => {
  it("cover every orbit that all words have, ties and continua among them", { timeout: 1_000_000 }, async () => {
    const random = Random.of(28, "orbits");
    const models = FULL ? 3000 : 112;
    let orbits = 0;
    let continua = 0;
    for (let i = 0; i < models; i++) {
      const { R, N, k } = SHAPES[i % SHAPES.length]!;
      const system = plainMapOf(drawMap(random, R, N));
      const { outcome, oracle, lost } = await missed(system, k);
      expect(outcome).toMatchObject({ period: k, complete: true });
      if (lost.length > 0) {
        expect.fail(`model ${i}, R=${R} N=${N} k=${k}: ${lost.length} orbits lost`);
      }
      orbits += oracle.orbits.length;
      continua += oracle.continua;
    }
    expect(orbits).toBeGreaterThan(models);
    expect(continua).toBeGreaterThan(models / 10);
  });

  it("cover them in coordinates and rows of very different scales", { timeout: 1_000_000 }, async () => {
    const random = Random.of(29, "scales");
    for (let i = 0; i < (FULL ? 600 : 42); i++) {
      const { R, N, k } = SHAPES[i % SHAPES.length]!;
      const system = rescaled(random, plainMapOf(drawMap(random, R, N)), random.pick([30, 100, 300]));
      const { outcome, lost } = await missed(system, k);
      expect(outcome.complete).toBe(true);
      if (lost.length > 0) expect.fail(`model ${i}, R=${R} N=${N} k=${k}: ${lost.length} orbits lost`);
    }
  });

  it("would be seen to be lost", async () => {
    const tent = plainMapOf({ A: [[2]], U: [[1]], V: [[-4]], h: [0.5], g: [0] });
    const { lost, oracle } = await missed(tent, 3);
    expect(oracle.orbits).toHaveLength(8);
    expect(lost).toHaveLength(0);
    expect((await missed(tent, 3, true)).lost.length).toBeGreaterThan(0);
  });

  it("are few where all hyperplanes pass through a fixed point that is alone", async () => {
    const random = Random.of(31, "cone");
    const R = 3;
    const N = 5;
    const U = random.matrix(N, R, () => random.real());
    const V = random.matrix(N, R, () => random.real(0.2));
    const A = [0.5, -0.25, 0.375].map((x, i) => [0, 0, 0].map((_, l) => (l === i ? x : 0)));
    const system = plainMapOf({ A, U, V, h: new Array<number>(N).fill(0), g: [0, 0, 0] });
    for (const k of [1, 2, 4]) {
      const sink = keeping();
      const outcome = await searchOrbits(system, k, sink, {});
      expect(outcome.complete).toBe(true);
      expect(outcome.counts.words).toBeLessThanOrEqual(2);
      expect(outcome.counts.nodes).toBeLessThan(50);
      expect(outcome.counts.coneNodes).toBeGreaterThan(0);
      expect(sink.words.length).toBeGreaterThan(0);
    }
  });

  it("are all kept where a tied fixed point is not alone in its cone", async () => {
    // z' = 2z for z < 0 and z for z > 0: all points of the half-line are fixed
    const system = plainMapOf({ A: [[2]], U: [[1]], V: [[-1]], h: [0], g: [0] });
    for (const k of [1, 2, 3]) {
      const sink = keeping();
      expect((await searchOrbits(system, k, sink, {})).complete).toBe(true);
      expect(sink.words.some((word) => word.every((mask) => mask[0] === 1))).toBe(true);
    }
  });

  it("end before they are complete, with a reason, where they have to", async () => {
    const random = Random.of(32, "limits");
    const system = plainMapOf(drawMap(random, 2, 4));
    const sink = keeping();
    expect(await searchOrbits(system, 3, sink, {}, { maxNodes: 2 })).toMatchObject({
      period: 3,
      complete: false,
      incompleteBecause: expect.stringMatching(/^period 3 was left after 2 nodes and/),
    });
    expect(await searchOrbits(system, 3, sink, {}, { maxPivots: 1 })).toMatchObject({ complete: false });
    expect(await searchOrbits(system, 100_000, sink, {})).toMatchObject({
      complete: false,
      incompleteBecause: expect.stringContaining("more than 16,777,216"),
      counts: {},
    });
  });

  it("stop between pivots when they are cancelled or late", async () => {
    const random = Random.of(33, "late");
    const R = 6;
    const N = 12;
    const system = plainMapOf({
      A: random.matrix(R, R, () => random.real(0.4)),
      U: random.matrix(N, R, () => random.real()),
      V: random.matrix(N, R, () => random.real()),
      h: random.vector(N, () => random.real()),
      g: random.vector(R, () => random.real()),
    });
    const sink = keeping();
    expect(await searchOrbits(system, 30, sink, { deadline: performance.now() })).toMatchObject({
      complete: false,
      incompleteBecause: "the time budget ended",
    });
    expect(await searchOrbits(system, 30, sink, { signal: AbortSignal.abort() })).toMatchObject({
      complete: false,
      incompleteBecause: "cancelled",
    });
  });

  it("have every word where numbers are too large for any bound", async () => {
    const system = plainMapOf({ A: [[0.5]], U: [[1]], V: [[2 ** 299]], h: [2 ** -299], g: [2 ** 299] });
    const { outcome, lost } = await missed(system, 2);
    expect(outcome.complete).toBe(true);
    expect(lost).toHaveLength(0);
  });
});
