import { describe, expect, it } from "vitest";
import { searchOrbits } from "../../../src/cycles/orbits/search-orbits.ts";
import type { Word, WordSink } from "../../../src/cycles/word.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { covers, orbitsByAllWords } from "../../support/cycles-oracle.ts";
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

interface Parts {
  A: number[][];
  U: number[][];
  V: number[][];
  h: number[];
  g: number[];
}

/** z' = A z + Vᵀ relu(U z − h) − g; entries of A − I are exact where they are float64. */
function mapOf({ A, U, V, h, g }: Parts): PiecewiseLinearSystem {
  const R = A.length;
  return {
    latentDim: R,
    hyperplanes: U.length,
    time: "discrete",
    M: ExactArray.ofNumbers(A.flatMap((row, i) => row.map((x, k) => x - (i === k ? 1 : 0)))),
    g: ExactArray.ofNumbers(g),
    U: Float64Array.from(U.flat()),
    V: ExactArray.ofNumbers(V.flat()),
    h: ExactArray.ofNumbers(h),
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

/**
 * Small maps of all kinds: of small dyadic numbers (where continua and ties are common) and of real ones, with parallel,
 * equal and zero rows, hyperplanes through a fixed point, rotations, and reflections.
 */
function drawMap(random: Random, R: number, N: number): PiecewiseLinearSystem {
  const bits = random.pick([0, 1, 2, -1]);
  const number = (scale: number) => (bits < 0 ? random.real(scale) : random.dyadic(bits, scale));
  const sparse = (scale: number) => (random.unit() < 0.25 ? 0 : number(scale));
  let A = random.matrix(R, R, () => sparse(1));
  const shape = random.unit();
  if (shape < 0.15 && R >= 2) {
    A = A.map((row, i) =>
      row.map((_, l) => (i === 0 && l === 1 ? -1 : i === 1 && l === 0 ? 1 : i === l && i > 1 ? 0.5 : 0)),
    );
  } else if (shape < 0.3) A = A.map((row, i) => row.map((_, l) => (i === l ? random.pick([1, -1, 0.5, 2]) : 0)));
  const U = random.matrix(N, R, () => sparse(2));
  const V = random.matrix(N, R, () => sparse(2));
  const h = random.vector(N, () => sparse(1));
  const g = random.vector(R, () => sparse(2));
  for (let j = 1; j < N; j++) {
    if (random.unit() > 0.35) continue;
    const s = random.pick([1, 1, -1, 2, -0.5]);
    U[j] = U[0]!.map((x) => s * x);
    if (random.unit() < 0.5) V[j] = V[0]!.map((x) => -x);
  }
  if (random.unit() < 0.1) U[N - 1] = new Array<number>(R).fill(0);
  if (random.unit() < 0.35 && bits >= 0) {
    // a fixed point on some hyperplanes: all numbers are small multiples of a power of two, so all sums are exact
    const z = random.vector(R, () => random.dyadic(1, 2));
    const value = (row: readonly number[]) => row.reduce((sum, x, l) => sum + x * z[l]!, 0);
    for (let j = 0; j < N; j++) if (random.unit() < 0.6) h[j] = value(U[j]!);
    for (let i = 0; i < R; i++) {
      g[i] = value(A[i]!) - z[i]!;
      for (let j = 0; j < N; j++) g[i]! += V[j]![i]! * Math.max(0, value(U[j]!) - h[j]!);
    }
  }
  return mapOf({ A, U, V, h, g });
}

/** The same map in coordinates and rows scaled by powers of two; every product must stay exact. */
function rescaled(random: Random, system: PiecewiseLinearSystem, span: number): PiecewiseLinearSystem {
  const { latentDim: R, hyperplanes: N } = system;
  const e = random.vector(R, () => random.integer(-span, span));
  const rows = random.vector(N, () => random.integer(-span, span));
  const common = (at: number) => Math.floor(at / R);
  return {
    ...system,
    M: ExactArray.ofNumbers(system.M.rounded.map((x, at) => x * 2 ** (e[common(at)]! - e[at % R]!))),
    g: ExactArray.ofNumbers(system.g.rounded.map((x, at) => x * 2 ** e[at]!)),
    U: system.U.map((x, at) => x * 2 ** (rows[common(at)]! - e[at % R]!)),
    V: ExactArray.ofNumbers(system.V.rounded.map((x, at) => x * 2 ** (e[at % R]! - rows[common(at)]!))),
    h: ExactArray.ofNumbers(system.h.rounded.map((x, at) => x * 2 ** rows[at]!)),
  };
}

/** Words of the oracle with an orbit that no word of the search covers. */
async function missed(system: PiecewiseLinearSystem, k: number, random: Random, drop = false) {
  const sink = keeping();
  const outcome = await searchOrbits(system, k, sink, {});
  const oracle = orbitsByAllWords(system, k, random);
  const words = drop ? sink.words.slice(1) : sink.words;
  const lost = oracle.words.filter(({ orbits }) =>
    orbits.some((orbit) => !words.some((word) => covers(oracle.map, word, orbit))),
  );
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
      const system = drawMap(random, R, N);
      const { outcome, oracle, lost } = await missed(system, k, random);
      expect(outcome).toMatchObject({ period: k, complete: true });
      if (lost.length > 0) {
        expect.fail(`model ${i}, R=${R} N=${N} k=${k}: ${lost.map(({ word }) => word.join("|")).join("; ")}`);
      }
      orbits += oracle.words.length;
      continua += oracle.words.filter(({ singular }) => singular).length;
    }
    expect(orbits).toBeGreaterThan(models);
    expect(continua).toBeGreaterThan(models / 10);
  });

  it("cover them in coordinates and rows of very different scales", { timeout: 1_000_000 }, async () => {
    const random = Random.of(29, "scales");
    for (let i = 0; i < (FULL ? 600 : 42); i++) {
      const { R, N, k } = SHAPES[i % SHAPES.length]!;
      const system = rescaled(random, drawMap(random, R, N), random.pick([30, 100, 300]));
      const { outcome, lost } = await missed(system, k, random);
      expect(outcome.complete).toBe(true);
      if (lost.length > 0) expect.fail(`model ${i}, R=${R} N=${N} k=${k}: ${lost.length} words lost`);
    }
  });

  it("would be seen to be lost", async () => {
    const random = Random.of(30, "control");
    const tent = mapOf({ A: [[2]], U: [[1]], V: [[-4]], h: [0.5], g: [0] });
    const { lost, oracle } = await missed(tent, 3, random);
    expect(oracle.words).toHaveLength(4);
    expect(lost).toHaveLength(0);
    expect((await missed(tent, 3, random, true)).lost.length).toBeGreaterThan(0);
  });

  it("are few where all hyperplanes pass through a fixed point that is alone", async () => {
    const random = Random.of(31, "cone");
    const R = 3;
    const N = 5;
    const U = random.matrix(N, R, () => random.real());
    const V = random.matrix(N, R, () => random.real(0.2));
    const A = [0.5, -0.25, 0.375].map((x, i) => [0, 0, 0].map((_, l) => (l === i ? x : 0)));
    const system = mapOf({ A, U, V, h: new Array<number>(N).fill(0), g: [0, 0, 0] });
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
    const system = mapOf({ A: [[2]], U: [[1]], V: [[-1]], h: [0], g: [0] });
    for (const k of [1, 2, 3]) {
      const sink = keeping();
      expect((await searchOrbits(system, k, sink, {})).complete).toBe(true);
      expect(sink.words.some((word) => word.every((mask) => mask[0] === 1))).toBe(true);
    }
  });

  it("end before they are complete, with a reason, where they have to", async () => {
    const random = Random.of(32, "limits");
    const system = drawMap(random, 2, 4);
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
    const system = mapOf({
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
    const system = mapOf({ A: [[0.5]], U: [[1]], V: [[2 ** 299]], h: [2 ** -299], g: [2 ** 299] });
    const { outcome, lost } = await missed(system, 2, Random.of(34, "large"));
    expect(outcome.complete).toBe(true);
    expect(lost).toHaveLength(0);
  });
});
