import { describe, expect, it } from "vitest";
import type { CyclesResult } from "../../src/cycles/result.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { RawMap } from "../oracle/cycles.ts";
import { cyclesOnThreads } from "../support/threads-here.ts";
import { product, tent } from "./raw-maps.ts";

/** Each method, and those that look at the points of an orbit on two and three threads, too. */
const RUNS = (["regions", "search", "boxes", "polytopes", "orbits", "auto"] as const).flatMap((method) =>
  (method === "regions" || method === "search" ? [1] : [1, 2, 3]).map((threads) => ({ method, threads })),
);

const counts = ({ periods }: CyclesResult) => periods.map(({ cycles }) => cycles);

/** Cycles by minimal period, from the number of points of F^k: k c_k = Σ over d | k of μ(k/d) points_d. */
function byMoebius(points: readonly number[]): number[] {
  const cycles: number[] = [];
  for (let k = 1; k <= points.length; k++) {
    let own = points[k - 1]!;
    for (let d = 1; d < k; d++) if (k % d === 0) own -= d * cycles[d - 1]!;
    cycles.push(own / k);
  }
  return cycles;
}

/** Cycles of a product: one of p and one of q points make gcd(p, q) of lcm(p, q). */
function productCounts(a: readonly number[], b: readonly number[]): number[] {
  const gcd = (p: number, q: number): number => (q === 0 ? p : gcd(q, p % q));
  return a.map((_, at) => {
    let sum = 0;
    for (let p = 1; p <= at + 1; p++)
      for (let q = 1; q <= at + 1; q++) if ((p * q) / gcd(p, q) === at + 1) sum += gcd(p, q) * a[p - 1]! * b[q - 1]!;
    return sum;
  });
}

/** z ↦ left·z + 1 below 0, 1 − right·z above. */
const skewTent = (left: number, right: number): RawMap => ({
  kind: "shPLRNN",
  A: [[left]],
  W1: [[-right - left]],
  W2: [[1]],
  h1: [1],
  h2: [0],
});

/** z' = A z, with a unit that does nothing. */
const linear = (A: number[][]): RawMap => ({
  kind: "shPLRNN",
  A,
  W1: A.map(() => [0]),
  W2: [A.map(() => 0)],
  h1: A.map(() => 0),
  h2: [0],
});

/** The longest period of the full tent map by each method, of which none takes more than seconds. */
const LONGEST = { regions: 9, search: 5, boxes: 10, polytopes: 10, orbits: 7, auto: 10 } as const;

/** Three full branches on [0, 1], of slopes 3, −3, 3. */
const threeShift: RawMap = { kind: "shPLRNN", A: [[3]], W1: [[-2, 2]], W2: [[3], [3]], h1: [0], h2: [-1, -2] };

/** Traces of M^1, …, M^k. */
function traces(M: readonly (readonly number[])[], most: number): number[] {
  let power: readonly (readonly number[])[] = M;
  return Array.from({ length: most }, (_, n) => {
    if (n > 0) power = power.map((row) => M.map((_, j) => row.reduce((sum, x, i) => sum + x * M[i]![j]!, 0)));
    return power.reduce((sum, row, i) => sum + row[i]!, 0);
  });
}

describe.each(RUNS)("known cycles by $method on $threads threads", ({ method, threads }) => {
  const findCycles = (model: ModelInput, options: { readonly maxPeriod: number }) =>
    cyclesOnThreads(model, { ...options, method, threads });

  it("of the full tent map of slope 2: 2, 1, 2, 3, 6, 9, 18, 30, 56, 99", async () => {
    const result = await findCycles(tent(2) as ModelInput, { maxPeriod: LONGEST[method] });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(counts(result)).toEqual([2, 1, 2, 3, 6, 9, 18, 30, 56, 99].slice(0, LONGEST[method]));
  });

  it("of a skew tent at a Misiurewicz parameter: traces of its transition matrix", async () => {
    // 0 ↦ 1 ↦ −2 ↦ 1/4, a fixed point: intervals between −2, 0, 1/4, 1
    const M = [
      [0, 0, 1],
      [0, 0, 1],
      [1, 1, 0],
    ];
    const result = await findCycles(skewTent(0.375, 3) as ModelInput, { maxPeriod: 4 });
    expect(result).toMatchObject({ complete: true, continua: [] });
    // 1/4 turns round itself, so it is on one loop of an even length from each side, and on none of an odd length
    expect(counts(result)).toEqual(byMoebius(traces(M, 4).map((x, at) => (at % 2 === 0 ? x + 1 : x - 1))));
  });

  it("of a skew tent whose kink is periodic: traces of its transition matrix", async () => {
    // 0 ↦ 1 ↦ −1 ↦ −1/2 ↦ 1/4 ↦ 1/2 ↦ 0: intervals between −1, −1/2, 0, 1/4, 1/2, 1
    const M = [
      [0, 1, 1, 0, 0],
      [0, 0, 0, 1, 1],
      [0, 0, 0, 0, 1],
      [0, 0, 1, 1, 0],
      [1, 1, 0, 0, 0],
    ];
    const result = await findCycles(skewTent(1.5, 2) as ModelInput, { maxPeriod: 5 });
    expect(result).toMatchObject({ complete: true, continua: [] });
    // the kink's cycle of six points lies on borders, all shorter ones inside of intervals, where each loop has one
    // and −2 is a fixed point apart from them
    expect(counts(result)).toEqual(byMoebius(traces(M, 5).map((x) => x + 1)));
  });

  it("of skew tents that add periods: one stable cycle of n points for 2^(n−1) − 1 < right < 2^(n−1)", async () => {
    for (const [n, right] of [
      [2, 1.5],
      [3, 3.5],
      [4, 7.5],
    ] as const) {
      // the border-collision normal form with a determinant of 1/64
      const raw: RawMap = {
        kind: "shPLRNN",
        A: [
          [0.5, 1],
          [-1 / 64, 0],
        ],
        W1: [[-right - 0.5], [0]],
        W2: [[1, 0]],
        h1: [1, 0],
        h2: [0],
      };
      const result = await findCycles(raw as ModelInput, { maxPeriod: n });
      expect(result.complete).toBe(true);
      const stable = result.cycles.filter(({ stability }) => stability === "stable");
      expect(stable.map(({ period }) => period)).toEqual([n]);
      // R L^(n−1)
      expect(stable[0]!.points.filter(({ active }) => active.length === 1)).toHaveLength(1);
    }
  });

  it("of a Lozi map with a full horseshoe, as a > 2(1 + b): 2^k points", async () => {
    const lozi: RawMap = {
      kind: "shPLRNN",
      A: [
        [4, 1],
        [0.5, 0],
      ],
      W1: [[-8], [0]],
      W2: [[1, 0]],
      h1: [1, 0],
      h2: [0],
    };
    const result = await findCycles(lozi as ModelInput, { maxPeriod: 4 });
    expect(result.complete).toBe(true);
    expect(counts(result)).toEqual(byMoebius([2, 4, 8, 16]));
  });

  it("of products of a full 2-shift and a 3-shift behind a shear", async () => {
    const two = byMoebius([2, 4, 8]);
    const three = byMoebius([3, 9, 27]);
    const shifts = await findCycles(product(tent(2), threeShift) as ModelInput, { maxPeriod: 2 });
    expect(counts(shifts)).toEqual(productCounts(two, three).slice(0, 2));
    const spatial = await findCycles(product(product(tent(2), tent(2)), tent(2)) as ModelInput, {
      maxPeriod: 2,
    });
    expect(counts(spatial)).toEqual(productCounts(productCounts(two, two), two).slice(0, 2));
    const threes = await findCycles(product(threeShift, threeShift) as ModelInput, { maxPeriod: 2 });
    expect(counts(threes)).toEqual(productCounts(three, three).slice(0, 2));
    expect(shifts.complete && spatial.complete && threes.complete).toBe(true);
  });

  it("of two tents that exchange their places: 4^k points", async () => {
    const raw: RawMap = {
      kind: "shPLRNN",
      A: [
        [0, 2],
        [2, 0],
      ],
      W1: [
        [0, -4],
        [-4, 0],
      ],
      W2: [
        [1, 0],
        [0, 1],
      ],
      h1: [0, 0],
      h2: [-0.5, -0.5],
    };
    const result = await findCycles(raw as ModelInput, { maxPeriod: 3 });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(counts(result)).toEqual(byMoebius([4, 16, 64]));
  });

  it("of permutations of coordinates: of every period all points that it fixes, as continua", async () => {
    for (const [order, A] of [
      [
        2,
        [
          [0, 1],
          [1, 0],
        ],
      ],
      [
        3,
        [
          [0, 0, 1],
          [1, 0, 0],
          [0, 1, 0],
        ],
      ],
      [
        2,
        [
          [0, 1, 0],
          [1, 0, 0],
          [0, 0, 1],
        ],
      ],
    ] as const) {
      const raw = linear(A.map((row) => [...row]));
      const result = await findCycles(raw as ModelInput, { maxPeriod: 3 });
      expect(result.complete).toBe(true);
      const loops = A.length === 3 && order === 2 ? 2 : 1;
      expect(result.cycles).toEqual([]);
      expect(result.continua.map(({ period, dimension, bounded }) => [period, dimension, bounded])).toEqual([
        [1, loops, false],
        [order, A.length, false],
      ]);
    }
  });

  it("of a half and a quarter turn beside a contraction: lines and planes of cycles", async () => {
    const half = await findCycles(
      linear([
        [-1, 0],
        [0, 0.5],
      ]) as ModelInput,
      { maxPeriod: 2 },
    );
    expect(half.periods.map(({ cycles, continua, complete }) => [cycles, continua, complete])).toEqual([
      [1, 0, true],
      [0, 1, true],
    ]);
    expect(half.continua[0]).toMatchObject({ period: 2, dimension: 1, bounded: false });
    const quarter = await findCycles(
      linear([
        [0, -1, 0],
        [1, 0, 0],
        [0, 0, -0.5],
      ]) as ModelInput,
      { maxPeriod: 4 },
    );
    expect(quarter.periods.map(({ cycles, continua, complete }) => [cycles, continua, complete])).toEqual([
      [1, 0, true],
      [0, 0, true],
      [0, 0, true],
      [0, 1, true],
    ]);
    expect(quarter.continua[0]).toMatchObject({ period: 4, dimension: 2, bounded: false });
  });

  it("of turns by a third and a sixth: a plane of cycles round the fixed point", async () => {
    for (const [period, corner] of [
      [3, -1],
      [6, 1],
    ] as const) {
      const raw = linear([
        [0, -1],
        [1, corner],
      ]);
      const result = await findCycles(raw as ModelInput, { maxPeriod: period });
      expect(result.periods.map(({ cycles, continua }) => [cycles, continua])).toEqual(
        Array.from({ length: period }, (_, n) => [n === 0 ? 1 : 0, n === period - 1 ? 1 : 0]),
      );
      expect(result.continua[0]).toMatchObject({ period, dimension: 2, bounded: false });
      expect(result.complete).toBe(true);
    }
  });
});

it("would tell a horseshoe that is not full", async () => {
  const lozi: RawMap = {
    kind: "shPLRNN",
    A: [
      [1.75, 1],
      [0.5, 0],
    ],
    W1: [[-3.5], [0]],
    W2: [[1, 0]],
    h1: [1, 0],
    h2: [0],
  };
  const result = await cyclesOnThreads(lozi as ModelInput, { maxPeriod: 4 });
  expect(result.complete).toBe(true);
  expect(counts(result)).not.toEqual(byMoebius([2, 4, 8, 16]));
});
