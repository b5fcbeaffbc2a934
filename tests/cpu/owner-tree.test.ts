import { describe, expect, it } from "vitest";
import { binomial } from "../../src/arrangement/counts.ts";
import { ExactArrangement } from "../../src/arrangement/owner.ts";
import { type ReducedSystem, reduceSystem } from "../../src/arrangement/reduce.ts";
import { OwnerTree } from "../../src/cpu/owner-tree.ts";
import { F64, type Precision, UNCHECKED } from "../../src/float/precision.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { type StageModel, stageModel } from "../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, farApart, hostile } from "../regions/arrangements.ts";

function walkSize(model: StageModel, size: number, batch: number) {
  const total = Number(binomial(model.count, size));
  const masks: string[] = [];
  const escalated: (readonly number[])[] = [];
  const counts = { masks: 0, dependent: 0 };
  const tree = new OwnerTree(model);
  for (let first = 0; first < total; first += batch) {
    tree.walk(
      { model: 0, size, firstRank: BigInt(first), length: Math.min(batch, total - first) },
      { candidate: (mask) => masks.push(mask.join()), escalate: (subset) => escalated.push(subset) },
      counts,
    );
  }
  expect(counts.masks + counts.dependent + escalated.length).toBe(total);
  return { masks, escalated, dependent: counts.dependent };
}

/** Masks of all subsets of one size that are not escalated, exactly; undefined for a dependent one. */
function exactMasks(reduced: ReducedSystem, size: number, escalated: ReadonlySet<string>) {
  const exact = new ExactArrangement(reduced, 0);
  const masks: string[] = [];
  let dependent = 0;
  const visit = (subset: number[]): void => {
    if (subset.length < size) {
      for (let j = (subset.at(-1) ?? -1) + 1; j < reduced.count; j++) visit([...subset, j]);
      return;
    }
    if (escalated.has(subset.join())) return;
    const point = exact.at(subset);
    if (point === undefined) {
      dependent++;
      return;
    }
    const mask = new Uint32Array(reduced.words);
    const own = point.ownBits();
    for (let j = 0; j < reduced.count; j++) {
      const at = subset.indexOf(j);
      if (at >= 0 ? own[at] : point.sign(j).sign > 0) mask[j >>> 5]! |= 1 << (j & 31);
    }
    masks.push(mask.join());
  };
  visit([]);
  return { masks, dependent };
}

/** All sizes below ρ against exact arithmetic: how many masks differ, and how many subsets the tree left undecided. */
function compare(system: PiecewiseLinearSystem, precision: Precision, batch = 7) {
  const reduced = reduceSystem(allCandidates(system));
  const model = stageModel(reduced, precision, 0);
  let wrong = 0;
  let undecided = 0;
  for (let size = 1; size < model.rank; size++) {
    const walked = walkSize(model, size, batch);
    const truth = exactMasks(reduced, size, new Set(walked.escalated.map((subset) => subset.join())));
    undecided += walked.escalated.length;
    const known = new Map<string, number>();
    for (const mask of truth.masks) known.set(mask, (known.get(mask) ?? 0) + 1);
    for (const mask of walked.masks) {
      const left = known.get(mask) ?? 0;
      if (left === 0) wrong++;
      else known.set(mask, left - 1);
    }
    if (walked.dependent !== truth.dependent) wrong++;
  }
  return { wrong, undecided };
}

describe.each(ARRANGEMENT_KINDS)("subsets below full rank of %s arrangements", (kind) => {
  it.each([
    [9, 3],
    [8, 4],
    [7, 6],
  ] as const)("N = %i, R = %i: the masks of exact arithmetic, in one batch and in many", (N, R) => {
    const system = arrangementOf(kind, N, R, 1);
    expect(compare(system, F64).wrong).toBe(0);
    expect(compare(system, F64, 1000)).toEqual(compare(system, F64));
  });
});

describe("subsets where hyperplanes nearly coincide", () => {
  it("are decided rightly or not at all", () => {
    let undecided = 0;
    for (let seed = 0; seed < 15; seed++) {
      const tally = compare(hostile(seed, 8, 3 + (seed % 3)), F64);
      expect(tally.wrong).toBe(0);
      undecided += tally.undecided;
    }
    expect(undecided).toBeGreaterThan(0);
  });

  it("are decided rightly or not at all where numbers are far apart", { timeout: 1_000_000 }, () => {
    const systems = process.env.STILLPOINT_FULL === "1" ? 10_000 : 200;
    for (let seed = 0; seed < systems; seed++) {
      const { wrong } = compare(farApart(seed, 2 + (seed % 3)), F64);
      if (wrong > 0) expect.fail(`seed ${seed}: ${wrong} masks`);
    }
  });

  it("are decided wrongly without bounds", () => {
    let wrong = 0;
    for (let seed = 0; seed < 15; seed++) wrong += compare(hostile(seed, 8, 3 + (seed % 3)), UNCHECKED).wrong;
    expect(wrong).toBeGreaterThan(0);
  });
});

it("generic subsets are decided, up to ρ = 8", () => {
  const { wrong, undecided } = compare(arrangementOf("generic", 10, 8, 4), F64);
  expect(wrong).toBe(0);
  expect(undecided).toBeLessThan(10);
});
