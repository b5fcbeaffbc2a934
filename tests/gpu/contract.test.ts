import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { moduleOf, shaderFiles } from "../../scripts/embed-shaders.ts";
import * as dedup from "../../src/cpu/dedup.ts";
import * as expand from "../../src/cpu/expand.ts";
import * as intersect from "../../src/cpu/intersect.ts";
import * as refine from "../../src/cpu/refine.ts";
import * as reintersect from "../../src/cpu/reintersect.ts";
import * as solve from "../../src/cpu/solve.ts";
import { layouts, type StackShader, type StageName, stackLayouts } from "../../src/gpu/layouts.ts";
import { entryPoints } from "../../src/gpu/pipelines.ts";
import { shaders } from "../../src/gpu/shaders.ts";
import { shadersOf, stackSource, stageSource } from "../../src/gpu/specialise.ts";
import { MOST_STACK_DIMENSIONS } from "../../src/stages/box-stack.ts";

const twins = { intersect, reintersect, expand, dedup, solve, refine };
const stages = Object.keys(layouts) as StageName[];
const stackShaders = Object.keys(stackLayouts) as StackShader[];
/** What stages share, and the shaders of a stack of boxes, which are no stages of a batch. */
const OTHERS = ["inverse", "handover", "wide", "rough", "equations", "selftest", ...stackShaders];

/** Entry points that a shader defines. */
const definedIn = (source: string) =>
  [...source.matchAll(/@compute @workgroup_size\(\w+\)\s*fn (\w+)/g)].map(([, name]) => name);
/** The source of a stage, with what stages share. */
const sourceOf = (stage: StageName) => shadersOf[stage].map((name) => shaders[name]).join("\n");
/** Bindings that a shader uses. */
const usedIn = (source: string) => new Set([...source.matchAll(/layout\.\$\.(\w+)/g)].map(([, name]) => name));

/**
 * What each stage works on, under the names of the twin's contract (src/stages/batch.ts) and, on the device, of its
 * bindings: in and out. Counts, room and lookup tables of the device have no part in the contract.
 */
const contract: Record<StageName, { reads: string[]; writes: string[]; deviceOnly: string[] }> = {
  intersect: {
    reads: ["segments", "models"],
    writes: ["items", "positive", "undecided", "openItems"],
    deviceOnly: ["params", "arrangement", "binomials"],
  },
  reintersect: {
    reads: ["models", "openItems"],
    writes: ["items", "positive", "undecided"],
    deviceOnly: ["params", "integers"],
  },
  expand: {
    reads: ["items", "positive", "undecided"],
    writes: ["masks"],
    deviceOnly: ["params", "counters", "tallies", "escalated"],
  },
  dedup: { reads: ["masks"], writes: ["unique"], deviceOnly: ["params", "slots", "winners", "counters", "tallies"] },
  solve: {
    reads: ["models", "unique", "items"],
    writes: ["results", "open", "candidates"],
    deviceOnly: ["params", "regions", "counters"],
  },
  refine: {
    reads: ["models", "unique", "items", "open"],
    writes: ["results", "candidates"],
    deviceOnly: ["params", "integers", "counters"],
  },
};

describe("stage names", () => {
  it("of shaders, twins, layouts and contract are the same", () => {
    const files = readdirSync(new URL("../../shaders/", import.meta.url)).map((name) => name.replace(".wgsl", ""));
    expect(files.filter((name) => !OTHERS.includes(name)).sort()).toEqual([...stages].sort());
    expect(Object.keys(twins).sort()).toEqual([...stages].sort());
    expect(Object.keys(contract).sort()).toEqual([...stages].sort());
    for (const stage of stages) {
      expect(typeof (twins[stage] as Record<string, unknown>)[stage]).toBe("function");
      const expected = Object.entries(entryPoints).filter(([, of]) => of === stage);
      expect(definedIn(shaders[stage])).toEqual(expected.map(([name]) => name));
    }
  });
});

describe("bindings", () => {
  it.each(stages)("of %s are those of its layout and of the contract, within the guaranteed 8", (stage) => {
    const { reads, writes, deviceOnly } = contract[stage];
    const { entries } = layouts[stage];
    expect(Object.keys(entries).sort()).toEqual([...reads, ...writes, ...deviceOnly].sort());
    expect([...usedIn(sourceOf(stage))].sort()).toEqual(Object.keys(entries).sort());
    const storage = Object.values(entries).filter((entry) => "storage" in entry);
    expect(storage.length).toBeLessThanOrEqual(8);
    for (const name of writes) expect((entries as Record<string, unknown>)[name]).toMatchObject({ access: "mutable" });
  });

  it("would be told apart: a renamed one, one not used", () => {
    const renamed = sourceOf("solve").replaceAll("layout.$.results", "layout.$.result");
    expect([...usedIn(renamed)].sort()).not.toEqual(Object.keys(layouts.solve.entries).sort());
    const unused = sourceOf("solve").replaceAll("layout.$.regions", "other");
    expect([...usedIn(unused)].sort()).not.toEqual(Object.keys(layouts.solve.entries).sort());
  });

  it("of a stack of boxes are those of its layouts, in every dimension that it takes", () => {
    for (const name of stackShaders) {
      expect([...usedIn(shaders[name])].sort()).toEqual(Object.keys(stackLayouts[name].entries).sort());
      for (const dim of [1, 4, MOST_STACK_DIMENSIONS]) {
        expect(stackSource(name, { dim, words: 3 }, 32)).not.toMatch(/layout\.\$|unroll/);
      }
    }
    expect(stackShaders.flatMap((name) => definedIn(shaders[name]))).toEqual(["step_box", "begin", "plan", "scatter"]);
  });

  it("and types of members come from the typed layouts", () => {
    const source = stageSource("intersect", { rank: 2, latentDim: 2, words: 1 }, 64);
    expect(source).toMatch(/@group\(0\) @binding\(5\) var<storage, read_write> items: array<u32>;/);
    expect(source).toMatch(/firstRank: vec2u/);
    expect(source).not.toMatch(/layout\.\$/);
  });
});

describe("the embedded shaders", () => {
  it("are the files of shaders/, to the character", () => {
    expect(Object.entries(shaders)).toEqual([...shaderFiles()]);
  });

  it("are refused with text that a template literal would change", () => {
    for (const text of ["a `quoted` word", "a back\\slash", "a $" + "{value}"])
      expect(() => moduleOf(new Map([["solve", text]]))).toThrow(/solve\.wgsl has a character/);
  });
});
