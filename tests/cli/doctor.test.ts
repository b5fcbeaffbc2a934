import { describe, expect, it } from "vitest";
import { type DoctorReport, doctorText } from "../../src/cli/doctor.ts";
import { PLAIN } from "../../src/formats/write/write-text.ts";
import { diagnoseGpus } from "../../src/gpu/diagnose.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";

const gpu = await gpuForTests("doctor");
gpu?.destroy();

const base: DoctorReport = { version: "1.2.3", runtime: "Node 20", others: [], adapters: [], auto: "cpu" };
const adapter = {
  name: "nvidia H100",
  software: false,
  features: ["timestamp-query"],
  limits: { maxBufferSize: 7 },
  selfTest: "passed",
};

describe("the text of doctor", () => {
  it("says plainly when an adapter is software", () => {
    const text = doctorText({ ...base, adapters: [{ ...adapter, name: "SwiftShader", software: true }] }, PLAIN);
    expect(text).toMatch(/adapter SwiftShader\n {2}a software adapter: it computes on the CPU, right but no faster/);
    expect(text).toMatch(/--backend auto takes the CPU\.\n$/);
    expect(doctorText({ ...base, auto: "webgpu", adapters: [adapter] }, PLAIN)).not.toMatch(/software/);
  });

  it("says what is missing, what failed, and what there is", () => {
    const none = doctorText({ ...base, missing: "no driver", others: ["deno"] }, PLAIN);
    expect(none).toMatch(/no GPU: no driver/);
    expect(none).toMatch(/other runtimes with WebGPU: deno/);
    const text = doctorText({ ...base, adapters: [{ ...adapter, selfTest: "1 + 1 is 3" }] }, PLAIN);
    expect(text).toMatch(/self-test of its arithmetic: 1 \+ 1 is 3/);
    expect(text).toMatch(/maxBufferSize 7\n {2}features timestamp-query/);
  });
});

describeWithGpu(gpu)("diagnosing", () => {
  it("finds the adapter of these tests and tests it", async () => {
    const { adapters, missing } = await diagnoseGpus();
    expect(missing).toBeUndefined();
    expect(adapters.map(({ name }) => name)).toContain(gpu!.name);
    for (const { selfTest, limits } of adapters) {
      expect(selfTest).toBe("passed");
      expect(limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    }
  });
});
