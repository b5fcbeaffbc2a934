/**
 * The regions method on a GPU: `npm run bench:gpu [-- --seconds 10] [--repeats 3] [--peak TFLOPS] [--models K]
 * [--batch-items K] [--threads K] [--json FILE] [--markdown FILE] [CASE…]`.
 *
 * Prints Markdown, and writes it and JSON where asked: adapter, regions per second of wall time and of GPU time (by
 * timestamp queries where the adapter has them), each stage's share of that and the bytes it moves, what went to the
 * CPU. Random models, seeded. Exit codes: 4 where there is no adapter, 2 for options that are none.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { subsetCount } from "../src/arrangement/counts.ts";
import { reduceSystem } from "../src/arrangement/reduce.ts";
import { runtimeName } from "../src/base/runtime.ts";
import { VERSION } from "../src/base/version.ts";
import { Finalizer } from "../src/finalize/finalizer.ts";
import { GpuBackend } from "../src/gpu/backend.ts";
import { isStillpointError } from "../src/model/errors.ts";
import type { PiecewiseLinearSystem } from "../src/model/system.ts";
import { createPool } from "../src/parallel/pool.ts";
import { runRegionsOfMany } from "../src/regions/run.ts";
import type { WorkerPool } from "../src/stages/pool.ts";
import { type CaseResult, markdown, noteOn, peakOf, type StageTime, writeReport } from "./gpu-report.ts";
import { randomSystem } from "./random-system.ts";

const MANY = 10_000;

interface Case {
  readonly name: string;
  readonly N: number;
  readonly R: number;
  readonly models: number;
}

/** A case of many models gets so many times the seconds. */
const MANY_MODELS_TIMES = 6;

const CASES: readonly Case[] = [
  { name: "128-2", N: 128, R: 2, models: 1 },
  { name: "256-3", N: 256, R: 3, models: 1 },
  { name: "100-4", N: 100, R: 4, models: 1 },
  { name: "100-5", N: 100, R: 5, models: 1 },
  { name: "10000x20-2", N: 20, R: 2, models: MANY },
];

/**
 * Float operations per region by the shaders' own loops: signs, elimination twice over, the region's matrix, one sign
 * test.
 */
function operationsPerRegion(N: number, R: number): number {
  const inverse = 4 * R ** 3 + 4 * R ** 3;
  return N * (2 * R + 4) + inverse + N * (2 * R * R + 2 * R) + inverse + 6 * R;
}

/** Bytes that each stage reads and writes per region, apart from the models, which caches hold. */
function bytesPerRegion(N: number, R: number): Record<string, number> {
  const words = Math.ceil(N / 32);
  const item = R + 2;
  const mask = words + 2;
  return {
    intersect: 4 * (item + 2 * words),
    expand: 4 * (2 + 2 * words + mask),
    dedup: 4 * (mask + 2),
    compact: 4 * (2 * mask + 2),
    solve: 4 * (mask + R + (R + 1)),
    // only of masks that float32 leaves open, mostly few
    refine: 0,
  };
}

interface Settings {
  readonly seconds: number;
  readonly repeats: number;
  /** float32 operations per second. */
  readonly peak: number | undefined;
  readonly batchItems: number | undefined;
  /** Decide what the GPU leaves open of one large model; undefined for this thread alone. */
  readonly workers: WorkerPool | undefined;
}

/** One run over all systems. */
async function runOnce(
  systems: readonly PiecewiseLinearSystem[],
  backend: GpuBackend,
  most: number,
  workers: WorkerPool | undefined,
) {
  for (const key of Object.keys(backend.gpuSeconds)) delete backend.gpuSeconds[key as keyof typeof backend.gpuSeconds];
  const jobs = systems.map((system) => ({ system, sink: new Finalizer(system) }));
  const started = performance.now();
  const control = { deadline: started + 1000 * most, pool: () => workers };
  const outcomes = await runRegionsOfMany(jobs, control, backend, "owned");
  const wall = (performance.now() - started) / 1000;
  const sums: Record<string, number> = {};
  let cpuSeconds = 0;
  let complete = true;
  for (const outcome of outcomes) {
    if (isStillpointError(outcome)) throw outcome;
    const { models = 1, ...counts } = outcome.counts;
    for (const [key, value] of Object.entries(counts)) {
      // what a group of models had together, each of them reports
      const ofGroup = key === "batches" || key === "dispatches" || key === "readbacks";
      sums[key] = (sums[key] ?? 0) + (ofGroup ? value / models : value);
    }
    cpuSeconds += outcome.seconds.escalation!;
    complete &&= outcome.complete;
  }
  const fixedPoints = jobs.reduce((sum, { sink }) => sum + sink.finish().fixedPoints.length, 0);
  return { wall, sums, cpuSeconds, fixedPoints, complete, stages: { ...backend.gpuSeconds } };
}

async function measure({ name, N, R, models }: Case, settings: Settings): Promise<CaseResult> {
  const { seconds, repeats, peak, batchItems, workers } = settings;
  const systems = Array.from({ length: models }, (_, i) => randomSystem(N, R, i + 1));
  const knobs = batchItems === undefined ? {} : { batchItems };
  const backend = await GpuBackend.open({ gpu: await preciseDawn() }, { timestamps: true, knobs });
  try {
    // compiles the pipelines, and brings clocks up
    await runOnce(systems, backend, Math.min(1, seconds / 4), workers);
    const runs: Awaited<ReturnType<typeof runOnce>>[] = [];
    // the host's part, making ten thousand models ready, is in the wall time too
    const limit = models > 1 ? MANY_MODELS_TIMES * seconds : seconds;
    for (let i = 0; i < repeats; i++) runs.push(await runOnce(systems, backend, limit, workers));
    runs.sort((a, b) => a.wall - b.wall);
    const { wall, sums, cpuSeconds, fixedPoints, complete, stages } = runs[runs.length >> 1]!;
    const regions = sums.masks!;
    const times = Object.entries(stages);
    const gpuSeconds = times.length === 0 ? null : times.reduce((sum, [, time]) => sum + time, 0);
    const bytes = bytesPerRegion(N, R);
    const { count, columns } = reduceSystem(systems[0]!);
    const rate = gpuSeconds === null ? null : regions / gpuSeconds;
    const operations = operationsPerRegion(N, R);
    const known = peak ?? peakOf(backend.adapter);
    return {
      case: name,
      N,
      R,
      models,
      adapter: backend.adapter,
      software: backend.software,
      subsets: `${subsetCount(count, columns.length, "owned") * BigInt(models)}`,
      complete,
      regions,
      fixedPoints,
      wallSeconds: wall,
      wallSpread: [runs[0]!.wall, runs[runs.length - 1]!.wall],
      repeats,
      gpuSeconds,
      regionsPerWallSecond: regions / wall,
      regionsPerGpuSecond: rate,
      operationsPerRegion: operations,
      shareOfPeak: known === undefined || rate === null ? null : (rate * operations) / known,
      stages: Object.fromEntries(
        times.map(([stage, time]): [string, StageTime] => [
          stage,
          {
            seconds: time,
            share: time / gpuSeconds!,
            bytesPerRegion: bytes[stage]!,
            bytesPerSecond: (bytes[stage]! * regions) / time,
          },
        ]),
      ),
      batches: Math.round(sums.batches!),
      dispatches: Math.round(sums.dispatches!),
      readbacks: Math.round(sums.readbacks!),
      escalatedVertices: sums.undecided! / sums.subsets!,
      candidatesToF64: sums.f64Decisions! / regions,
      cpuSeconds,
    };
  } finally {
    backend.destroy();
  }
}

let dawn: GPU | undefined;

/** Dawn without its rounding of timestamps to 65 µs, in Node; elsewhere what the runtime has. */
async function preciseDawn(): Promise<GPU | undefined> {
  if ((globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu) return undefined;
  // an optional peer: bundlers must leave the name alone
  const name = "webgpu";
  const { create } = (await import(name)) as { create(options: string[]): GPU };
  dawn ??= create(["disable-dawn-features=timestamp_quantization"]);
  return dawn;
}

/** A positive number of the command line. Ends the process with code 2 otherwise. */
function positive(option: string, text: string | undefined, integer = false): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value) && (!integer || Number.isInteger(value))) return value;
  console.error(`bench:gpu: --${option} must be a positive ${integer ? "integer" : "number"}, got ${text}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "10" },
    repeats: { type: "string", default: "3" },
    peak: { type: "string" },
    models: { type: "string" },
    "batch-items": { type: "string" },
    threads: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const unknown = positionals.filter((name) => !CASES.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`bench:gpu: no case ${unknown.join(", ")}; there are ${CASES.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
const peak = positive("peak", values.peak);
const threads = positive("threads", values.threads, true) ?? availableParallelism();
const workers = threads > 1 ? createPool(threads) : undefined;
while (workers !== undefined && workers.start(threads) < threads)
  await new Promise((resolve) => setTimeout(resolve, 10));
const settings: Settings = {
  seconds: positive("seconds", values.seconds)!,
  repeats: positive("repeats", values.repeats, true)!,
  peak: peak === undefined ? undefined : peak * 1e12,
  batchItems: positive("batch-items", values["batch-items"], true),
  workers,
};
const most = positive("models", values.models, true) ?? MANY;
const results: CaseResult[] = [];
try {
  for (const each of CASES) {
    if (positionals.length > 0 && !positionals.includes(each.name)) continue;
    const models = Math.min(each.models, most);
    const name = models === each.models ? each.name : each.name.replace(`${each.models}x`, `${models}x`);
    console.error(`${name} …`);
    results.push(await measure({ ...each, name, models }, settings));
  }
} catch (error) {
  if (!isStillpointError(error)) throw error;
  console.error(`bench:gpu: ${error.message}`);
  process.exit(error.code === "NO_GPU" ? 4 : 1);
}
await workers?.close();
const { adapter, software } = results[0]!;
const report = {
  version: VERSION,
  runtime: runtimeName(),
  date: new Date().toISOString(),
  adapter,
  software,
  note: noteOn(software),
  seconds: settings.seconds,
  threads,
  peak: settings.peak ?? peakOf(adapter) ?? null,
  results,
};
console.log(markdown(report));
writeReport(report, values.json, values.markdown);
