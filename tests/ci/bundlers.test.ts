import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import type { Browser } from "puppeteer";
import { rollup } from "rollup";
import { build as viteBuild, createServer as viteServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webpack from "webpack";
import { ALL, HTML, launchChromium, reportOf, served, writePage } from "../support/bundled-page.ts";
import { buildPackage, install, pack } from "../support/package.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WORK = mkdtempSync(join(tmpdir(), "stillpoint-bundlers-"));
const APP = join(WORK, "app");
const MINUTES = 60_000;

let browser: Browser;

beforeAll(async () => {
  const folder = join(WORK, "package");
  await buildPackage(folder);
  mkdirSync(APP);
  install(pack(folder), APP);
  // a page has the package alone: what it depends on is in its build
  for (const name of ["fflate", "pako"]) rmSync(join(APP, "node_modules", name), { recursive: true, force: true });
  writePage(APP);
  symlinkSync(join(ROOT, "node_modules"), join(WORK, "node_modules"));
  browser = await launchChromium();
}, 5 * MINUTES);

afterAll(async () => {
  await browser?.close();
  rmSync(WORK, { recursive: true, force: true });
});

const viteOptions = (outDir: string) => ({
  root: APP,
  configFile: false as const,
  logLevel: "error" as const,
  build: { outDir },
});

const BUNDLERS: Record<string, (out: string) => Promise<unknown>> = {
  "Vite 5": async (out) => (await import("vite-5")).build(viteOptions(out)),
  "Vite 6": async (out) => (await import("vite-6")).build(viteOptions(out)),
  "Vite 7": async (out) => (await import("vite-7")).build(viteOptions(out)),
  "Vite 8": (out) => viteBuild(viteOptions(out)),
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

/** Versions that stand between two that are tried; with STILLPOINT_FULL=1 they are tried too. */
const BETWEEN = ["Vite 6", "Vite 7"];
const tried = Object.keys(BUNDLERS).filter((name) => process.env.STILLPOINT_FULL === "1" || !BETWEEN.includes(name));

describe("a page that uses the packed package with threads, pictures and WebGPU", () => {
  it.each(tried)("works as %s builds it by default", { timeout: 4 * MINUTES }, async (name) => {
    const out = join(WORK, "out", name.replaceAll(" ", "-"));
    await BUNDLERS[name]!(out);
    if (!existsSync(join(out, "index.html"))) writeFileSync(join(out, "index.html"), HTML);
    expect(await served(browser, out)).toEqual(ALL);
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
    console.info(`a page with findFixedPoints alone loads ${kilobytes.toFixed(1)} KB (gzip)`);
    expect(kilobytes).toBeGreaterThan(0.95 * told);
    expect(kilobytes).toBeLessThan(1.05 * told);
  });

  it("works as Vite serves it in development", { timeout: 4 * MINUTES }, async () => {
    const server = await viteServer({ root: APP, configFile: false, logLevel: "error", server: { port: 0 } });
    try {
      await server.listen();
      expect(await reportOf(browser, server.resolvedUrls!.local[0]!)).toEqual(ALL);
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
    expect(await served(browser, out, policy)).toEqual({
      failed: expect.stringMatching(/a Web Worker can't be started \(.*workerUrl, or leave out threads/),
    });
    cpSync(join(APP, "node_modules/stillpoint/dist/browser/worker.js"), join(out, "stillpoint-worker.js"));
    expect(await served(browser, out, policy, 'globalThis.workerUrl = "/stillpoint-worker.js"')).toEqual(ALL);
  });
});
