/**
 * Sizes that the issues name, each in a process of its own so that peak memory is its own: `npm run bench:node [-- NAME…]`.
 * Prints a Markdown table: regions or boxes, fixed points, wall seconds of the solve, peak memory. Random models are seeded.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { F64, UNCHECKED } from "../src/bounds/precision.ts";
import { CpuBackend } from "../src/cpu/backend.ts";
import { Finalizer } from "../src/finalize/finalizer.ts";
import { findFixedPoints } from "../src/index.ts";
import { parseModel } from "../src/model/parse.ts";
import type { Model } from "../src/model/types.ts";
import { runRegions } from "../src/regions/run.ts";
import { random } from "../tests/regions/arrangements.ts";

/** A random network with |A| < 1 and a few fixed points; clipped ones have N/2 units and N hyperplanes. */
function randomModel(kind: "plain" | "clipped", N: number, R: number): Promise<Model> {
  const next = random(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const rows = (n: number, m: number, scale: number) =>
    Array.from({ length: n }, () => Array.from({ length: m }, () => scale * normal()));
  const units = kind === "clipped" ? N / 2 : N;
  return parseModel({
    name: `${kind} N = ${N}, R = ${R}`,
    kind: kind === "clipped" ? "clippedShPLRNN" : "shPLRNN",
    A: new Array(R).fill(0.5),
    W1: rows(R, units, 2 / Math.sqrt(N * R)),
    W2: rows(units, R, 1),
    h1: rows(1, R, 0.3)[0],
    h2: rows(1, units, 1)[0],
  });
}

const CASES: readonly {
  readonly name: string;
  readonly kind: "plain" | "clipped";
  readonly N: number;
  readonly R: number;
}[] = [
  { name: "regions-96-3", kind: "plain", N: 96, R: 3 },
  { name: "regions-64-4", kind: "plain", N: 64, R: 4 },
  { name: "regions-256-3", kind: "plain", N: 256, R: 3 },
  { name: "regions-100-4", kind: "plain", N: 100, R: 4 },
  { name: "regions-clipped-64-3", kind: "clipped", N: 64, R: 3 },
  { name: "search-256-3", kind: "plain", N: 256, R: 3 },
  { name: "search-1000-3", kind: "plain", N: 1000, R: 3 },
  { name: "search-1000-4", kind: "plain", N: 1000, R: 4 },
  { name: "search-10000-2", kind: "plain", N: 10_000, R: 2 },
];

async function measure(name: string): Promise<void> {
  const { kind, N, R } = CASES.find((each) => each.name === name)!;
  const model = await randomModel(kind, N, R);
  const method = name.startsWith("search") ? "search" : "regions";
  const result = await findFixedPoints(model, { method, backend: "cpu", maxSeconds: 120 });
  const work = result.counts.masks ?? result.counts.boxes;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `| ${name} | ${work} | ${result.fixedPoints.length} | ${result.complete} | ${result.seconds.total.toFixed(2)} | ${megabytes} |`,
  );
}

/** The same enumeration with every bound on and off, alternating in one process: what the proof costs. */
async function proofCost(N: number, R: number): Promise<void> {
  const { system } = await randomModel("plain", N, R);
  const seconds = { proved: [] as number[], unproved: [] as number[] };
  for (let round = 0; round < 6; round++) {
    for (const [name, precision] of [["proved", F64] as const, ["unproved", UNCHECKED] as const]) {
      const started = performance.now();
      await runRegions(system, new Finalizer(system), {}, new CpuBackend(precision), { expand: "owned" });
      // the first round warms up
      if (round > 0) seconds[name].push((performance.now() - started) / 1000);
    }
  }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];
  const proved = median(seconds.proved);
  const unproved = median(seconds.unproved);
  console.log(
    `N = ${N}, R = ${R}: proved ${proved.toFixed(3)} s, unproved ${unproved.toFixed(3)} s, ratio ${(proved / unproved).toFixed(2)}`,
  );
}

const [mode, ...names] = process.argv.slice(2);
if (mode === "--case") await measure(names[0]);
else if (mode === "--proof") {
  await proofCost(96, 3);
  await proofCost(64, 4);
} else {
  const wanted = process.argv.slice(2);
  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores, one thread\n`);
  console.log("| case | regions or boxes | fixed points | complete | seconds | peak MB |\n|---|---|---|---|---|---|");
  const self = fileURLToPath(import.meta.url);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--import", "tsx", self, ...args], { stdio: "inherit" });
  for (const { name } of CASES) if (wanted.length === 0 || wanted.includes(name)) run("--case", name);
  if (wanted.length === 0) run("--proof");
}
