import { describe, expect, it } from "vitest";
import { binomial } from "../../src/arrangement/counts.ts";
import { ExactArrangement } from "../../src/arrangement/owner.ts";
import { expandMask, type ReducedSystem, reduceSystem } from "../../src/arrangement/reduce.ts";
import { dedup, hashMask, MaskSet } from "../../src/cpu/dedup.ts";
import { expand, maskBatch } from "../../src/cpu/expand.ts";
import { intersect } from "../../src/cpu/intersect.ts";
import { solve } from "../../src/cpu/solve.ts";
import { rational, toNumber } from "../../src/exact/rational.ts";
import { ExactRegions } from "../../src/finalize/exact-region.ts";
import { F32, F64, type Precision, UNCHECKED } from "../../src/float/precision.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { ItemStatus, NO_HYPERPLANE, signBatch, Verdict } from "../../src/stages/batch.ts";
import { stageModel } from "../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, arrangementOf, farApart, hostile, random } from "../regions/arrangements.ts";

/** Systems of numbers far apart. */
const FAR_APART = process.env.STILLPOINT_FULL === "1" ? 10_000 : 300;

const bitOf = (words: Uint32Array, from: number, j: number) => (words[from + (j >>> 5)]! >>> (j & 31)) & 1;

/** Counts decided signs of `intersect` that contradict the exact owner rule, and those it leaves undecided. */
function compareWithExact(system: PiecewiseLinearSystem, precision: Precision) {
  const reduced = reduceSystem(system);
  const model = stageModel(reduced, precision, 0);
  const exact = new ExactArrangement(reduced, 0);
  const tally = { wrong: 0, decided: 0, undecided: 0 };
  for (let size = 0; size <= model.rank; size++) {
    const length = Number(binomial(model.count, size));
    const out = signBatch(length, model.rank, model.words);
    intersect(model, { model: 0, size, firstRank: 0n, length }, "owned", out, 0);
    for (let item = 0; item < length; item++) {
      const subset = [...out.subsets.subarray(item * model.rank, (item + 1) * model.rank)].filter(
        (j) => j !== NO_HYPERPLANE,
      );
      expect(subset.length).toBe(size);
      const point = exact.at(subset);
      if (out.status[item] === ItemStatus.dependent && point !== undefined) tally.wrong++;
      if (out.status[item] !== ItemStatus.ok) {
        tally.undecided++;
        continue;
      }
      if (point === undefined) {
        tally.wrong++;
        continue;
      }
      const own = point.ownBits();
      for (let j = 0; j < model.count; j++) {
        if (bitOf(out.undecided, item * model.words, j)) {
          tally.undecided++;
          continue;
        }
        const at = subset.indexOf(j);
        const truth = at >= 0 ? own[at] : point.sign(j).sign > 0;
        tally.decided++;
        if ((bitOf(out.positive, item * model.words, j) === 1) !== truth) tally.wrong++;
      }
    }
  }
  return tally;
}

describe.each([F64, F32])("intersect in $name", (precision) => {
  it.each(ARRANGEMENT_KINDS)("decides no sign wrongly on %s arrangements", (kind) => {
    const tally = compareWithExact(arrangementOf(kind, 8, 3, 3), precision);
    expect(tally.wrong).toBe(0);
    expect(tally.decided).toBeGreaterThan(0);
  });

  it("decides no sign wrongly where hyperplanes nearly coincide", () => {
    let undecided = 0;
    for (let seed = 0; seed < 12; seed++) {
      const tally = compareWithExact(hostile(seed, 8, 2 + (seed % 3)), precision);
      expect(tally.wrong).toBe(0);
      undecided += tally.undecided;
    }
    expect(undecided).toBeGreaterThan(0);
  });

  it("decides no sign wrongly where numbers are far apart", { timeout: 1_000_000 }, () => {
    let decided = 0;
    for (let seed = 0; seed < FAR_APART; seed++) {
      const tally = compareWithExact(farApart(seed, 1 + (seed % 4)), precision);
      if (tally.wrong > 0) expect.fail(`seed ${seed}: ${tally.wrong} signs`);
      decided += tally.decided;
    }
    expect(decided).toBeGreaterThan(FAR_APART);
  });
});

describe("without bounds", () => {
  it("signs are wrong where hyperplanes nearly coincide", () => {
    let wrong = 0;
    for (let seed = 0; seed < 12; seed++) wrong += compareWithExact(hostile(seed, 8, 2 + (seed % 3)), UNCHECKED).wrong;
    expect(wrong).toBeGreaterThan(0);
  });
});

describe("expand", () => {
  it("branches undecided bits, and in branch mode the subset's own", () => {
    const signs = signBatch(2, 2, 1);
    signs.subsets.set([0, 3, 1, NO_HYPERPLANE]);
    signs.positive.set([0b0110, 0b1000]);
    signs.undecided.set([0, 0b0001]);
    const owned = maskBatch(1);
    expand(signs, 2, 2, "owned", 4, owned);
    expect([...owned.masks.subarray(0, owned.count)]).toEqual([0b0110, 0b1000, 0b1001]);
    expect([...owned.items.subarray(0, owned.count)]).toEqual([0, 1, 1]);
    const branch = maskBatch(1);
    expand(signs, 2, 1, "branch", 4, branch);
    expect([...branch.masks.subarray(0, branch.count)].sort()).toEqual([0b0110, 0b0111, 0b1110, 0b1111].sort());
  });

  it("escalates an item with too many undecided bits, and loses none", () => {
    const signs = signBatch(1, 1, 2);
    signs.undecided.set([1 << 31, 1]);
    const masks = maskBatch(2);
    expand(signs, 1, 1, "owned", 1, masks);
    expect(masks.count).toBe(0);
    expect(signs.status[0]).toBe(ItemStatus.escalate);
  });
});

describe("dedup", () => {
  it("keeps the first of equal masks, across batches and past every growth", () => {
    const seen = new MaskSet(2, 2 ** 24);
    const next = random(9);
    const reference = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const batch = maskBatch(2);
      batch.masks = Uint32Array.from({ length: 8000 }, () => Math.floor(next() * 60));
      batch.items = Uint32Array.from({ length: 4000 }, (_, i) => i);
      batch.count = 4000;
      const fresh: string[] = [];
      for (let i = 0; i < 4000; i++) {
        const key = `${batch.masks[2 * i]},${batch.masks[2 * i + 1]}`;
        if (!reference.has(key)) fresh.push(key);
        reference.add(key);
      }
      dedup(batch, seen);
      const kept = Array.from({ length: batch.count }, (_, i) => `${batch.masks[2 * i]},${batch.masks[2 * i + 1]}`);
      expect(kept).toEqual(fresh);
    }
    expect(seen.size).toBe(reference.size);
  });

  it("refuses to outgrow its budget", () => {
    const seen = new MaskSet(1, 20_000);
    const fill = () => {
      for (let i = 0; i < 10_000; i++) seen.add(Uint32Array.of(i), 0);
    };
    expect(fill).toThrow(/limit is 20000.*--expand owned/);
  });

  it("hashes every word", () => {
    expect(hashMask(Uint32Array.of(1, 2), 0, 2)).not.toBe(hashMask(Uint32Array.of(1, 3), 0, 2));
  });
});

/** The verdict in exact arithmetic, and the exact candidate. */
function exactVerdict(system: PiecewiseLinearSystem, reduced: ReducedSystem, masks: Uint32Array, from: number) {
  const regions = new ExactRegions(system);
  const mask = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  expandMask(reduced, masks, from, mask);
  const candidate = regions.candidate(regions.region(mask));
  if (candidate === undefined) return "singular";
  const z = candidate.numerators.map((n) => toNumber(rational(n, candidate.denominator)));
  return regions.signs(candidate, z, mask) === undefined ? "outside" : "inside";
}

function compareVerdicts(system: PiecewiseLinearSystem, precision: Precision) {
  const reduced = reduceSystem(system);
  const model = stageModel(reduced, precision, 0);
  const batch = maskBatch(model.words);
  batch.count = 2 ** model.count;
  batch.masks = Uint32Array.from({ length: batch.count }, (_, i) => i);
  batch.items = new Uint32Array(batch.count);
  const verdicts = new Uint8Array(batch.count);
  const hints = new Uint32Array(Math.max(1, model.rank)).fill(NO_HYPERPLANE);
  solve(model, batch, hints, { verdicts, z: new Float64Array(batch.count * model.latentDim) });
  const tally = { wrong: 0, decided: 0 };
  for (let i = 0; i < batch.count; i++) {
    const truth = exactVerdict(system, reduced, batch.masks, i);
    if (verdicts[i] !== Verdict.singular && truth === "singular") tally.wrong++;
    if (verdicts[i] === Verdict.no || verdicts[i] === Verdict.yes) {
      tally.decided++;
      if ((verdicts[i] === Verdict.yes) !== (truth === "inside")) tally.wrong++;
    }
  }
  return tally;
}

describe.each([F64, F32])("solve in $name", (precision) => {
  it.each(ARRANGEMENT_KINDS)("gives no wrong verdict on %s arrangements", (kind) => {
    const tally = compareVerdicts(arrangementOf(kind, 8, 3, 5), precision);
    expect(tally.wrong).toBe(0);
    expect(tally.decided).toBeGreaterThan(0);
  });

  it("gives no wrong verdict where numbers are far apart", { timeout: 1_000_000 }, () => {
    let decided = 0;
    for (let seed = 0; seed < FAR_APART; seed++) {
      const system = farApart(seed, 1 + (seed % 4));
      if (system.hyperplanes > 8) continue;
      const tally = compareVerdicts(system, precision);
      if (tally.wrong > 0) expect.fail(`seed ${seed}: ${tally.wrong} verdicts`);
      decided += tally.decided;
    }
    expect(decided).toBeGreaterThan(FAR_APART);
  });

  it("calls no singular matrix regular and decides nothing wrongly near one", () => {
    for (let seed = 0; seed < 8; seed++) {
      const system = arrangementOf("generic", 6, 2, seed);
      // M + VᵀDU is singular for the mask {0}: choose V so that det = 0 up to 2^-shift
      const shift = 10 + 6 * seed;
      const V = system.V.rounded.slice();
      const u = system.U.subarray(0, 2);
      const norm = u[0]! * u[0]! + u[1]! * u[1]!;
      for (let k = 0; k < 2; k++) V[k] = (0.5 * u[k]! * (1 + 2 ** -shift)) / norm;
      const near = {
        ...system,
        M: ExactArray.ofNumbers([-0.5, 0, 0, -0.5]),
        V: ExactArray.ofNumbers(V),
      };
      expect(compareVerdicts(near, precision).wrong).toBe(0);
    }
  });
});
