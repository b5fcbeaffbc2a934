import { describe, expect, it } from "vitest";
import { withAllPoints } from "../../src/base/listed-result.ts";
import type { Result } from "../../src/base/result.ts";
import { writeResults } from "../../src/formats/index.ts";
import { foundText } from "../../src/formats/write/write-text.ts";
import { parseValue } from "../../src/model/parse.ts";
import { sealed } from "../../src/model/seal.ts";
import { Run } from "../../src/run/run.ts";
import type { FoundOnCurves, MethodOutcome } from "../../src/stages/run.ts";
import { verifyResult } from "../../src/verify/verify.ts";

// z' = 2 clamp(z + 1/2, 0, 1) − 1: fixed points at −1, 0 and 1, of degrees −1, 1 and −1
const raw = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
const model = parseValue(raw, { name: "three" });
/** The regions of −1, 0 and 1, and one that is none. */
const [LEFT, MIDDLE, RIGHT, NOWHERE] = [0, 1, 3, 2].map((bits) => Uint32Array.of(bits)) as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];
const FAR = { mask: LEFT, isBounded: true };
const NONE = { counts: {}, seconds: {} };
const cut = (curves: FoundOnCurves): MethodOutcome => ({
  ...NONE,
  complete: false,
  incompleteBecause: "the time budget ended: 5 boxes were open",
  curves,
});

/** What a search reports that was handed regions, and some more early. */
async function reported(outcome: MethodOutcome, regions: Uint32Array[], early: Uint32Array[] = []): Promise<Result> {
  const run = await Run.begin(model, { method: "search" });
  for (const mask of early) run.finalizer.addEarly(mask);
  for (const mask of regions) run.finalizer.add(mask, false);
  await run.finalizer.settle(run.control);
  return withAllPoints(await run.report({ outcome, backend: "cpu", adapter: null }));
}

const met = (mask: Uint32Array, curves: number) => ({ mask, curves });

describe("found: what curves tell of the unseen", () => {
  it("counts the listed points by how many curves met them, and not what holds none", async () => {
    const curves = { curves: 4, crossings: 8, met: [met(LEFT, 1), met(RIGHT, 3), met(NOWHERE, 4)], far: FAR };
    const { found, complete } = await reported(cut(curves), [], [LEFT, RIGHT]);
    expect(complete).toBe(false);
    expect(found).toEqual({
      curves: 4,
      crossings: 8,
      points: 2,
      singletons: 1,
      doubletons: 0,
      chao1: 2,
      degreeSum: -2,
      degreeMustBe: -1,
    });
  });

  it("is in the text without a word that reads like a proof, and verify takes it", async () => {
    const curves = { curves: 4, crossings: 9, met: [met(LEFT, 3), met(MIDDLE, 3), met(RIGHT, 3)], far: FAR };
    const result = await reported(cut(curves), [], [LEFT, MIDDLE, RIGHT]);
    const text = new TextDecoder().decode(await writeResults([result], "text"));
    expect(text).toContain("INCOMPLETE, there may be more");
    expect(text).toContain("3 points on 4 curves, none met only once; no proof that these are all");
    expect((await verifyResult(raw, result)).problems).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["no degrees", {}, "3 points on 9 curves, none met only once; no proof that these are all"],
    ["degrees that agree", { degreeSum: 1, degreeMustBe: 1 }, "none met only once; no proof that these are all"],
    ["degrees that differ", { degreeSum: 3, degreeMustBe: 1 }, "none met only once; at least 2 more exist"],
    ["an estimate", { singletons: 3, chao1: 6 }, "3 met only once, which suggests 6 or more; no proof"],
  ])("in words, with %s", (_, more, words) => {
    const found = { curves: 9, crossings: 20, points: 3, singletons: 0, doubletons: 0, chao1: 3, ...more };
    expect(foundText(found)).toContain(words);
  });

  it.each<[string, object]>([
    ["more points than are listed", { points: 4, chao1: 4, crossings: 99 }],
    ["an estimate of its own", { chao1: 7 }],
    ["fewer crossings than the points take", { crossings: 1 }],
    ["a sum of degrees alone", { degreeMustBe: undefined }],
    ["no count of curves", { curves: undefined }],
  ])("is refused by verify with %s", async (_, change) => {
    const curves = { curves: 4, crossings: 9, met: [met(LEFT, 3), met(MIDDLE, 3), met(RIGHT, 3)], far: FAR };
    const { digest: __, ...result } = await reported(cut(curves), [], [LEFT, MIDDLE, RIGHT]);
    const altered = JSON.parse(JSON.stringify({ ...result, found: { ...result.found, ...change } }));
    expect((await verifyResult(raw, sealed(altered))).ok).toBe(false);
  });
});

describe("a proof that passed over a point which curves found", () => {
  const proved: MethodOutcome = { ...NONE, complete: true };

  it("is not complete, and called a defect", async () => {
    const { complete, incompleteBecause } = await reported(proved, [LEFT, MIDDLE], [RIGHT]);
    expect(complete).toBe(false);
    expect(incompleteBecause).toMatch(/1 fixed point was found that the proof passed over: a defect of Stillpoint/);
  });

  it("is complete where the method comes upon the point too", async () => {
    expect(await reported(proved, [LEFT, MIDDLE, RIGHT], [RIGHT])).toMatchObject({ complete: true });
  });
});
