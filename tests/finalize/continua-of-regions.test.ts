import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { F64 } from "../../src/float/precision.ts";
import { runRegions } from "../../src/regions/run.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { randomSmall } from "../support/singular.ts";
import { cases } from "./continuum-cases.ts";
import { seed, solve } from "./every-mask.ts";

describe("the regions method", () => {
  const listed = async (plain: Plain, expand: "owned" | "branch") => {
    const system = plainSystem(plain);
    const finalizer = new Finalizer(system);
    const outcome = await runRegions(system, finalizer, {}, new CpuBackend(F64), { expand });
    expect(outcome.complete).toBe(true);
    const { fixedPoints, continua } = finalizer.finish();
    return { points: fixedPoints.map(({ z }) => z), continua: continua.map(({ contains: _, ...fields }) => fields) };
  };
  const fromAllMasks = (plain: Plain) => {
    const { points, continua } = solve(plain);
    return { points, continua: continua.map(({ contains: _, ...fields }) => fields) };
  };

  it("gives the same continua as all 2^N masks: hand-made cases", async () => {
    for (const { model } of Object.values(cases)) {
      expect(await listed(model, "owned")).toEqual(fromAllMasks(model));
      expect(await listed(model, "branch")).toEqual(fromAllMasks(model));
    }
  });

  it("gives the same continua as all 2^N masks: random systems", async () => {
    await fc.assert(
      fc.asyncProperty(randomSmall, async (plain) => {
        expect(await listed(plain, "owned")).toEqual(fromAllMasks(plain));
      }),
      { seed: seed + 5, numRuns: 100 },
    );
  });
});
