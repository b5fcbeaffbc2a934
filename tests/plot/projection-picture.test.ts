import { describe, expect, it } from "vitest";
import { findFixedPoints, parseModel } from "../../src/index.ts";
import { diverges } from "../../src/plot/dynamics.ts";
import { maskRows, plotModel, stateAxes } from "../../src/plot/index.ts";

const turn = 0.3;

/** A turn of the plane z1, z2; along z0 a stable and an unstable point, past which runs grow by 2 % a step. */
const raw = {
  name: "turn and run away",
  A: [
    [0.99, 0, 0],
    [0, Math.cos(turn), -Math.sin(turn)],
    [0, Math.sin(turn), Math.cos(turn)],
  ],
  U: [[1, 0, 0]],
  V: [[0.03, 0, 0]],
  hx: [0.5],
  hz: [0, 0, 0],
};
const model = await parseModel(raw);
const result = await findFixedPoints(model);

describe("the projection", () => {
  it("is that of the runs that stay, not of one that slowly leaves", () => {
    expect(result.fixedPoints).toHaveLength(2);
    const axes = stateAxes(model, result);
    for (const { direction } of axes) expect(Math.abs(direction[0]!)).toBeLessThan(0.1);
    const svg = plotModel(model, result, { picture: "state" });
    expect(/\d runs? of 6 left every bound/.test(svg)).toBe(true);
    // all of it is within a few times the fixed points' distance
    const [from, to] = /data-x="(\S+) (\S+)"/.exec(svg)!.slice(1).map(Number) as [number, number];
    expect(to - from).toBeLessThan(20);
  });

  it("is turned without a change of scale", () => {
    const view = (angle: number): string => {
      const across = [Math.cos(angle), Math.sin(angle), 0];
      const svg = plotModel(model, result, { picture: "state", plane: { across, up: [0, 0, 1] } });
      expect(svg.includes("turned by hand")).toBe(true);
      return /data-x="[^"]*"/.exec(svg)![0];
    };
    expect(view(0.7)).toBe(view(0));
  });

  it("takes only directions of the latent space", () => {
    const plane = { across: [1, 0], up: [0, 1] };
    expect(() => stateAxes(model, result, { plane })).toThrow(/plane: must have directions of 3 numbers/);
  });
});

describe("a run that leaves", () => {
  const run = (z: (t: number) => number): Float64Array[] =>
    Array.from({ length: 400 }, (_, t) => Float64Array.of(z(t), 1));

  it.each([
    ["grows by 1 % a step", true, (t: number) => 1.01 ** t],
    ["grows evenly", true, (t: number) => 1 + t],
    ["goes round", false, (t: number) => 50 * Math.cos(t)],
    ["comes to rest far away", false, (t: number) => 100 * (1 - 0.9 ** t)],
    ["creeps to a place nearby", false, (t: number) => 3 - 2 * 0.999 ** t],
  ])("%s: %s", (_, leaves, z) => {
    expect(diverges(run(z))).toBe(leaves);
  });
});

describe("the rows of the masks", () => {
  it("are all fixed points, once each", () => {
    expect(maskRows(result).sort()).toEqual([0, 1]);
  });
});
