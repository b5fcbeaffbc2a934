import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import { Random } from "../support/random.ts";
import { HAND_SOLVED, randomModel } from "./models.ts";

describe("a sweep by samples", () => {
  it("finds the branches of the whole range where each has a sample on it", async () => {
    const random = new Random(11);
    for (const [R, N] of [
      [1, 5],
      [2, 6],
      [3, 5],
    ] as const) {
      const model = randomModel(random, R, N, "both");
      const range = { parameter: "s0", from: -3, to: 3, samples: 25 };
      const whole = await sweepInput(model as ModelInput, range, { coverage: "range" });
      const followed = await sweepInput(model as ModelInput, range, { coverage: "samples" });
      expect(followed.complete).toBe(true);
      const seen = whole.branches.filter(({ pieces }) =>
        whole.samples.some(({ s }) => pieces[0]!.from <= s && s <= pieces.at(-1)!.to),
      );
      expect(followed.branches.map(({ pieces }) => pieces)).toEqual(
        expect.arrayContaining(seen.map(({ pieces }) => pieces)),
      );
      expect(whole.branches.map(({ pieces }) => pieces)).toEqual(
        expect.arrayContaining(followed.branches.map(({ pieces }) => pieces)),
      );
      expect(followed.samples).toEqual(whole.samples);
    }
  });

  it("says so, and stops when told to", async () => {
    const stop = new AbortController();
    stop.abort();
    const sweep = await sweepInput(
      HAND_SOLVED[0]!.model as ModelInput,
      { parameter: "s0", from: -1, to: 1, samples: 5 },
      {
        coverage: "samples",
        signal: stop.signal,
      },
    );
    expect(sweep).toMatchObject({
      complete: false,
      coverage: "samples",
      incompleteBecause: "cancelled: 5 of 5 samples were not solved",
    });
  });
});
