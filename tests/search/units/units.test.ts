import { describe, expect, it } from "vitest";
import { indices } from "../../../src/exact/region.ts";
import { ExactArray } from "../../../src/model/system.ts";
import { rootsOf } from "../../../src/search/roots/roots.ts";
import type { SearchSystem } from "../../../src/search/roots/search-system.ts";
import { tableOfDirections, type UnitTable, unitTable, writeMask } from "../../../src/search/units/units.ts";
import { random } from "../../regions/arrangements.ts";
import { residual } from "../kernel/tables.ts";

/** A table as it is, lists made when asked for included, for `toEqual`. */
const whole = (table: UnitTable): object => ({ ...table });

/** A system of N hyperplanes in R dimensions, whose numbers `change` may put others for. */
function someSystem(
  seed: number,
  R: number,
  N: number,
  change: (arrays: { M: number[]; g: number[]; U: number[]; V: number[]; h: number[] }) => void = () => {},
): SearchSystem {
  const next = random(seed);
  const numbers = (length: number) => Array.from({ length }, () => 2 * next() - 1);
  const arrays = { M: numbers(R * R), g: numbers(R), U: numbers(N * R), V: numbers(N * R), h: numbers(N) };
  change(arrays);
  return {
    dim: R,
    count: N,
    M: ExactArray.ofNumbers(arrays.M),
    g: ExactArray.ofNumbers(arrays.g),
    U: ExactArray.ofNumbers(arrays.U),
    V: ExactArray.ofNumbers(arrays.V),
    h: ExactArray.ofNumbers(arrays.h),
  };
}

const third = { m: 6148914691236517205n, e: -64 };

/** None has parallel hyperplanes, so that the quick way is taken. */
const APART: Readonly<Record<string, SearchSystem>> = {
  generic: someSystem(1, 4, 60),
  "two dimensions": someSystem(2, 2, 30),
  "no hyperplanes": someSystem(3, 3, 0),
  "zeros, of both signs, in g, M and h": someSystem(4, 3, 20, ({ g, M, h }) => {
    g.fill(0);
    M.fill(-0, 0, 4);
    h.fill(0, 0, 5);
    h.fill(-0, 5, 8);
  }),
  "rows of zeros in U, on either side": someSystem(5, 3, 20, ({ U, h }) => {
    U.fill(0, 9, 15);
    h.splice(3, 2, 0.5, -0.5);
  }),
  "rows of zeros in V": someSystem(6, 3, 20, ({ V }) => V.fill(0, 6, 12)),
  "only rows of zeros in V": someSystem(7, 3, 20, ({ V }) => V.fill(-0)),
  "entries that are no float64": {
    ...someSystem(8, 2, 3),
    U: ExactArray.of([third, 1, 0, third, 1, 1]),
    V: ExactArray.of([third, 1, 0, { m: 1n, e: -1200 }, 0, 0]),
    h: ExactArray.of([third, 0, 1]),
  },
};

/** All have, so that it must not be. */
const PARALLEL: Readonly<Record<string, SearchSystem>> = {
  "one pair": someSystem(11, 3, 20, ({ U }) => U.splice(30, 3, ...U.slice(6, 9).map((x) => -2 * x))),
  "one hyperplane twice": someSystem(12, 3, 20, ({ U, h }) => {
    U.splice(30, 3, ...U.slice(6, 9));
    h[10] = h[2]!;
  }),
  "a clamp": someSystem(13, 3, 20, ({ U, V }) => {
    U.splice(30, 3, ...U.slice(6, 9));
    V.splice(30, 3, ...V.slice(6, 9).map((x) => -x));
  }),
  "all on a line": someSystem(14, 1, 5),
};

/** Hyperplanes along one u with one v, in the plane: s_j v relu(u·z − h_j) with a row for each [s_j, h_j]. */
function sumAlong(...terms: readonly (readonly [s: number, h: number])[]): SearchSystem {
  return someSystem(21, 2, terms.length, ({ U, V, h }) => {
    terms.forEach(([s, kink], j) => {
      U.splice(2 * j, 2, 0.5, -0.75);
      V.splice(2 * j, 2, s * 0.25, s * 1.5);
      h[j] = kink;
    });
  });
}

/** The kinks of each unit of a table; a ramp has one. */
function kinksOf({ dim, count, data, stride }: UnitTable): number[][] {
  const rows = Array.from({ length: count }, (_, j) => [...data.slice(j * stride + 2 * dim, j * stride + 2 * dim + 2)]);
  return rows.map((kinks) => kinks.filter((kink) => kink < Number.POSITIVE_INFINITY));
}

describe("the units of parallel hyperplanes", () => {
  it.each([
    ["a clamp", sumAlong([1, -1], [-1, 2]), [[-1, 2]], true],
    ["a clamp of four hyperplanes", sumAlong([1, -1], [2, -1], [-3, 2]), [[-1, 2]], true],
    [
      "a staircase, as clamps",
      sumAlong([1, -1], [-1, 0], [2, 1], [-2, 2], [0.5, 3], [-0.5, 4]),
      [
        [-1, 0],
        [1, 2],
        [3, 4],
      ],
      true,
    ],
    ["a dendritic sum, as ramps", sumAlong([1, -1], [-0.25, 0.5], [2, 1]), [[-1], [0.5], [1]], false],
    [
      "a sum that is flat at the ends without a pair that is",
      sumAlong([1, -1], [1, 0], [-2, 1]),
      [[-1], [0], [1]],
      true,
    ],
    ["slopes that cancel but for a last bit", sumAlong([1, -1], [-1 - 2 ** -52, 2]), [[-1], [2]], false],
    ["one kink of two hyperplanes", sumAlong([1, 1], [3, 1]), [[1]], false],
  ] as const)("are ramps and clamps: %s", (_, system, kinks, bounded) => {
    const table = unitTable(system);
    expect(kinksOf(table)).toEqual(kinks);
    expect(table.ranges !== undefined).toBe(bounded);
  });

  it("add up to the system, and their pieces to its masks", () => {
    const next = random(5);
    const dyadic = (bits: number) => (Math.floor(next() * 2 ** bits) - 2 ** (bits - 1)) / 2 ** (bits - 3);
    for (let trial = 0; trial < 200; trial++) {
      const terms = Array.from({ length: 1 + Math.floor(6 * next()) }, () => [dyadic(4) || 1, dyadic(4)] as const);
      const system = sumAlong(...terms, ...terms.slice(0, trial % 3).map(([s, h]) => [-s, h + dyadic(3)] as const));
      const table = unitTable({ ...system, M: ExactArray.ofNumbers([0, 0, 0, 0]), g: ExactArray.ofNumbers([0, 0]) });
      const z = [dyadic(6), dyadic(6)];
      const x = 0.5 * z[0]! - 0.75 * z[1]!;
      const expected = [0, 0];
      const active: number[] = [];
      for (let j = 0; j < system.count; j++) {
        if (!(x > system.h.rounded[j]!)) continue;
        active.push(j);
        for (const i of [0, 1]) expected[i]! += system.V.rounded[2 * j + i]! * (x - system.h.rounded[j]!);
      }
      // the slope of a unit is a rounded multiple of its first v
      for (const [i, value] of residual(table, z).entries()) expect(value).toBeCloseTo(expected[i]!, 10);
      const pieces = kinksOf(table).map((kinks) => kinks.filter((kink) => kink < x).length);
      const mask = new Uint32Array(1);
      writeMask(table, pieces, mask);
      expect(indices(mask)).toEqual(active);
    }
  });
});

describe("the ranges of units", () => {
  it("hold the sum, whose slopes may cancel only all together, on points far and near", () => {
    const next = random(6);
    for (let trial = 0; trial < 300; trial++) {
      const far = 2 ** Math.floor(40 * next() - 20);
      const slopes = Array.from(
        { length: 2 + (trial % 4) },
        () => Math.round(2 ** 20 * (2 * next() - 1)) / 2 ** 20 || 1,
      );
      const terms = [...slopes, -slopes.reduce((a, b) => a + b)].map(
        (s, j) => [s, (j % 2 ? 1 : far) * (2 * next() - 1)] as const,
      );
      if (terms.at(-1)![0] === 0) continue;
      const system = sumAlong(...terms);
      const table = unitTable(system);
      const { dim: R, count, data, stride, k, M, ranges } = table;
      expect(ranges).toHaveLength(count);
      // M and k hold the first pieces, of slope 0 here
      expect([...M].map((x, at) => x - system.M.rounded[at]!)).toEqual([0, 0, 0, 0]);
      const ends = [0, 1].map((i) => {
        const both = ranges!.map(({ low, high }, j) => [low, high].map((x) => x * data[j * stride + R + i]!));
        return [
          both.reduce((sum, [a, b]) => sum + Math.min(a!, b!), 0),
          both.reduce((sum, [a, b]) => sum + Math.max(a!, b!), 0),
        ];
      });
      const points = [...terms.map(([, h]) => h), 0, 4 * far, -4 * far, 2 ** 30, -(2 ** 30)];
      for (const x of points) {
        const z = [2 * x, 0];
        const linear = [0, 1].map((i) => k[i]! + M[2 * i]! * z[0]! + M[2 * i + 1]! * z[1]!);
        residual(table, z).forEach((value, i) => {
          const slack = 2 ** -45 * (Math.abs(linear[i]!) + 8 * (1 + far));
          const [low, high] = ends[i]!;
          if (x === points.at(-1) || x === points.at(-2)) return;
          expect(value - linear[i]!).toBeGreaterThanOrEqual(low! - slack);
          expect(value - linear[i]!).toBeLessThanOrEqual(high! + slack);
        });
      }
    }
  });

  it("are none where the slopes miss each other by a last bit", () => {
    expect(unitTable(sumAlong([1, -1], [1, 0], [-2 - 2 ** -51, 1])).ranges).toBe(undefined);
  });
});

describe("the table of ramps", () => {
  it.each(Object.entries(APART))("is that of any system, bit for bit: %s", (_, system) => {
    expect(whole(unitTable(system))).toStrictEqual(whole(tableOfDirections(system)));
    for (const { problem } of rootsOf(system)) {
      expect(whole(problem.table)).toStrictEqual(whole(tableOfDirections(problem.system)));
    }
  });

  it("holds the ramps that the system says", () => {
    const system = someSystem(9, 2, 5, ({ V }) => V.fill(0, 2, 4));
    const { data, stride, unitOf, threshold, flipped, directions, ranges } = unitTable(system);
    for (let j = 0; j < 5; j++) {
      const row = [...system.U.rounded.slice(2 * j, 2 * j + 2), ...system.V.rounded.slice(2 * j, 2 * j + 2)];
      expect([...data.slice(j * stride, j * stride + 6)]).toEqual([
        ...row,
        system.h.rounded[j],
        Number.POSITIVE_INFINITY,
      ]);
      expect([unitOf[j], threshold[j], flipped[j]]).toEqual([j, 1, 0]);
      expect(directions[j]!.hyperplanes).toEqual([[j]]);
    }
    expect(ranges).toBe(undefined);
  });

  it.each(Object.entries(PARALLEL))("is not taken for %s", (_, system) => {
    const { directions } = unitTable(system);
    expect(directions.some(({ hyperplanes }) => hyperplanes.flat().length > 1)).toBe(true);
    expect(whole(unitTable(system))).toStrictEqual(whole(tableOfDirections(system)));
  });

  it("would be told apart from one of a system that differs in a last bit, and from one without its zero's sign", () => {
    const system = APART.generic;
    for (const key of ["M", "g", "U", "V", "h"] as const) {
      const numbers = system![key].rounded.slice();
      numbers[0]! *= 1 + 2 ** -52;
      const other = { ...system!, [key]: ExactArray.ofNumbers(numbers) };
      expect(whole(unitTable(other))).not.toStrictEqual(whole(tableOfDirections(system!)));
    }
    const zero = someSystem(1, 4, 60, ({ h }) => h.fill(0, 0, 1));
    const minus = someSystem(1, 4, 60, ({ h }) => h.fill(-0, 0, 1));
    expect(whole(unitTable(zero))).not.toStrictEqual(whole(tableOfDirections(minus)));
  });
});
