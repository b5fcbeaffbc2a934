import { expect, it } from "vitest";
import { Restarts } from "../../bench/restarts.ts";
import { CycleFinish } from "../../src/cycles/finish.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { tent } from "../cycles/raw-maps.ts";
import { Random } from "../support/random.ts";

it("restarts from random sequences of masks find cycles, each once, and none that is none", async () => {
  const { system } = parseValue(tent(2) as ModelInput);
  const finish = new CycleFinish(system);
  const restarts = new Restarts(system, new Random(1), finish);
  const counts: number[] = [];
  for (let period = 1; period <= 4; period++) {
    let words = 0;
    for (let n = 0; n < 300; n++) if (restarts.once(period)) words++;
    counts.push((await finish.conclude(period, {})).cycles.length);
    // of shorter cycles, too
    expect(words).toBeGreaterThanOrEqual(counts.at(-1)!);
  }
  expect(counts).toEqual([2, 1, 2, 3]);
  expect(finish.counts.singularWords).toBe(0);
});
