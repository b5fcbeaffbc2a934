import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, defineConfig, type UserConfig } from "tsdown";
import { embedShaders } from "./scripts/embed-shaders.ts";

embedShaders();

type Entry = readonly [module: string, entry: string];

/** Modules that start a worker, and its entry in src. */
const THREAD: Entry = ["src/parallel/thread.ts", "worker-thread"];
const READER: Entry = ["src/cli/reading.ts", "reader-thread"];
const LINES: Entry = ["src/cli/line-threads.ts", "lines-thread"];
const WEB_WORKER: Entry = ["src/parallel/web-worker.ts", "worker"];

/** In what is built the entries of workers lie beside all chunks. */
function entriesBesideChunks(entries: readonly Entry[]) {
  return {
    name: "worker-entry",
    transform(code: string, id: string): string | undefined {
      const entry = entries.find(([file]) => id.endsWith(file))?.[1];
      if (entry === undefined) return undefined;
      const parts = code.split(`"../workers/${entry}.ts"`);
      if (parts.length !== 2) throw new Error(`${id}: names its worker ${parts.length - 1} times, not once`);
      return parts.join(`"./${entry}.js"`);
    },
  };
}

export const workerEntry = entriesBesideChunks([THREAD, READER, LINES, WEB_WORKER]);

/** What is of Node alone, and what stands in its place in browsers. */
const NOT_IN_BROWSERS: readonly (readonly [file: string, code: string])[] = [
  [
    "src/parallel/thread.ts",
    'export function spawnThread() { throw new Error("threads of Node are not in the build for browsers"); }',
  ],
  ["src/gpu/dawn.ts", 'export function loadDawn() { throw new Error("this browser has no WebGPU"); }'],
];

const SHARED = {
  format: "esm",
  platform: "neutral",
  deps: { neverBundle: [/^node:/], onlyBundle: ["zod", "@noble/hashes"] },
  target: "node20",
} satisfies UserConfig;

/** The Web Worker as one file: bundlers make what they like of that, and pages can make a worker of its text. */
async function workerText(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), "stillpoint-worker-"));
  try {
    await build({
      ...SHARED,
      config: false,
      entry: { worker: "src/workers/worker.ts" },
      deps: { alwaysBundle: [/./] },
      platform: "browser",
      target: "es2022",
      minify: true,
      dts: false,
      outDir,
      plugins: [forBrowsers()],
      outputOptions: { codeSplitting: false },
      logLevel: "error",
    });
    return readFileSync(join(outDir, "worker.js"), "utf8");
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

/** @param text of the worker; without it the worker's text is left undefined. */
function forBrowsers(text?: () => Promise<string>) {
  return {
    name: "for-browsers",
    async load(this: { emitFile(file: object): unknown }, id: string): Promise<string | undefined> {
      if (text !== undefined && id.endsWith("src/parallel/worker-text.ts")) {
        const source = await text();
        this.emitFile({ type: "asset", fileName: "browser/worker.js", source });
        // a page serves the worker; nothing is imported from it
        this.emitFile({ type: "asset", fileName: "browser/worker.d.ts", source: "export {};\n" });
        return `export const WORKER_TEXT = ${JSON.stringify(source)};`;
      }
      return NOT_IN_BROWSERS.find(([file]) => id.endsWith(file))?.[1];
    },
    // Vite 5 looks for names that are taken out of an awaited import, and overlooks what is called on the import
    renderChunk: (code: string): string =>
      code.replace(/await (import\("[^"]+"\))\.then\(\((\w+)\) => \2(\.\w+)\)/g, "(await $1)$3"),
  };
}

/** A group of the build: the modules of a folder of src, by their names without ending. Their types stay in files apart. */
function group(name: string, folder: string, modules: string) {
  return { name, test: new RegExp(`/src/${folder}(${modules.replaceAll(" ", "|")})(?<!\\.d)\\.ts$`) };
}

/**
 * What nearly every command loads. Left alone it is forty files of a few hundred bytes, and a file takes as long to find
 * and open as 10 KB of code to compile.
 */
const LOADED_TOGETHER = [
  group(
    "base",
    "",
    "base/.* exact/.* float/.* model/(?!parse).* stages/.* parallel/message regions/independent formats/read/printable " +
      "run/options cycles/options arrangement/.* wasm/.*",
  ),
  group(
    "files",
    "formats/",
    "read/(budget|elements|entries|packed|hdf5/hdf5-header|matlab/mat5-header|json/[^/]*) write/.*(csv|json|text)",
  ),
  group(
    "solve",
    "",
    "run/(?!options).* finalize/.* stability/.* parallel/(pool|thread) " +
      "api/(find|in-order|line-worker|many|parts|prepared)",
  ),
  group("search", "search/", "audit/.* early/.* endings/.* kernel/.* queue/.* roots/.* units/.*"),
  group("start", "cli/", "main endings exit lock read-options terminal"),
  group(
    "command",
    "cli/",
    "batch bytes entry formats gpu-probe interrupt journal line-threads lines output progress reading replace resume " +
      "shard solve solve-lines solve-records sources summary",
  ),
];

export const forNode: UserConfig = {
  ...SHARED,
  entry: {
    index: "src/index.ts",
    plot: "src/plot/index.ts",
    io: "src/formats/index.ts",
    cli: "src/cli/main.ts",
    worker: "src/workers/worker.ts",
    "worker-thread": "src/workers/worker-thread.ts",
    "reader-thread": "src/workers/reader-thread.ts",
    "lines-thread": "src/workers/lines-thread.ts",
  },
  dts: { entry: ["src/index.ts", "src/plot/index.ts", "src/formats/index.ts"] },
  // every command waits until its code is read: without comments that takes three quarters of the time
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  outputOptions: { codeSplitting: { groups: LOADED_TOGETHER, includeDependenciesRecursively: false } },
  clean: true,
  plugins: [workerEntry],
};

const forBundlers: UserConfig = {
  ...SHARED,
  entry: {
    "browser/index": "src/index.ts",
    "browser/plot": "src/plot/index.ts",
    "browser/io": "src/formats/index.ts",
  },
  // the library for HDF5 is 4 MB, which a bundler takes from its own package, for pages that read such files
  deps: { alwaysBundle: [/^(?!h5wasm)/], neverBundle: [/^node:/, "h5wasm"] },
  // a page has no `process`, which a dependency asks
  define: { "process.env.NODE_ENV": '"production"' },
  target: "es2022",
  dts: false,
  // the folder is that of the build above
  clean: false,
  plugins: [forBrowsers(workerText), entriesBesideChunks([WEB_WORKER])],
  outputOptions: {
    chunkFileNames: "browser/[name]-[hash].js",
    // a page that checks no proof leaves this file out; bundlers can't cut the library out of a larger one
    codeSplitting: { groups: [{ name: "inflate", test: /\/(node_modules\/pako|src\/check\/inflate)\b/ }] },
  },
};

export default defineConfig([forNode, forBundlers]);
