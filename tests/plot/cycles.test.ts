import { describe, expect, it } from "vitest";
import { findCycles, findFixedPoints } from "../../src/api/find.ts";
import { parseValue } from "../../src/model/parse.ts";
import { CyclePaths } from "../../src/plot/cycles.ts";
import { plotModel } from "../../src/plot/index.ts";
import { readSvg } from "./svg-check.ts";

/** A rotation by a quarter, towards a square and from 0, in two or three dimensions. */
const turning = (R: 2 | 3) => ({
  kind: "shPLRNN",
  A: Array.from({ length: R }, (_, i) =>
    Array.from({ length: R }, (_, k) => (i === 0 && k === 1 ? -1.5 : i === 1 && k === 0 ? 1.5 : 0)),
  ),
  W1: Array.from({ length: R }, (_, i) => (i === 0 ? [1, -1, 0, 0] : i === 1 ? [0, 0, -1, 1] : [0, 0, 0, 0])),
  W2: [
    [0, 1],
    [0, -1],
    [1, 0],
    [-1, 0],
  ].map((row) => (R === 3 ? [...row, 0] : row)),
  h1: new Array<number>(R).fill(0),
  h2: [-1, -1, -1, -1],
});

describe("pictures of cycles", () => {
  it.each([2, 3] as const)("draw each cycle as a closed polygon through its points, R = %i", async (R) => {
    const model = await parseValue(turning(R));
    const { cycles } = await findCycles(model, { maxPeriod: 4 });
    const longer = cycles.filter(({ period }) => period > 1);
    expect(longer.length).toBeGreaterThan(0);
    const result = await findFixedPoints(model);
    const svg = plotModel(model, result, { picture: "state", cycles });
    expect(readSvg(svg).width).toBeGreaterThan(0);
    expect(svg).toContain("The sides of a cycle");
    for (const { stability } of longer) expect(svg).toContain(`${stability} cycle`);
    const without = plotModel(model, result, { picture: "state" });
    expect(without).not.toContain("cycle");
    const closed = (text: string) => text.match(/L[-\d. ]+Z"[^>]*fill="none"/g)?.length ?? 0;
    expect(closed(svg) - closed(without)).toBe(longer.length);
  });

  it("leave fixed points to their marks, and say how many cycles are not drawn", async () => {
    const model = await parseValue(turning(2));
    const { cycles } = await findCycles(model, { maxPeriod: 4 });
    const [four] = cycles.filter(({ period }) => period === 4);
    const many = new CyclePaths([
      ...cycles.filter(({ period }) => period === 1),
      ...Array.from({ length: 70 }, () => four!),
    ]);
    expect(many.shown).toHaveLength(60);
    expect(many.notes.join(" ")).toContain("The first 60 of 70 cycles are drawn.");
    expect(many.places).toHaveLength(240);
    expect(new CyclePaths(undefined).notes).toEqual([]);
  });
});
