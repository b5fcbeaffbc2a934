import { describe, expect, it } from "vitest";
import type { ComplexPair } from "../../src/base/result.ts";
import { scaleToIntegers } from "../../src/exact/integers.ts";
import { type ExactMatrix, rounded } from "../../src/exact/matrix.ts";
import { type Eigendecomposition, eigen } from "../../src/float/eigen.ts";
import { eigenvalueRadii } from "../../src/float/eigenvalue-bounds.ts";
import { canonicalOrder, classify, EXACT_TEST_MAX_DIM } from "../../src/stability/classify.ts";
import { characteristicPolynomial, countRoots } from "../../src/stability/root-count.ts";
import { grcar, squareMatrix, type TestMatrix, tridiagonal } from "../float/matrices.ts";
import { Random } from "../support/random.ts";

const exact = ({ n, a }: Pick<TestMatrix, "n" | "a">): ExactMatrix => {
  const { values, exponent } = scaleToIntegers(a);
  return { n, integers: values, exponent };
};
const matrix = (n: number, ...a: number[]): ExactMatrix => exact({ n, a: Float64Array.from(a) });

function decompose({ n, a }: TestMatrix): Eigendecomposition {
  const result = eigen(a, n);
  if (!result.ok) throw new Error(result.message);
  return result;
}

describe("discs that hold the exact eigenvalues", () => {
  it("hold spectra known in closed form, and are small", () => {
    for (const n of [3, 10, 30]) {
      const toeplitz = tridiagonal(n, 1, -0.25, 1);
      const result = decompose(toeplitz);
      const radii = eigenvalueRadii(toeplitz.a, result)!;
      const known = Array.from({ length: n }, (_, k) => -0.25 + 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
      result.values.forEach(([re], i) => {
        expect(radii[i]).toBeLessThan(1e-10);
        expect(Math.min(...known.map((x) => Math.abs(x - re)))).toBeLessThan(radii[i]! + 4e-16);
      });
    }
  });

  it("hold for matrices that a change within rounding was made to", () => {
    // the discs speak of every matrix that rounds to this one
    const random = Random.of(12, "discs");
    for (let k = 0; k < 40; k++) {
      const n = random.integer(2, 12);
      const base = squareMatrix("base", n, () => random.real());
      const result = decompose(base);
      const radii = eigenvalueRadii(base.a, result);
      if (radii === undefined) continue;
      const near = decompose({ ...base, a: base.a.map((x) => x * (1 + random.real(2 ** -53))) });
      for (const [re, im] of near.values) {
        const inside = result.values.some(([x, y], i) => Math.hypot(re - x, im - y) <= 2 * radii[i]!);
        expect(inside).toBe(true);
      }
    }
  });

  it("are large or undefined for a defective matrix, whose eigenvalues rounding does move", () => {
    // the Jordan block of ½, made full by an integer similarity
    const n = 4;
    const full = squareMatrix("jordan", n, (i, j) => (i === j ? 0.5 : j === i + 1 ? 1 : 0));
    for (let k = 0; k < n; k++) full.a[3 * n + k]! += full.a[k]!;
    for (let k = 0; k < n; k++) full.a[k * n]! -= full.a[k * n + 3]!;
    const radii = eigenvalueRadii(full.a, decompose(full));
    expect(radii === undefined || Math.max(...radii) > 1e-6).toBe(true);
  });

  it("grow with a wrong eigenvalue (negative control)", () => {
    const base = grcar(6);
    const result = decompose(base);
    const values = result.values.map(([re, im], k): ComplexPair => (k === 0 ? [re + 0.01, im] : [re, im]));
    const radii = eigenvalueRadii(base.a, { ...result, values })!;
    expect(Math.max(...radii)).toBeGreaterThan(0.009);
  });
});

describe("class of a linearisation", () => {
  it("plain cases in both times", () => {
    const cases = [
      [[0.5, 0, 0, -0.5], "stable", "saddle"],
      [[2, 0, 0, 3], "unstable", "unstable"],
      [[2, 0, 0, 0.5], "saddle", "unstable"],
      [[-0.5, 0, 0, -0.25], "stable", "stable"],
      [[-2, 0, 0, -3], "unstable", "stable"],
      [[0.6, -0.8, 0.8, 0.6], "unstable", "unstable"],
      [[0.6, -0.7, 0.7, 0.6], "stable", "unstable"],
    ] as const;
    for (const [entries, discrete, continuous] of cases) {
      expect(classify(matrix(2, ...entries), "discrete").stability, `${entries}`).toBe(discrete);
      expect(classify(matrix(2, ...entries), "continuous").stability, `${entries}`).toBe(continuous);
    }
  });

  it("a neutral direction makes marginal only what has no unstable one", () => {
    expect(classify(matrix(2, 1.25, 0, 0, -1), "discrete").stability).toBe("unstable");
    expect(classify(matrix(2, 0.5, 0, 0, -1), "discrete").stability).toBe("marginal");
    const three = classify(matrix(3, 1.25, 0, 3, 0, -1, 2, 0, 0, 0.5), "discrete");
    expect(three).toMatchObject({ stability: "saddle", directions: { stable: 1, neutral: 1, unstable: 1 } });
  });

  it("marginal only where an eigenvalue lies exactly on the boundary", () => {
    const up = 1 + 2 ** -52;
    const down = 1 - 2 ** -53;
    expect(classify(matrix(1, 1), "discrete").stability).toBe("marginal");
    expect(classify(matrix(1, up), "discrete").stability).toBe("unstable");
    expect(classify(matrix(1, down), "discrete").stability).toBe("stable");
    expect(classify(matrix(2, 0, -1, 1, 0), "discrete").stability).toBe("marginal");
    expect(classify(matrix(2, 0, -1, up, 0), "discrete").stability).toBe("unstable");
    expect(classify(matrix(2, 0, -1, down, 0), "discrete").stability).toBe("stable");
    expect(classify(matrix(2, 0, -3, 2, 0), "continuous").stability).toBe("marginal");
    expect(classify(matrix(2, 2 ** -60, -3, 2, 0), "continuous").stability).toBe("unstable");
    expect(classify(matrix(2, -(2 ** -60), -3, 2, 0), "continuous").stability).toBe("stable");
    // 0.6 and 0.8 are not exact, so this one is no rotation
    expect(classify(matrix(2, 0.6, -0.8, 0.8, 0.6), "discrete").stability).toBe("unstable");
  });

  it("sees what rounding the Jacobian hides", () => {
    const J: ExactMatrix = { n: 1, integers: [2n ** 80n + 1n], exponent: -80 };
    expect(rounded(J)[0]).toBe(1);
    const found = classify(J, "discrete");
    expect(found).toMatchObject({ eigenvalues: [[1, 0]], stability: "unstable" });
    // the number is moved to the side of the class
    expect(found.spectral?.value).toBe(1 + 2 ** -52);
    expect(found.spectral?.bounds[0]).toBe(1);
  });

  it("defective matrices by the exact test", () => {
    const block = (n: number, lambda: number) =>
      exact(squareMatrix("jordan", n, (i, j) => (i === j ? lambda : j === i + 1 ? 1 : 0)));
    for (const n of [2, 8, 20]) {
      expect(classify(block(n, 0.75), "discrete").stability).toBe("stable");
      expect(classify(block(n, 1), "discrete").stability).toBe("marginal");
      expect(classify(block(n, 1.5), "discrete").stability).toBe("unstable");
    }
  });

  it("without the exact test: what can't be told from the boundary is undecided", () => {
    const n = EXACT_TEST_MAX_DIM + 1;
    const diagonal = (last: number) =>
      exact(squareMatrix("d", n, (i, j) => (i !== j ? 0 : i === n - 1 ? last : i / (2 * n))));
    expect(classify(diagonal(0.9), "discrete").stability).toBe("stable");
    expect(classify(diagonal(1), "discrete")).toMatchObject({
      stability: "undetermined",
      directions: { stable: n - 1, neutral: 0, unstable: 0, undecided: 1 },
    });
    const saddle = exact(squareMatrix("s", n, (i, j) => (i !== j ? 0 : i < 2 ? 2 - i : 0.5)));
    expect(classify(saddle, "discrete")).toMatchObject({
      stability: "saddle",
      directions: { stable: n - 2, neutral: 0, unstable: 1, undecided: 1 },
    });
    const jordan = exact(squareMatrix("j", n, (i, j) => (i === j ? 0.5 : j === i + 1 ? 1 : 0)));
    expect(classify(jordan, "discrete").stability).toBe("undetermined");
  });

  it("agrees with the exact count on random matrices near the boundary", () => {
    const random = Random.of(13, "near the boundary");
    for (let k = 0; k < 150; k++) {
      const n = random.integer(1, 6);
      const J = exact(squareMatrix("r", n, () => random.integer(-2, 2) / 2));
      for (const time of ["discrete", "continuous"] as const) {
        const { inside, boundary, outside } = countRoots(characteristicPolynomial(J), time);
        const none = boundary > 0 ? "marginal" : "stable";
        const found = classify(J, time);
        expect(found.stability).toBe(outside === 0 ? none : inside === 0 ? "unstable" : "saddle");
        expect(found.directions).toEqual({ stable: inside, neutral: boundary, unstable: outside });
      }
    }
  });

  it("where the solver fails, the exact test still decides and no eigenvalues are given", () => {
    const large = 1.7e308;
    expect(classify(matrix(2, large, large, large, large), "discrete")).toMatchObject({
      eigenvalues: [],
      stability: "saddle",
      directions: { stable: 1, neutral: 0, unstable: 1 },
      spectral: undefined,
    });
    // past the dimensions of the exact test nothing decides
    const n = EXACT_TEST_MAX_DIM + 1;
    expect(classify(exact(squareMatrix("huge", n, () => large)), "discrete")).toMatchObject({
      eigenvalues: [],
      stability: "undetermined",
      directions: { stable: 0, neutral: 0, unstable: 0, undecided: n },
    });
  });
});

describe("the spectral number and its bounds", () => {
  it("agree with the class where rounding does not, and hold the exact one", () => {
    const random = Random.of(14, "products");
    let moved = 0;
    for (let k = 0; k < 400; k++) {
      // near singular: the second row is about a multiple of the first
      const [a, b, c] = random.vector(3, () => random.integer(1, 9)) as [number, number, number];
      const J = matrix(2, -a / 10, b / 10, (a * c) / 100, -(b * c) / 100);
      const { spectral, directions, eigenvalues } = classify(J, "continuous");
      const { value, bounds } = spectral!;
      expect(Math.sign(value)).toBe(directions.unstable > 0 ? 1 : directions.neutral > 0 ? 0 : -1);
      if (value !== eigenvalues[0]![0]) moved++;
      const shifted = (x: number) => {
        const { values, exponent } = scaleToIntegers([...rounded(J), x]);
        return {
          n: 2,
          exponent,
          integers: values.slice(0, 4).map((entry, at) => (at % 3 === 0 ? entry - values[4]! : entry)),
        };
      };
      expect(countRoots(characteristicPolynomial(shifted(bounds[1])), "continuous").outside).toBe(0);
      expect(countRoots(characteristicPolynomial(shifted(bounds[0])), "continuous").inside).toBeLessThan(2);
      // negative control: a hair past the bounds no longer holds it, or the bounds are wide
      expect(countRoots(characteristicPolynomial(shifted(bounds[1] + 1e-12)), "continuous").inside).toBe(2);
    }
    expect(moved).toBeGreaterThan(20);
  });

  it("of a defective matrix with wide discs, or none, end at the boundary of its class", () => {
    const jordan = exact(squareMatrix("j", 20, (i, j) => (i === j ? 0.5 : j === i + 1 ? 1 : 0)));
    const { bounds } = classify(jordan, "discrete").spectral!;
    expect(bounds[0]).toBeLessThanOrEqual(0.5);
    expect(bounds[1]).toBe(1);
  });
});

describe("canonical order", () => {
  it("the dominant first, positive imaginary part first", () => {
    const values: ComplexPair[] = [
      [0.5, 0],
      [0.3, -0.4],
      [-0.9, 0],
      [0.3, 0.4],
      [0.9, 0],
    ];
    expect(canonicalOrder(values, "discrete")).toEqual([
      [0.9, 0],
      [-0.9, 0],
      [0.5, 0],
      [0.3, 0.4],
      [0.3, -0.4],
    ]);
    expect(canonicalOrder(values, "continuous")).toEqual([
      [0.9, 0],
      [0.5, 0],
      [0.3, 0.4],
      [0.3, -0.4],
      [-0.9, 0],
    ]);
    expect(values[0]).toEqual([0.5, 0]);
  });
});
