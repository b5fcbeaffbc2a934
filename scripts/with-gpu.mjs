#!/usr/bin/env node
// Usage: node scripts/with-gpu.mjs COMMAND ARGUMENTS…
//
// Runs a command with a Vulkan driver for Dawn and Deno; the variables must be set before the process starts. On Linux the driver is, in this
// order: WEBGPU_ICD (a path, or "native" to change nothing), VK_ICD_FILENAMES or VK_DRIVER_FILES if set, SwiftShader of Debian's chromium,
// and else SwiftShader with a Vulkan loader out of the npm package @sparticuz/chromium.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FILES = ["libvk_swiftshader.so", "libvulkan.so.1", "vk_swiftshader_icd.json"];

/** The folder of an installed package's archive, or undefined. */
function archive() {
  try {
    let folder = dirname(createRequire(join(root, "package.json")).resolve("@sparticuz/chromium"));
    while (!existsSync(join(folder, "bin/swiftshader.tar.br"))) {
      if (folder === dirname(folder)) return undefined;
      folder = dirname(folder);
    }
    return join(folder, "bin/swiftshader.tar.br");
  } catch {
    return undefined;
  }
}

/** Unpacks SwiftShader from a brotli-compressed ustar archive, once. */
function unpack(target) {
  const source = archive();
  if (source === undefined) return false;
  mkdirSync(target, { recursive: true });
  const tar = brotliDecompressSync(readFileSync(source));
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString("latin1", at, at + 100).replace(/\0.*$/s, "");
    if (name === "") break;
    const size = Number.parseInt(tar.toString("latin1", at + 124, at + 136), 8);
    at += 512;
    if (FILES.includes(name)) {
      // renamed when whole: several processes may unpack at once
      const partial = join(target, `${name}.${process.pid}`);
      writeFileSync(partial, tar.subarray(at, at + size));
      renameSync(partial, join(target, name));
    }
    at += Math.ceil(size / 512) * 512;
  }
  return FILES.every((name) => existsSync(join(target, name)));
}

/** The driver's manifest, or undefined where nothing needs to be set. */
function driver() {
  const { WEBGPU_ICD, VK_ICD_FILENAMES, VK_DRIVER_FILES } = process.env;
  if (process.platform !== "linux" || WEBGPU_ICD === "native" || VK_ICD_FILENAMES || VK_DRIVER_FILES) return undefined;
  if (WEBGPU_ICD) return WEBGPU_ICD;
  const debian = "/usr/lib/chromium/vk_swiftshader_icd.json";
  if (existsSync(debian)) return debian;
  const manifest = join(cache, "vk_swiftshader_icd.json");
  return existsSync(manifest) || unpack(cache) ? manifest : undefined;
}

const cache = join(root, "node_modules/.cache/swiftshader");
// for whoever carries the driver elsewhere (bench/pack-gpu.ts)
if (process.argv[2] === "--unpack") process.exit(unpack(cache) ? 0 : 1);

const manifest = driver();
// the first silence Mesa's device selection layer
const env = { MESA_NO_DEVICE_SELECT: "1", NODEVICE_SELECT: "1", XDG_RUNTIME_DIR: "/tmp", ...process.env };
if (manifest !== undefined) {
  env.VK_ICD_FILENAMES = manifest;
  env.LD_LIBRARY_PATH = [env.LD_LIBRARY_PATH, dirname(manifest)].filter(Boolean).join(":");
}
const result = spawnSync(process.argv[2], process.argv.slice(3), { stdio: "inherit", env });
if (result.error) {
  console.error(`with-gpu: ${result.error.message}`);
  process.exit(127);
}
process.exit(result.status ?? 1);
