import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { embedShaders } from "./scripts/embed-shaders.ts";
import { LongestFirst } from "./scripts/longest-first.ts";

embedShaders();

/** The tests' projects, and the build of the explorer page. */

/** Where a machine-readable report goes too, when somebody asks for one (.ci/run). */
const report = process.env.STILLPOINT_TEST_REPORT;

/**
 * Writes sw.js: the service worker with the names of all files of this build, so that the page works without a network.
 */
function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = [...Object.keys(bundle), "index.html", "icon.svg"].filter(
          (file, i, all) => all.indexOf(file) === i,
        );
        const version = createHash("sha256").update(files.sort().join()).digest("hex").slice(0, 12);
        const source = readFileSync(new URL("./examples/explorer/service-worker.js", import.meta.url), "utf8");
        this.emitFile({
          type: "asset",
          fileName: "sw.js",
          source: source
            .replace('"FILES"', JSON.stringify(["./", ...files]))
            .replace('"VERSION"', JSON.stringify(version)),
        });
      },
    },
  };
}

export default defineConfig({
  root: "examples/explorer",
  // any folder of any static host
  base: "./",
  // the sources lie two folders up
  server: { fs: { allow: ["../.."] } },
  plugins: [offline()],
  worker: {
    format: "es",
    rolldownOptions: { external: [/^node:/] },
  },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    // a data: URL would need a hole in the Content-Security-Policy
    assetsInlineLimit: 0,
    // its helper would be an inline script
    modulePreload: { polyfill: false },
    // the HDF5 library is one file of 4 MB, loaded when such a file is opened
    chunkSizeWarningLimit: 4500,
  },
  test: {
    root: fileURLToPath(new URL(".", import.meta.url)),
    sequence: { sequencer: LongestFirst },
    ...(report ? { reporters: ["default", ["json", { outputFile: report }]] } : {}),
    coverage: {
      provider: "v8",
      include: ["src/**"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: ".stillpoint/coverage",
      // one test that is too slow under a profiler hides no figure
      reportOnFailure: true,
    },
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/ci/**"],
          testTimeout: 60_000,
          // some build the command line first, on a machine that may be busy
          hookTimeout: 60_000,
        },
      },
      {
        // needs what scripts/test-ci.sh installs
        test: {
          name: "ci",
          include: ["tests/ci/**/*.test.ts"],
          testTimeout: 240_000,
          // importing PyTorch alone takes longer than 10 s on a busy machine
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
