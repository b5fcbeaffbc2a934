import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { build } from "vite";
import { beforeAll, describe, expect, it } from "vitest";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { parseModel } from "../../src/model/parse.ts";
import { corpus } from "../corpus/generate.ts";
import { answersOf } from "../parity/answers.ts";
import type { ParityReport } from "../parity/portable.ts";

/**
 * The parity suite in other runtimes and on other drivers: Deno and Chromium on SwiftShader, Deno on llvmpipe, which keeps subnormals and
 * reorders sums. Byte-equal answers in all of them and on the CPU.
 */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUT = join(ROOT, ".stillpoint/parity");
const MODELS = join(ROOT, "../shared/models");
const LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
const CHROMIUM = "/usr/bin/chromium";
const PAGE = `<!doctype html><script type="module">
  import { runParity } from "/parity.js";
  globalThis.runParity = runParity;
</script>`;
const MINUTES = 60_000;

let models: Record<string, unknown>[] = [];
let expected: Record<string, string>;

/** Small real models, where they are at hand. */
function smallModels(): Record<string, unknown>[] {
  if (!existsSync(MODELS)) return [];
  return readdirSync(MODELS)
    .filter((name) =>
      /^(scyfi.*_0[01]\d|smc_(teacher|student|tutorial).*|plrnn_(?!reg).*|alrnn_lorenz_m20.*|dynamix.*)\.json$/.test(
        name,
      ),
    )
    .map((name) => JSON.parse(readFileSync(join(MODELS, name), "utf8")));
}

beforeAll(async () => {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "warn",
    // typegpu asks for it, as it may of a bundler
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      lib: { entry: "tests/parity/portable.ts", formats: ["es"], fileName: () => "parity.js" },
      outDir: OUT,
      emptyOutDir: true,
      minify: false,
      target: "es2022",
    },
  });
  models = smallModels();
  const parsed = await Promise.all(
    [...corpus().map(({ model }) => model), ...models].map((model) => parseModel(model)),
  );
  const answers = await answersOf(
    parsed.map(({ system }) => system),
    new CpuBackend(),
    "owned",
  );
  expected = Object.fromEntries(answers.map(({ text }, i) => [parsed[i].name, text]));
}, 5 * MINUTES);

/** Models of at most 10 dimensions: llvmpipe takes minutes to compile the solve of 30. */
const ofFewDimensions = () =>
  models.filter((model) => (Array.isArray(model.A) ? model.A.length : Number.POSITIVE_INFINITY) <= 10);

function judge(report: ParityReport, runtime: RegExp, adapter: RegExp, given = models): void {
  console.info(`${report.runtime} on ${report.adapter}: ${report.passed} passed, ${report.failed.length} failed`);
  expect(report.failed).toEqual([]);
  expect(report.passed).toBeGreaterThan(60);
  expect(report.runtime).toMatch(runtime);
  expect(report.adapter).toMatch(adapter);
  expect(report.buffersLeft).toBe(0);
  const different = Object.keys(report.answers).filter((name) => report.answers[name] !== expected[name]);
  expect(different).toEqual([]);
  const left = models.length - given.length;
  expect(Object.keys(report.answers).length).toBe(Object.keys(expected).length - left);
}

/** Runs a script in Deno and takes the report from its output. */
function inDeno(given: readonly unknown[], icd?: string): Promise<ParityReport> {
  const script = `
    const { runParity } = await import(${JSON.stringify(`file://${OUT}/parity.js`)});
    const models = JSON.parse(await new Response(Deno.stdin.readable).text());
    const report = await runParity(models, {}, (line) => console.error(line));
    await Deno.stdout.write(new TextEncoder().encode("REPORT" + JSON.stringify(report) + "\\n"));
    Deno.exit(0);`;
  const command = ["scripts/with-gpu.mjs", "node_modules/.bin/deno", "eval", script];
  const env = { ...process.env, ...(icd === undefined ? {} : { VK_ICD_FILENAMES: icd }) };
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify(given));
  return new Promise((resolve, reject) => {
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const at = output.indexOf("REPORT");
      if (at < 0) reject(new Error(`Deno ended with code ${code} and no report:\n${errors.slice(-2000)}`));
      else resolve(JSON.parse(output.slice(at + 6)));
    });
  });
}

describe("Deno", () => {
  it("passes the parity suite on SwiftShader", { timeout: 20 * MINUTES }, async () => {
    judge(await inDeno(models), /^Deno 2/, /swiftshader/i);
  });

  it("passes the parity suite on llvmpipe", { timeout: 20 * MINUTES }, async () => {
    const few = ofFewDimensions();
    judge(await inDeno(few, LAVAPIPE), /^Deno 2/, /llvmpipe/i, few);
  });
});

describe("Chromium", () => {
  it("passes the parity suite on SwiftShader", { timeout: 20 * MINUTES }, async () => {
    // WebGPU wants a secure context, which 127.0.0.1 is
    const server = createServer((request, response) => {
      const script = request.url === "/parity.js";
      response.setHeader("content-type", script ? "text/javascript" : "text/html");
      response.end(script ? readFileSync(join(OUT, "parity.js")) : PAGE);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await puppeteer.launch({
      executablePath: CHROMIUM,
      protocolTimeout: 20 * MINUTES,
      args: ["--no-sandbox", "--enable-unsafe-webgpu"],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction("globalThis.runParity !== undefined");
      // as text: the test runner would rewrite a function's imports
      const report = (await page.evaluate(
        `globalThis.runParity(${JSON.stringify(models)}).then((report) => JSON.stringify(report))`,
      )) as string;
      judge(JSON.parse(report), /Chrom/, /swiftshader/i);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
