import { beforeAll, describe, expect, it } from "vitest";
import { answersOnCpu } from "../parity/answers.ts";
import type { ParityReport } from "../parity/portable.ts";
import { type Bundled, bundle, inChromium, inDeno, LAVAPIPE, MINUTES, realModels } from "../support/runtimes.ts";

/**
 * The parity suite in other runtimes and on other drivers: Deno and Chromium on SwiftShader, Deno on llvmpipe, which
 * keeps subnormals and reorders sums. Byte-equal answers in all of them and on the CPU. Node runs it in the unit tests.
 */
const models = realModels(
  /^(scyfi.*_0[01]\d|smc_(teacher|student|tutorial).*|plrnn_(?!reg).*|alrnn_lorenz_m20.*|dynamix.*)/,
);
const FULL = process.env.STILLPOINT_FULL === "1";
let suite: Bundled;
let expected: Record<string, string>;

beforeAll(async () => {
  suite = await bundle("tests/parity/portable.ts", "runParity");
  expected = await answersOnCpu(models);
}, 5 * MINUTES);

const RUNTIMES = 3;

/** The models of one of the three runs: each model is in one of them, and with STILLPOINT_FULL=1 in all. */
const dealt = (run: number) => (FULL ? models : models.filter((_, i) => i % RUNTIMES === run));

/** llvmpipe compiles for seconds for each shape, and for minutes where there are 30 dimensions. */
const ofFewDimensions = (some: typeof models) =>
  some.filter(({ A }) => (Array.isArray(A) ? A.length : Number.POSITIVE_INFINITY) <= 10);

function judge(report: ParityReport, runtime: RegExp, adapter: RegExp, given: typeof models): void {
  console.info(`${report.runtime} on ${report.adapter}: ${report.passed} passed, ${report.failed.length} failed`);
  expect(report.failed).toEqual([]);
  expect(report.passed).toBeGreaterThan(50);
  expect(report.runtime).toMatch(runtime);
  expect(report.adapter).toMatch(adapter);
  expect(report.buffersLeft).toBe(0);
  const different = Object.keys(report.answers).filter((name) => report.answers[name] !== expected[name]);
  expect(different).toEqual([]);
  const left = models.length - given.length;
  expect(Object.keys(report.answers).length).toBe(Object.keys(expected).length - left);
}

describe("the parity suite", () => {
  it("passes in Deno on SwiftShader", { timeout: 20 * MINUTES }, async () => {
    const given = dealt(0);
    judge(await inDeno(suite, given), /^Deno 2/, /swiftshader/i, given);
  });

  it("passes in Deno on llvmpipe", { timeout: 20 * MINUTES }, async () => {
    const given = ofFewDimensions(dealt(1));
    judge(await inDeno(suite, given, LAVAPIPE), /^Deno 2/, /llvmpipe/i, given);
  });

  it("passes in Chromium on SwiftShader", { timeout: 20 * MINUTES }, async () => {
    const given = dealt(2);
    judge(await inChromium(suite, given), /Chrom/, /swiftshader/i, given);
  });
});
