import { describe, expect, it } from "vitest";
import { nullSpace } from "../../src/exact/elimination.ts";
import { ofInteger } from "../../src/exact/rational.ts";
import { eigen } from "../../src/float/eigen.ts";
import { findFixedPoints } from "../../src/index.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { transverseLinearisation } from "../../src/stability/transverse.ts";
import { random } from "../regions/arrangements.ts";

const silent = { U: [[0, 0]], V: [[0, 0]], hx: [1], hz: [0, 0] };

/** G(z) = M z with integer M and one silent unit. */
function linear(M: readonly number[], R: number, time: "discrete" | "continuous"): PiecewiseLinearSystem {
  return {
    latentDim: R,
    hyperplanes: 0,
    time,
    M: ExactArray.ofNumbers(M),
    g: ExactArray.ofNumbers(new Float64Array(R)),
    U: new Float64Array(0),
    V: ExactArray.ofNumbers([]),
    h: ExactArray.ofNumbers([]),
  };
}

describe("the linearisation transverse to a continuum", () => {
  it.each([
    [
      "along an axis",
      [
        [1, 0],
        [0, 0.5],
      ],
      [[0.5, 0]],
    ],
    [
      "along a diagonal",
      [
        [0.75, 0.25],
        [0.25, 0.75],
      ],
      [[0.5, 0]],
    ],
    [
      "repelling",
      [
        [1, 7],
        [0, -3],
      ],
      [[-3, 0]],
    ],
    [
      "of the whole plane",
      [
        [1, 0],
        [0, 1],
      ],
      [],
    ],
  ])("%s", async (_, A, eigenvalues) => {
    const { continua } = await findFixedPoints({ ...silent, A });
    expect(continua).toHaveLength(1);
    expect(continua[0]!.transverse).toEqual(continua[0]!.regions.map((active) => ({ active, eigenvalues })));
  });

  it("differs from region to region of one line", async () => {
    // on both sides of z2 = 0 the line z2 = 0 is fixed; z2' = z2/2 below and z2/2 + 0.25 z2 above
    const { continua } = await findFixedPoints({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U: [[0, 1]],
      V: [[0, 0.25]],
      hx: [0],
      hz: [0, 0],
    });
    expect(continua[0]!.transverse).toEqual([
      { active: [], eigenvalues: [[0.5, 0]] },
      { active: [0], eigenvalues: [[0.75, 0]] },
    ]);
  });

  it("has the eigenvalues of the Jacobian but for those along the continuum", () => {
    const next = random(12);
    for (let round = 0; round < 40; round++) {
      const R = 2 + (round % 4);
      const d = 1 + (round % (R - 1));
      const time = round % 2 ? "continuous" : "discrete";
      // M = X Y with R − d columns and rows of small integers: rank R − d
      const small = () => Math.floor(next() * 7) - 3;
      const X = Array.from({ length: R * (R - d) }, small);
      const Y = Array.from({ length: (R - d) * R }, small);
      const M = Array.from({ length: R * R }, (_, at) =>
        Array.from({ length: R - d }, (_, k) => X[Math.floor(at / R) * (R - d) + k]! * Y[k * R + (at % R)]!).reduce(
          (a, b) => a + b,
          0,
        ),
      );
      const basis = nullSpace(M.map(BigInt), R, R);
      if (basis.length !== d) continue;
      const J = M.map((x, at) => (time === "discrete" && at % (R + 1) === 0 ? x + 1 : x));
      const along = time === "discrete" ? 1 : 0;
      const decomposition = eigen(Float64Array.from(J), R);
      expect(decomposition).toHaveProperty("values");
      if (!("values" in decomposition)) continue;
      const { eigenvalues } = transverseLinearisation(linear(M, R, time), [], basis);
      expect(eigenvalues).toHaveLength(R - d);
      // power sums of both spectra agree: traces of J and J²
      const both = [...eigenvalues, ...Array.from({ length: d }, () => [along, 0] as const)];
      for (const power of [
        (re: number, _: number) => re,
        (re: number, im: number) => re * re - im * im,
        (re: number, im: number) => re * re * re - 3 * re * im * im,
      ]) {
        const total = (values: readonly (readonly [number, number])[]) =>
          values.reduce((sum, [re, im]) => sum + power(re, im), 0);
        expect(total(both)).toBeCloseTo(total(decomposition.values), 6);
      }
    }
  });

  it("would be wrong for directions that are not tangent", () => {
    const skew = transverseLinearisation(linear([0, 0, 0, -0.5], 2, "discrete"), [], [[ofInteger(0n), ofInteger(1n)]]);
    expect(skew.eigenvalues).not.toEqual([[0.5, 0]]);
  });
});
