import { describe, expect, it } from "vitest";
import { CASES, caseName, plain } from "../../bench/cases.ts";
import { modelsOf } from "../../bench/models.ts";
import { positive, select } from "../../bench/run-cases.ts";
import { parseModel } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";

describe("cases", () => {
  it("have names of their own", () => {
    expect(new Set(CASES.map(caseName)).size).toBe(CASES.length);
  });

  it("cover both methods and both backends", () => {
    const ways = new Set(CASES.map(({ method, backend }) => `${method} ${backend}`));
    expect([...ways].sort()).toEqual(["regions cpu", "regions webgpu", "search cpu"]);
  });

  it("hold models of the size that their names say", async () => {
    for (const { source } of CASES) {
      if ("example" in source || source.N > 300) continue;
      const models = modelsOf(source);
      expect(models.length).toBe(source.models);
      const { system } = await parseModel(models.at(-1) as ModelInput);
      expect([system.hyperplanes, system.latentDim]).toEqual([source.N, source.R]);
    }
  });

  it("are the same models each time, and differ within one run", async () => {
    const [first, second] = modelsOf(plain(20, 2, 2));
    expect(modelsOf(plain(20, 2, 2))).toEqual([first, second]);
    expect((await parseModel(first as ModelInput)).sha256).not.toBe((await parseModel(second as ModelInput)).sha256);
  });
});

describe("select", () => {
  it("takes the cases that contain a word, all without one", () => {
    expect(select(CASES, [])).toEqual(CASES);
    expect(select(CASES, ["ctln/"]).map(caseName)).toEqual([
      "ctln/regions/cpu",
      "ctln/regions/webgpu",
      "ctln/search/cpu",
    ]);
  });

  it("refuses a word that names no case, rather than measure nothing", () => {
    expect(() => select(CASES, ["ctln", "nonsense"])).toThrow(/nonsense/);
  });
});

it("an option that is no positive number is refused by name", () => {
  expect(positive("runs", "3")).toBe(3);
  for (const text of ["0", "-1", "many", "Infinity", ""]) expect(() => positive("runs", text)).toThrow(/--runs .* got/);
});
