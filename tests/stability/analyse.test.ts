import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { singularValues } from "../../src/float/singular-values.ts";
import { isStillpointError } from "../../src/model/errors.ts";
import { analyse } from "../../src/stability/analyse.ts";
import { frequency, timeConstant } from "../../src/stability/modes.ts";
import { squareMatrix } from "../float/matrices.ts";
import { plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

describe("time constants and frequencies", () => {
  it("discrete: λ = exp(−dt/τ + 2πi f dt)", () => {
    const dt = 0.01;
    for (const [tau, f] of [
      [0.5, 3],
      [2, 10],
      [-0.3, 1],
    ] as const) {
      const size = Math.exp(-dt / tau);
      const angle = 2 * Math.PI * f * dt;
      const value = [size * Math.cos(angle), size * Math.sin(angle)] as const;
      expect(timeConstant(value, "discrete", dt)).toBeCloseTo(tau, 10);
      expect(frequency(value, "discrete", dt)).toBeCloseTo(f, 10);
    }
    expect(timeConstant([1 - 1e-12, 0], "discrete", 1)).toBeCloseTo(1e12, -8);
    expect(timeConstant([-1, 0], "discrete", 1)).toBe(Number.POSITIVE_INFINITY);
    expect(timeConstant([0, 0], "discrete", 1)).toBe(0);
    expect(frequency([-0.5, 0], "discrete", 0.1)).toBeCloseTo(5, 12);
  });

  it("continuous: λ = −τ₀/τ + 2πi f τ₀", () => {
    expect(timeConstant([-0.5, 1], "continuous", 0.02)).toBeCloseTo(0.04, 12);
    expect(frequency([-0.5, 2 * Math.PI], "continuous", 0.02)).toBeCloseTo(50, 10);
    expect(timeConstant([0, 1], "continuous", 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("singular values", () => {
  interface Entry {
    name: string;
    matrix: number[][];
    singularValues: number[];
  }
  const { entries }: { entries: Entry[] } = JSON.parse(
    readFileSync(new URL("../float/fixtures/numpy-spectra.json", import.meta.url), "utf8"),
  );

  it.each(entries)("agree with numpy on $name", ({ matrix, singularValues: expected }) => {
    const found = singularValues(Float64Array.from(matrix.flat()), matrix.length)!;
    found.forEach((value, k) => {
      expect(Math.abs(value - expected[k]!)).toBeLessThanOrEqual(1e-13 * matrix.length * expected[0]!);
    });
  });

  it("of singular, zero, tiny and huge matrices", () => {
    expect(singularValues(Float64Array.of(1, 2, 2, 4), 2)!.map((x) => Math.round(x * 1e12) / 1e12)).toEqual([5, 0]);
    expect(singularValues(new Float64Array(9), 3)).toEqual([0, 0, 0]);
    const random = Random.of(41, "singular values");
    const base = squareMatrix("base", 6, () => random.real());
    const values = singularValues(base.a, 6)!;
    for (const factor of [2 ** -990, 2 ** 990]) {
      expect(
        singularValues(
          base.a.map((x) => x * factor),
          6,
        ),
      ).toEqual(values.map((x) => x * factor));
    }
    expect(singularValues(Float64Array.of(Number.NaN), 1)).toBeUndefined();
    expect(singularValues(Float64Array.of(1.7e308, 1.7e308, 1.7e308, 1.7e308), 2)).toBeUndefined();
  });
});

describe("analyse", () => {
  // z = (2, 1): unit 0 is on (2 − 1 = 1), unit 1 is off (1 − 3 = −2)
  const system = plainSystem({
    A: [
      [0.5, 0],
      [0, 0.25],
    ],
    U: [
      [1, 0],
      [0, 1],
    ],
    V: [
      [0.25, 0],
      [0, 7],
    ],
    hx: [1, 3],
    hz: [-0.75, -0.75],
  });
  const point = { z: [2, 1], active: [0], ties: [] };

  it("modes, margins and observables of a case worked by hand", () => {
    const analysis = analyse(system, point, { dt: 2 });
    expect(analysis.eigenvalues).toEqual([
      [0.75, 0],
      [0.25, 0],
    ]);
    expect(analysis.modes.map(({ eigenvalue }) => eigenvalue)).toEqual(analysis.eigenvalues);
    expect(analysis.modes[0]!.timeConstant).toBeCloseTo(-2 / Math.log(0.75), 12);
    expect(analysis.modes[0]!.right).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect(analysis.modes[1]!.left).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(analysis.margins).toEqual({
      nearestHyperplane: { index: 0, distance: 1 },
      spectralGap: 0.25,
      smallestSingularValue: 0.25,
    });
    expect(analysis.observables).toEqual({
      x: Float64Array.of(2, 1),
      rates: Float64Array.of(1, 0),
      activeFraction: 0.5,
    });
  });

  it("the modes are eigenpairs of the Jacobian", () => {
    const random = Random.of(42, "modes");
    const R = 6;
    const A = random.matrix(R, R, () => random.real());
    const open = plainSystem({ A, U: [], V: [], hx: [], hz: random.vector(R, () => 0) });
    for (const { eigenvalue, right, left } of analyse(open, { z: new Array(R).fill(0), active: [], ties: [] }).modes) {
      const [re, im] = eigenvalue;
      for (let i = 0; i < R; i++) {
        let rowRe = 0;
        let columnRe = 0;
        for (let k = 0; k < R; k++) {
          rowRe += A[i]![k]! * right[k]![0];
          columnRe += A[k]![i]! * left[k]![0];
        }
        expect(rowRe).toBeCloseTo(re * right[i]![0] - im * right[i]![1], 12);
        expect(columnRe).toBeCloseTo(re * left[i]![0] + im * left[i]![1], 12);
      }
    }
  });

  it("with ties: distance 0, and margins over all sides", () => {
    const tied = plainSystem({ A: [[0.5]], U: [[2]], V: [[0.2]], hx: [0], hz: [0] });
    const { margins, modes } = analyse(tied, { z: [0], active: [], ties: [0] });
    expect(margins.nearestHyperplane).toEqual({ index: 0, distance: 0 });
    expect(margins.spectralGap).toBeCloseTo(0.1, 12);
    expect(margins.smallestSingularValue).toBeCloseTo(0.1, 12);
    expect(modes[0]!.eigenvalue).toEqual([0.5, 0]);
  });

  it("no hyperplanes, and a distance that cancels", () => {
    const open = plainSystem({ A: [[0.5]], U: [[0]], V: [[1]], hx: [1], hz: [0] });
    expect(analyse(open, { z: [0], active: [], ties: [] }).margins.nearestHyperplane).toBeUndefined();
    const near = plainSystem({
      A: [
        [0, 0],
        [0, 0],
      ],
      U: [[3, 3]],
      V: [[0, 0]],
      hx: [1 + 2 ** -52],
      hz: [-1 / 3, 0],
    });
    const z = [1 / 3, 0];
    // 3·fl(1/3) = 1 − 2^-54
    const { distance } = analyse(near, { z, active: [], ties: [] }).margins.nearestHyperplane!;
    expect(distance).toBeCloseTo((2 ** -52 + 2 ** -54) / Math.sqrt(18), 30);
  });

  it("refuses a dt that is no time step", () => {
    for (const dt of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      let error: unknown;
      try {
        analyse(system, point, { dt });
      } catch (caught) {
        error = caught;
      }
      expect(isStillpointError(error) && error.code).toBe("INVALID_OPTION");
    }
  });
});
