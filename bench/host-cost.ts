/**
 * What a run on a GPU costs the main thread outside the driver: `npm run bench:host [-- --rounds 5] [--rows 6]`.
 *
 * Prints Markdown: milliseconds of the main thread for each million of regions and of boxes, by V8's profiler, in
 * Stillpoint's own code and in packages, then the functions that take most. Native functions, which are the driver's,
 * Node's loop, which asks the driver whether it is done, and the garbage of that are left out. What the host does for a
 * batch or a launch does not depend on how many regions or boxes it holds. So batches and launches are small here, that
 * any adapter will do, also software, and count as those of a GPU: 2^20 regions, and 2^18 boxes. Whose work depends on
 * the number of regions, the audit of one in 1,024, is measured by itself: on this thread, and on workers, which do it
 * for large models.
 */
import { parseArgs } from "node:util";
import { reduceSystem } from "../src/arrangement/reduce.ts";
import { GpuBackend } from "../src/gpu/backend.ts";
import { parseModel } from "../src/model/parse.ts";
import { createPool } from "../src/parallel/pool.ts";
import { RunAudit } from "../src/regions/run-audit.ts";
import { DeviceRun } from "../src/search/queue/device-run.ts";
import { SearchPlan } from "../src/search/queue/plan.ts";
import { emptyTally } from "../src/search/queue/tally.ts";
import type { WorkerPool } from "../src/stages/pool.ts";
import { takeAllSteps } from "../src/stages/run.ts";
import { productOf } from "../tests/support/products.ts";
import { type HostTime, profiled } from "./host-profile.ts";
import { randomSystem } from "./random-system.ts";

/** Regions of a batch, and boxes of a launch, on a GPU (`src/gpu/plan.ts`, `src/gpu/box-stack.ts`). */
const REGIONS = 2 ** 20;
const BOXES = 2 ** 13 * 32;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    rows: { type: "string", default: "6" },
  },
});

const totalOf = ({ own, packages }: HostTime): number => [...own.values()].reduce((sum, time) => sum + time, packages);

/**
 * Tells the median of some rounds: what else a machine does, and garbage that the driver's loop leaves, add to a round,
 * and where the profiler's own thread has no processor samples of it are lost.
 * @param done regions or boxes that a round stands for.
 */
async function tell(name: string, of: string, done: number, round: () => Promise<void>): Promise<void> {
  await round();
  const times: HostTime[] = [];
  for (let i = 0; i < Number(values.rounds); i++) times.push(await profiled(round));
  const median = times.sort((a, b) => totalOf(a) - totalOf(b))[times.length >> 1]!;
  const perMillion = (milliseconds: number): string => ((1e6 * milliseconds) / done).toFixed(2);
  const { functions, packages } = median;
  console.log(
    `\n${name}: ${perMillion(totalOf(median))} ms for each million ${of}, ${perMillion(packages)} in packages`,
  );
  const rows = [...functions].sort((a, b) => b[1] - a[1]).slice(0, Number(values.rows));
  for (const [where, milliseconds] of rows) console.log(`- ${perMillion(milliseconds)} ${where}`);
}

/** Batches and launches of a round. */
const BATCHES = 5;
const LAUNCHES = 60;

async function batches(backend: GpuBackend): Promise<void> {
  const models = [backend.prepare(reduceSystem(randomSystem(60, 3, 1)), 0)];
  // enough for a readback of full size
  const segments = [{ model: 0, size: 3, firstRank: 0n, length: 2 ** 14 }];
  await tell("Batches", "regions", BATCHES * REGIONS, async () => {
    for (let i = 0; i < BATCHES; i++) await backend.run(models, segments, "owned", false);
  });
}

async function audits(backend: GpuBackend, pool?: WorkerPool): Promise<void> {
  const system = randomSystem(192, 4, 1);
  const reduced = reduceSystem(system);
  const stage = backend.prepare(reduced, 0);
  const audit = new RunAudit({ system, reduced, sha256: "0123456789abcdef".repeat(4) }, backend, stage, 0);
  let place = 0n;
  const name = `Audit of one in 1,024${pool === undefined ? "" : ", on workers"}`;
  await tell(name, "regions", BATCHES * REGIONS, async () => {
    for (let i = 0; i < BATCHES; i++) {
      audit.handOut(place, { size: 4, firstRank: place, length: REGIONS }, pool);
      place += BigInt(REGIONS);
    }
    await audit.settling();
  });
}

async function launches(backend: GpuBackend): Promise<void> {
  const { system } = await parseModel(productOf([3, 3], 48, 48, 2).model as never);
  const plan = await takeAllSteps(SearchPlan.making(system));
  if (!(plan instanceof SearchPlan)) throw new RangeError("the search can't be planned");
  const finds = { emit() {}, leaf: () => true, isLate: () => false };
  const roots = plan.roots.map(({ box }, root) => {
    const search = plan.search(root, finds, emptyTally());
    search.start(box, 1 / plan.roots.length);
    return search.takeOpen().map((open) => ({ root, box: open }));
  });
  await tell("Launches", "boxes", LAUNCHES * BOXES, async () => {
    let seen = 0;
    const isStopped = () => seen >= LAUNCHES;
    const hooks = { cpuBoxes: () => 0, millisecondsLeft: () => 0, isStopped, settled: () => void seen++ };
    const queue = roots.flat();
    const device = await DeviceRun.open(plan, { open: async () => backend }, queue, hooks);
    device!.start(queue);
    await device!.end();
    if (seen < LAUNCHES) throw new RangeError(`the search ended after ${seen} launches`);
  });
}

// rounds of a launch as on a GPU, each of few boxes
const backend = await GpuBackend.open({}, { stack: { slab: 4, rounds: 32 } });
console.log(`${backend.adapter}: what the main thread does, not the adapter`);
await batches(backend);
await audits(backend);
const pool = createPool(2);
await audits(backend, pool);
await pool.close();
await launches(backend);
backend.destroy();
