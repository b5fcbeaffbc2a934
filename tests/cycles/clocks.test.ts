import { afterEach, describe, expect, it, vi } from "vitest";
import { findCycles, findCyclesInPart } from "../../src/api/find.ts";
import type { CyclesPartResult } from "../../src/cycles/parts.ts";
import type { CyclesResult } from "../../src/cycles/result.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { Random } from "../support/random.ts";
import { cycleModel } from "./cycle-models.ts";
import { chaoticMap, product, tent } from "./raw-maps.ts";

/** How many milliseconds pass from one look at a clock to the next. */
const CLOCKS = [0, 1e-3, 1e4];

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sets the clocks: each look at one is so many milliseconds after the one before. */
function passing(milliseconds: number): void {
  const start = performance.now();
  let looks = 0;
  vi.spyOn(performance, "now").mockImplementation(() => start + milliseconds * looks++);
  vi.spyOn(Date, "now").mockImplementation(() => start + milliseconds * looks++);
}

/** An answer without the seconds and the date. */
function plain(answer: CyclesResult | CyclesPartResult): string {
  const { seconds: _, provenance: __, digest: ___, ...rest } = answer;
  return JSON.stringify({ ...rest, periods: rest.periods.map(({ seconds: ____, ...period }) => period) });
}

describe("the choice of a method", () => {
  it.each([
    ["a map of few words", product(tent(2), tent(-1.75)), 4],
    ["a chaotic map that boxes are tried for", chaoticMap(3, 5, 9, 6), 4],
    ["six dimensions", chaoticMap(6, 3, 1, 3), 3],
    ["a map with continua", cycleModel(Random.of(41, "cycles 7"), 7).raw, 3],
  ] as const)("and all that comes of it do not depend on clocks: %s", async (_, raw, maxPeriod) => {
    const model = raw as object as ModelInput;
    const whole = plain(await findCycles(model, { maxPeriod }));
    const part = plain(await findCyclesInPart(model, { index: 2, of: 3 }, { maxPeriod }));
    for (const milliseconds of CLOCKS) {
      passing(milliseconds);
      expect(plain(await findCycles(model, { maxPeriod }))).toBe(whole);
      expect(plain(await findCyclesInPart(model, { index: 2, of: 3 }, { maxPeriod }))).toBe(part);
      vi.restoreAllMocks();
    }
    // a clock does end a budget
    passing(1e4);
    expect(await findCycles(model, { maxPeriod, maxSeconds: 1 })).toMatchObject({ complete: false });
  });
});
