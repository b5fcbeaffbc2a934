import { describe, expect, it } from "vitest";
import { type CaseResult, markdown, noteOn, peakOf, type Report } from "../../bench/gpu-report.ts";

const result: CaseResult = {
  case: "128-2",
  N: 128,
  R: 2,
  models: 1,
  adapter: "x",
  software: false,
  subsets: "8257",
  complete: false,
  regions: 8000,
  fixedPoints: 1,
  wallSeconds: 0.5,
  wallSpread: [0.4, 0.6],
  repeats: 3,
  gpuSeconds: 0.25,
  regionsPerWallSecond: 16_000,
  regionsPerGpuSecond: 32_000,
  operationsPerRegion: 2700,
  shareOfPeak: 0.5,
  stages: { solve: { seconds: 0.25, share: 1, bytesPerRegion: 44, bytesPerSecond: 1.408e6 } },
  batches: 1,
  dispatches: 5,
  readbacks: 1,
  escalatedVertices: 0.001,
  candidatesToF64: 0.01,
  cpuSeconds: 0.1,
};

const report = (software: boolean, results: readonly CaseResult[]): Report => ({
  version: "1",
  runtime: "Node",
  date: "today",
  adapter: "x",
  software,
  note: noteOn(software),
  seconds: 1,
  threads: 2,
  peak: null,
  results,
});

describe("float32 peaks", () => {
  it("tell cards of one family apart, and are unknown for others and for software", () => {
    expect(peakOf("nvidia hopper NVIDIA H100 80GB HBM3")).toBe(67e12);
    expect(peakOf("nvidia hopper NVIDIA H100 PCIe")).toBe(51e12);
    expect(peakOf("NVIDIA L4")).toBe(30.3e12);
    expect(peakOf("NVIDIA L40S")).toBe(91.6e12);
    for (const name of ["NVIDIA L40", "NVIDIA GeForce RTX 3090 Ti", "google swiftshader", "llvmpipe"]) {
      expect(peakOf(name)).toBeUndefined();
    }
  });
});

describe("the report", () => {
  it("never gives times of a software adapter as those of a GPU", () => {
    expect(markdown(report(true, [result]))).toMatch(/a dry run, no GPU speed[\s\S]*SOFTWARE ADAPTER/);
    expect(markdown(report(false, [result]))).not.toMatch(/dry run|SOFTWARE/);
  });

  it("says what was cut off and what was not measured", () => {
    const text = markdown(report(false, [result]));
    expect(text).toMatch(/\| 128-2 \(cut off\) \| 8000 \| 1 \| 0\.500 \(0\.400–0\.600\) \|/);
    expect(text).toMatch(/\| 128-2 \| solve \| 0\.2500 \| 100\.0 % \| 44 \| 0\.00141 \|/);
    const untimed = { ...result, gpuSeconds: null, regionsPerGpuSecond: null, shareOfPeak: null, stages: {} };
    expect(markdown(report(false, [untimed]))).toMatch(/\| not measured \|.*\| unknown \|/);
  });
});
