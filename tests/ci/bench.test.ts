import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { BaselinesReport } from "../../bench/baselines-report.ts";
import { disagreements } from "../../bench/baselines-report.ts";
import type { QuickReport } from "../../bench/quick-report.ts";
import type { CasesReport } from "../../bench/report.ts";
import type { ScalingReport } from "../../bench/scaling-report.ts";

/** The benches at their smallest sizes: that they run to the end and report; no time is looked at. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUT = mkdtempSync(join(tmpdir(), "stillpoint-bench-"));
const TIMEOUT = { timeout: 300_000 };

afterAll(() => rmSync(OUT, { recursive: true, force: true }));

/** Runs `npm run SCRIPT -- ARGS` and reads the report that it wrote. */
async function bench<T>(script: string, name: string, ...args: string[]): Promise<{ report: T; markdown: string }> {
  await new Promise<void>((resolve, reject) => {
    execFile(
      "npm",
      ["run", script, "--", "--out", OUT, ...args],
      { cwd: ROOT, timeout: TIMEOUT.timeout },
      (error, stdout, stderr) =>
        error === null ? resolve() : reject(new Error(`${error.message}\n${stdout}\n${stderr}`)),
    );
  });
  const read = (extension: string) => readFileSync(join(OUT, `${name}.${extension}`), "utf8");
  return { report: JSON.parse(read("json")), markdown: read("md") };
}

const RUNTIMES = [
  ["bench:deno", "deno", /^Deno 2/],
  ["bench:node", "node", /^Node 2/],
  ["bench:chrome", "chrome", /Chrome\//],
] as const;

describe("the cases", () => {
  it.each(RUNTIMES.slice(0, process.env.STILLPOINT_FULL === "1" ? undefined : 2))(
    "%s measures both methods and both backends",
    TIMEOUT,
    async (script, name, runtime) => {
      const { report, markdown } = await bench<CasesReport>(script, `${name}-part`, "--runs", "1", "figure-1c");
      expect(report.failures).toEqual([]);
      expect(report.measurements.map((each) => each.case)).toEqual([
        "figure-1c/regions/cpu",
        "figure-1c/regions/webgpu",
        "figure-1c/search/cpu",
      ]);
      for (const { complete, fixedPoints } of report.measurements) expect([complete, fixedPoints]).toEqual([true, 4]);
      expect(report.provenance.runtime).toMatch(runtime);
      const [, gpu] = report.measurements;
      expect(gpu!.adapter).not.toBeNull();
      expect(markdown.includes("not the speed of any GPU")).toBe(gpu!.software);
    },
  );

  it("a word that names no case is an error", TIMEOUT, async () => {
    await expect(bench("bench:node", "node-part", "nonsense")).rejects.toThrow(/no case has "nonsense"/);
  });
});

describe("the other benches", () => {
  it("the naive way, NumPy and both modes agree", TIMEOUT, async () => {
    const { report } = await bench<BaselinesReport>(
      "bench:baselines",
      "baselines",
      "--rounds",
      "1",
      "--max-regions",
      "200",
    );
    expect(report.contests.map(({ rows }) => rows.map(({ contestant }) => contestant))).toEqual([
      ["naive", "numpy", "branch", "owned"],
    ]);
    expect(report.contests.flatMap(disagreements)).toEqual([]);
    expect(report.provenance.versions.NumPy).toBeDefined();
  });

  it("scaling writes a picture too", TIMEOUT, async () => {
    const { report } = await bench<ScalingReport>("bench:scaling", "scaling", "--runs", "1", "--max-regions", "850");
    expect(report.failures).toEqual([]);
    expect(report.series.filter(({ points }) => points.length > 0).map(({ variable }) => variable)).toEqual([
      "R",
      "models",
    ]);
    expect(readFileSync(join(OUT, "scaling.svg"), "utf8")).toContain("Against dimensions R");
  });

  it("quick makes a record, and compares with it", TIMEOUT, async () => {
    const { report, markdown } = await bench<QuickReport>("bench:quick", "quick", "--record");
    expect(report.figures.length).toBeGreaterThan(0);
    expect(markdown).toContain("no record");
  });
});
