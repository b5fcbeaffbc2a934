import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { allOf } from "../../../src/base/steps.ts";
import { parseModel } from "../../../src/model/parse.ts";
import { estimatingSearch } from "../../../src/search/queue/estimate.ts";
import { SearchPlan } from "../../../src/search/queue/plan.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import { arrangementOf } from "../../regions/arrangements.ts";

/** Boxes of a whole search, as its tally has them. */
function boxesOf(system: Parameters<typeof SearchPlan.of>[0]): number {
  const plan = SearchPlan.of(system);
  const tally = emptyTally();
  plan.roots.forEach(({ box }, root) => {
    const search = plan.search(root, { emit: () => {}, leaf: () => {} }, tally);
    search.start(box, 1);
    search.step(Number.POSITIVE_INFINITY);
  });
  return tally.boxes;
}

describe("the estimate of a search's boxes", () => {
  it("is their number where the whole tree was small", () => {
    const system = arrangementOf("clipped", 60, 2, 1);
    const estimate = allOf(estimatingSearch(system, "00000001"))!;
    expect(estimate.certainty).toBe("counted");
    // boxes that are done elsewhere may be looked at in another order
    expect(estimate.boxes / boxesOf(system)).toBeCloseTo(1, 1);
  });

  const lorenz = async () => {
    const file = new URL("../../../examples/lorenz63.json", import.meta.url);
    return (await parseModel(JSON.parse(readFileSync(file, "utf8")))).system;
  };

  it("is within a factor of three of the number, tells its error, and is the same for the same seed", async () => {
    const system = await lorenz();
    const boxes = boxesOf(system);
    const estimates = ["0000000a", "ffff0000", "12345678"].map(
      (seed) => allOf(estimatingSearch(system, seed, { kept: 4 }))!,
    );
    expect(boxes).toBeGreaterThan(200);
    expect(estimates.map(({ certainty }) => certainty)).toContain("estimated");
    for (const estimate of estimates) {
      expect(estimate.boxes).toBeGreaterThan(boxes / 3);
      expect(estimate.boxes).toBeLessThan(3 * boxes);
      expect(estimate.relativeError).toBeGreaterThan(0);
      expect(Math.abs(estimate.boxes - boxes)).toBeLessThan(5 * estimate.relativeError! * boxes + 0.1 * boxes);
    }
    expect(new Set(estimates.map((estimate) => estimate.boxes)).size).toBeGreaterThan(1);
    expect(allOf(estimatingSearch(system, "0000000a", { kept: 4 }))).toEqual(estimates[0]);
  });

  it("says at least where it is cut short, and where samples differ much", async () => {
    const system = await lorenz();
    const estimate = (questions: number) => {
      let asked = 0;
      const value = allOf(estimatingSearch(system, "00000001", { isLate: () => ++asked > questions }));
      return { asked, value };
    };
    const whole = estimate(Number.POSITIVE_INFINITY);
    const cut = estimate(whole.asked - 20).value!;
    expect(whole.value!.certainty).toBe("counted");
    expect(cut.certainty).toBe("at least");
    expect(cut.boxes).toBeGreaterThan(0);
    expect(cut.boxes).toBeLessThanOrEqual(whole.value!.boxes);
    expect(estimate(0).value).toBe(undefined);
    const wide = arrangementOf("clipped", 40, 12, 1);
    expect(allOf(estimatingSearch(wide, "00000001", { kept: 1 }))!.certainty).toBe("at least");
  });

  it("ends after some work, counted, whatever the model", () => {
    // the search itself would take days
    const steps = estimatingSearch(arrangementOf("clipped", 100, 16, 1), "00000001");
    let taken = 0;
    let next = steps.next();
    for (; !next.done && taken < 10_000; taken++) next = steps.next();
    expect(next).toMatchObject({ done: true, value: { certainty: "at least" } });
    expect(taken).toBeGreaterThan(100);
  });
});
