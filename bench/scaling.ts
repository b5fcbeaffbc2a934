/**
 * What a region costs as N, R, the number of models and the number of threads grow: `npm run bench:scaling [--
 * OPTIONS]`. --runs K, --max-seconds S, --max-regions K (leaves out larger points), --backend cpu|webgpu, --out FOLDER.
 * Writes results/scaling.json, .md and .svg (scaling-webgpu with that backend).
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { genericRegionCount } from "../src/arrangement/counts.ts";
import { caseName, plain, regionsCase } from "./cases.ts";
import { load, main, provenance, RESULTS, writeReport } from "./host.ts";
import type { RandomModels } from "./models.ts";
import { nodeRuntime } from "./node-runtime.ts";
import type { Failure } from "./report.ts";
import { positive } from "./run-cases.ts";
import {
  type ScalingReport,
  type Series,
  type SeriesPoint,
  scalingMarkdown,
  scalingPicture,
  type Variable,
} from "./scaling-report.ts";
import type { Limits } from "./tasks.ts";

interface Plan {
  /** Measured in turns in one process: what is asked is how their costs compare, not how much memory each takes. */
  readonly together?: boolean;
  readonly name: string;
  readonly variable: Variable;
  readonly points: readonly { readonly x: number; readonly source: RandomModels; readonly threads: number }[];
}

function plan(
  name: string,
  variable: Variable,
  values: readonly number[],
  source: (x: number) => RandomModels,
  threads: (x: number) => number = () => 1,
): Plan {
  return { name, variable, points: values.map((x) => ({ x, source: source(x), threads: threads(x) })) };
}

const THREADS = [1, 2, 4, 8, 16].filter((threads) => threads <= Math.max(2, availableParallelism()));
const PLANS: readonly Plan[] = [
  { ...plan("R = 2", "N", [64, 128, 256, 512, 1024], (N) => plain(N, 2)), together: true },
  plan("R = 3", "N", [32, 64, 128, 256], (N) => plain(N, 3)),
  plan("N = 40", "R", [1, 2, 3, 4, 5, 6], (R) => plain(40, R)),
  plan("N = 20, R = 2 each", "models", [1, 10, 100, 1000, 10_000], (models) => plain(20, 2, models)),
  ...[plain(256, 3), plain(100, 4)].map((source) =>
    plan(
      `N = ${source.N}, R = ${source.R}`,
      "threads",
      THREADS,
      () => source,
      (threads) => threads,
    ),
  ),
];

await main(async () => {
  const { values } = parseArgs({
    options: {
      runs: { type: "string", default: "5" },
      "max-seconds": { type: "string", default: "120" },
      "max-regions": { type: "string", default: "1e9" },
      backend: { type: "string", default: "cpu" },
      out: { type: "string", default: RESULTS },
    },
  });
  const maxSeconds = positive("max-seconds", values["max-seconds"]);
  const maxRegions = positive("max-regions", values["max-regions"]);
  const limits: Limits = {
    runs: positive("runs", values.runs),
    maxSeconds,
    maxSoftwareSeconds: Math.min(10, maxSeconds),
  };
  const { backend } = values;
  if (backend !== "cpu" && backend !== "webgpu")
    throw new RangeError(`--backend must be cpu or webgpu, got ${backend}`);

  const before = load();
  const runtime = nodeRuntime();
  const info = await runtime.perform({ kind: "describe" }, 120);
  if (backend === "webgpu" && info.adapter === null)
    throw new Error("there is no GPU adapter; see npx stillpoint doctor");
  const failures: Failure[] = [];

  const measure = async (points: Plan["points"]): Promise<SeriesPoint[]> => {
    const cases = points.map(({ source, threads }) => regionsCase(source, { backend, threads }));
    const label = cases.map(caseName).join(", ");
    console.error(label);
    try {
      const timeout = (120 + maxSeconds * (limits.runs + 1)) * cases.length;
      const measured = await runtime.perform({ kind: "compare", cases, limits }, timeout);
      return measured.map((measurement, i) => ({ x: points[i]!.x, measurement }));
    } catch (error) {
      failures.push({ case: label, error: error instanceof Error ? error.message : String(error) });
      return [];
    }
  };

  const series: Series[] = [];
  for (const { name, variable, points, together = false } of PLANS) {
    // threads are the CPU's
    if (variable === "threads" && backend === "webgpu") continue;
    const small = points.filter(
      ({ source }) => genericRegionCount(source.N, source.R) * BigInt(source.models) <= maxRegions,
    );
    const measured: SeriesPoint[] = [];
    for (const group of together ? [small] : small.map((point) => [point])) {
      measured.push(...(await measure(group)));
    }
    series.push({ name, variable, points: measured });
  }
  const report: ScalingReport = {
    schema: "stillpoint/bench-scaling@1",
    provenance: provenance(info, runtime.versions, before),
    series,
    failures,
  };
  const name = backend === "cpu" ? "scaling" : "scaling-webgpu";
  const markdown = scalingMarkdown(report, `${name}.svg`);
  console.log(markdown);
  writeReport(values.out, name, report, { md: markdown, svg: scalingPicture(report) });
  if (failures.length > 0) process.exitCode = 1;
});
