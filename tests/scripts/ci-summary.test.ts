import { expect, it } from "vitest";
import { tally } from "../../scripts/ci-summary.ts";

const file = (status: string, tests: number) => ({ status, assertionResults: new Array<unknown>(tests) });
const green = { success: true, numPassedTests: 5, numFailedTests: 0, testResults: [file("passed", 5)] };

it("adds up, and lets no failure pass as success", () => {
  expect(tally(0, [green, green])).toEqual({ passed: 10, failed: 0 });
  expect(tally(1, [green])).toEqual({ passed: 5, failed: 1 });
  expect(tally(0, [green, undefined])).toEqual({ passed: 5, failed: 1 });
  expect(tally(0, [{ ...green, success: false, numFailedTests: 2 }])).toEqual({ passed: 5, failed: 2 });
  // an unhandled error outside any test
  expect(tally(0, [{ ...green, success: false }])).toEqual({ passed: 5, failed: 1 });
  // a file that could not be loaded
  expect(tally(0, [{ ...green, success: false, testResults: [file("failed", 0)] }])).toEqual({ passed: 5, failed: 1 });
});
