import { afterAll, describe, expect, it } from "vitest";
import { binomial } from "../../src/arrangement/counts.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { unrankSubset } from "../../src/arrangement/subsets.ts";
import { UNCHECKED } from "../../src/bounds/precision.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { maskBatch } from "../../src/cpu/expand.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import {
  type ExpandMode,
  ItemStatus,
  type MaskBatch,
  NO_HYPERPLANE,
  type Segment,
  type SignBatch,
  signBatch,
  Verdict,
} from "../../src/stages/batch.ts";
import { stageModel } from "../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile, random } from "../regions/arrangements.ts";
import { describeWithGpu, gpuForTests } from "../support/gpu.ts";
import { compareSigns, compareVerdicts, expectedMasks, sortedMasks } from "./compare.ts";
import { cpuImplementation, f32Model, gpuImplementation, type StageImplementation } from "./implementations.ts";

const gpu = await gpuForTests("parity of stages");
/** Few threads, so that a handful of items crosses workgroups, and rows of workgroups. */
const TINY = { workgroup: 4, workgroups: 3 };

afterAll(() => gpu?.destroy());

/** Ranges over all subsets of the sizes that a mode enumerates. */
function allSegments(n: number, rank: number, mode: ExpandMode): Segment[] {
  const sizes = mode === "branch" ? [rank] : Array.from({ length: rank + 1 }, (_, k) => rank - k);
  return sizes
    .map((size) => ({ model: 0, size, firstRank: 0n, length: Number(binomial(n, size)) }))
    .filter(({ length }) => length > 0);
}

const modes = ["owned", "branch"] as const;

function signBodies(implementation: StageImplementation) {
  it.each(ARRANGEMENT_KINDS)("intersect on %s arrangements decides nothing wrongly", async (kind) => {
    for (const [N, R] of [
      [8, 2],
      [7, 3],
    ]) {
      const reduced = reduceSystem(arrangementOf(kind, N, R, 5));
      const model = f32Model(reduced);
      for (const mode of modes) {
        const signs = await implementation.intersect(model, allSegments(model.count, model.rank, mode), mode);
        const { complaints, decided, total } = compareSigns(reduced, signs, mode);
        expect(complaints).toEqual([]);
        if (kind === "generic" || kind === "scaled" || kind === "central")
          expect(decided).toBeGreaterThan(0.95 * total);
      }
    }
  });

  it("intersect decides nothing wrongly where hyperplanes nearly coincide", async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const reduced = reduceSystem(hostile(seed, 8, 3));
      const model = f32Model(reduced);
      const signs = await implementation.intersect(model, allSegments(8, 3, "owned"), "owned");
      const { complaints, decided, total } = compareSigns(reduced, signs, "owned");
      expect(complaints).toEqual([]);
      expect(decided).toBeLessThan(total);
    }
  });

  it.each([
    [300, 5],
    [1024, 16],
  ])("intersect finds the subsets of C(%i, %i) of ranks past 2^32", async (n, k) => {
    const model = f32Model(reduceSystem(arrangementOf("generic", n, k, 5)));
    const count = binomial(n, k);
    // ranks have 64 bits: past them binomials are saturated, and still right for every rank that has
    const last = count < 2n ** 64n ? count : 2n ** 64n - 10n;
    const firsts = [0n, 2n ** 32n - 2n, 2n ** 33n + 12345n, last / 3n, last - 5n];
    const segments = firsts.map((firstRank) => ({ model: 0, size: k, firstRank, length: 5 }));
    const signs = await implementation.intersect(model, segments, "owned");
    const expected = new Uint32Array(k);
    segments.forEach(({ firstRank }, s) => {
      for (let i = 0; i < 5; i++) {
        unrankSubset(n, k, firstRank + BigInt(i), expected);
        const at = (5 * s + i) * k;
        expect(Array.from(signs.subsets.subarray(at, at + k))).toEqual(Array.from(expected));
      }
    });
  });
}

/** Items with undecided bits here and there, and every status. */
function randomSigns(n: number, rank: number, items: number, seed: number): SignBatch {
  const next = random(seed);
  const signs = signBatch(items, rank, Math.ceil(n / 32));
  for (let item = 0; item < items; item++) {
    unrankSubset(n, rank, BigInt(Math.floor(next() * Number(binomial(n, rank)))), signs.subsets, item * rank);
    signs.status[item] = item % 7 === 3 ? ItemStatus.dependent : item % 11 === 5 ? ItemStatus.escalate : ItemStatus.ok;
    for (let j = 0; j < n; j++) {
      const word = item * signs.words + (j >>> 5);
      if (next() < 0.5) signs.positive[word] |= 1 << (j & 31);
      const own = signs.subsets.subarray(item * rank, (item + 1) * rank).includes(j);
      if (!own && next() < (item % 3) / n) signs.undecided[word] |= 1 << (j & 31);
    }
  }
  return signs;
}

function maskBodies(implementation: StageImplementation) {
  it("expand makes every setting of what is undecided, once", async () => {
    for (const [n, rank] of [
      [8, 2],
      [40, 5],
    ]) {
      const model = f32Model(reduceSystem(arrangementOf("generic", n, rank, 5)));
      for (const mode of modes) {
        const signs = randomSigns(n, rank, 60, n);
        const expected = expectedMasks(signs, rank, n, mode, 2);
        expect(expected.length).toBeGreaterThan(60);
        const masks = await implementation.expand(model, signs, mode, 2);
        expect(sortedMasks(masks)).toEqual(expected);
        const undone = signs.status.filter((status) => status === ItemStatus.escalate).length;
        expect(undone).toBeGreaterThan(5);
      }
    }
  });

  it("dedup keeps one of each", async () => {
    const model = f32Model(reduceSystem(arrangementOf("generic", 40, 5, 5)));
    const next = random(9);
    const masks: MaskBatch = { words: 2, count: 500, masks: new Uint32Array(1000), items: new Uint32Array(500) };
    for (let i = 0; i < 500; i++) {
      masks.items[i] = i % 100;
      masks.masks[2 * i] = Math.floor(next() * 8);
      masks.masks[2 * i + 1] = Math.floor(next() * 8);
    }
    const expected = [...new Set(sortedMasks(masks, false))];
    expect(expected.length).toBeLessThan(65);
    const kept = await implementation.dedup(model, masks);
    expect(sortedMasks(kept, false)).toEqual(expected);
  });
}

/** The masks of all regions, and some that are none. */
async function masksOf(system: PiecewiseLinearSystem): Promise<MaskBatch> {
  const reduced = reduceSystem(system);
  const out = maskBatch(reduced.words);
  const backend = new CpuBackend();
  const stage = backend.prepare(reduced, 0);
  const { all } = await backend.run([stage], allSegments(reduced.count, stage.rank, "owned"), "owned", true);
  const next = random(3);
  const masks = [...all!.masks];
  for (let i = 0; i < 30 * reduced.words; i++) masks.push(Math.floor(next() * 2 ** Math.min(32, reduced.count)));
  out.count = masks.length / reduced.words;
  out.masks = Uint32Array.from(masks);
  out.items = Uint32Array.from({ length: out.count }, (_, i) => i % 10);
  return out;
}

function verdictBodies(implementation: StageImplementation) {
  it.each(["generic", "clipped", "scaled", "flat", "zeros"] as const)(
    "solve on %s systems says nothing wrong",
    async (kind) => {
      for (const [N, R] of [
        [9, 2],
        [7, 3],
      ]) {
        const system = arrangementOf(kind, N, R, 5);
        const reduced = reduceSystem(system);
        const model = f32Model(reduced);
        const masks = await masksOf(system);
        const subsets = new Uint32Array(10 * model.rank).map((_, at) =>
          at % 3 === 2 ? NO_HYPERPLANE : at % model.count,
        );
        const out = await implementation.solve(model, masks, subsets);
        const { complaints, decided, total } = compareVerdicts(system, reduced, model, masks, out);
        expect(complaints).toEqual([]);
        expect(decided).toBeGreaterThan(0.9 * total);
        expect(out.verdicts).toContain(Verdict.no);
      }
    },
  );

  it("solve says nothing wrong of nearly singular systems", async () => {
    const system = nearlySingular(8, 3, 4);
    const reduced = reduceSystem(system);
    const model = f32Model(reduced);
    const masks = await masksOf(system);
    const out = await implementation.solve(model, masks, new Uint32Array(10 * model.rank).fill(NO_HYPERPLANE));
    const { complaints } = compareVerdicts(system, reduced, model, masks, out);
    expect(complaints).toEqual([]);
    expect(new Set(out.verdicts).size).toBeGreaterThan(1);
  });
}

/** M + VᵀDU nearly singular for the empty mask, with condition numbers past what float32 resolves. */
function nearlySingular(N: number, R: number, seed: number): PiecewiseLinearSystem {
  const system = arrangementOf("generic", N, R, seed);
  const M = system.M.rounded;
  for (let k = 0; k < R; k++) M[k] = M[R + k] * (1 + 1e-6 * (k + 1));
  return system;
}

const implementations: [StageImplementation, typeof describe.skip][] = [[cpuImplementation, describe]];
if (gpu !== undefined) {
  implementations.push([gpuImplementation(gpu), describe], [gpuImplementation(gpu, TINY), describe]);
} else implementations.push([{ ...cpuImplementation, name: "GPU" }, describeWithGpu(gpu)]);

for (const [implementation, describeIt] of implementations) {
  describeIt(implementation.name, () => {
    signBodies(implementation);
    maskBodies(implementation);
    verdictBodies(implementation);
  });
}

describe("comparators", () => {
  const system = arrangementOf("generic", 8, 2, 5);
  const reduced = reduceSystem(system);
  const model = f32Model(reduced);

  it("of signs notice one flipped bit, a lost dependence and arithmetic without bounds", async () => {
    const segments = allSegments(8, 2, "owned");
    const signs = await cpuImplementation.intersect(model, segments, "owned");
    expect(compareSigns(reduced, signs, "owned").complaints).toEqual([]);
    signs.positive[3] ^= 1 << 2;
    expect(compareSigns(reduced, signs, "owned").complaints).toEqual(["item 3 [0,4]: wrong bit 2"]);
    signs.positive[3] ^= 1 << 2;
    signs.status[5] = ItemStatus.dependent;
    expect(compareSigns(reduced, signs, "owned").complaints.length).toBe(1);
    const near = reduceSystem(hostile(2, 8, 3));
    const unchecked = stageModel(near, { ...UNCHECKED, array: Float32Array }, 0);
    const wrong = await cpuImplementation.intersect(unchecked, allSegments(8, 3, "owned"), "owned");
    expect(compareSigns(near, wrong, "owned").complaints.length).toBeGreaterThan(0);
  });

  it("of masks notice a lost, a doubled and a changed one", async () => {
    const signs = randomSigns(8, 2, 20, 1);
    const expected = expectedMasks(signs, 2, 8, "owned", 2);
    const masks = await cpuImplementation.expand(model, signs, "owned", 2);
    expect(sortedMasks(masks)).toEqual(expected);
    masks.masks[4] ^= 1;
    expect(sortedMasks(masks)).not.toEqual(expected);
    masks.masks[4] ^= 1;
    masks.count--;
    expect(sortedMasks(masks)).not.toEqual(expected);
  });

  it("of verdicts notice a wrong one and a wrong z", async () => {
    const masks = await masksOf(system);
    const run = () => cpuImplementation.solve(model, masks, new Uint32Array(20).fill(NO_HYPERPLANE));
    const right = await run();
    expect(compareVerdicts(system, reduced, model, masks, right).complaints).toEqual([]);
    const opposite = { ...right, verdicts: right.verdicts.map((v) => (v === Verdict.yes ? Verdict.no : Verdict.yes)) };
    expect(compareVerdicts(system, reduced, model, masks, opposite).complaints.length).toBe(masks.count);
    const moved = await run();
    moved.z[2] += 1e-3;
    expect(compareVerdicts(system, reduced, model, masks, moved).complaints.length).toBe(1);
  });
});
