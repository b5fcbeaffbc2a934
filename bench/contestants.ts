import { join } from "node:path";
import { parseModel } from "../src/index.ts";
import type { ModelInput } from "../src/model/input.ts";
import type { Contestant } from "./baselines-report.ts";
import { regionsCase } from "./cases.ts";
import { ROOT } from "./host.ts";
import { modelsOf, type RandomModels, sourceName } from "./models.ts";
import { type BenchRuntime, lastLine } from "./runtimes.ts";
import { spreadOf } from "./statistics.ts";
import { type BaselineRun, type Limits, MAX_RUNS, MIN_SECONDS } from "./tasks.ts";

/** Debian's Python, which has Debian's NumPy. */
const PYTHON = process.env.PYTHON ?? "/usr/bin/python3";
/** Of one process: its start, a warm-up and its runs. */
const TIMEOUT_SECONDS = 600;
const LIMITS: Limits = { runs: 1, maxSeconds: TIMEOUT_SECONDS / 4, maxSoftwareSeconds: TIMEOUT_SECONDS / 4 };

/** Lets one contestant solve one model in a process of its own. @throws Error when it fails or is cut off. */
export function enter(name: Contestant, source: RandomModels, runtime: BenchRuntime): Promise<BaselineRun> {
  switch (name) {
    case "naive":
      return runtime.perform({ kind: "naive", source, runs: LIMITS.runs }, TIMEOUT_SECONDS);
    case "numpy":
      return numpy(source);
    default:
      return stillpoint(source, name, runtime);
  }
}

async function stillpoint(
  source: RandomModels,
  expand: "owned" | "branch",
  runtime: BenchRuntime,
): Promise<BaselineRun> {
  const task = { kind: "measure", case: regionsCase(source, { expand }), limits: LIMITS } as const;
  const { seconds, work, fixedPoints, peakMegabytes, complete } = await runtime.perform(task, TIMEOUT_SECONDS);
  if (!complete) throw new Error(`${expand} on ${sourceName(source)} was cut off after ${LIMITS.maxSeconds} s`);
  return { seconds, masks: work, fixedPoints, peakMegabytes };
}

async function numpy(source: RandomModels): Promise<BaselineRun> {
  const { system } = await parseModel(modelsOf(source)[0] as ModelInput);
  const { latentDim: R } = system;
  const rows = (list: Float64Array) =>
    Array.from({ length: list.length / R }, (_, i) => Array.from(list.subarray(i * R, i * R + R)));
  const input = {
    M: rows(system.M.rounded),
    U: rows(system.U),
    V: rows(system.V.rounded),
    h: Array.from(system.h.rounded),
    g: Array.from(system.g.rounded),
    ...{ runs: LIMITS.runs, minSeconds: MIN_SECONDS, maxRuns: MAX_RUNS },
  };
  const line = await lastLine([PYTHON, join(ROOT, "bench/baselines/note.py")], TIMEOUT_SECONDS, JSON.stringify(input));
  const said = JSON.parse(line) as {
    seconds: number[];
    masks: number;
    points: number[][];
    peakMegabytes: number;
    versions: Record<string, string>;
  };
  const { seconds, masks, points, peakMegabytes, versions } = said;
  return { seconds: spreadOf(seconds), masks, fixedPoints: points.length, peakMegabytes, versions };
}
