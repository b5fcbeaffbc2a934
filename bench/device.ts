/**
 * Searches on a GPU beside those on all threads of the CPU: `npx tsx bench/device.ts [--seconds 20] [--short]`.
 *
 * First the parity suite, then smc_hc11_rank4, smc_maze_rank5, the EEG models as one batch, and products of small
 * networks in 5 and 6 dimensions (tests/support/products.ts), each with `--backend webgpu` and with
 * `--backend cpu` on all threads, in one process. Prints Markdown: adapter, wall seconds, boxes, what came back, and
 * whether both answers are equal. With the default budget it ends within eight minutes. The five cases of the regions
 * method are `bench:gpu`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Counts } from "../src/base/result.ts";
import { findFixedPoints, findFixedPointsOfMany, type Result } from "../src/index.ts";
import { runParity } from "../tests/parity/portable.ts";
import { productOf } from "../tests/support/products.ts";

const SHARED = new URL("../../shared/models/", import.meta.url);

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "15" }, short: { type: "boolean", default: false } },
});
const maxSeconds = Number(values.seconds);
if (!(maxSeconds > 0)) {
  console.error(`bench/device.ts: --seconds must be a positive number, got ${values.seconds}`);
  process.exit(2);
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, SHARED), "utf8"));
const cases: { readonly name: string; readonly models: readonly unknown[] }[] = [];
const files = existsSync(SHARED) ? readdirSync(SHARED).sort() : [];
const addShared = (name: string, pattern: RegExp): void => {
  const models = files.filter((file) => pattern.test(file)).map(read);
  if (models.length > 0) cases.push({ name, models });
};
addShared("hc11_rank4", /^smc_hc11_rank4/);
addShared("maze_rank5", /^smc_maze_rank5/);
addShared("20 EEG models", /^smc_eeg_rank3/);
for (const dims of [
  [2, 3],
  [3, 3],
]) {
  for (const units of values.short ? [64] : [64, 128, 256]) {
    const R = dims.reduce((sum, dim) => sum + dim, 0);
    cases.push({ name: `product, R = ${R}, L = ${2 * units}`, models: [productOf(dims, units, units, 2).model] });
  }
}

console.error("parity …");
const parity = await runParity([], {}, () => {}, true);
console.log(`${parity.adapter}: ${parity.passed} parity bodies passed, ${parity.failed.length} failed`);
for (const line of parity.failed) console.log(`- ${line}`);

const threads = availableParallelism();
const answer = (results: readonly Result[]): string =>
  JSON.stringify(results.map(({ fixedPoints, continua }) => ({ fixedPoints, continua })));

async function solved(models: readonly unknown[], backend: "cpu" | "webgpu"): Promise<Result[]> {
  const options = { method: "search", backend, threads } as const;
  if (models.length === 1) return [await findFixedPoints(models[0] as never, { ...options, maxSeconds })];
  const results: Result[] = [];
  // a limit for each model would have them searched one after the other
  const signal = AbortSignal.timeout(1000 * maxSeconds);
  for await (const outcome of findFixedPointsOfMany(models as never[], { ...options, signal })) {
    if ("error" in outcome) throw outcome.error;
    results.push(outcome.result);
  }
  return results;
}

async function timed(models: readonly unknown[], backend: "cpu" | "webgpu") {
  const begun = performance.now();
  const results = await solved(models, backend);
  const sum = (count: keyof Counts): number => results.reduce((all, { counts }) => all + (counts[count] ?? 0), 0);
  const complete = results.length === models.length && results.every((result) => result.complete);
  return { results, seconds: (performance.now() - begun) / 1000, sum, complete };
}

console.log(
  `\n| model | CPU, ${threads} threads, s | GPU, s | boxes on the CPU alone | on the GPU | returned | points | answers |`,
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const { name, models } of cases) {
  console.error(`${name} …`);
  // compiles the shaders, which the process keeps
  await findFixedPoints(models[0] as never, { method: "search", backend: "webgpu", maxSeconds: 2 });
  const gpu = await timed(models, "webgpu");
  const cpu = await timed(models, "cpu");
  const said =
    gpu.complete && cpu.complete ? (answer(gpu.results) === answer(cpu.results) ? "equal" : "DIFFER") : "cut short";
  const points = gpu.results.reduce((all, { fixedPoints }) => all + fixedPoints.length, 0);
  const seconds = (run: typeof gpu): string => `${run.complete ? "" : "> "}${run.seconds.toFixed(3)}`;
  console.log(
    `| ${name} | ${seconds(cpu)} | ${seconds(gpu)} | ${cpu.sum("boxes")} | ${gpu.sum("gpuBoxes")} | ${gpu.sum("gpuReturned")} | ${points} | ${said} |`,
  );
}
