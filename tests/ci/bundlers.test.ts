import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import puppeteer, { type Browser } from "puppeteer";
import { rollup } from "rollup";
import { build as viteBuild, createServer as viteServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webpack from "webpack";
import { buildPackage, install, pack } from "../support/package.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WORK = mkdtempSync(join(tmpdir(), "stillpoint-bundlers-"));
const APP = join(WORK, "app");
const MINUTES = 60_000;

/** A page that uses threads, a picture, files and WebGPU, and tells what came of it. */
const MAIN = `
import { findFixedPoints, parseModel, StillpointError } from "stillpoint";
import { readModelFile, writeResults } from "stillpoint/io";
import { plotModel } from "stillpoint/plot";
const model = { kind: "TLN", W: [[0, -0.4], [-0.4, 0]], b: [1, 1], name: "pair" };
const large = LARGE;
async function main() {
  const report = {};
  const alone = await findFixedPoints(large, { backend: "cpu", method: "regions" });
  const threads = await findFixedPoints(large, { backend: "cpu", method: "regions", threads: 2, workerUrl: globalThis.workerUrl });
  report.threads = threads.complete && JSON.stringify(threads.fixedPoints) === JSON.stringify(alone.fixedPoints);
  report.picture = plotModel(await parseModel(model), await findFixedPoints(model)).startsWith("<svg");
  const [file] = await readModelFile(new TextEncoder().encode(JSON.stringify(model)), "pair.json");
  const npz = await writeResults([await findFixedPoints(file.model)], "npz");
  const hdf5 = Uint8Array.from(atob(HDF5), (c) => c.charCodeAt(0));
  const [stored] = await readModelFile(hdf5, "pair.h5");
  report.files = file.name === "pair" && npz.length > 1000 && (await parseModel(stored.model)).kind === "shPLRNN";
  const gpu = await findFixedPoints(large, { backend: "webgpu" });
  report.gpu = JSON.stringify(gpu.fixedPoints) === JSON.stringify(alone.fixedPoints);
  try { await findFixedPoints({ kind: "TLN" }); } catch (error) {
    report.error = error instanceof StillpointError && error.name;
  }
  return report;
}
main().catch((error) => ({ failed: String(error.stack ?? error) })).then((report) => { globalThis.report = report; });
`;

const HTML = '<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="./main.js"></script>\n';

/** 90 units in three dimensions: enough regions that threads are started. */
function largeModel(): object {
  let state = 7;
  const next = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const rows = (n: number, scale: number) =>
    Array.from({ length: n }, () => [next() * scale, next() * scale, next() * scale]);
  return { A: [0.5, 0.4, 0.3], U: rows(150, 1), V: rows(150, 0.05), hx: rows(50, 1).flat(), hz: rows(1, 1)[0] };
}

let browser: Browser;

beforeAll(async () => {
  const folder = join(WORK, "package");
  buildPackage(folder);
  mkdirSync(APP);
  install(pack(folder), APP);
  // a page has the package alone: what it depends on is in its build
  rmSync(join(APP, "node_modules/fflate"), { recursive: true, force: true });
  const hdf5 = readFileSync(join(ROOT, "tests/formats/fixtures/h5py.h5"), "base64");
  writeFileSync(
    join(APP, "main.js"),
    MAIN.replace("LARGE", JSON.stringify(largeModel())).replace("HDF5", JSON.stringify(hdf5)),
  );
  writeFileSync(join(APP, "index.html"), HTML);
  symlinkSync(join(ROOT, "node_modules"), join(WORK, "node_modules"));
  browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  });
}, 5 * MINUTES);

afterAll(async () => {
  await browser?.close();
  rmSync(WORK, { recursive: true, force: true });
});

/** What the page reports. @param before runs in the page before its own code. */
async function reportOf(url: string, before?: string): Promise<unknown> {
  const page = await browser.newPage();
  try {
    if (before !== undefined) await page.evaluateOnNewDocument(before);
    await page.goto(url);
    await page.waitForFunction("globalThis.report !== undefined", { timeout: 2 * MINUTES });
    return await page.evaluate("globalThis.report");
  } finally {
    await page.close();
  }
}

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };

/** The report of a folder that is served as it is. */
async function served(folder: string, headers: Record<string, string> = {}, before?: string): Promise<unknown> {
  const server = createServer((request, response) => {
    const path = join(folder, request.url === "/" ? "index.html" : request.url!.split("?")[0]!);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", ...headers });
    return response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await reportOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, before);
  } finally {
    server.close();
  }
}

const ALL = { threads: true, picture: true, files: true, gpu: true, error: "ModelError" };

const BUNDLERS: Record<string, (out: string) => Promise<unknown>> = {
  vite: (outDir) => viteBuild({ root: APP, configFile: false, logLevel: "error", build: { outDir } }),
  webpack: (path) =>
    new Promise<void>((resolve, reject) => {
      webpack(
        {
          mode: "production",
          context: APP,
          entry: "./main.js",
          output: { path, filename: "main.js" },
          // esbuild's minifier is tried below; webpack's takes half a minute for the same
          optimization: { minimize: false },
        },
        (error, stats) => {
          const failure = error ?? stats?.toJson({ errors: true }).errors?.[0];
          if (failure) reject(new Error(failure.message));
          else resolve();
        },
      );
    }),
  esbuild: (outdir) =>
    esbuild.build({
      entryPoints: [join(APP, "main.js")],
      bundle: true,
      minify: true,
      format: "esm",
      splitting: true,
      outdir,
    }),
  "esbuild as one script": (outdir) =>
    esbuild.build({ entryPoints: [join(APP, "main.js")], bundle: true, format: "iife", outdir, logLevel: "error" }),
  rollup: async (dir) => {
    const bundle = await rollup({ input: join(APP, "main.js"), plugins: [nodeResolve({ browser: true })], onLog() {} });
    await bundle.write({ dir, format: "es" });
    await bundle.close();
  },
};

describe("a page that uses the packed package with threads, pictures and WebGPU", () => {
  it.each(Object.keys(BUNDLERS))("works as %s builds it by default", { timeout: 4 * MINUTES }, async (name) => {
    const out = join(WORK, "out", name.replaceAll(" ", "-"));
    await BUNDLERS[name]!(out);
    if (!existsSync(join(out, "index.html"))) writeFileSync(join(out, "index.html"), HTML);
    expect(await served(out)).toEqual(ALL);
  });

  it("loads as much as README tells for findFixedPoints alone", { timeout: 4 * MINUTES }, async () => {
    const root = join(WORK, "alone");
    mkdirSync(root);
    symlinkSync(join(APP, "node_modules"), join(root, "node_modules"));
    writeFileSync(join(root, "index.html"), HTML);
    writeFileSync(
      join(root, "main.js"),
      'import { findFixedPoints } from "stillpoint"; globalThis.find = findFixedPoints;',
    );
    await viteBuild({ root, configFile: false, logLevel: "error", build: { outDir: join(root, "out") } });
    const html = readFileSync(join(root, "out/index.html"), "utf8");
    const loaded = [...html.matchAll(/(?:src|href)="([^"]*\.js)"/g)].map(([, path]) => join(root, "out", path!));
    const kilobytes = loaded.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length / 1000, 0);
    const told = Number(
      /`findFixedPoints` alone loads (\d+) KB/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))![1],
    );
    expect(kilobytes).toBeGreaterThan(0.95 * told);
    expect(kilobytes).toBeLessThan(1.05 * told);
  });

  it("works as Vite serves it in development", { timeout: 4 * MINUTES }, async () => {
    const server = await viteServer({ root: APP, configFile: false, logLevel: "error", server: { port: 0 } });
    try {
      await server.listen();
      expect(await reportOf(server.resolvedUrls!.local[0]!)).toEqual(ALL);
    } finally {
      await server.close();
    }
  });

  it("says what to do where workers of text are forbidden, and does with workerUrl", {
    timeout: 4 * MINUTES,
  }, async () => {
    const out = join(WORK, "out", "esbuild");
    if (!existsSync(out)) await BUNDLERS.esbuild!(out);
    writeFileSync(join(out, "index.html"), HTML);
    const policy = { "content-security-policy": "worker-src 'self'" };
    expect(await served(out, policy)).toEqual({
      failed: expect.stringMatching(/a Web Worker can't be started \(.*workerUrl, or leave out threads/),
    });
    cpSync(join(APP, "node_modules/stillpoint/dist/browser/worker.js"), join(out, "stillpoint-worker.js"));
    expect(await served(out, policy, 'globalThis.workerUrl = "/stillpoint-worker.js"')).toEqual(ALL);
  });
});
