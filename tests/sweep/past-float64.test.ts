import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import { sweepInput } from "../../src/sweep/sweep.ts";
import type { Raw } from "./models.ts";

describe("a sweep past the largest float64", () => {
  // ż = −1e-220 |z| + 1.5e88 + 1e88 s: z = ±(1.5 + s)·1e308, which float64 has up to s = 0.297…
  const far = {
    kind: "continuous",
    A: [[1e-220]],
    U: [[1], [1]],
    V: [[0], [-2e-220]],
    hx: [1, 0],
    hz: [-1.5e88],
    C: [[1e88]],
  };
  const swept = (from: number, to: number, coverage: "range" | "samples" = "range", model: Raw = far) =>
    sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 5 }, { coverage });

  it("leaves out the branches that reach it, says so, and keeps their points in range", async () => {
    const sweep = await swept(-1, 1);
    expect(sweep).toMatchObject({
      branches: [],
      events: [],
      complete: false,
      incompleteBecause: "past the largest float64 (about 1.8e308), so not listed: 2 branches; rescale the model",
    });
    expect(sweep.samples.map(({ points }) => points.length)).toEqual([2, 2, 2, 0, 0]);
    expect(JSON.stringify(sweep)).not.toContain("null,");
    const whole = await swept(-1, 0.25);
    expect(whole).toMatchObject({ complete: true, branches: [{ birth: null }, { birth: null }] });
    expect(whole.samples.map(({ points }) => points.length)).toEqual([2, 2, 2, 2, 2]);
  });

  it("stops at a sample whose solve lacks points", async () => {
    const { complete, incompleteBecause } = await swept(-1, 1, "samples");
    expect(complete).toBe(false);
    expect(incompleteBecause).toMatch(/^at s = 0.5: past the largest float64 .*; 2 branches; rescale|so not listed/);
  });

  it("keeps the events of branches that it lists, and of what they were", async () => {
    // slope 1 below 0 and −1e-220 above, so that only one of the two that fold goes far out
    const bent = { ...far, A: [[1]], V: [[-1], [-1e-220]], hx: [0, 0] };
    const { branches, events, incompleteBecause } = await swept(-2, 1, "range", bent);
    expect(branches).toHaveLength(1);
    expect(incompleteBecause).toContain("1 branch;");
    expect(events).toMatchObject([{ s: -1.5, kind: "fold", z: [0], before: [], after: [0] }]);
    expect(branches[0]).toMatchObject({ birth: 0, death: null });
  });
});
