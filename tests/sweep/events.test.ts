import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import type { Sweep } from "../../src/sweep/result.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import { expectSingleSolves } from "./expectations.ts";
import { HAND_SOLVED, ISOLATED, type Raw } from "./models.ts";

describe("what happens where branches meet", () => {
  const sweep = (model: Raw, from: number, to: number, samples = 5): Promise<Sweep> =>
    sweepInput(model as ModelInput, { parameter: "s0", from, to, samples });

  it("is a fold, with both points on the same hyperplane", async () => {
    const { events, branches } = await sweep(HAND_SOLVED[0]!.model, -1, 1);
    const folds = events.filter(({ kind }) => kind === "fold");
    expect(folds.map(({ s, z, hyperplanes }) => ({ s, z, hyperplanes }))).toEqual([
      { s: -1 / 6, z: [0.5], hyperplanes: [1] },
      { s: 1 / 6, z: [-0.5], hyperplanes: [0] },
    ]);
    expect(folds[0]).toMatchObject({ before: [], after: [1, 2] });
    expect(branches[0]!.pieces[0]!.stability).toBe("stable");
  });

  it("is a crossing, where a point persists and may lose its stability", async () => {
    // ż = −z + 3 relu(z) + …: in the right half slope −3/2 of the map z' = z/2 − 2 relu(z) + s
    const { events } = await sweep({ A: [0.5], U: [[1]], V: [[-2]], hx: [0], hz: [0], C: [[1]] }, -1, 1);
    expect(events).toEqual([
      {
        s: 0,
        kind: "crossing",
        z: [0],
        hyperplanes: [0],
        before: [0],
        after: [0],
        stability: ["stable", "unstable"],
      },
    ]);
  });

  it("is a junction where two folds happen at one place", async () => {
    const model = {
      A: [0, 0],
      U: [
        [1, 0],
        [0, 1],
      ],
      V: [
        [2, 0],
        [0, 2],
      ],
      hx: [0, 0],
      hz: [0, 0],
      C: [[1], [1]],
    };
    const { events, branches } = await sweep(model, -1, 1);
    expect(branches).toHaveLength(4);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ s: 0, kind: "junction", z: [0, 0], before: [0, 1, 2, 3], after: [] });
  });

  it("is an end where the branch runs into a continuum", async () => {
    // G(z) = s − relu(z − 1) + relu(−z − 1): at s = 0 all of [−1, 1]
    const model = { A: [1], U: [[1], [-1]], V: [[-1], [1]], hx: [1, 1], hz: [0], C: [[1]] };
    const { events, continua, branches, samples } = await sweep(model, -1, 1, 3);
    expect(branches).toHaveLength(2);
    expect(continua).toEqual([{ dimension: 1, from: 0, to: 0, active: [], ties: [] }]);
    expect(events.map(({ kind, s, z }) => [kind, s, z])).toEqual([
      ["end", 0, [-1]],
      ["end", 0, [1]],
    ]);
    expect(samples.map(({ points, continua }) => [points.length, continua])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  it("is nothing where a continuum persists", async () => {
    const model = { A: [0.5, 1], U: [[1, 0]], V: [[0.25, 0]], hx: [0], hz: [0, 0], C: [[1], [0]] };
    const { events, continua, branches } = await sweep(model, -1, 1);
    expect(branches).toEqual([]);
    expect(events).toEqual([]);
    expect(continua.map(({ dimension, from, to }) => ({ dimension, from, to }))).toEqual([
      { dimension: 1, from: -1, to: 0 },
      { dimension: 1, from: 0, to: 1 },
    ]);
  });

  it("is an isolated point where one exists for one s alone", async () => {
    const { events, branches, samples } = await sweep(ISOLATED, -1, 1, 3);
    expect(branches).toEqual([]);
    expect(events.map(({ kind, s, z }) => [kind, s, z])).toEqual([["isolated", 0, [0]]]);
    expect(samples.map(({ points }) => points.length)).toEqual([0, 1, 0]);
  });

  it("keeps a point that moves along a hyperplane as one branch", async () => {
    const model = {
      A: [0.5, 0.5],
      U: [
        [1, 0],
        [0, 1],
      ],
      V: [
        [0.25, 0],
        [0, 0.25],
      ],
      hx: [0, 0],
      hz: [0, 0],
      C: [[0], [1]],
    };
    const { branches, events } = await sweep(model, -1, 1);
    expect(branches).toHaveLength(1);
    expect(branches[0]!.pieces.map(({ ties, active }) => ({ ties, active }))).toEqual([
      { ties: [0], active: [] },
      { ties: [0], active: [1] },
    ]);
    expect(events.map(({ kind, hyperplanes }) => [kind, hyperplanes])).toEqual([["crossing", [0, 1]]]);
    await expectSingleSolves(await sweep(model, -1, 1), model);
  });

  it("is seen at the ends of the range too", async () => {
    const model = HAND_SOLVED[5]!.model;
    const { samples } = await sweep(model, 0, 1, 2);
    expect(samples[0]!.points.map(({ z }) => z)).toEqual([[0]]);
    await expectSingleSolves(await sweep(model, 0, 1, 2), model);
    await expectSingleSolves(await sweep(model, -1, 0, 2), model);
  });
});
