import { adapterName, isSoftware } from "../../../src/gpu/device.ts";

/** What there is to compute on, for the badge of the page. */
export interface AdapterReport {
  readonly kind: "gpu" | "software" | "none";
  readonly text: string;
}

export async function findAdapter(): Promise<AdapterReport> {
  if (navigator.gpu === undefined) return { kind: "none", text: "CPU only: this browser has no WebGPU" };
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (adapter === null) return { kind: "none", text: "CPU only: WebGPU finds no adapter" };
  const name = adapterName(adapter.info);
  return isSoftware(adapter.info)
    ? { kind: "software", text: `WebGPU in software, no faster than the CPU: ${name}` }
    : { kind: "gpu", text: `WebGPU: ${name}` };
}
