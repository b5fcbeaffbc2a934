/**
 * Every case in Deno, as bench/node.ts does in Node: `npm run bench:deno [-- OPTIONS WORD…]`. Writes results/deno.json
 * and deno.md.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { main, ROOT } from "./host.ts";
import { runCases } from "./run-cases.ts";
import { type BenchRuntime, processRuntime } from "./runtimes.ts";

const LAUNCHER = join(ROOT, "node_modules/.bin/deno");

function denoRuntime(): BenchRuntime {
  // the binary itself, since a launcher that is killed leaves it running
  const script = "console.log(JSON.stringify([Deno.execPath(), Deno.version.v8]))";
  const [binary, V8] = JSON.parse(execFileSync(LAUNCHER, ["eval", script], { encoding: "utf8" })) as [string, string];
  return processRuntime([binary, "run", "--allow-all", "--no-lock"], { V8 });
}

await main(() => runCases("deno", denoRuntime, process.argv.slice(2)));
