import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";

/** A driver that says nothing for so long is of no use. */
const PROBE_MS = 20_000;

/** Prints what the adapter says of itself, or null. */
const SCRIPT = `
const { create } = await import(process.argv[1]);
const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
const { vendor, architecture, device, description, isFallbackAdapter } = adapter?.info ?? {};
process.stdout.write(
  JSON.stringify(adapter && { vendor, architecture, device, description, isFallbackAdapter }),
  () => process.exit(0),
);`;

/**
 * How "auto" finds out whether there is a GPU worth taking, without a word on standard error from the native code that it loads (Vulkan, and
 * drivers that miss XDG_RUNTIME_DIR): a process of its own looks first, and what it writes there is nobody's. Undefined where such words may
 * be seen (--verbose, a GPU that was asked for), or where there is no native package to load.
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
    // some drivers complain where it is not set, and need it for nothing but windows
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

/** Whether another process finds an adapter that is no software. @param url of the module that the npm package webgpu is */
export async function hasGpu(url: string): Promise<boolean> {
  const answer = await new Promise<string>((resolve) => {
    const args = ["--input-type=module", "-e", SCRIPT, url];
    // a process that dies, as native code may, has answered that there is none
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
