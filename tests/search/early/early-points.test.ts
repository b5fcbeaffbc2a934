import { describe, expect, it } from "vitest";
import { allOf } from "../../../src/base/steps.ts";
import { Finalizer } from "../../../src/finalize/finalizer.ts";
import { parseModel } from "../../../src/index.ts";
import { emitEarlyPoints } from "../../../src/search/early/early-points.ts";

describe("points found early", () => {
  it("are there when a search is stopped at once, and are true", async () => {
    const model = { A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] };
    const found: number[][] = [];
    const system = (await parseModel(model)).system;
    const finalizer = new Finalizer(system);
    allOf(emitEarlyPoints(system, finalizer));
    for (const { z } of finalizer.finish().fixedPoints) found.push([...z]);
    expect(found).toEqual([[-0.75], [0], [0.75]]);
  });

  it("do not trouble a system whose every matrix is singular", async () => {
    const { system } = await parseModel({
      A: [
        [1, 0],
        [0, 1],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [0],
      hz: [0, 0],
    });
    const finalizer = new Finalizer(system);
    allOf(emitEarlyPoints(system, finalizer));
    expect(finalizer.found).toBe(0);
  });
});
