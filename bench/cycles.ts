/**
 * All cycles up to a period, one thread: `tsx bench/cycles.ts [--max-seconds S] [--max-period K] [FILE or FOLDER…]`,
 * files of models up to K, or without files the random chaotic maps of cycles-models.ts. `--missed` instead looks how
 * many cycles of ten chaotic maps restarts miss that get as much CPU time as the proof took (of at most S seconds).
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { emitEarlyWords } from "../src/cycles/early-words.ts";
import { CycleFinish } from "../src/cycles/finish.ts";
import type { CyclesResult } from "../src/cycles/result.ts";
import { findCycles } from "../src/index.ts";
import type { ModelInput } from "../src/model/input.ts";
import { parseValue } from "../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../src/model/system.ts";
import { Random } from "../tests/support/random.ts";
import { CHAOTIC, type CycleCase, chaoticClipped } from "./cycles-models.ts";
import { load, main } from "./host.ts";
import { SEED } from "./models.ts";
import { Restarts } from "./restarts.ts";

/** Restarts without anything new after which SCYFI-like restarts go on to the next period, at first. */
const PATIENCE = 200;

await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "max-seconds": { type: "string", default: "60" },
      "max-period": { type: "string", default: "4" },
      missed: { type: "boolean", default: false },
    },
  });
  const maxSeconds = Number(values["max-seconds"]);
  if (!(maxSeconds > 0)) throw new RangeError(`--max-seconds must be positive, and is ${values["max-seconds"]}`);
  if (values.missed) return missed(maxSeconds);
  const files = positionals.flatMap((path) =>
    statSync(path).isFile()
      ? [path]
      : readdirSync(path)
          .filter((name) => name.endsWith(".json"))
          .map((name) => join(path, name)),
  );
  const cases: readonly CycleCase[] =
    files.length === 0
      ? CHAOTIC
      : files.map((file) => ({
          name: basename(file, ".json"),
          model: JSON.parse(readFileSync(file, "utf8")),
          maxPeriod: Number(values["max-period"]),
        }));
  console.log(`load ${load().toFixed(1)}\n`);
  console.log("| model | up to | proved up to | seconds | CPU seconds | methods | boxes | nodes | cycles by period |");
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
  const seconds: number[] = [];
  for (const { name, model, maxPeriod } of cases) {
    const before = process.cpuUsage();
    const result = await findCycles(model as ModelInput, { maxPeriod, maxSeconds });
    const { user, system } = process.cpuUsage(before);
    seconds.push(result.seconds.total);
    console.log(
      `| ${name} | ${maxPeriod} | ${result.completeUpTo} | ${result.seconds.total.toFixed(2)} | ${((user + system) / 1e6).toFixed(2)} | ${workOf(result)} | ${byPeriod(result)} |`,
    );
  }
  const median = seconds.sort((a, b) => a - b)[seconds.length >> 1];
  console.log(`\n${seconds.length} models, median ${median?.toFixed(2)} s, load ${load().toFixed(1)}`);
});

function workOf({ periods }: CyclesResult): string {
  const methods = [...new Set(periods.map(({ method }) => method))].join(", ");
  // periods of a round share their boxes
  const boxes = new Set(periods.map(({ counts }) => counts.boxes ?? 0));
  const nodes = periods.reduce((sum, { counts }) => sum + (counts.nodes ?? 0), 0);
  return `${methods} | ${[...boxes].reduce((sum, n) => sum + n, 0)} | ${nodes}`;
}

function byPeriod({ periods }: CyclesResult): string {
  return periods
    .filter(({ cycles, continua }) => cycles + continua > 0)
    .map(({ period, cycles, continua }) => `${period}:${cycles}${continua > 0 ? `+${continua} continua` : ""}`)
    .join(" ");
}

/**
 * Cycles that restarts miss in the time that the proof takes: those of SCYFI's kind, from random sequences of masks,
 * and those of `emitEarlyWords`, from random points and points of trajectories. Both go on to the next period after so
 * many restarts without a new cycle, and begin again with more patience until the time is over.
 */
async function missed(maxSeconds: number): Promise<void> {
  console.log(`load ${load().toFixed(1)}\n`);
  console.log(
    "| map | proved up to | CPU seconds | cycles, proved all | by random masks, of one round | in equal time | by points |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  const sums = [0, 0, 0, 0];
  for (let seed = 1; seed <= 10; seed++) {
    const model = chaoticClipped(2, 10, seed);
    const before = cpuSeconds();
    const result = await findCycles(model as ModelInput, { maxPeriod: 8, maxSeconds });
    const total = cpuSeconds() - before;
    const periods = result.periods.filter(({ complete }) => complete).map(({ period }) => period);
    const { system } = await parseValue(model);
    const ofMasks = await byMasks(system, periods, total, seed);
    const ofPoints = await byPoints(system, periods, total);
    const all = result.cycles.filter(({ period }) => periods.includes(period)).length;
    const row = [all, ofMasks.first, ofMasks.all, ofPoints];
    for (const [i, count] of row.entries()) sums[i]! += count;
    console.log(`| R=2 N=10, ${seed} | ${periods.at(-1) ?? 0} | ${total.toFixed(2)} | ${row.join(" | ")} |`);
  }
  console.log(`| all | | | ${sums.join(" | ")} |`);
}

/** @returns the cycles after one round over the periods (of any length), and after the time. */
async function byMasks(system: PiecewiseLinearSystem, periods: readonly number[], seconds: number, seed: number) {
  const finish = new CycleFinish(system);
  const restarts = new Restarts(system, Random.of(SEED, `restarts ${seed}`), finish);
  const end = cpuSeconds() + seconds;
  let first: number | undefined;
  for (let patience = PATIENCE; cpuSeconds() < end; patience *= 2) {
    for (const period of periods)
      for (let idle = 0; idle < patience && cpuSeconds() < end; idle++) if (restarts.once(period)) idle = -1;
    first ??= await countOf(finish, periods);
  }
  const all = await countOf(finish, periods);
  return { first: first ?? all, all };
}

async function byPoints(system: PiecewiseLinearSystem, periods: readonly number[], seconds: number): Promise<number> {
  const finish = new CycleFinish(system);
  const end = cpuSeconds() + seconds;
  for (let round = 0; cpuSeconds() < end; round++) {
    for (const period of periods) {
      for (const _ of emitEarlyWords(system, period, finish, round)) if (cpuSeconds() >= end) break;
      await finish.settle({});
    }
  }
  return countOf(finish, periods);
}

/** Of this process; the wall's would be those of what else the machine does. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Different cycles of these periods, exactly. */
async function countOf(finish: CycleFinish, periods: readonly number[]): Promise<number> {
  let found = 0;
  for (const period of periods) found += (await finish.conclude(period, {})).cycles.length;
  return found;
}
