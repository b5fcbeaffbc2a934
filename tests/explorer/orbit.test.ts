import { describe, expect, it } from "vitest";
import { follow, pathOf } from "../../examples/explorer/worker/orbit.ts";
import { findFixedPoints, parseModel } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { stateAxes } from "../../src/plot/index.ts";

/** z' = 2 relu(z + ½) − 2 relu(z − ½) − 1: fixed points −1, 0, 1. */
const decision = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };

async function run(raw: unknown, start: readonly number[]) {
  const model = await parseModel(raw as ModelInput);
  const result = await findFixedPoints(model);
  return { model, result, ...follow(model.system, start, result.fixedPoints) };
}

/** A turn by 90 degrees each step. */
const turn = {
  A: [
    [0, -1],
    [1, 0],
  ],
  U: [[1, 0]],
  V: [[0, 0]],
  hx: [5],
  hz: [0, 0],
};

describe("a trajectory", () => {
  it("says where it comes to rest", async () => {
    expect((await run(decision, [0.1])).end).toEqual({ point: 2 });
    expect((await run(decision, [-0.1])).end).toEqual({ point: 0 });
    expect((await run(decision, [0])).end).toEqual({ point: 1 });
  });

  it("says when it leaves, and when it goes on", async () => {
    const away = await run({ ...decision, A: [3], hz: [0] }, [5]);
    expect(away.end).toBe("left");
    expect(away.states.every(([z]) => Number.isFinite(z))).toBe(true);
    expect((await run(turn, [1, 0])).end).toBe("moving");
  });

  it("is drawn as a staircase for one dimension, and along the axes for more", async () => {
    const { states } = await run(decision, [0.1]);
    expect([...pathOf(states.slice(0, 2), undefined)]).toEqual([
      0.1,
      0.1,
      0.1,
      states[1]![0],
      states[1]![0],
      states[1]![0],
    ]);
    const plane = await run(turn, [1, 0]);
    expect([...pathOf(plane.states.slice(0, 3), stateAxes(plane.model, plane.result))]).toEqual([1, 0, 0, 1, -1, 0]);
  });
});
