import { afterAll, describe, expect, it } from "vitest";
import { TwinBoxFilter } from "../../src/cpu/filter-boxes.ts";
import { GpuBoxFilter } from "../../src/gpu/box-filter.ts";
import { DEFAULT_KNOBS } from "../../src/gpu/plan.ts";
import type { BoxFilter } from "../../src/stages/box-filter.ts";
import { someUnits } from "../search/kernel/tables.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { boxBodies, compareBoxes, someBoxes, unitsOf, withZero } from "./box-bodies.ts";
import { TINY } from "./implementations.ts";

const gpu = await gpuForTests("parity of the box filter");

afterAll(() => gpu?.destroy());

const filters: [string, BoxFilter, typeof describe.skip][] = [["the twin in float32", new TwinBoxFilter(), describe]];
for (const knobs of [{}, TINY]) {
  // without a GPU they are skipped, and run on nothing
  const filter = gpu === undefined ? new TwinBoxFilter() : new GpuBoxFilter(gpu, { ...DEFAULT_KNOBS, ...knobs });
  filters.push([`GPU ${JSON.stringify(knobs)}`, filter, describeWithGpu(gpu)]);
}

for (const [name, filter, describeIt] of filters) {
  describeIt(name, () => {
    for (const { name, run } of boxBodies) it(name, () => run(filter));
  });
}

describeWithGpu(gpu)("a filter on a GPU", () => {
  it("leaves no buffers", async () => {
    const filter = new GpuBoxFilter(gpu!, DEFAULT_KNOBS);
    const before = gpu!.bufferCount;
    const units = unitsOf(someUnits(3, 1));
    for (const count of [3, 70, 5]) await filter.filter(units, someBoxes(3, count, 1));
    expect(gpu!.bufferCount).toBeGreaterThan(before);
    filter.release(units);
    filter.freeBatches();
    expect(gpu!.bufferCount).toBe(before);
  });
});

describe("the comparator of boxes", () => {
  it("notices one wrong number of a table, a wrong verdict, and a wrong count", async () => {
    const twin = new TwinBoxFilter();
    const units = unitsOf(someUnits(3, 5));
    const boxes = someBoxes(3, 100, 5);
    const right = await twin.filter(units, boxes);
    expect(compareBoxes(await twin.filter(units, boxes), right)).toEqual([]);
    const rows = units.rows.slice();
    rows[3] += 1;
    expect(compareBoxes(await twin.filter({ ...units, rows }, boxes), right)).not.toEqual([]);
    const sure = right.nearness.findIndex((x) => x < 0.5);
    const verdicts = right.verdicts.with(sure, right.verdicts[sure] ^ 1);
    expect(compareBoxes({ ...right, verdicts }, right)).toHaveLength(1);
    const undecided = right.undecided.with(3, right.undecided[3] + 2);
    expect(compareBoxes({ ...right, undecided }, right)).toHaveLength(1);
  });

  it("of zeros notices bounds that are left out", async () => {
    // a zero in the middle of tiny boxes: without the error of units only the bands could keep them
    let discarded = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const units = unitsOf(withZero(someUnits(3, seed), [0.3, -0.7, 0.1]));
      const boxes = new Float32Array(Array.from({ length: 20 }, () => [0.3, -0.7, 0.1, 2e-8, 4e-8, 1e-8]).flat());
      const base = units.base.slice();
      expect((await new TwinBoxFilter().filter(units, boxes)).verdicts.every((verdict) => (verdict & 1) === 0)).toBe(
        true,
      );
      base.fill(0, 12);
      const { verdicts } = await new TwinBoxFilter().filter({ ...units, base }, boxes);
      if (verdicts.some((verdict) => verdict & 1)) discarded++;
    }
    expect(discarded).toBeGreaterThan(0);
  });
});
