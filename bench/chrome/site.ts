import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { ROOT } from "../host.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** Builds the bench page and serves it on 127.0.0.1, which is a secure context as WebGPU wants. */
export async function serveBenchPage(port = 0): Promise<{ readonly url: string; close(): Promise<void> }> {
  const outDir = join(ROOT, ".stillpoint/bench-chrome");
  await build({
    root: fileURLToPath(new URL(".", import.meta.url)),
    configFile: false,
    logLevel: "error",
    // typegpu asks for it, as it may of a bundler
    define: { "process.env.NODE_ENV": '"production"' },
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, target: "es2022", modulePreload: { polyfill: false } },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const file = path === "/" ? "/index.html" : normalize(path);
    const type = TYPES[extname(file)];
    // isolated pages have clocks of 5 µs, others of 100 µs
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    try {
      if (type === undefined) throw new Error(`${file} is no page or script`);
      const content = readFileSync(join(outDir, file));
      response.setHeader("Content-Type", type);
      response.end(content);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
