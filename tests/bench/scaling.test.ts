import { describe, expect, it } from "vitest";
import {
  decadeTicks,
  powerLaw,
  type ScalingReport,
  scalingMarkdown,
  scalingPicture,
} from "../../bench/scaling-report.ts";
import type { Measurement } from "../../bench/tasks.ts";
import { layoutProblems, readSvg } from "../plot/svg-check.ts";

/** A measurement of 10^5 regions that take so many seconds each. */
function measurement(perRegion: number): Measurement {
  const work = 100_000;
  const seconds = { median: perRegion * work, least: 0.9 * perRegion * work, most: 1.2 * perRegion * work, runs: 3 };
  return {
    case: "a case",
    latentDim: 2,
    hyperplanes: 64,
    models: 1,
    options: { method: "regions", backend: "cpu", expand: "owned", threads: 1 },
    adapter: null,
    software: false,
    complete: true,
    fixedPoints: 1,
    unit: "regions",
    work,
    seconds,
    perSecond: work / seconds.median,
    peakMegabytes: 100,
  };
}

const points = (xs: readonly number[], cost: (x: number) => number) =>
  xs.map((x) => ({ x, measurement: measurement(cost(x)) }));

const report: ScalingReport = {
  schema: "stillpoint/bench-scaling@1",
  provenance: {
    version: "0.1.0",
    commit: null,
    date: "2026-01-02T03:04:05.678Z",
    runtime: "Node 20.0.0",
    versions: {},
    machine: { system: "linux", processor: "A processor", cores: 2 },
    load: null,
    adapter: null,
    software: false,
    seed: 7,
    warmUp: "one run",
  },
  series: [
    { name: "R = 2", variable: "N", points: points([64, 128, 256, 512, 1024], (N) => 1e-8 * N) },
    { name: "R = 3", variable: "N", points: points([32, 64, 128, 256], (N) => 1e-7 * N ** 1.5) },
    { name: "N = 40", variable: "R", points: points([1, 2, 3, 4, 5, 6], (R) => 1e-6 * R ** 2) },
    { name: "N = 20, R = 2 each", variable: "models", points: points([1, 10, 100, 1000, 10_000], () => 3e-6) },
    { name: "N = 256, R = 3", variable: "threads", points: points([1, 2], (threads) => 1e-6 / threads) },
    { name: "N = 100, R = 4", variable: "threads", points: [] },
  ],
  failures: [],
};

describe("powerLaw", () => {
  it("finds the exponent of a power, and none where there is nothing to fit", () => {
    expect(powerLaw([1, 2, 4, 100].map((x) => [x, 7 * x ** 1.75] as const))).toBeCloseTo(1.75, 12);
    expect(
      powerLaw([
        [3, 1],
        [3, 2],
      ]),
    ).toBeUndefined();
  });

  it("tells another power apart", () => {
    expect(powerLaw([1, 2, 4].map((x) => [x, x ** 2] as const))).not.toBeCloseTo(1.75, 1);
  });

  it("refuses costs that have no logarithm", () => {
    expect(() => powerLaw([[1, 0]])).toThrow(RangeError);
  });
});

describe("the report", () => {
  it("has a table for each series that was measured, and its exponent", () => {
    const text = scalingMarkdown(report, "picture.svg");
    expect(text.match(/^## /gm)?.length).toBe(2 + 5);
    expect(text).toContain("hyperplanes N to the power 1.00");
    expect(text).toContain("hyperplanes N to the power 1.50");
    expect(text).toContain("dimensions R to the power 2.00");
    expect(text).toContain("×2.00");
    expect(text).toContain("](picture.svg)");
  });

  it("draws no conclusion about growth from too few regions", () => {
    const small = { ...measurement(1e-6), work: 100 };
    const series = [{ name: "s", variable: "N" as const, points: [1, 2, 3].map((x) => ({ x, measurement: small })) }];
    expect(scalingMarkdown({ ...report, series }, "p.svg")).not.toContain("to the power");
  });
});

describe("the picture", () => {
  it("is a whole SVG document in which nothing is cut or overlaps", () => {
    expect(layoutProblems(scalingPicture(report))).toEqual([]);
  });

  it("has a mark for each point, in a panel for each variable", () => {
    const { elements } = readSvg(scalingPicture(report));
    const marks = elements.filter(({ name, attributes }) => name === "circle" && attributes.r === "3");
    expect(marks.length).toBe(5 + 4 + 6 + 5 + 2);
    const texts = elements.map(({ text }) => text);
    for (const title of ["hyperplanes N", "dimensions R", "models in one run", "threads"]) {
      expect(texts).toContain(`Against ${title}`);
    }
  });

  it("names a software adapter as one", () => {
    const software = { ...measurement(1e-6), adapter: "SwiftShader", software: true };
    const series = [{ name: "s", variable: "N" as const, points: [{ x: 8, measurement: software }] }];
    const provenance = { ...report.provenance, adapter: "SwiftShader", software: true };
    const said = (picture: string) =>
      readSvg(picture)
        .elements.map(({ text }) => text)
        .join(" ");
    expect(said(scalingPicture({ ...report, provenance, series }))).toContain("no GPU speed");
    expect(said(scalingPicture(report))).not.toContain("GPU");
  });
});

it("ticks of a logarithmic axis are 1, 2 and 5 times powers of ten, or powers alone", () => {
  expect(decadeTicks({ from: -6.1, to: -4.9 })).toEqual([1e-6, 2e-6, 5e-6, 1e-5]);
  expect(decadeTicks({ from: 0, to: 4 })).toEqual([1, 10, 100, 1000, 10_000]);
});
