/**
 * A few cases in under 30 s, as ratios to a calibration loop, beside those recorded: `npm run bench:quick`. Reports
 * only, and never fails on timing. `--record` makes results/quick.json and quick.md, what later runs compare with; do
 * it on a quiet machine.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runtimeName } from "../src/base/runtime.ts";
import { leastCalibration } from "./calibration.ts";
import { type BenchCase, caseName, clipped, plain, regionsCase, searchCase } from "./cases.ts";
import { load, main, provenance, RESULTS, writeReport } from "./host.ts";
import { nodeVersions } from "./node-runtime.ts";
import { type QuickFigure, type QuickReport, quickMarkdown } from "./quick-report.ts";
import { type Measurement, perform, type RuntimeInfo } from "./tasks.ts";

const CASES: readonly BenchCase[] = [
  regionsCase(plain(96, 3)),
  searchCase(plain(256, 3)),
  regionsCase(plain(20, 2, 300)),
  regionsCase(clipped(64, 3)),
  searchCase({ example: "decision-81" }),
  regionsCase({ example: "lorenz63" }),
  regionsCase(plain(64, 2), { expand: "branch" }),
  regionsCase(plain(48, 4)),
  searchCase(plain(1000, 3)),
];
/** No case is begun after the process has run this long. */
const BUDGET_SECONDS = 20;
const LIMITS = { runs: 2, maxSeconds: 4, maxSoftwareSeconds: 4 } as const;

await main(async () => {
  const { values } = parseArgs({
    options: { record: { type: "boolean", default: false }, out: { type: "string", default: RESULTS } },
  });
  const before = load();
  const figures: QuickFigure[] = [];
  const skipped: string[] = [];
  for (const each of CASES) {
    if (process.uptime() > BUDGET_SECONDS) {
      skipped.push(caseName(each));
      continue;
    }
    const earlier = leastCalibration();
    const { seconds } = (await perform({ kind: "measure", case: each, limits: LIMITS })) as Measurement;
    const calibration = Math.min(earlier, leastCalibration());
    figures.push({ case: caseName(each), seconds: seconds.least, loops: seconds.least / calibration });
  }
  const info: RuntimeInfo = { runtime: runtimeName(), adapter: null, software: false };
  const report: QuickReport = {
    schema: "stillpoint/bench-quick@1",
    provenance: provenance(info, nodeVersions(), before),
    figures,
    skipped,
  };
  const file = join(values.out, "quick.json");
  const recorded = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as QuickReport) : undefined;
  const markdown = quickMarkdown(report, recorded);
  console.log(markdown);
  if (values.record) writeReport(values.out, "quick", report, { md: markdown });
});
