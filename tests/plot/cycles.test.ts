import { describe, expect, it } from "vitest";
import { findCycles, findFixedPoints } from "../../src/api/find.ts";
import { parseValue } from "../../src/model/parse.ts";
import { CyclePaths } from "../../src/plot/cycles.ts";
import { plotModel, plotSweep } from "../../src/plot/index.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
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

describe("pictures of a result of cycles", () => {
  const QUARTER = {
    kind: "shPLRNN",
    A: [
      [0, -1],
      [1, 0],
    ],
    W1: [[0], [0]],
    W2: [[1, 0]],
    h1: [0, 0],
    h2: [3],
  };

  it.each([
    ["all that there are", turning(2), { maxPeriod: 4 }, /; \d+ cycles of periods 2 to 4 \(complete\)/],
    ["one period", turning(2), { period: 4 }, /; \d+ cycles of period 4 \(complete\)/],
    ["continua", QUARTER, { maxPeriod: 4 }, /; 1 continuum of cycles of periods 2 to 4 \(complete\)/],
    ["a stop", QUARTER, { maxPeriod: 3, signal: AbortSignal.abort() }, /\(INCOMPLETE: period.*cancelled/],
    ["fixed points alone", QUARTER, { maxPeriod: 1 }, /1 fixed point \(complete\)$/],
  ] as const)("say below the title what is known: %s", async (title, raw, options, expected) => {
    const model = await parseValue(raw);
    const cycles = await findCycles(model, options);
    const svg = plotModel(model, await findFixedPoints(model), { picture: "state", cycles, caveats: true });
    const lines = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
    expect(lines.slice(1, lines.indexOf("The plane")).join(" ")).toMatch(expected);
    expect(svg.includes("Continua of cycles are not drawn.")).toBe(title === "continua");
  });
});

describe("pictures of branches of cycles", () => {
  // slopes 0.4 and −4 on the two sides of 0, and flat above 1/2
  const model = { A: [0.4], U: [[1], [1]], V: [[-4.4], [4]], hx: [0, 0.5], hz: [0], C: [[1]] };
  const range = { parameter: "s0", from: -0.5, to: 1, samples: 3 };

  it("draw a curve for each point, dashed where it is not stable, and say what is marked", async () => {
    const sweep = await sweepInput(model, range, { maxPeriod: 3 });
    const svg = plotSweep(sweep);
    expect(readSvg(svg).width).toBeGreaterThan(0);
    for (const label of [
      "2-cycles, stable",
      "2-cycles, not stable",
      "3-cycles, stable",
      "Number of cycles",
      "fold: two vanish",
    ])
      expect(svg).toContain(label);
    // two 3-cycles, one stable and one not, and a 2-cycle that is not, then is
    const lines = (pattern: RegExp) => svg.match(pattern)?.length ?? 0;
    expect(lines(/<path[^>]*stroke="#8a3d86"[^>]*stroke-width="1.1"/g)).toBe(3);
    const { cycles = [], ...withoutCycles } = sweep;
    const plain = plotSweep(withoutCycles);
    expect(plain).not.toContain("cycles");
    expect(plotSweep({ ...sweep, cycles: [{ ...cycles[0]!, complete: false }] })).toContain(
      "INCOMPLETE: cycles of period 2",
    );
    expect(plotSweep({ ...sweep, cycles: [{ ...cycles[0]!, coverage: "samples" }] })).toContain("all at the samples");
  });

  it("number no branches and mark no events where they would be too many", async () => {
    const sweep = await sweepInput(model, range, { maxPeriod: 3 });
    const three = sweep.cycles![1]!;
    const many = Array.from({ length: 40 }, () => three);
    const svg = plotSweep({ ...sweep, cycles: many });
    expect(svg).toContain("80 events of cycles not marked.");
    expect(svg).not.toContain(">3</text>");
    expect(plotSweep({ ...sweep, cycles: [three] })).toContain(">3</text>");
  });
});
