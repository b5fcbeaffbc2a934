import { describe, expect, it } from "vitest";
import { ExactArray } from "../../../src/model/system.ts";
import { rootsOf } from "../../../src/search/roots/roots.ts";
import type { SearchSystem } from "../../../src/search/roots/search-system.ts";
import { tableOfDirections, type UnitTable, unitTable } from "../../../src/search/units/units.ts";
import { random } from "../../regions/arrangements.ts";

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

describe("the table of ramps", () => {
  it.each(Object.entries(APART))("is that of any system, bit for bit: %s", (_, system) => {
    expect(whole(unitTable(system))).toStrictEqual(whole(tableOfDirections(system)));
    for (const { problem } of rootsOf(system)) {
      expect(whole(problem.table)).toStrictEqual(whole(tableOfDirections(problem.system)));
    }
  });

  it("holds the ramps that the system says", () => {
    const system = someSystem(9, 2, 5, ({ V }) => V.fill(0, 2, 4));
    const { data, stride, unitOf, threshold, flipped, directions, bounded } = unitTable(system);
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
    expect(bounded).toBe(false);
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
