/**
 * One archive for a GPU machine without a network: `npm run bench:pack [-- --software] [--level 1…9] [-o FILE]`. Holds
 * Node, Dawn, a Vulkan loader, the built project with what it depends on, the parity suite and the GPU bench as plain
 * JavaScript, bench/pack/run.sh and its README. --software adds SwiftShader, for a dry run where there is no GPU.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "tsdown";
import { forNode, workerEntry } from "../tsdown.config.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MODULES = join(ROOT, "node_modules");
/** Bytes: what a machine that takes bundles only may be sent. */
const MOST_BYTES = 60e6;
/** Libraries that every glibc system has. */
const SYSTEM = /^(linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|util|resolv))\b/;
/** Libraries that Node and Dawn need, and that a system may have too old. */
const FALLBACK = /^lib(stdc\+\+|gcc_s)\.so/;

function fail(message: string): never {
  console.error(`bench:pack: ${message}`);
  process.exit(1);
}

/** Shared libraries that a binary loads, by name. */
function librariesOf(binary: string): Map<string, string> {
  const lines = execFileSync("ldd", [binary], { encoding: "utf8" }).split("\n");
  const found = lines.flatMap((line) => {
    const [, name, path] = /^\s*(\S+) => (\/\S+)/.exec(line) ?? [];
    return name === undefined || path === undefined ? [] : [[name, path] as const];
  });
  return new Map(found);
}

/** The folders of packages and of all that they depend on, below node_modules. */
function closureOf(names: readonly string[], from = ROOT, found = new Set<string>()): Set<string> {
  for (const name of names) {
    let folder = from;
    while (!existsSync(join(folder, "node_modules", name, "package.json"))) {
      if (folder === dirname(folder)) fail(`the package ${name} is not installed; run npm ci`);
      folder = dirname(folder);
    }
    const place = join(folder, "node_modules", name);
    if (found.has(place)) continue;
    found.add(place);
    const { dependencies = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
    closureOf(Object.keys(dependencies), place, found);
  }
  return found;
}

function copyPackage(place: string, target: string): void {
  cpSync(place, join(target, relative(MODULES, place)), {
    recursive: true,
    dereference: true,
    // nested packages come on their own; types and source maps are for development
    filter: (file) => file === place || !/(^|\/)node_modules$|\.(map|d\.[cm]?ts)$/.test(relative(place, file)),
  });
}

/**
 * The Vulkan loader and SwiftShader, unpacked from @sparticuz/chromium by scripts/with-gpu.mjs; else the system's
 * loader.
 */
function drivers(): { loader: string; swiftShader: string | undefined } {
  const cache = join(MODULES, ".cache/swiftshader");
  if (!existsSync(join(cache, "libvulkan.so.1"))) {
    spawnSync(process.execPath, [join(ROOT, "scripts/with-gpu.mjs"), "--unpack"], { stdio: "ignore" });
  }
  const packed = existsSync(join(cache, "libvulkan.so.1"));
  const system = "/usr/lib/x86_64-linux-gnu/libvulkan.so.1";
  if (!packed && !existsSync(system))
    fail("no Vulkan loader: neither the package @sparticuz/chromium nor Debian's libvulkan1 is installed");
  return { loader: packed ? join(cache, "libvulkan.so.1") : system, swiftShader: packed ? cache : undefined };
}

/** The built project and the benches, with all packages they load. */
async function packApp(app: string): Promise<void> {
  await build({ ...forNode, config: false, cwd: ROOT, outDir: join(app, "dist"), dts: false, logLevel: "error" });
  await build({
    config: false,
    cwd: ROOT,
    entry: {
      gpu: "bench/gpu.ts",
      parity: "bench/parity.ts",
      probe: "bench/pack/probe.ts",
      "worker-thread": "src/workers/worker-thread.ts",
      "reader-thread": "src/workers/reader-thread.ts",
      "lines-thread": "src/workers/lines-thread.ts",
    },
    outDir: join(app, "bench"),
    format: "esm",
    platform: "node",
    target: "node20",
    plugins: [
      {
        name: "worker-entry-mjs",
        transform: (code: string, id: string) =>
          workerEntry.transform(code, id)?.replaceAll(/(worker(-thread)?)\.js/g, "$1.mjs"),
      },
    ],
    dts: false,
    logLevel: "error",
  });
  const description = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const { devDependencies: _, scripts: __, ...published } = description;
  writeFileSync(join(app, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
  for (const name of ["bin", "LICENSE"]) cpSync(join(ROOT, name), join(app, name), { recursive: true });
  for (const place of closureOf(Object.keys(description.dependencies))) copyPackage(place, join(app, "node_modules"));
  const dawn = join(MODULES, "webgpu");
  const binary = "dist/linux-x64/dawn.node";
  if (!existsSync(join(dawn, binary))) fail("the package webgpu has no build for linux-x64; run npm ci");
  for (const name of ["package.json", "index.js", "LICENSE.md", binary]) {
    cpSync(join(dawn, name), join(app, "node_modules/webgpu", name));
  }
}

function packBinaries(folder: string, software: boolean): void {
  const node = realpathSync(process.execPath);
  cpSync(node, join(folder, "bin/node"));
  chmodSync(join(folder, "bin/node"), 0o755);
  const { loader, swiftShader } = drivers();
  cpSync(realpathSync(loader), join(folder, "lib/libvulkan.so.1"));
  for (const binary of [node, join(MODULES, "webgpu/dist/linux-x64/dawn.node")]) {
    for (const [name, path] of librariesOf(binary)) {
      if (!SYSTEM.test(name))
        cpSync(realpathSync(path), join(folder, FALLBACK.test(name) ? "lib-fallback" : "lib", name));
    }
  }
  if (!software) return;
  if (swiftShader === undefined) fail("--software needs the package @sparticuz/chromium; run npm ci");
  for (const name of ["libvk_swiftshader.so", "vk_swiftshader_icd.json"]) {
    cpSync(join(swiftShader, name), join(folder, "swiftshader", name));
  }
}

const { values } = parseArgs({
  options: {
    software: { type: "boolean", default: false },
    level: { type: "string", default: "6" },
    output: { type: "string", short: "o" },
  },
});
if (process.platform !== "linux" || process.arch !== "x64") {
  fail(`packs what this machine runs, for x86-64 Linux; this is ${process.platform} on ${process.arch}`);
}
if (!/^[1-9]$/.test(values.level)) fail(`--level must be 1 to 9, got ${values.level}`);
const hasXz = spawnSync("xz", ["--version"], { stdio: "ignore" }).status === 0;
if (!hasXz) console.error("bench:pack: no xz here, so gzip: the archive will be about half as large again");
const archive = resolve(values.output ?? join(ROOT, `.stillpoint/stillpoint-gpu.tar.${hasXz ? "xz" : "gz"}`));
const staging = join(ROOT, ".stillpoint", `pack-${process.pid}`);
const folder = join(staging, "stillpoint-gpu");
try {
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(archive), { recursive: true });
  await packApp(join(folder, "app"));
  packBinaries(folder, values.software);
  for (const name of ["run.sh", "README.md"]) cpSync(join(ROOT, "bench/pack", name), join(folder, name));
  const compress = `${hasXz ? "xz -T0" : "gzip"} -${values.level}`;
  const tar = ["--create", "--owner=0", "--group=0", "--sort=name", `--use-compress-program=${compress}`];
  execFileSync("tar", [...tar, "--file", archive, "--directory", staging, basename(folder)], { stdio: "inherit" });
  const bytes = readFileSync(archive);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  console.log(`${archive}\n${(bytes.length / 1e6).toFixed(1)} MB of at most ${MOST_BYTES / 1e6}\nsha256 ${sha256}`);
  if (bytes.length > MOST_BYTES)
    fail(`the archive has ${bytes.length} bytes, above ${MOST_BYTES}; use a higher --level, or xz`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
