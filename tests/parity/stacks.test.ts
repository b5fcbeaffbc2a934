import { afterAll, describe, expect, it } from "vitest";
import { TwinStacks } from "../../src/cpu/box-stack.ts";
import { GpuStacks } from "../../src/gpu/box-stack.ts";
import { shaders } from "../../src/gpu/shaders.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { compareLaunches, launchesOf, SIZES, someSystems, stackBodies } from "./stack-bodies.ts";

const gpu = await gpuForTests("parity of stacks of boxes");

afterAll(() => gpu?.destroy());

describeWithGpu(gpu)("a stack on a GPU", () => {
  for (const lanes of [1, 4]) {
    const open = (sizes: typeof SIZES) => new GpuStacks(gpu!, { ...sizes, lanes, planLanes: lanes });
    for (const { name, run } of stackBodies.slice(lanes === 1 ? 0 : 1, lanes === 1 ? 3 : 2)) {
      it(`${name}, ${lanes} invocations a box`, { timeout: 120_000 }, () => run({ open, exact: gpu!.software }));
    }
  }

  it("leaves no buffers", { timeout: 60_000 }, async () => {
    const before = gpu!.bufferCount;
    await launchesOf(new GpuStacks(gpu!, { ...SIZES, lanes: 1, planLanes: 1 }), someSystems(3), 1);
    expect(gpu!.bufferCount).toBe(before);
  });
});

/** One wrong operation in each shader, and in each part of the longest. */
const BROKEN: readonly (readonly [keyof typeof shaders, string, string])[] = [
  ["box_step", "p += PROJECTION * size + KINK * kinks;", "p += PROJECTION * size - KINK * kinks;"],
  ["box_step", "sum += layout.$.folds[start];", "sum -= layout.$.folds[start];"],
  ["box_step", "let half = (spread + error) * SLACK", "let half = 0.99 * (spread + error) * SLACK"],
  ["box_step", "if (!(abs(value) > spread + error * SLACK))", "if (!(abs(value) > 0.9 * spread + error * SLACK))"],
  ["box_plan", "to += countOneBits(layout.$.answers[at + PARTS]);", "to += 1u;"],
  ["box_plan", "COUNT_WORDS * layout.$.answers[at + RECORD + SYSTEM];", "COUNT_WORDS;"],
  ["box_scatter", "let side = select(LO + R, LO,", "let side = select(LO, LO + R,"],
];

describeWithGpu(gpu)("a broken shader of a stack", () => {
  it.each(BROKEN.slice(0, process.env.STILLPOINT_FULL === "1" ? undefined : 2))(
    "is noticed: %s, %s",
    async (name, right, wrong) => {
      expect(shaders[name]).toContain(right);
      const source = shaders[name];
      const table = shaders as Record<string, string>;
      table[name] = source.replace(right, wrong);
      try {
        // lanes of their own, so that no pipeline of the right source is taken
        const lanes = 5 + BROKEN.findIndex((each) => each[1] === right);
        const systems = someSystems(3);
        const expected = await launchesOf(new TwinStacks(SIZES), systems, 2);
        const got = await launchesOf(new GpuStacks(gpu!, { ...SIZES, lanes, planLanes: lanes }), systems, 2);
        expect(compareLaunches(got, expected, true)).not.toEqual([]);
      } finally {
        table[name] = source;
      }
    },
    120_000,
  );
});

describe("the comparator of launches", () => {
  it("notices one wrong number of a table, and a count that is far off", async () => {
    const systems = someSystems(3);
    const expected = await launchesOf(new TwinStacks(SIZES), systems, 2);
    expect(compareLaunches(expected, expected, true)).toEqual([]);
    const rows = systems[0]!.rows.slice();
    rows[3]! += 2 ** -10;
    const wrong = await launchesOf(new TwinStacks(SIZES), [{ ...systems[0]!, rows }, systems[1]!], 2);
    expect(compareLaunches(wrong, expected, true)).toHaveLength(1);
    const flat = await launchesOf(new TwinStacks({ ...SIZES, slab: 3 }), systems, 2);
    expect(compareLaunches(flat, expected, false)).not.toEqual([]);
  });
});
