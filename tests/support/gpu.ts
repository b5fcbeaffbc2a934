import { describe } from "vitest";
import { Gpu } from "../../src/gpu/device.ts";

/**
 * The GPU that a test file runs on. Without one its tests are skipped, with a warning and vitest's count; under
 * REQUIRE_GPU=1 that is a failure. `node scripts/with-gpu.mjs` brings a software driver.
 */
export async function gpuForTests(file: string): Promise<Gpu | undefined> {
  try {
    const gpu = await Gpu.open();
    console.info(`${file}: ${gpu.name}${gpu.software ? " (software)" : ""}`);
    return gpu;
  } catch (error) {
    if (process.env.REQUIRE_GPU === "1") throw error;
    console.warn(`${file}: GPU TESTS SKIPPED: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** `describe`, skipped where there is no GPU. */
export function describeWithGpu(gpu: Gpu | undefined): typeof describe.skip {
  return gpu === undefined ? describe.skip : describe;
}
