/**
 * Side by side in one run: the naive 2^N way, the note's algorithm in NumPy, Stillpoint's branch mode and its owned mode.
 * `npm run bench:baselines [-- OPTIONS]`: --rounds K, --max-regions K (leaves out larger sizes), --out FOLDER. Writes results/baselines.json and baselines.md.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { genericRegionCount } from "../src/arrangement/counts.ts";
import { parseModel } from "../src/index.ts";
import { type BaselinesReport, baselinesMarkdown, type Contest, type Contestant } from "./baselines-report.ts";
import { plain, regionsCase } from "./cases.ts";
import { load, provenance, RESULTS, ROOT, writeReport } from "./host.ts";
import { modelsOf, type RandomModels, sourceName } from "./models.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { positive } from "./run-cases.ts";
import { lastLine } from "./runtimes.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import { type BaselineRun, type Limits, MAX_RUNS, MIN_SECONDS } from "./tasks.ts";

/** Debian's Python, which has Debian's NumPy. */
const PYTHON = process.env.PYTHON ?? "/usr/bin/python3";
/** NumPy stays below a minute on all of these. */
const SIZES = [plain(16, 2), plain(20, 3), plain(24, 2), plain(64, 3), plain(100, 3), plain(40, 4)];
/** More units are too many for 2^N. */
const MOST_NAIVE_UNITS = 24;
const TIMEOUT_SECONDS = 600;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    "max-regions": { type: "string", default: "1e9" },
    out: { type: "string", default: RESULTS },
  },
});
const rounds = positive("rounds", values.rounds);
const maxRegions = positive("max-regions", values["max-regions"]);
const limits: Limits = { runs: 1, maxSeconds: TIMEOUT_SECONDS / 4, maxSoftwareSeconds: TIMEOUT_SECONDS / 4 };

const before = load();
const runtime = nodeRuntime();
const info = await runtime.perform({ kind: "describe" }, TIMEOUT_SECONDS);
const versions: Record<string, string> = { ...runtime.versions };

async function stillpoint(source: RandomModels, expand: "owned" | "branch"): Promise<BaselineRun> {
  const each = regionsCase(source, { expand });
  const { seconds, work, fixedPoints, peakMegabytes, complete } = await runtime.perform(
    { kind: "measure", case: each, limits },
    TIMEOUT_SECONDS,
  );
  if (!complete) throw new Error(`${expand} on ${sourceName(source)} was cut off after ${limits.maxSeconds} s`);
  return { seconds, masks: work, fixedPoints, peakMegabytes };
}

async function numpy(source: RandomModels): Promise<BaselineRun> {
  const { system } = await parseModel(modelsOf(source)[0]);
  const { latentDim: R } = system;
  const rows = (list: Float64Array) =>
    Array.from({ length: list.length / R }, (_, i) => Array.from(list.subarray(i * R, i * R + R)));
  const input = {
    M: rows(system.M.rounded),
    U: rows(system.U),
    V: rows(system.V.rounded),
    h: Array.from(system.h.rounded),
    g: Array.from(system.g.rounded),
    ...{ runs: limits.runs, minSeconds: MIN_SECONDS, maxRuns: MAX_RUNS },
  };
  const line = await lastLine([PYTHON, join(ROOT, "bench/baselines/note.py")], TIMEOUT_SECONDS, JSON.stringify(input));
  const said = JSON.parse(line) as {
    seconds: number[];
    masks: number;
    points: number[][];
    peakMegabytes: number;
    versions: Record<string, string>;
  };
  Object.assign(versions, said.versions);
  const { masks, points, peakMegabytes } = said;
  return { seconds: spreadOf(said.seconds), masks, fixedPoints: points.length, peakMegabytes };
}

const CONTESTANTS: Readonly<Record<Contestant, (source: RandomModels) => Promise<BaselineRun>>> = {
  naive: (source) => runtime.perform({ kind: "naive", source, runs: limits.runs }, TIMEOUT_SECONDS),
  numpy,
  branch: (source) => stillpoint(source, "branch"),
  owned: (source) => stillpoint(source, "owned"),
};

async function contest(source: RandomModels): Promise<Contest> {
  const names = (Object.keys(CONTESTANTS) as Contestant[]).filter(
    (name) => name !== "naive" || source.N <= MOST_NAIVE_UNITS,
  );
  const runs = new Map<Contestant, BaselineRun[]>(names.map((name) => [name, []]));
  // in turn, so that all meet the same machine
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      console.error(`${sourceName(source)} ${name}, round ${round + 1} of ${rounds}`);
      runs.get(name)!.push(await CONTESTANTS[name](source));
    }
  }
  const secondsOf = (name: Contestant) => spreadOf(runs.get(name)!.map(({ seconds }) => seconds.median));
  const regions = Number(genericRegionCount(source.N, source.R));
  return {
    model: sourceName(source),
    latentDim: source.R,
    hyperplanes: source.N,
    regions,
    rows: names.map((name) => {
      const [{ masks, fixedPoints, peakMegabytes }] = runs.get(name)!;
      const seconds = secondsOf(name);
      return {
        contestant: name,
        masks,
        fixedPoints,
        peakMegabytes,
        seconds,
        regionsPerSecond: regions / seconds.median,
        timesOwned: ratioOf(seconds, secondsOf("owned")),
      };
    }),
  };
}

const contests: Contest[] = [];
for (const source of SIZES) {
  if (genericRegionCount(source.N, source.R) <= maxRegions) contests.push(await contest(source));
}
const report: BaselinesReport = {
  schema: "stillpoint/bench-baselines@1",
  provenance: provenance(info, versions, before),
  contests,
};
const markdown = baselinesMarkdown(report);
console.log(markdown);
writeReport(values.out, "baselines", report, { md: markdown });
