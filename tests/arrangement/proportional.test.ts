import { expect, it } from "vitest";
import { proportionalRows } from "../../src/arrangement/proportional.ts";
import { ExactArray } from "../../src/model/system.ts";

const rows = [0, 1, 2, 3, 4, 5];

it("groups exactly proportional rows in the order of their first, rows of zeros by themselves", () => {
  const matrix = ExactArray.ofNumbers([1, 3, 0, 0, -2, -6, 0, 5, 1, 3 + 2 ** -50, 0, 0]);
  expect(proportionalRows(matrix, 2, rows)).toEqual([[0, 2], [1, 5], [3], [4]]);
  expect(proportionalRows(matrix, 2, [4])).toEqual([[4]]);
});

it("tells rows apart whose entries only round to the same float64, and finds a multiple of one", () => {
  const one = { m: 1n, e: 0 };
  const nearlyOne = { m: 2n ** 60n + 1n, e: -60 };
  const twice = { m: 2n ** 60n + 1n, e: -59 };
  const matrix = ExactArray.ofDyadics([one, nearlyOne, one, one, { m: 2n, e: 0 }, twice]);
  expect(matrix.rounded[1]).toBe(1);
  expect(proportionalRows(matrix, 2, [0, 1, 2])).toEqual([[0, 2], [1]]);
});

it("an entry that only rounds to zero is none", () => {
  const tiny = { m: 1n, e: -1200 };
  const matrix = ExactArray.ofDyadics([tiny, { m: 0n, e: 0 }, { m: 0n, e: 0 }, { m: 0n, e: 0 }]);
  expect(matrix.rounded[0]).toBe(0);
  expect(proportionalRows(matrix, 2, [0, 1])).toEqual([[0], [1]]);
});

it("looks at few pairs of many rows, even where one ratio is so large that a sum would swallow the others", () => {
  const count = 20_000;
  const matrix = ExactArray.ofNumbers(
    Float64Array.from({ length: 3 * count }, (_, i) => [1, 2 ** 200, Math.floor(i / 3)][i % 3]!),
  );
  let looks = 0;
  const at = matrix.at.bind(matrix);
  matrix.at = (i) => {
    looks++;
    return at(i);
  };
  const all = Array.from({ length: count }, (_, j) => j);
  expect(proportionalRows(matrix, 3, all).length).toBe(count);
  expect(looks).toBeLessThan(count);
});
