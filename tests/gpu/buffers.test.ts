import { afterAll, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { GpuBackend } from "../../src/gpu/backend.ts";
import { Gpu } from "../../src/gpu/device.ts";
import { GpuError } from "../../src/gpu/errors.ts";
import { ResilientBackend } from "../../src/gpu/resilient.ts";
import { runRegions } from "../../src/regions/run.ts";
import type { StageBackend } from "../../src/stages/backend.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { FAULTS, FaultyGpu } from "./faulty-gpu.ts";

/** No buffer is left behind over many solves, counted at the device itself: not by the class that frees them. */

const gpu = await gpuForTests("buffers");
const SOLVES = process.env.STILLPOINT_FULL === "1" ? 1000 : 50;

afterAll(() => gpu?.destroy());

/** A device that counts its buffers from createBuffer to destroy. */
function watched(device: GPUDevice) {
  const live = new Set<GPUBuffer>();
  const count = { made: 0 };
  const proxy = new Proxy(device, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name !== "createBuffer") return value.bind(target);
      return (descriptor: GPUBufferDescriptor) => {
        const buffer = target.createBuffer(descriptor);
        count.made++;
        live.add(buffer);
        const destroy = buffer.destroy.bind(buffer);
        buffer.destroy = () => {
          live.delete(buffer);
          return destroy();
        };
        return buffer;
      };
    },
  });
  return { device: proxy, live, count };
}

const solve = (backend: StageBackend, units: number, seed: number, expand: "owned" | "branch" = "owned") =>
  runRegions(arrangementOf("generic", units, 1, seed), { found: 0, add() {} }, {}, backend, { expand });

/** Small batches, so that a run of 24 units has five. */
const knobs = { batchItems: 5, readbackRecords: 1 };

describeWithGpu(gpu)("buffers of the device", () => {
  it(`over ${SOLVES} solves, one in five with a fault, none is left`, { timeout: 20 * 60_000 }, async () => {
    const { device, live, count } = watched(gpu!.device);
    const steady = new GpuBackend(new Gpu(device, device.adapterInfo, false));
    const inUse = new Set<number>();
    let made = 0;
    let struck = 0;
    let typed = 0;
    for (let i = 0; i < SOLVES; i++) {
      if (i % 5 !== 4) {
        await solve(steady, 6 + (i % 4), i, i % 3 === 0 ? "branch" : "owned");
        // a few solves until batches are as large as they get
        if (i >= 10) inUse.add(live.size);
        continue;
      }
      const number = Math.floor(i / 5);
      // kinds in turn, and in the end each fault both with and without recovery
      const fault = FAULTS[(11 * number) % FAULTS.length]!;
      const recovers = (number + Math.floor(number / FAULTS.length)) % 2 === 1;
      const before = live.size;
      const lost = fault.kind.startsWith("lost");
      const own = lost ? watched((await Gpu.open()).device) : { device, live, count };
      const faulty = new FaultyGpu(own.device, fault, lost);
      const first = new GpuBackend(faulty, { knobs });
      const reopen = async () => new GpuBackend(new Gpu(device, device.adapterInfo, false), { knobs });
      const backend = recovers ? new ResilientBackend(first, reopen, new CpuBackend()) : first;
      try {
        await solve(backend, 24, 5);
      } catch (error) {
        expect(error).toBeInstanceOf(GpuError);
        typed++;
      }
      backend.destroy();
      if (faulty.struck) struck++;
      expect(live.size).toBe(before);
      if (lost) {
        expect(own.live.size).toBe(0);
        made += own.count.made;
      }
    }
    expect(inUse.size).toBe(1);
    steady.destroy();
    const faults = Math.floor(SOLVES / 5);
    console.info(
      `${SOLVES} solves, ${struck} of ${faults} faults struck (${typed} typed errors, the others recovered): ` +
        `${made + count.made} buffers made, at most ${Math.max(...inUse)} kept between solves, ${live.size} left`,
    );
    expect(live.size).toBe(0);
    expect(struck).toBe(faults);
    expect(count.made).toBeGreaterThan(100);
  });

  it("and one that is leaked is noticed, also where our own count is not", async () => {
    class LeakyGpu extends Gpu {
      override release(...buffers: readonly GPUBuffer[]): void {
        const leaked = buffers.find(({ label }) => label.endsWith("readback"));
        const destroy = leaked?.destroy;
        // forgotten, not destroyed
        if (leaked !== undefined) leaked.destroy = () => undefined;
        super.release(...buffers);
        if (leaked !== undefined && destroy !== undefined) leaked.destroy = destroy;
      }
    }
    const { device, live } = watched(gpu!.device);
    const leaky = new LeakyGpu(device, device.adapterInfo, false);
    const backend = new GpuBackend(leaky);
    await solve(backend, 8, 1);
    backend.destroy();
    expect(leaky.bufferCount).toBe(0);
    expect(live.size).toBe(1);
    for (const buffer of live) buffer.destroy();
    expect(live.size).toBe(0);
  });
});
