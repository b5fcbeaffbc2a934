import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { GpuBackend } from "../../src/gpu/backend.ts";
import { GpuStacks } from "../../src/gpu/box-stack.ts";
import { Gpu } from "../../src/gpu/device.ts";
import { type FindOptions, findFixedPoints, findFixedPointsOfMany, type Result } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { ExactArray } from "../../src/model/system.ts";
import { runSearch } from "../../src/search/queue/run.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { type Fault, FaultyGpu } from "./faulty-gpu.ts";

const gpu = await gpuForTests("boxes on a GPU");

afterAll(() => gpu?.destroy());

/** What must be the same, byte for byte. */
const answer = ({ fixedPoints, continua, complete }: Result): string =>
  JSON.stringify({ fixedPoints, continua, complete });

/** On the CPU and on the GPU. */
async function both(model: unknown, options: FindOptions = {}): Promise<[Result, Result]> {
  const on = (backend: "cpu" | "webgpu") =>
    findFixedPoints(model as ModelInput, { ...options, method: "search", backend, device: gpu!.device });
  return [await on("cpu"), await on("webgpu")];
}

const tinyModel = { A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] };

const shared = new URL("../../../shared/models/smc_hc2_rank3.json", import.meta.url);

describeWithGpu(gpu)("a search on the backend webgpu", () => {
  /** Boxes that are not settled at once. */
  const model = (seed = 5) => {
    const { U, h, V } = arrangementOf("clipped", 60, 4, seed);
    const rows = (values: Float64Array, factor: number) =>
      Array.from({ length: 60 }, (_, j) => Array.from(values.subarray(4 * j, 4 * j + 4), (x) => factor * x));
    return { A: [0.5, 0.4, 0.3, 0.2], U: rows(U, 1), V: rows(V.rounded, 16), hx: [...h.rounded], hz: [0.1, 0, 0, 0] };
  };

  it("does boxes there and gives the answer of the CPU", async () => {
    const [cpu, webgpu] = await both(model());
    expect(answer(webgpu)).toBe(answer(cpu));
    expect(webgpu).toMatchObject({ complete: true, method: "search", backend: "webgpu", adapter: gpu!.name });
    expect(webgpu.counts.gpuBoxes).toBeGreaterThan(100);
    expect(webgpu.counts.boxes).toBeLessThan(cpu.counts.boxes!);
    expect(cpu.counts).not.toHaveProperty("gpuBoxes");
  });

  it("does without where the search ends before", async () => {
    const [cpu, webgpu] = await both(tinyModel);
    expect(answer(webgpu)).toBe(answer(cpu));
    expect(webgpu).toMatchObject({ backend: "cpu", counts: cpu.counts });
    expect(webgpu.backendNote).toMatch(/^searched on the CPU: there was no box that the GPU takes/);
    expect(cpu).not.toHaveProperty("backendNote");
  });

  it.skipIf(!existsSync(shared))("gives the answer of the CPU on a model of 1024 hyperplanes", async () => {
    const [cpu, webgpu] = await both(JSON.parse(readFileSync(shared, "utf8")));
    expect(answer(webgpu)).toBe(answer(cpu));
    expect(webgpu.fixedPoints).toHaveLength(1);
    expect(webgpu.counts.gpuBoxes).toBeGreaterThan(1000);
    expect(webgpu.counts.boxes).toBeLessThan(0.2 * cpu.counts.boxes!);
  });

  it("does the boxes of many models on one stack, and gives the answers of the CPU", async () => {
    const models = [5, 6, 5].map((seed) => model(seed)).concat(tinyModel as never);
    const outcomesOn = async (backend: "cpu" | "webgpu") => {
      const options = { method: "search", backend, device: gpu!.device } as const;
      const results: Result[] = [];
      for await (const outcome of findFixedPointsOfMany(models as ModelInput[], options))
        results.push((outcome as { result: Result }).result);
      return results;
    };
    const opened = vi.spyOn(GpuStacks.prototype, "open");
    const together = await outcomesOn("webgpu");
    expect(opened).toHaveBeenCalledTimes(1);
    opened.mockRestore();
    expect(together.map(answer)).toEqual((await outcomesOn("cpu")).map(answer));
    expect(together.map(({ backend }) => backend)).toEqual(["webgpu", "webgpu", "webgpu", "cpu"]);
    expect(together[2]!.counts).toEqual({ ...together[0]!.counts, gpuAudited: expect.any(Number) });
    const [, single] = await both(models[1]);
    expect(together[1]!.counts.gpuBoxes).toBe(single.counts.gpuBoxes);
  });

  it.each<Fault>([
    { kind: "allocation", at: 0 },
    { kind: "allocation", at: 3 },
    { kind: "lost before", at: 1 },
    { kind: "lost after", at: 0 },
    { kind: "mapping", at: 1 },
    { kind: "lost while mapping", at: 1 },
  ])("ends with a typed error where the device fails: $kind at call $at", async (fault) => {
    const { device } = await Gpu.open();
    const faulty = new FaultyGpu(device, fault, true);
    const backend = new GpuBackend(faulty);
    const generic = arrangementOf("generic", 60, 4, 5);
    const system = { ...generic, V: ExactArray.ofNumbers(generic.V.rounded.map((x) => 64 * x)) };
    const run = runSearch(system, new Finalizer(system), { device: { open: async () => backend } });
    await expect(run).rejects.toMatchObject({ code: "GPU_FAILED" });
    expect(faulty.struck).toBe(true);
    backend.destroy();
    expect(faulty.bufferCount).toBe(0);
  });
});

describe("the backend auto", () => {
  it("looks for no GPU for a search", async () => {
    const model = { A: [0.5], U: [[1], [-1]], V: [[1.5], [-1.5]], hx: [0.5, 0.5], hz: [0] };
    const device = new Proxy({} as GPUDevice, {
      get: () => {
        throw new Error("asked");
      },
    });
    expect((await findFixedPoints(model, { method: "search", device })).backend).toBe("cpu");
  });
});
