/**
 * The bench page: tasks for puppeteer through `performTask`, and a button for whoever opens it in a browser with a GPU.
 */
import { VERSION } from "../../src/base/version.ts";
import { CASES, caseName } from "../cases.ts";
import { SEED } from "../models.ts";
import { type CasesReport, casesMarkdown, type Failure } from "../report.ts";
import { type Measurement, perform, type RuntimeInfo, type Task, WARM_UP } from "../tasks.ts";

const LIMITS = { runs: 3, maxSeconds: 30, maxSoftwareSeconds: 10 } as const;

Object.assign(globalThis, { performTask: (task: Task) => perform(task).then((result) => JSON.stringify(result)) });

const find = <T extends HTMLElement>(id: string): T => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element "${id}"`);
  return element as T;
};
const start = find<HTMLButtonElement>("start");
const status = find("status");

async function runAll(word: string): Promise<CasesReport> {
  const info = (await perform({ kind: "describe" })) as RuntimeInfo;
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  for (const each of CASES.filter((one) => caseName(one).includes(word))) {
    status.textContent = caseName(each);
    // a turn for the page to show it
    await new Promise((resolve) => setTimeout(resolve, 50));
    try {
      measurements.push((await perform({ kind: "measure", case: each, limits: LIMITS })) as Measurement);
    } catch (error) {
      failures.push({ case: caseName(each), error: error instanceof Error ? error.message : String(error) });
    }
  }
  return {
    schema: "stillpoint/bench-cases@1",
    provenance: {
      version: VERSION,
      commit: null,
      date: new Date().toISOString(),
      ...info,
      versions: {},
      machine: { system: navigator.platform, processor: "unknown processor", cores: navigator.hardwareConcurrency },
      load: null,
      seed: SEED,
      warmUp: WARM_UP,
    },
    measurements,
    proof: [],
    failures,
  };
}

start.addEventListener("click", async () => {
  start.disabled = true;
  try {
    find("report").textContent = casesMarkdown(await runAll(find<HTMLInputElement>("word").value.trim()));
    status.textContent = "Done.";
  } catch (error) {
    status.textContent = `Failed: ${error instanceof Error ? error.message : error}`;
  } finally {
    start.disabled = false;
  }
});
