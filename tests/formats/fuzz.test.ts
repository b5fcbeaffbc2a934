import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { MAX_UNPACKED_BYTES } from "../../src/formats/read/zip.ts";
import { SEEDS } from "./fuzz-seeds.ts";
import type { FuzzReport } from "./fuzz-worker.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
const countOf = (seed: string): number => (FULL ? 10_000 : (SEEDS[seed]!.few ?? 250));

/** No file here takes a millisecond's work; one that takes this long, on whatever machine, never ends. */
const HANG_SECONDS = 60;

const progress = new Int32Array(new SharedArrayBuffer(4));
const entry = JSON.stringify(new URL("./fuzz-worker.ts", import.meta.url).href);
// Node 20 needs a loader for TypeScript
const script = `import("tsx/esm/api").then(({ register }) => { register(); return import(${entry}); });`;
const rssBefore = process.memoryUsage().rss;
let worker: Worker | undefined;
afterAll(() => worker?.terminate());

function fuzz(seed: string, count: number): Promise<FuzzReport> {
  worker ??= new Worker(script, { eval: true, workerData: progress.buffer });
  const mine = worker;
  return new Promise((resolve, reject) => {
    let last = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      const now = Atomics.load(progress, 0);
      if (now !== last) [last, since] = [now, performance.now()];
      if (performance.now() - since > HANG_SECONDS * 1000) {
        fail(new Error(`mutation ${last} of ${seed} was not read in ${HANG_SECONDS} s`));
      }
    }, 500);
    const fail = (error: Error): void => {
      clearInterval(watch);
      worker = undefined;
      void mine.terminate();
      reject(error);
    };
    mine.once("error", fail);
    mine.once("message", (report: FuzzReport) => {
      clearInterval(watch);
      mine.off("error", fail);
      resolve(report);
    });
    mine.postMessage({ seed, count });
  });
}

describe.each(Object.keys(SEEDS))("mutated %s", (seed) => {
  it("gives models or typed errors, ends, and keeps to the limit of memory", { timeout: 1_800_000 }, async () => {
    const count = countOf(seed);
    const { models, errors, slowestMilliseconds, failure } = await fuzz(seed, count);
    // the operating system's own high-water mark
    const peak = process.resourceUsage().maxRSS * 1024 - rssBefore;
    if (FULL) {
      const codes = Object.entries(errors).map(([code, n]) => `${n} ${code}`);
      console.info(
        `${seed}: ${models} models, ${codes.join(", ")}; slowest ${slowestMilliseconds.toFixed(0)} ms, +${Math.round(peak / 2 ** 20)} MiB`,
      );
    }
    expect(failure).toBe(undefined);
    const refused = Object.values(errors).reduce((sum, n) => sum + n, 0);
    expect(models + refused).toBe(count);
    expect(refused).toBeGreaterThan(count * SEEDS[seed]!.errors);
    expect(peak).toBeLessThan(MAX_UNPACKED_BYTES);
  });
});
