import { describe, expect, it } from "vitest";
import { calibrate } from "../../bench/calibration.ts";
import { compare, type QuickReport, quickMarkdown, verdict } from "../../bench/quick-report.ts";

const figure = (name: string, loops: number) => ({ case: name, seconds: loops / 50, loops });

function report(figures: QuickReport["figures"]): QuickReport {
  return {
    schema: "stillpoint/bench-quick@1",
    provenance: {
      version: "0.1.0",
      commit: null,
      date: "2026-01-02T03:04:05.678Z",
      runtime: "Node 20.0.0",
      versions: {},
      machine: { system: "linux", processor: "A processor", cores: 2 },
      load: { before: 0, after: 1 },
      adapter: null,
      software: false,
      seed: 7,
      warmUp: "one run",
    },
    figures,
    skipped: [],
  };
}

describe("compare", () => {
  it("compares loops, not seconds: another machine is no change", () => {
    const slowMachine = { case: "a", seconds: 100, loops: 5 };
    expect(compare([slowMachine], [figure("a", 5)])[0]!.change).toBe(1);
  });

  it("finds a change, by name and not by place", () => {
    const changes = compare([figure("b", 6), figure("a", 5)], [figure("a", 10), figure("b", 3), figure("gone", 1)]);
    expect(changes.map(({ change }) => change)).toEqual([2, 0.5]);
  });

  it("says so where there is no record", () => {
    expect(compare([figure("new", 1)], [figure("a", 1)])[0]!.change).toBeUndefined();
  });
});

it("a verdict tells slower, faster and neither apart", () => {
  expect([0.5, 0.9, 1, 1.1, 2, undefined].map(verdict)).toEqual([
    "faster",
    "as recorded",
    "as recorded",
    "as recorded",
    "slower",
    "no record",
  ]);
});

it("the report names what it compares with, or how to make a record", () => {
  const now = report([figure("a", 10)]);
  expect(quickMarkdown(now, report([figure("a", 5)]))).toMatch(/×2\.00 \| slower[\s\S]*Compared with 2026-01-02/);
  expect(quickMarkdown(now, undefined)).toContain("--record");
  expect(quickMarkdown({ ...now, skipped: ["b"] }, undefined)).toContain("No time left for: b.");
});

it("the calibration loop takes time that can be measured", () => {
  expect(calibrate(20_000)).toBeGreaterThan(0);
});
