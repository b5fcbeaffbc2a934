/**
 * The search method on real models, the whole command line's wall time, beside the rough unproved trial of
 * ../shared/baselines where that can read the model: `npm run bench:search [-- --rounds K] [--gpu] [--out FOLDER]
 * [WORD…]`, models whose names contain a word; with `--gpu` each beside them with its boxes filtered on the GPU. Needs
 * a build (`npm run build`) and ../shared. Writes results/search.json and .md.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Result } from "../src/base/result.ts";
import { countRegions } from "../src/index.ts";
import { plain } from "./cases.ts";
import { load, main, provenance, RESULTS, ROOT, writeReport } from "./host.ts";
import { modelsOf } from "./models.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { positive } from "./run-cases.ts";
import { type SearchMeasurement, type SearchReport, searchMarkdown } from "./search-report.ts";
import { ratioOf, spreadOf } from "./statistics.ts";

const SHARED = join(ROOT, "../shared");
const TRIAL = join(SHARED, "baselines/search-trial.mjs");
/** Out of reach: an honest incomplete answer after this time. */
const HOPELESS = { smc_hc11_rank12: 60, smc_nlb_filtering_rank36: 60 } as Readonly<Record<string, number>>;
const REAL = /^(smc_(eeg|hc2|hc11|maze|nlb_filtering)_rank\d+(_\d+)?|alrnn_lorenz_m30_p10|plrnn_.*)$/;
const RANDOM = [plain(256, 3), plain(1000, 3), plain(1000, 4), plain(10_000, 2)];

interface Ran {
  readonly seconds: number;
  readonly output: string;
  /** Of the whole process; null where /proc does not tell. */
  readonly peakMegabytes: number | null;
}

/** A process of Node from its start to its end. */
function run(args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    let peak: number | null = null;
    const look = setInterval(() => {
      try {
        const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
        if (high !== null) peak = Number(high[1]) / 1024;
      } catch {
        // no /proc, or the process has just ended
      }
    }, 20);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", () => {
      clearInterval(look);
      resolve({ seconds: (performance.now() - started) / 1000, output, peakMegabytes: peak });
    });
  });
}

async function measure(name: string, file: string, rounds: number, gpu: boolean): Promise<SearchMeasurement> {
  const raw = JSON.parse(readFileSync(file, "utf8"));
  const limit = HOPELESS[name];
  const solve = ["bin/stillpoint.js", "solve", file, "--method", "search", "--format", "json", "--quiet"];
  if (limit !== undefined) solve.push("--max-seconds", `${limit}`);
  const hasTrial = existsSync(TRIAL) && "W2" in raw && "L" in raw && limit === undefined;
  const times = { one: [] as number[], two: [] as number[], trial: [] as number[], gpu: [] as number[] };
  let peakMegabytes: number | null = null;
  let result: Result | undefined;
  let filtered: Result | undefined;
  for (let round = 0; round < (limit === undefined ? rounds : 1); round++) {
    const one = await run([...solve, "--threads", "1"]);
    times.one.push(one.seconds);
    result ??= JSON.parse(one.output) as Result;
    peakMegabytes ??= one.peakMegabytes;
    if (limit !== undefined) break;
    times.two.push((await run([...solve, "--threads", "2"])).seconds);
    if (gpu) {
      const onGpu = await run([...solve, "--threads", "1", "--backend", "webgpu"]);
      times.gpu.push(onGpu.seconds);
      filtered ??= JSON.parse(onGpu.output) as Result;
    }
    if (hasTrial) times.trial.push((await run([TRIAL, file])).seconds);
  }
  const { model, counts, fixedPoints, complete, incompleteBecause } = result!;
  const one = spreadOf(times.one);
  const trial = times.trial.length > 0 ? spreadOf(times.trial) : null;
  return {
    name,
    latentDim: model.latentDim,
    hyperplanes: model.hyperplanes,
    regions: `${(await countRegions(raw)).regions}`,
    boxes: counts.boxes!,
    evaluations: counts.evaluations!,
    fixedPoints: fixedPoints.length,
    complete,
    ...(incompleteBecause === undefined ? {} : { incompleteBecause }),
    one,
    two: times.two.length > 0 ? spreadOf(times.two) : null,
    trial,
    gpu:
      filtered === undefined
        ? null
        : { spread: spreadOf(times.gpu), boxes: filtered.counts.gpuBoxes ?? 0, adapter: filtered.adapter },
    ratio: trial === null ? null : ratioOf(trial, one),
    peakMegabytes,
  };
}

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "3" },
      gpu: { type: "boolean", default: false },
      out: { type: "string", default: RESULTS },
    },
  });
  const rounds = positive("rounds", values.rounds);
  const before = load();
  const runtime = nodeRuntime();
  const info = await runtime.perform({ kind: "describe" }, 120);
  const folder = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
  const files = new Map<string, string>();
  try {
    const models = join(SHARED, "models");
    for (const entry of existsSync(models) ? readdirSync(models).sort() : []) {
      const name = entry.replace(/\.json$/, "");
      if (REAL.test(name)) files.set(name, join(models, entry));
    }
    for (const source of RANDOM) {
      const name = `plain-${source.N}-${source.R}`;
      const file = join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(modelsOf(source)[0]));
      files.set(name, file);
    }
    const measurements: SearchMeasurement[] = [];
    for (const [name, file] of files) {
      if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
      console.error(name);
      measurements.push(await measure(name, file, rounds, values.gpu));
    }
    const report: SearchReport = {
      schema: "stillpoint/bench-search@1",
      provenance: provenance(info, runtime.versions, before),
      measurements,
    };
    const markdown = searchMarkdown(report);
    console.log(markdown);
    writeReport(values.out, positionals.length > 0 ? "search-part" : "search", report, { md: markdown });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
