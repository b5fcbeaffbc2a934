import { defineConfig } from "tsdown";

/** In the source the worker's entry is src/worker.ts; here all chunks lie beside dist/worker.js. */
export const workerEntry = {
  name: "worker-entry",
  transform(code: string, id: string): string | undefined {
    if (!id.endsWith("src/parallel/spawn.ts")) return undefined;
    const parts = code.split('"../worker.ts"');
    if (parts.length !== 3) throw new Error(`${id}: names its worker ${parts.length - 1} times, not twice`);
    return parts.join('"./worker.js"');
  },
};

export default defineConfig({
  entry: { index: "src/index.ts", plot: "src/plot/index.ts", cli: "src/cli/main.ts", worker: "src/worker.ts" },
  format: "esm",
  platform: "neutral",
  deps: { neverBundle: [/^node:/], onlyBundle: ["zod"] },
  target: "node20",
  dts: { entry: ["src/index.ts", "src/plot/index.ts"] },
  clean: true,
  plugins: [workerEntry],
});
