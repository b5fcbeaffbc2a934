/**
 * The regions method on a GPU: `npm run bench:gpu [-- --seconds 10] [--peak TFLOPS] [--json FILE] [CASE…]`.
 *
 * Prints a Markdown table, and writes JSON where asked: adapter, regions per second of wall time and of GPU time (by timestamp queries
 * where the adapter has them), each stage's share of that and the bytes it moves, what went to the CPU. Random models, seeded.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { reduceSystem } from "../src/arrangement/reduce.ts";
import { Finalizer } from "../src/finalize/finalizer.ts";
import { GpuBackend } from "../src/gpu/backend.ts";
import { isStillpointError } from "../src/model/errors.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../src/model/system.ts";
import { runRegionsOfMany, subsetCount } from "../src/regions/run.ts";
import { runtimeName } from "../src/runtime.ts";
import { VERSION } from "../src/version.ts";
import { random } from "../tests/regions/arrangements.ts";

interface Case {
  readonly name: string;
  readonly N: number;
  readonly R: number;
  readonly models: number;
}

const CASES: readonly Case[] = [
  { name: "128-2", N: 128, R: 2, models: 1 },
  { name: "256-3", N: 256, R: 3, models: 1 },
  { name: "100-4", N: 100, R: 4, models: 1 },
  { name: "100-5", N: 100, R: 5, models: 1 },
  { name: "10000x20-2", N: 20, R: 2, models: 10_000 },
];

/** A random network z' = A z + Vᵀ relu(U z − h) − g with standard normal weights and A diagonal. */
function randomSystem(N: number, R: number, seed: number): PiecewiseLinearSystem {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const normals = (length: number, scale: number) =>
    ExactArray.ofNumbers(Array.from({ length }, () => scale * normal()));
  const diagonal = (at: number) => (at % (R + 1) === 0 ? 0.9 * next() - 1 : 0);
  return {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => diagonal(at))),
    g: normals(R, 1),
    U: Float64Array.from({ length: N * R }, normal),
    V: normals(N * R, 1 / Math.sqrt(N)),
    h: normals(N, 1),
  };
}

/** Float operations per region by the shaders' own loops: signs, elimination twice over, the region's matrix, one sign test. */
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
  };
}

async function measure({ name, N, R, models }: Case, seconds: number) {
  const systems = Array.from({ length: models }, (_, i) => randomSystem(N, R, i + 1));
  const backend = await GpuBackend.open({}, { timestamps: true });
  const run = async (most: number) => {
    const jobs = systems.map((system) => ({ system, sink: new Finalizer(system) }));
    const started = performance.now();
    const outcomes = await runRegionsOfMany(jobs, { deadline: started + 1000 * most }, backend, "owned");
    const wall = (performance.now() - started) / 1000;
    const counts: Record<string, number> = {};
    let escalation = 0;
    for (const outcome of outcomes) {
      if (isStillpointError(outcome)) throw outcome;
      for (const [key, value] of Object.entries(outcome.counts)) counts[key] = (counts[key] ?? 0) + value;
      escalation += outcome.seconds.escalation;
    }
    const fixedPoints = jobs.reduce((sum, { sink }) => sum + sink.finish().fixedPoints.length, 0);
    return {
      wall,
      counts,
      escalation,
      fixedPoints,
      complete: outcomes.every((o) => !isStillpointError(o) && o.complete),
    };
  };
  // the host's part, making ten thousand models ready, is in the wall time too
  const limit = models > 1 ? 6 * seconds : seconds;
  try {
    // compiles the pipelines, and brings clocks up
    await run(Math.min(1, seconds / 4));
    for (const key of Object.keys(backend.gpuSeconds))
      delete backend.gpuSeconds[key as keyof typeof backend.gpuSeconds];
    const { wall, counts, escalation, fixedPoints, complete } = await run(limit);
    const stages = { ...backend.gpuSeconds } as Record<string, number>;
    const gpu = Object.values(stages).reduce((sum, x) => sum + x, 0);
    const bytes = bytesPerRegion(N, R);
    const { count, columns } = reduceSystem(systems[0]);
    return {
      case: name,
      N,
      R,
      models,
      adapter: backend.adapter,
      software: backend.software,
      subsets: `${subsetCount(count, columns.length, "owned") * BigInt(models)}`,
      complete,
      regions: counts.masks,
      fixedPoints,
      wallSeconds: wall,
      gpuSeconds: gpu,
      regionsPerWallSecond: counts.masks / wall,
      regionsPerGpuSecond: gpu > 0 ? counts.masks / gpu : null,
      operationsPerRegion: operationsPerRegion(N, R),
      stages: Object.fromEntries(
        Object.entries(stages).map(([stage, time]) => [
          stage,
          { seconds: time, share: time / gpu, bytesPerRegion: bytes[stage] },
        ]),
      ),
      batches: counts.batches / models,
      dispatches: counts.dispatches / models,
      readbacks: counts.readbacks / models,
      escalatedVertices: counts.undecided / counts.subsets,
      candidatesToF64: counts.f64Decisions / counts.masks,
      cpuSeconds: escalation,
    };
  } finally {
    backend.destroy();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "10" }, peak: { type: "string" }, json: { type: "string" } },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new RangeError(`--seconds must be positive, got ${values.seconds}`);
const peak = values.peak === undefined ? undefined : 1e12 * Number(values.peak);
const results: Awaited<ReturnType<typeof measure>>[] = [];
console.log(
  "| case | regions | wall s | GPU s | regions/s wall | regions/s GPU | share of peak | stages (share of GPU time) | to CPU: vertices, candidates |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
for (const each of CASES) {
  if (positionals.length > 0 && !positionals.includes(each.name)) continue;
  const result = await measure(each, seconds);
  results.push(result);
  const percent = (x: number, digits = 0) => `${(100 * x).toFixed(digits)} %`;
  const rate = result.regionsPerGpuSecond;
  const share = peak === undefined || rate === null ? "" : percent((rate * result.operationsPerRegion) / peak, 1);
  const stages = Object.entries(result.stages).map(([stage, { share: part }]) => `${stage} ${percent(part)}`);
  const cells = [
    `${each.name}${result.complete ? "" : " (cut off)"}`,
    result.regions,
    result.wallSeconds.toFixed(2),
    rate === null ? "not measured" : result.gpuSeconds.toFixed(2),
    result.regionsPerWallSecond.toExponential(2),
    rate === null ? "" : rate.toExponential(2),
    share,
    stages.join(", "),
    `${percent(result.escalatedVertices, 3)}, ${percent(result.candidatesToF64, 3)}`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
const [first] = results;
const words = first?.software ? " This is a software adapter: its times say nothing about a GPU." : "";
console.log(
  `\nStillpoint ${VERSION}, ${runtimeName()}, ${first?.adapter ?? "no case"}, at most ${seconds} s a case.${words}`,
);
if (values.json !== undefined) {
  const report = { version: VERSION, runtime: runtimeName(), date: new Date().toISOString(), seconds, results };
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
