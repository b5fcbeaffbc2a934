import { packageVersion } from "./host.ts";
import { type BenchRuntime, processRuntime } from "./runtimes.ts";

export function nodeVersions(): Record<string, string> {
  return { V8: process.versions.v8, webgpu: packageVersion("webgpu") };
}

/** Node from the source, through tsx. */
export function nodeRuntime(): BenchRuntime {
  return processRuntime([process.execPath, "--import", "tsx"], nodeVersions());
}
