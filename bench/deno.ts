/** Every case in Deno, as bench/node.ts does in Node: `npm run bench:deno [-- OPTIONS WORD…]`. Writes results/deno.json and deno.md. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./host.ts";
import { runCases } from "./run-cases.ts";
import { processRuntime } from "./runtimes.ts";

const DENO = join(ROOT, "node_modules/.bin/deno");
const V8 = /^v8 (\S+)/m;

await runCases(
  "deno",
  () => {
    const said = execFileSync(DENO, ["--version"], { encoding: "utf8" });
    return processRuntime([DENO, "run", "--allow-all", "--no-lock"], { V8: V8.exec(said)?.[1] ?? "unknown" });
  },
  process.argv.slice(2),
);
