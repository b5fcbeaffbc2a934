import { describe, expect, it } from "vitest";
import { MarkedGrid } from "../../../src/cycles/cells/marked-grid.ts";
import { Random } from "../../support/random.ts";

/** A grid of n cells along each of R coordinates on [−1, 1]^R, with the cells marked whose number `isMarked` takes. */
function gridOf(R: number, n: number, isMarked: (cell: number) => boolean) {
  const ends = Float64Array.from({ length: n + 1 }, (_, i) => -1 + (2 * i) / n);
  const grid = new MarkedGrid(Array.from({ length: R }, () => ends));
  const cells = Array.from({ length: n ** R }, (_, cell) => cell).filter(isMarked);
  grid.mark(Int32Array.from(cells));
  const boxes = cells.map((cell) =>
    Array.from({ length: R }, (_, i) => {
      const index = Math.floor(cell / n ** i) % n;
      return [ends[index]!, ends[index + 1]!] as const;
    }),
  );
  return { grid, boxes };
}

describe("MarkedGrid", () => {
  it("narrows boxes to the hull of what marked cells have of them", () => {
    const random = Random.of(1, "grids");
    let narrowed = 0;
    let empty = 0;
    for (let round = 0; round < 60; round++) {
      const R = random.integer(1, 3);
      const n = random.pick([1, 2, 4, 8]);
      const share = random.pick([0.02, 0.2, 0.9]);
      const { grid, boxes } = gridOf(R, n, () => random.unit() < share);
      for (let query = 0; query < 20; query++) {
        // half of the ends are those of cells
        const draw = () => (random.unit() < 0.5 ? random.real(1.2) : -1 + (2 * random.integer(0, n)) / n);
        const sides = Array.from({ length: R }, () => [draw(), draw()].sort((a, b) => a - b));
        const lo = Float64Array.from(sides, ([a]) => a!);
        const hi = Float64Array.from(sides, ([, b]) => b!);
        const met = boxes.filter((box) => box.every(([a, b], i) => a <= sides[i]![1]! && b >= sides[i]![0]!));
        expect(grid.narrow(lo, hi)).toBe(met.length > 0);
        if (met.length === 0) {
          empty++;
          continue;
        }
        narrowed++;
        for (let i = 0; i < R; i++) {
          expect(lo[i]).toBe(Math.max(sides[i]![0]!, Math.min(...met.map((box) => box[i]![0]))));
          expect(hi[i]).toBe(Math.min(sides[i]![1]!, Math.max(...met.map((box) => box[i]![1]))));
        }
      }
    }
    expect(Math.min(narrowed, empty)).toBeGreaterThan(100);
  });

  it("takes what is no number for no bound, and infinite ends for no end", () => {
    const { grid } = gridOf(2, 4, (cell) => cell === 5);
    for (const [low, high] of [
      [Number.NaN, Number.NaN],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ] as const) {
      const lo = Float64Array.of(low, low);
      const hi = Float64Array.of(high, high);
      expect(grid.narrow(lo, hi)).toBe(true);
      expect([...lo, ...hi]).toEqual([-0.5, -0.5, 0, 0]);
    }
  });

  it("has neighbours that meet a box in an end alone, and none beyond", () => {
    const { grid } = gridOf(1, 4, (cell) => cell === 1);
    const at = (x: number) => grid.narrow(Float64Array.of(x), Float64Array.of(x));
    expect([-0.5, 0].map(at)).toEqual([true, true]);
    expect([-0.5 - 2 ** -53, 2 ** -53].map(at)).toEqual([false, false]);
  });
});
