import { describe, expect, it } from "vitest";
import { balance, undoLeft, undoRight } from "../../src/float/balance.ts";
import { realSchur } from "../../src/float/schur.ts";
import { Random } from "../support/random.ts";
import { frank, grcar, NASTY, squareMatrix, type TestMatrix } from "./matrices.ts";

/** Largest entry of A − Q T Qᵀ, and of QᵀQ − I. */
function errors({ n, a }: TestMatrix, T: Float64Array, Q: Float64Array): [number, number] {
  let reconstruction = 0;
  let orthogonality = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = -a[i * n + j]!;
      for (let k = 0; k < n; k++) for (let l = 0; l < n; l++) sum += Q[i * n + k]! * T[k * n + l]! * Q[j * n + l]!;
      reconstruction = Math.max(reconstruction, Math.abs(sum));
      let dot = i === j ? -1 : 0;
      for (let k = 0; k < n; k++) dot += Q[k * n + i]! * Q[k * n + j]!;
      orthogonality = Math.max(orthogonality, Math.abs(dot));
    }
  }
  return [reconstruction, orthogonality];
}

describe("real Schur form", () => {
  it("A = Q T Qᵀ with Q orthogonal and T quasi-triangular with standard blocks", () => {
    const random = Random.of(71, "schur");
    const matrices = [frank(9), grcar(12), ...Array.from({ length: 30 }, () => NASTY.ternary!(random))];
    for (const matrix of matrices.filter(({ n }) => n <= 24)) {
      const { n } = matrix;
      const { T, Q, re, im } = realSchur(matrix.a.slice(), n, 0, n)!;
      const [reconstruction, orthogonality] = errors(matrix, T, Q);
      expect(reconstruction).toBeLessThan(1e-13 * n * Math.max(...matrix.a.map(Math.abs), 1));
      expect(orthogonality).toBeLessThan(1e-14 * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j + 1 < i; j++) expect(T[i * n + j]).toBe(0);
        expect(re[i]).toBe(T[i * n + i]);
        if (i === 0) continue;
        const below = T[i * n + i - 1]!;
        if (below === 0) continue;
        expect(im[i - 1]).toBeGreaterThan(0);
        expect(im[i]).toBe(-im[i - 1]!);
        expect(T[i * n + i]).toBe(T[(i - 1) * n + i - 1]);
        expect(Math.sign(T[(i - 1) * n + i]!)).toBe(-Math.sign(below));
      }
    }
  });

  it("gives up at the cap instead of going on", () => {
    const { a, n } = grcar(8);
    expect(realSchur(a.slice(), n, 0, n, 0)).toBeUndefined();
    expect(realSchur(a.slice(), n, 0, n, 2)).toBeUndefined();
    expect(realSchur(a.slice(), n, 0, n)).toBeDefined();
  });
});

describe("balancing", () => {
  it("is an exact similarity: undoing it takes eigenvectors back", () => {
    const random = Random.of(72, "balance");
    for (let round = 0; round < 40; round++) {
      const n = random.integer(2, 8);
      const powers = random.vector(n, () => 2 ** random.integer(-20, 20));
      const matrix = squareMatrix("b", n, (i, j) =>
        random.unit() < 0.6 ? (random.real() * powers[i]!) / powers[j]! : 0,
      );
      const balanced = matrix.a.slice();
      const balancing = balance(balanced, n);
      // column j of B = S⁻¹PᵀAPS, taken back, is A times the j-th unit vector taken back
      for (let j = 0; j < n; j++) {
        const unit = new Float64Array(n);
        unit[j] = 1;
        undoRight(balancing, unit);
        const column = Float64Array.from({ length: n }, (_, i) => balanced[i * n + j]!);
        undoRight(balancing, column);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += matrix.a[i * n + k]! * unit[k]!;
          expect(column[i]).toBe(sum);
        }
      }
      // left and right are dual: yᵀx is kept
      const x = Float64Array.from({ length: n }, () => random.integer(-9, 9));
      const y = Float64Array.from({ length: n }, () => random.integer(-9, 9));
      const before = x.reduce((sum, value, i) => sum + value * y[i]!, 0);
      undoRight(balancing, x);
      undoLeft(balancing, y);
      expect(x.reduce((sum, value, i) => sum + value * y[i]!, 0)).toBe(before);
    }
  });

  it("isolates the eigenvalues of a triangular matrix in any order, and evens out rows and columns", () => {
    const random = Random.of(73, "isolate");
    const n = 7;
    const to = random.shuffled([0, 1, 2, 3, 4, 5, 6]);
    const hidden = squareMatrix("hidden", n, (i, j) => (to[i]! <= to[j]! ? 1 + i + j : 0));
    const { lo, hi } = balance(hidden.a, n);
    expect(hi - lo).toBeLessThanOrEqual(1);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expect(hidden.a[i * n + j]).toBe(0);

    const skewed = squareMatrix("skewed", 2, (i, j) => (i === j ? 1 : i < j ? 2 ** 30 : 2 ** -30));
    balance(skewed.a, 2);
    expect([...skewed.a].every((x) => x >= 0.5 && x <= 2)).toBe(true);
  });
});
