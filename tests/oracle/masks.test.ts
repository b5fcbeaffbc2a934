import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactArray } from "../../src/model/system.ts";
import { type Arrangement, independentSubsets, maskOfWords, perturbedMasks, regionMasks } from "./masks.ts";

function arrangement(U: readonly (readonly number[])[], h: readonly number[]): Arrangement {
  return {
    latentDim: U[0]!.length,
    hyperplanes: U.length,
    U: Float64Array.from(U.flat()),
    h: ExactArray.ofNumbers(h),
  };
}
const delta = [7, 19, 3, 31, 11, 23, 5, 41, 13, 2];

describe("perturbedMasks", () => {
  it("counts the regions of generic lines", () => {
    const lines = arrangement(
      [
        [1, 0],
        [0, 1],
        [1, 1],
        [1, -2],
      ],
      [0.1, 0.2, 0.7, -0.4],
    );
    expect(perturbedMasks(lines, delta).size).toBe(1 + 4 + 6);
    expect(regionMasks(lines, delta).size).toBe(11);
  });

  it("opens a central arrangement, whose true regions are fewer", () => {
    const central = arrangement(
      [
        [1, 0],
        [0, 1],
        [1, 1],
        [1, -2],
      ],
      [0, 0, 0, 0],
    );
    expect(perturbedMasks(central, delta).size).toBe(11);
    expect(regionMasks(central, delta).size).toBe(8);
  });

  it("gives the intervals of the half-open trap", () => {
    const trap = arrangement([[1], [-1]], [0, 0]);
    expect([...regionMasks(trap, delta)].sort()).toEqual([1n, 2n]);
    // z > 7ε and −z > 19ε leave the gap between them open
    expect([...perturbedMasks(trap, delta)].sort()).toEqual([0n, 1n, 2n]);
    expect([...perturbedMasks(trap, [-7, -19])].sort()).toEqual([1n, 2n, 3n]);
  });

  it("lives in the rank of U and fixes zero rows", () => {
    const flat = arrangement(
      [
        [1, 2, 3],
        [2, 4, 6],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [0, 1, -1, 0],
    );
    // z > 0 | z > 1/2 | always | by the sign of −δ
    expect([...perturbedMasks(flat, delta)].sort()).toEqual([4n, 5n, 7n]);
  });

  it("has as many regions as independent subsets", () => {
    const entry = fc.integer({ min: -2, max: 2 });
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 3 })
          .chain((R) =>
            fc.array(fc.tuple(fc.array(entry, { minLength: R, maxLength: R }), entry), { minLength: 1, maxLength: 7 }),
          ),
        (rows) => {
          const some = arrangement(
            rows.map(([u]) => u),
            rows.map(([, h]) => h),
          );
          // 1/p_j: no small integer combination of them vanishes
          const generic = [2, 3, 5, 7, 11, 13, 17].map((p, j) => 1 + j * j * j + 1 / 2 ** p + 1 / 2 ** (p + j + 7));
          expect(perturbedMasks(some, generic).size).toBe(independentSubsets(some));
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it("refuses a perturbation that leaves a tie", () => {
    const twice = arrangement([[1], [1]], [0, 0]);
    expect(() => perturbedMasks(twice, [1, 1])).toThrow(/not generic/);
  });
});

it("joins mask words", () => {
  expect(maskOfWords(Uint32Array.of(3, 1))).toBe((1n << 32n) | 3n);
});
