import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FORMATS, formatOf } from "../../src/cli/endings.ts";
import { EXIT, exitCodeOf, gravest } from "../../src/cli/exit.ts";
import { main } from "../../src/cli/main.ts";
import { describeProgress } from "../../src/cli/progress.ts";
import { naturalOrder } from "../../src/formats/read/natural-order.ts";
import { FileError, OptionError, StillpointError } from "../../src/model/errors.ts";

describe("main", () => {
  let stdout: string;
  let stderr: string;
  beforeEach(() => {
    stdout = "";
    stderr = "";
    vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
      stdout += chunk;
      return true;
    });
    vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
      stderr += chunk;
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    [],
    ["solve"],
    ["frobnicate"],
    ["solve", "x.json", "--method", "magic"],
    ["solve", "x.json", "--max-seconds", "-1"],
    ["solve", "x.json", "--max-seconds", "Infinity"],
    ["solve", "x.json", "--max-regions", "1.5"],
    ["solve", "x.json", "--threads", "0"],
    ["solve", "x.json", "--threads", ""],
    ["solve", "x.json", "--input", "s0"],
    ["solve", "x.json", "--input", "s0=NaN"],
    ["solve", "x.json", "--format", "xml"],
    ["solve", "x.json", "--virtual", "--method", "search"],
    ["count"],
  ])("wrong usage: %j %j %j %j %j", async (...args) => {
    expect(await main(args.filter((arg) => arg !== undefined))).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  it.each([["--version"], ["--help"], ["help"]])("%s", async (arg) => {
    expect(await main([arg])).toBe(0);
    expect(stdout).not.toBe("");
    expect(stderr).toBe("");
  });
});

it("exit codes: the gravest of a batch", () => {
  expect(gravest([])).toBe(EXIT.complete);
  expect(gravest([0, 3, 0])).toBe(EXIT.incomplete);
  expect(gravest([3, 1, 0])).toBe(EXIT.error);
  expect(gravest([1, 4])).toBe(EXIT.noGpu);
  expect(exitCodeOf(new FileError("x", "y", "z"))).toBe(EXIT.error);
  expect(exitCodeOf(new OptionError("x", "y", 1, "z"))).toBe(EXIT.usage);
  expect(exitCodeOf(new StillpointError("NO_GPU", "none"))).toBe(EXIT.noGpu);
});

it("the format of a file by its ending", () => {
  const formats = [
    "a.json",
    "b.x.NDJSON",
    "c.csv",
    "d.text",
    "e.TXT",
    "f.jsonl",
    "dir.v2/json",
    ".json",
    undefined,
  ].map((file) => formatOf(file, FORMATS));
  expect(formats).toEqual(["json", "ndjson", "csv", "text", "text", "ndjson", "text", "text", "text"]);
  expect(() => formatOf("a.xlsx", FORMATS)).toThrow(
    /-o: can't be written as \.xlsx \(got "a\.xlsx"\)\. Use a file that ends in \.txt, \.json, \.ndjson, \.csv or \.npz, or say --format\./,
  );
  expect(() => formatOf("dir/a.SVG", FORMATS)).toThrow(/pictures are made by stillpoint plot/);
  expect(() => formatOf("a.npz", ["text", "json"])).toThrow(/ends in \.txt or \.json/);
});

it("natural order of files", () => {
  const files = ["epoch_10.json", "b/1", "epoch_9.json", "epoch_010.json", "a/2", "a/10"];
  expect(files.sort(naturalOrder)).toEqual(["a/2", "a/10", "b/1", "epoch_9.json", "epoch_010.json", "epoch_10.json"]);
});

it("a line of progress", () => {
  const progress = { phase: "regions", fraction: 0.25, done: 1234567, fixedPoints: 3 };
  expect(describeProgress("net", progress, 10)).toBe("net: regions 25 %, 1,234,567 done, 3 found, about 30 s left");
  expect(describeProgress("net", { ...progress, fraction: 0 }, 10)).toBe("net: regions 0.0 %, 1,234,567 done, 3 found");
});
