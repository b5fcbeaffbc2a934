import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { GpuBackend } from "../../src/gpu/backend.ts";
import { Gpu } from "../../src/gpu/device.ts";
import { GpuError } from "../../src/gpu/errors.ts";
import { compile } from "../../src/gpu/pipelines.ts";
import { ResilientBackend } from "../../src/gpu/resilient.ts";
import { selfTest } from "../../src/gpu/self-test.ts";
import { findFixedPoints, findFixedPointsOfMany } from "../../src/index.ts";
import { isStillpointError } from "../../src/model/errors.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import type { RegionsWork } from "../../src/run/calibration.ts";
import { Engine } from "../../src/run/engine.ts";
import type { FindOptions } from "../../src/run/options.ts";
import { solveModel } from "../../src/run/solver.ts";
import type { StageBackend, StageOutput } from "../../src/stages/backend.ts";
import { corpus } from "../corpus/generate.ts";
import { type Answer, answersOf } from "../parity/answers.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { FAULTS, type Fault, FaultyGpu } from "./faulty-gpu.ts";

const gpu = await gpuForTests("faults");

afterAll(() => {
  const left = gpu?.bufferCount;
  gpu?.destroy();
  if (left !== undefined) expect(left).toBe(0);
});

const knobs = { batchItems: 5, readbackRecords: 1 };
const system = arrangementOf("generic", 24, 1, 5);
let expected: Answer;

beforeAll(async () => {
  expected = (await answersOf([system], new CpuBackend(), "owned"))[0]!;
});

describeWithGpu(gpu)("50 injected faults", () => {
  const deviceFor = async ({ kind }: Fault) => {
    const own = kind.startsWith("lost");
    return { device: own ? (await Gpu.open()).device : gpu!.device, own };
  };

  it.each(FAULTS.filter((_, i) => i % 2 === 0))(
    "$kind at call $at: a typed error where the GPU was asked for",
    async (fault) => {
      const { device, own } = await deviceFor(fault);
      const faulty = new FaultyGpu(device, fault, own);
      const backend = new GpuBackend(faulty, { knobs });
      const run = answersOf([system], backend, "owned");
      await expect(run).rejects.toSatisfy(
        (error) => error instanceof GpuError && error.code === "GPU_FAILED" && error.message.includes(faulty.name),
      );
      expect(faulty.struck).toBe(true);
      backend.destroy();
      expect(faulty.bufferCount).toBe(0);
    },
  );

  it.each(FAULTS.filter((_, i) => i % 2 === 1))(
    "$kind at call $at: the right answer with a fresh device, or the CPU",
    async (fault) => {
      const { device, own } = await deviceFor(fault);
      const faulty = new FaultyGpu(device, fault, own);
      // every other one gets no fresh device
      const fresh = fault.at % 2 === 0 ? new Gpu(gpu!.device, gpu!.device.adapterInfo, false) : undefined;
      const reopen = async () => {
        if (fresh === undefined) throw new GpuError("internal", faulty.name, "no device any more");
        return new GpuBackend(fresh, { knobs });
      };
      const backend = new ResilientBackend(new GpuBackend(faulty, { knobs }), reopen, new CpuBackend());
      const answer = (await answersOf([system], backend, "owned"))[0]!;
      expect(faulty.struck).toBe(true);
      expect(answer.text).toBe(expected.text);
      expect(answer.outcome.counts.masks).toBe(expected.outcome.counts.masks);
      expect(answer.outcome.backend?.note).toMatch(fresh ? /^a fresh GPU device after: / : /the CPU did the rest/);
      backend.destroy();
      expect(faulty.bufferCount).toBe(0);
      expect(fresh?.bufferCount ?? 0).toBe(0);
    },
  );

  it("a device that is lost again and again ends on the CPU", async () => {
    const lossy = async () => {
      const { device } = await Gpu.open();
      return new GpuBackend(new FaultyGpu(device, { kind: "lost before", at: 1 }, true), { knobs });
    };
    const backend = new ResilientBackend(await lossy(), lossy, new CpuBackend());
    const answer = (await answersOf([system], backend, "owned"))[0]!;
    expect(answer.text).toBe(expected.text);
    expect(answer.outcome.backend?.note?.match(/a fresh GPU device/g)).toHaveLength(2);
    expect(answer.outcome.backend?.note).toMatch(/the CPU did the rest$/);
  });
});

describeWithGpu(gpu)("errors", () => {
  it("of shaders name stage, line, column and source", async () => {
    const code = "fn f() -> f32 { return 1.0; }\n@compute @workgroup_size(1) fn main() { let x: u32 = f(); }";
    const failing = compile(gpu!, "solve", code);
    await expect(failing).rejects.toMatchObject({ code: "GPU_FAILED", failure: "shader" });
    await expect(failing).rejects.toThrow(
      /shaders\/solve\.wgsl \(specialised\) line 2, column \d+: .*\n.*let x: u32 = f\(\)/,
    );
  });

  it("of calls are caught by their scope, with what was done and the cause", async () => {
    const wrong = gpu!.scoped("a wrong copy", () => {
      const encoder = gpu!.device.createCommandEncoder({ label: "wrong" });
      const buffer = gpu!.storage("wrong", 16);
      encoder.copyBufferToBuffer(buffer, 0, buffer, 2, 8);
      gpu!.submit(encoder);
      gpu!.release(buffer);
    });
    await expect(wrong).rejects.toMatchObject({ failure: "validation", cause: expect.anything() });
    await expect(wrong).rejects.toThrow(/^a wrong copy: validation error: /);
  });

  it("thrown inside a scope keep their type and leave the scopes balanced", async () => {
    const own = new GpuError("out-of-memory", "x", "mine");
    await expect(
      gpu!.scoped("x", () => {
        throw own;
      }),
    ).rejects.toBe(own);
    await expect(gpu!.scoped("fine", () => 7)).resolves.toBe(7);
  });
});

describeWithGpu(gpu)("objects", () => {
  it("all carry labels", async () => {
    const { device } = await Gpu.open();
    const unlabelled: string[] = [];
    let made = 0;
    const watched = new Proxy(device, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (!String(name).startsWith("create")) return value.bind(target);
        return (descriptor: { label?: string }) => {
          made++;
          if (!descriptor?.label?.startsWith("stillpoint")) unlabelled.push(String(name));
          return value.call(target, descriptor);
        };
      },
    });
    const backend = new GpuBackend(new Gpu(watched, device.adapterInfo, true), { timestamps: true });
    await selfTest(backend.gpu);
    await answersOf([system], backend, "owned");
    expect(Object.keys(backend.gpuSeconds)).toEqual(["intersect", "expand", "dedup", "compact", "solve"]);
    backend.destroy();
    expect(unlabelled).toEqual([]);
    expect(made).toBeGreaterThan(30);
  });
});

describeWithGpu(gpu)("the public API", () => {
  const model = { A: [[0.5]], U: [[1], [2]], V: [[0.25], [-0.25]], hx: [0.5, 1.5], hz: [-0.25] };
  const options = { backend: "webgpu", method: "regions" } as const;

  it("takes a device of the caller's and leaves it open", async () => {
    const cpu = await findFixedPoints(model, { ...options, backend: "cpu" });
    for (let i = 0; i < 2; i++) {
      const result = await findFixedPoints(model, { ...options, device: gpu!.device });
      expect(result.backend).toBe("webgpu");
      expect(result.adapter).toBe(gpu!.name);
      expect(result.fixedPoints).toEqual(cpu.fixedPoints);
    }
    await expect(gpu!.scoped("still open", () => 1)).resolves.toBe(1);
  });

  it("gives the results of the CPU, byte for byte, for many models at once", async () => {
    const models = corpus()
      .filter((_, i) => i % 12 === 0)
      .map(({ model: object }) => object);
    const texts = async (backend: "cpu" | "webgpu") => {
      const out: string[] = [];
      for await (const outcome of findFixedPointsOfMany(models as ModelInput[], {
        backend,
        method: "regions",
        device: gpu!.device,
      })) {
        if (!("result" in outcome)) throw outcome.error;
        const { fixedPoints, continua, complete } = outcome.result;
        out.push(JSON.stringify({ fixedPoints, continua, complete }));
      }
      return out;
    };
    const found = await texts("webgpu");
    expect(found.length).toBe(models.length);
    expect(found).toEqual(await texts("cpu"));
  });

  it("says so where the GPU does not take a model", async () => {
    const flat = { A: [[0.5]], U: [[0]], V: [[1]], hx: [1], hz: [-1] };
    const result = await findFixedPoints(flat, { ...options, device: gpu!.device });
    expect(result).toMatchObject({ backend: "cpu", adapter: null, complete: true });
    expect(result.backendNote).toMatch(/^solved on the CPU: there are no hyperplanes/);
  });

  it("gives a typed error where there is no adapter", async () => {
    const nothing = { requestAdapter: async () => null };
    await expect(Gpu.open({ gpu: nothing })).rejects.toMatchObject({ code: "NO_GPU" });
    await Gpu.open({ gpu: nothing }).catch((error) => expect(isStillpointError(error)).toBe(true));
  });
});

/** Says "no" to every mask, and is asked about some. */
class Liar extends CpuBackend {
  override runNow(...args: Parameters<CpuBackend["runNow"]>): StageOutput {
    const output = super.runNow(...args);
    const { candidates } = output;
    const audit = Array.from({ length: candidates.count }, (_, i) => ({
      model: 0,
      subset: [],
      mask: candidates.masks.slice(i * candidates.words, (i + 1) * candidates.words),
      branched: true,
    }));
    return { ...output, candidates: { ...candidates, count: 0 }, audit };
  }
}

describe("a wrong answer of a GPU", () => {
  const model = { A: [[0.5]], U: [[1], [2]], V: [[0.25], [-0.2]], hx: [0.5, 1.5], hz: [-0.3] };
  const solveOn = async (options: FindOptions) => {
    /** Finds the liar where a GPU is looked for. */
    class LyingEngine extends Engine {
      override async backend(work?: RegionsWork): Promise<StageBackend> {
        return this.distrust === undefined ? new Liar() : super.backend(work);
      }
    }
    return solveModel(await parseModel(model), { method: "regions", ...options }, new LyingEngine(options));
  };

  it("fails its audit, and is not believed", async () => {
    await expect(answersOf([system], new Liar(), "owned")).rejects.toMatchObject({ code: "GPU_FAILED" });
    await expect(answersOf([system], new Liar(), "owned")).rejects.toThrow(
      /gave the verdict "no" .* float64 contradicts/,
    );
  });

  it("is an error where the GPU was asked for, and a reason to begin anew on the CPU where not", async () => {
    await expect(solveOn({ backend: "webgpu" })).rejects.toMatchObject({ code: "GPU_FAILED" });
    const result = await solveOn({ backend: "auto" });
    expect(result.fixedPoints).toEqual((await findFixedPoints(model, { method: "regions" })).fixedPoints);
    expect(result.fixedPoints.length).toBeGreaterThan(0);
    expect(result.backend).toBe("cpu");
    expect(result.backendNote).toMatch(/float64 contradicts/);
  });
});
