/**
 * Adds up vitest's JSON reports: `node ci-summary.ts FAILED_STEPS REPORT…` prints `N passed, N failed` and exits 1 if
 * anything failed. A step that failed without a failed test, a report that is missing and a file that could not be
 * loaded count as one failure each.
 */
import { existsSync, readFileSync } from "node:fs";

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export function tally(
  failedSteps: number,
  reports: readonly (Report | undefined)[],
): { passed: number; failed: number } {
  let passed = 0;
  let failed = failedSteps;
  for (const report of reports) {
    if (report === undefined) {
      failed++;
      continue;
    }
    const unloaded = report.testResults.filter(
      (file) => file.status === "failed" && file.assertionResults.length === 0,
    );
    const failures = report.numFailedTests + unloaded.length;
    passed += report.numPassedTests;
    failed += failures > 0 || report.success ? failures : 1;
  }
  return { passed, failed };
}

if (process.argv[1]?.endsWith("ci-summary.ts")) {
  const [steps, ...files] = process.argv.slice(2);
  const reports = files.map((file) =>
    existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : undefined,
  );
  const { passed, failed } = tally(Number(steps), reports);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
