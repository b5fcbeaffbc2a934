import fc from "fast-check";
import { expect, it } from "vitest";
import { solveFractionFree } from "../../src/exact/elimination.ts";
import { roundQuotient } from "../../src/exact/rounding.ts";
import { WordSolver } from "../../src/finalize/word-solution.ts";
import type { WordMatrix } from "../../src/finalize/words.ts";

/** The same by elimination in integers; undefined for a singular matrix. */
function exactly(J: readonly bigint[], b: readonly bigint[], n: number) {
  const solved = solveFractionFree(J, n, b, 1);
  if (solved === undefined) return undefined;
  const z: number[] = [];
  const errors: number[] = [];
  for (let k = 0; k < n; k++) roundQuotient(solved.X[k]!, solved.determinant, z, errors, k);
  return { z, error: Math.max(...errors), determinantSign: solved.determinant > 0n ? 1 : -1 };
}

function inWords(integers: readonly bigint[], length: number): WordMatrix {
  const words = new Float64Array(integers.length * length);
  integers.forEach((integer, n) => {
    let rest = integer;
    for (let l = 0; l < length; l++) {
      const word = BigInt.asIntN(32, rest);
      words[n * length + l] = Number(word);
      rest = (rest - word) >> 32n;
    }
    expect(rest).toBe(0n);
  });
  return { words, length };
}

const solve = (J: readonly bigint[], b: readonly bigint[], n: number, length = 6) =>
  new WordSolver(n).solve(inWords([...J, ...b], length));

const extreme = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.constantFrom(2n ** bits, -(2n ** bits), 2n ** bits - 1n, -(2n ** bits) + 1n, (2n ** bits * 2n) / 3n);
const entry = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt({ min: -(2n ** 110n), max: 2n ** 110n }) },
  { weight: 2, arbitrary: fc.nat({ max: 120 }).chain((bits) => extreme(BigInt(bits))) },
  fc.bigInt({ min: -4n, max: 4n }),
);

it("refinement in words gives what elimination gives, or nothing", () => {
  let decided = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 100 }), fc.infiniteStream(entry), (n, shift, stream) => {
      const numbers = (count: number): bigint[] => Array.from({ length: count }, () => stream.next().value);
      const J = numbers(n * n);
      // solutions of all sizes
      const b = numbers(n).map((x) => (shift > 50 ? x >> BigInt(shift) : x << BigInt(shift)));
      const refined = solve(J, b, n);
      if (refined === undefined) return;
      decided++;
      expect(refined).toEqual(exactly(J, b, n));
    }),
    { seed: 5, numRuns: 300 },
  );
  expect(decided).toBeGreaterThan(200);
});

it("refinement in words gives what elimination gives for small integers: exact solutions, zeros and ties of rounding", () => {
  let decided = 0;
  const small = fc.oneof(fc.bigInt({ min: -9n, max: 9n }), extreme(53n), extreme(54n), extreme(20n));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.infiniteStream(small), (n, stream) => {
      const numbers = (count: number): bigint[] => Array.from({ length: count }, () => stream.next().value);
      const J = numbers(n * n);
      const b = numbers(n);
      const refined = solve(J, b, n);
      if (refined === undefined) return;
      decided++;
      expect(refined).toEqual(exactly(J, b, n));
    }),
    { seed: 6, numRuns: 800 },
  );
  expect(decided).toBeGreaterThan(260);
});

it("refinement in words does not decide a singular matrix, one that nearly is, or a tie of rounding", () => {
  expect(solve([1n, 2n, 2n, 4n], [1n, 1n], 2)).toBeUndefined();
  expect(solve([0n, 0n, 0n, 0n], [1n, 1n], 2)).toBeUndefined();
  const nearly = [2n ** 100n, 2n ** 100n, 2n ** 100n, 2n ** 100n + 1n];
  expect(solve(nearly, [1n, 3n], 2)).toBeUndefined();
  expect(solve([2n], [2n ** 54n + 2n], 1)).toBeUndefined();
  expect(solve([2n], [2n ** 54n + 4n], 1)).toEqual({ z: [2 ** 53 + 2], error: 0, determinantSign: 1 });
  expect(solve([3n, 0n, 0n, -7n], [1n, 1n], 2)).toEqual(exactly([3n, 0n, 0n, -7n], [1n, 1n], 2));
});

it("refinement in words leaves solutions far out, and nothing but zeros, to elimination", () => {
  expect(solve([1n], [2n ** 180n], 1)).toBeUndefined();
  expect(solve([2n ** 600n], [1n], 1, 20)).toBeUndefined();
  expect(solve([3n], [0n], 1)).toBeUndefined();
});

it("the last bit of an entry changes the answer: no digit is lost on the way", () => {
  const J = [3n * 2n ** 80n, 2n ** 80n, 2n ** 80n, 7n * 2n ** 80n];
  const b = [2n ** 100n + 1n, 2n ** 99n];
  expect(solve(J, b, 2)).toEqual(exactly(J, b, 2));
  expect(solve(J, b, 2)).not.toEqual(exactly(J, [b[0]! + 1n, b[1]!], 2));
  expect(solve(J, b, 2)).not.toEqual(exactly([J[0]! + 1n, ...J.slice(1)], b, 2));
});
