import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseModel } from "../../src/model/parse.ts";
import { evaluate, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { linearise } from "../../src/stability/stability.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

/** z' = A z + Σ v relu(u z), fixed point 0 with all ties. */
function atOrigin(A: number[][], U: number[][], V: number[][]): { system: PiecewiseLinearSystem; ties: number[] } {
  const plain: Plain = { A, U, V, hx: U.map(() => 0), hz: A.map(() => 0) };
  return { system: plainSystem(plain), ties: U.map((_, j) => j) };
}

/** The map with slope `left` for z < 0 and `right` for z > 0. */
const line = (left: number, right: number) => atOrigin([[left]], [[1]], [[right - left]]);

function classAtOrigin({ system, ties }: ReturnType<typeof atOrigin>): string {
  return linearise(system, { active: [], ties }).stability;
}

const asContinuous = ({ system, ties }: ReturnType<typeof atOrigin>) => ({
  system: { ...system, time: "continuous" } as const,
  ties,
});

describe("a fixed point inside its region", () => {
  it("eigenvalues, spectral radius and class of the one Jacobian", () => {
    const system = plainSystem({
      A: [
        [0.5, 0],
        [0, 2],
      ],
      U: [[1, 0]],
      V: [[0.25, 0]],
      hx: [-1],
      hz: [0, 0],
    });
    const bounds = expect.any(Array);
    const directions = { stable: 1, neutral: 0, unstable: 1 };
    expect(linearise(system, { active: [0], ties: [] })).toEqual({
      eigenvalues: [
        [2, 0],
        [0.75, 0],
      ],
      spectralRadius: 2,
      spectralBounds: bounds,
      stability: "saddle",
      directions,
      hyperbolic: true,
    });
    expect(linearise({ ...system, time: "continuous" }, { active: [0], ties: [] })).toEqual({
      eigenvalues: [
        [1, 0],
        [-0.25, 0],
      ],
      spectralAbscissa: 1,
      spectralBounds: bounds,
      stability: "saddle",
      directions,
      hyperbolic: true,
    });
  });
});

describe("a fixed point on a boundary, in one dimension", () => {
  it.each([
    [0.75, 0.25, "stable"],
    [2, 3, "unstable"],
    [0.5, 2, "semistable"],
    [1, 0.5, "marginal"],
    [0.5, -5, "stable"], // the right side maps into the left one, which contracts
    [0, -5, "stable"],
    [2, -0.125, "unstable"],
    [1, -0.125, "marginal"],
    [-0.5, -1.5, "stable"], // two steps: 0.75
    [-0.5, -2, "marginal"],
    [-0.5, -3, "unstable"],
  ])("slopes %d and %d: %s", (left, right, expected) => {
    expect(classAtOrigin(line(left, right))).toBe(expected);
    // the same with the axis reversed
    expect(classAtOrigin(atOrigin([[left]], [[-1]], [[-(right - left)]]))).toBe(classAtOrigin(line(right, left)));
    expect(classAtOrigin(line(right, left))).toBe(expected);
  });

  it("agrees with orbits", () => {
    for (const left of [-3, -1.5, -0.6, 0.3, 0.9, 1.7]) {
      for (const right of [-2.5, -0.4, 0.2, 1.3]) {
        const tied = line(left, right);
        const ends = [-1e-3, 1e-3].map((start) => {
          let z = start;
          for (let t = 0; t < 400 && Math.abs(z) < 1; t++) z += evaluate(tied.system, [z])[0]!;
          return Math.abs(z) < 1e-6 ? "in" : "out";
        });
        const expected = ends[0] !== ends[1] ? "semistable" : ends[0] === "in" ? "stable" : "unstable";
        expect(classAtOrigin(tied), `${left} ${right}`).toBe(expected);
      }
    }
  });

  it.each([
    [0.75, 0.25, 0.75],
    [0.5, 2, 2],
    [0.5, -5, 0.5],
    [-0.5, -2, 1],
    [-0.5, -1.5, Math.sqrt(0.75)],
    [2, -0.125, 2],
  ])("slopes %d and %d: the distance grows by %d in a step", (left, right, growth) => {
    for (const tied of [line(left, right), line(right, left)]) {
      const { spectralRadius, spectralBounds } = linearise(tied.system, { active: [], ties: [0] });
      expect(spectralRadius).toBeCloseTo(growth, 14);
      expect(spectralBounds![0]).toBeLessThanOrEqual(growth);
      expect(spectralBounds![1]).toBeGreaterThanOrEqual(growth);
    }
  });

  it("continuous time: each side on its own", () => {
    // M = A − I
    expect(classAtOrigin(asContinuous(line(0.5, -3)))).toBe("stable");
    expect(classAtOrigin(asContinuous(line(2, 3)))).toBe("unstable");
    expect(classAtOrigin(asContinuous(line(0.5, 3)))).toBe("semistable");
    expect(classAtOrigin(asContinuous(line(0.5, 1)))).toBe("marginal");
  });
});

describe("a fixed point on a boundary, in more dimensions", () => {
  const spiral = (size: number, angle: number) => [
    [size * Math.cos(angle), -size * Math.sin(angle)],
    [size * Math.sin(angle), size * Math.cos(angle)],
  ];

  it("one quadratic form for all sides proves stable, and unstable", () => {
    const inward = atOrigin(
      spiral(0.8, 1),
      [
        [1, 0],
        [0.3, 1],
      ],
      [
        [0.05, -0.1],
        [0.08, 0.02],
      ],
    );
    expect(classAtOrigin(inward)).toBe("stable");
    const outward = atOrigin(
      spiral(1.5, 1),
      [
        [1, 0],
        [0.3, 1],
      ],
      [
        [0.05, -0.1],
        [0.08, 0.02],
      ],
    );
    expect(classAtOrigin(outward)).toBe("unstable");
    const slowInward = atOrigin(
      [
        [0.5, -2],
        [2, 0.5],
      ],
      [[1, 0]],
      [[0.2, 0.1]],
    );
    expect(classAtOrigin(asContinuous(slowInward))).toBe("stable");
    expect(
      classAtOrigin(
        asContinuous(
          atOrigin(
            [
              [1.5, -2],
              [2, 1.5],
            ],
            [[1, 0]],
            [[0.2, 0.1]],
          ),
        ),
      ),
    ).toBe("unstable");
  });

  it("needs a form that is not the identity", () => {
    // both sides contract only in a stretched norm
    const stretched = atOrigin(
      [
        [0.5, 40],
        [0, 0.5],
      ],
      [[0, 1]],
      [[-30, 0]],
    );
    expect(classAtOrigin(stretched)).toBe("stable");
  });

  it("two stable sides whose orbits grow are not called stable", () => {
    // alternates between the sides; each squared is small, their product is not
    const left = [
      [0, -4],
      [0.2, 0],
    ];
    const jump = [
      [0, 3.8],
      [-4.2, 0],
    ];
    const system = atOrigin(left, [[1, 0]], [[jump[0]![0]!, jump[1]![0]!]]);
    const { stability, linearisations } = linearise(system.system, { active: [], ties: [0] });
    const radii = linearisations!.map(({ eigenvalues }) => Math.hypot(...eigenvalues[0]!));
    expect(radii[0]).toBeLessThan(1);
    let z = [-1e-3, 2e-3];
    let largest = 0;
    for (let t = 0; t < 60; t++) {
      const step = evaluate(system.system, z);
      z = z.map((x, i) => x + step[i]!);
      largest = Math.max(largest, Math.hypot(...z));
    }
    expect(largest).toBeGreaterThan(1);
    expect(stability).not.toBe("stable");
  });

  it("random stable verdicts hold for random orbits", () => {
    const random = Random.of(31, "cones");
    let stable = 0;
    let unstable = 0;
    for (let k = 0; k < 80; k++) {
      const R = random.integer(2, 3);
      const size = k % 2 === 0 ? 0.5 : 2;
      const tied = atOrigin(
        random
          .matrix(R, R, () => random.normal() * size * 0.5)
          .map((row, i) => row.map((x, j) => (i === j ? x + size : x))),
        random.matrix(3, R, () => random.real()),
        random.matrix(3, R, () => random.real(0.2)),
      );
      const verdict = classAtOrigin(tied);
      if (verdict !== "stable" && verdict !== "unstable") continue;
      if (verdict === "stable") stable++;
      else unstable++;
      for (let orbit = 0; orbit < 5; orbit++) {
        let z = random.vector(R, () => random.real(1e-3));
        const start = Math.hypot(...z);
        for (let t = 0; t < 2000; t++) {
          const step = evaluate(tied.system, z);
          z = z.map((x, i) => x + step[i]!);
          if (Math.hypot(...z) > 1e6) break;
        }
        if (verdict === "stable") expect(Math.hypot(...z)).toBeLessThan(start);
        else expect(Math.hypot(...z)).toBeGreaterThan(start);
      }
    }
    expect(stable).toBeGreaterThan(5);
    expect(unstable).toBeGreaterThan(5);
  });

  it("sides that share one linearisation have its class, whatever it is", () => {
    // v = 0: the hyperplane changes nothing
    expect(
      classAtOrigin(
        atOrigin(
          [
            [2, 0],
            [0, 0.5],
          ],
          [[1, 1]],
          [[0, 0]],
        ),
      ),
    ).toBe("saddle");
    // relu(x) − relu(−x) = x is smooth
    const smooth = atOrigin(
      [
        [0.5, 0],
        [0, 0.5],
      ],
      [
        [1, 0],
        [-1, 0],
      ],
      [
        [1, 0],
        [-1, 0],
      ],
    );
    const report = linearise(smooth.system, { active: [], ties: [0, 1] });
    expect(report.stability).toBe("saddle");
    expect(report.eigenvalues).toEqual([
      [1.5, 0],
      [0.5, 0],
    ]);
  });
});

describe("what is listed", () => {
  it("the half-open trap: two sides, none with both or neither", () => {
    // z/2 + relu(z)/4 + relu(−z)/4
    const trap = atOrigin([[0.5]], [[1], [-1]], [[0.25], [0.25]]);
    expect(linearise(trap.system, { active: [], ties: [0, 1] })).toEqual({
      // neither is a side, so the Jacobian that comes first stands for the point
      eigenvalues: [[0.25, 0]],
      // what the class rests on is the larger one
      spectralRadius: 0.75,
      spectralBounds: expect.any(Array),
      stability: "stable",
      linearisations: [
        { active: [1], eigenvalues: [[0.25, 0]], directions: { stable: 1, neutral: 0, unstable: 0 } },
        { active: [0], eigenvalues: [[0.75, 0]], directions: { stable: 1, neutral: 0, unstable: 0 } },
      ],
    });
  });

  it("the side with all ties inactive stands for the point if it is one", () => {
    const { eigenvalues } = linearise(line(0.5, 0.25).system, { active: [], ties: [0] });
    expect(eigenvalues).toEqual([[0.5, 0]]);
  });

  it("at most 64 sides, and then no class", () => {
    const n = 7;
    const identity = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, k) => (i === k ? 1 : 0)));
    const half = identity.map((row) => row.map((x) => x / 2));
    const tied = atOrigin(
      half,
      identity,
      identity.map((row) => row.map((x) => x / 8)),
    );
    const report = linearise(tied.system, { active: [], ties: tied.ties });
    expect(report.linearisations!.length).toBe(64);
    expect(report.stability).toBe("undetermined");
    // and so no number that would go with a class
    expect(report.spectralRadius).toBe(undefined);
    expect(report.directions).toBe(undefined);
  });

  it("does not depend on the order of units but for their names", () => {
    const random = Random.of(32, "permutation");
    for (let k = 0; k < 20; k++) {
      const U = random.matrix(5, 2, () => random.integer(-2, 2));
      const V = random.matrix(5, 2, () => random.real());
      const A = random.matrix(2, 2, () => random.real());
      const order = random.shuffled([0, 1, 2, 3, 4]);
      const one = atOrigin(A, U, V);
      const other = atOrigin(
        A,
        order.map((j) => U[j]!),
        order.map((j) => V[j]!),
      );
      const a = linearise(one.system, { active: [], ties: one.ties });
      const b = linearise(other.system, { active: [], ties: other.ties });
      expect({ ...b, linearisations: undefined }).toEqual({ ...a, linearisations: undefined });
      const renamed = b.linearisations!.map(({ active, eigenvalues }) =>
        JSON.stringify([active.map((j) => order[j]).sort((x, y) => x! - y!), eigenvalues]),
      );
      expect(renamed.sort()).toEqual(a.linearisations!.map((s) => JSON.stringify([s.active, s.eigenvalues])).sort());
    }
  });
});

const SHARED = new URL("../../../shared/", import.meta.url);

describe.skipIf(!existsSync(SHARED))("real models (skipped where ../shared is not there)", () => {
  it.each([
    ["smc_teacher_reach_rnn_128", 17, 8],
    ["smc_teacher_rdm_rnn", 3, 2],
  ])("%s: %d fixed points, %d of them stable", async (name, count, stable) => {
    const model = await parseModel(JSON.parse(readFileSync(new URL(`models/${name}.json`, SHARED), "utf8")));
    const { z }: { z: number[][] } = JSON.parse(readFileSync(new URL(`expected/${name}.json`, SHARED), "utf8"));
    expect(z.length).toBe(count);
    const { latentDim: R, hyperplanes: N, U, h } = model.system;
    const classes = z.map((point) => {
      const active = Array.from({ length: N }, (_, j) => j).filter((j) => {
        let x = -h.rounded[j]!;
        for (let k = 0; k < R; k++) x += U[j * R + k]! * point[k]!;
        return x > 0;
      });
      return linearise(model.system, { active, ties: [] }).stability;
    });
    expect(classes.filter((c) => c === "stable").length).toBe(stable);
    expect(classes).not.toContain("undetermined");
  });
});
