/**
 * Every case in headless Chromium, as bench/node.ts does in Node: `npm run bench:chrome [-- OPTIONS WORD…]`. Writes
 * results/chrome.json and chrome.md. `--serve` only serves the page, for a browser of your own.
 */
import { chromeRuntime } from "./chrome/runtime.ts";
import { serveBenchPage } from "./chrome/site.ts";
import { main } from "./host.ts";
import { runCases } from "./run-cases.ts";

const args = process.argv.slice(2);

async function serve(): Promise<void> {
  const { url } = await serveBenchPage(8093);
  console.log(`Open ${url} in a browser with WebGPU. Ctrl-C ends.`);
}

await main(() => (args[0] === "--serve" ? serve() : runCases("chrome", chromeRuntime, args)));
