import { writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { PLAIN, writeText } from "../../src/formats/write/write-text.ts";
import { parseModel } from "../../src/model/parse.ts";
import type { RegionsWork, SpeedOf } from "../../src/run/calibration.ts";
import { Engine } from "../../src/run/engine.ts";
import { FACILITIES } from "../../src/run/facilities.ts";
import type { FindOptions } from "../../src/run/options.ts";
import { solveModel } from "../../src/run/solver.ts";
import { randomModel } from "../cli/models.ts";
import { useCli, workplace } from "../cli/run.ts";
import { answersOf } from "../parity/answers.ts";
import { arrangementOf } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { DISGUISE, withProperties } from "./disguise.ts";

/** `--backend auto`: a real GPU for long runs where there is one, otherwise the CPU, and the result says which. */

const gpu = await gpuForTests("auto");
afterAll(() => gpu?.destroy());

const LONG: RegionsWork = {
  system: arrangementOf("generic", 9, 2, 1),
  regions: 100_000_000n,
  mode: "owned",
  keepAll: false,
};
const SHORT = { ...LONG, regions: 1000n };
/** Speeds of a quick GPU and a slow thread: those of a software adapter would never be chosen. */
const stated: SpeedOf = async ({ name }) => ({ fixedSeconds: 0, itemsPerSecond: name === "cpu" ? 1e5 : 1e8 });
const real = () => withProperties(gpu!.device, { adapterInfo: DISGUISE });

describeWithGpu(gpu)("backend auto", () => {
  it("takes a GPU that is no software adapter, for long runs only, and its answers are those of the CPU", async () => {
    const engine = new Engine({ device: real() }, FACILITIES, stated);
    const backend = await engine.backend(LONG);
    expect(backend).toMatchObject({ name: "webgpu", adapter: "acme Acme X1" });
    expect((await engine.backend(SHORT)).name).toBe("cpu");
    const systems = [1, 2, 3].map((seed) => arrangementOf("generic", 9, 2, seed));
    const texts = async (on: typeof backend) => (await answersOf(systems, on, "owned")).map(({ text }) => text);
    expect(await texts(backend)).toEqual(await texts(new CpuBackend()));
    await engine.close();
  });

  it("takes the CPU where the adapter is software, and where the CPU is asked for", async () => {
    const choices: FindOptions[] = [{ device: gpu!.device }, { device: real(), backend: "cpu" }];
    for (const options of choices) {
      const engine = new Engine(options, FACILITIES, stated);
      expect(await engine.backend(LONG)).toMatchObject({ name: "cpu", adapter: null });
      expect(engine.distrust).toBeUndefined();
      await engine.close();
    }
  });

  it("names the GPU in the result and its text", async () => {
    const model = await parseModel(await randomModel(1, 250, 3));
    const options: FindOptions = { device: real(), method: "regions", maxRegions: 1 };
    const engine = new Engine(options, FACILITIES, stated);
    const result = await solveModel(model, options, engine);
    await engine.close();
    expect(result).toMatchObject({ backend: "webgpu", adapter: "acme Acme X1" });
    expect(writeText(result, PLAIN)).toMatch(/\(regions on webgpu acme Acme X1, /);
  });

  it("takes the CPU where the GPU can't be used, and the result and its text say why", async () => {
    const device = withProperties(real(), {
      createShaderModule: () => {
        throw new Error("the compiler is out of order");
      },
    });
    const model = await parseModel(await randomModel(1, 250, 3));
    const options: FindOptions = { device, method: "regions", maxRegions: 1 };
    const engine = new Engine(options, FACILITIES, stated);
    const result = await solveModel(model, options, engine);
    await engine.close();
    expect(result).toMatchObject({ backend: "cpu", adapter: null });
    expect(result.backendNote).toMatch(/the compiler is out of order.*\(adapter: acme Acme X1\)/);
    expect(writeText(result, PLAIN)).toMatch(/\(regions on cpu[^\n]*\)\nNote: .*the compiler is out of order/);
  });
});

describe("stillpoint solve --backend auto", () => {
  const cli = useCli();
  const webgpu = pathToFileURL(fileURLToPath(new URL("../../node_modules/webgpu/index.js", import.meta.url))).href;
  const disguise = new URL("./disguise.ts", import.meta.url).href;
  /** Puts a GPU into a process that has none: the software adapter in disguise. */
  const fake = `
    import { register } from ${JSON.stringify(import.meta.resolve("tsx/esm/api"))};
    const unregister = register();
    const { DISGUISE, withProperties } = await import(${JSON.stringify(disguise)});
    await unregister();
    const { create } = await import(${JSON.stringify(webgpu)});
    const gpu = create([]);
    const requestAdapter = async (options) => {
      process.stderr.write("the GPU was opened\\n");
      return withProperties(await gpu.requestAdapter(options), { info: DISGUISE });
    };
    Object.defineProperty(globalThis, "navigator", { value: { gpu: { requestAdapter } }, configurable: true });`;
  const args = ["solve", "--backend", "auto", "--method", "regions", "--max-regions", "1"];

  it("says that it took the CPU where there is no GPU", async () => {
    const file = await workplace({ "model.json": JSON.stringify(await randomModel(1, 250, 3)) });
    const env = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
    const { stdout, code } = await cli([...args, file("model.json")], { env });
    expect(stdout).toMatch(/\(regions on cpu, /);
    expect(code).toBe(3);
  });

  (gpu === undefined ? it.skip : it)("measures a GPU and takes the CPU where that is quicker", async () => {
    const file = await workplace({ "model.json": JSON.stringify(await randomModel(1, 1000, 3)) });
    await writeFile(file("fake.mjs"), fake);
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(file("fake.mjs")).href}` };
    const { stdout, stderr } = await cli([...args, file("model.json")], { env });
    expect(stderr).toMatch(/^the GPU was opened\n$/);
    expect(stdout).toMatch(/\(regions on cpu, /);
    const small = await cli(["solve", file("model.json"), "--method", "search"], { env });
    expect(small.stdout).toMatch(/\(search on cpu, /);
    expect(small.stderr).toBe("");
  });
});
