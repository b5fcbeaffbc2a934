import { describe, expect, it } from "vitest";
import { type CasesReport, casesMarkdown, markdownTable } from "../../bench/report.ts";
import type { Measurement } from "../../bench/tasks.ts";

const measurement: Measurement = {
  case: "plain-96-3/regions/cpu",
  latentDim: 3,
  hyperplanes: 96,
  models: 1,
  options: { method: "regions", backend: "cpu", expand: "owned", threads: 1 },
  adapter: null,
  software: false,
  complete: true,
  fixedPoints: 2,
  unit: "regions",
  work: 147_537,
  seconds: { median: 0.15, least: 0.14, most: 0.2, runs: 3 },
  perSecond: 983_580,
  peakMegabytes: 112,
};

const report: CasesReport = {
  schema: "stillpoint/bench-cases@1",
  provenance: {
    version: "0.1.0",
    commit: "0123456789",
    date: "2026-01-02T03:04:05.678Z",
    runtime: "Node 20.0.0",
    versions: { V8: "11.3" },
    machine: { system: "linux 6, 24 GiB", processor: "A processor", cores: 2 },
    load: { before: 0.1, after: 1 },
    adapter: null,
    software: false,
    seed: 7,
    warmUp: "one run",
  },
  measurements: [measurement],
  proof: [],
  failures: [],
};

/** Cells of each line of each table. */
function tables(markdown: string): string[][] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

describe("markdownTable", () => {
  const columns = [
    { label: "name", cell: (row: { name: string; x: number }) => row.name },
    { label: "x", cell: (row: { name: string; x: number }) => `${row.x}`, number: true },
  ];

  it("has a line for each row, with as many cells as columns", () => {
    const lines = tables(
      markdownTable(columns, [
        { name: "a", x: 1 },
        { name: "b", x: 2 },
      ]),
    );
    expect(lines).toEqual([
      ["name", "x"],
      ["---", "---:"],
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("keeps a cell whole that holds a bar or a line break", () => {
    const [, , row] = tables(markdownTable(columns, [{ name: "a|b\nc", x: 1 }]));
    expect(row).toEqual(["a\\|b c", "1"]);
  });
});

describe("casesMarkdown", () => {
  it("says where, when and with what", () => {
    const text = casesMarkdown(report);
    for (const part of [
      "0.1.0",
      "0123456789",
      "2026-01-02",
      "Node 20.0.0",
      "V8 11.3",
      "A processor",
      "2 cores",
      "one run",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain("Seed of random models: 7");
  });

  it("has median, spread and rate of a case", () => {
    const [head, , row] = tables(casesMarkdown(report));
    expect(row).toHaveLength(head!.length);
    expect(row).toContain("150 ms (140 ms – 200 ms, 3 runs)");
    expect(row).toContain("147,537 regions");
    expect(row).toContain("984 k");
  });

  it("warns of a busy machine, and only of one", () => {
    const busy = { ...report.provenance, load: { before: 3, after: 3 } };
    expect(casesMarkdown({ ...report, provenance: busy })).toContain("not to be relied on");
    expect(casesMarkdown(report)).not.toContain("not to be relied on");
  });

  it("marks what a software adapter took, and only that", () => {
    const adapter = { adapter: "SwiftShader", software: true };
    const soft = casesMarkdown({
      ...report,
      provenance: { ...report.provenance, ...adapter },
      measurements: [measurement, { ...measurement, case: "on software", ...adapter }],
    });
    expect(soft).toContain("SwiftShader (software)");
    expect(soft).toContain("not the speed of any GPU");
    const marked = tables(soft).filter((cells) => cells.some((cell) => cell.includes("(software)")));
    expect(marked.map(([name]) => name)).toEqual(["on software"]);
    expect(casesMarkdown(report)).not.toContain("software");
  });

  it("says what was cut off, and what was not measured", () => {
    const text = casesMarkdown({
      ...report,
      measurements: [{ ...measurement, complete: false }],
      failures: [{ case: "another", error: "it\nbroke" }],
    });
    expect(text).toContain("no: cut off");
    expect(text).toContain("- another: it broke");
  });
});
