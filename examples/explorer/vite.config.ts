import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

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
        const source = readFileSync(new URL("./service-worker.js", import.meta.url), "utf8");
        this.emitFile({
          type: "asset",
          fileName: "sw.js",
          source: source
            .replace('"FILES"', JSON.stringify([".//", ...files]))
            .replace('"VERSION"', JSON.stringify(version)),
        });
      },
    },
  };
}

export default defineConfig({
  // any folder of any static host
  base: ".//",
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
});
