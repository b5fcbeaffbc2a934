import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { findFixedPoints, findFixedPointsOfMany } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import type { FindOptions } from "../../src/run/options.ts";
import type { ModelObject } from "../corpus/build.ts";
import { allDifferences } from "../oracle/differences.ts";
import { exactAnswer } from "../oracle/independent.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { KNOWN } from "./known.ts";

const gpu = await gpuForTests("known");
afterAll(() => gpu?.destroy());

/** Every model that was once answered wrongly, by every method: the places written down, and the oracle in all else. */
const METHODS: readonly FindOptions[] = [
  { method: "regions" },
  { method: "regions", expand: "branch" },
  // boxes enough for any of these; without a limit some of them never ended
  { method: "search", maxRegions: 2 ** 18 },
  {},
];

describe("models that once were answered wrongly", () => {
  it.each(Object.entries(KNOWN))("%s", async (_, { model, points }) => {
    const answer = exactAnswer(model);
    expect(answer.points.map(({ z, active, ties }) => [z, active, ties])).toEqual(points);
    for (const options of METHODS) {
      const result = await findFixedPoints(model as ModelInput, options);
      expect(allDifferences(result, answer), JSON.stringify(options)).toEqual([]);
    }
  });
});

/** Models of `run.ts` that got a wrong answer, or none, at some time. */
const found = readFileSync(new URL("found.ndjson", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as ModelObject & { readonly name: string });
const answers = found.map((model) => exactAnswer(model));

describe("attacks that found a fault", () => {
  it.each(METHODS)("get the oracle's answer under %j", async (options) => {
    const failed: string[] = [];
    for (const [i, model] of found.entries()) {
      const differences = allDifferences(await findFixedPoints(model as ModelInput, options), answers[i]!);
      failed.push(...differences.map((text) => `${model.name}: ${text}`));
    }
    expect(failed).toEqual([]);
  });
});

describeWithGpu(gpu)("attacks that found a fault, on a GPU", () => {
  it.each(["owned", "branch"] as const)("get the oracle's answer by regions, %s", async (expand) => {
    const options: FindOptions = { method: "regions", expand, backend: "webgpu", device: gpu!.device };
    const failed: string[] = [];
    for await (const outcome of findFixedPointsOfMany(found as ModelInput[], options)) {
      const answer = answers[outcome.index]!;
      const texts = "result" in outcome ? allDifferences(outcome.result, answer) : [`throws ${outcome.error.message}`];
      failed.push(...texts.map((text) => `${outcome.name}: ${text}`));
    }
    expect(failed).toEqual([]);
  });
});

describe("a continuum that no float64 numbers describe", () => {
  it.each([
    // every z ≥ 2^1040 is fixed: the line begins past the range
    ["by its point", { A: [[1]], U: [[-(2 ** -800)]], V: [[-1]], hx: [-(2 ** 240)], hz: [0] }],
    // z0' = z0 + x with x = relu(x) − relu(−x): fixed along z1 = 2^1100 z0
    [
      "by its basis",
      {
        A: [
          [1, 0],
          [0, 1],
        ],
        U: [
          [2 ** 250, -(2 ** -850)],
          [-(2 ** 250), 2 ** -850],
        ],
        V: [
          [1, 0],
          [-1, 0],
        ],
        hx: [0, 0],
        hz: [0, 0],
      },
    ],
  ] as [string, ModelObject][])("%s is not listed as if it were, with `complete: true`", async (_, model) => {
    const answer = exactAnswer(model);
    expect(answer.continua.flatMap(({ point, basis }) => [...point, ...basis.flat()]).every(Number.isFinite)).toBe(
      false,
    );
    for (const options of METHODS) {
      const result = await findFixedPoints(model as ModelInput, options);
      expect(allDifferences(result, answer), JSON.stringify(options)).toEqual([]);
    }
  });
});
