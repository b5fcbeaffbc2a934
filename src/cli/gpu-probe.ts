import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";

/** A driver that does not answer within this time is not used. */
const PROBE_MS = 20_000;

/** Prints the description of the adapter, or null. */
const SCRIPT = `
const { create } = await import(process.argv[1]);
const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
process.stdout.write(
  JSON.stringify(adapter && { vendor, architecture, device, description, isFallbackAdapter }),
  () => process.exit(0),
);`;

/**
 * A probe by which "auto" finds out whether there is a usable GPU. The native code that a probe loads (Vulkan, and
 * drivers that miss XDG_RUNTIME_DIR) writes to standard error, so a separate process runs it first, and the messages of
 * that process are dropped. Undefined if such messages may be seen (--verbose, or a GPU that the user asked for), or if
 * there is no native package to load.
 */
export function gpuProbe(options: {
  readonly backend?: string | undefined;
  readonly verbose?: boolean | undefined;
}): (() => Promise<boolean>) | undefined {
  const { navigator } = globalThis as { navigator?: { gpu?: unknown } };
  const isNode = process.release.name === "node" && !("Deno" in globalThis) && !("Bun" in globalThis);
  if (options.verbose === true || (options.backend ?? "auto") !== "auto" || navigator?.gpu || !isNode) return undefined;
  return async () => {
    const path = nativePackage();
    const there = path !== undefined && (await hasGpu(pathToFileURL(path).href));
    // some drivers complain if it is not set, although only windows need it
    if (there) process.env.XDG_RUNTIME_DIR ??= tmpdir();
    return there;
  };
}

function nativePackage(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("webgpu");
  } catch {
    return undefined;
  }
}

/**
 * Whether a separate process finds an adapter that is hardware. @param url of the module that the npm package webgpu is
 */
export async function hasGpu(url: string): Promise<boolean> {
  // loaded for a probe alone, as that takes some milliseconds
  const { execFile } = await import("node:child_process");
  const answer = await new Promise<string>((resolve) => {
    const args = ["--input-type=module", "-e", SCRIPT, url];
    // a process that dies, as native code may, means that there is no adapter
    execFile(process.execPath, args, { timeout: PROBE_MS }, (error, stdout) => resolve(error === null ? stdout : ""));
  });
  try {
    const info = JSON.parse(answer) as GPUAdapterInfo | null;
    if (info === null) return false;
    const { isSoftware } = await import("../gpu/device.ts");
    return !isSoftware(info);
  } catch {
    return false;
  }
}
