import { describe, expect, it } from "vitest";
import { findFixedPoints, parseModel } from "../../../src/index.ts";
import { answer, expectSame, randomUnits, search } from "./searches.ts";

describe("cases on which plain splitting never ends", () => {
  it("a central model of 256 units: one fixed point on all hyperplanes", async () => {
    const { U, V } = randomUnits(256, 3, 5);
    const result = await search({ A: [0.5, 0.4, 0.3], U, V, hx: new Array(256).fill(0), hz: [0, 0, 0] });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(result.fixedPoints).toHaveLength(1);
    expect(result.fixedPoints[0]!.ties).toHaveLength(256);
    expect(result.counts.boxes).toBeLessThan(2000);
  }, 120_000);

  it("a fold on a kink: two branches that meet in one fixed point", async () => {
    // z' = |z| along the first coordinate less what makes 0 the only contact, contracting in the second
    const result = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U: [
        [1, 0],
        [-1, 0],
      ],
      V: [
        [1, 0],
        [1, 0],
      ],
      hx: [0, 0],
      hz: [0, 0],
    });
    expect(result).toMatchObject({ complete: true, continua: [] });
    expect(result.fixedPoints.map(({ z, ties }) => ({ z, ties }))).toEqual([{ z: [0, 0], ties: [0, 1] }]);
    expect(result.counts.boxes).toBeLessThan(1000);
  });

  it("a line of fixed points through 20 units", async () => {
    const U = Array.from({ length: 20 }, (_, j) => [1, 0.01 * j]);
    const V = Array.from({ length: 20 }, () => [0, 0.01]);
    const hx = Array.from({ length: 20 }, (_, j) => j - 9.5);
    // z2' = z2/2 + Σ …/100 has to vanish for a line: the second equation cuts the plane along a bent curve of fixed
    // points
    const bent = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U,
      V,
      hx,
      hz: [0, 0],
    });
    expect(bent.complete).toBe(true);
    expect(bent.fixedPoints).toEqual([]);
    expect(bent.continua).toHaveLength(21);
    expect(bent.continua.every(({ dimension }) => dimension === 1)).toBe(true);
    const straight = await search({
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U,
      V: V.map(() => [0, 0]),
      hx,
      hz: [0, 0],
    });
    expect(straight.complete).toBe(true);
    expect(straight.continua).toHaveLength(1);
    expect(straight.continua[0]!.regions).toHaveLength(21);
    expect(bent.counts.boxes! + straight.counts.boxes!).toBeLessThan(5000);
  });

  it("a kinked fixed point at the centre of a symmetric box", async () => {
    const result = await search({
      kind: "clippedShPLRNN",
      A: [0.5, 0.5],
      W1: [
        [1, 0],
        [0, 1],
      ],
      W2: [
        [1, 0],
        [0, 1],
      ],
      h1: [-0.5, -0.5],
      h2: [1, 1],
    });
    const regions = await findFixedPoints(
      {
        kind: "clippedShPLRNN",
        A: [0.5, 0.5],
        W1: [
          [1, 0],
          [0, 1],
        ],
        W2: [
          [1, 0],
          [0, 1],
        ],
        h1: [-0.5, -0.5],
        h2: [1, 1],
      },
      { method: "regions" },
    );
    expect(answer(result)).toBe(answer(regions));
    const centre = await search({
      A: [0.5, 0.5],
      U: [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ],
      V: [
        [0.25, 0],
        [0.25, 0],
        [0, 0.25],
        [0, 0.25],
      ],
      hx: [0, 0, 0, 0],
      hz: [0, 0],
    });
    expect(centre.complete).toBe(true);
    expect(centre.fixedPoints.map(({ z, ties }) => ({ z, ties }))).toEqual([{ z: [0, 0], ties: [0, 1, 2, 3] }]);
    expect(result.counts.boxes! + centre.counts.boxes!).toBeLessThan(1000);
  });

  it("parallel twins, whose kinks meet at infinity", async () => {
    const { U } = randomUnits(10, 2, 8);
    const twins = [...U, ...U];
    const V = [...U.map(([a, b]) => [b! / 10, a! / 10]), ...U.map(([a, b]) => [-b! / 10, -a! / 10])];
    const hx = [...U.map((_, j) => j / 7 - 1), ...U.map((_, j) => j / 7)];
    const model = await parseModel({
      A: [
        [1, 0],
        [0, 1],
      ],
      U: twins,
      V,
      hx,
      hz: [0.01, 0.02],
    });
    await expectSame(model);
    expect((await search(model)).counts.boxes).toBeLessThan(20_000);
  });
});
