import { describe, expect, it } from "vitest";
import { findFixedPoints } from "../../src/index.ts";
import { productOf } from "../support/products.ts";

describe("a product of small networks in other coordinates", () => {
  it.each([
    [[1, 2], 4, 3],
    [[2, 2], 4, 7],
    [[2, 1, 1], 3, 5],
  ])("of dimensions %j has all combinations of their fixed points", async (dims, units, seed) => {
    const { model, factors, inverse } = productOf(dims, units, seed, 8);
    const found = await findFixedPoints(model, { backend: "cpu" });
    expect(found.complete).toBe(true);
    const lists = await Promise.all(factors.map((factor) => findFixedPoints(factor, { method: "regions" })));
    const combined = lists.reduce<number[][]>(
      (all, { fixedPoints }) => all.flatMap((x) => fixedPoints.map(({ z }) => [...x, ...z])),
      [[]],
    );
    const places = combined.map((x) => inverse.map((row) => row.reduce((sum, each, k) => sum + each * x[k]!, 0)));
    expect(found.fixedPoints).toHaveLength(places.length);
    expect(places.length).toBeGreaterThan(0);
    for (const z of places) {
      expect(found.fixedPoints.some((point) => point.z.every((x, k) => Math.abs(x - z[k]!) < 1e-9))).toBe(true);
    }
  });

  it("is sealed: one number changed, and the points are others", async () => {
    const { model } = productOf([1, 2], 4, 3, 8);
    const before = await findFixedPoints(model, { backend: "cpu" });
    const hz = [...model.hz];
    hz[0]! += 0.125;
    const after = await findFixedPoints({ ...model, hz }, { backend: "cpu" });
    expect(after.fixedPoints.map(({ z }) => z)).not.toEqual(before.fixedPoints.map(({ z }) => z));
  });
});
