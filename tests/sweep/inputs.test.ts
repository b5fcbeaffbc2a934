import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import { sweepInput, sweepInputs } from "../../src/sweep/sweep.ts";
import { nearestFloat64, rational } from "../oracle/integers.ts";
import { changesOf } from "./changes.ts";
import { HAND_SOLVED, type Raw } from "./models.ts";

describe("a sweep of two inputs", () => {
  it("is exact along the first for every sample of the second", async () => {
    const model: Raw = { ...HAND_SOLVED[0]!.model, C: [[3, 1]] };
    const grid = await sweepInputs(model as ModelInput, [
      { parameter: "s0", from: -1, to: 1, samples: 5 },
      { parameter: "s1", from: 0, to: 1, samples: 3 },
    ]);
    expect(grid.complete).toBe(true);
    expect(grid.rows.map((row) => changesOf(row).changes)).toEqual([
      [-1 / 6, 1 / 6],
      [-1 / 3, 0],
      [-0.5, nearestFloat64(rational(-1n, 6n))],
    ]);
  });

  it("has one budget for all rows", async () => {
    const model: Raw = { ...HAND_SOLVED[0]!.model, C: [[3, 1]] };
    let reads = 0;
    const watched = Object.defineProperty({ ...model }, "C", {
      enumerable: true,
      get() {
        reads++;
        return model.C;
      },
    });
    const ranges = [
      { parameter: "s0", from: -1, to: 1, samples: 5 },
      { parameter: "s1", from: 0, to: 1, samples: 3 },
    ] as const;
    await sweepInput(watched as ModelInput, ranges[0], { input: { s1: 0 } });
    const readsOfRow = reads;
    reads = 0;
    const now = performance.now.bind(performance);
    // a second row that takes more than a day to begin
    performance.now = () => now() + (reads > readsOfRow ? 1e8 : 0);
    try {
      const { rows, complete } = await sweepInputs(watched as ModelInput, ranges, { maxSeconds: 10_000 });
      expect([complete, ...rows.map((row) => row.complete)]).toEqual([false, true, false, false]);
      expect(rows[2]!.incompleteBecause).toContain("the time budget ended");
      expect(rows[2]!.provenance.options).toMatchObject({ maxSeconds: 10_000 });
    } finally {
      performance.now = now;
    }
  });
});

describe("a sweep refuses", () => {
  const model = HAND_SOLVED[0]!.model;
  const range = { parameter: "s0", from: -1, to: 1, samples: 5 };
  for (const [what, attempt, message] of [
    [
      "an empty range",
      () => sweepInput(model as ModelInput, { ...range, to: -1 }),
      /must go from a number to a larger one/,
    ],
    [
      "a range wider than float64",
      () => sweepInput(model as ModelInput, { ...range, from: -1e308, to: 1e308 }),
      /within 2\^300/,
    ],
    ["an end past 2^300", () => sweepInput(model as ModelInput, { ...range, to: 1e91 }), /within 2\^300/],
    [
      "a range without end",
      () => sweepInput(model as ModelInput, { ...range, to: Number.POSITIVE_INFINITY }),
      /larger one/,
    ],
    ["one sample", () => sweepInput(model as ModelInput, { ...range, samples: 1 }), /from 2 to 1000000 samples/],
    [
      "an input that is not there",
      () => sweepInput(model as ModelInput, { ...range, parameter: "s3" }),
      /must be s0: the model has one input/,
    ],
    [
      "a model without input",
      () => sweepInput({ A: [0], U: [[1]], V: [[1]], hx: [0], hz: [0] }, range),
      /takes no input/,
    ],
    ["an input both swept and set", () => sweepInput(model as ModelInput, range, { input: { s0: 1 } }), /not both/],
    ["one input twice", () => sweepInputs(model as ModelInput, [range, range]), /twice/],
    [
      "range by search",
      () => sweepInput(model as ModelInput, range, { coverage: "range", method: "search" }),
      /regions method/,
    ],
  ] as const) {
    it(what, async () => {
      await expect(attempt()).rejects.toThrow(message);
    });
  }
});
