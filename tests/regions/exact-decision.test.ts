import { describe, expect, it } from "vitest";
import { parseModel } from "../../src/model/parse.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { ExactDecision } from "../../src/regions/exact-decision.ts";
import { exactFixedPoints } from "../oracle/naive.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf } from "./arrangements.ts";

/**
 * The masks that hold a fixed point, of all 2^N; `exact` is false where some may hold only one point of another's
 * continuum.
 */
function byOracle(system: PiecewiseLinearSystem): { masks: Set<number>; exact: boolean } {
  const { points, continuumPieces } = exactFixedPoints(system);
  const masks = new Set(continuumPieces.map(({ mask }) => mask));
  for (const { active, ties } of points) {
    const sure = active.reduce((mask, j) => mask | (1 << j), 0);
    for (let setting = 0; setting < 2 ** ties.length; setting++) {
      masks.add(ties.reduce((mask, j, i) => mask | (((setting >> i) & 1) << j), sure));
    }
  }
  return { masks, exact: continuumPieces.length === 0 };
}

const byDecision = (system: PiecewiseLinearSystem): number[] => {
  const decision = new ExactDecision(system);
  return Array.from({ length: 2 ** system.hyperplanes }, (_, mask) => mask).filter((mask) =>
    decision.holdsFixedPoint(Uint32Array.of(mask)),
  );
};

describe("the exact decision on a mask", () => {
  it.each(ARRANGEMENT_KINDS)("is that of the naive oracle on all masks of %s arrangements", (kind) => {
    let held = 0;
    for (const [N, R] of [
      [5, 1],
      [6, 2],
      [6, 3],
    ] as const) {
      for (let seed = 1; seed <= 4; seed++) {
        const system = arrangementOf(kind, N, R, seed);
        const { masks, exact } = byOracle(system);
        const found = byDecision(system);
        held += found.length;
        if (exact) expect(found).toEqual([...masks].sort((a, b) => a - b));
        else for (const mask of masks) expect(found).toContain(mask);
      }
    }
    expect(held).toBeGreaterThan(5);
  });

  it("holds wherever all of space is fixed points and the mask names a closed region that is not empty", () => {
    // parallel hyperplanes z = 0 and z = 1: above the second but not the first there is nothing
    const base = arrangementOf("generic", 2, 1, 1);
    const system = {
      ...allCandidates(base),
      g: ExactArray.ofNumbers([0]),
      U: Float64Array.of(1, 1),
      h: ExactArray.ofNumbers([0, 1]),
    };
    expect(byDecision(system)).toEqual([0b00, 0b01, 0b11]);
  });

  it("sees points on a hyperplane from both sides, and those far below the float64 range", async () => {
    const trap = await parseModel({ A: [[0.5]], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] });
    expect(byDecision(trap.system)).toEqual([0, 1, 2, 3]);
    // 0 and −1/(1e90·…), about −1e-330
    const tiny = await parseModel({ A: [0], U: [[1e90]], V: [[3]], hx: [1e-240], hz: [0] });
    expect(byDecision(tiny.system)).toEqual([0, 1]);
  });
});
