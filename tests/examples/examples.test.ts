import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exampleFiles } from "../../examples/generate.ts";
import { COMPONENTS, DELTA, EPSILON } from "../../examples/generators/ctln.ts";
import { MIXING } from "../../examples/generators/decision.ts";
import { LORENZ_FIXED_POINTS } from "../../examples/generators/lorenz.ts";
import { findFixedPoints, parseModel } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { regionMasks } from "../oracle/masks.ts";
import { exactFixedPoints } from "../oracle/naive.ts";

const read = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8");
const load = (name: string): unknown => JSON.parse(read(name));

async function solve(name: string) {
  const result = await findFixedPoints(load(name) as ModelInput);
  expect(result.complete).toBe(true);
  expect(result.continua).toEqual([]);
  return result.fixedPoints;
}

it("is what npm run examples writes", () => {
  for (const [name, text] of exampleFiles()) expect(read(name), name).toBe(text);
});

describe("decision networks", () => {
  it("has the two choices and the undecided point", async () => {
    const points = await solve("decision-3.json");
    expect(points.map(({ z, active }) => ({ z, active }))).toEqual([
      { z: [-1], active: [] },
      { z: [0], active: [0] },
      { z: [1], active: [0, 1] },
    ]);
    expect(points.map(({ stability }) => stability)).toEqual(["stable", "unstable", "stable"]);
  });

  it("has 3^4 fixed points, 2^4 of them stable", async () => {
    const points = await solve("decision-81.json");
    const choices = [-1, 0, 1];
    const expected = choices.flatMap((a) =>
      choices.flatMap((b) =>
        choices.flatMap((c) =>
          choices.map((d) => {
            const y = [a, b, c, d];
            return MIXING[0].map((_, k) => MIXING.reduce((sum, q, i) => sum + q[k]! * y[i]!, 0)).join();
          }),
        ),
      ),
    );
    expect(new Set(expected).size).toBe(81);
    expect(points.map(({ z }) => z.join()).sort()).toEqual(expected.sort());
    expect(points.filter(({ stability }) => stability === "stable").length).toBe(16);
  });
});

describe("the Lorenz model", () => {
  it("has exactly three fixed points, near the true ones", async () => {
    const points = await solve("lorenz63.json");
    expect(points.length).toBe(3);
    points.forEach(({ z }, i) => {
      z.forEach((x, k) => {
        expect(Math.abs(x - LORENZ_FIXED_POINTS[i]![k]!)).toBeLessThan(0.15);
      });
    });
  });

  it("has saddles there, as in the true system", async () => {
    for (const { stability } of await solve("lorenz63.json")) expect(stability).toBe("saddle");
  });
});

describe("the random network of figure 1c", () => {
  it("has the fixed points that all 256 masks say, to the last bit", async () => {
    const { system } = await parseModel(load("figure-1c.json") as ModelInput);
    const { points } = exactFixedPoints(system);
    expect(points.length).toBe(4);
    const found = await solve("figure-1c.json");
    expect(found.map(({ z, active, ties }) => ({ z, active, ties }))).toEqual(
      points.map(({ z, active, ties }) => ({ z, active, ties })),
    );
  });

  it("has 37 regions", async () => {
    const { system } = await parseModel(load("figure-1c.json") as ModelInput);
    expect(regionMasks(system, [1, 2, 3, 5, 7, 11, 13, 17]).size).toBe(37);
  });
});

describe("the combinatorial threshold-linear network", () => {
  it("has one fixed point for every union of its components", async () => {
    const points = await solve("ctln.json");
    const unions = [1, 2, 3, 4, 5, 6, 7].map((set) => COMPONENTS.flatMap((c, i) => ((set >> i) & 1 ? c : [])).join());
    expect(points.map(({ active }) => active.join()).sort()).toEqual(unions.sort());
  });

  it("has them where the closed form says", async () => {
    for (const { z, active } of await solve("ctln.json")) {
      // within a component all rates are equal, x_k = (1 − (1 + δ) S)/c_k with S their sum, c_k = −δ − d_k (ε + δ) for
      // in-degree d_k
      const parts = COMPONENTS.filter((c) => active.includes(c[0]!)).map((c) => ({
        members: c,
        c: -DELTA - (c.length > 1 ? 1 : 0) * (EPSILON + DELTA),
      }));
      const Q = parts.reduce((sum, { members, c }) => sum + members.length / c, 0);
      const S = Q / (1 + (1 + DELTA) * Q);
      const expected = z.map(() => 0);
      for (const { members, c } of parts) for (const i of members) expected[i] = (1 - (1 + DELTA) * S) / c;
      z.forEach((x, i) => {
        expect(x).toBeCloseTo(expected[i]!, 14);
      });
    }
  });
});
