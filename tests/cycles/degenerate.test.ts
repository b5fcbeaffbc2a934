import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import { CYCLE_METHODS } from "../../src/cycles/options.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { cycleDifferences } from "../oracle/cycle-differences.ts";
import { exactCycles, type RawMap } from "../oracle/cycles.ts";

const map = (
  A: readonly (readonly number[])[],
  W1: readonly (readonly number[])[],
  W2: readonly (readonly number[])[],
  h1: readonly number[],
  h2: readonly number[],
): RawMap => ({ kind: "shPLRNN", A, W1, W2, h1, h2 });

const I = [
  [1, 0],
  [0, 1],
];
const MINUS_I = [
  [-1, 0],
  [0, -1],
];
const SWAP = [
  [0, 1],
  [1, 0],
];
const QUARTER = [
  [0, -1],
  [1, 0],
];
const RING = [
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
];
const NOTHING = [[0], [0]];

/** Maps and the longest period, and how many cycles and continua there are of each period. */
const MAPS: readonly (readonly [string, RawMap, string])[] = [
  ["one unit on a line", map([[-1.5]], [[1]], [[1]], [0.25], [0.5]), "1,0 0,0 0,0 0,0"],
  ["period 1 alone", map([[2]], [[-4]], [[1]], [0], [-0.5]), "2,0"],
  ["nothing but zeros", map([[0]], [[0]], [[0]], [0], [0]), "1,0 0,0 0,0"],
  ["the identity of a line", map([[1]], [[0]], [[1]], [0], [0]), "0,1 0,0 0,0"],
  ["the identity of a plane", map(I, NOTHING, [[1, 0]], [0, 0], [0]), "0,1 0,0 0,0"],
  ["a translation", map([[1]], [[0]], [[1]], [1], [0]), "0,0 0,0 0,0"],
  ["minus the identity", map(MINUS_I, NOTHING, [[1, 0]], [0, 0], [0]), "1,0 0,1"],
  [
    "an exchange, units without effect",
    map(
      SWAP,
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, 0],
        [1, 1],
      ],
      [0, 0],
      [0, 0],
    ),
    "0,1 0,1 0,0",
  ],
  ["a ring of three", map(RING, [[0], [0], [0]], [[0, 0, 0]], [0, 0, 0], [0]), "0,1 0,0 0,1"],
  [
    "no A",
    map(
      [
        [0, 0],
        [0, 0],
      ],
      [
        [1, -2],
        [-2, 1],
      ],
      [
        [1, 1],
        [1, -1],
      ],
      [0.5, -0.5],
      [0, 0.25],
    ),
    "1,0 1,0 0,0",
  ],
  ["units without a normal", map(QUARTER, [[1], [2]], [[0, 0]], [0, 0], [1]), "1,0 0,0 0,0 0,1"],
  [
    "units without a normal, at ties",
    map(
      [
        [0.5, 0],
        [0, -1],
      ],
      [[1], [2]],
      [[0, 0]],
      [1, 0],
      [0],
    ),
    "1,0 0,1 0,0",
  ],
  [
    "all units at a tie",
    map(
      [
        [-0.5, 0],
        [0, -2],
      ],
      [
        [1, 0, 1],
        [0, 1, 1],
      ],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      [0, 0],
      [0, 0, 0],
    ),
    "1,0 0,0 0,0",
  ],
  [
    "one hyperplane three times, at a tie",
    map([[-0.5]], [[1, 1, -1]], [[1], [1], [-1]], [0], [0, 0, 0]),
    "1,0 0,0 0,0 0,0",
  ],
  ["relu itself", map([[0]], [[1]], [[1]], [0], [0]), "0,1 0,0 0,0"],
  ["|z|", map([[-1]], [[2]], [[1]], [0], [0]), "0,1 0,0 0,0"],
];

describe("cycles of degenerate maps", () => {
  describe.each(CYCLE_METHODS)("by %s", (method) => {
    it.each(MAPS)("%s", async (_, raw, expected) => {
      const counts = expected.split(" ");
      const exact = counts.map((__, k) => exactCycles(raw, k + 1));
      expect(exact.map(({ cycles, continua }) => `${cycles.length},${continua.length}`)).toEqual(counts);
      const result = await findCycles(raw as object as ModelInput, { maxPeriod: counts.length, method });
      expect(result.incompleteBecause).toBeUndefined();
      for (const [k, each] of exact.entries()) expect(cycleDifferences(result, k + 1, each)).toEqual([]);
    });
  });

  it("without units are no model", async () => {
    const raw = map([[-1]], [[]], [], [0], []);
    await expect(findCycles(raw as object as ModelInput, { maxPeriod: 2 })).rejects.toThrow(/W2: is empty/);
  });
});
