import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer";
import { build } from "vite";

/** Functions of the parity suite in runtimes other than the one that the tests run in, from one bundle. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MODELS = join(ROOT, "../shared/models");
const CHROMIUM = "/usr/bin/chromium";
/** Debian's llvmpipe for Vulkan: it keeps subnormals and reorders sums. */
export const LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json";
export const MINUTES = 60_000;

/** Real models whose file names match, where they are at hand. */
export function realModels(names: RegExp): Record<string, unknown>[] {
  if (!existsSync(MODELS)) return [];
  return readdirSync(MODELS)
    .filter((name) => name.endsWith(".json") && names.test(name))
    .map((name) => JSON.parse(readFileSync(join(MODELS, name), "utf8")));
}

/** A function (models, undefined, log) of tests/parity, built for any runtime. */
export interface Bundled {
  readonly file: string;
  readonly name: string;
}

/** Bundles one file of tests/parity into .stillpoint/parity. */
export async function bundle(entry: string, name: string): Promise<Bundled> {
  const outDir = join(ROOT, ".stillpoint/parity", name);
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    // typegpu asks for it, as it may of a bundler
    define: { "process.env.NODE_ENV": '"production"' },
    worker: { format: "es" },
    build: {
      lib: { entry, formats: ["es"], fileName: () => "bundle.js" },
      outDir,
      emptyOutDir: true,
      minify: false,
      target: "es2022",
    },
  });
  return { file: join(outDir, "bundle.js"), name };
}

const script = ({ file, name }: Bundled, input: string, write: string, exit: string) => `
  const { ${name} } = await import(${JSON.stringify(`file://${file}`)});
  const models = JSON.parse(await ${input});
  const report = await ${name}(models, undefined, (line) => console.error(line));
  await ${write}("REPORT" + JSON.stringify(report) + "\\n");
  ${exit}(0);`;

/**
 * Runs a bundled function in Node. @param icd manifest of the Vulkan driver; default as scripts/with-gpu.mjs finds it.
 */
export function inNode<T>(bundled: Bundled, models: readonly unknown[], icd?: string): Promise<T> {
  const input = '(await import("node:stream/consumers")).text(process.stdin)';
  const write = "((text) => new Promise((done) => process.stdout.write(text, done)))";
  const code = script(bundled, input, write, "process.exit");
  return report("Node", [process.execPath, "--input-type=module", "--eval", code], models, icd);
}

/** Runs a bundled function in Deno. */
export function inDeno<T>(bundled: Bundled, models: readonly unknown[], icd?: string): Promise<T> {
  const input = "new Response(Deno.stdin.readable).text()";
  const write = "((text) => Deno.stdout.write(new TextEncoder().encode(text)))";
  const code = script(bundled, input, write, "Deno.exit");
  return report("Deno", ["node_modules/.bin/deno", "eval", code], models, icd);
}

/** Takes the report from a process's output. */
function report<T>(name: string, command: readonly string[], models: readonly unknown[], icd?: string): Promise<T> {
  const env = { ...process.env, ...(icd === undefined ? {} : { VK_ICD_FILENAMES: icd }) };
  const child = spawn(process.execPath, ["scripts/with-gpu.mjs", ...command], {
    cwd: ROOT,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  child.stdin.end(JSON.stringify(models));
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
      if (at < 0) reject(new Error(`${name} ended with code ${code} and no report:\n${errors.slice(-2000)}`));
      else resolve(JSON.parse(output.slice(at + 6)));
    });
  });
}

/** Runs a bundled function in headless Chromium. */
export async function inChromium<T>({ file, name }: Bundled, models: readonly unknown[]): Promise<T> {
  const page = `<!doctype html><script type="module">
    import { ${name} } from "/bundle.js";
    globalThis.${name} = ${name};
  </script>`;
  // WebGPU wants a secure context, which 127.0.0.1 is
  const scripts = readdirSync(dirname(file)).filter((script) => script.endsWith(".js"));
  const server = createServer((request, response) => {
    const script = scripts.find((each) => request.url === `/${each}`);
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(script ? readFileSync(join(dirname(file), script)) : page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    protocolTimeout: 60 * MINUTES,
    args: ["--no-sandbox", "--enable-unsafe-webgpu"],
  });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(`globalThis.${name} !== undefined`);
    // as text: the test runner would rewrite a function's imports
    const text = await tab.evaluate(
      `globalThis.${name}(${JSON.stringify(models)}).then((report) => JSON.stringify(report))`,
    );
    return JSON.parse(text as string);
  } finally {
    await browser.close();
    server.close();
  }
}
