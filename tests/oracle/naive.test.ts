import { describe, expect, it } from "vitest";
import { exactFixedPoints, exactVirtualPoints, hyperplaneRows, regionHasInterior } from "./naive.ts";
import { floatFixedPoints } from "./naive-float.ts";
import { type Plain, plainSystem } from "./systems.ts";

const solve = (model: Plain) => exactFixedPoints(plainSystem(model));
const summary = (model: Plain) => solve(model).points.map(({ z, active, ties }) => `${z} | ${active} | ${ties}`);

/** z' = z/2 + relu(z)/4 + relu(−z)/4. */
const trap: Plain = { A: [[0.5]], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] };

describe("exactFixedPoints on models solved by hand", () => {
  it("finds the fixed point of the half-open trap, on both hyperplanes", () => {
    expect(summary(trap)).toEqual(["0 |  | 0,1"]);
  });

  it("finds the three fixed points of a bistable unit", () => {
    // z' = 2 relu(z + 1/2) − 2 relu(z − 1/2) − 1: −1, 0, 1
    const model = { A: [[0]], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
    expect(summary(model)).toEqual(["-1 |  | ", "0 | 0 | ", "1 | 0,1 | "]);
  });

  it("notices when one weight of it changes", () => {
    const model = { A: [[0]], U: [[1], [1]], V: [[1.5], [-2]], hx: [-0.5, 0.5], hz: [1] };
    expect(summary(model)).not.toEqual(["-1 |  | ", "0 | 0 | ", "1 | 0,1 | "]);
  });

  it("finds none where there is none", () => {
    // z' = z + relu(z) + relu(−z) + 1
    const model = { A: [[1]], U: [[1], [-1]], V: [[1], [1]], hx: [0, 0], hz: [-1] };
    expect(solve(model)).toMatchObject({ points: [], continuumPieces: [] });
  });

  it("decides by the exact A − I", () => {
    // z = 1/(1 − 2^-60) is just above 1, although A − I rounds to −1
    const model = { A: [[2 ** -60]], U: [[1]], V: [[0]], hx: [1], hz: [-1] };
    expect(summary(model)).toEqual(["1 | 0 | "]);
  });

  it("rounds a quotient correctly and orders exactly", () => {
    // 3 z = 1 and 3 z = 1 + 2^-60 round to the same float64: two fixed points, told apart exactly
    const model = {
      A: [
        [0, 0],
        [0, -2],
      ],
      U: [
        [1, 0],
        [1, 0],
      ],
      V: [
        [2, 2 ** -60],
        [-2, -(2 ** -60)],
      ],
      hx: [0.5, 1.5],
      hz: [0, -1],
    };
    const { points } = solve(model);
    expect(points.map(({ z }) => z)).toEqual([
      [0, 1 / 3],
      [1, 1 / 3],
      [2, 1 / 3],
    ]);
    expect(new Set(points.map(({ exact }) => `${exact[1]!.n}/${exact[1]!.d}`)).size).toBe(3);
  });

  it("drops the isolated candidate at the end of a continuum", () => {
    // z' = z − relu(−z): every z ≥ 0 is fixed, and 0 is also the candidate of the regular side
    const model = { A: [[1]], U: [[-1]], V: [[-1]], hx: [0], hz: [0] };
    expect(solve(model)).toEqual({ points: [], continuumPieces: [{ mask: 0, dimension: 1 }], singularMasks: 1 });
  });

  it("keeps an isolated point that only singular masks hold", () => {
    // G = (|x| + |y|, 0): all four matrices are singular and 0 is the only zero
    const model = {
      A: [
        [1, 0],
        [0, 1],
      ],
      U: [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ],
      V: [
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      hx: [0, 0, 0, 0],
      hz: [0, 0],
    };
    const answer = solve(model);
    expect(answer.points).toMatchObject([{ z: [0, 0], active: [], ties: [0, 1, 2, 3] }]);
    expect(answer.continuumPieces).toEqual([]);
    expect(answer.singularMasks).toBe(16);
  });

  it("sees a segment, a line, a plane and a singular region that holds nothing", () => {
    const identity = {
      A: [
        [1, 0],
        [0, 1],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [0],
      hz: [0, 0],
    };
    expect(solve(identity).continuumPieces).toEqual([
      { mask: 0, dimension: 2 },
      { mask: 1, dimension: 2 },
    ]);
    const line = {
      A: [
        [1, 0],
        [0, 0.5],
      ],
      U: [[0, 1]],
      V: [[0, 0]],
      hx: [1],
      hz: [0, 0],
    };
    expect(solve(line).continuumPieces).toEqual([{ mask: 0, dimension: 1 }]);
    // 0 between −1 and 1, outside pulled back: a segment
    const segment = { A: [[1]], U: [[1], [-1]], V: [[-0.5], [0.5]], hx: [1, 1], hz: [0] };
    expect(solve(segment)).toEqual({ points: [], continuumPieces: [{ mask: 0, dimension: 1 }], singularMasks: 1 });
    // singular for z < 0 with a solution set that lies at z ≥ 1 only
    const missed = { A: [[1]], U: [[1]], V: [[-1]], hx: [0], hz: [-1] };
    expect(solve(missed)).toMatchObject({ points: [{ z: [1] }], continuumPieces: [], singularMasks: 1 });
  });
});

describe("regions and virtual fixed points", () => {
  it("lists the candidates outside their own region, for regions with an interior", () => {
    // the line candidate of z > 0 of the trap is 0 itself; a shifted trap has its candidates apart
    const model = { A: [[0.5]], U: [[1]], V: [[0.25]], hx: [1], hz: [0] };
    expect(exactVirtualPoints(plainSystem(model))).toMatchObject([{ z: [-1], region: [0] }]);
    expect(exactVirtualPoints(plainSystem(trap))).toEqual([]);
  });

  it("knows that the strict mask of the trap's fixed point belongs to no region", () => {
    const rows = hyperplaneRows(plainSystem(trap));
    expect([0, 1, 2, 3].map((mask) => regionHasInterior(rows, mask, 1))).toEqual([false, true, true, false]);
  });
});

describe("floatFixedPoints", () => {
  it("agrees with the exact oracle where nothing is near a boundary", () => {
    const model = { A: [[0]], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
    expect(floatFixedPoints(plainSystem(model)).map(({ z, mask }) => [z[0], mask])).toEqual([
      [-1, 0],
      [0, 1],
      [1, 3],
    ]);
  });

  it("refuses what would take hours", () => {
    const U = Array.from({ length: 15 }, () => [1]);
    expect(() => floatFixedPoints(plainSystem({ A: [[0]], U, V: U, hx: U.map(() => 0), hz: [0] }))).toThrow(RangeError);
  });
});
