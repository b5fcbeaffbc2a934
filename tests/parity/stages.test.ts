import { afterAll, describe, expect, it } from "vitest";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { UNCHECKED } from "../../src/float/precision.ts";
import { ItemStatus, NO_HYPERPLANE, Verdict } from "../../src/stages/batch.ts";
import { stageModel } from "../../src/stages/stage-model.ts";
import { arrangementOf, hostile } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { compareSigns, compareVerdicts, expectedMasks, sortedMasks } from "./compare.ts";
import { cpuImplementation, f32Model, gpuImplementation, type StageImplementation } from "./implementations.ts";
import { allSegments, LOOKS_AT_KINDS, masksOf, randomSigns, stageBodies } from "./stage-bodies.ts";

const gpu = await gpuForTests("parity of stages");
/** Few threads, so that a handful of items crosses workgroups, and rows of workgroups. */
const TINY = { workgroup: 4, workgroups: 3 };

afterAll(() => gpu?.destroy());

let tiny: StageImplementation | undefined;
const implementations: [StageImplementation, typeof describe.skip][] = [[cpuImplementation, describe]];
if (gpu !== undefined) {
  tiny = gpuImplementation(gpu, TINY);
  implementations.push([gpuImplementation(gpu), describe], [tiny, describe]);
} else implementations.push([{ ...cpuImplementation, name: "GPU" }, describeWithGpu(gpu)]);

for (const [implementation, describeIt] of implementations) {
  describeIt(implementation.name, () => {
    const isLong = (name: string): boolean => implementation === tiny && LOOKS_AT_KINDS.test(name);
    for (const { name, run } of stageBodies) if (!isLong(name)) it(name, () => run(implementation));
  });
}

describe("comparators", () => {
  const system = arrangementOf("generic", 8, 2, 5);
  const reduced = reduceSystem(system);
  const model = f32Model(reduced);

  it("of signs notice one flipped bit, a lost dependence and arithmetic without bounds", async () => {
    const segments = allSegments(8, 2, "owned");
    const signs = await cpuImplementation.intersect(model, segments, "owned");
    expect(compareSigns(reduced, signs, "owned").complaints).toEqual([]);
    signs.positive[3]! ^= 1 << 2;
    expect(compareSigns(reduced, signs, "owned").complaints).toEqual(["item 3 [0,4]: wrong bit 2"]);
    signs.positive[3]! ^= 1 << 2;
    signs.status[5] = ItemStatus.dependent;
    expect(compareSigns(reduced, signs, "owned").complaints.length).toBe(1);
    const near = reduceSystem(hostile(2, 8, 3));
    const unchecked = stageModel(near, { ...UNCHECKED, array: Float32Array }, 0);
    const wrong = await cpuImplementation.intersect(unchecked, allSegments(8, 3, "owned"), "owned");
    expect(compareSigns(near, wrong, "owned").complaints.length).toBeGreaterThan(0);
  });

  it("of masks notice a lost, a doubled and a changed one", async () => {
    const signs = randomSigns(8, 2, 20, 1);
    const expected = expectedMasks(signs, 2, 8, "owned", 2);
    const masks = await cpuImplementation.expand(model, signs, "owned", 2);
    expect(sortedMasks(masks)).toEqual(expected);
    masks.masks[4]! ^= 1;
    expect(sortedMasks(masks)).not.toEqual(expected);
    masks.masks[4]! ^= 1;
    masks.count--;
    expect(sortedMasks(masks)).not.toEqual(expected);
  });

  it("of verdicts notice a wrong one and a wrong z", async () => {
    const masks = await masksOf(system);
    const run = () => cpuImplementation.solve(model, masks, new Uint32Array(20).fill(NO_HYPERPLANE));
    const right = await run();
    expect(compareVerdicts(system, reduced, model, masks, right).complaints).toEqual([]);
    const opposite = { ...right, verdicts: right.verdicts.map((v) => (v === Verdict.yes ? Verdict.no : Verdict.yes)) };
    expect(compareVerdicts(system, reduced, model, masks, opposite).complaints.length).toBe(masks.count);
    const moved = await run();
    moved.z[2]! += 1e-3;
    expect(compareVerdicts(system, reduced, model, masks, moved).complaints.length).toBe(1);
  });
});
