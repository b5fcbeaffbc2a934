import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import { isClearAtAGlance } from "../../src/stability/glance.ts";
import { KNIFE_EDGE, ROUNDING } from "../../src/stability/near-degeneracy.ts";
import { perronRoot } from "../../src/stability/sensitivity.ts";
import { lineariseSides } from "../../src/stability/stability.ts";
import { largestRoot } from "../../src/verify/nonnegative.ts";
import { Random } from "../support/random.ts";

const edges = async (model: object) =>
  (await findFixedPoints(model as ModelInput)).fixedPoints.map(({ nearlyDegenerate }) => nearlyDegenerate);

/** z' = A z + Vᵀ relu(U z − hx) − hz with one unit that is off at the fixed point, far away. */
const linear = (A: number[][], hz: number[]) => ({
  A,
  U: [[1, ...hz.slice(1).map(() => 0)]],
  V: [hz.map(() => 0)],
  hx: [100.1],
  hz,
});

describe("precision of a model's numbers", () => {
  it("is single iff all of them are", async () => {
    const model = { A: [0.5], U: [[1]], V: [[Math.fround(0.1)]], hx: [0.25], hz: [1] };
    expect((await parseModel(model)).precision).toBe("float32");
    expect((await parseModel({ ...model, V: [[0.1]] })).precision).toBe("float64");
  });
});

describe("what hangs on the last digits", () => {
  it("a line of fixed points broken by rounding: 0.7 + 0.3 is not 1", async () => {
    const broken = { A: [0.7], U: [[1]], V: [[0.3]], hx: [-0.5], hz: [0.15] };
    const [edge] = await edges(broken);
    expect(edge?.because).toContain("singular matrix");
    expect(edge?.precision).toBe("float64");
    expect(edge!.margin).toBeLessThan(1);
    // 0.75 + 0.25 is: there the line is whole, and no point
    expect(await edges({ ...broken, A: [0.75], V: [[0.25]], hz: [0.125] })).toEqual([]);
    // and at 0.71 there is nothing to tell
    expect(await edges({ ...broken, A: [0.71] })).toEqual([undefined, undefined]);
  });

  it("two points 1e-14 apart, each by the other, and not those 1e-3 apart", async () => {
    const pair = (gap: number) => ({ A: [0.5], U: [[1]], V: [[1.5]], hx: [0.5 + gap], hz: [-0.25] });
    const near = await edges(pair(1e-14));
    expect(near).toHaveLength(2);
    for (const edge of near) expect(edge?.because).toEqual(["hyperplane", "neighbour"]);
    expect(await edges(pair(1e-3))).toEqual([undefined, undefined]);
  });

  it("eigenvalues within rounding of the boundary, real, complex and in continuous time", async () => {
    const turn = (size: number) => [
      [0.6 * size, -0.8 * size],
      [0.8 * size, 0.6 * size],
    ];
    for (const [size, near] of [
      [1 - 2 ** -50, true],
      [1 - 2 ** -30, false],
    ] as const) {
      const expected = near ? [expect.objectContaining({ because: ["eigenvalue"] })] : [undefined];
      expect(await edges(linear([[-size]], [0.1]))).toEqual(expected);
      expect(await edges(linear(turn(size), [0.1, 0.2]))).toEqual(expected);
    }
    // the same number is near for float32: all others are such
    expect(await edges({ ...linear([[-(1 - 2 ** -22)]], [0.125]), hx: [100] })).toEqual([
      { margin: 4, because: ["eigenvalue"], precision: "float32" },
    ]);
    const focus = {
      kind: "continuous",
      ...linear(
        [
          [1e-15, -1],
          [1, -2e-15],
        ],
        [0.1, 0.2],
      ),
    };
    expect((await edges(focus))[0]?.because).toEqual(["eigenvalue"]);
  });

  it("says 0 of what lies on the boundary, and nothing of what zeros hold there", async () => {
    expect((await edges(linear([[-1]], [0.1])))[0]).toMatchObject({ margin: 0, because: ["eigenvalue"] });
    // a tie at hx = 0.5 is one of chance, one at z = 0 with hx = 0 stays whatever the other numbers are
    const tie = (hx: number, hz: number) => ({ A: [0.5], U: [[1]], V: [[0.25]], hx: [hx], hz: [hz] });
    expect((await edges(tie(0.5, -0.25)))[0]).toMatchObject({ margin: 0, because: ["hyperplane"] });
    expect(await edges(tie(0, 0))).toEqual([undefined]);
    // nor is a tie one of chance where only the rounding errors of an inverse would move it
    const latent = {
      kind: "leakyPLRNN",
      W: [
        [0, -1, 2],
        [2, 0, 0],
        [-1, 0, -1],
      ],
      h: [0, 0, -1],
      alpha: 0.2,
    };
    expect(await edges(latent)).toEqual([undefined]);
  });

  it("is nothing in a defective matrix whose eigenvalues lie inside", async () => {
    expect(
      await edges(
        linear(
          [
            [0.5, 1],
            [0, 0.5],
          ],
          [0.1, 0.2],
        ),
      ),
    ).toEqual([undefined]);
  });

  it("does not depend on the scales of coordinates and units", async () => {
    const scaled = (z: number, unit: number) => ({
      A: [
        [0.3, 0.4 * z],
        [0.5 / z, 0.1],
      ],
      U: [[unit, unit * z * (1 + 2 ** -49)]],
      V: [[0, 0]],
      hx: [unit * 1.5],
      hz: [-0.3, -0.4 / z],
    });
    const base = await edges(scaled(1, 1));
    expect(base).toHaveLength(1);
    for (const [z, unit] of [
      [2 ** 20, 1],
      [2 ** -20, 2 ** 30],
    ] as const)
      expect(await edges(scaled(z, unit))).toEqual(base);
  });
});

describe("margins against trials", () => {
  /** A number in units of 2^-80. */
  const fixed = (x: number) => BigInt(Math.round(x * 2 ** 80));

  it("of a singular matrix: less changes no sign of the determinant, twelve times as much does", async () => {
    const random = Random.of(51, "margins");
    let told = 0;
    const corners = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].map((i) => ((bits >> i) & 1 ? 1n : -1n)));
    for (let k = 0; k < 60; k++) {
      // the rows of A − I are multiples of each other but for some last places
      const [a, b, c] = random.vector(3, () => random.nonzero(() => random.integer(-9, 9)) / 16) as [
        number,
        number,
        number,
      ];
      const A = [
        [1 + a, b],
        [a * c, 1 + b * c + random.nonzero(() => random.integer(-5, 5)) * 2 ** -51],
      ];
      // without a hyperplane: the point itself may lie anywhere
      const [edge] = await edges({ ...linear(A, [0.1, 0.2]), U: [[0, 0]] });
      if (edge === undefined) continue;
      expect(edge.because).toContain("singular matrix");
      if (edge.because.length > 1) continue;
      told++;
      const unit = ROUNDING[edge.precision] * edge.margin;
      const signs = (times: number) =>
        corners.map((corner) => {
          const moved = A.flat().map((x, i) => fixed(x) + corner[i]! * fixed(Math.abs(x) * unit * times));
          const [p, q, r, t] = moved.map((x, i) => (i % 3 === 0 ? x - fixed(1) : x)) as [
            bigint,
            bigint,
            bigint,
            bigint,
          ];
          return p * t > q * r;
        });
      expect(new Set(signs(0.98)).size).toBe(1);
      expect(new Set(signs(12)).size).toBe(2);
    }
    expect(told).toBeGreaterThan(20);
  });

  it("a glance passes no point that a closer look tells", async () => {
    const random = Random.of(52, "glance");
    let passed = 0;
    for (let k = 0; k < 300; k++) {
      const R = random.integer(1, 4);
      const model = await parseModel({
        A: random.matrix(R, R, () => Math.fround(random.real(1.2))),
        U: random.matrix(6, R, () => Math.fround(random.real())),
        V: random.matrix(6, R, () => Math.fround(random.real(0.5))),
        hx: random.vector(6, () => Math.fround(random.real())),
        hz: random.vector(R, () => Math.fround(random.real())),
      });
      const { fixedPoints } = await findFixedPoints(model);
      for (const point of fixedPoints) {
        const [side] = lineariseSides(model.system, point).sides;
        // a coarser unit, so that some are near
        const clear = isClearAtAGlance(model.system, point.z, side!, KNIFE_EDGE * ROUNDING.float32);
        if (clear) passed++;
        if (point.nearlyDegenerate === undefined) continue;
        expect(clear).toBe(false);
      }
    }
    expect(passed).toBeGreaterThan(200);
  });
});

it("the largest eigenvalue of a matrix without negative entries, in two ways", () => {
  const random = Random.of(53, "perron");
  for (let k = 0; k < 100; k++) {
    const n = random.integer(1, 7);
    const rows = random.matrix(n, n, () => (random.integer(0, 1) === 1 ? Math.abs(random.real()) : 0));
    const squared = largestRoot(rows);
    const iterated = perronRoot(Float64Array.from(rows.flat()), n);
    if (squared === 0) continue;
    expect(iterated / squared).toBeGreaterThan(1 - 2 ** -8);
    expect(iterated / squared).toBeLessThan(1.05);
  }
});
