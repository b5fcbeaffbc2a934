import { describe, expect, it } from "vitest";
import { characteristicPolynomial, countRoots } from "../../src/stability/root-count.ts";
import { eigenvaluePlaces, holdsLargest } from "../../src/verify/root-count.ts";
import { Random } from "../support/random.ts";

/**
 * Blocks with known eigenvalues, and where those lie: inside, on, outside the unit circle; left of, on, right of the
 * imaginary axis.
 */
const BLOCKS = [
  { K: [[0]], disc: [1, 0, 0], plane: [0, 1, 0] },
  { K: [[1]], disc: [0, 1, 0], plane: [0, 0, 1] },
  { K: [[-1]], disc: [0, 1, 0], plane: [1, 0, 0] },
  { K: [[3]], disc: [0, 0, 1], plane: [0, 0, 1] },
  { K: [[-2]], disc: [0, 0, 1], plane: [1, 0, 0] },
  // ±i
  {
    K: [
      [0, -1],
      [1, 0],
    ],
    disc: [0, 2, 0],
    plane: [0, 2, 0],
  },
  // exp(±iπ/3)
  {
    K: [
      [0, -1],
      [1, 1],
    ],
    disc: [0, 2, 0],
    plane: [0, 0, 2],
  },
  // (3 ± √5)/2: reciprocal, so that the polynomial is its own reverse
  {
    K: [
      [2, 1],
      [1, 1],
    ],
    disc: [1, 0, 1],
    plane: [0, 0, 2],
  },
  // ±√2
  {
    K: [
      [0, 2],
      [1, 0],
    ],
    disc: [0, 0, 2],
    plane: [1, 0, 1],
  },
  // −1 ± i
  {
    K: [
      [-1, -1],
      [1, -1],
    ],
    disc: [0, 0, 2],
    plane: [2, 0, 0],
  },
] as const;

/** A random matrix that is similar to the blocks on a diagonal, by integer row and column operations. */
function similarTo(blocks: readonly (typeof BLOCKS)[number][], random: Random): { K: bigint[]; n: number } {
  const n = blocks.reduce((sum, { K }) => sum + K.length, 0);
  const A = Array.from({ length: n }, () => new Array<bigint>(n).fill(0n));
  let from = 0;
  for (const { K } of blocks) {
    for (const [i, row] of K.entries()) for (const [k, x] of row.entries()) A[from + i]![from + k] = BigInt(x);
    from += K.length;
  }
  for (let step = 0; n > 1 && step < 2 * n; step++) {
    const i = random.integer(0, n - 1);
    const k = (i + random.integer(1, n - 1)) % n;
    const c = BigInt(random.integer(-2, 2));
    for (let j = 0; j < n; j++) A[i]![j]! += c * A[k]![j]!;
    for (let j = 0; j < n; j++) A[j]![k]! -= c * A[j]![i]!;
  }
  return { K: A.flat(), n };
}

const sum = (lists: readonly (readonly number[])[]) => {
  const [inside, boundary, outside] = [0, 1, 2].map((k) => lists.reduce((total, list) => total + list[k]!, 0));
  return { inside, boundary, outside };
};

describe("places of eigenvalues", () => {
  it("of matrices with known ones, repeated and on the boundary", () => {
    const random = Random.of(3, "known eigenvalues");
    let marginal = 0;
    for (let trial = 0; trial < 500; trial++) {
      const blocks = Array.from({ length: random.integer(1, 4) }, () => random.pick(BLOCKS));
      const { K, n } = similarTo(blocks, random);
      const disc = sum(blocks.map(({ disc }) => disc));
      expect(eigenvaluePlaces(K, n, 0, "discrete")).toEqual(disc);
      expect(eigenvaluePlaces(K, n, 5, "continuous")).toEqual(sum(blocks.map(({ plane }) => plane)));
      if (disc.boundary! > 0) marginal++;
      // larger and smaller by a power of two
      const shifted = K.map((x) => x << 3n);
      expect(eigenvaluePlaces(shifted, n, -3, "discrete")).toEqual(disc);
    }
    expect(marginal).toBeGreaterThan(100);
  });

  it("as the solver counts them, by another way", () => {
    const random = Random.of(4, "two ways");
    for (let trial = 0; trial < 600; trial++) {
      const n = random.integer(1, 6);
      const most = random.pick([1, 2, 9, 1000]);
      const K = Array.from({ length: n * n }, () => BigInt(random.integer(-most, most)));
      const exponent = random.integer(-9, 1);
      for (const time of ["discrete", "continuous"] as const) {
        const expected = countRoots(characteristicPolynomial({ n, integers: K, exponent }), time);
        expect(eigenvaluePlaces(K, n, exponent, time)).toEqual(expected);
      }
    }
  });
});

describe("holdsLargest", () => {
  const sizes = { discrete: (x: number) => Math.abs(x), continuous: (x: number) => x };

  it("of triangular matrices: true of bounds round the largest, false of others", () => {
    const random = Random.of(41, "largest");
    for (let trial = 0; trial < 60; trial++) {
      const n = random.integer(1, 5);
      const diagonal = random.vector(n, () => random.integer(-6, 6));
      const K = diagonal.flatMap((x, i) =>
        diagonal.map((_, k) => BigInt(k < i ? 0 : k === i ? x : random.integer(-3, 3))),
      );
      for (const time of ["discrete", "continuous"] as const) {
        const largest = Math.max(...diagonal.map(sizes[time])) / 8;
        const holds = (low: number, high: number) => holdsLargest(K, n, -3, time, [low, high]);
        expect(holds(largest, largest)).toBe(true);
        expect(holds(largest - 2 ** -60, largest + 2 ** -60)).toBe(true);
        expect(holds(largest - 1, largest - 2 ** -50)).toBe(false);
        expect(holds(largest + 2 ** -50, largest + 1)).toBe(false);
      }
    }
  });

  it("of a pair that is not real", () => {
    const K = [0n, -2n, 1n, 0n];
    // √2 lies just below its float64
    const below = Math.SQRT2 - 2 ** -52;
    expect(holdsLargest(K, 2, 0, "discrete", [below, Math.SQRT2])).toBe(true);
    expect(holdsLargest(K, 2, 0, "discrete", [Math.SQRT2, Math.SQRT2 + 2 ** -50])).toBe(false);
    expect(holdsLargest(K, 2, 0, "continuous", [0, 0])).toBe(true);
    expect(holdsLargest(K, 2, 0, "continuous", [2 ** -1074, 1])).toBe(false);
  });
});
