import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", plot: "src/plot/index.ts", cli: "src/cli/main.ts", worker: "src/worker.ts" },
  format: "esm",
  platform: "neutral",
  deps: { neverBundle: [/^node:/], onlyBundle: ["zod"] },
  target: "node20",
  dts: { entry: ["src/index.ts", "src/plot/index.ts"] },
  clean: true,
});
