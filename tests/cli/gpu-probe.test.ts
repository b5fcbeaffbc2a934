import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { gpuProbe, hasGpu } from "../../src/cli/gpu-probe.ts";
import { randomModel } from "./models.ts";
import { useCli, workplace } from "./run.ts";

/** A module like the npm package webgpu, whose native code talks. */
const packageWith = (adapter: string): string => `
  import { writeSync } from "node:fs";
  export function create() {
    writeSync(2, "Warning: chatter of a driver\\n");
    return { requestAdapter: async () => (${adapter}) };
  }`;

describe("the look for a GPU", () => {
  it("finds a real adapter, and none where there is none, a software one, or a death", async () => {
    const at = await workplace({
      "real.mjs": packageWith(`{ info: { vendor: "acme", architecture: "x1" } }`),
      "none.mjs": packageWith("null"),
      "software.mjs": packageWith(`{ info: { vendor: "mesa", description: "llvmpipe" } }`),
      "dead.mjs": packageWith("process.abort()"),
    });
    const found = async (name: string): Promise<boolean> => hasGpu(pathToFileURL(at(name)).href);
    expect([await found("real.mjs"), await found("none.mjs")]).toEqual([true, false]);
    expect([await found("software.mjs"), await found("dead.mjs"), await found("absent.mjs")]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("is taken only where words of a driver must not be seen", () => {
    expect(gpuProbe({})).toBeDefined();
    expect(gpuProbe({ backend: "auto" })).toBeDefined();
    for (const options of [{ verbose: true }, { backend: "webgpu" }, { backend: "cpu" }])
      expect(gpuProbe(options)).toBeUndefined();
  });
});

describe("stillpoint solve", () => {
  const cli = useCli();

  it("shows no words of drivers, unless --verbose", async () => {
    const at = await workplace({ "model.json": JSON.stringify(randomModel(1, 1000, 3)) });
    const args = ["solve", at("model.json"), "--method", "regions", "--max-regions", "1"];
    // drivers that are not there are what they talk about
    const env = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json", XDG_RUNTIME_DIR: "" };
    expect(await cli(args, { env })).toMatchObject({ code: 3, stderr: "" });
    const verbose = await cli([...args, "--verbose"], { env });
    expect(verbose.stderr).toContain("sha256");
    const package_ = fileURLToPath(new URL("../../node_modules/webgpu/index.js", import.meta.url));
    const script = `(await import(${JSON.stringify(pathToFileURL(package_).href)})).create([]).requestAdapter()`;
    const native = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    // where this machine's native code says something, it is seen
    const [first = ""] = native.stderr.split("\n");
    expect(verbose.stderr).toContain(first);
  });
});
