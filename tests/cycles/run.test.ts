import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import { PointSearch } from "../../src/cycles/by-points.ts";
import { CycleFinish } from "../../src/cycles/finish.ts";
import type { CyclesResult } from "../../src/cycles/result.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { cycleDifferences } from "../oracle/cycle-differences.ts";
import { exactCycles, type RawMap } from "../oracle/cycles.ts";
import { Random } from "../support/random.ts";
import { product, tent } from "./raw-maps.ts";

const counts = ({ periods }: CyclesResult) => periods.map(({ cycles }) => cycles);
/** Whether an incomplete answer has a cycle of a complete one. */
const isListed = (part: CyclesResult, whole: CyclesResult, c: number) =>
  part.cycles.some(({ points }) => JSON.stringify(points) === JSON.stringify(whole.cycles[c]!.points));

/** The points of F^k of a map by its cycles. */
const pointsOf = (cycles: readonly number[], k: number) =>
  cycles.reduce((sum, count, d) => (k % (d + 1) === 0 ? sum + (d + 1) * count : sum), 0);

describe("findCycles", () => {
  it("finds the cycles of the full tent map: 2, 1, 2, 3, 6, 9, 18, 30, 56, 99", async () => {
    const result = await findCycles(tent(2) as ModelInput, { maxPeriod: 10 });
    expect(counts(result)).toEqual([2, 1, 2, 3, 6, 9, 18, 30, 56, 99]);
    expect(result).toMatchObject({ complete: true, completeUpTo: 10, continua: [] });
    for (const { spectralRadius, period } of result.cycles) expect(spectralRadius).toBe(2 ** period);
  });

  it("counts the points of a Markov map by the traces of its transition matrix", async () => {
    // z + 1/2 up to 1/2, then 2 − 2z: [0, ½] covers [½, 1], which covers both; 0 ↦ ½ ↦ 1 ↦ 0 touches the kink
    const golden = { kind: "shPLRNN", A: [[1]], W1: [[-3]], W2: [[1]], h1: [0.5], h2: [-0.5] };
    const result = await findCycles(golden as ModelInput, { maxPeriod: 8 });
    expect(result.complete).toBe(true);
    const lucas = [1, 3, 4, 7, 11, 18, 29, 47];
    expect(lucas.map((_, k) => pointsOf(counts(result), k + 1))).toEqual(lucas);
    const [touching] = result.cycles.filter(({ period }) => period === 3);
    expect(touching!.points.map(({ z, ties }) => [...z, ...ties])).toEqual([[0], [0.5, 0], [1]]);
    // of slope −4 on one side of the kink, and 8·… on the other
    expect(touching!.linearisations!.map(({ active, eigenvalues }) => [active, eigenvalues])).toEqual(
      expect.arrayContaining([
        [[[], [], [0]], [[-2, 0]]],
        [[[], [0], [0]], [[4, 0]]],
      ]),
    );
    expect(touching).toMatchObject({ stability: "unstable", distance: 0 });
  });

  it("multiplies the points of both parts of a product, here of two tent maps behind a shear", async () => {
    const result = await findCycles(product(tent(2), tent(2)) as ModelInput, { maxPeriod: 4 });
    expect(result.complete).toBe(true);
    for (const k of [1, 2, 3, 4]) expect(pointsOf(counts(result), k)).toBe(2 ** k * 2 ** k);
  });

  it("tells continua of cycles: a quarter turn, an exchange of coordinates, an eigenvalue −1", async () => {
    const none = { W1: [[0], [0]], W2: [[0, 0]], h1: [0, 0], h2: [0] };
    const turn = await findCycles(
      {
        kind: "shPLRNN",
        A: [
          [0, -1],
          [1, 0],
        ],
        ...none,
      },
      { maxPeriod: 4 },
    );
    expect(turn.periods.map(({ cycles, continua }) => [cycles, continua])).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    expect(turn.continua[0]).toMatchObject({ period: 4, dimension: 2, bounded: false });
    const exchange = await findCycles(
      {
        kind: "shPLRNN",
        A: [
          [0, 1],
          [1, 0],
        ],
        ...none,
      },
      { maxPeriod: 2 },
    );
    expect(exchange.continua.map(({ period, dimension }) => [period, dimension])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    // −z between two kinks at ±1, −2z ± 1 beyond: a segment of 2-cycles round the fixed point 0
    const segment = {
      kind: "shPLRNN",
      A: [[-2]],
      W1: [[1, -1]],
      W2: [[1], [1]],
      h1: [-1],
      h2: [1, -1],
    };
    const flip = await findCycles(segment as ModelInput, { maxPeriod: 2 });
    expect(flip.cycles.filter(({ period }) => period === 1)).toHaveLength(1);
    expect(flip.continua).toHaveLength(1);
    expect(flip.continua[0]).toMatchObject({
      period: 2,
      dimension: 1,
      bounded: true,
      ends: {
        vertices: [
          [-1, 1],
          [1, -1],
        ],
      },
    });
  });

  it("agrees with the independent oracle on maps of both kinds, with ties and continua", async () => {
    let cycles = 0;
    let continua = 0;
    let ties = 0;
    for (let i = 0; i < 60; i++) {
      const random = Random.of(11, `cycles ${i}`);
      const kind = i % 3 === 2 ? "clippedShPLRNN" : "shPLRNN";
      const R = random.integer(1, 2);
      const N = kind === "shPLRNN" ? random.integer(1, 3) : 1;
      const draw = (rows: number, columns: number) =>
        Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(-4, 4) / 2));
      const raw: RawMap = {
        kind,
        A: draw(R, R),
        W1: draw(R, N),
        W2: draw(N, R),
        h1: draw(1, R)[0]!,
        h2: draw(1, N)[0]!,
      };
      const most = R * N > 3 ? 2 : 3;
      const result = await findCycles(raw as ModelInput, { maxPeriod: most });
      expect(result.complete, JSON.stringify(raw)).toBe(true);
      for (let k = 1; k <= most; k++) {
        const exact = exactCycles(raw, k);
        expect(cycleDifferences(result, k, exact), JSON.stringify(raw)).toEqual([]);
        cycles += exact.cycles.length;
        continua += exact.continua.length;
        ties += exact.cycles.filter(({ points }) => points.some((point) => point.ties.length > 0)).length;
      }
    }
    expect(cycles).toBeGreaterThan(60);
    expect(continua).toBeGreaterThan(3);
    expect(ties).toBeGreaterThan(3);
  }, 120_000);

  it("gives the same answer by boxes, by polytopes, by linear programs and by regions", async () => {
    for (let i = 0; i < 16; i++) {
      const random = Random.of(12, `methods ${i}`);
      const R = random.integer(1, 2);
      const N = random.integer(1, 3);
      const draw = (rows: number, columns: number) =>
        Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(-5, 5) / 4));
      const raw = {
        kind: i % 4 === 3 ? "clippedShPLRNN" : "shPLRNN",
        A: draw(R, R),
        W1: draw(R, N),
        W2: draw(N, R),
        h1: draw(1, R)[0]!,
        h2: draw(1, N)[0]!,
      };
      const regions = await findCycles(raw as ModelInput, { maxPeriod: 3, method: "regions" });
      expect(regions.complete).toBe(true);
      for (const method of ["boxes", "polytopes", "orbits"] as const) {
        const other = await findCycles(raw as ModelInput, { maxPeriod: 3, method, maxSeconds: 20 });
        const what = `${method}: ${JSON.stringify(raw)}`;
        expect(other.cycles, what).toEqual(
          regions.cycles.filter((_, c) => other.complete || isListed(other, regions, c)),
        );
        if (other.complete) expect(other.continua, what).toEqual(regions.continua);
      }
    }
  }, 240_000);

  it("finds the cycles of the tent map by every method", async () => {
    for (const method of ["regions", "boxes", "polytopes", "orbits"] as const) {
      const result = await findCycles(tent(2) as ModelInput, { maxPeriod: 4, method });
      expect([method, counts(result), result.complete]).toEqual([method, [2, 1, 2, 3], true]);
    }
  });

  it("says of every period why its linear programs are too large", async () => {
    const R = 6;
    const diagonal = (x: number) =>
      Array.from({ length: R }, (_, i) => Array.from({ length: R }, (_, k) => (i === k ? x : 0)));
    const units = Array.from({ length: 300 }, (_, j) =>
      Array.from({ length: R }, (_, k) => ((j * 7 + k * 3) % 11) - 5.5),
    );
    const W1 = Array.from({ length: R }, () => units.map(() => 0.001));
    const raw = { kind: "shPLRNN", A: diagonal(0.5), W1, W2: units, h1: Array(R).fill(0), h2: units.map((_, j) => j) };
    const { periods, completeUpTo } = await findCycles(raw as ModelInput, { period: 40, method: "orbits" });
    expect(periods).toHaveLength(1);
    expect(completeUpTo).toBe(0);
    const both = new PointSearch((await parseValue(raw)).system, new CycleFinish((await parseValue(raw)).system), {});
    const searched = await both.search([40, 41], "orbits");
    for (const period of [40, 41]) expect(searched.get(period)?.outcome.incompleteBecause).toMatch(/search boxes$/);
  });

  it("lists no cycle that lies on a continuum which itself is past the largest float64", async () => {
    // z_0 = 2^−1074 z_1 for all z_1 ≤ 0: the direction (1, 2^1074) can't be written; 0 is found from the other side,
    // too
    const line = {
      A: [
        [0, 2 ** -1074],
        [0, 1],
      ],
      U: [[0, 1]],
      V: [[0, 1]],
      hx: [0],
      hz: [0, 0],
    };
    for (const method of ["regions", "polytopes", "orbits"] as const) {
      const { cycles, continua, complete, incompleteBecause } = await findCycles(line, { maxPeriod: 2, method });
      expect({ cycles, continua, complete }).toEqual({ cycles: [], continua: [], complete: false });
      if (method === "regions") expect(incompleteBecause).toMatch(/^periods? 1.*past the largest float64.*1 continuum/);
    }
  });

  it("refuses flows and wrong options with a remedy", async () => {
    const flow = { kind: "TLN", W: [[0]], b: [1] };
    await expect(findCycles(flow as ModelInput, { maxPeriod: 2 })).rejects.toThrow(/kind: is a flow.*map of the flow/);
    await expect(findCycles(tent(2) as ModelInput, {})).rejects.toThrow(/exactly one is needed/);
    await expect(findCycles(tent(2) as ModelInput, { maxPeriod: 0 })).rejects.toThrow(/from 1 to 1000/);
    await expect(findCycles(tent(2) as ModelInput, { maxPeriod: 2, method: "luck" as "auto" })).rejects.toThrow(
      /Use auto, regions/,
    );
  });

  it("keeps what is certified when the time ends, and says for which periods the list is complete", async () => {
    const result = await findCycles(tent(2) as ModelInput, { maxPeriod: 3, maxSeconds: 1e-9 });
    expect(result).toMatchObject({ complete: false, completeUpTo: 0 });
    expect(result.incompleteBecause).toMatch(/periods? 1/);
    const stop = new AbortController();
    const cancelled = findCycles(tent(2) as ModelInput, {
      maxPeriod: 3,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect((await cancelled).periods).toHaveLength(3);
  });
});
