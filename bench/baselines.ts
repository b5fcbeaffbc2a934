/**
 * Side by side in one run: the naive 2^N way, the note's algorithm in NumPy, Stillpoint's branch mode and its owned
 * mode. `npm run bench:baselines [-- OPTIONS]`: --rounds K, --max-regions K (leaves out larger sizes), --out FOLDER.
 * Writes results/baselines.json and baselines.md.
 */
import { parseArgs } from "node:util";
import { genericRegionCount } from "../src/arrangement/counts.ts";
import {
  type BaselinesReport,
  baselinesMarkdown,
  CONTESTANTS,
  type Contest,
  type Contestant,
} from "./baselines-report.ts";
import { plain } from "./cases.ts";
import { enter } from "./contestants.ts";
import { load, main, provenance, RESULTS, writeReport } from "./host.ts";
import { type RandomModels, sourceName } from "./models.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { positive } from "./run-cases.ts";
import type { BenchRuntime } from "./runtimes.ts";
import { ratioOf, spreadOf } from "./statistics.ts";
import type { BaselineRun } from "./tasks.ts";

/** NumPy stays below a minute on all but the last, which takes it some. */
const SIZES = [
  plain(16, 2),
  plain(20, 3),
  plain(24, 2),
  plain(64, 3),
  plain(100, 3),
  plain(128, 3),
  plain(40, 4),
  plain(60, 4),
  plain(256, 3),
];
/** Of more regions one round is enough. */
const MOST_REGIONS_FOR_ROUNDS = 1e6;
/** More units are too many for 2^N. */
const MOST_NAIVE_UNITS = 24;

/** All on one model. @param seen takes the versions of what they run on. */
async function contest(
  source: RandomModels,
  rounds: number,
  runtime: BenchRuntime,
  seen: Record<string, string>,
): Promise<Contest> {
  const names = CONTESTANTS.filter((name) => name !== "naive" || source.N <= MOST_NAIVE_UNITS);
  const runs = new Map<Contestant, BaselineRun[]>(names.map((name) => [name, []]));
  // in turn, so that all meet the same machine
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      console.error(`${sourceName(source)} ${name}, round ${round + 1} of ${rounds}`);
      const run = await enter(name, source, runtime);
      runs.get(name)!.push(run);
      Object.assign(seen, run.versions);
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
      const { masks, fixedPoints, peakMegabytes } = runs.get(name)![0]!;
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

await main(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      "max-regions": { type: "string", default: "1e9" },
      out: { type: "string", default: RESULTS },
    },
  });
  const rounds = positive("rounds", values.rounds);
  const maxRegions = positive("max-regions", values["max-regions"]);

  const before = load();
  const runtime = nodeRuntime();
  const info = await runtime.perform({ kind: "describe" }, 120);
  const versions: Record<string, string> = { ...runtime.versions };
  const contests: Contest[] = [];
  for (const source of SIZES) {
    const regions = genericRegionCount(source.N, source.R);
    if (regions > maxRegions) continue;
    contests.push(await contest(source, regions > MOST_REGIONS_FOR_ROUNDS ? 1 : rounds, runtime, versions));
  }
  const report: BaselinesReport = {
    schema: "stillpoint/bench-baselines@1",
    provenance: provenance(info, versions, before),
    contests,
  };
  const markdown = baselinesMarkdown(report);
  console.log(markdown);
  writeReport(values.out, "baselines", report, { md: markdown });
});
