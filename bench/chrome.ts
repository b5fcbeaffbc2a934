/**
 * Every case in headless Chromium, as bench/node.ts does in Node: `npm run bench:chrome [-- OPTIONS WORD…]`. Writes results/chrome.json and chrome.md.
 * `--serve` only serves the page, for a browser of your own.
 */
import { chromeRuntime } from "./chrome/runtime.ts";
import { serveBenchPage } from "./chrome/site.ts";
import { runCases } from "./run-cases.ts";

const args = process.argv.slice(2);
if (args[0] === "--serve")
  console.log(`Open ${(await serveBenchPage(8093)).url} in a browser with WebGPU. Ctrl-C ends.`);
else await runCases("chrome", chromeRuntime, args);
