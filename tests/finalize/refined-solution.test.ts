import fc from "fast-check";
import { expect, it } from "vitest";
import { solveFractionFree } from "../../src/exact/elimination.ts";
import { roundQuotient } from "../../src/exact/rounding.ts";
import { refinedSolution } from "../../src/finalize/refined-solution.ts";

/** The same by elimination in integers; undefined for a singular matrix. */
function exactly(J: readonly bigint[], b: readonly bigint[], n: number) {
  const solved = solveFractionFree(J, n, b, 1);
  if (solved === undefined) return undefined;
  const z: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k < n; k++) roundQuotient(solved.X[k]!, solved.determinant, z, errors, k);
  return { z, error: Math.max(...errors), determinantSign: solved.determinant > 0n ? 1 : -1 };
}

const entry = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: -(2n ** 110n), max: 2n ** 110n }) },
  fc.bigInt({ min: -4n, max: 4n }),
);

it("refinement gives what elimination gives, or nothing", () => {
  let decided = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.infiniteStream(entry), (n, stream) => {
      const numbers = (count: number) => Array.from({ length: count }, (): bigint => stream.next().value);
      const J = numbers(n * n);
      const b = numbers(n);
      const refined = refinedSolution(J, b, n);
      if (refined === undefined) return;
      decided++;
      expect(refined).toEqual(exactly(J, b, n));
    }),
    { seed: 5, numRuns: 200 },
  );
  expect(decided).toBeGreaterThan(100);
});

it("refinement does not decide a singular matrix, one that nearly is, or a solution that is a float64 exactly", () => {
  expect(refinedSolution([1n, 2n, 2n, 4n], [1n, 1n], 2)).toBeUndefined();
  const nearly = [2n ** 100n, 2n ** 100n, 2n ** 100n, 2n ** 100n + 1n];
  expect(refinedSolution(nearly, [1n, 3n], 2)).toBeUndefined();
  expect(refinedSolution([2n, 0n, 0n, 4n], [1n, 1n], 2)).toBeUndefined();
  expect(refinedSolution([2n ** 1000n, 0n, 0n, 3n], [1n, 1n], 2)).toBeUndefined();
  expect(refinedSolution([3n, 0n, 0n, 7n], [1n, 1n], 2)).toEqual(exactly([3n, 0n, 0n, 7n], [1n, 1n], 2));
});

it("a bound that is broken would show: the last bit of an entry changes the answer", () => {
  const J = [3n, 1n, 1n, 7n];
  expect(refinedSolution(J, [2n ** 60n, 1n], 2)).not.toEqual(exactly(J, [2n ** 60n + 2n ** 8n, 1n], 2));
});
