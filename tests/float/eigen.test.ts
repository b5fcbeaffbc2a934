import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ComplexPair } from "../../src/base/result.ts";
import { type Eigendecomposition, eigen, RESIDUAL_LIMIT } from "../../src/float/eigen.ts";
import { Random } from "../support/random.ts";
import { clement, companion, frank, grcar, NASTY, squareMatrix, type TestMatrix, tridiagonal } from "./matrices.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

function solved({ name, n, a }: TestMatrix): Eigendecomposition {
  const result = eigen(a, n);
  if (!result.ok) throw new Error(`${name}: ${result.message}`);
  return result;
}

/** Largest ‖J x − λ x‖₂ / max |J_ij| of the right, and of the left pairs; the divisor is at most ‖J‖₂. */
function residuals({ n, a }: TestMatrix, { values, right, left }: Eigendecomposition): number {
  let large = 0;
  for (const x of a) large = Math.max(large, Math.abs(x));
  if (large === 0) return Math.max(...values.flat().map(Math.abs));
  let worst = 0;
  values.forEach(([wr, wi], k) => {
    for (const [side, w] of [
      [right, wi],
      [left, -wi],
    ] as const) {
      let sum = 0;
      let length = 0;
      for (let i = 0; i < n; i++) {
        const [xr, xi] = [side.re[k * n + i]!, side.im[k * n + i]!];
        let re = -((wr / large) * xr - (w / large) * xi);
        let im = -((wr / large) * xi + (w / large) * xr);
        for (let j = 0; j < n; j++) {
          const entry = (side === left ? a[j * n + i]! : a[i * n + j]!) / large;
          re += entry * side.re[k * n + j]!;
          im += entry * side.im[k * n + j]!;
        }
        sum += re * re + im * im;
        length += xr * xr + xi * xi;
      }
      if (!(Math.abs(length - 1) < 1e-13)) throw new Error(`vector ${k} has the squared length ${length}`);
      if (!(Math.sqrt(sum) <= worst)) worst = Math.sqrt(sum);
    }
  });
  return worst;
}

/** Largest distance in the best greedy matching of two spectra. */
function distance(found: readonly ComplexPair[], expected: readonly ComplexPair[]): number {
  expect(found.length).toBe(expected.length);
  const rest = [...expected];
  let worst = 0;
  for (const [re, im] of found) {
    const gaps = rest.map(([x, y]) => Math.hypot(re - x, im - y));
    const at = gaps.indexOf(Math.min(...gaps));
    worst = Math.max(worst, gaps[at]!);
    rest.splice(at, 1);
  }
  return worst;
}

function isClosedUnderConjugation(values: readonly ComplexPair[]): boolean {
  return values.every(([re, im], k) => {
    if (im === 0) return true;
    const partner = values[im > 0 ? k + 1 : k - 1]!;
    return partner[0] === re && partner[1] === -im;
  });
}

describe("every pair of every matrix", () => {
  it("random matrices up to R = 40: residual ≤ 1e-12 ‖J‖, conjugates exact", () => {
    const random = Random.of(1, "random matrices");
    let worst = 0;
    const count = FULL ? 10_000 : 400;
    for (let k = 0; k < count; k++) {
      const n = random.integer(1, 40);
      const matrix = squareMatrix("random", n, () => (k % 2 === 0 ? random.real() : random.normal()));
      const result = solved(matrix);
      worst = Math.max(worst, residuals(matrix, result));
      expect(isClosedUnderConjugation(result.values)).toBe(true);
    }
    if (FULL) console.log(`largest residual of ${count} random matrices: ${worst.toExponential(2)} max|J|`);
    expect(worst).toBeLessThanOrEqual(1e-12);
  });

  for (const [kind, make] of Object.entries(NASTY)) {
    it(`50 matrices of the kind "${kind}"`, () => {
      const random = Random.of(2, kind);
      let worst = 0;
      for (let k = 0; k < 50; k++) {
        const matrix = make(random);
        const result = solved(matrix);
        worst = Math.max(worst, residuals(matrix, result));
        expect(isClosedUnderConjugation(result.values)).toBe(true);
      }
      if (FULL) console.log(`largest residual, ${kind}: ${worst.toExponential(2)} max|J|`);
      expect(worst).toBeLessThanOrEqual(1e-12);
    });
  }

  it("the residuals of this test notice a wrong eigenvalue and a wrong vector", () => {
    const matrix = grcar(8);
    const result = solved(matrix);
    const values = result.values.map((value, k): ComplexPair => (k === 3 ? [value[0] + 1e-9, value[1]] : value));
    expect(residuals(matrix, { ...result, values })).toBeGreaterThan(1e-10);
    const re = result.right.re.slice();
    re[10]! += 1e-14;
    expect(residuals(matrix, result)).toBeLessThan(1e-14);
    expect(residuals(matrix, { ...result, right: { re, im: result.right.im } })).toBeGreaterThan(3e-15);
  });
});

describe("spectra known in closed form", () => {
  it("the matrix on which ml-matrix never returns", () => {
    const { values } = solved({ name: "cycle", n: 3, a: Float64Array.of(0, -1, 0, 1, 0, 1, 0, -1, 0) });
    expect(
      distance(values, [
        [0, 0],
        [0, Math.SQRT2],
        [0, -Math.SQRT2],
      ]),
    ).toBeLessThan(1e-15);
  });

  it("exactly, where the matrix shows them: triangular, diagonal, rotation, zero, 1×1", () => {
    expect(
      solved(squareMatrix("triangular", 4, (i, j) => (j > i ? 0.1 * (i + j) : j === i ? i / 3 : 0))).values,
    ).toEqual(expect.arrayContaining([0, 1 / 3, 2 / 3, 1].map((x) => [x, 0])));
    expect(solved({ name: "rotation", n: 2, a: Float64Array.of(0, -1, 1, 0) }).values).toEqual([
      [0, 1],
      [0, -1],
    ]);
    expect(solved({ name: "zero", n: 3, a: new Float64Array(9) }).values).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(solved({ name: "one", n: 1, a: Float64Array.of(-0.3) }).values).toEqual([[-0.3, 0]]);
  });

  it("tridiagonal Toeplitz: a + 2√(bc) cos(kπ/(n+1))", () => {
    for (const [n, b, a, c] of [
      [10, 1, 2, 1],
      [40, -1, 2, -1],
      [15, 0.5, 1, 2],
      [12, -1, 0.5, 1],
    ] as const) {
      const root = 2 * Math.sqrt(Math.abs(b * c));
      const expected = Array.from({ length: n }, (_, k): ComplexPair => {
        const x = root * Math.cos(((k + 1) * Math.PI) / (n + 1));
        return b * c > 0 ? [a + x, 0] : [a, x];
      });
      expect(distance(solved(tridiagonal(n, b, a, c)).values, expected)).toBeLessThan(2e-12);
    }
  });

  it("Clement: ±(n−1), ±(n−3), …", () => {
    for (const n of [2, 7, 16]) {
      const expected = Array.from({ length: n }, (_, k): ComplexPair => [n - 1 - 2 * k, 0]);
      expect(distance(solved(clement(n)).values, expected)).toBeLessThan(1e-10);
    }
  });

  it("roots of unity, as companion matrix and as cyclic shift", () => {
    for (const n of [3, 8, 31, 40]) {
      const expected = Array.from({ length: n }, (_, k): ComplexPair => {
        const angle = (2 * Math.PI * k) / n;
        return [Math.cos(angle), Math.sin(angle)];
      });
      const c = [-1, ...new Array<number>(n - 1).fill(0)];
      expect(distance(solved(companion(c)).values, expected)).toBeLessThan(1e-13);
      const shift = squareMatrix("shift", n, (i, j) => (j === (i + 1) % n ? 1 : 0));
      expect(distance(solved(shift).values, expected)).toBeLessThan(1e-13);
    }
  });

  it("Frank: positive, in reciprocal pairs", () => {
    const values = solved(frank(8)).values.map(([re, im]) => {
      expect(im).toBe(0);
      return re;
    });
    values.sort((a, b) => a - b);
    values.forEach((value, k) => {
      expect(value * values[values.length - 1 - k]!).toBeCloseTo(1, 8);
    });
  });

  it("a Jordan block within the m-th root of the rounding error", () => {
    const n = 6;
    const jordan = squareMatrix("jordan", n, (i, j) => (i === j ? 0.5 : j === i + 1 ? 1 : 0));
    // similar by a fixed shear, so that it is not triangular
    for (let k = 0; k < n; k++) jordan.a[5 * n + k]! += jordan.a[k]!;
    for (let k = 0; k < n; k++) jordan.a[k * n]! -= jordan.a[k * n + 5]!;
    const expected = Array.from({ length: n }, (): ComplexPair => [0.5, 0]);
    expect(distance(solved(jordan).values, expected)).toBeLessThan(1e-2);
  });
});

describe("laws", () => {
  it("scales exactly with powers of two, from 2^-990 to 2^990", () => {
    const random = Random.of(3, "scaling");
    for (let k = 0; k < 20; k++) {
      const n = random.integer(1, 12);
      const matrix = squareMatrix("scaled", n, () => random.real());
      const { values } = solved(matrix);
      for (const factor of [2 ** -990, 2 ** -3, 2 ** 990]) {
        const scaled = solved({ ...matrix, a: matrix.a.map((x) => x * factor) });
        expect(scaled.values).toEqual(values.map(([re, im]) => [re * factor, im * factor]));
      }
    }
  });

  it("left and right vectors of different simple eigenvalues are orthogonal", () => {
    const random = Random.of(4, "biorthogonal");
    const n = 9;
    const { values, right, left } = solved(squareMatrix("random", n, () => random.real()));
    for (let k = 0; k < n; k++) {
      for (let l = 0; l < n; l++) {
        let re = 0;
        let im = 0;
        for (let i = 0; i < n; i++) {
          re += left.re[k * n + i]! * right.re[l * n + i]! + left.im[k * n + i]! * right.im[l * n + i]!;
          im += left.re[k * n + i]! * right.im[l * n + i]! - left.im[k * n + i]! * right.re[l * n + i]!;
        }
        if (k === l) expect(Math.hypot(re, im)).toBeGreaterThan(1e-3);
        else expect(Math.hypot(re, im), `${values[k]} and ${values[l]}`).toBeLessThan(1e-12);
      }
    }
  });

  it("does not change its input and gives the same every time", () => {
    const matrix = grcar(12);
    const before = matrix.a.slice();
    expect(solved(matrix)).toEqual(solved(matrix));
    expect(matrix.a).toEqual(before);
  });
});

describe("failures are values", () => {
  it("names what can't be solved", () => {
    expect(eigen(Float64Array.of(1, Number.NaN, 0, 1), 2)).toMatchObject({ ok: false, reason: "not-finite" });
    expect(eigen(Float64Array.of(1, Number.POSITIVE_INFINITY, 0, 1), 2)).toMatchObject({ reason: "not-finite" });
    const large = 1.7e308;
    expect(eigen(Float64Array.of(large, large, large, large), 2)).toMatchObject({ ok: false, reason: "overflow" });
  });

  it("holds the limit that it states", () => {
    expect(RESIDUAL_LIMIT).toBe(1e-12);
    expect(solved(grcar(20)).residual).toBeLessThanOrEqual(RESIDUAL_LIMIT);
  });
});

describe("numpy (LAPACK)", () => {
  interface Entry {
    name: string;
    matrix: number[][];
    eigenvalues: ComplexPair[];
    condition: number;
  }
  const { entries }: { entries: Entry[] } = JSON.parse(
    readFileSync(new URL("fixtures/numpy-spectra.json", import.meta.url), "utf8"),
  );

  it.each(entries)("agrees on $name", ({ name, matrix, eigenvalues, condition }) => {
    const n = matrix.length;
    const a = Float64Array.from(matrix.flat());
    const norm = Math.hypot(...(name.startsWith("badly scaled") ? eigenvalues.flat() : a));
    // both are backward stable: Bauer and Fike's bound, or for badly scaled ones that of the balanced matrix
    const tolerance = 1e-13 * n * norm * (name.startsWith("badly scaled") ? 100 : condition);
    expect(distance(solved({ name, n, a }).values, eigenvalues)).toBeLessThan(tolerance);
  });

  it("would notice a wrong digit", () => {
    const { matrix, eigenvalues } = entries.find(({ name }) => name === "normal 6")!;
    const changed = eigenvalues.map((value, k): ComplexPair => (k === 0 ? [value[0] + 1e-9, value[1]] : value));
    const { values } = solved({ name: "changed", n: 6, a: Float64Array.from(matrix.flat()) });
    expect(distance(values, changed)).toBeGreaterThan(9e-10);
  });
});
