import { describe, expect, it } from "vitest";
import { eigenvalueMarks, livelyCoordinate, marksAt, rowMarks } from "../../examples/explorer/worker/marks.ts";
import { closed, pathOf } from "../../examples/explorer/worker/orbit.ts";
import { proofHeader } from "../../examples/explorer/worker/proof-header.ts";
import { writeNpz } from "../../src/formats/write/write-npz.ts";
import { findCycles, findFixedPoints, parseModel, proveResult } from "../../src/index.ts";

const model = await parseModel({
  A: [0, 0.5],
  U: [
    [1, 0],
    [-1, 0],
  ],
  V: [
    [2, 0],
    [-2, 0],
  ],
  hx: [0.5, 0.5],
  hz: [0, 0],
});
const result = await findFixedPoints(model);

describe("the marks of fixed points", () => {
  it("are one place for each in the state space", () => {
    expect(
      marksAt([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ points: [0, 1], at: Float64Array.of(1, 2, 3, 4), shape: "place" });
  });

  it("are one for each eigenvalue", () => {
    const { points, at } = eigenvalueMarks(result);
    expect(points).toEqual(result.fixedPoints.flatMap((_, i) => [i, i]));
    expect([...at]).toEqual(result.fixedPoints.flatMap(({ eigenvalues }) => eigenvalues.flat()));
  });

  it("are a row for each mask", () => {
    const { points, at, shape } = rowMarks(result);
    expect(shape).toBe("row");
    expect([...points].sort()).toEqual(result.fixedPoints.map((_, i) => i));
    expect([...at]).toEqual(points.flatMap((_, row) => [0, row]));
  });

  it("have the coordinate that varies most as their height", () => {
    expect(livelyCoordinate(result.fixedPoints)).toBe(0);
    expect(livelyCoordinate([{ z: [1, 2] }, { z: [1, 5] }])).toBe(1);
    expect(livelyCoordinate([])).toBe(0);
  });
});

describe("the path of a cycle", () => {
  it("is a staircase in one dimension, which comes back", () => {
    expect([...pathOf(closed([[1], [2]]), undefined)]).toEqual([1, 1, 1, 2, 2, 2, 2, 1, 1, 1]);
  });
});

describe("a dropped file", () => {
  it("is a proof if its header says so", async () => {
    const made = await proveResult(model, result);
    expect(made.proof).toBeDefined();
    expect(proofHeader(made.proof!, "p.npz")).toEqual({ model: model.sha256, of: "fixed points" });
    const map = await parseModel({ A: [0], U: [[1], [-1]], V: [[-2], [-2]], hx: [0, 0], hz: [-1] });
    const { proofBytes } = await findCycles(map, { maxPeriod: 2, proof: true });
    expect(proofHeader(proofBytes!, "p.npz")).toEqual({ model: map.sha256, of: "cycles" });
  });

  it("is none if it is anything else, or damaged", async () => {
    const { proof } = (await proveResult(model, result)) as { proof: Uint8Array };
    expect(proofHeader(writeNpz([result]), "result.npz")).toBeUndefined();
    expect(proofHeader(new TextEncoder().encode("{}"), "a.json")).toBeUndefined();
    expect(proofHeader(proof.subarray(0, proof.length - 20), "cut.npz")).toBeUndefined();
  });
});
