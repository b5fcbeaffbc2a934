import { parseArgs } from "node:util";
import { type BenchCase, CASES, caseName, plain } from "./cases.ts";
import { load, provenance, RESULTS, writeReport } from "./host.ts";
import { type CasesReport, casesMarkdown, type Failure } from "./report.ts";
import type { BenchRuntime } from "./runtimes.ts";
import type { Limits, Measurement, ProofCost } from "./tasks.ts";

/** Sizes at which the cost of the error bounds is measured. */
const PROOF_SIZES = [plain(96, 3), plain(64, 4)] as const;
const PROOF_RUNS = 5;

const OPTIONS = {
  runs: { type: "string", default: "3" },
  "max-seconds": { type: "string", default: "60" },
  "max-software-seconds": { type: "string", default: "10" },
  out: { type: "string", default: RESULTS },
  list: { type: "boolean", default: false },
  proof: { type: "boolean", default: false },
} as const;

/** A task's time beyond its timed runs: start, warm-up, compilation of pipelines. */
const OVERHEAD_SECONDS = 120;

/**
 * The benchmark of one runtime: all cases, or those whose names contain one of the positional arguments; writes
 * NAME.json and NAME.md.
 * @param args of the command line. @throws RangeError for an argument that is no positive number.
 */
export async function runCases(
  name: string,
  open: () => BenchRuntime | Promise<BenchRuntime>,
  args: readonly string[],
): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const limits: Limits = {
    runs: positive("runs", values.runs),
    maxSeconds: positive("max-seconds", values["max-seconds"]),
    maxSoftwareSeconds: positive("max-software-seconds", values["max-software-seconds"]),
  };
  const wanted = values.proof ? [] : select(CASES, positionals);
  if (values.list) {
    for (const each of wanted) console.log(caseName(each));
    return;
  }
  const before = load();
  const runtime = await open();
  try {
    const info = await runtime.perform({ kind: "describe" }, OVERHEAD_SECONDS);
    const measurements: Measurement[] = [];
    const proof: ProofCost[] = [];
    const failures: Failure[] = [];
    const attempt = async <T>(label: string, task: () => Promise<T>, list: T[]) => {
      console.error(label);
      try {
        list.push(await task());
      } catch (error) {
        failures.push({ case: label, error: error instanceof Error ? error.message : String(error) });
      }
    };
    const timeout = OVERHEAD_SECONDS + limits.maxSeconds * (limits.runs + 1);
    for (const each of wanted) {
      if (each.backend === "webgpu" && info.adapter === null) {
        failures.push({ case: caseName(each), error: "there is no GPU adapter" });
      } else {
        await attempt(
          caseName(each),
          () => runtime.perform({ kind: "measure", case: each, limits }, timeout),
          measurements,
        );
      }
    }
    if (positionals.length === 0) {
      for (const source of PROOF_SIZES) {
        const task = { kind: "proof", source, runs: Math.max(limits.runs, PROOF_RUNS) } as const;
        await attempt(`proof ${source.N}-${source.R}`, () => runtime.perform(task, timeout), proof);
      }
    }
    const report: CasesReport = {
      schema: "stillpoint/bench-cases@1",
      provenance: provenance(info, runtime.versions, before),
      measurements,
      proof,
      failures,
    };
    const markdown = casesMarkdown(report);
    console.log(markdown);
    // a part of the cases must not overwrite the record of all
    const whole = positionals.length === 0 && !values.proof;
    writeReport(values.out, whole ? name : `${name}-part`, report, { md: markdown });
    if (failures.some(({ error }) => !error.startsWith("there is no GPU"))) process.exitCode = 1;
  } finally {
    await runtime.close();
  }
}

/**
 * Cases whose names contain one of the words; all where there are none. @throws RangeError for a word that no case
 * contains.
 */
export function select(cases: readonly BenchCase[], words: readonly string[]): BenchCase[] {
  for (const word of words) {
    if (!cases.some((each) => caseName(each).includes(word))) {
      throw new RangeError(`no case has "${word}" in its name; --list shows them`);
    }
  }
  return cases.filter((each) => words.length === 0 || words.some((word) => caseName(each).includes(word)));
}

/** @throws RangeError */
export function positive(option: string, text: string): number {
  const x = Number(text);
  if (!(x > 0 && Number.isFinite(x))) throw new RangeError(`--${option} must be a positive number, got ${text}`);
  return x;
}
