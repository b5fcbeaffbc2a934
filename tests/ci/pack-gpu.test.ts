import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "../../bench/gpu-report.ts";

/**
 * The archive for a GPU machine without a network, from an empty environment: with neither the project nor the
 * machine's Node nor its SwiftShader in sight where mounts can be unshared.
 */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MINUTES = 60_000;
const place = mkdtempSync(join(tmpdir(), "stillpoint-pack-"));
const archive = join(place, "archive.tar.xz");
const unpacked = join(place, "stillpoint-gpu");
const hides = spawnSync("unshare", ["-rm", "true"]).status === 0;

/** What a machine that has only the archive would not have. */
const HIDE = `
mount -t tmpfs none "$1" && shift
[ ! -d /usr/lib/chromium ] || mount -t tmpfs none /usr/lib/chromium
mount --bind /dev/null "$1" && shift
exec "$@"`;

function run(args: readonly string[], env: readonly string[] = []) {
  return unseen(["bash", join(unpacked, "run.sh"), ...args], env);
}

function unseen(what: readonly string[], env: readonly string[]) {
  const command = ["env", "-i", "HOME=/tmp", "PATH=/usr/bin:/bin", ...env, ...what];
  const hidden = ["unshare", "-rm", "bash", "-c", HIDE, "hide", ROOT, process.execPath, ...command];
  const [file, ...rest] = (hides ? hidden : command) as [string, ...string[]];
  const { status, stdout, stderr } = spawnSync(file, rest, { cwd: place, encoding: "utf8", timeout: 20 * MINUTES });
  return { status, stdout, stderr };
}

const report = <T>(name: string): T => JSON.parse(readFileSync(join(place, "out", name), "utf8"));

beforeAll(() => {
  if (!hides) console.warn("mounts can't be unshared here: the project is in sight of the archive's run");
  const packing = spawnSync(
    process.execPath,
    ["--import", "tsx", "bench/pack-gpu.ts", "--software", "--level", "1", "-o", archive],
    { cwd: ROOT, encoding: "utf8", timeout: 10 * MINUTES },
  );
  expect(packing.status, packing.stderr).toBe(0);
  console.info(packing.stdout);
  expect(spawnSync("tar", ["xf", archive, "-C", place]).status).toBe(0);
}, 12 * MINUTES);

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("the packed archive", () => {
  it("holds what it needs and no source", () => {
    expect(readdirSync(unpacked).sort()).toEqual(
      ["README.md", "app", "bin", "lib", "lib-fallback", "run.sh", "swiftshader"].sort(),
    );
    const files = readdirSync(join(unpacked, "app"), { recursive: true }).map(String);
    expect(files.filter((name) => /^(src|tests|shaders)\//.test(name))).toEqual([]);
    expect(files).toContain("node_modules/webgpu/dist/linux-x64/dawn.node");
  });

  it("runs doctor, the parity suite and the bench on SwiftShader", { timeout: 25 * MINUTES }, () => {
    const arguments_ = ["--software", "--short", "--seconds", "0.2", "--repeats", "1", "--out", join(place, "out")];
    const { status, stdout, stderr } = run(arguments_);
    expect(stderr).not.toMatch(/run\.sh:/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/a software adapter: it computes on the CPU/);

    const parity = report<Record<string, unknown>>("parity.json");
    expect(parity).toMatchObject({ failed: [], different: [], buffersLeft: 0, software: true, models: 40 });
    expect(parity.passed).toBeGreaterThan(25);

    const bench = report<Report>("gpu.json");
    expect(bench).toMatchObject({ software: true, peak: null });
    expect(bench.note).toMatch(/^SOFTWARE ADAPTER/);
    expect(readFileSync(join(place, "out/gpu.md"), "utf8")).toMatch(/dry run, no GPU speed/);
    expect(bench.results.map((each) => each.case)).toEqual(["128-2", "256-3", "100-4", "100-5", "100x20-2"]);
    for (const each of bench.results) {
      expect(each.regions).toBeGreaterThan(0);
      expect(each.regions).toBeLessThanOrEqual(Number(each.subsets));
      if (each.complete) expect(`${each.regions}`).toBe(each.subsets);
      expect(Object.keys(each.stages)).toEqual(["intersect", "expand", "dedup", "compact", "solve"]);
      const stages = Object.values(each.stages);
      expect(stages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      expect(stages.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(each.gpuSeconds!, 9);
      for (const { bytesPerRegion } of stages) expect(bytesPerRegion).toBeGreaterThan(0);
      expect(each.dispatches).toBe(5 * each.batches);
      expect(each.readbacks).toBeGreaterThanOrEqual(each.batches);
      for (const share of [each.escalatedVertices, each.candidatesToF64]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(0.1);
      }
    }
    // Σ C(128, r) for r ≤ 2, and 100 times Σ C(20, r): generic arrangements have as many regions as subsets
    expect(bench.results[0]!.subsets).toBe("8257");
    expect(bench.results[4]!.subsets).toBe("21100");
  });

  it("holds the whole command line, which solves on the packed driver", { timeout: 5 * MINUTES }, () => {
    const model = join(place, "model.json");
    writeFileSync(model, JSON.stringify({ A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] }));
    const env = [
      `LD_LIBRARY_PATH=${join(unpacked, "lib")}`,
      `VK_DRIVER_FILES=${join(unpacked, "swiftshader/vk_swiftshader_icd.json")}`,
    ];
    const program = [join(unpacked, "bin/node"), join(unpacked, "app/bin/stillpoint.js")];
    const options = ["--backend", "webgpu", "--method", "regions", "--format", "json"];
    const { status, stdout } = unseen([...program, "solve", model, ...options], env);
    expect(status).toBe(0);
    const { fixedPoints, complete, backend, adapter } = JSON.parse(stdout);
    expect(fixedPoints.map(({ z }: { z: number[] }) => z)).toEqual([[-1], [0], [1]]);
    expect({ complete, backend }).toEqual({ complete: true, backend: "webgpu" });
    expect(adapter).toMatch(/swiftshader/i);
    // and on worker threads of its own build
    expect(unseen([...program, "solve", model, "--threads", "2", "--method", "search"], env).status).toBe(0);
  });

  it("says so, with code 4, where the driver is not there, is damaged, or is none", { timeout: 5 * MINUTES }, () => {
    const missing = run(["doctor"], ["VK_DRIVER_FILES=/nowhere/driver.json"]);
    expect(missing.status).toBe(4);
    expect(missing.stderr).toMatch(/no GPU that Vulkan can use[\s\S]*\/nowhere\/driver\.json: .*Failed to open/);

    const driver = join(unpacked, "swiftshader/libvk_swiftshader.so");
    cpSync(driver, join(place, "driver.so"));
    truncateSync(driver, 1_000_000);
    const damaged = run(["--software", "doctor"]);
    expect(damaged.status).toBe(4);
    expect(damaged.stderr).toMatch(/no GPU that Vulkan can use[\s\S]*vk_swiftshader_icd\.json: /);
    rmSync(driver);
    const absent = run(["--software", "doctor"]);
    expect(absent.status).toBe(4);
    expect(absent.stderr).toMatch(/libvk_swiftshader\.so: cannot open shared object file/);
    cpSync(join(place, "driver.so"), driver);

    // a driver that computes on the CPU is taken for a dry run only
    const manifest = join(place, "software.json");
    writeFileSync(
      manifest,
      JSON.stringify({ file_format_version: "1.0.0", ICD: { library_path: driver, api_version: "1.0.5" } }),
    );
    const software = run(["doctor"], [`VK_DRIVER_FILES=${manifest}`]);
    expect(software.status).toBe(4);
    expect(software.stderr).toMatch(/software\.json: computes on the CPU/);
  });

  it("refuses options that it does not know", () => {
    expect(run(["--sofware"])).toMatchObject({ status: 2 });
    expect(run(["--out"]).stderr).toMatch(/--out needs a value/);
  });
});
