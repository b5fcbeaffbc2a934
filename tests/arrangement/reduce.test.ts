import { expect, it } from "vitest";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { Random } from "../support/random.ts";

function systemOf(rows: readonly (readonly number[])[]): PiecewiseLinearSystem {
  const R = rows[0]!.length;
  const N = rows.length;
  const zeros = (length: number) => ExactArray.ofNumbers(new Float64Array(length));
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: zeros(R * R),
    g: zeros(R),
    U: Float64Array.from(rows.flat()),
    V: zeros(N * R),
    h: ExactArray.ofNumbers(rows.map((_, j) => j + 1)),
  };
}

/** Cross products in BigInt; entries are whole numbers. */
function areParallel(a: readonly number[], b: readonly number[]): boolean {
  const product = (x: number, y: number) => BigInt(x) * BigInt(y);
  return a.every((_, i) => b.every((__, k) => product(a[i]!, b[k]!) === product(a[k]!, b[i]!)));
}

it("rows have the same direction iff they are parallel", () => {
  const random = Random.of(1, "directions");
  const rows = [
    [1, 1, 0],
    [0, 5, 0],
    [0, 3, 0],
    [0, 0, -7],
    [-2, -2, 0],
    [2 ** 40, 2 ** 40 + 1, 0],
    [2 ** 40, 2 ** 40, 0],
    ...Array.from({ length: 60 }, () => random.vector(3, () => random.integer(-2, 2))).filter((row) =>
      row.some((x) => x !== 0),
    ),
  ];
  const { direction, source } = reduceSystem(systemOf(rows));
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < i; j++) {
      expect(direction[source[i]!] === direction[source[j]!], `${rows[i]} and ${rows[j]}`).toBe(
        areParallel(rows[i]!, rows[j]!),
      );
    }
  }
});
