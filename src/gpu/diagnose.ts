import { isStillpointError } from "../model/errors.ts";
import { adapterName, Gpu, isSoftware, runtimeGpu } from "./device.ts";
import { selfTest } from "./self-test.ts";

/** One adapter, and whether its arithmetic can be trusted. */
interface AdapterReport {
  readonly name: string;
  /** Whether the adapter computes on the CPU: its answers are right, but come no faster. */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** "passed", or the fault. */
  readonly selfTest: string;
}

export interface GpuReport {
  /** Why there is no WebGPU here, or undefined. */
  readonly missing?: string;
  readonly adapters: readonly AdapterReport[];
}

/** The limits that decide the sizes of batches. */
const LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupStorageSize",
] as const;

const REQUESTS: readonly GPURequestAdapterOptions[] = [
  { powerPreference: "high-performance" },
  { powerPreference: "low-power" },
  { forceFallbackAdapter: true },
];

/** Tests every adapter that the runtime offers. Throws nothing: faults are in the report. */
export async function diagnoseGpus(): Promise<GpuReport> {
  let gpu: GPU;
  try {
    gpu = await runtimeGpu();
  } catch (error) {
    return { missing: messageOf(error), adapters: [] };
  }
  const reports = new Map<string, AdapterReport>();
  for (const request of REQUESTS) {
    const adapter = await gpu.requestAdapter(request).catch(() => null);
    if (adapter === null) continue;
    const name = adapterName(adapter.info);
    if (!reports.has(name)) reports.set(name, await examine(adapter, name));
  }
  const adapters = [...reports.values()];
  return adapters.length > 0 ? { adapters } : { missing: "WebGPU is here but offers no adapter", adapters };
}

async function examine(adapter: GPUAdapter, name: string): Promise<AdapterReport> {
  return {
    name,
    software: isSoftware(adapter.info),
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    selfTest: await testAdapter(adapter),
  };
}

async function testAdapter(adapter: GPUAdapter): Promise<string> {
  let gpu: Gpu | undefined;
  try {
    gpu = await Gpu.open({ gpu: { requestAdapter: async () => adapter } });
    await selfTest(gpu);
    return "passed";
  } catch (error) {
    return messageOf(error);
  } finally {
    gpu?.destroy();
  }
}

function messageOf(error: unknown): string {
  return isStillpointError(error) || error instanceof Error ? error.message : String(error);
}
