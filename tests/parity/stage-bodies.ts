import { binomial } from "../../src/arrangement/counts.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { unrankSubset } from "../../src/arrangement/subsets.ts";
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
import type { StageModel } from "../../src/stages/stage-model.ts";
import { ARRANGEMENT_KINDS, arrangementOf, hostile, random } from "../regions/arrangements.ts";
import { assert, type Body, same } from "./assert.ts";
import { compareDecisions, compareSigns, compareVerdicts, expectedMasks, sortedMasks } from "./compare.ts";
import { cpuImplementation, f32Model, type StageImplementation } from "./implementations.ts";

const modes = ["owned", "branch"] as const;

type StageBody = Body<StageImplementation>;

/** Ranges over all subsets of the sizes that a mode enumerates. */
export function allSegments(n: number, rank: number, mode: ExpandMode): Segment[] {
  const sizes = mode === "branch" ? [rank] : Array.from({ length: rank + 1 }, (_, k) => rank - k);
  return sizes
    .map((size) => ({ model: 0, size, firstRank: 0n, length: Number(binomial(n, size)) }))
    .filter(({ length }) => length > 0);
}

const signsByKind: StageBody[] = ARRANGEMENT_KINDS.map((kind) => ({
  name: `intersect on ${kind} arrangements decides nothing wrongly`,
  async run(implementation) {
    for (const [N, R] of [
      [8, 2],
      [7, 3],
    ]) {
      const reduced = reduceSystem(arrangementOf(kind, N!, R!, 5));
      const model = f32Model(reduced);
      for (const mode of modes) {
        const signs = await implementation.intersect(model, allSegments(model.count, model.rank, mode), mode);
        const { complaints, decided, total } = compareSigns(reduced, signs, mode);
        same(complaints, []);
        if (kind === "generic" || kind === "scaled" || kind === "central")
          assert(decided > 0.95 * total, `only ${decided} where more than ${0.95 * total} were to be`);
      }
    }
  },
}));

const signsNearTies: StageBody = {
  name: "intersect decides nothing wrongly where hyperplanes nearly coincide",
  async run(implementation) {
    for (let seed = 1; seed <= 4; seed++) {
      const reduced = reduceSystem(hostile(seed, 8, 3));
      const model = f32Model(reduced);
      const signs = await implementation.intersect(model, allSegments(8, 3, "owned"), "owned");
      const { complaints, decided, total } = compareSigns(reduced, signs, "owned");
      same(complaints, []);
      assert(decided < total, `${decided} where fewer than ${total} were to be`);
    }
  },
};

const ranks: StageBody[] = (
  [
    [300, 5],
    [1024, 16],
  ] as const
).map(([n, k]) => ({
  name: `intersect finds the subsets of C(${n}, ${k}) of ranks past 2^32`,
  async run(implementation) {
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
        same(Array.from(signs.subsets.subarray(at, at + k)), Array.from(expected));
      }
    });
  },
}));

/** Items of all subsets of which nothing is known: the second look has to find all of it. */
export async function unknownSigns(model: StageModel, mode: ExpandMode): Promise<SignBatch> {
  const signs = await cpuImplementation.intersect(model, allSegments(model.count, model.rank, mode), mode);
  for (let item = 0; item < signs.status.length; item++) {
    if (signs.status[item] === ItemStatus.ok) signs.status[item] = ItemStatus.escalate;
    signs.perturbed[item] = 0;
    for (let j = 0; j < model.count; j++) signs.undecided[item * model.words + (j >>> 5)]! |= 1 << (j & 31);
  }
  return signs;
}

/** Looks again at every subset of a system: nothing is wrong, and all is what the twin says. */
async function sameLook(
  system: PiecewiseLinearSystem,
  implementation: StageImplementation,
  share: number,
): Promise<void> {
  const reduced = reduceSystem(system);
  const model = f32Model(reduced);
  for (const mode of modes) {
    const given = await unknownSigns(model, mode);
    const out = await implementation.reintersect(model, given, mode);
    const twin = await cpuImplementation.reintersect(model, given, mode);
    for (const name of ["status", "perturbed", "positive", "undecided"] as const) {
      same(Array.from(out[name]), Array.from(twin[name]), name);
    }
    const { complaints, decided, total } = compareSigns(reduced, out, mode);
    same(complaints, []);
    assert(decided >= share * total, `only ${decided} of ${total} signs were decided, fewer than ${share} of them`);
  }
}

/** Shapes N, R that second looks are tried on. */
const LOOKED_AT = [
  [9, 2],
  [7, 3],
  [40, 1],
  [8, 8],
] as const;

const lookedByKind: StageBody[] = (
  [
    ["generic", 1],
    ["central", 1],
    ["clipped", 0.8],
    ["scaled", 1],
    ["flat", 0.9],
    ["zeros", 0.9],
    ["grid", 0],
  ] as const
).map(([kind, share]) => ({
  name: `reintersect on ${kind} arrangements says nothing wrong, and says it to the bit`,
  async run(implementation) {
    for (const [N, R] of LOOKED_AT) {
      await sameLook(arrangementOf(kind, N, R, 5), implementation, share);
    }
  },
}));

const lookedNearTies: StageBody = {
  name: "reintersect is the same to the bit where hyperplanes nearly coincide, and for offsets of all sizes",
  async run(implementation) {
    for (let seed = 1; seed <= 4; seed++) await sameLook(hostile(seed, 8, 3), implementation, 0.6);
    for (const size of [2 ** -300, 2 ** -40, 2 ** 40, 2 ** 290]) {
      const system = arrangementOf("generic", 8, 2, 7);
      system.h.rounded[1]! *= size;
      await sameLook(system, implementation, 0);
    }
  },
};

const lookedAfterFloats: StageBody = {
  name: "reintersect decides what intersect leaves open: no sign of a subset that float32 calls singular is believed",
  async run(implementation) {
    const system = arrangementOf("generic", 8, 3, 5);
    for (let k = 0; k < 3; k++) system.U[3 + k] = system.U[k]! * (1 + 2 ** -17 * k);
    const reduced = reduceSystem(system);
    const model = f32Model(reduced);
    const left = ({ status }: SignBatch) => status.filter((of) => of === ItemStatus.escalate).length;
    const before = await implementation.intersect(model, allSegments(8, 3, "owned"), "owned");
    const after = await implementation.reintersect(model, before, "owned");
    same(compareSigns(reduced, after, "owned").complaints, []);
    assert(left(before) > 3, `only ${left(before)} of the subsets are open`);
    assert(left(after) < 2, `${left(after)} of the subsets are left open`);
  },
};

/** Items with undecided bits here and there, and every status. */
export function randomSigns(n: number, rank: number, items: number, seed: number): SignBatch {
  const next = random(seed);
  const signs = signBatch(items, rank, Math.ceil(n / 32));
  for (let item = 0; item < items; item++) {
    unrankSubset(n, rank, BigInt(Math.floor(next() * Number(binomial(n, rank)))), signs.subsets, item * rank);
    signs.status[item] = item % 7 === 3 ? ItemStatus.dependent : item % 11 === 5 ? ItemStatus.escalate : ItemStatus.ok;
    for (let j = 0; j < n; j++) {
      const word = item * signs.words + (j >>> 5);
      if (next() < 0.5) signs.positive[word]! |= 1 << (j & 31);
      const own = signs.subsets.subarray(item * rank, (item + 1) * rank).includes(j);
      if (!own && next() < (item % 3) / n) signs.undecided[word]! |= 1 << (j & 31);
    }
  }
  return signs;
}

const expansion: StageBody = {
  name: "expand makes every setting of what is undecided, once",
  async run(implementation) {
    for (const [n, rank] of [
      [8, 2],
      [40, 5],
    ]) {
      const model = f32Model(reduceSystem(arrangementOf("generic", n!, rank!, 5)));
      for (const mode of modes) {
        const signs = randomSigns(n!, rank!, 60, n!);
        const expected = expectedMasks(signs, rank!, n!, mode, 2);
        assert(expected.length > 60, `only ${expected.length} where more than 60 were to be`);
        const masks = await implementation.expand(model, signs, mode, 2);
        same(sortedMasks(masks), expected);
        const undone = signs.status.filter((status) => status === ItemStatus.escalate).length;
        assert(undone > 5, `only ${undone} where more than 5 were to be`);
      }
    }
  },
};

const deduplication: StageBody = {
  name: "dedup keeps one of each",
  async run(implementation) {
    const model = f32Model(reduceSystem(arrangementOf("generic", 40, 5, 5)));
    const next = random(9);
    const masks: MaskBatch = { words: 2, count: 500, masks: new Uint32Array(1000), items: new Uint32Array(500) };
    for (let i = 0; i < 500; i++) {
      masks.items[i] = i % 100;
      masks.masks[2 * i] = Math.floor(next() * 8);
      masks.masks[2 * i + 1] = Math.floor(next() * 8);
    }
    const expected = [...new Set(sortedMasks(masks, false))];
    assert(expected.length < 65, `${expected.length} where fewer than 65 were to be`);
    const kept = await implementation.dedup(model, masks);
    same(sortedMasks(kept, false), expected);
  },
};

/** The masks of all regions, and some that are none. */
export async function masksOf(system: PiecewiseLinearSystem): Promise<MaskBatch> {
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

const verdictsByKind: StageBody[] = (["generic", "clipped", "scaled", "flat", "zeros"] as const).map((kind) => ({
  name: `solve on ${kind} systems says nothing wrong`,
  async run(implementation) {
    for (const [N, R] of [
      [9, 2],
      [7, 3],
    ]) {
      const system = arrangementOf(kind, N!, R!, 5);
      const reduced = reduceSystem(system);
      const model = f32Model(reduced);
      const masks = await masksOf(system);
      const subsets = new Uint32Array(10 * model.rank).map((_, at) =>
        at % 3 === 2 ? NO_HYPERPLANE : at % model.count,
      );
      const out = await implementation.solve(model, masks, subsets);
      const { complaints, decided, total } = compareVerdicts(system, reduced, model, masks, out);
      same(complaints, []);
      assert(decided > 0.9 * total, `only ${decided} where more than ${0.9 * total} were to be`);
      assert(out.verdicts.includes(Verdict.no), "no verdict is no");
    }
  },
}));

const nearlySingularVerdicts: StageBody = {
  name: "solve says nothing wrong of nearly singular systems",
  async run(implementation) {
    const system = nearlySingular(8, 3, 4);
    const reduced = reduceSystem(system);
    const model = f32Model(reduced);
    const masks = await masksOf(system);
    const out = await implementation.solve(model, masks, new Uint32Array(10 * model.rank).fill(NO_HYPERPLANE));
    const { complaints } = compareVerdicts(system, reduced, model, masks, out);
    same(complaints, []);
    assert(new Set(out.verdicts).size > 1, `only ${new Set(out.verdicts).size} where more than 1 were to be`);
  },
};

const refinedByKind: StageBody[] = (["generic", "clipped", "scaled", "flat", "zeros"] as const).map((kind) => ({
  name: `refine on ${kind} systems says nothing wrong, and says it to the bit`,
  async run(implementation) {
    for (const [N, R] of LOOKED_AT) {
      await sameRefinement(arrangementOf(kind, N, R, 5), implementation, 0.98);
    }
  },
}));

const refinedNearTies: StageBody = {
  name: "refine is the same to the bit on nearly singular systems, near ties and numbers of all sizes",
  async run(implementation) {
    await sameRefinement(nearlySingular(8, 3, 4), implementation, 0.9);
    await sameRefinement(nearlySingular(8, 3, 4, 1e-12), implementation, 0);
    for (let seed = 1; seed <= 4; seed++) await sameRefinement(hostile(seed, 8, 3), implementation, 0.5);
    for (const size of [2 ** -300, 2 ** -40, 2 ** 40, 2 ** 290]) {
      await sameRefinement(arrangementOf("generic", 8, 2, 7), implementation, 0, size);
    }
  },
};

/** Refines every mask of a system: nothing is wrong, and all is what the twin says. @param size of one offset. */
async function sameRefinement(
  system: PiecewiseLinearSystem,
  implementation: StageImplementation,
  share: number,
  size = 1,
): Promise<void> {
  system.h.rounded[1]! *= size;
  const reduced = reduceSystem(system);
  const model = f32Model(reduced);
  const masks = await masksOf(system);
  const subsets = new Uint32Array(10 * model.rank).map((_, at) => (at % 3 === 2 ? NO_HYPERPLANE : at % model.count));
  const out = await implementation.refine(model, masks, subsets);
  const twin = await cpuImplementation.refine(model, masks, subsets);
  same(Array.from(out.verdicts), Array.from(twin.verdicts));
  same(Array.from(out.points), Array.from(twin.points));
  const { complaints, decided, total } = compareDecisions(system, reduced, masks, out.verdicts);
  same(complaints, []);
  assert(decided >= share * total, `only ${decided} of ${total} masks were decided, fewer than ${share} of them`);
}

/** M + VᵀDU nearly singular for the empty mask, with condition numbers past what float32 resolves. */
function nearlySingular(N: number, R: number, seed: number, distance = 1e-6): PiecewiseLinearSystem {
  const system = arrangementOf("generic", N, R, seed);
  const M = system.M.rounded;
  for (let k = 0; k < R; k++) M[k] = M[R + k]! * (1 + distance * (k + 1));
  return system;
}

/** Names of bodies of second looks, whose shaders take long to compile; and of those on systems of a kind. */
export const LOOKS = /^(refine|reintersect) /;
export const LOOKS_AT_KINDS = /^(refine|reintersect) on /;
/** Bodies in which no float is rounded. */
export const OF_INTEGERS = / of ranks past 2\^32$|^expand makes every setting /;

export const stageBodies: readonly StageBody[] = [
  ...signsByKind,
  signsNearTies,
  ...ranks,
  ...lookedByKind,
  lookedNearTies,
  lookedAfterFloats,
  expansion,
  deduplication,
  ...verdictsByKind,
  nearlySingularVerdicts,
  ...refinedByKind,
  refinedNearTies,
];
