import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { subsetCount } from "../../src/arrangement/counts.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { F32 } from "../../src/float/precision.ts";
import { GpuBackend, type GpuOptions } from "../../src/gpu/backend.ts";
import { parseModel } from "../../src/model/parse.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { HostStages } from "../support/host-stages.ts";
import { answersOf, differing } from "./answers.ts";
import { TINY, twins } from "./implementations.ts";
import { f32Hostile, longBodies, pipelineBodies, sameAnswers } from "./pipeline-bodies.ts";

const gpu = await gpuForTests("parity of the pipeline");
const FULL = process.env.STILLPOINT_FULL === "1";
const modes = ["owned", "branch"] as const;
const reference = new CpuBackend();

const opened: GpuBackend[] = [];
function gpuBackend(options?: GpuOptions): GpuBackend {
  const backend = new GpuBackend(gpu!, options);
  opened.push(backend);
  return backend;
}

afterAll(() => {
  for (const backend of opened) backend.freeBatches();
  const left = gpu?.bufferCount;
  gpu?.destroy();
  if (left !== undefined) expect(left).toBe(0);
});

const backends: [string, () => StageBackend, typeof describe.skip][] = [
  ["CPU twins in float32", () => new CpuBackend(F32), describe],
  ["GPU", () => gpuBackend(), describeWithGpu(gpu)],
  ["GPU in tiny batches", () => gpuBackend({ knobs: TINY }), describeWithGpu(gpu)],
];

for (const [name, open, describeIt] of backends) {
  describeIt(name, () => {
    for (const body of pipelineBodies) it(body.name, () => body.run(open()));
  });
}

describeWithGpu(gpu)("GPU in whole batches", () => {
  for (const body of longBodies) it(body.name, () => body.run(gpuBackend()));
});

describeWithGpu(gpu)("a second look", () => {
  it("leaves fewer candidates and vertices to the CPU, for the same answers", async () => {
    const systems = Array.from({ length: 60 }, (_, seed) => f32Hostile(seed + 1));
    const left = async (knobs: GpuOptions["knobs"]) => {
      const { owned } = await sameAnswers(systems, gpuBackend({ knobs }));
      const total = (name: "f64Decisions" | "undecided") =>
        owned.reduce((sum, { outcome: { counts } }) => sum + counts[name]!, 0);
      return { candidates: total("f64Decisions"), vertices: total("undecided") };
    };
    const without = await left({ refineFrom: Number.POSITIVE_INFINITY });
    const all = await left({ refineFrom: 0 });
    const some = await left({ refineFrom: 0, refineShare: 0.01 });
    expect(all.candidates).toBeLessThan(0.7 * without.candidates);
    expect(some.candidates).toBeGreaterThan(all.candidates);
    expect(some.candidates).toBeLessThan(without.candidates);
    // the matrices of most open subsets are past what one step from 30 bits decides
    expect(all.vertices).toBeLessThan(without.vertices);
    expect(some.vertices).toBeGreaterThan(all.vertices);
    expect(some.vertices).toBeLessThan(without.vertices);
  });
});

describeWithGpu(gpu)("the stage switch", () => {
  it.each([1, 2, 3, 4] as const)("with the first %i stages on the CPU gives the same answers", async (count) => {
    const systems = (["generic", "clipped", "small"] as const).map((kind) => arrangementOf(kind, 8, 2, 5));
    for (const mode of modes) {
      const backend = gpuBackend({ firstStages: new HostStages(count, twins), knobs: { batchItems: 11 } });
      const found = await answersOf(systems, backend, mode);
      expect(differing(found, await answersOf(systems, reference, mode))).toEqual([]);
    }
  });
});

describe("the comparator of answers", () => {
  it("notices one lost fixed point and one changed bit", async () => {
    const [answer] = await answersOf([arrangementOf("generic", 8, 2, 5)], reference, "owned");
    expect(answer!.fixedPoints).toBeGreaterThan(0);
    const lost = JSON.parse(answer!.text);
    lost.fixedPoints.pop();
    const changed = JSON.parse(answer!.text);
    changed.fixedPoints[0].z[0] *= 1 + 2 ** -52;
    for (const other of [lost, changed]) {
      expect(differing([answer!], [{ ...answer!, text: JSON.stringify(other) }])).toEqual([0]);
    }
    expect(differing([answer!], [answer!])).toEqual([]);
  });
});

it("hostile systems lose fixed points without the error bounds of float32", async () => {
  const systems = Array.from({ length: 60 }, (_, seed) => f32Hostile(seed + 1));
  const unchecked = new CpuBackend({ ...F32, unit: 0, tiny: 0, huge: Number.POSITIVE_INFINITY, slack: 0 });
  const found = await answersOf(systems, unchecked, "owned");
  expect(differing(found, await answersOf(systems, reference, "owned")).length).toBeGreaterThan(5);
});

const MODELS = new URL("../../../shared/models/", import.meta.url);

/** Non-clipped real models, all or a sample. */
function realModels(): string[] {
  const names = readdirSync(MODELS).filter((name) => name.endsWith(".json"));
  const sampled = FULL
    ? names
    : names.filter((name) => !/bursting|_m30_/.test(name) && (!/^(scyfi|dynamix)/.test(name) || /_0[01]0/.test(name)));
  return sampled.filter((name) => JSON.parse(readFileSync(new URL(name, MODELS), "utf8")).kind !== "clippedShPLRNN");
}

describe.skipIf(gpu === undefined || !existsSync(MODELS))("real models (../shared/models)", () => {
  const load = async (name: string) =>
    (await parseModel(JSON.parse(readFileSync(new URL(name, MODELS), "utf8")))).system;

  it("give the same answers, in owned and in branch mode", { timeout: 3_600_000 }, async () => {
    const names = realModels();
    expect(names.length).toBeGreaterThan(FULL ? 300 : 15);
    await sameAnswers(await Promise.all(names.map(load)), gpuBackend(), names);
  });

  it("300 small ones take ⌈items/batch⌉ dispatch sequences per shape", async () => {
    const names = readdirSync(MODELS).filter((name) => name.startsWith("scyfi"));
    const systems = await Promise.all(names.map(load));
    const batchItems = 4096;
    const answers = await answersOf(systems, gpuBackend({ knobs: { batchItems } }), "owned");
    const groups = new Map<number, { items: number; models: number }>();
    for (const system of systems) {
      const reduced = reduceSystem(system);
      const group = groups.get(system.latentDim) ?? { items: 0, models: 0 };
      group.items += Number(subsetCount(reduced.count, reduced.columns.length, "owned"));
      group.models++;
      groups.set(system.latentDim, group);
    }
    expect(names.length).toBe(300);
    expect(groups.size).toBe(2);
    answers.forEach(({ outcome: { counts } }, i) => {
      const { items, models } = groups.get(systems[i]!.latentDim)!;
      const sequences = Math.ceil(items / batchItems);
      expect(counts).toMatchObject({ models, batches: sequences, dispatches: 5 * sequences });
      expect(counts.readbacks).toBeGreaterThanOrEqual(sequences);
    });
  });
});
