import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  determinant,
  determinantSign,
  independentRows,
  nullSpace,
  rank,
  reducedRowEchelon,
  solveAffine,
  solveFractionFree,
} from "../../src/exact/elimination.ts";
import * as Q from "../../src/exact/rational.ts";

const seed = 1968;
const runs = { seed, numRuns: 300 };

const entry = fc.oneof(
  { weight: 2, arbitrary: fc.bigInt({ min: -2n, max: 2n }) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }) },
);
const matrixOf = (rows: number, cols: number) => fc.array(entry, { minLength: rows * cols, maxLength: rows * cols });

const multiplyMatrices = (A: readonly bigint[], B: readonly bigint[], n: number, k: number, m: number): bigint[] =>
  Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    let sum = 0n;
    for (let t = 0; t < k; t++) sum += A[i * k + t]! * B[t * m + j]!;
    return sum;
  });

/** A matrix of chosen rank at most r, as a product. */
const deficient = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4 }))
  .chain(([rows, cols, r]) =>
    fc.tuple(matrixOf(rows, r), matrixOf(r, cols)).map(([L, P]) => ({
      rows,
      cols,
      A: r === 0 ? new Array<bigint>(rows * cols).fill(0n) : multiplyMatrices(L, P, rows, r, cols),
    })),
  );

/** Reduced row echelon form in plain rational arithmetic. */
function naiveEchelon(A: readonly bigint[], rows: number, cols: number): { pivots: number[]; rows: Q.Rational[][] } {
  const W = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: cols }, (_, j) => Q.rational(A[i * cols + j]!, 1n)),
  );
  const pivots: number[] = [];
  for (let c = 0; c < cols && pivots.length < rows; c++) {
    const r = pivots.length;
    const p = W.findIndex((row, i) => i >= r && row[c]!.n !== 0n);
    if (p < 0) continue;
    [W[r], W[p]] = [W[p]!, W[r]!];
    const lead = W[r][c]!;
    W[r] = W[r].map((x) => Q.divide(x, lead));
    W.forEach((row, i) => {
      if (i === r) return;
      const factor = row[c]!;
      W[i] = row.map((x, j) => Q.subtract(x, Q.multiply(factor, W[r]![j]!)));
    });
    pivots.push(c);
  }
  return { pivots, rows: W.slice(0, pivots.length) };
}

/** Determinant by the sum over permutations (Laplace along the first row). */
function laplace(A: readonly bigint[], n: number): bigint {
  if (n === 0) return 1n;
  let sum = 0n;
  for (let j = 0; j < n; j++) {
    const minor: bigint[] = [];
    for (let i = 1; i < n; i++) for (let k = 0; k < n; k++) if (k !== j) minor.push(A[i * n + k]!);
    sum += (j % 2 ? -1n : 1n) * A[j]! * laplace(minor, n - 1);
  }
  return sum;
}

const apply = (A: readonly bigint[], rows: number, cols: number, x: readonly Q.Rational[]): Q.Rational[] =>
  Array.from({ length: rows }, (_, i) => {
    let sum = Q.ZERO;
    for (let k = 0; k < cols; k++) sum = Q.add(sum, Q.multiply(Q.ofInteger(A[i * cols + k]!), x[k]!));
    return sum;
  });

const square = fc.integer({ min: 0, max: 5 }).chain((n) => matrixOf(n, n).map((A) => ({ n, A })));

describe("determinant", () => {
  it("agrees with Laplace's expansion", () => {
    fc.assert(
      fc.property(square, ({ n, A }) => {
        expect(determinant(A, n)).toBe(laplace(A, n));
        expect(determinantSign(A, n)).toBe(Number(laplace(A, n) > 0n) - Number(laplace(A, n) < 0n));
      }),
      runs,
    );
  });

  it("is multiplicative, alternating, and zero when a row repeats", () => {
    const pair = fc
      .integer({ min: 2, max: 7 })
      .chain((n) => fc.tuple(matrixOf(n, n), matrixOf(n, n)).map(([A, B]) => ({ n, A, B })));
    fc.assert(
      fc.property(pair, ({ n, A, B }) => {
        expect(determinant(multiplyMatrices(A, B, n, n, n), n)).toBe(determinant(A, n) * determinant(B, n));
        const swapped = [...A.slice(n, 2 * n), ...A.slice(0, n), ...A.slice(2 * n)];
        expect(determinant(swapped, n)).toBe(-determinant(A, n));
        const repeated = [...A.slice(0, n), ...A.slice(0, n), ...A.slice(2 * n)];
        expect(determinant(repeated, n)).toBe(0n);
      }),
      runs,
    );
  });

  it("knows the Hilbert matrix and leaves its input alone", () => {
    // det of lcm-scaled Hilbert of order 4: 1/6048000 · 420^4
    const H = Array.from({ length: 16 }, (_, at) => 420n / BigInt((at >> 2) + (at & 3) + 1));
    const before = [...H];
    expect(determinant(H, 4)).toBe(420n ** 4n / 6048000n);
    expect(H).toEqual(before);
  });
});

describe("solveFractionFree", () => {
  it("reconstructs A X = det·B, or says that A is singular", () => {
    const problem = square.chain(({ n, A }) =>
      fc.integer({ min: 0, max: 3 }).chain((m) => matrixOf(n, m).map((B) => ({ n, A, m, B }))),
    );
    fc.assert(
      fc.property(problem, ({ n, A, m, B }) => {
        const solved = solveFractionFree(A, n, B, m);
        if (laplace(A, n) === 0n) {
          expect(solved).toBeUndefined();
          return;
        }
        expect(solved!.determinant).toBe(laplace(A, n));
        expect(multiplyMatrices(A, solved!.X, n, n, m)).toEqual(B.map((b) => b * solved!.determinant));
      }),
      runs,
    );
  });

  it("gives the adjugate for B = I", () => {
    const A = [2n, 1n, 0n, 0n, 3n, 1n, 1n, 0n, 4n];
    const { determinant: det, X } = solveFractionFree(A, 3, [1n, 0n, 0n, 0n, 1n, 0n, 0n, 0n, 1n], 3)!;
    expect(det).toBe(25n);
    expect(X).toEqual([12n, -4n, 1n, 1n, 8n, -2n, -3n, 1n, 6n]);
  });

  it("solves a large system", () => {
    const n = 24;
    const [A, b] = fc.sample(fc.tuple(matrixOf(n, n), matrixOf(n, 1)), { seed, numRuns: 1 })[0]!;
    const solved = solveFractionFree(A, n, b, 1)!;
    expect(multiplyMatrices(A, solved.X, n, n, 1)).toEqual(b.map((x) => x * solved.determinant));
  });
});

describe("rank, independent rows, echelon form", () => {
  it("agree with plain rational elimination", () => {
    fc.assert(
      fc.property(deficient, ({ A, rows, cols }) => {
        const naive = naiveEchelon(A, rows, cols);
        expect(rank(A, rows, cols)).toBe(naive.pivots.length);
        expect(reducedRowEchelon(A, rows, cols)).toEqual(naive);
        // greedy: a row is chosen iff it raises the rank of the rows up to it
        const greedy: number[] = [];
        for (let i = 0; i < rows; i++) {
          const upTo = naiveEchelon(A, i + 1, cols).pivots.length;
          if (upTo > greedy.length) greedy.push(i);
        }
        expect(independentRows(A, rows, cols)).toEqual(greedy);
      }),
      { seed, numRuns: 500 },
    );
  });

  it("handles empty and zero matrices", () => {
    expect(rank([], 0, 3)).toBe(0);
    expect(rank([0n, 0n], 1, 2)).toBe(0);
    expect(reducedRowEchelon([], 0, 2)).toEqual({ pivots: [], rows: [] });
    expect(nullSpace([0n, 0n], 1, 2)).toEqual([
      [Q.ONE, Q.ZERO],
      [Q.ZERO, Q.ONE],
    ]);
  });
});

describe("solveAffine", () => {
  const problem = deficient.chain(({ A, rows, cols }) =>
    fc.tuple(matrixOf(rows, 1), matrixOf(cols, 1), fc.boolean()).map(([free, x, solvable]) => ({
      A,
      rows,
      cols,
      b: solvable ? multiplyMatrices(A, x, rows, cols, 1) : free,
    })),
  );

  it("finds a point and all directions, or that there is none", () => {
    fc.assert(
      fc.property(problem, ({ A, rows, cols, b }) => {
        const solved = solveAffine(A, rows, cols, b);
        const augmented = Array.from({ length: rows }, (_, i) => [...A.slice(i * cols, (i + 1) * cols), b[i]!]).flat();
        const r = naiveEchelon(A, rows, cols).pivots.length;
        if (naiveEchelon(augmented, rows, cols + 1).pivots.length > r) {
          expect(solved).toBeUndefined();
          return;
        }
        expect(apply(A, rows, cols, solved!.point)).toEqual(b.map(Q.ofInteger));
        expect(solved!.basis.length).toBe(cols - r);
        for (const direction of solved!.basis) {
          expect(apply(A, rows, cols, direction).every((x) => x.n === 0n)).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it("is canonical: the basis is its own echelon form and the point is zero in the leading columns", () => {
    fc.assert(
      fc.property(problem, ({ A, rows, cols, b }) => {
        const solved = solveAffine(A, rows, cols, b);
        if (!solved) return;
        let lead = -1;
        solved.basis.forEach((direction, k) => {
          const column = direction.findIndex((x) => x.n !== 0n);
          expect(column).toBeGreaterThan(lead);
          lead = column;
          expect(direction[column]).toEqual(Q.ONE);
          expect(solved.point[column]).toEqual(Q.ZERO);
          solved.basis.forEach((other, j) => {
            if (j !== k) expect(other[column]).toEqual(Q.ZERO);
          });
        });
        expect(nullSpace(A, rows, cols)).toEqual(solved.basis);
      }),
      { seed, numRuns: 500 },
    );
  });
});
